//! Clusters: regions that answer a workload alike are decided as one.
//!
//! Two candidates with the same reach from every user group and the same cost of its traffic differ in their curves only. How much load each of them
//! carries matters to nobody else, so a cluster of them is one candidate with the curve
//!
//! > cost(R) = least sum of cost(r, R(r)) over members r,  with sum of R(r) >= R, each member unused or on one step of its own curve
//!
//! in units of replicas. It is computed by dynamic programming, one member after the other, and remembers which step each member took. Hundreds of
//! near-equal regions become a dozen candidates, and a small machine in one region beside large ones in another is settled here, not in the search.
//!
//! Clusters hide how many regions are in use, so they are made only for workloads without limits on that number.

use std::collections::BTreeMap;

use super::cost::Femto;
use super::service::{Candidate, Reach, Service};
use super::{Curve, Step};

/// Tables larger than this many member–replica–step triples are not computed.
const MOST_WORK: u128 = 4_000_000;

/// A service whose candidates are clusters of another's.
#[derive(Clone, Debug)]
pub struct Clustered {
    /// The service over clusters.
    pub service: Service,
    clusters: Vec<Cluster>,
}

#[derive(Clone, Debug)]
struct Cluster {
    /// Positions of the members in the original service, in the order of the tables.
    members: Vec<usize>,
    /// By member, then replicas carried by it and those before it: the capacity of its step, 0 if it is unused.
    taken: Vec<Vec<u32>>,
    rate_per_replica: u64,
}

impl Clustered {
    /// The service over clusters of `service`; `None` if its number of regions is limited, its demand changes, or the tables would be too large.
    pub fn of(service: &Service) -> Option<Self> {
        if service.min_regions > 1 || service.max_regions < service.candidates.len() {
            return None;
        }
        // Steps of demand that changes do not end at whole replicas.
        if !service.candidates.iter().all(|candidate| candidate.curve.is_in_replicas()) {
            return None;
        }
        // What functions carry is no number of replicas: each is a cluster of its own.
        let mut alike: BTreeMap<Alike<'_>, Vec<usize>> = BTreeMap::new();
        for (position, candidate) in service.candidates.iter().enumerate() {
            let own = candidate.function.map(|_| position);
            alike.entry((&candidate.reach, &candidate.traffic, own)).or_default().push(position);
        }
        let mut groups: Vec<Vec<usize>> = alike.into_values().collect();
        groups.sort();
        let work: u128 = groups.iter().filter(|group| group.len() > 1).map(|group| work(service, group)).sum();
        if work > MOST_WORK {
            return None;
        }
        let (candidates, clusters): (Vec<Candidate>, Vec<Cluster>) =
            groups.into_iter().map(|members| cluster(service, members)).unzip();
        let mut clustered = Self { service: Service { candidates, ..service.clone() }, clusters };
        super::dominance::record_needs(&mut clustered.service);
        Some(clustered)
    }

    /// The loads of the original service's candidates that carry `load` on a cluster at its least cost.
    pub fn split(&self, cluster: usize, load: u64) -> Vec<(usize, u64)> {
        let Cluster { members, taken, rate_per_replica } = &self.clusters[cluster];
        if let [only] = members[..] {
            return vec![(only, load)];
        }
        let mut left = usize::try_from(load.div_ceil(*rate_per_replica)).unwrap_or(usize::MAX).max(1);
        let mut unassigned = load;
        let mut shares = Vec::new();
        for (&member, taken) in members.iter().zip(taken).rev() {
            let carried = taken[left];
            if carried > 0 {
                let share = unassigned.min(u64::from(carried) * rate_per_replica);
                shares.push((member, share));
                unassigned -= share;
                left = left.saturating_sub(carried as usize);
            }
        }
        shares.sort_unstable();
        shares
    }
}

/// What members of a cluster have in common: reach, and cost of traffic; functions are clusters of their own.
type Alike<'a> = (&'a [Reach], &'a [Femto], Option<usize>);

fn replicas(curve: &Curve, capacity: u64) -> usize {
    usize::try_from(capacity.div_ceil(curve.rate_per_replica())).unwrap_or(usize::MAX)
}

fn work(service: &Service, members: &[usize]) -> u128 {
    members
        .iter()
        .map(|&member| {
            let curve = &service.candidates[member].curve;
            curve.steps().len() as u128 * replicas(curve, curve.most()) as u128
        })
        .sum()
}

fn cluster(service: &Service, members: Vec<usize>) -> (Candidate, Cluster) {
    let first = &service.candidates[members[0]];
    let rate_per_replica = first.curve.rate_per_replica();
    if members.len() == 1 {
        return (first.clone(), Cluster { members, taken: Vec::new(), rate_per_replica });
    }
    let most = first.curve.most();
    let size = replicas(&first.curve, most);
    let mut cost: Vec<Option<Femto>> = vec![None; size + 1];
    cost[0] = Some(0);
    let mut taken = Vec::with_capacity(members.len());
    for &member in &members {
        let curve = &service.candidates[member].curve;
        let steps: Vec<(usize, Femto)> =
            curve.steps().iter().map(|step| (replicas(curve, step.capacity), step.cost)).collect();
        let mut with = cost.clone();
        let mut step_taken = vec![0_u32; size + 1];
        for carried in 1..=size {
            for &(replicas, step_cost) in &steps {
                let Some(before) = cost[carried.saturating_sub(replicas)] else { continue };
                let sum = before + step_cost;
                if with[carried].is_none_or(|known| sum < known) {
                    with[carried] = Some(sum);
                    step_taken[carried] = u32::try_from(replicas).unwrap_or(u32::MAX);
                }
                if replicas >= carried {
                    // Later steps carry more than is asked for, at greater cost.
                    break;
                }
            }
        }
        cost = with;
        taken.push(step_taken);
    }
    let distance = members.iter().map(|&member| service.candidates[member].distance).min().unwrap_or(0);
    let points = cost.iter().enumerate().skip(1).filter_map(|(carried, cost)| {
        let capacity = (carried as u64).saturating_mul(rate_per_replica).min(most);
        Some(Step { capacity, cost: (*cost)?, replicas: 0 })
    });
    let candidate = Candidate {
        region: first.region,
        reach: first.reach.clone(),
        stands_in: first.stands_in.clone(),
        traffic: first.traffic.clone(),
        is_called: first.is_called,
        entry_rtt: first.entry_rtt.clone(),
        distance,
        curve: Curve::of_steps(points.collect(), rate_per_replica),
        function: None,
        portion: None,
        most_asked: first.most_asked,
        stocked: None,
        mixed: None,
        needs: Vec::new(),
    };
    (candidate, Cluster { members, taken, rate_per_replica })
}
