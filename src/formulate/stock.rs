//! Stock: where machines of a type are limited in number, all workloads together use no more of them than there are.
//!
//! A limited type cannot be folded into a cost curve: the cheapest machines for one workload may be those another one needs. A candidate in a
//! region with stock ([`Stocked`]) decides its machines one by one, by type and zone, and its curve only says that it is in use.
//!
//! > carry:   sum over c of x(s, c, r) <= u × sum over types o and zones z outside F of h(o) × m(s, r, o, z)      for every set F of k zones
//! > idle:    use(s, r) <= sum over o and z outside F of m(s, r, o, z)
//! > bought:  m(s, r, o, z) <= most(o, z) × use(s, r)
//! > stock:   sum over s and z of m(s, r, o, z) <= total(r, o),   sum over s of m(s, r, o, z) <= stock(r, o, z)
//!
//! with h replicas per machine, u the rate of a replica and k the zones to be outlived. A group may hold several types. Its machines are the
//! same at all hours and bought on demand; x is what is sent when demand is largest. Where user groups rise and fall apart, *carry* holds for every period t in
//! which nobody else asks for more, with x(s, c, r) × shape(c, t) in the place of x(s, c, r).

mod menu;

use std::collections::BTreeSet;

use super::cost::Femto;
use super::machines::Fit;
use super::program::{Column, ColumnId, Decision, Program, Sense};
use super::{Curve, Rejection, Service, demand, machine_types, spread};
use crate::model::{Problem, Region, RegionId, Stock, Workload};

pub use menu::Menu;

/// Sets of lost zones that are written down at once; where there are more, they are added as solutions break them.
const FEW_SETS: usize = 64;

/// The machines that a candidate decides one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stocked {
    /// The types, cheapest per replica first.
    pub fits: Vec<Fit>,
    /// By type, then zone: no more machines can be of use or are there.
    pub most: Vec<Vec<u64>>,
    /// Load that one replica carries, in milli-rps.
    pub rate_per_replica: u64,
    /// Zones that must be outlived.
    pub lost: usize,
    /// Zones that have to be in use.
    pub least_zones: usize,
    /// Largest difference between the machines in two zones.
    pub max_skew: Option<u64>,
    /// Most different types.
    pub max_types: u32,
    /// Where user groups rise and fall apart: what part of its rate each asks for, in millionths, by position in the demand, in every period in which somebody
    /// asks for more than in any other. Else empty: all ask for all at one time.
    pub peaks: Vec<Vec<u32>>,
}

/// The stock of a type in a region; `None` if there is as much as anybody wants.
pub(super) fn stock_of<'r>(region: &'r Region, fit: &Fit) -> Option<&'r Stock> {
    region.stock.iter().find(|stock| stock.machine_type == fit.machine_type)
}

/// The machines of a candidate that may carry up to `most` milli-rps and hold `held` replicas for others, and the curve that stands for its use.
pub(super) fn stocked(
    workload: &Workload,
    region: &Region,
    fits: Vec<Fit>,
    most: u64,
    held: u64,
) -> Result<(Stocked, Curve), Rejection> {
    let (zones, lost) = (region.zones.len(), workload.survive.zones as usize);
    let rate = workload.rate_per_replica.0;
    let (least_zones, max_skew) = (workload.min_zones as usize, workload.max_zone_skew);
    let by_zone = |fit: &Fit| -> Vec<u64> {
        // Large machines can be wanted in the number of the small ones in other zones.
        let replicas = if max_skew.is_some() { 1 } else { fit.replicas };
        let useful = most.div_ceil(rate).max(held).div_ceil(replicas).max(1);
        let there = |zone| stock_of(region, fit).map_or(u64::MAX, |stock| stock.in_zone(zone));
        (0..zones).map(|zone| useful.min(there(zone))).collect()
    };
    let counts: Vec<Vec<u64>> = fits.iter().map(by_zone).collect();
    let load_in = |zone: usize| -> u128 {
        let replicas = |(fit, most): (&Fit, &Vec<u64>)| u128::from(fit.replicas) * u128::from(most[zone]);
        fits.iter().zip(&counts).map(replicas).sum::<u128>() * u128::from(rate)
    };
    let mut carried: Vec<u128> = (0..zones).map(load_in).collect();
    carried.sort_unstable_by(|a, b| b.cmp(a));
    let capacity = carried.iter().skip(lost).sum::<u128>().min(u128::from(most.max(1)));
    if capacity == 0 {
        let zones = carried.iter().filter(|&&carried| carried > 0).count();
        return Err(Rejection::TooFewZones { zones, lost: workload.survive.zones });
    }
    let in_use = (0..zones).filter(|&zone| counts.iter().any(|most| most[zone] > 0)).count();
    if in_use < least_zones {
        return Err(Rejection::MinZones { zones: in_use, least: workload.min_zones });
    }
    let peaks = demand::peaks(workload);
    // What is sent is more than what is ever asked for where user groups rise and fall apart.
    let capacity = if peaks.is_empty() { u64::try_from(capacity).unwrap_or(most) } else { most };
    let curve = Curve::in_use(capacity, rate);
    let max_types = workload.max_machine_types.unwrap_or(u32::MAX);
    Ok((Stocked { fits, most: counts, rate_per_replica: rate, lost, least_zones, max_skew, max_types, peaks }, curve))
}

impl Stocked {
    /// Zones of the region.
    pub(super) fn zones(&self) -> usize {
        self.most.first().map_or(0, Vec::len)
    }

    /// Whether a group may not mix all types that there are.
    pub(super) fn limits_types(&self) -> bool {
        (self.max_types as usize) < self.fits.len()
    }

    /// The most that is asked for at any time where so much of each user group is sent, by position in the demand.
    pub fn load(&self, sent: &[u64]) -> u64 {
        if self.peaks.is_empty() {
            return sent.iter().fold(0, |sum, &sent| sum.saturating_add(sent));
        }
        let asked = |peak: &Vec<u32>| -> u128 {
            peak.iter().zip(sent).map(|(&share, &sent)| u128::from(share) * u128::from(sent)).sum()
        };
        let most = self.peaks.iter().map(asked).max().unwrap_or(0);
        u64::try_from(most.div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }

    /// Replicas that `machines` (by type, then zone) hold when the `lost` zones that hold most are gone.
    pub fn replicas_left(&self, machines: &[Vec<u64>]) -> u128 {
        let held = |zone: usize| -> u128 {
            self.fits
                .iter()
                .zip(machines)
                .map(|(fit, by_zone)| u128::from(fit.replicas) * u128::from(by_zone[zone]))
                .sum()
        };
        let mut by_zone: Vec<u128> = (0..self.zones()).map(held).collect();
        by_zone.sort_unstable_by(|a, b| b.cmp(a));
        by_zone.iter().skip(self.lost).sum()
    }

    /// True if `machines` carry `load` (milli-rps), or one replica, whatever zones are lost, and are in zones enough.
    pub fn carries(&self, machines: &[Vec<u64>], load: u64) -> bool {
        let in_use = (0..self.zones()).filter(|&zone| machines.iter().any(|by_zone| by_zone[zone] > 0)).count();
        in_use >= self.least_zones
            && self.replicas_left(machines) >= u128::from(load.div_ceil(self.rate_per_replica).max(1))
    }

    /// Monthly cost of `machines`.
    pub fn cost(&self, machines: &[Vec<u64>]) -> Femto {
        let of_type = |(fit, by_zone): (&Fit, &Vec<u64>)| fit.cost * i128::from(by_zone.iter().sum::<u64>());
        self.fits.iter().zip(machines).map(of_type).sum()
    }

    /// Takes away machines without which the others are still enough, dearest types first: where machines are free, a solver may leave idle ones.
    pub fn trim(&self, machines: &mut [Vec<u64>], mut are_enough: impl FnMut(&[Vec<u64>]) -> bool) {
        // Where zones have to be alike, idle machines may be there for that.
        if self.max_skew.is_some() {
            return;
        }
        let mut dearest: Vec<usize> = (0..self.fits.len()).collect();
        dearest.sort_by_key(|&fit| std::cmp::Reverse((self.fits[fit].cost, fit)));
        for fit in dearest {
            for zone in (0..self.zones()).rev() {
                let all = machines[fit][zone];
                // Fewer machines are never enough where more are not: the least count is found by halving.
                let (mut least, mut most) = (0, all);
                while least < most {
                    let half = least + (most - least) / 2;
                    machines[fit][zone] = half;
                    if are_enough(machines) { most = half } else { least = half + 1 }
                }
                machines[fit][zone] = least;
            }
        }
    }
}

/// Adds the machines of all stocked candidates, and the limits on them.
pub(super) fn rows(program: &mut Program<'_>) {
    let mut regions = BTreeSet::new();
    for service in 0..program.services().count() {
        for candidate in 0..program.service(service).candidates.len() {
            let Some(stocked) = &program.service(service).candidates[candidate].stocked else { continue };
            regions.insert(program.service(service).candidates[candidate].region);
            buy(program, service, candidate, stocked);
        }
    }
    for region in regions {
        limit(program, region);
    }
}

fn buy(program: &mut Program<'_>, service: usize, candidate: usize, stocked: &Stocked) {
    let in_use = program.in_use(service, candidate);
    for (at, fit) in stocked.fits.iter().enumerate() {
        for zone in 0..stocked.zones() {
            let most = stocked.most[at][zone];
            let decision = Decision::Machines { service, candidate, fit: at, zone };
            let column = program.add_column(Column { decision, cost: fit.cost, most, is_whole: true });
            let bought = in_use.map(|in_use| (in_use, -i128::from(most))).into_iter().chain([(column, 1)]);
            program.add_row("stock", bought, Sense::AtMost, 0);
        }
    }
    spread::zones(program, service, candidate, stocked);
    machine_types::rows(program, service, candidate, stocked);
    if sets(stocked.zones(), stocked.lost) <= FEW_SETS {
        for lost in subsets(stocked.zones(), stocked.lost) {
            for (terms, bound) in survival(program, service, candidate, stocked, &lost) {
                program.add_row("stock", terms, Sense::AtMost, bound);
            }
        }
    }
}

/// What must hold when the zones `lost` are gone: the load is carried, and a region in use has a machine.
fn survival(
    program: &Program<'_>,
    service: usize,
    candidate: usize,
    stocked: &Stocked,
    lost: &[usize],
) -> Vec<(Vec<(ColumnId, i128)>, i128)> {
    let mut held: Vec<(ColumnId, i128)> = Vec::new();
    let mut idle: Vec<(ColumnId, i128)> =
        program.in_use(service, candidate).map(|in_use| (in_use, 1)).into_iter().collect();
    for (fit, each) in stocked.fits.iter().enumerate() {
        for zone in (0..stocked.zones()).filter(|zone| !lost.contains(zone)) {
            let Some(column) = program.column(Decision::Machines { service, candidate, fit, zone }) else { continue };
            held.push((column, -i128::from(each.replicas) * i128::from(stocked.rate_per_replica)));
            idle.push((column, -1));
        }
    }
    let mut rows = vec![(idle, 0)];
    if stocked.peaks.is_empty() {
        let sent = program.load(service, candidate).map(|sent| (sent, 1));
        rows.push((sent.chain(held.iter().copied()).collect(), 0));
    }
    for peak in &stocked.peaks {
        // In parts of a milli-rps.
        let sent = program.asked_in(service, candidate, peak).map(|(sent, share)| (sent, i128::from(share)));
        let held = held.iter().map(|&(column, factor)| (column, factor * 1_000_000));
        rows.push((sent.chain(held).collect(), 0));
    }
    rows
}

/// The columns of the machines in a zone.
pub(super) fn machines_in<'p>(
    program: &'p Program<'_>,
    service: usize,
    candidate: usize,
    stocked: &Stocked,
    zone: usize,
) -> impl Iterator<Item = ColumnId> + use<'p> {
    let fits = 0..stocked.fits.len();
    fits.filter_map(move |fit| program.column(Decision::Machines { service, candidate, fit, zone }))
}

/// The rows of lost zones that `values` break, where not all of them are written down.
pub(super) fn violated(program: &Program<'_>, values: &[u64]) -> Vec<(Vec<(ColumnId, i128)>, i128)> {
    let mut broken = Vec::new();
    for service in 0..program.services().count() {
        for (candidate, placed) in program.service(service).candidates.iter().enumerate() {
            let Some(stocked) = &placed.stocked else { continue };
            if sets(stocked.zones(), stocked.lost) <= FEW_SETS {
                continue;
            }
            let machines = machines(program, service, candidate, stocked, values);
            let held = |zone: usize| -> u128 {
                let of_type = |(fit, by_zone): (&Fit, &Vec<u64>)| u128::from(fit.replicas) * u128::from(by_zone[zone]);
                stocked.fits.iter().zip(&machines).map(of_type).sum()
            };
            let mut zones: Vec<usize> = (0..stocked.zones()).collect();
            zones.sort_by_key(|&zone| std::cmp::Reverse((held(zone), zone)));
            for (terms, bound) in survival(program, service, candidate, stocked, &zones[..stocked.lost]) {
                let sum: i128 = terms.iter().map(|&(column, factor)| factor * i128::from(values[column.index()])).sum();
                if sum > bound {
                    broken.push((terms, bound));
                }
            }
        }
    }
    broken
}

/// The machines of a candidate in `values`, by type, then zone.
pub(super) fn machines(
    program: &Program<'_>,
    service: usize,
    candidate: usize,
    stocked: &Stocked,
    values: &[u64],
) -> Vec<Vec<u64>> {
    let bought = |fit, zone| {
        let column = program.column(Decision::Machines { service, candidate, fit, zone });
        column.map_or(0, |column| values[column.index()])
    };
    (0..stocked.fits.len()).map(|fit| (0..stocked.zones()).map(|zone| bought(fit, zone)).collect()).collect()
}

/// The limits of a region over all services.
fn limit(program: &mut Program<'_>, region: RegionId) {
    let problem: &Problem = program.problem();
    for stock in &problem.regions[region.index()].stock {
        let mut by_zone: Vec<Vec<ColumnId>> = vec![Vec::new(); problem.regions[region.index()].zones.len()];
        for service in 0..program.services().count() {
            for (candidate, placed) in program.service(service).candidates.iter().enumerate() {
                let Some(stocked) = placed.stocked.as_ref().filter(|_| placed.region == region) else { continue };
                let Some(fit) = stocked.fits.iter().position(|fit| fit.machine_type == stock.machine_type) else {
                    continue;
                };
                for (zone, columns) in by_zone.iter_mut().enumerate() {
                    columns.extend(program.column(Decision::Machines { service, candidate, fit, zone }));
                }
            }
        }
        let sum = |columns: &mut dyn Iterator<Item = &ColumnId>| columns.map(|&column| (column, 1)).collect::<Vec<_>>();
        if let Some(total) = stock.total {
            let terms = sum(&mut by_zone.iter().flatten());
            program.add_row("stock", terms, Sense::AtMost, total.into());
        }
        for (columns, &there) in by_zone.iter().zip(stock.by_zone.iter().flatten()) {
            let terms = sum(&mut columns.iter());
            program.add_row("stock", terms, Sense::AtMost, there.into());
        }
    }
}

/// True if machines of some candidate are limited.
pub(super) fn is_stocked(service: &Service) -> bool {
    service.candidates.iter().any(|candidate| candidate.stocked.is_some())
}

/// How many sets of `lost` zones there are, up to a little more than [`FEW_SETS`].
fn sets(zones: usize, lost: usize) -> usize {
    (0..lost).fold(1, |count, at| if count > FEW_SETS { count } else { count * (zones - at) / (at + 1) })
}

/// Every set of `lost` zones, in order.
fn subsets(zones: usize, lost: usize) -> Vec<Vec<usize>> {
    (0..lost).fold(vec![Vec::new()], |sets, _| {
        let longer = |set: Vec<usize>| {
            let next = set.last().map_or(0, |&last| last + 1);
            (next..zones).map(move |zone| set.iter().copied().chain([zone]).collect())
        };
        sets.into_iter().flat_map(longer).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TypeId;

    #[test]
    fn subsets_are_counted_and_listed() {
        assert_eq!(subsets(3, 0), [Vec::<usize>::new()]);
        assert_eq!(subsets(3, 2), [vec![0, 1], vec![0, 2], vec![1, 2]]);
        for (zones, lost) in [(1, 0), (4, 1), (6, 3), (5, 2)] {
            assert_eq!(subsets(zones, lost).len(), sets(zones, lost));
        }
        assert!(sets(100, 3) > FEW_SETS);
    }

    #[test]
    fn idle_machines_are_taken_away() {
        let fit = |id, replicas, cost| Fit {
            machine_type: TypeId(id),
            replicas,
            cost,
            spot: Vec::new(),
            committed: Vec::new(),
            taken: Vec::new(),
            counted: Vec::new(),
            layout: None,
        };
        let fits = vec![fit(0, 2, 0), fit(1, 3, 5)];
        let stocked = Stocked {
            fits,
            most: vec![vec![9; 2]; 2],
            rate_per_replica: 10,
            lost: 1,
            least_zones: 1,
            max_skew: None,
            max_types: u32::MAX,
            peaks: Vec::new(),
        };
        let mut machines = vec![vec![4, 3], vec![1, 1]];
        stocked.trim(&mut machines, |machines| stocked.carries(machines, 60));
        assert!(stocked.carries(&machines, 60));
        assert_eq!(machines, [vec![3, 3], vec![0, 0]]);
        stocked.trim(&mut machines, |machines| stocked.carries(machines, 0));
        assert_eq!(machines, [vec![1, 1], vec![0, 0]]);
    }
}
