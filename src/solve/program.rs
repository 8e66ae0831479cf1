//! Solves a block that is written down as a [`Program`].
//!
//! 1. The continuous relaxation gives prices of the rows, and these a lower bound in whole numbers (weak duality, `Program::lower_bound`).
//! 2. A model over the columns of least reduced cost gives a first solution, where the program is large. If it is near enough to the bound, that is all.
//! 3. Columns whose reduced cost shows that no better solution uses them are left out; HiGHS solves the rest, its bound lowered by more than
//!    its tolerances can amount to.
//! 4. Values are made whole (`recover`) and judged in whole numbers. Where they break rows that were not written down (`Program::tighten`),
//!    those are added and it starts again: every bound proven on the way stays one, because rows only add cost.

mod construct;
mod generate;
mod linear;
mod recover;
mod relax;
mod stated;

use std::collections::BTreeMap;

use super::compact::safe_bound;
use super::highs::{Solved, Status, Stop};
use super::{Effort, Ended, Found, Share, Shares, flow};
use crate::formulate::{Block, Bound, Caps, Class, Decision, Femto, Program, Reach, Service, program};
use crate::model::Problem;
use crate::units::Ratio;
use construct::construct;
pub(super) use generate::generate;
use linear::{Columns, solve_columns};
use recover::recover;
use relax::{Relaxed, relax};
pub(super) use stated::{Sent, stated};

/// Rounds of adding rows that solutions broke.
const MOST_ROUNDS: usize = 200;

/// Programs with fewer whole columns than this are solved at once.
const FEW_WHOLE_COLUMNS: usize = 400;

/// Solves the services of `block`, each of which can be served alone, under all rules that tie them together.
pub(super) fn solve(problem: &Problem, block: &Block, services: &[&Service], effort: Effort) -> Ended {
    solve_below(problem, block, services, effort, None)
}

/// The same where only what costs less than `limit` is asked for: bounds are no higher than it, and infeasible means that there is none.
pub(super) fn solve_below(
    problem: &Problem,
    block: &Block,
    services: &[&Service],
    effort: Effort,
    limit: Option<Femto>,
) -> Ended {
    let mut program = program(problem, block, services);
    let mut search = Search { effort, limit, rounds: 0, proven: None, best: None };
    for _ in 0..MOST_ROUNDS {
        if effort.interrupt.is_raised() {
            break;
        }
        let Some(values) = search.round(&program) else { break };
        if !program.tighten(&values) {
            search.improve(&program, values);
            break;
        }
    }
    search.conclude(problem, &program)
}

/// True if it is proven that nothing serves all services of `block` together.
pub(super) fn is_infeasible(problem: &Problem, block: &Block, services: &[&Service]) -> bool {
    // Any values will do, so the first that are found end the search.
    let effort = Effort { tolerance: Ratio(4_000_000), ..Effort::default() };
    matches!(solve(problem, block, services, effort), Ended::Infeasible)
}

struct Search<'a> {
    effort: Effort<'a>,
    /// Only what costs less is asked for.
    limit: Option<Femto>,
    /// Rounds begun.
    rounds: usize,
    /// Nothing costs less; `None` before anything is known.
    proven: Option<Femto>,
    /// Values that break no rule, written down or not, and their cost.
    best: Option<(Vec<u64>, Femto)>,
}

impl Search<'_> {
    /// One pass over the rows written down so far: the cheapest values found, which may break others. `None` if there are none to be had.
    fn round(&mut self, program: &Program<'_>) -> Option<Vec<u64>> {
        self.rounds += 1;
        let Some(Relaxed { values, bound }) = relax(program, self.effort) else {
            self.prove(Femto::MAX);
            return None;
        };
        self.prove(bound.least);
        let mut start = construct(program, &values);
        if self.effort.program_work == 0 || start.as_ref().is_some_and(|values| self.accepts(program, values)) {
            return start;
        }
        start = self.first(program, &bound, start);
        if start.as_ref().is_some_and(|values| self.accepts(program, values)) {
            return start;
        }
        let kept = self.within(program, &bound, start.as_deref());
        let solved = self.solve_whole(program, &kept, start.as_deref());
        self.settle(program, &solved, start.as_deref());
        if let Some(values) = solved.values.and_then(|values| recover(program, &kept, &values))
            && start.as_ref().is_none_or(|start| program.cost(&values) < program.cost(start))
        {
            start = Some(values);
        }
        start
    }

    /// A solution over the columns that look best, where the program is large; `known` if none is better.
    fn first(&mut self, program: &Program<'_>, bound: &Bound, known: Option<Vec<u64>>) -> Option<Vec<u64>> {
        let is_small = self.within(program, bound, known.as_deref()).whole(program) <= FEW_WHOLE_COLUMNS;
        if is_small || self.limit.is_some() {
            return known;
        }
        let few = Columns::cheapest(program, bound, FEW_WHOLE_COLUMNS);
        let solved = self.solve_whole(program, &few, None);
        let found = solved.values.as_ref().and_then(|values| recover(program, &few, values));
        let best = found.into_iter().chain(known).min_by_key(|values| program.cost(values));
        // Where nothing cheaper uses other columns, what is proven of these is proven of all.
        if best.is_some() && few.include(&self.within(program, bound, best.as_deref())) {
            self.settle(program, &solved, best.as_deref());
        }
        best
    }

    /// What a solution costs at most, of which one is known, or asked for.
    fn limit(&self, program: &Program<'_>, known: Option<&[u64]>) -> Option<Femto> {
        known.map(|values| program.cost(values)).into_iter().chain(self.limit).min()
    }

    /// The columns that a solution cheaper than those known can use.
    fn within(&self, program: &Program<'_>, bound: &Bound, known: Option<&[u64]>) -> Columns {
        Columns::within(program, bound, self.limit(program, known))
    }

    /// Takes over what is proven of all columns that a solution cheaper than `known` can use.
    fn settle(&mut self, program: &Program<'_>, solved: &Solved, known: Option<&[u64]>) {
        // What was left out costs more than `limit` in any solution.
        let limit = self.limit(program, known).unwrap_or(Femto::MAX);
        self.prove(match solved.status {
            Status::Infeasible => limit,
            Status::Optimal | Status::Limit | Status::Failed => safe_bound(solved).min(limit),
        });
    }

    /// Whether values are near enough to what is proven.
    fn accepts(&self, program: &Program<'_>, values: &[u64]) -> bool {
        self.effort.accepts(program.cost(values) + inexactness(program, values), self.proven.unwrap_or(0))
    }

    fn solve_whole(&self, program: &Program<'_>, columns: &Columns, start: Option<&[u64]>) -> Solved {
        let relative_gap = f64::from(self.effort.tolerance.0) * 0.75e-6;
        let Effort { branching_nodes, program_work, interrupt, .. } = self.effort;
        let columns_in_rounds = columns.whole(program).max(1) * self.rounds;
        let nodes = branching_nodes.min(i32::try_from(program_work / columns_in_rounds).unwrap_or(i32::MAX));
        let stop = Stop { nodes, relative_gap, interrupt };
        solve_columns(program, columns, stop, start, false)
    }

    fn prove(&mut self, bound: Femto) {
        self.proven = self.proven.max(Some(bound));
    }

    fn improve(&mut self, program: &Program<'_>, values: Vec<u64>) {
        let cost = program.cost(&values) + inexactness(program, &values);
        if self.best.as_ref().is_none_or(|(_, known)| cost < *known) {
            self.best = Some((values, cost));
        }
    }

    fn conclude(self, problem: &Problem, program: &Program<'_>) -> Ended {
        match self.best {
            Some((mut values, cost)) => {
                program.trim(&mut values);
                let shares = (0..program.services().count()).map(|at| shares(problem, program, at, &values)).collect();
                let bound = self.proven.unwrap_or(0).min(cost);
                Ended::of(Found { shares, cost, bound }, self.effort)
            }
            None if self.proven >= Some(self.limit.unwrap_or(Femto::MAX)) => Ended::Infeasible,
            None => Ended::Undecided,
        }
    }
}

/// The step of each candidate that `values` use, as (candidate, step).
fn steps_in_use<'p>(
    program: &'p Program<'_>,
    service: usize,
    values: &'p [u64],
) -> impl Iterator<Item = (usize, usize)> + 'p {
    let is_used = move |candidate: usize| {
        program.uses(service, candidate).position(|column| values[column.index()] > 0).map(|step| (candidate, step))
    };
    (0..program.service(service).candidates.len()).filter_map(is_used)
}

/// What the machines of the steps in use cost beyond the steps' own cost, which is a little too low on very long curves.
fn inexactness(program: &Program<'_>, values: &[u64]) -> Femto {
    let of_service = |service: usize| {
        steps_in_use(program, service, values).map(move |(candidate, step)| {
            let curve = &program.service(service).candidates[candidate].curve;
            curve.cost_of_step(step) - curve.steps()[step].cost
        })
    };
    (0..program.services().count()).flat_map(of_service).sum()
}

/// What a service does in each region it uses. Traffic of a class goes to its users' nearest regions first.
fn shares(problem: &Problem, program: &Program<'_>, service: usize, values: &[u64]) -> Shares {
    let placed = program.service(service);
    let used: Vec<(usize, usize)> = steps_in_use(program, service, values).collect();
    let mut shares: Vec<Share> = used
        .iter()
        .map(|&(candidate, step)| Share {
            candidate,
            carried: placed.candidates[candidate].curve.steps()[step].capacity,
            of_type: placed.candidates[candidate].curve.type_of_step(step),
            machines: program.machines(service, candidate, values).unwrap_or_default(),
            sets: Vec::new(),
            held: match program.environments(service, candidate, values) {
                Some(environments) => environments,
                None => placed.candidates[candidate].curve.steps()[step].replicas,
            },
            traffic: BTreeMap::new(),
            called: program.called(service, candidate, values),
            calls: BTreeMap::new(),
            caps: Caps::new(),
        })
        .collect();
    // Machines and the function of a region make their calls together.
    let mut before = None;
    for share in &mut shares {
        let region = placed.candidates[share.candidate].region;
        if before.replace(region) != Some(region) {
            share.calls = program.calls_made(service, share.candidate, values);
        }
    }
    for (index, class) in program.classes(service).iter().enumerate() {
        let sent = |candidate| {
            let column = program.column(Decision::Traffic { service, class: index, candidate });
            column.map_or(0, |column| values[column.index()])
        };
        let candidates: Vec<usize> = used.iter().map(|&(candidate, _)| candidate).collect();
        let sent: Vec<u64> = candidates.iter().copied().map(sent).collect();
        for (&user, row) in class.users.iter().zip(split(problem, placed, class, (&candidates, &sent))) {
            for (share, rate) in shares.iter_mut().zip(row).filter(|(_, rate)| *rate > 0) {
                share.traffic.insert(user, rate);
            }
        }
    }
    let mut bought = values.to_vec();
    for share in &mut shares {
        let sent = placed.demand.iter().map(|demand| share.traffic.get(&demand.user).copied().unwrap_or(0));
        let sent: Vec<u64> = sent.collect();
        share.sets = program.sets(service, share.candidate, values, &sent).unwrap_or_default();
        if let Some(stocked) = &placed.candidates[share.candidate].stocked {
            let load = stocked.load(&sent).saturating_add(share.called);
            let mut buy = |machines: &[Vec<u64>]| {
                program.buy(service, share.candidate, machines, &mut bought);
                program.outlives(service, &bought)
            };
            stocked.trim(&mut share.machines, |machines| stocked.carries(machines, load) && buy(machines));
            buy(&share.machines);
        }
    }
    shares
}

/// Traffic of the user groups of a class, of which so much goes to each of some candidates: to their nearest regions first.
pub(super) fn split(
    problem: &Problem,
    placed: &Service,
    class: &Class,
    (candidates, sent): (&[usize], &[u64]),
) -> Vec<Vec<u64>> {
    let demand: Vec<u64> = class
        .users
        .iter()
        .map(|user| placed.demand.iter().find(|demand| demand.user == *user).map_or(0, |demand| demand.rate.0))
        .collect();
    let round_trip = |user, candidate: usize| {
        problem.rtt.get(user, placed.candidates[candidate].region).map_or(u32::MAX, |rtt| rtt.round_trip.0)
    };
    let distances = |&user| candidates.iter().map(move |&candidate| round_trip(user, candidate));
    let distance: Vec<u32> = class.users.iter().flat_map(distances).collect();
    let pairs = demand.len() * candidates.len();
    let split = flow::cheapest(&flow::Transport {
        demand: &demand,
        capacity: sent,
        reach: &vec![Reach::InTime; pairs],
        cost: &vec![0; pairs],
        distance: &distance,
        late_allowance: 0,
    });
    split.unwrap_or_default()
}
