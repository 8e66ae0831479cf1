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
//! as many replicas at no greater cost.
//!
//! Where quotas limit what may be taken of a region, the cheapest type may take too much: then steps say of which type their machines are.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::commitments::{Caps, Savings, capped};
use super::cost::Femto;
use super::demand::Hours;
use super::machines::Fit;
use super::moves::{EXACT_MOVES, Moves};
use super::program::{Program, Sense};
use super::spot::{Mix, Rules};
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

/// Steps are exact up to this many machines of a type; beyond it one step stands for 1/32,768 of the load, at the cost of its lower
/// end. Such a curve is nowhere above the true one, so bounds stay valid, and the error is far below the gap tolerance.
const EXACT_MACHINES: u64 = 32_768;

/// The same where machines may be spot, whose cheapest mix is searched for and not computed.
const EXACT_MIXES: u64 = 4_096;

/// Envelopes over more replicas than this are sorted instead of tabulated. Below it every step is exact.
const MOST_TABULATED: usize = 32_768;

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

/// Beyond this many machines of a type, steps of curves with two capacities stand for 1/512 of them each: such curves are part of programs, whose
/// columns are many.
const EXACT_MACHINES_HELD: u64 = 512;

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

    /// The curve whose steps are of types of their own: those that no other replaces in the load carried, the replicas held (up to `held`, where that is
    /// above zero), the cost and what is taken. All machines are on demand. Steps that take more than `most_taken` are of no use.
    pub(super) fn by_type(
        fits: Vec<Fit>,
        rate_per_replica: u64,
        (rules, hours): (Rules, Hours),
        most: u64,
        held: u64,
        most_taken: &[u64],
    ) -> Self {
        let mut curve = Self::without_steps(fits, rate_per_replica, rules, hours);
        let mut points: Vec<(Step, usize)> = Vec::new();
        for at in 0..curve.fits.len() {
            let mut own = Vec::new();
            if held > 0 {
                curve.numbers(at, most, held, &mut own);
            } else {
                curve.staircase(at, most, &mut own);
            }
            points.extend(own.into_iter().map(|step| (step, at)));
        }
        points.sort_unstable_by_key(|&(step, at)| (step.cost, Reverse((step.capacity, step.replicas)), at));
        let taken = |&(step, at): &(Step, usize)| -> Vec<i128> {
            let taken = (0..most_taken.len()).map(|quota| curve.taken_by(at, step, quota).into());
            let counted = (0..curve.fits[at].counted.len()).map(|sum| curve.counted_by(at, step, sum));
            taken.chain(counted).collect()
        };
        let mut kept: Vec<((Step, usize), Vec<i128>)> = Vec::new();
        for point in points {
            let used = taken(&point);
            let is_too_much = used.iter().zip(most_taken).any(|(taken, most)| *taken > i128::from(*most));
            let replaces = |((other, _), other_used): &((Step, usize), Vec<i128>)| {
                other.capacity >= point.0.capacity
                    && other.replicas >= point.0.replicas
                    && other_used.iter().zip(&used).all(|(other_used, used)| other_used <= used)
            };
            // A candidate has a step in any case; that it takes too much, the quota's row says.
            if (!is_too_much || kept.is_empty()) && !kept.iter().rev().any(replaces) {
                kept.push((point, used));
            }
        }
        (curve.steps, curve.types) = kept.into_iter().map(|(point, _)| point).unzip();
        curve
    }

    /// What the machines of a step take of the quota at position `quota` among those of the region.
    pub(super) fn taken(&self, step: usize, quota: usize) -> u64 {
        self.types.get(step).map_or(0, |&at| self.taken_by(at, self.steps[step], quota))
    }

    /// What the machines of a step add each month to the sum at position `sum` of those that are limited, rounded up.
    pub(super) fn counted(&self, step: usize, sum: usize) -> i128 {
        self.types.get(step).map_or(0, |&at| self.counted_by(at, self.steps[step], sum))
    }

    fn counted_by(&self, at: usize, step: Step, sum: usize) -> i128 {
        let fit = &self.fits[at];
        let in_hours = |&(share, hours): &(u32, u64)| {
            let instances = self.instances(fit, Hours::load(step.capacity, share), step.replicas);
            i128::from(instances) * i128::from(hours)
        };
        let instances: i128 = self.hours.paid().iter().map(in_hours).sum();
        let beside = fit.layout.filter(|layout| layout.is_counted && sum == 0).map_or(0, |layout| layout.cost);
        beside - (-fit.counted[sum] * instances).div_euclid(self.hours.all())
    }

    /// What presence costs each month, as far as it is in the steps.
    pub(super) fn fixed(&self) -> Femto {
        self.fixed
    }

    fn taken_by(&self, at: usize, step: Step, quota: usize) -> u64 {
        let fit = &self.fits[at];
        fit.taken[quota].saturating_mul(self.instances(fit, step.capacity, step.replicas))
    }

    /// Most machines of a type, all on demand, that run at any time to carry `load` and hold `held` replicas.
    pub fn instances(&self, fit: &Fit, load: u64, held: u64) -> u64 {
        self.surviving(fit, self.needed(fit, load)).max(self.rules.leveled(held.div_ceil(fit.replicas)))
    }

    /// Least number of machines of a type of which `needed` are left after the loss of zones, and that hold the state there is.
    fn surviving(&self, fit: &Fit, needed: u64) -> u64 {
        match fit.layout {
            Some(layout) => self.rules.in_zones(layout.zones).surviving(needed).max(layout.least),
            None => self.rules.surviving(needed),
        }
    }

    /// What any number of machines of a type costs beside them: presence, and what state costs.
    fn beside(&self, fit: &Fit) -> Femto {
        self.fixed + fit.layout.map_or(0, |layout| layout.cost)
    }

    /// The position in [`fits`](Self::fits) of the type that a step is of; `None` where it is the cheapest for its load.
    pub fn type_of_step(&self, step: usize) -> Option<usize> {
        self.types.get(step).copied()
    }

    /// The curve of a region whose machines are decided one by one: it is in use and carries at most `capacity`, or it is not.
    pub(super) fn in_use(capacity: u64, rate_per_replica: u64) -> Self {
        Self::of_steps(vec![Step { capacity, cost: 0, replicas: 0 }], rate_per_replica)
    }

    /// The curve over loads from zero to `most`, with steps that hold up to `held` replicas (above zero) beyond what the load needs. Demand never
    /// changes, and all machines are on demand.
    pub(super) fn holding(fits: Vec<Fit>, rate_per_replica: u64, rules: Rules, most: u64, held: u64) -> Self {
        let mut curve = Self::without_steps(fits, rate_per_replica, rules, Hours::default());
        curve.steps = curve.frontier(most, held);
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
        if caps.is_empty() || self.fits.iter().all(|fit| fit.committed.is_empty()) {
            return self.clone();
        }
        let mut curve = self.clone();
        for fit in &mut curve.fits {
            fit.committed = capped(&fit.committed, caps);
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

    /// Whether what a load costs is that of its machines, and of presence.
    pub(super) fn is_of_machines(&self) -> bool {
        self.moves.is_none()
    }

    /// Committed machines by position in [`Fit::committed`] that carry `load` at the least cost, together with machines on demand.
    pub fn committed(&self, fit: &Fit, load: u64) -> Vec<u64> {
        let mut savings = Savings::new(&fit.committed, fit.cost, self.hours.all());
        for &(share, hours) in self.hours.paid() {
            let needed = self.needed(fit, Hours::load(load, share));
            savings.add(hours, 0, self.surviving(fit, needed));
        }
        savings.taken()
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

    const fn exact_machines(&self) -> u64 {
        if self.rules.allow_spot() { EXACT_MIXES } else { EXACT_MACHINES }
    }

    /// The types on the frontier.
    pub fn fits(&self) -> &[Fit] {
        &self.fits
    }

    /// The cheapest way to carry `load` in a region (not in a cluster): the type and the cost. A load of zero still needs one machine: a region in
    /// use holds a replica.
    pub fn cheapest(&self, load: u64) -> (&Fit, Femto) {
        let mut best = (0, self.cost_of(0, load));
        for at in 1..self.fits.len() {
            let cost = self.cost_of(at, load);
            if cost < best.1 {
                best = (at, cost);
            }
        }
        (&self.fits[best.0], best.1)
    }

    /// The cheapest machines on demand that carry `load` and hold at least `held` replicas, where demand never changes: the type, how many, the cost.
    pub fn cheapest_holding(&self, load: u64, held: u64) -> (&Fit, u64, Femto) {
        let option = |fit: &'_ Fit| {
            let instances = self.instances(fit, load, held);
            (instances, fit.cost * Femto::from(instances) + self.beside(fit))
        };
        let mut best = (&self.fits[0], option(&self.fits[0]));
        for fit in &self.fits[1..] {
            let other = option(fit);
            if other.1 < best.1.1 {
                best = (fit, other);
            }
        }
        (best.0, best.1.0, best.1.1)
    }

    /// The cost of machines of the type at position `at` that carry `load` and hold `held` replicas.
    pub fn cost_of_type(&self, at: usize, load: u64, held: u64) -> Femto {
        if held == 0 {
            return self.cost_of(at, load);
        }
        let fit = &self.fits[at];
        fit.cost * Femto::from(self.instances(fit, load, held)) + self.beside(fit)
    }

    /// The exact cost of the machines of a step.
    pub fn cost_of_step(&self, step: usize) -> Femto {
        let of_type = self.type_of_step(step);
        let step = self.steps[step];
        if let Some(at) = of_type {
            return self.cost_of_type(at, step.capacity, step.replicas);
        }
        if step.replicas > 0 { self.cheapest_holding(step.capacity, step.replicas).2 } else { self.cost(step.capacity) }
    }

    /// The machines of a type, none of them committed, that carry `load` in one period.
    pub fn machines(&self, fit: &Fit, load: u64) -> Mix {
        let needed = self.needed(fit, load);
        if fit.layout.is_none() {
            return self.rules.cheapest(fit.cost, &fit.spot, needed);
        }
        // Where data is kept nothing is spot.
        let on_demand = self.surviving(fit, needed);
        Mix { on_demand, spot: Vec::new(), cost: fit.cost * Femto::from(on_demand) }
    }

    /// Machines of a type that carry `load` in one period, before survival.
    fn needed(&self, fit: &Fit, load: u64) -> u64 {
        load.div_ceil(self.rate_per_replica).max(1).div_ceil(fit.replicas)
    }

    fn cost_of(&self, at: usize, load: u64) -> Femto {
        let fit = &self.fits[at];
        let mut savings = Savings::new(&fit.committed, fit.cost, self.hours.all());
        let mut sum = 0;
        for &(share, hours) in self.hours.paid() {
            let needed = self.needed(fit, Hours::load(load, share));
            sum += self.cost_of_machines(at, needed) * Femto::from(hours);
            savings.add(hours, 0, self.surviving(fit, needed));
        }
        let replicas = load.div_ceil(self.rate_per_replica).max(1);
        self.monthly(fit, sum - savings.sum) + self.moves.map_or(0, |moves| moves.cost(replicas))
    }

    /// What the machines cost that survive if `needed` are needed, for a month.
    fn cost_of_machines(&self, at: usize, needed: u64) -> Femto {
        let fit = &self.fits[at];
        if !self.rules.allow_spot() {
            return fit.cost * Femto::from(self.surviving(fit, needed));
        }
        let known = usize::try_from(needed).ok().and_then(|needed| self.tables.get(at)?.get(needed));
        known.copied().unwrap_or_else(|| self.rules.cheapest(fit.cost, &fit.spot, needed).cost)
    }

    /// The cost of up to [`EXACT_MIXES`] machines needed.
    fn table(&self, fit: &Fit, most: u64) -> Vec<Femto> {
        let needed = self.needed(fit, most).min(EXACT_MIXES);
        (0..=needed).map(|needed| self.rules.cheapest(fit.cost, &fit.spot, needed).cost).collect()
    }

    /// A sum over all hours as cost per month, rounded down, with what there is to pay beside machines of a type.
    fn monthly(&self, fit: &Fit, sum: Femto) -> Femto {
        sum.div_euclid(self.hours.all()) + self.beside(fit)
    }

    /// The lower envelope of the staircases of all types, up to the step that reaches `most`.
    fn envelope(&self, most: u64) -> Vec<Step> {
        let is_plain = self.hours.is_constant()
            && !self.rules.allow_spot()
            && self.fits.iter().all(|fit| fit.committed.is_empty());
        match usize::try_from(most.div_ceil(self.rate_per_replica).max(1)) {
            Ok(replicas) if is_plain && replicas <= MOST_TABULATED => self.tabulated(most, replicas),
            Ok(_) | Err(_) => self.sorted(most),
        }
    }

    /// The envelope by way of a table of the least cost of every number of replicas, where demand is constant and all machines are on demand:
    /// quicker than sorting.
    fn tabulated(&self, most: u64, replicas: usize) -> Vec<Step> {
        let mut least: Vec<Femto> = vec![Femto::MAX; replicas + 1];
        for fit in &self.fits {
            let held = usize::try_from(fit.replicas).unwrap_or(replicas).min(replicas);
            let mut reached = 0;
            for needed in 1.. {
                reached = replicas.min(reached + held);
                let cost = fit.cost * Femto::from(self.surviving(fit, needed)) + self.beside(fit);
                least[reached] = least[reached].min(cost);
                if reached == replicas {
                    break;
                }
            }
        }
        let mut steps: Vec<Step> = Vec::new();
        for (reached, &cost) in least.iter().enumerate().filter(|&(_, &cost)| cost < Femto::MAX).rev() {
            // What carries more and costs no more replaces it.
            if steps.last().is_none_or(|next| cost < next.cost) {
                let capacity = (reached as u64).saturating_mul(self.rate_per_replica).min(most);
                steps.push(Step { capacity, cost, replicas: 0 });
            }
        }
        steps.reverse();
        steps
    }

    fn sorted(&self, most: u64) -> Vec<Step> {
        let mut points: Vec<Step> = Vec::new();
        for at in 0..self.fits.len() {
            self.staircase(at, most, &mut points);
        }
        points.sort_unstable_by(|a, b| a.cost.cmp(&b.cost).then(b.capacity.cmp(&a.capacity)));
        let mut reached = 0;
        points.retain(|point| {
            let extends = point.capacity > reached;
            reached = reached.max(point.capacity);
            extends
        });
        points
    }

    /// Numbers of machines of all types that no other replaces in capacity, replicas held and cost.
    fn frontier(&self, most: u64, held: u64) -> Vec<Step> {
        let mut points: Vec<Step> = Vec::new();
        for at in 0..self.fits.len() {
            self.numbers(at, most, held, &mut points);
        }
        points.sort_unstable_by(|a, b| {
            a.cost.cmp(&b.cost).then(b.capacity.cmp(&a.capacity)).then(b.replicas.cmp(&a.replicas))
        });
        // By capacity: the most replicas that a cheaper point of at least this capacity holds, while both grow apart.
        let mut kept: Vec<Step> = Vec::new();
        let mut front: Vec<(u64, u64)> = Vec::new();
        for point in points {
            let at = front.partition_point(|&(capacity, _)| capacity < point.capacity);
            if front.get(at).is_some_and(|&(_, replicas)| replicas >= point.replicas) {
                continue;
            }
            // Those it replaces carry no more and hold no more: they are no use for comparisons from here on.
            let from = front[..at].iter().rposition(|&(_, replicas)| replicas > point.replicas).map_or(0, |at| at + 1);
            let to = at + front[at..].iter().take_while(|&&(capacity, _)| capacity == point.capacity).count();
            front.splice(from..to, [(point.capacity, point.replicas)]);
            kept.push(point);
        }
        kept
    }

    /// Numbers of machines of one type, up to those that carry `most` and hold `held` replicas.
    fn numbers(&self, at: usize, most: u64, held: u64, points: &mut Vec<Step>) {
        let fit = &self.fits[at];
        let machines = self.instances(fit, most, held);
        let mut instances = self.rules.surviving(1);
        while instances <= machines {
            let wider = (instances / EXACT_MACHINES_HELD).min(machines - instances);
            let last = instances + wider - wider % self.rules.step();
            let left = self.rules.left_of(last);
            let capacity = u128::from(left) * u128::from(fit.replicas) * u128::from(self.rate_per_replica);
            let capacity = u64::try_from(capacity.min(u128::from(most))).unwrap_or(most);
            let replicas = last.saturating_mul(fit.replicas).min(held);
            let cost = fit.cost * Femto::from(instances) + self.beside(fit);
            points.push(Step { capacity, cost, replicas });
            instances = last + self.rules.step();
        }
    }

    /// The steps of one type: one ends wherever another machine is needed in some period.
    fn staircase(&self, at: usize, most: u64, points: &mut Vec<Step>) {
        let fit = &self.fits[at];
        let exact = self.exact_machines();
        let mut ends: Vec<(u64, usize, u64)> = Vec::new();
        for (period, &(share, _)) in self.hours.paid().iter().enumerate() {
            let mut needed = 1;
            loop {
                let last = needed + needed / exact;
                let carried = u128::from(last) * u128::from(fit.replicas) * u128::from(self.rate_per_replica);
                let end = Hours::largest(u64::try_from(carried).unwrap_or(u64::MAX), share).min(most);
                ends.push((end, period, last));
                if end == most {
                    break;
                }
                needed = last + 1;
            }
        }
        ends.sort_unstable();
        let cost =
            |period: usize, needed: u64| self.cost_of_machines(at, needed) * Femto::from(self.hours.paid()[period].1);
        // The cost of each period at the load at hand, and of all.
        let mut costs: Vec<Femto> = (0..self.hours.paid().len()).map(|period| cost(period, 1)).collect();
        let mut sum: Femto = costs.iter().sum();
        let mut savings = Savings::new(&fit.committed, fit.cost, self.hours.all());
        let mut running: Vec<u64> = vec![self.surviving(fit, 1); costs.len()];
        for (&(_, hours), &machines) in self.hours.paid().iter().zip(&running) {
            savings.add(hours, 0, machines);
        }
        let mut reached = 0;
        for (end, period, last) in ends {
            // Of several periods that end a step at one load the first tells what the step costs.
            if end > reached {
                points.push(Step { capacity: end, cost: self.monthly(fit, sum - savings.sum), replicas: 0 });
                reached = end;
            }
            if end < most {
                sum -= costs[period];
                costs[period] = cost(period, last + 1);
                sum += costs[period];
                let machines = self.surviving(fit, last + 1);
                savings.add(self.hours.paid()[period].1, running[period], machines);
                running[period] = machines;
            }
        }
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
        assert_eq!(curve.cheapest_holding(100, 3).1, 3);
        // Two machines of four replicas at 15 replace three single ones and more.
        let curve = Curve::holding(vec![fit(1, 1, 10), fit(2, 4, 15)], 100, Rules::on_demand(2, 1), 200, 5);
        assert_eq!(steps(&curve), [(100, 2, 20), (200, 5, 30)]);
    }

    #[test]
    fn hours_of_less_demand_cost_less() {
        use crate::model::{Calendar, Profile};
        use crate::units::Ratio;
        // Of two hours one asks for everything and one for a third: machines of 100 at 10 a month, half of it in each hour.
        let shapes = vec![vec![Ratio(1_000_000), Ratio(333_334)]];
        let profile = Profile { calendar: Calendar { hours: 2, has_cases: false }, shapes };
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
