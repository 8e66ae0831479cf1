//! The machines that carry a load, and what they cost exactly, whatever the steps say.

use super::Curve;
use crate::formulate::commitments::Savings;
use crate::formulate::cost::Femto;
use crate::formulate::demand::Hours;
use crate::formulate::machines::Fit;
use crate::formulate::spot::{Mix, Rules};

impl Curve {
    /// Machines of a type that carry `load` in one period, before survival.
    pub(super) fn needed(&self, fit: &Fit, load: u64) -> u64 {
        load.div_ceil(self.rate_per_replica).max(1).div_ceil(fit.replicas)
    }

    /// Least number of machines of a type of which `needed` are left after the loss of zones, and that hold the state there is.
    pub(super) fn surviving(&self, fit: &Fit, needed: u64) -> u64 {
        self.rules_of(fit).surviving(needed).max(fit.layout.map_or(0, |layout| layout.least))
    }

    /// The rules in the zones that machines of a type may be in.
    pub(super) fn rules_of(&self, fit: &Fit) -> Rules {
        fit.layout.map_or(self.rules, |layout| self.rules.in_zones(layout.zones))
    }

    /// Most machines of a type, all on demand, that run at any time to carry `load` and hold `held` replicas.
    pub fn instances(&self, fit: &Fit, load: u64, held: u64) -> u64 {
        self.surviving(fit, self.needed(fit, load)).max(self.rules.leveled(held.div_ceil(fit.replicas)))
    }

    /// What any number of machines of a type costs beside them: presence, and what state costs.
    pub(super) fn beside(&self, fit: &Fit) -> Femto {
        self.fixed + fit.layout.map_or(0, |layout| layout.cost)
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

    /// Committed machines by position in [`Fit::committed`] that carry `load` at the least cost, together with machines on demand.
    pub fn committed(&self, fit: &Fit, load: u64) -> Vec<u64> {
        let mut savings = Savings::new(&fit.committed, fit.cost, self.hours.all());
        for &(share, hours) in self.hours.paid() {
            let needed = self.needed(fit, Hours::load(load, share));
            savings.add(hours, 0, self.surviving(fit, needed));
        }
        savings.taken()
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

    /// The cheapest machines, none of them committed, that carry `load` and hold at least `held` replicas, where demand never changes: the type, and what
    /// they cost.
    pub fn cheapest_holding(&self, load: u64, held: u64) -> (&Fit, Femto) {
        let option = |fit: &'_ Fit| self.machines_holding(fit, load, held).cost + self.beside(fit);
        let mut best = (&self.fits[0], option(&self.fits[0]));
        for fit in &self.fits[1..] {
            let other = option(fit);
            if other < best.1 {
                best = (fit, other);
            }
        }
        best
    }

    /// The cheapest machines of a type that carry `load` and hold at least `held` replicas.
    pub fn machines_holding(&self, fit: &Fit, load: u64, held: u64) -> Mix {
        if self.rules.allow_spot() {
            let least = held.div_ceil(fit.replicas);
            return self.rules.cheapest_from(fit.cost, &fit.spot, self.needed(fit, load), least);
        }
        let on_demand = self.instances(fit, load, held);
        Mix { on_demand, spot: Vec::new(), cost: fit.cost * Femto::from(on_demand) }
    }

    /// The cost of machines of the type at position `at` that carry `load` and hold `held` replicas.
    pub fn cost_of_type(&self, at: usize, load: u64, held: u64) -> Femto {
        if held == 0 {
            return self.cost_of(at, load);
        }
        let fit = &self.fits[at];
        self.machines_holding(fit, load, held).cost + self.beside(fit)
    }

    /// The exact cost of the machines of a step.
    pub fn cost_of_step(&self, step: usize) -> Femto {
        let of_type = self.type_of_step(step);
        let step = self.steps[step];
        if let Some(at) = of_type {
            return self.cost_of_type(at, step.capacity, step.replicas);
        }
        if step.replicas > 0 { self.cheapest_holding(step.capacity, step.replicas).1 } else { self.cost(step.capacity) }
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
    pub(super) fn cost_of_machines(&self, at: usize, needed: u64) -> Femto {
        let fit = &self.fits[at];
        if !self.rules.allow_spot() {
            return fit.cost * Femto::from(self.surviving(fit, needed));
        }
        let known = usize::try_from(needed).ok().and_then(|needed| self.tables.get(at)?.get(needed));
        known.copied().unwrap_or_else(|| self.rules.cheapest(fit.cost, &fit.spot, needed).cost)
    }

    /// A sum over all hours as cost per month, rounded down, with what there is to pay beside machines of a type.
    pub(super) fn monthly(&self, fit: &Fit, sum: Femto) -> Femto {
        sum.div_euclid(self.hours.all()) + self.beside(fit)
    }
}
