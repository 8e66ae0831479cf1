//! Calls between workloads, and what lies between regions.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{Assignment, Problem, RegionId, Rtt, WorkloadId};
use crate::units::{Bytes, MilliRps, Money, Ratio};

/// What a workload asks of another one while it answers a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Name of the workload that is called. One that the problem does not have is not called: conflicts are looked for in parts of a problem.
    pub callee: String,
    /// Calls for each request; above zero.
    pub per_request: Ratio,
    /// Bytes of the answer, which the callee sends to the caller.
    pub answer: Bytes,
    /// Bytes of the call itself, which the caller sends to the callee.
    pub sent: Bytes,
    /// Whether the caller waits for the answer: only then does the round trip count along a path.
    pub waits: bool,
}

impl Call {
    /// Calls that `load` requests make: rounded up to a whole milli-rps.
    pub fn made_by(&self, load: u64) -> u64 {
        self.per_request.ceil_of(load)
    }
}

/// Parts of the calls of one group, by callee, then region that answers.
pub type CallParts = BTreeMap<(WorkloadId, RegionId), u64>;

impl Assignment {
    /// Makes the calls that the requests of each group need, callers first, divided over regions in the proportions of the group's `parts`.
    ///
    /// # Errors
    /// The caller and the callee, where calls are needed and no part says where they go.
    pub fn route_calls(
        &mut self,
        problem: &Problem,
        parts: &BTreeMap<(WorkloadId, RegionId), CallParts>,
    ) -> Result<(), (WorkloadId, WorkloadId)> {
        for group in self.groups.values_mut() {
            group.calls.clear();
        }
        let mut called: BTreeMap<(WorkloadId, RegionId), u64> = BTreeMap::new();
        let every = |workload| (workload, RegionId(0))..=(workload, RegionId(u32::MAX));
        for caller in problem.callers_first() {
            for (key, group) in self.groups.range_mut(every(caller)) {
                let load = group.load().0.saturating_add(called.get(key).copied().unwrap_or(0));
                for (callee, call) in problem.calls_of(caller).filter(|_| load > 0) {
                    let ways = parts.get(key).map(|parts| parts.range(every(callee))).into_iter().flatten();
                    let (ways, weights): (Vec<_>, Vec<u64>) = ways.map(|(way, weight)| (*way, *weight)).unzip();
                    let rates = divided(call.made_by(load), &weights).ok_or((caller, callee))?;
                    for (way, rate) in ways.into_iter().zip(rates).filter(|(_, rate)| *rate > 0) {
                        group.calls.insert(way, MilliRps(rate));
                        let sum = called.entry(way).or_default();
                        *sum = sum.saturating_add(rate);
                    }
                }
            }
        }
        Ok(())
    }
}

/// `whole` divided in the proportions of `weights`, by largest remainder, of equal ones to the first; nothing if all weights are zero.
pub fn divided(whole: u64, weights: &[u64]) -> Option<Vec<u64>> {
    let total: u128 = weights.iter().copied().map(u128::from).sum();
    if total == 0 {
        return None;
    }
    let product = |weight: u64| u128::from(whole) * u128::from(weight);
    let mut parts: Vec<u128> = weights.iter().map(|&weight| product(weight) / total).collect();
    let left = u128::from(whole) - parts.iter().sum::<u128>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&index| (Reverse(product(weights[index]) % total), index));
    for index in order.into_iter().take(usize::try_from(left).ok()?) {
        parts[index] += 1;
    }
    parts.into_iter().map(|part| u64::try_from(part).ok()).collect()
}

/// What is known of the way from a region to another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Price of 10^9 bytes, paid where they are sent; `None` when no price is known.
    pub egress_per_gb: Option<Money>,
    /// The round trip; `None` when it is not known.
    pub rtt: Option<Rtt>,
}

/// The ways between regions. Empty for problems without calls and without data in several regions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkTable {
    regions: usize,
    entries: Vec<Link>,
}

impl LinkTable {
    /// A table of `rows`, one row per sending region with one entry per receiving region.
    ///
    /// # Panics
    /// If it is not square.
    pub fn from_rows(rows: Vec<Vec<Link>>) -> Self {
        let regions = rows.len();
        assert!(rows.iter().all(|row| row.len() == regions), "one entry per pair of regions");
        Self { regions, entries: rows.into_iter().flatten().collect() }
    }

    /// True if it says nothing of any region.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The way from one region to another; nothing is known of it if the table does not have it.
    pub fn get(&self, from: RegionId, to: RegionId) -> Link {
        self.entries.get(from.index() * self.regions + to.index()).copied().unwrap_or_default()
    }
}

/// The applications among so many workloads, which call each other as (caller, callee): each by which of them are part of it, called directly or in a chain.
pub fn applications(workloads: usize, calls: impl Iterator<Item = (usize, usize)>) -> Vec<Vec<bool>> {
    let mut of: Vec<usize> = (0..workloads).collect();
    for (caller, callee) in calls {
        let (one, other) = (of[caller], of[callee]);
        of.iter_mut().filter(|of| **of == other).for_each(|of| *of = one);
    }
    let distinct: BTreeSet<usize> = of.iter().copied().collect();
    distinct.into_iter().map(|one| of.iter().map(|of| *of == one).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::divided;

    #[test]
    fn demand_is_divided_as_before_and_sums_to_itself() {
        assert_eq!(divided(100, &[1, 3]), Some(vec![25, 75]));
        assert_eq!(divided(10, &[1, 1, 1]), Some(vec![4, 3, 3]));
        assert_eq!(divided(0, &[2, 1]), Some(vec![0, 0]));
        assert_eq!(divided(5, &[0, 0]), None);
    }
}
