//! State: a workload that keeps data stands in one region, whose zones are its failure domains.
//!
//! Let n be the copies of each piece of the data D, q those that must be left, and S the most that a replica stores. Of Z zones in use each holds
//! floor(n / Z) or ceil(n / Z) copies of every piece, so that the k fullest hold k × floor(n / Z) + min(k, n mod Z). They may be lost if
//!
//! > n − k × floor(n / Z) − min(k, n mod Z) >= q
//!
//! Which zones hold one copy more may differ from piece to piece. With m(z) machines of h replicas in zone z, the data can be stored, no two copies of
//! a piece on one machine, if and only if
//!
//! > m(z) >= floor(n / Z),   m(z) × h × S >= floor(n / Z) × D          for every zone z in use
//! > sum over z of min(ceil(n / Z) × D, m(z) × D, m(z) × h × S) >= n × D
//!
//! Where the first line holds, the terms of the second are concave in m(z): of all ways to spread N machines over Z zones the most even one stores
//! most. It is also the one that carries most after the loss of zones (`survive`). So only N matters: the least that is enough is found by
//! halving, and a type in Z zones costs as much as
//!
//! > machines(n) = max(least(Z), n + k × ceil(n / (Z − k)))
//!
//! of them, and what is paid for storage and for writes sent to other zones, which depends on Z alone: a write that reaches one of the n copies
//! goes to those in other zones, of which there are n − (sum over z of c(z)²) / n on average over the copies. How many zones are in use is decided with
//! the type: each number of zones makes a [`Fit`] of its own. Where copies may be in several regions, n is the copies in the region (`regions`).

mod regions;

use std::collections::BTreeMap;

pub use regions::Portion;
pub(super) use regions::{Written, complete, is_divided, rows};

use super::cost::{self, Femto};
use super::machines::Fit;
use super::rejection::{MachineRejections, Rejection};
use super::stock;
use crate::model::{Problem, RegionId, State, Workload, WorkloadId};

/// How machines of a type that keep state stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Zones in use.
    pub zones: u64,
    /// Fewest machines that hold all copies.
    pub least: u64,
    /// What storage and writes to other zones cost each month; of copies in several regions storage alone.
    pub cost: Femto,
    /// Whether that counts in the first of the sums that are limited: what is paid.
    pub is_counted: bool,
}

/// The copies of a piece of data over zones.
#[derive(Clone, Copy, Debug)]
struct Copies {
    /// In all.
    all: u64,
    /// Zones in use.
    zones: u64,
    /// In every zone.
    least: u64,
    /// Zones with one more.
    fuller: u64,
}

impl Copies {
    fn over(all: u64, zones: u64) -> Self {
        Self { all, zones, least: all / zones, fuller: all % zones }
    }

    /// Those left after the loss of the `lost` fullest zones.
    fn left(&self, lost: u64) -> u64 {
        let lost = lost.min(self.zones);
        self.all - lost * self.least - lost.min(self.fuller)
    }

    /// The copies of a write in other zones than the copy it reaches first, summed over all copies it may reach first.
    fn crossing(&self) -> u64 {
        let square = |copies: u64| copies * copies;
        square(self.all) - self.fuller * square(self.least + 1) - (self.zones - self.fuller) * square(self.least)
    }

    /// Whether `machines`, as even over the zones as can be, hold all copies, each with `replicas` that store up to `state.max_storage`.
    fn fit_on(&self, state: &State, machines: u64, replicas: u64) -> bool {
        let size = u128::from(state.storage.0);
        let most = size * u128::from(self.least + u64::from(self.fuller > 0));
        let stored = |machines: u64| {
            let by_size =
                state.max_storage.map(|most| u128::from(most.0) * u128::from(machines) * u128::from(replicas));
            most.min(size * u128::from(machines)).min(by_size.unwrap_or(u128::MAX))
        };
        let (emptier, fuller) = (machines / self.zones, machines % self.zones);
        let sum = u128::from(fuller) * stored(emptier + 1) + u128::from(self.zones - fuller) * stored(emptier);
        emptier > 0 && stored(emptier) >= size * u128::from(self.least) && sum >= size * u128::from(self.all)
    }

    /// The fewest machines that hold all copies.
    fn least_machines(&self, state: &State, replicas: u64) -> u64 {
        let most = self.least + u64::from(self.fuller > 0);
        let by_size = state.max_storage.map_or(0, |limit| {
            let stored = u128::from(limit.0) * u128::from(replicas);
            u64::try_from((u128::from(state.storage.0) * u128::from(most)).div_ceil(stored)).unwrap_or(u64::MAX)
        });
        // As many in every zone as its copies can need are enough.
        let (mut too_few, mut enough) = (0, self.zones.saturating_mul(most.max(by_size).max(1)));
        while too_few + 1 < enough {
            let half = too_few + (enough - too_few) / 2;
            if self.fit_on(state, half, replicas) { enough = half } else { too_few = half }
        }
        enough
    }
}

/// Machine types with the copies that they are laid out for, where those may be in several regions.
pub(super) type LaidOut = (Option<Portion>, Vec<Fit>);

/// The machine types of a workload in a region, once for each number of zones its state may stand in; as they are if it keeps none. Where its copies may be in
/// several regions, for each number of them that may be in this one.
pub(super) fn layouts(
    problem: &Problem,
    id: WorkloadId,
    region_id: RegionId,
    mut fits: Vec<Fit>,
) -> Result<Vec<LaidOut>, Rejection> {
    let (workload, region) = (&problem.workloads[id.index()], &problem.regions[region_id.index()]);
    let Some(state) = &workload.state else { return Ok(vec![(None, fits)]) };
    let price = region.storage_per_gib.ok_or(Rejection::UnknownStoragePrice)?;
    let all = fits.len();
    fits.retain(|fit| stock::stock_of(region, fit).is_none());
    if fits.is_empty() {
        return Err(Rejection::NoMachine(MachineRejections { counted: all, ..MachineRejections::default() }));
    }
    let lost = u64::from(workload.survive.zones);
    let zones = region.zones.len() as u64;
    let copies = u64::from(state.replication_factor);
    // Copies in other regions are left whichever zones of this one are lost.
    let fewest = if state.is_multi_region { 1 } else { copies };
    let keeps_quorum =
        |here: u64, zones: u64| copies - here + Copies::over(here, zones).left(lost) >= u64::from(state.quorum);
    if !(lost + 1..=zones).any(|zones| keeps_quorum(fewest, zones)) {
        // With a zone for each copy no more copies are lost than zones.
        let needed = (zones + 1..=copies).find(|&zones| keeps_quorum(fewest, zones));
        return Err(Rejection::Quorum { zones, needed });
    }
    // Any region in use may be lost.
    let most = if workload.survive.has_places() { copies - u64::from(state.quorum) } else { copies };
    let is_counted = problem.limits.max_monthly_cost.is_some();
    let mut placed: BTreeMap<Option<Portion>, Vec<Fit>> = BTreeMap::new();
    for here in fewest..=most.max(fewest) {
        let storage = cost::storage(state, here, price);
        // More zones first: of equal cost they are the safer ones.
        let in_use = (u64::from(workload.min_zones).max(lost + 1)..=zones).rev();
        for zones in in_use.filter(|&zones| keeps_quorum(here, zones)) {
            let over = Copies::over(here, zones);
            let (portion, writes) = if state.is_multi_region {
                let Some(portion) = Portion::of(problem, (workload, state), region_id, over) else { continue };
                (Some(portion), 0)
            } else {
                let writes = cost::writes(problem, id, state, region.zone_egress_per_gb, over.crossing());
                let Some(writes) = writes else { continue };
                (None, writes)
            };
            placed.entry(portion).or_default().extend(fits.iter().map(|fit| {
                let least = over.least_machines(state, fit.replicas);
                Fit { layout: Some(Layout { zones, least, cost: storage + writes, is_counted }), ..fit.clone() }
            }));
        }
    }
    if placed.is_empty() { Err(Rejection::UnknownZoneEgressPrice) } else { Ok(placed.into_iter().collect()) }
}

/// The first user group, by name, that a region does not answer, where one region has to answer all.
pub(super) fn left_out<'p>(
    problem: &'p Problem,
    workload: &Workload,
    answers: impl Fn(usize) -> bool,
) -> Option<&'p str> {
    workload.state.filter(|state| !state.is_multi_region)?;
    let unanswered = workload.demand.iter().enumerate().find(|(position, _)| !answers(*position));
    unanswered.map(|(_, demand)| problem.users[demand.user.index()].name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Bytes;

    /// Every way to put `total` machines in `zones` zones, none of them empty.
    fn distributions(total: u64, zones: u64) -> Vec<Vec<u64>> {
        if zones == 1 {
            return if total > 0 { vec![vec![total]] } else { Vec::new() };
        }
        (1..total)
            .flat_map(|first| {
                distributions(total - first, zones - 1).into_iter().map(move |mut rest| {
                    rest.push(first);
                    rest
                })
            })
            .collect()
    }

    /// Whether there are data by zone, in tenths of the data, that machines can store.
    fn can_store(by_zone: &[u64], copies: Copies, per_machine: u64) -> bool {
        let least = copies.least * 10;
        let most = least + if copies.fuller > 0 { 10 } else { 0 };
        let stored: Vec<u64> =
            by_zone.iter().map(|&machines| most.min(machines * 10).min(machines * per_machine)).collect();
        stored.iter().all(|&stored| stored >= least) && stored.iter().sum::<u64>() >= copies.all * 10
    }

    #[test]
    fn no_distribution_stores_everything_on_fewer_machines() {
        let mut by_size = 0;
        for replication_factor in 1..=5 {
            for zones in 1..=4 {
                for (per_replica, replicas) in [(20, 1), (10, 1), (7, 1), (3, 2), (4, 1)] {
                    let state = State {
                        storage: Bytes(10),
                        replication_factor,
                        quorum: 1,
                        write: Bytes(0),
                        max_storage: Some(Bytes(per_replica)),
                        is_multi_region: false,
                        max_quorum_rtt: None,
                    };
                    let copies = Copies::over(u64::from(replication_factor), zones);
                    let least = copies.least_machines(&state, replicas);
                    let can = |total| {
                        let mut all = distributions(total, zones).into_iter();
                        all.any(|by_zone| can_store(&by_zone, copies, per_replica * replicas))
                    };
                    assert!(can(least), "{state:?} {zones}");
                    assert!(!can(least - 1), "{state:?} {zones}");
                    by_size += u64::from(least > copies.all.max(zones));
                }
            }
        }
        assert!(by_size > 20, "{by_size}");
    }

    #[test]
    fn copies_are_lost_and_written_as_they_stand() {
        let copies = Copies::over(5, 3);
        // 2, 2 and 1: the fullest two hold four. Of 25 pairs of copies 4 + 4 + 1 are in one zone.
        assert_eq!((copies.left(1), copies.left(2), copies.left(3)), (3, 1, 0));
        assert_eq!(copies.crossing(), 16);
        assert_eq!(Copies::over(5, 1).crossing(), 0);
        assert_eq!(Copies::over(5, 6).left(2), 3);
    }
}
