//! Judges an assignment from first principles: every rule again, every cost again, in whole numbers.
//!
//! This module knows the problem and the assignment and nothing of how the assignment was found: it imports neither `formulate` nor
//! `solve`, and shares no arithmetic with them. A [`Placement`] can be made here only, so whatever leaves the program has passed.
//!
//! | rule | file | must hold |
//! |---|---|---|
//! | demand | `demand.rs` | every request of every user group is answered, none twice |
//! | residency | `residency.rs` | every region used passes the allow and deny rules |
//! | machines | `machines.rs` | every machine type used is on sale there, passes the rules and holds a replica |
//! | functions | `functions.rs` | every function used is on sale there, takes the workload as it is, and runs within the limit of the region |
//! | capacity | `capacity.rs` | replicas carry the load of their group |
//! | survive | `survive.rs` | they still do after the loss of any k zones; those left do after the loss of any k regions or clouds |
//! | calls | `calls.rs` | groups make the calls their requests need; paths of calls are within their limits |
//! | latency | `latency.rs` | the promised share of requests is answered in time |
//! | spread | `spread.rs` | no region or cloud answers more than its share; zones in use are enough, and alike enough |
//! | machine types | `machine_types.rs` | no group mixes more machine types than it may |
//! | state | `state.rs` | copies of data are in one region, or as many as asked for in several, and enough of them outlive any loss |
//! | single region per user | `single_region_per_user.rs` | a user group that may not be divided is not |
//! | pin | `pin.rs` | the regions a workload is pinned to hold it |
//! | replicas | `replicas.rs` | where they are counted, no region in use is without one |
//! | stock | `stock.rs` | of limited machines no more are used than there are |
//! | quotas | `quotas.rs` | no more of a region is used than the account may |
//! | regions | `regions.rs` | the number of regions is within its limits |
//! | previous | `previous.rs` | an earlier placement is left only for enough |
//! | pools | `pools.rs` | every node, zone and pool holds what it may and must |
//! | budget | `budget.rs` | no more is paid than the budget |
//! | carbon | `carbon.rs` | no more is emitted than the limit |
//! | order | `order.rs` | what comes first in an order is not given up for what comes later |
//! | moves | `moves.rs` | what stands where nothing stood before is paid for |
//! | cost | `cost.rs` | what it costs and emits, line by line |

mod budget;
mod calls;
mod capacity;
mod carbon;
mod commitments;
mod cost;
mod demand;
mod functions;
mod latency;
mod machine_types;
mod machines;
mod moves;
mod order;
mod pin;
mod placement;
mod pools;
mod previous;
mod quotas;
mod regions;
mod replicas;
mod residency;
mod single_region_per_user;
mod spot;
mod spread;
mod state;
mod stock;
mod survive;
mod violation;

pub use capacity::carries_in_place;
pub use cost::{CostLines, Totals};
pub use functions::{Usage, environments};
pub use latency::can_answer;
pub use placement::{PlacedGroup, PlacedPool, Placement};
pub use previous::is_worth_moving;
pub use quotas::taken;
pub use state::{Kept, keeps_quorum};
pub use survive::uncarried_without;
pub use violation::Violation;

use crate::model::{AskedByGroup, Assignment, Problem};

/// What the pools of an assignment add up to, alone, whatever rule they break.
pub fn pools_alone(problem: &Problem, assignment: &Assignment) -> Totals {
    let alone = Assignment { pools: assignment.pools.clone(), ..Assignment::default() };
    *Placement::of(problem, alone, AskedByGroup::new()).totals()
}

/// The placement that `assignment` is, with its exact cost, or everything that is wrong with it.
pub fn placement(problem: &Problem, assignment: Assignment) -> Result<Placement, Vec<Violation>> {
    let mut violations = Vec::new();
    let asked = assignment.asked(problem);
    demand::check(problem, &assignment, &mut violations);
    residency::check(problem, &assignment, &mut violations);
    machines::check(problem, &assignment, &mut violations);
    functions::check(problem, &assignment, &asked, &mut violations);
    pools::check(problem, &assignment, &mut violations);
    if violations.is_empty() {
        // These read offers and replicas per instance, which exist only if the machines are right.
        capacity::check(problem, &assignment, &asked, &mut violations);
        survive::check(problem, &assignment, &asked, &mut violations);
        spot::check(problem, &assignment, &asked, &mut violations);
        commitments::check(problem, &assignment, &mut violations);
        calls::check(problem, &assignment, &asked, &mut violations);
        latency::check(problem, &assignment, &mut violations);
        regions::check(problem, &assignment, &mut violations);
        spread::check(problem, &assignment, &mut violations);
        machine_types::check(problem, &assignment, &mut violations);
        state::check(problem, &assignment, &mut violations);
        single_region_per_user::check(problem, &assignment, &mut violations);
        pin::check(problem, &assignment, &mut violations);
        replicas::check(problem, &assignment, &mut violations);
        quotas::check(problem, &assignment, &mut violations);
        stock::check(problem, &assignment, &mut violations);
        cost::check(problem, &assignment, &mut violations);
    }
    if !violations.is_empty() {
        return Err(violations);
    }
    let groups = assignment.groups.len() + assignment.pools.len();
    let functions = assignment.groups.values().filter(|group| group.function.is_some()).count();
    let placement = Placement::of(problem, assignment, asked);
    budget::check(problem, placement.totals(), groups, &mut violations);
    carbon::check(problem, placement.totals(), functions, &mut violations);
    order::check(problem, placement.totals(), groups, &mut violations);
    if violations.is_empty() { Ok(placement) } else { Err(violations) }
}
