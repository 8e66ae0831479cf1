//! Why the answer is what it is.
//!
//! [`reasons`] says for every workload and region: chosen, able but not needed, replaced by another, or refused and by which rule.
//! [`conflict`] says why there is no placement: for each workload an irreducible set of rules that cannot hold together, and for each rule the
//! smallest change that would let a placement exist.

mod conflict;
mod pools;
mod price;
mod reasons;
mod relax;
mod rule;
mod step;
mod together;

pub use conflict::{Conflict, ConflictingRule, SharedConflict, WorkloadConflict, conflict};
pub use pools::{PoolConflict, PoolReason, PoolReasons, PoolRule, pool_conflict};
pub use price::ReplicaPrices;
pub use reasons::{Reasons, RegionReason, reasons};
pub use relax::{Change, Relaxation};
pub use rule::{List, Rule};
pub use step::{limits_of, one_more, shared_limits};
pub use together::pools_together;
