//! Mixed groups: machines decided by kind and by period, where a cost curve cannot stand for them.
//!
//! A curve says what a load costs. That is not enough
//!
//! - where user groups rise and fall apart: what a region carries in a period depends on who is answered there, and not on the sum of what is sent;
//! - where machines stand by for other regions and demand changes: how many stand by where is decided in every period, over all regions together;
//! - where quotas or limits on sums count machines beside spot or commitments: the cheapest mix for a load may take too much of what is limited;
//! - where there are commitments beside either, or beside machines that stand by for other regions or keep copies of data in several: one program then says
//!   who takes them.
//!
//! There a candidate buys b(k, t) machines of each *kind* k, which is a type and a way to buy it, in each period t. All of a group hold h replicas and stand
//! beside one type on demand (a *fit*). They are as even over the zones as can be, so that only their numbers matter (`spot` has the argument). With
//! T(t) = sum over k of b(k, t), calls y at their largest rate, of which called(t) are made in t, spot machines B(i, t) of type i, n(t) machines left after any loss, and Z zones,
//!
//! > fits:    sum over fits f of chosen(f) = use,   b(k, t) <= most × chosen(f)
//! > carry:   sum over g of x(g) × shape(g, t) + y × called(t) <= u × sum over f of h(f) × n(f, t),   n(f, t) >= chosen(f)
//! > zones:   T(t) >= n(t) + k × e(t),   (Z − k) × e(t) >= n(t)                         k zones may be lost
//! > pools:   j × l(t) + sum over i of E(i, t) <= T(t) − n(t),   E(i, t) >= B(i, t) − Z × l(t)      j pools may be taken back
//! > share:   sum over i of B(i, t) <= max_share × T(t)
//! > spread:  sum over i of F(i, t) >= min_pools × w(t),   F(i, t) <= B(i, t),  F(i, t) <= Z,   B(i, t) <= most × w(t)
//! > even:    T(t) >= min_zones × chosen,   T(t) = Z × v(t) where all zones are alike
//! > base:    b(k, t) of a commitment is the same at all t, and no more in all than there are
//!
//! The fullest j pools hold j × l + sum of max(0, B(i) − Z × l) for the best whole l: pools of a type are floor(B / Z) or one more, so that l is below
//! all of them or not below any. Periods in which everybody asks for the same are one; those that nobody pays for, and in which nobody asks for more than in
//! another one, get the machines of that one, less those they can do without. What stands by for other regions in t (`survive::places`) are all T(t) machines.
//!
//! **Data** (`state`). Machines that keep data are the same at all t, in one of the layouts that a type may have: a fit for each, whose Z is that of its zones in use, whose
//! chosen(f) costs storage and writes, and which holds all copies:
//!
//! > T >= least(f) × chosen(f)

mod rows;

use std::collections::{BTreeMap, BTreeSet};

use super::capacity::Curve;
use super::cost::Femto;
use super::demand::Hours;
use super::machines::Fit;
use super::moves;
use super::service::Service;
use super::spot::{Rules, by_zone};
use super::state::Layout;
use super::{budget, carbon, quotas};
use crate::model::{Calendar, CommitmentId, MachineSet, Problem, Purchase, Region, RegionId, TypeId, Workload};

pub(super) use rows::{counted_by, held, rows, scale, sets, taken_by};

/// The machines of a group that are decided by kind and period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mixed {
    fits: Vec<MixedFit>,
    rules: Rules,
    rate_per_replica: u64,
    /// Different ones.
    periods: Vec<Period>,
    /// By period of the calendar: its position among the different ones.
    of_calendar: Vec<usize>,
    /// Hours of the calendar.
    hours: i128,
    /// The most that its machines may have to carry, or would carry if those that stand by did, in milli-rps.
    most: u64,
    /// Whether machines stand by for other regions, or keep data, so that more than what carries the load is not idle.
    stands_by: bool,
    /// What it costs to carry a load all the time, where user groups rise and fall apart or machines stand by, and hours have nothing in common but where traffic goes and the
    /// type of the machines.
    hourly: Option<Curve>,
}

/// What may stand beside one type on demand.
#[derive(Clone, Debug, PartialEq, Eq)]
struct MixedFit {
    replicas: u64,
    /// How its machines stand if they keep data.
    layout: Option<Layout>,
    /// On demand first, then spot, cheapest first, then committed.
    kinds: Vec<Kind>,
}

/// A type and a way to buy it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kind {
    machine_type: TypeId,
    purchase: Purchase,
    /// Monthly cost of one instance, carbon included.
    cost: Femto,
    /// Most instances there are.
    cap: u64,
    /// What an instance takes of each quota of the region.
    taken: Vec<u64>,
    /// What an instance adds each month to what is limited in sum.
    counted: Vec<i128>,
}

/// Hours in which everybody asks for the same.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Period {
    /// Part of its rate that each user group asks for, in millionths, by position in the workload's demand.
    shares: Vec<u32>,
    /// Part of their largest rate at which other workloads call.
    called: u32,
    /// How many are paid for.
    paid: i128,
    /// The period that is decided for it: itself, or one in which nobody asks for less.
    decided: usize,
}

/// What a column of a mixed group counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Whether this fit is the one in use.
    Chosen,
    /// Instances of a kind.
    Kind(usize),
    /// Instances left after any loss.
    Left,
    /// Instances in each of the fullest zones.
    Fullest,
    /// Instances in every zone, where all are alike.
    Level,
    /// Spot instances in each of the fullest pools.
    Pool,
    /// Spot instances of a kind beyond that.
    Excess(usize),
    /// Pools of a kind in use.
    Pools(usize),
    /// Whether any spot is used.
    HasSpot,
    /// What all instances take of a quota at most at any time.
    Peak(usize),
}

/// Whether a workload's machines in a region have to be decided by kind and period.
pub(super) fn is_needed(problem: &Problem, workload: &Workload, id: RegionId) -> bool {
    let commits = |workload: &Workload| workload.uses_commitments && workload.spot.is_none();
    let changes_apart = |workload: &Workload| !workload.profile.is_uniform();
    let is_divided = |workload: &Workload| workload.state.is_some_and(|state| state.is_multi_region);
    let stands_by = |workload: &Workload| workload.survive.has_places() || is_divided(workload);
    let has_hours = workload.profile.calendar != Calendar::CONSTANT;
    let is_decided = |workload: &Workload| changes_apart(workload) || commits(workload) && stands_by(workload);
    // What stands by in a region without commitments has a curve.
    let is_sold = || {
        let offers = &problem.regions[id.index()].offers;
        offers.iter().any(|offer| matches!(offer.purchase, Purchase::Committed(..)))
    };
    let shares_commitments = || {
        !problem.commitments.is_empty()
            && commits(workload)
            && (problem.counts_sums() || !problem.quotas.is_empty() || problem.workloads.iter().any(is_decided))
            && (!workload.survive.has_places() || is_sold())
    };
    // Machines that keep data are the same at all hours.
    let stands_by_the_hour = has_hours && workload.survive.has_places() && workload.state.is_none();
    changes_apart(workload)
        || stands_by_the_hour
        || workload.spot.is_some() && problem.counts_machines_in(id)
        || shares_commitments()
}

impl Mixed {
    /// The kinds that stand beside the types on demand of `fits`, to carry up to `most` with all that stands by.
    pub(super) fn of(problem: &Problem, workload: &Workload, id: RegionId, given: &[Fit], most: u64) -> Self {
        let region = &problem.regions[id.index()];
        let rules = Rules::of(workload, region);
        let fits = given.iter().map(|fit| MixedFit {
            replicas: fit.replicas,
            layout: fit.layout,
            kinds: kinds(fit, rules).map(|kind| counted(problem, id, region, kind)).collect(),
        });
        let calendar = workload.profile.calendar;
        let mut periods: Vec<Period> = Vec::new();
        let mut known: BTreeMap<(Vec<u32>, u32), usize> = BTreeMap::new();
        let mut of_calendar = Vec::with_capacity(calendar.periods());
        for period in 0..calendar.periods() {
            let share = |position| workload.profile.share(position, period).0;
            let shares: Vec<u32> = (0..workload.demand.len()).map(share).collect();
            let called = workload.profile.called_share(period).0;
            let at = *known.entry((shares.clone(), called)).or_insert(periods.len());
            if at == periods.len() {
                periods.push(Period { shares, called, paid: 0, decided: at });
            }
            periods[at].paid += i128::from(calendar.is_paid(period));
            of_calendar.push(at);
        }
        for at in 0..periods.len() {
            let asks_no_less = |other: &Period| {
                other.shares.iter().zip(&periods[at].shares).all(|(a, b)| a >= b) && other.called >= periods[at].called
            };
            let is_free = |other: usize| periods[other].paid == 0 && periods[other].decided != other;
            if periods[at].paid == 0 {
                let other =
                    (0..periods.len()).find(|&other| other != at && !is_free(other) && asks_no_less(&periods[other]));
                periods[at].decided = other.unwrap_or(at);
            }
        }
        // One that stands for another may have found one that stands for it.
        for at in 0..periods.len() {
            while periods[periods[at].decided].decided != periods[at].decided {
                periods[at].decided = periods[periods[at].decided].decided;
            }
        }
        if workload.state.is_some() {
            // One number of machines for all of them.
            let paid = periods.iter().map(|period| period.paid).sum();
            for period in &mut periods {
                (period.paid, period.decided) = (0, 0);
            }
            periods[0].paid = paid;
        }
        let rate_per_replica = workload.rate_per_replica.0;
        let hours = calendar.hours as i128;
        let stands_by = workload.survive.has_places() || workload.state.is_some();
        let is_tied = workload.state.is_some()
            || given.iter().any(|fit| !fit.committed.is_empty())
            || moves::are_priced(problem, workload);
        let hourly = if is_tied {
            None
        } else if workload.survive.has_places() {
            // What it carries and holds at most is that of an hour.
            Some(Curve::holding(given.to_vec(), rate_per_replica, rules, 1, 1))
        } else {
            let is_apart = !workload.profile.is_uniform();
            is_apart.then(|| Curve::new(given.to_vec(), rate_per_replica, rules, Hours::default(), most))
        };
        Self { fits: fits.collect(), rules, rate_per_replica, periods, of_calendar, hours, most, stands_by, hourly }
    }

    /// The commitments that it may use.
    pub(super) fn commitments(&self) -> BTreeSet<CommitmentId> {
        let kinds = self.fits.iter().flat_map(|fit| &fit.kinds);
        kinds.filter_map(|kind| commitment(kind.purchase)).collect()
    }

    /// What it costs to carry a load all the time, where hours have nothing in common but where traffic goes and the type of the machines.
    pub fn hourly(&self) -> Option<&Curve> {
        self.hourly.as_ref()
    }

    /// Whether any of its machines takes of the quota at a position among those of the region.
    pub(super) fn takes(&self, quota: usize) -> bool {
        self.fits.iter().flat_map(|fit| &fit.kinds).any(|kind| kind.taken[quota] > 0)
    }

    /// How many numbers of machines it decides on.
    pub fn size(&self) -> usize {
        let decided = self.decided().count();
        self.fits.iter().map(|fit| fit.kinds.len() * decided).sum()
    }

    /// The same with no more than `fits` fits, the cheapest for a replica, and so many kinds of spot beside each.
    #[must_use]
    pub fn with_few(&self, fits: usize, spot: usize) -> Self {
        let mut few = self.clone();
        few.fits.sort_by(|a, b| {
            let least = |fit: &MixedFit| fit.kinds.iter().map(|kind| kind.cost).min().unwrap_or(0);
            (least(a) * i128::from(b.replicas)).cmp(&(least(b) * i128::from(a.replicas)))
        });
        few.fits.truncate(fits);
        for fit in &mut few.fits {
            let mut left = spot;
            fit.kinds.retain(|kind| {
                let is_spot = kind.purchase == Purchase::Spot;
                let is_kept = !is_spot || left > 0;
                left -= usize::from(is_spot && is_kept);
                is_kept
            });
        }
        few
    }

    /// The periods that are decided.
    fn decided(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.periods.len()).filter(|&at| self.periods[at].decided == at)
    }

    /// What a fit must keep to in the zones that it may be in.
    fn rules_of(&self, fit: usize) -> Rules {
        self.fits[fit].layout.map_or(self.rules, |layout| self.rules.in_zones(layout.zones))
    }

    /// The periods in which machines decided for one have to carry what is sent.
    fn carrying(&self, decided: usize) -> impl Iterator<Item = usize> + '_ {
        let keeps_data = self.fits.iter().any(|fit| fit.layout.is_some());
        (0..self.periods.len()).filter(move |&at| at == decided || keeps_data && self.periods[at].decided == decided)
    }

    /// What part of its rate each user group asks for, in millionths, at the times that differ, each with the period whose machines are there.
    pub(super) fn times(&self) -> impl Iterator<Item = (&[u32], usize)> {
        let of_period =
            move |decided| self.carrying(decided).map(move |at| (self.periods[at].shares.as_slice(), decided));
        self.decided().flat_map(of_period)
    }

    /// Machines of a fit that are needed for a load.
    fn needed(&self, fit: usize, load: u64) -> u64 {
        load.div_ceil(self.rate_per_replica).max(1).div_ceil(self.fits[fit].replicas)
    }

    /// Whether everybody always asks for the same.
    fn is_constant(&self) -> bool {
        self.periods.iter().all(|period| period.shares.iter().chain([&period.called]).all(|&share| share == 1_000_000))
    }

    /// The machine sets of a group that buys `counts` of a fit, by decided period and kind, and is sent so much of each user group, by position in the
    /// demand, and `called` by others. Machines that a period can do without are left out, dearest kinds first.
    fn sets(&self, fit: usize, counts: &[Vec<u64>], sent: &[u64], called: u64, zones: usize) -> Vec<MachineSet> {
        let kinds = &self.fits[fit].kinds;
        let trimmed = |period: &Period| {
            let parts = period.shares.iter().zip(sent).map(|(&share, &sent)| u128::from(share) * u128::from(sent));
            let parts = parts.sum::<u128>() + u128::from(period.called) * u128::from(called);
            let load = u64::try_from(parts.div_ceil(1_000_000)).unwrap_or(u64::MAX);
            let mut counts = counts[period.decided].clone();
            if !self.stands_by {
                self.trim(fit, &mut counts, self.needed(fit, load));
            }
            // Committed machines first, so that they are in the same zones at all times.
            let order = placing_order(kinds);
            let in_use = self.fits[fit].layout.and_then(|layout| usize::try_from(layout.zones).ok()).unwrap_or(zones);
            let mut by_zone = by_zone(order.iter().map(|&kind| counts[kind]), in_use);
            for counts in &mut by_zone {
                counts.resize(zones, 0);
            }
            let mut of_kind = vec![Vec::new(); kinds.len()];
            for (kind, by_zone) in order.into_iter().zip(by_zone) {
                of_kind[kind] = by_zone;
            }
            of_kind
        };
        let different: Vec<Vec<Vec<u64>>> = self.periods.iter().map(trimmed).collect();
        let of_kind = |(at, kind): (usize, &Kind)| {
            let mut by_period: Vec<Vec<u64>> =
                self.of_calendar.iter().map(|&period| different[period][at].clone()).collect();
            let most = |zone: usize| by_period.iter().map(|by_zone| by_zone[zone]).max().unwrap_or(0);
            let instances_by_zone = (0..zones).map(most).collect();
            if by_period.len() == 1 {
                by_period.clear();
            }
            MachineSet { machine_type: kind.machine_type, purchase: kind.purchase, instances_by_zone, by_period }
        };
        let mut sets: Vec<MachineSet> = kinds.iter().enumerate().map(of_kind).collect();
        sets.retain(|set| set.instances() > 0);
        sets.sort_by_key(|set| (set.machine_type, set.purchase));
        sets
    }

    fn trim(&self, fit: usize, counts: &mut [u64], needed: u64) {
        let kinds = &self.fits[fit].kinds;
        let mut dearest: Vec<usize> = (0..kinds.len()).filter(|&at| commitment(kinds[at].purchase).is_none()).collect();
        dearest.sort_by_key(|&at| std::cmp::Reverse((kinds[at].cost, at)));
        let is_spot = |at: &usize| kinds[*at].purchase == Purchase::Spot;
        for kind in dearest {
            while counts[kind] > 0 {
                counts[kind] -= 1;
                let spot: Vec<u64> = (0..kinds.len()).filter(is_spot).map(|at| counts[at]).collect();
                let others = (0..kinds.len()).filter(|at| !is_spot(at)).map(|at| counts[at]).sum();
                if !self.rules.are_kept(others, &spot, needed) {
                    counts[kind] += 1;
                    break;
                }
            }
        }
    }
}

/// Positions of kinds in the order in which they are put into zones.
fn placing_order(kinds: &[Kind]) -> Vec<usize> {
    let rank = |kind: &Kind| match kind.purchase {
        Purchase::Committed(..) => 0,
        Purchase::Spot => 1,
        Purchase::OnDemand => 2,
    };
    let mut order: Vec<usize> = (0..kinds.len()).collect();
    order.sort_by_key(|&at| (rank(&kinds[at]), at));
    order
}

fn commitment(purchase: Purchase) -> Option<CommitmentId> {
    match purchase {
        Purchase::Committed(commitment, _) => Some(commitment),
        Purchase::OnDemand | Purchase::Spot => None,
    }
}

/// Type, way to buy, cost and number there is of each kind beside a type on demand.
fn kinds(fit: &Fit, rules: Rules) -> impl Iterator<Item = (TypeId, Purchase, Femto, u64)> {
    let spot = fit.spot.iter().filter(move |_| rules.allow_spot());
    let on_demand = (fit.machine_type, Purchase::OnDemand, fit.cost, u64::MAX);
    let spot = spot.map(|spot| (spot.machine_type, Purchase::Spot, spot.cost, u64::MAX));
    let committed = fit.committed.iter().map(|offer| (offer.machine_type, offer.purchase, offer.cost, offer.cap));
    std::iter::once(on_demand).chain(spot).chain(committed)
}

fn counted(
    problem: &Problem,
    id: RegionId,
    region: &Region,
    (machine_type, purchase, cost, cap): (TypeId, Purchase, Femto, u64),
) -> Kind {
    let offer = region.offers.iter().find(|offer| (offer.machine_type, offer.purchase) == (machine_type, purchase));
    let counted = |offer| budget::paid(problem, offer).into_iter().chain(carbon::emitted(problem, offer));
    Kind {
        machine_type,
        purchase,
        cost,
        cap,
        taken: quotas::taken(problem, id, &problem.machine_types[machine_type.index()]),
        counted: offer.into_iter().flat_map(counted).collect(),
    }
}

/// True if machines of some candidate are decided by kind and period.
pub(super) fn is_mixed(service: &Service) -> bool {
    service.candidates.iter().any(|candidate| candidate.mixed.is_some())
}
