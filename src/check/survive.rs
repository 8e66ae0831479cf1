//! Survival of zones: in each region, after the loss of any k zones, the replicas left carry the load sent there.
//!
//! A zone takes the replicas of all machine sets in it. Of all sets of k zones the loss of the k that hold most leaves least; if what it
//! leaves suffices, so does what any other set leaves. Regions and clouds: `places`; calls meanwhile: `called`; those of pools: `pools`.

mod called;
mod places;
mod pools;

pub(super) use places::stands_in_for_somebody;
pub use places::uncarried_without;

use super::Violation;
use super::capacity::{replicas_by_zone, shortfall};
use crate::model::{AskedByGroup, Assignment, Problem};

pub(super) fn check(problem: &Problem, assignment: &Assignment, asked: &AskedByGroup, violations: &mut Vec<Violation>) {
    for (&(workload, region), group) in &assignment.groups {
        let asked = &asked[&(workload, region)];
        let zones_lost = problem.workloads[workload.index()].survive.zones;
        // Without a loss `capacity` judges.
        if zones_lost == 0 {
            continue;
        }
        for period in 0..problem.workloads[workload.index()].profile.calendar.periods() {
            let mut by_zone = replicas_by_zone(problem, workload, group, period);
            by_zone.sort_unstable_by(|a, b| b.cmp(a));
            let left = by_zone.iter().skip(zones_lost as usize).sum();
            violations.extend(shortfall(problem, (workload, region), group, asked, period, left, zones_lost));
        }
    }
    places::check(problem, assignment, violations);
    called::check(problem, assignment, violations);
    pools::check(problem, assignment, violations);
}
