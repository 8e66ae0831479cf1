//! What a host demands of planned and final values, and how the adapter helps a provider to keep to it.
//!
//! A plan, attribute by attribute, mirrors the configuration: a configured value is planned as it is (or as it was before, for a
//! change of spelling only); what is not configured is null unless the provider computes it; write-only values are null. After
//! the change every part of the plan that was known comes out exactly so, and nothing is unknown.

mod fill;
mod outcome;
mod plan;

pub(crate) use fill::{completed, with_computed_unknown, without_write_only};
pub(crate) use outcome::outcome_errors;
pub(crate) use plan::{forced_replacements, plan_errors};

use super::schema::{BlockNesting, NestedBlock};

fn is_single_block(nested: &NestedBlock) -> bool {
    matches!(nested.nesting, BlockNesting::Single | BlockNesting::Group)
}
