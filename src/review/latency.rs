//! How far declared users are from the fleet: for each user group and each workload that it asks, the region that answers it soonest.
//!
//! Members over a placement's groups have keys that name workload and region, such as `web/aws/eu-central-1`. Where any member's key names a
//! workload, only those members serve it; where none does, nothing tells whose machines are whose, and all of them count.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::address;
use super::reason::Reason;
use super::report::{Change, Deployment, Figure, FleetMember, Nearest, Unit, UserLatency};
use crate::model::{Problem, RegionId, RegionKey, UserId, Workload};
use crate::units::Ratio;

/// The latency of every user group of the problems, each under where it is declared.
pub(super) fn latency(problems: &[(String, &Problem)], members: &[FleetMember]) -> Vec<UserLatency> {
    let whole = both(&members.iter().collect::<Vec<_>>());
    let mut latency = Vec::new();
    for (declared_in, problem) in problems {
        let places: BTreeMap<&RegionKey, RegionId> =
            problem.regions.iter().enumerate().map(|(index, region)| (&region.key, RegionId::at(index))).collect();
        let mut own: BTreeMap<&str, Vec<&FleetMember>> = BTreeMap::new();
        for member in members {
            let workload = address::key(&member.address).and_then(|key| workload_of(&key, problem, &places));
            if let Some(workload) = workload {
                own.entry(&workload.name).or_default().push(member);
            }
        }
        let own: BTreeMap<&str, Change<Standing>> = own.iter().map(|(name, members)| (*name, both(members))).collect();
        let row = |id: UserId, workload: Option<&Workload>| {
            let standing = workload.and_then(|workload| own.get(workload.name.as_str())).unwrap_or(&whole);
            UserLatency {
                declared_in: declared_in.clone(),
                user: problem.users[id.index()].name.clone(),
                workload: workload.map(|workload| workload.name.clone()),
                nearest: Change {
                    before: standing.before.nearest(problem, &places, id),
                    after: standing.after.nearest(problem, &places, id),
                },
                // A share of all requests promises nothing to any one group.
                promised: workload.filter(|one| one.rtt_share == Ratio::ONE).and_then(|one| one.max_rtt),
            }
        };
        let users = problem.users.iter().enumerate().filter(|(_, group)| !group.is_counted());
        for id in users.map(|(index, _)| UserId::at(index)) {
            let asked: Vec<&Workload> = problem
                .workloads
                .iter()
                .filter(|workload| workload.demand.iter().any(|demand| demand.user == id))
                .collect();
            if asked.is_empty() {
                latency.push(row(id, None));
            }
            latency.extend(asked.into_iter().map(|workload| row(id, Some(workload))));
        }
    }
    latency
}

/// The workload that a key `workload/cloud/region` names.
fn workload_of<'p>(key: &str, problem: &'p Problem, places: &BTreeMap<&RegionKey, RegionId>) -> Option<&'p Workload> {
    problem.workloads.iter().find(|workload| {
        let place = key.strip_prefix(workload.name.as_str()).and_then(|rest| rest.strip_prefix('/'));
        place.is_some_and(|place| places.keys().any(|region| region.to_string() == place))
    })
}

fn both(members: &[&FleetMember]) -> Change<Standing> {
    let of = |stands: fn(&FleetMember) -> Option<&Deployment>| Standing::of(members, stands);
    Change { before: of(|member| member.stands.before.as_ref()), after: of(|member| member.stands.after.as_ref()) }
}

/// Where machines or tasks stand.
struct Standing {
    regions: BTreeSet<RegionKey>,
    is_complete: bool,
}

impl Standing {
    fn of(members: &[&FleetMember], stands: fn(&FleetMember) -> Option<&Deployment>) -> Self {
        let mut standing = Self { regions: BTreeSet::new(), is_complete: true };
        let serving = members.iter().filter(|member| member.unit != Unit::Replicas);
        for deployment in serving.filter_map(|member| stands(member)) {
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

    fn nearest(&self, problem: &Problem, places: &BTreeMap<&RegionKey, RegionId>, user: UserId) -> Figure<Nearest> {
        let trips = self.regions.iter().filter_map(|key| {
            let rtt = problem.rtt.get(user, *places.get(key)?)?;
            Some(Nearest { region: key.clone(), rtt })
        });
        match trips.min_by(|a, b| (a.rtt.round_trip, &a.region).cmp(&(b.rtt.round_trip, &b.region))) {
            Some(nearest) => Figure::Known(nearest),
            None if self.is_complete => Figure::Unknown(Reason::Because("no machines stand in any region".to_owned())),
            None => Figure::Unknown(Reason::Follows { from: "region" }),
        }
    }
}
