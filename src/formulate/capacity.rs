//! Capacity: what it costs to carry a load in one region.
//!
//! With h replicas per instance and rate u per replica, a load l needs R = ceil(l / u) replicas, n = ceil(R / h) machines of a type, and
//! `machines(n)` of them to survive the zones that must be outlived (`survive`). The curve of a region is the lower envelope over its types:
//!
//! > cost(l) = min over types o of cost(o) × machines(ceil(ceil(l / u) / h(o)))
//!
//! a staircase. [`Curve::steps`] lists its steps; [`Curve::cheapest`] evaluates it exactly at one load.
//!
//! Where regions or clouds are to be outlived, replicas count twice: those left after the loss of zones carry the load, and all of them stand in
//! for other regions (`survive`). Then a step is any number of machines of one type that no other step replaces, carrying as much and holding
//! as many replicas at no greater cost.

use super::cost::Femto;
use super::machines::Fit;
use super::program::{Program, Sense};
use super::survive::{instances_surviving, needed_surviving};

/// Adds what ties traffic to machines: a candidate is on at most one step, answers no more than the step carries, and answers nobody unless
/// it is in use.
///
/// > open:      sum over v of use(s, r, v) <= 1
/// > capacity:  sum over c of x(s, c, r) <= sum over v of capacity(s, r, v) × use(s, r, v)
/// > link:      x(s, c, r) <= d(s, c) × sum over v of use(s, r, v)
///
/// *link* follows from the others in whole numbers, and makes the relaxation far tighter.
pub(super) fn rows(program: &mut Program<'_>) {
    for service in 0..program.services().count() {
        for (position, candidate) in program.service(service).candidates.iter().enumerate() {
            let uses: Vec<_> = program.uses(service, position).collect();
            program.add_row("capacity", uses.iter().map(|&column| (column, 1)), Sense::AtMost, 1);
            let traffic: Vec<_> = program.traffic(service, position).collect();
            let carried =
                uses.iter().zip(candidate.curve.steps()).map(|(&use_, step)| (use_, -i128::from(step.capacity)));
            let sent = traffic.iter().map(|&(_, column)| (column, 1));
            program.add_row("capacity", sent.chain(carried), Sense::AtMost, 0);
            for (class, column) in traffic {
                let rate = i128::from(program.classes(service)[class].rate);
                let link = uses.iter().map(|&use_| (use_, -rate)).chain([(column, 1)]);
                program.add_row("capacity", link, Sense::AtMost, 0);
            }
        }
    }
}

/// Steps are exact up to this many machines of a type; beyond it one step stands for 1/32,768 of the load, at the cost of its lower
/// end. Such a curve is nowhere above the true one, so bounds stay valid, and the error is far below the gap tolerance.
const EXACT_MACHINES: u64 = 32_768;

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
    zones: usize,
    lost: u32,
    /// Added to every load, zero included, once the region is used.
    fixed: Femto,
    steps: Vec<Step>,
}

impl Curve {
    /// The curve over loads from zero to `most` (milli-rps, above zero), for the types of `fits` (not empty).
    pub(super) fn new(fits: Vec<Fit>, rate_per_replica: u64, zones: usize, lost: u32, most: u64) -> Self {
        let mut curve = Self { fits, rate_per_replica, zones, lost, fixed: 0, steps: Vec::new() };
        curve.steps = curve.envelope(most);
        curve
    }

    /// The curve over loads from zero to `most`, with steps that hold up to `held` replicas (above zero) beyond what the load needs.
    pub(super) fn holding(
        fits: Vec<Fit>,
        rate_per_replica: u64,
        zones: usize,
        lost: u32,
        most: u64,
        held: u64,
    ) -> Self {
        let mut curve = Self { fits, rate_per_replica, zones, lost, fixed: 0, steps: Vec::new() };
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
        Self { fits: Vec::new(), rate_per_replica, zones: 1, lost: 0, fixed: 0, steps }
    }

    /// Load that one replica carries, in milli-rps.
    pub(super) fn rate_per_replica(&self) -> u64 {
        self.rate_per_replica
    }

    /// The least cost of carrying `load`. A load of zero costs as much as the least load: a region in use holds a replica.
    pub fn cost(&self, load: u64) -> Femto {
        if self.fits.is_empty() {
            let at = self.steps.partition_point(|step| step.capacity < load);
            return self.steps.get(at).or(self.steps.last()).map_or(0, |step| step.cost);
        }
        self.cheapest(load, 0).2
    }

    /// Adds a cost to every step: that of the region, or the workload's part of it.
    pub fn add_fixed(&mut self, fixed: Femto) {
        self.fixed += fixed;
        for step in &mut self.steps {
            step.cost += fixed;
        }
    }

    /// Steps by cost, each dearer than the one before; by capacity too, where replicas do not count.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The largest load the curve was made for.
    pub fn most(&self) -> u64 {
        self.steps.last().map_or(0, |step| step.capacity)
    }

    /// True if every step has the true cost of its loads.
    pub fn is_exact(&self) -> bool {
        let replicas = self.most().div_ceil(self.rate_per_replica);
        self.fits.iter().all(|fit| replicas.div_ceil(fit.replicas) <= EXACT_MACHINES)
    }

    /// The types on the frontier.
    pub fn fits(&self) -> &[Fit] {
        &self.fits
    }

    /// The cheapest way to carry `load` and hold at least `held` replicas in a region (not in a cluster): the type, its machines, and the cost. A
    /// load of zero still needs one machine: a region in use holds a replica.
    pub fn cheapest(&self, load: u64, held: u64) -> (Fit, u64, Femto) {
        let replicas = load.div_ceil(self.rate_per_replica).max(1);
        let option = |fit: &Fit| {
            let carrying = instances_surviving(replicas.div_ceil(fit.replicas), self.zones, self.lost);
            let instances = carrying.max(held.div_ceil(fit.replicas));
            (*fit, instances, self.cost_of(fit, instances))
        };
        let mut best = option(&self.fits[0]);
        for fit in &self.fits[1..] {
            let candidate = option(fit);
            if candidate.2 < best.2 {
                best = candidate;
            }
        }
        best
    }

    /// The exact cost of the machines of a step.
    pub fn cost_of_step(&self, step: usize) -> Femto {
        let step = self.steps[step];
        if self.fits.is_empty() { step.cost } else { self.cheapest(step.capacity, step.replicas).2 }
    }

    fn cost_of(&self, fit: &Fit, instances: u64) -> Femto {
        fit.cost * i128::from(instances) + self.fixed
    }

    /// The lower envelope of the staircases of all types, up to the step that reaches `most`.
    fn envelope(&self, most: u64) -> Vec<Step> {
        let replicas = most.div_ceil(self.rate_per_replica).max(1);
        let mut points: Vec<Step> = Vec::new();
        for fit in &self.fits {
            let machines = replicas.div_ceil(fit.replicas);
            let mut needed = 1;
            while needed <= machines {
                let last = (needed + needed / EXACT_MACHINES).min(machines);
                let capacity = (u128::from(last) * u128::from(fit.replicas) * u128::from(self.rate_per_replica))
                    .min(u128::from(most));
                let cost = self.cost_of(fit, instances_surviving(needed, self.zones, self.lost));
                points.push(Step { capacity: u64::try_from(capacity).unwrap_or(most), cost, replicas: 0 });
                needed = last + 1;
            }
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
        let replicas = most.div_ceil(self.rate_per_replica).max(1);
        let mut points: Vec<Step> = Vec::new();
        for fit in &self.fits {
            let least = instances_surviving(1, self.zones, self.lost);
            let carrying = instances_surviving(replicas.div_ceil(fit.replicas), self.zones, self.lost);
            let machines = carrying.max(held.div_ceil(fit.replicas));
            let mut instances = least;
            while instances <= machines {
                let last = (instances + instances / EXACT_MACHINES_HELD).min(machines);
                let left = needed_surviving(last, self.zones, self.lost);
                let capacity = u128::from(left) * u128::from(fit.replicas) * u128::from(self.rate_per_replica);
                let capacity = u64::try_from(capacity.min(u128::from(most))).unwrap_or(most);
                let replicas = last.saturating_mul(fit.replicas).min(held);
                points.push(Step { capacity, cost: self.cost_of(fit, instances), replicas });
                instances = last + 1;
            }
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TypeId;

    fn fit(id: u32, replicas: u64, cost: Femto) -> Fit {
        Fit { machine_type: TypeId(id), replicas, cost }
    }

    #[test]
    fn steps_are_the_exact_cost_at_their_ends() {
        // Machines for 1 replica at 10 and for 4 at 30; two zones, one may be lost: every machine is bought twice.
        let curve = Curve::new(vec![fit(1, 4, 30), fit(0, 1, 10)], 100, 2, 1, 900);
        let steps: Vec<_> = curve.steps().iter().map(|step| (step.capacity, step.cost)).collect();
        assert_eq!(steps, [(100, 20), (200, 40), (400, 60), (500, 100), (800, 120), (900, 180)]);
        for step in curve.steps() {
            assert_eq!(curve.cheapest(step.capacity, 0).2, step.cost);
        }
        assert_eq!(curve.cheapest(201, 0).2, 60);
        assert_eq!(curve.cheapest(0, 0).2, 20);
    }

    #[test]
    fn steps_that_hold_more_replicas_are_kept_beside_those_that_carry_more() {
        // Two zones, one may be lost: a third machine carries no more than two do, but holds one more replica.
        let curve = Curve::holding(vec![fit(1, 1, 10)], 100, 2, 1, 200, 5);
        let steps: Vec<_> = curve.steps().iter().map(|step| (step.capacity, step.replicas, step.cost)).collect();
        assert_eq!(steps, [(100, 2, 20), (100, 3, 30), (200, 4, 40), (200, 5, 50)]);
        assert_eq!(curve.cheapest(100, 3).1, 3);
        // A type of four replicas at 30 replaces three single machines and more.
        let curve = Curve::holding(vec![fit(1, 1, 10), fit(2, 4, 15)], 100, 2, 1, 200, 5);
        let steps: Vec<_> = curve.steps().iter().map(|step| (step.capacity, step.replicas, step.cost)).collect();
        assert_eq!(steps, [(100, 2, 20), (200, 5, 30)]);
    }
}
