//! Policies: what a plan must keep to pass the gate, and what is done about each finding.
//!
//! > report + policy + date + baseline → judgement → decision
//!
//! A policy is an HCL or JSON file whose arguments [`POLICY`] declares. It closes rather than opens: a figure that a limit needs and nobody
//! knows leaves the limit undecided, a waiver that has expired counts no longer, a name that does not exist is an error, and a file that says
//! nothing is refused. Policies in Rego ([`rego`]) add findings of their own.

mod baseline;
mod decode;
mod judge;
mod language;
mod limits;
mod places;
pub mod rego;
mod rules;
mod waivers;

use std::collections::BTreeMap;

pub use baseline::Baseline;
pub use decode::read;
pub use jiff::civil::Date;
pub use judge::{Context, Decision, Judged, Judgement, Standing, judge};
pub use language::{BASELINE, POLICY, baseline_json_schema, policy_json_schema};
pub use rules::{RULES, find as find_rule, is_about_the_unknown};

use super::finding::Severity;
use crate::model::{Glob, Selector};
use crate::units::{Carbon, Money, Ratio, RoundTrip};

/// Everything a policy says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Limits on figures of the whole plan.
    pub limits: Limits,
    /// Which sizes of groups the limits on cost and emissions are held against.
    pub sizes: Sizes,
    /// What each service must outlive.
    pub survive: Survive,
    /// Where machines may stand, and of which types.
    pub places: Option<Selector>,
    /// What is done about figures nobody knows.
    pub coverage: Coverage,
    /// Severities by rule, where they differ from the rule's own.
    pub severities: BTreeMap<String, Treatment>,
    /// Findings that are accepted for a time, by name.
    pub waivers: BTreeMap<String, Waiver>,
}

/// Limits on figures of the whole plan; none means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Cost in a month after the change.
    pub monthly_cost: Option<Money>,
    /// What the change adds to the cost in a month.
    pub cost_increase: Option<Money>,
    /// The same, relative to the cost before.
    pub cost_increase_ratio: Option<Ratio>,
    /// Emissions in a month after the change.
    pub monthly_carbon: Option<Carbon>,
    /// What the change adds to them, relative to those before.
    pub carbon_increase_ratio: Option<Ratio>,
    /// Round trip from each declared user group to the nearest region with machines.
    pub max_rtt: Option<RoundTrip>,
    /// Distance to the cheapest placement in a month.
    pub above_optimum: Option<Money>,
    /// The same, relative to the cheapest placement.
    pub above_optimum_ratio: Option<Ratio>,
}

/// Which sizes of groups that scale are judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sizes {
    /// The sizes the plan asks for.
    #[default]
    Expected,
    /// The largest sizes that autoscalers may reach.
    Max,
}

/// What each service must outlive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survive {
    /// The loss of any one zone.
    pub zone: bool,
    /// The loss of any one region.
    pub region: bool,
    /// The share of the instances that must be left then.
    pub min_left: Ratio,
}

/// What is done about figures nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// What an unknown figure does to the gate.
    pub unknown: Unknowns,
    /// The share of members that must have a price.
    pub min_priced: Option<Ratio>,
}

/// What an unknown figure does to the gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknowns {
    /// The gate does not pass: undecided.
    #[default]
    Undecided,
    /// A warning.
    Warn,
    /// A note: known figures are judged as if they were all.
    Accept,
}

/// What is done about the findings of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// They have this severity.
    As(Severity),
    /// They are left out.
    Off,
}

/// Findings that are accepted for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The rule whose findings are accepted.
    pub rule: String,
    /// Only those at these addresses; none means all of the rule.
    pub address: Option<Glob>,
    /// Only the finding with this fingerprint.
    pub fingerprint: Option<String>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds.
    pub expires: Date,
}
