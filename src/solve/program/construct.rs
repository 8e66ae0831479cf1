//! A first placement of services that must outlive regions or clouds, from a solution of the relaxation.
//!
//! The relaxation divides traffic and replicas over regions in fractions of steps. Every region it uses takes the cheapest step that carries as much
//! and holds as many replicas: whatever the relaxation outlives, these outlive, because more replicas in a region never leave fewer after a loss.
//! Then regions hand back, the dearest first, what is not needed beside all others.
//!
//! Where traffic and calls are decided already ([`stand_by`]), the load of each region is known, and what stands by for others is as much in each of n
//! regions as lets the rest carry everything, for the best of a few n.

use std::collections::BTreeMap;

use super::linear::float;
use crate::formulate::{Candidate, Decision, Femto, Program, Reach, Service, Step};
use crate::solve::flow::{Transport, cheapest};

/// Fractions of a region in use or of a replica that are noise of the solver.
const NOISE: f64 = 1e-6;

/// Values that keep every rule, near to those of a relaxation; `None` if this way leads to none.
pub(super) fn construct(program: &Program<'_>, relaxed: &[f64]) -> Option<Vec<u64>> {
    if relaxed.is_empty() {
        return None;
    }
    let mut values = vec![0; program.columns().len()];
    for (service, placed) in program.services().enumerate() {
        if !stand_on_steps(placed) {
            return None;
        }
        let mut sketch = Sketch::of(program, service, relaxed);
        sketch.write(&mut values)?;
        sketch.hand_back(&mut values)?;
    }
    open(program, &mut values);
    program.complete(&mut values);
    program.is_satisfied_by(&values).then_some(values)
}

/// Whether steps say all that a service holds.
fn stand_on_steps(placed: &Service) -> bool {
    let stands_in = |candidate: &Candidate| candidate.function.is_some() && placed.survive.has_places();
    let is_decided = |candidate: &Candidate| candidate.stocked.is_some() || candidate.mixed.is_some();
    !placed.candidates.iter().any(|candidate| is_decided(candidate) || stands_in(candidate))
}

/// Regions beyond those that may be lost over which what stands by is spread at most.
const MOST_SPREAD: usize = 6;

/// Buys what every service needs to outlive regions and clouds beside the load that `values` send to each candidate, where that can be found.
pub(super) fn stand_by(program: &Program<'_>, values: &mut [u64]) {
    for (service, placed) in program.services().enumerate() {
        if !placed.survive.has_places() || !stand_on_steps(placed) || program.outlives(service, values) {
            continue;
        }
        let lost = placed.survive.places() as usize;
        let spreads = (lost + 1..=lost + MOST_SPREAD).filter(|&count| count <= placed.candidates.len());
        let mut best: Option<(Femto, Vec<u64>)> = None;
        for count in spreads {
            let mut tried = values.to_vec();
            let mut sketch = Sketch::bought(program, service, &tried);
            sketch.spread(count, lost, &mut tried);
            if program.outlives(service, &tried) {
                for (_, candidate) in sketch.dearest_first() {
                    sketch.shrink(candidate, &mut tried);
                }
                let cost = program.cost(&tried);
                if best.as_ref().is_none_or(|(known, _)| cost < *known) {
                    best = Some((cost, tried));
                }
            }
        }
        if let Some((_, cheapest)) = best {
            values.copy_from_slice(&cheapest);
        }
    }
}

/// The step of each candidate of one service.
struct Sketch<'p> {
    program: &'p Program<'p>,
    service: usize,
    steps: Vec<Option<usize>>,
    /// By class: the candidate that answers it, where none may be divided.
    routes: Option<Vec<usize>>,
}

impl<'p> Sketch<'p> {
    fn of(program: &'p Program<'p>, service: usize, relaxed: &[f64]) -> Self {
        let routes = routes(program, service, relaxed);
        let sent_to = |candidate: usize, routes: &[usize]| -> f64 {
            let classes = program.classes(service).iter().zip(routes);
            classes.filter(|(_, route)| **route == candidate).map(|(class, _)| float(class.rate.into())).sum()
        };
        let of_candidate = |candidate: usize| {
            let in_use = program.in_use(service, candidate)?;
            if relaxed[in_use.index()] <= NOISE {
                return None;
            }
            let steps = program.service(service).candidates[candidate].curve.steps();
            let held = program.uses(service, candidate).zip(steps);
            let held: f64 = held.map(|(column, step)| relaxed[column.index()] * float(step.replicas.into())).sum();
            let sent = match &routes {
                Some(routes) => sent_to(candidate, routes),
                None => program.traffic(service, candidate).map(|(_, column)| relaxed[column.index()]).sum(),
            };
            cheapest_step(steps, whole(sent), whole(held - NOISE)).or(Some(steps.len() - 1))
        };
        let steps = (0..program.service(service).candidates.len()).map(of_candidate).collect();
        Self { program, service, steps, routes }
    }

    /// The steps that values use.
    fn bought(program: &'p Program<'p>, service: usize, values: &[u64]) -> Self {
        let used = |candidate: usize| program.uses(service, candidate).position(|use_| values[use_.index()] > 0);
        let steps = (0..program.service(service).candidates.len()).map(used).collect();
        Self { program, service, steps, routes: None }
    }

    /// Lets `count` regions, those in use first, hold so much that what is left of them carries everything once `lost` are gone.
    fn spread(&mut self, count: usize, lost: usize, values: &mut [u64]) {
        let placed = self.program.service(self.service);
        let everything = placed.total.saturating_add(placed.called_then).div_ceil(placed.degraded_rate);
        let share = everything.div_ceil((count - lost) as u64);
        let sent = |candidate: usize, values: &[u64]| -> u64 {
            self.program.load(self.service, candidate).map(|column| values[column.index()]).sum()
        };
        let mut order: Vec<(bool, Femto, usize, usize)> = Vec::new();
        for candidate in 0..placed.candidates.len() {
            let sent = sent(candidate, values);
            if let Some(step) = cheapest_step(self.curve(candidate), sent, share) {
                order.push((sent == 0, self.curve(candidate)[step].cost, candidate, step));
            }
        }
        order.sort_unstable();
        // Of a cloud that may be lost one region is enough, until all clouds have one.
        let cloud = |candidate: usize| {
            let region = placed.candidates[candidate].region;
            self.program.problem().regions[region.index()].key.cloud.as_str()
        };
        if placed.survive.clouds > 0 {
            let mut in_cloud: BTreeMap<&str, usize> = BTreeMap::new();
            let mut in_turn: Vec<(usize, (bool, Femto, usize, usize))> = Vec::new();
            for of in order {
                let turn = in_cloud.entry(cloud(of.2)).or_default();
                in_turn.push((*turn, of));
                *turn += 1;
            }
            in_turn.sort_by_key(|&(turn, of)| (of.0, turn));
            order = in_turn.into_iter().map(|(_, of)| of).collect();
        }
        for (_, _, candidate, step) in order.into_iter().take(count) {
            self.steps[candidate] = Some(step);
            self.write_step(candidate, values);
        }
    }

    /// The candidates in use, with their cost.
    fn dearest_first(&self) -> Vec<(Femto, usize)> {
        let mut order: Vec<(Femto, usize)> = (0..self.steps.len())
            .filter_map(|candidate| Some((self.curve(candidate)[self.steps[candidate]?].cost, candidate)))
            .collect();
        order.sort_unstable_by(|a, b| b.cmp(a));
        order
    }

    fn curve(&self, candidate: usize) -> &'p [Step] {
        self.program.service(self.service).candidates[candidate].curve.steps()
    }

    /// Writes steps and the cheapest traffic over them; `None` if they do not carry the demand.
    fn write(&self, values: &mut [u64]) -> Option<()> {
        for candidate in 0..self.steps.len() {
            self.write_step(candidate, values);
        }
        let placed = self.program.service(self.service);
        for candidate in 0..self.steps.len() {
            for (_, column) in self.program.traffic(self.service, candidate) {
                values[column.index()] = 0;
            }
        }
        if let Some(routes) = &self.routes {
            for (class, (of, &candidate)) in self.program.classes(self.service).iter().zip(routes).enumerate() {
                self.send(class, candidate, of.rate, values);
            }
            return Some(());
        }
        let used: Vec<usize> = (0..self.steps.len()).filter(|&candidate| self.steps[candidate].is_some()).collect();
        let capacity = |&candidate: &usize| {
            let carried = self.steps[candidate].map_or(0, |step| self.curve(candidate)[step].capacity);
            carried.min(placed.most_in_region.unwrap_or(u64::MAX))
        };
        let classes = self.program.classes(self.service);
        let reach: Vec<Reach> =
            classes.iter().flat_map(|class| used.iter().map(|&candidate| class.reach[candidate])).collect();
        let cost: Vec<Femto> =
            classes.iter().flat_map(|class| used.iter().map(|&candidate| class.cost[candidate])).collect();
        let traffic = cheapest(&Transport {
            demand: &classes.iter().map(|class| class.rate).collect::<Vec<_>>(),
            capacity: &used.iter().map(capacity).collect::<Vec<_>>(),
            reach: &reach,
            cost: &cost,
            distance: &[],
            late_allowance: placed.late_allowance,
        })?;
        for (class, row) in traffic.iter().enumerate() {
            for (&candidate, &sent) in used.iter().zip(row) {
                self.send(class, candidate, sent, values);
            }
        }
        Some(())
    }

    /// Writes down how much of a class a candidate answers.
    fn send(&self, class: usize, candidate: usize, sent: u64, values: &mut [u64]) {
        let decision = Decision::Traffic { service: self.service, class, candidate };
        if let Some(column) = self.program.column(decision) {
            values[column.index()] = sent;
        }
    }

    fn write_step(&self, candidate: usize, values: &mut [u64]) {
        let chosen = self.steps[candidate];
        for (step, column) in self.program.uses(self.service, candidate).enumerate() {
            values[column.index()] = u64::from(chosen == Some(step));
        }
        if let Some(in_use) = self.program.in_use(self.service, candidate) {
            values[in_use.index()] = u64::from(chosen.is_some());
        }
    }

    /// Gives every region, the dearest first, the cheapest step that is enough beside the others.
    fn hand_back(&mut self, values: &mut [u64]) -> Option<()> {
        for (_, candidate) in self.dearest_first() {
            self.shrink(candidate, values);
        }
        self.write(values)
    }

    /// Gives one region the cheapest step that carries what it is sent and leaves nobody short after a loss.
    fn shrink(&mut self, candidate: usize, values: &mut [u64]) {
        let Some(step) = self.steps[candidate] else { return };
        let sent: u64 = self.program.load(self.service, candidate).map(|column| values[column.index()]).sum();
        let curve = self.curve(candidate);
        let mut enough = step;
        let (mut few, mut held) = (0, curve[step].replicas);
        let mut is_needed = true;
        while few <= held {
            let middle = u64::midpoint(few, held);
            let smaller = cheapest_step(curve, sent, middle).filter(|_| middle > 0 || sent > 0);
            self.steps[candidate] = smaller;
            self.write_step(candidate, values);
            if self.program.outlives(self.service, values) {
                match smaller {
                    Some(smaller) => enough = smaller,
                    None => is_needed = false,
                }
                let Some(fewer) = middle.checked_sub(1) else { break };
                held = fewer;
            } else {
                few = middle + 1;
            }
        }
        self.steps[candidate] = is_needed.then_some(enough);
        self.write_step(candidate, values);
    }
}

/// The candidate that answers most of each class in the relaxation, of equal ones the first, if the service divides none.
fn routes(program: &Program<'_>, service: usize, relaxed: &[f64]) -> Option<Vec<usize>> {
    let placed = program.service(service);
    let most = |class: usize| {
        let sent = |candidate: usize| {
            let column = program.column(Decision::Traffic { service, class, candidate });
            column.map(|column| (candidate, relaxed[column.index()]))
        };
        let answering = (0..placed.candidates.len()).filter_map(sent);
        answering.max_by(|(a, sent), (b, other)| sent.total_cmp(other).then(b.cmp(a))).map(|(candidate, _)| candidate)
    };
    placed.is_single_routed.then(|| (0..program.classes(service).len()).map(most).collect())?
}

/// The cheapest step that carries `sent` and holds `held` replicas; steps are ordered by cost.
fn cheapest_step(steps: &[Step], sent: u64, held: u64) -> Option<usize> {
    steps.iter().position(|step| step.capacity >= sent && step.replicas >= held)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "values are far below 2^64; noise below zero is none"
)]
fn whole(value: f64) -> u64 {
    value.ceil().max(0.0) as u64
}

/// Opens the regions and clouds that hold something.
pub(super) fn open(program: &Program<'_>, values: &mut [u64]) {
    let regions = &program.problem().regions;
    let mut names: Vec<&str> = regions.iter().map(|region| region.key.cloud.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for (service, placed) in program.services().enumerate() {
        for (at, candidate) in placed.candidates.iter().enumerate() {
            if program.in_use(service, at).is_none_or(|in_use| values[in_use.index()] == 0) {
                continue;
            }
            let region = candidate.region;
            let cloud = names.iter().position(|name| *name == regions[region.index()].key.cloud).unwrap_or_default();
            let opened = [Decision::Open { region }, Decision::OpenCloud { cloud }];
            for column in opened.into_iter().filter_map(|decision| program.column(decision)) {
                values[column.index()] = 1;
            }
        }
    }
}
