//! Capacity: what it costs to carry a load in one region.
//!
//! With h replicas per instance and rate u per replica, a load l needs R = ceil(l / u) replicas, n = ceil(R / h) machines of a type, and
//! `machines(n)` of them to survive the zones that must be outlived (`survive`). Where demand changes with the periods t, a region that is sent l of the
//! user groups' largest rates carries l(t) = ceil(l × shape(t)) in period t, and its machines follow. The curve of a region is the lower envelope
//! over its types:
//!
//! > cost(l) = min over types o of sum over paid periods t of cost(o) × machines(n(o, l(t))) / hours
//!
//! a staircase. [`Curve::steps`] lists its steps; [`Curve::cheapest`] evaluates it exactly at one load.
//!
//! Where regions or clouds are to be outlived, replicas count twice: those left after the loss of zones carry the load, and all of them stand in
//! for other regions (`survive`). Then a step is any number of machines of one type that no other step replaces, carrying as much and holding
//! as many replicas at no greater cost. Beside spot a number of machines is several steps: the less must be left when pools are taken back, the more of
//! them may be of the cheapest pools.
//!
//! Where quotas limit what may be taken of a region, the cheapest type may take too much: then steps say of which type their machines are.

mod by_type;
mod machines;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use super::commitments::{Caps, Committed, capped, repriced};
use super::cost::Femto;
use super::demand::Hours;
use super::machines::Fit;
use super::moves::{EXACT_MOVES, Moves};
use super::program::{Program, Sense};
use super::spot::Rules;
use crate::model::CommitmentId;

/// Adds what ties traffic to machines: a candidate is on at most one step, answers no more than the step carries, and answers nobody unless
/// it is in use.
///
/// > open:      sum over v of use(s, r, v) = y(s, r) <= 1
/// > capacity:  sum over c of x(s, c, r) <= sum over v of capacity(s, r, v) × use(s, r, v)
/// > link:      x(s, c, r) <= d(s, c) × y(s, r)
///
/// *link* follows from the others in whole numbers, and makes the relaxation far tighter. That a candidate is in use is a column of its own, y, so that
/// rows name it and not every step.
pub(super) fn rows(program: &mut Program<'_>) {
    for service in 0..program.services().count() {
        for (position, candidate) in program.service(service).candidates.iter().enumerate() {
            let Some(in_use) = program.in_use(service, position) else { continue };
            let uses: Vec<_> = program.uses(service, position).collect();
            let steps = uses.iter().map(|&column| (column, 1));
            program.add_row("capacity", steps.chain([(in_use, -1)]), Sense::Equal, 0);
            let traffic: Vec<_> = program.traffic(service, position).collect();
            let carried = uses.iter().zip(candidate.curve.steps()).map(|(&step, at)| (step, -i128::from(at.capacity)));
            let sent: Vec<_> = program.load(service, position).map(|column| (column, 1)).collect();
            program.add_row("capacity", sent.into_iter().chain(carried), Sense::AtMost, 0);
            for (class, column) in traffic {
                let rate = i128::from(program.classes(service)[class].rate);
                program.add_row("capacity", [(column, 1), (in_use, -rate)], Sense::AtMost, 0);
            }
        }
    }
}

/// A step of a cost curve: loads above the previous step's capacity, up to `capacity`, cost `cost`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Largest load in milli-rps.
    pub capacity: u64,
    /// Monthly cost; not above the true cost of any load on the step.
    pub cost: Femto,
    /// Replicas that its machines hold while all zones are up, as far as they count; zero where they do not.
    pub replicas: u64,
}

/// The cost of carrying load in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Curve {
    fits: Vec<Fit>,
    rate_per_replica: u64,
    rules: Rules,
    hours: Hours,
    /// Where machines may be spot: monthly cost by position in `fits`, then machines needed, as far as it was worth tabulating.
    tables: Vec<Vec<Femto>>,
    /// Added to every load, zero included, once the region is used.
    fixed: Femto,
    /// What replicas that were not there before cost beside the machines.
    moves: Option<Moves>,
    steps: Vec<Step>,
    /// By step: the position in `fits` of its type. Empty where every step is of the type that is cheapest for it.
    types: Vec<usize>,
}

impl Curve {
    /// The curve over loads from zero to `most` (milli-rps, above zero), for the types of `fits` (not empty).
    pub(super) fn new(fits: Vec<Fit>, rate_per_replica: u64, rules: Rules, hours: Hours, most: u64) -> Self {
        let mut curve = Self::without_steps(fits, rate_per_replica, rules, hours);
        if rules.allow_spot() {
            curve.tables = curve.fits.iter().map(|fit| curve.table(fit, most)).collect();
        }
        curve.steps = curve.envelope(most);
        curve
    }

    fn without_steps(fits: Vec<Fit>, rate_per_replica: u64, rules: Rules, hours: Hours) -> Self {
        let (tables, steps, types) = (Vec::new(), Vec::new(), Vec::new());
        Self { fits, rate_per_replica, rules, hours, tables, fixed: 0, moves: None, steps, types }
    }

    /// What presence costs each month, as far as it is in the steps.
    pub(super) fn fixed(&self) -> Femto {
        self.fixed
    }

    /// The curve of a region whose machines are decided one by one: it is in use and carries at most `capacity`, or it is not.
    pub(super) fn in_use(capacity: u64, rate_per_replica: u64) -> Self {
        Self::of_steps(vec![Step { capacity, cost: 0, replicas: 0 }], rate_per_replica)
    }

    /// The curve over loads from zero to `most`, with steps that hold up to `held` replicas (above zero) beyond what the load needs. Demand never
    /// changes, and no machine is committed.
    pub(super) fn holding(fits: Vec<Fit>, rate_per_replica: u64, rules: Rules, most: u64, held: u64) -> Self {
        let mut curve = Self::without_steps(fits, rate_per_replica, rules, Hours::default());
        curve.steps = curve.frontier(most, held);
        curve
    }

    /// The same for loads up to `most`, with steps that hold up to `held` replicas beyond what the load needs.
    #[must_use]
    pub fn holding_up_to(&self, most: u64, held: u64) -> Self {
        let mut curve = Self::holding(self.fits.clone(), self.rate_per_replica, self.rules, most, held);
        curve.add_fixed(self.fixed);
        curve
    }

    /// The curve of a cluster, from the least cost at each load, by load: dearer points that carry no more are left out.
    pub(super) fn of_steps(points: Vec<Step>, rate_per_replica: u64) -> Self {
        let mut steps: Vec<Step> = Vec::with_capacity(points.len());
        for point in points {
            while steps.last().is_some_and(|last| last.cost >= point.cost) {
                steps.pop();
            }
            steps.push(point);
        }
        Self {
            fits: Vec::new(),
            rate_per_replica,
            rules: Rules::on_demand(1, 0),
            hours: Hours::default(),
            tables: Vec::new(),
            fixed: 0,
            moves: None,
            steps,
            types: Vec::new(),
        }
    }

    /// Load that one replica carries, in milli-rps.
    pub fn rate_per_replica(&self) -> u64 {
        self.rate_per_replica
    }

    /// Whether steps end at whole numbers of replicas: where demand never changes.
    pub(super) fn is_in_replicas(&self) -> bool {
        self.hours.is_constant()
    }

    /// The least cost of carrying `load`. A load of zero costs as much as the least load: a region in use holds a replica.
    pub fn cost(&self, load: u64) -> Femto {
        if self.fits.is_empty() {
            let at = self.steps.partition_point(|step| step.capacity < load);
            return self.steps.get(at).or(self.steps.last()).map_or(0, |step| step.cost);
        }
        self.cheapest(load).1
    }

    /// Adds a cost to every step: that of the region, or the workload's part of it.
    pub fn add_fixed(&mut self, fixed: Femto) {
        self.fixed += fixed;
        for step in &mut self.steps {
            step.cost += fixed;
        }
    }

    /// The commitments it may use.
    pub fn commitments(&self) -> BTreeSet<CommitmentId> {
        self.fits.iter().flat_map(|fit| &fit.committed).map(|offer| offer.commitment).collect()
    }

    /// The curve with no more committed machines than `caps` allow.
    #[must_use]
    pub fn capped(&self, caps: &Caps) -> Self {
        if caps.is_empty() { self.clone() } else { self.committed_as(|committed| capped(committed, caps)) }
    }

    /// The curve where each committed machine costs as much more as `prices` say.
    #[must_use]
    pub fn repriced(&self, prices: &BTreeMap<CommitmentId, Femto>) -> Self {
        if prices.is_empty() { self.clone() } else { self.committed_as(|committed| repriced(committed, prices)) }
    }

    /// The curve with other committed machines beside each type.
    fn committed_as(&self, change: impl Fn(&[Committed]) -> Vec<Committed>) -> Self {
        let mut curve = self.clone();
        if self.fits.iter().all(|fit| fit.committed.is_empty()) {
            return curve;
        }
        for fit in &mut curve.fits {
            fit.committed = change(&fit.committed);
        }
        curve.steps = curve.envelope(self.most());
        curve.add_moves();
        curve
    }

    /// The curve with what it costs to move replicas there.
    #[must_use]
    pub(super) fn with_moves(mut self, moves: Option<Moves>) -> Self {
        self.moves = moves;
        self.add_moves();
        self
    }

    fn add_moves(&mut self) {
        if let Some(moves) = self.moves {
            self.steps = moves.added_to(&self.steps, self.rate_per_replica);
        }
    }

    /// What replicas that were not there before cost.
    pub(super) fn moves(&self) -> Option<Moves> {
        self.moves
    }

    /// Whether what a load costs is that of its machines, and of presence.
    pub(super) fn is_of_machines(&self) -> bool {
        self.moves.is_none()
    }

    /// Steps by capacity, each dearer than the one before.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The largest load the curve was made for.
    pub fn most(&self) -> u64 {
        if self.types.is_empty() {
            return self.steps.last().map_or(0, |step| step.capacity);
        }
        self.steps.iter().map(|step| step.capacity).max().unwrap_or(0)
    }

    /// The same curve for loads up to `most`; whole where steps are of types of their own.
    #[must_use]
    pub(super) fn up_to(&self, most: u64) -> Self {
        let mut curve = self.clone();
        if !curve.types.is_empty() {
            return curve;
        }
        let last = curve.steps.partition_point(|step| step.capacity < most);
        curve.steps.truncate(last + 1);
        if let Some(step) = curve.steps.last_mut() {
            step.capacity = step.capacity.min(most);
        }
        curve
    }

    /// True if every step has the true cost of its loads.
    pub fn is_exact(&self) -> bool {
        let replicas = self.most().div_ceil(self.rate_per_replica);
        self.moves.is_none_or(|moves| moves.beyond(replicas) <= EXACT_MOVES)
            && self.fits.iter().all(|fit| self.needed(fit, self.most()) <= self.exact_machines())
    }

    /// The types on the frontier.
    pub fn fits(&self) -> &[Fit] {
        &self.fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TypeId;

    fn fit(id: u32, replicas: u64, cost: Femto) -> Fit {
        Fit {
            machine_type: TypeId(id),
            replicas,
            cost,
            spot: Vec::new(),
            committed: Vec::new(),
            taken: Vec::new(),
            counted: Vec::new(),
            layout: None,
        }
    }

    /// The rules of two zones of which `zones` may be lost.
    fn rules(zones: u32) -> Rules {
        Rules::on_demand(2, zones)
    }

    #[test]
    fn steps_are_the_exact_cost_at_their_ends() {
        // Machines for 1 replica at 10 and for 4 at 30; two zones, one may be lost: every machine is bought twice.
        let curve = Curve::new(vec![fit(1, 4, 30), fit(0, 1, 10)], 100, rules(1), Hours::default(), 900);
        let steps: Vec<_> = curve.steps().iter().map(|step| (step.capacity, step.cost)).collect();
        assert_eq!(steps, [(100, 20), (200, 40), (400, 60), (500, 100), (800, 120), (900, 180)]);
        for step in curve.steps() {
            assert_eq!(curve.cheapest(step.capacity).1, step.cost);
        }
        assert_eq!(curve.cheapest(201).1, 60);
        assert_eq!(curve.sorted(900), curve.steps());
        assert_eq!(curve.cheapest(0).1, 20);
    }

    #[test]
    fn steps_that_hold_more_replicas_are_kept_beside_those_that_carry_more() {
        // Two zones, one may be lost: a third machine carries no more than two do, but holds one more replica.
        let steps = |curve: &Curve| -> Vec<(u64, u64, Femto)> {
            curve.steps().iter().map(|step| (step.capacity, step.replicas, step.cost)).collect()
        };
        let curve = Curve::holding(vec![fit(1, 1, 10)], 100, Rules::on_demand(2, 1), 200, 5);
        assert_eq!(steps(&curve), [(100, 2, 20), (100, 3, 30), (200, 4, 40), (200, 5, 50)]);
        assert_eq!(curve.cheapest_holding(100, 3).1, 30);
        // Two machines of four replicas at 15 replace three single ones and more.
        let curve = Curve::holding(vec![fit(1, 1, 10), fit(2, 4, 15)], 100, Rules::on_demand(2, 1), 200, 5);
        assert_eq!(steps(&curve), [(100, 2, 20), (200, 5, 30)]);
    }

    #[test]
    fn many_mixes_are_few_steps_and_none_costs_more_than_its_machines() {
        use crate::formulate::spot::Spot;
        use crate::model::{Coordinates, Region, RegionKey, Replica, SpotTerms, Workload};
        use crate::units::{MilliRps, Ratio};
        let terms = SpotTerms { max_share: Ratio::ONE, max_interruption_percent: None, min_pools: 1, survive_pools: 1 };
        let mut workload = Workload::new("web", Replica::default(), MilliRps(100), Vec::new());
        workload.spot = Some(terms);
        let nowhere = Coordinates { latitude_microdegrees: 0, longitude_microdegrees: 0 };
        for zones in [1, 3] {
            let names = (0..zones).map(|zone: u32| zone.to_string()).collect();
            let region = Region::new(RegionKey::new("test", "one"), nowhere, "DE", names);
            let spot = [(5, 8_000), (6, 9_000), (7, 11_000)].map(|(id, cost)| Spot { machine_type: TypeId(id), cost });
            let fit = Fit { spot: spot.to_vec(), ..fit(0, 1, 20_000) };
            let (most, held) = (40_000, 300);
            let curve = Curve::holding(vec![fit.clone()], 100, Rules::of(&workload, &region), most, held);
            assert!(curve.steps().len() < 4_000, "{}", curve.steps().len());
            for (at, step) in curve.steps().iter().enumerate().step_by(7) {
                assert!(step.cost <= curve.cost_of_step(at), "{step:?}");
            }
            for (load, replicas) in
                [(100, 1), (900, 60), (6_300, 64), (6_500, 80), (20_000, 200), (39_000, 300), (40_000, 1)]
            {
                let enough = curve.steps().iter().filter(|step| step.capacity >= load && step.replicas >= replicas);
                let least = enough.map(|step| step.cost).min().unwrap();
                let exact = curve.machines_holding(&fit, load, replicas).cost;
                assert!(least <= exact && exact - least <= exact / 10, "{load} {replicas}: {least} {exact}");
            }
        }
    }

    #[test]
    fn hours_of_less_demand_cost_less() {
        use crate::model::{Calendar, Profile};
        use crate::units::Ratio;
        // Of two hours one asks for everything and one for a third: machines of 100 at 10 a month, half of it in each hour.
        let shapes = vec![vec![Ratio(1_000_000), Ratio(333_334)]];
        let profile = Profile { calendar: Calendar { hours: 2, has_cases: false }, shapes, ..Profile::default() };
        let curve = Curve::new(vec![fit(0, 1, 10)], 100, rules(0), Hours::of(&profile), 400);
        let steps: Vec<_> = curve.steps().iter().map(|step| (step.capacity, step.cost)).collect();
        // A third of 300 is 100.0002, rounded up to 101: the second hour needs two machines from 300 on, not from 301.
        assert_eq!(steps, [(100, 10), (200, 15), (299, 20), (300, 25), (400, 30)]);
        for step in curve.steps() {
            assert_eq!(curve.cost(step.capacity), step.cost);
        }
        assert_eq!(curve.cost(201), 20);
    }
}
