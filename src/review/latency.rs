//! How far declared users are from the fleet: for each user group the region with machines that answers it soonest.

use std::collections::{BTreeMap, BTreeSet};

use super::reason::Reason;
use super::report::{Change, Deployment, Figure, FleetMember, Nearest, Unit, UserLatency};
use crate::model::{Problem, RegionKey, UserId};
use crate::units::RoundTrip;

/// The latency of every user group of the problems, each under where it is declared.
pub(super) fn latency(problems: &[(String, &Problem)], members: &[FleetMember]) -> Vec<UserLatency> {
    let before = Standing::of(members, |member| member.stands.before.as_ref());
    let after = Standing::of(members, |member| member.stands.after.as_ref());
    let mut latency = Vec::new();
    for (declared_in, problem) in problems {
        let places: BTreeMap<&RegionKey, usize> =
            problem.regions.iter().enumerate().map(|(index, region)| (&region.key, index)).collect();
        for (index, user) in problem.users.iter().enumerate() {
            let id = UserId::at(index);
            latency.push(UserLatency {
                declared_in: declared_in.clone(),
                user: user.name.clone(),
                nearest: Change {
                    before: before.nearest(problem, &places, id),
                    after: after.nearest(problem, &places, id),
                },
                promised: promised(problem, id),
            });
        }
    }
    latency
}

/// The least round trip that a workload with demand from the group promises.
fn promised(problem: &Problem, user: UserId) -> Option<RoundTrip> {
    let asks = |workload: &&crate::model::Workload| workload.demand.iter().any(|demand| demand.user == user);
    problem.workloads.iter().filter(asks).filter_map(|workload| workload.max_rtt).min()
}

/// Where machines or tasks stand.
struct Standing {
    regions: BTreeSet<RegionKey>,
    is_complete: bool,
}

impl Standing {
    fn of<'m>(members: &'m [FleetMember], stands: impl Fn(&'m FleetMember) -> Option<&'m Deployment>) -> Self {
        let mut standing = Self { regions: BTreeSet::new(), is_complete: true };
        for deployment in members.iter().filter(|member| member.unit != Unit::Replicas).filter_map(stands) {
            // A group that may scale to nothing still answers where it stands when it is asked.
            if deployment.count.known().is_some_and(|count| count.max == 0) {
                continue;
            }
            match deployment.region.known() {
                Some(region) => {
                    standing.regions.insert(region.clone());
                }
                None => standing.is_complete = false,
            }
        }
        standing
    }

    fn nearest(&self, problem: &Problem, places: &BTreeMap<&RegionKey, usize>, user: UserId) -> Figure<Nearest> {
        let trips = self.regions.iter().filter_map(|key| {
            let rtt = problem.rtt.get(user, crate::model::RegionId::at(*places.get(key)?))?;
            Some(Nearest { region: key.clone(), rtt })
        });
        match trips.min_by(|a, b| (a.rtt.round_trip, &a.region).cmp(&(b.rtt.round_trip, &b.region))) {
            Some(nearest) => Figure::Known(nearest),
            None if self.is_complete => Figure::Unknown(Reason::Because("no machines stand in any region".to_owned())),
            None => Figure::Unknown(Reason::Follows { from: "region" }),
        }
    }
}
