//! Search for one service over whole replicas: regions of equal price make up for each other's rounding, and machines are not bought in parts.
//!
//! With traffic that may be divided freely, what is left of the gap is rounding: the last machine of each region is not full, and demand of 143.1 replicas takes 144.
//! The bound of `chain` knows both. Best first, a node is an option list for each region: not used, or one of some steps, each of which stands for the loads that need it. What the bound
//! rules out is taken off the lists one by one; of a thousand steps a few dozen are left. The first nodes decide how many replicas there are in all, because
//! then nothing may be left empty but what rounding that total leaves; after that the region of the widest choice is halved where the average of the rounds is.
//! Every table that could cost less than the best placement becomes a placement, by the cheapest traffic over its steps.

mod chain;
mod prices;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::branch::Searched;
use super::choice::{Choice, evaluate};
use super::effort::Interrupt;
use crate::formulate::{Class, Femto, Reach, Service};
use chain::{Chain, Options, Table};
use prices::{Aim, Point};

/// Rounds of ascent at the first node and at every other.
const FIRST_ROUNDS: u32 = 60;
const ROUNDS: u32 = 12;

/// Rounds once more where so much was ruled out that the bound should rise: more than one option in five.
const ROUNDS_AGAIN: u32 = 20;

/// Nodes that decide how many replicas there are in all, before regions are decided.
const SPLITS: u32 = 3;

/// Units of which more than this part are used on average in a region are worth deciding about first.
const IN_USE: f64 = 0.05;

/// Work of a table beside its additions.
const WORK_OF_TABLE: u64 = 10_000;

/// Tables of more additions than this are not computed.
const MOST_WORK_OF_TABLE: u64 = 8_000_000;

/// Sums of values are kept apart from what no sum reaches for so many regions.
const MOST_CANDIDATES: usize = 256;

struct Node {
    options: Options,
    prices: Vec<Femto>,
}

/// The best placement known, and what was cut because of it.
struct Incumbent<'a> {
    service: &'a Service,
    classes: &'a [Class],
    demand: Vec<u64>,
    best: Choice,
    slack_millionths: Femto,
    /// Least bound among what was cut though it lay below the best cost.
    least_cut: Femto,
}

struct Search<'a> {
    chain: Chain<'a>,
    incumbent: Incumbent<'a>,
    open: BTreeMap<(Femto, Reverse<u64>), Node>,
    nodes: u64,
    splits_left: u32,
    work_left: u64,
}

/// Whether the bound knows the rules of a service.
pub(super) fn is_suited(service: &Service, classes: &[Class]) -> bool {
    let is_limited = service.min_regions > 1 || service.max_regions < service.candidates.len();
    let is_late = classes.iter().any(|class| class.reach.contains(&Reach::Late));
    let is_exact = service.candidates.iter().all(|candidate| candidate.curve.is_exact());
    is_exact && !is_limited && !is_late && !service.is_single_routed && service.candidates.len() <= MOST_CANDIDATES
}

/// Searches all placements of a service that is suited, of which `start` is one, in about `work` additions. `None` where tables would be too large.
pub(super) fn search(
    service: &Service,
    classes: &[Class],
    start: &Choice,
    slack_millionths: u32,
    work: u64,
    interrupt: Interrupt<'_>,
) -> Option<Searched> {
    let chain = Chain::of(service, classes, start.cost)?;
    let options = chain.all();
    if options.work() > MOST_WORK_OF_TABLE {
        return None;
    }
    let incumbent = Incumbent {
        service,
        classes,
        demand: classes.iter().map(|class| class.rate).collect(),
        best: start.clone(),
        slack_millionths: Femto::from(slack_millionths),
        least_cut: Femto::MAX,
    };
    let guesses = prices::first(&chain).into_iter();
    let prices = guesses.max_by_key(|prices| chain.table(&options, prices).map(|table| table.bound))?;
    let mut search = Search { chain, incumbent, open: BTreeMap::new(), nodes: 0, splits_left: SPLITS, work_left: work };
    search.push(Femto::MIN, Node { options, prices });
    let mut is_complete = true;
    let mut least_open = Femto::MAX;
    while let Some(((bound, _), node)) = search.open.pop_first() {
        if search.incumbent.is_cut(bound) {
            break;
        }
        if search.work_left == 0 || interrupt.is_raised() {
            (is_complete, least_open) = (false, bound);
            break;
        }
        search.visit(node);
    }
    let Incumbent { best, least_cut, .. } = search.incumbent;
    let bound = best.cost.min(least_cut).min(least_open).max(0);
    Some(Searched { best: Some(best), bound, is_complete })
}

impl Search<'_> {
    fn push(&mut self, bound: Femto, node: Node) {
        self.nodes += 1;
        self.open.insert((bound, Reverse(self.nodes)), node);
    }

    /// Improves the bound of a node, takes away what it rules out, and leaves what is left in two parts.
    fn visit(&mut self, Node { mut options, mut prices }: Node) {
        let mut rounds = if self.nodes == 1 { FIRST_ROUNDS } else { ROUNDS };
        let point = loop {
            let (chain, incumbent) = (&self.chain, &mut self.incumbent);
            let mut work = 0;
            let work_of_table = options.work() + WORK_OF_TABLE;
            let reached = prices::ascend(chain, &options, &prices, rounds, &mut |table| {
                work += work_of_table;
                incumbent.try_out(chain, table)
            });
            self.work_left = self.work_left.saturating_sub(work);
            let Some(point) = reached else { return };
            if incumbent.is_cut(point.table.bound) {
                return;
            }
            let before = options.count();
            if !chain.narrow(&mut options, &point.table, |bound| incumbent.is_cut(bound)) {
                return;
            }
            if (before - options.count()) * 5 < before {
                break point;
            }
            prices = point.prices;
            rounds = ROUNDS_AGAIN;
        };
        for part in self.parts(options, &point) {
            self.push(point.table.bound, Node { options: part, prices: point.prices.clone() });
        }
    }

    /// The options in two parts; none where nothing is left to decide, since the placement that is left has been tried then.
    fn parts(&mut self, options: Options, point: &Point) -> Vec<Options> {
        if options.most.is_none() && self.splits_left > 0 {
            self.splits_left -= 1;
            let exactly = Options { most: Some(options.least), ..options.clone() };
            let more = Options { least: options.least + 1, ..options };
            return vec![exactly, more];
        }
        let cost = |candidate: usize, option: Option<&usize>| {
            let steps = self.chain.service.candidates[candidate].curve.steps();
            option.and_then(|option| option.checked_sub(1)).map_or(0, |step| steps[step].cost)
        };
        let width = |&candidate: &usize| {
            let of = &options.of[candidate];
            let width = cost(candidate, of.last()) - cost(candidate, of.first());
            (if point.average[candidate] > IN_USE { 10 * width } else { width }, Reverse(candidate))
        };
        let undecided = (0..options.of.len()).filter(|&candidate| options.of[candidate].len() > 1);
        let Some(widest) = undecided.max_by_key(width) else {
            let left: Vec<usize> = options.of.iter().filter_map(|of| of.first().copied()).collect();
            self.incumbent.improve(&left);
            return Vec::new();
        };
        let of = &options.of[widest];
        let units = |option: usize| super::rows::float(self.chain.units_of(widest, option) as u64);
        let middle = of.partition_point(|&option| units(option) <= point.average[widest]).clamp(1, of.len() - 1);
        let half = |of: &[usize]| {
            let mut half = options.clone();
            half.of[widest] = of.to_vec();
            half
        };
        vec![half(&of[..middle]), half(&of[middle..])]
    }
}

impl Incumbent<'_> {
    /// True if nothing of cost `bound` or more is worth looking for.
    fn is_cut(&mut self, bound: Femto) -> bool {
        let is_cut = bound >= self.enough();
        if is_cut && bound < self.best.cost {
            self.least_cut = self.least_cut.min(bound);
        }
        is_cut
    }

    fn enough(&self) -> Femto {
        self.best.cost - self.best.cost / 1_000_000 * self.slack_millionths
    }

    /// Places what a table does, if that could cost less than anything known.
    fn try_out(&mut self, chain: &Chain<'_>, table: &Table) -> Aim {
        if self.least_cost(chain, &table.chosen) < self.best.cost {
            self.improve(&table.chosen);
        }
        Aim { cost: self.best.cost, enough: self.enough() }
    }

    /// What `chosen` costs at least, if every class goes where its way costs least.
    fn least_cost(&self, chain: &Chain<'_>, chosen: &[usize]) -> Femto {
        let used = || (0..chosen.len()).filter(|&candidate| chosen[candidate] > 0);
        let machines = |candidate: usize| chain.service.candidates[candidate].curve.steps()[chosen[candidate] - 1].cost;
        let mut least: Femto = used().map(machines).sum();
        for class in self.classes {
            let answering = used().filter(|&candidate| class.reach[candidate] != Reach::No);
            let Some(cost) = answering.map(|candidate| class.cost[candidate]).min() else { return Femto::MAX };
            least += cost * Femto::from(class.rate);
        }
        least
    }

    fn improve(&mut self, chosen: &[usize]) {
        let step = |(candidate, option): (usize, &usize)| {
            let step = option.checked_sub(1)?;
            Some((candidate, self.service.candidates[candidate].curve.steps()[step].capacity))
        };
        let brim: Vec<(usize, u64)> = chosen.iter().enumerate().filter_map(step).collect();
        if let Some(choice) = evaluate(self.service, self.classes, &self.demand, &brim)
            && choice.cost < self.best.cost
        {
            self.best = choice;
        }
    }
}
