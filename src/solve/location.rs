//! Which regions are in use, where user groups are many: location of facilities, with many user groups and prices on the way to each.
//!
//! `branch` decides steps of curves for few classes of users, whose divisions it can enumerate nearly. With hundreds of classes the question is
//! another: which regions. Here a node has decided some regions to be used or not (`state`), and where nobody may be divided, who answers whom. Its bound is
//! Lagrangian, with a knapsack for each region (`bound`) at prices from the volume algorithm (`dual`). What would bring the bound to the best known cost
//! is decided the other way, and one of the regions that the relaxation leaves most undecided is opened and closed; where all are decided, a class is given to a
//! region and barred from it. Nodes of the least bound come first: that bound is one of the whole problem at any time.
//!
//! Placements come from the regions in use at each round: traffic is then a transport problem (`transport`), or classes are placed one by one
//! (`assign`). Where regions with one step each are decided, the transport is exact; over several steps `branch` goes on.

mod assign;
mod bound;
mod dual;
mod exchange;
mod knapsack;
mod primal;
mod state;
mod transport;

use std::collections::BTreeMap;

use super::branch;
use super::choice::Choice;
use super::lagrangian::Multipliers;
use super::{Effort, Femto};
use crate::formulate::{Class, Reach, Service};
use bound::Bound;
use dual::{Dual, Prices};
use primal::Primal;
use state::{Route, State, Use};

/// Rounds of ascent at the first node, and at every other.
const FIRST_ROUNDS: u32 = 800;
const ROUNDS: u32 = 40;

/// Pairs of class and region that may be looked at for each node of [`Effort`].
const LOOKS_PER_NODE: u64 = 200_000;

/// What a search found.
#[derive(Debug)]
pub(super) struct Located {
    /// The best placement known.
    pub(super) best: Option<Choice>,
    /// Where nobody may be divided: the region that answers each class of it.
    pub(super) routes: Vec<usize>,
    /// Nothing costs less.
    pub(super) bound: Femto,
    /// True if the search ended before its work ran out, or as near as was asked for.
    pub(super) is_complete: bool,
    /// What was decided once and for all: anything else costs no less than `best`.
    pub(super) left: State,
}

/// Whether the search is for this service: many classes that it costs more to answer from some regions than from others, none of whom may be late.
pub(super) fn is_suited(service: &Service, classes: &[Class], effort: Effort<'_>) -> bool {
    let is_late = |class: &Class| class.reach.contains(&Reach::Late);
    let is_in_order = service.late_allowance == 0 && !classes.iter().any(is_late) && service.total > 0;
    is_in_order
        && if service.is_single_routed {
            // A region without users does not appear among routes; and what machines and a function of one region answer may be divided between them.
            let is_doubled = service.candidates.windows(2).any(|pair| pair[0].region == pair[1].region);
            service.min_regions <= 1 && !is_doubled
        } else {
            // Where only machines cost something the question is which steps.
            let are_apart = service.candidates.iter().any(|candidate| !candidate.is_alike_for_all());
            are_apart && classes.len() * service.candidates.len() >= effort.many_pairs
        }
}

struct Node {
    state: State,
    prices: Prices,
    bound: Femto,
}

struct Search<'a> {
    service: &'a Service,
    classes: &'a [Class],
    effort: Effort<'a>,
    dual: Dual,
    primal: Primal<'a>,
    /// Costs of best placements are multiples of it.
    grain: Femto,
    /// More than any placement costs: what has a higher bound has none.
    ceiling: Femto,
    /// Least bound among what was left open.
    least_left: Femto,
}

/// Searches all placements of `service`.
pub(super) fn search(service: &Service, classes: &[Class], effort: Effort<'_>) -> Located {
    let dual = Dual::of(service, classes);
    let prices = dual.first_prices();
    let mut search = Search {
        service,
        classes,
        effort,
        dual,
        primal: Primal::new(service, classes),
        grain: grain(service, classes),
        ceiling: ceiling(service, classes),
        least_left: Femto::MAX,
    };
    let mut left = State::first(service, classes);
    let mut nodes: BTreeMap<(Femto, usize), Node> = BTreeMap::new();
    nodes.insert((0, 0), Node { state: left.clone(), prices, bound: 0 });
    let mut made = 1;
    let mut is_complete = true;
    while let Some(((least, number), node)) = nodes.pop_first() {
        if search.is_cut(least) {
            break;
        }
        let (exact, most) = (effort.exact_work * LOOKS_PER_NODE, effort.search_work * LOOKS_PER_NODE);
        let is_near = || search.primal.cost().is_some_and(|cost| effort.accepts(cost, least.min(search.least_left)));
        if search.dual.looks >= most || effort.interrupt.is_raised() || (search.dual.looks >= exact && is_near()) {
            is_complete = is_near();
            search.least_left = search.least_left.min(least);
            break;
        }
        let (root, children) = search.split(node, number == 0);
        if let Some(root) = root {
            left = root;
        }
        for child in children {
            nodes.insert((child.bound, made), child);
            made += 1;
        }
    }
    let cost = search.limit();
    let Primal { best, routes, .. } = search.primal;
    Located { best, routes, bound: search.least_left.min(cost), is_complete, left }
}

impl Search<'_> {
    /// What a placement that is worth looking for costs less than.
    fn limit(&self) -> Femto {
        self.primal.cost().unwrap_or(self.ceiling)
    }

    /// True if nothing of cost `bound` or more is worth looking for.
    fn is_cut(&self, bound: Femto) -> bool {
        bound >= self.limit()
    }

    /// Looks at a node: what is left to look at below it. Of the first node also what was decided there, which holds for all.
    fn split(&mut self, mut node: Node, is_first: bool) -> (Option<State>, Vec<Node>) {
        let rounds = if is_first { FIRST_ROUNDS } else { ROUNDS };
        if !node.state.follow(self.service, self.classes) || !self.tighten(&mut node, rounds) {
            return (None, Vec::new());
        }
        let first = is_first.then(|| node.state.clone());
        (first, self.branch(&node))
    }

    /// Improves prices and decides what follows; false if nothing is left to look for.
    fn tighten(&mut self, node: &mut Node, rounds: u32) -> bool {
        let Self { dual, primal, grain, ceiling, .. } = self;
        let state = &node.state;
        // A bound above the last multiple of the grain below the best cost is as good as one at the best cost.
        let ceiling = *ceiling;
        dual.ascend(state, &mut node.prices, rounds, super::rows::usd(ceiling), |round| {
            primal.see(state, round);
            primal.cost().map(|cost| aim(cost, *grain))
        });
        let multipliers = multipliers(&node.prices, self.classes, ceiling);
        let Some(bound) = Bound::of(self.service, self.classes, &node.state, multipliers) else { return false };
        node.bound = node.bound.max(up(bound.least, *grain));
        if self.is_cut(node.bound) {
            return false;
        }
        let (grain, limit) = (self.grain, self.limit());
        let is_cut = |bound: Femto| up(bound, grain) >= limit;
        bound.decide(self.service, self.classes, &mut node.state, is_cut);
        node.state.follow(self.service, self.classes)
    }

    /// The nodes below one; none where it could be settled.
    fn branch(&mut self, node: &Node) -> Vec<Node> {
        let with = |change: &dyn Fn(&mut State)| {
            let mut state = node.state.clone();
            change(&mut state);
            Node { state, prices: node.prices.clone(), bound: node.bound }
        };
        if let Some(region) = undecided(node) {
            return vec![with(&|state| state.open(region)), with(&|state| state.close(region))];
        }
        if self.service.is_single_routed {
            let Some((class, region)) = unassigned(node, self.classes) else {
                self.primal.take_routes(&node.state);
                return Vec::new();
            };
            let regions = node.state.uses.len();
            let bar = |state: &mut State| state.routes[class * regions + region] = Route::Barred;
            return vec![with(&|state| state.take(class, region)), with(&bar)];
        }
        let open = node.state.left();
        if open.iter().all(|&region| self.service.candidates[region].curve.steps().len() == 1) {
            self.primal.try_set(&open);
            return Vec::new();
        }
        self.settle(&open, node.bound);
        Vec::new()
    }

    /// Searches the placements over `open` regions, step by step; their cost is at least `known`.
    fn settle(&mut self, open: &[usize], known: Femto) {
        let mut service = self.service.clone();
        let mut position = 0;
        service.candidates.retain(|_| {
            position += 1;
            open.binary_search(&(position - 1)).is_ok()
        });
        for candidate in &mut service.candidates {
            candidate.needs.clear();
        }
        let classes = service.classes();
        let demand: Vec<u64> = classes.iter().map(|class| class.rate).collect();
        let start = primal::evaluate(&service, &classes, &demand, &(0..open.len()).collect::<Vec<_>>());
        let work = self.effort.exact_work;
        let searched = branch::search(&service, &classes, start, 0, work, self.effort.interrupt);
        self.dual.looks += work * LOOKS_PER_NODE / 100;
        if let Some(mut choice) = searched.best {
            for candidate in &mut choice.candidates {
                *candidate = open[*candidate];
            }
            self.primal.improve(choice);
        }
        let bound = searched.bound.max(known);
        if !self.is_cut(bound) {
            self.least_left = self.least_left.min(bound);
        }
    }
}

/// The free region that the relaxation leaves most undecided.
fn undecided(node: &Node) -> Option<usize> {
    let free = (0..node.state.uses.len()).filter(|&region| node.state.uses[region] == Use::Free);
    let between = |region: usize| node.prices.in_use[region].min(1.0 - node.prices.in_use[region]);
    free.max_by(|&a, &b| between(a).total_cmp(&between(b)).then(b.cmp(&a)))
}

/// The class that the relaxation leaves most undecided, of those that more than one region may answer, and the region that answers most of it.
fn unassigned(node: &Node, classes: &[Class]) -> Option<(usize, usize)> {
    let regions = node.state.uses.len();
    let answered = |class: usize, region: usize| node.prices.answered[class * regions + region];
    let most = |class: usize| {
        let free = (0..regions).filter(|region| node.state.routes[class * regions + region] == Route::Free);
        free.filter(|&region| node.state.uses[region] == Use::Open)
            .max_by(|&a, &b| answered(class, a).total_cmp(&answered(class, b)).then(b.cmp(&a)))
    };
    let open = (0..classes.len()).filter_map(|class| most(class).map(|region| (class, region)));
    open.min_by(|&(a, in_a), &(b, in_b)| answered(a, in_a).total_cmp(&answered(b, in_b)).then(a.cmp(&b)))
}

/// Prices in USD per class as whole femto-USD per milli-rps.
#[expect(clippy::cast_possible_truncation, reason = "a multiplier may be any number near the given one")]
fn multipliers(prices: &Prices, classes: &[Class], ceiling: Femto) -> Multipliers {
    // Where there is no placement prices grow without end.
    let most = super::rows::usd(ceiling) * 4.0;
    let price = |(price, class): (&f64, &Class)| {
        (price.clamp(-most, most) * 1e15 / super::rows::float(class.rate)).round() as Femto
    };
    Multipliers { class: prices.class.iter().zip(classes).map(price).collect(), late: 0 }
}

/// More than any placement of `service` costs.
fn ceiling(service: &Service, classes: &[Class]) -> Femto {
    let dearest = |class: &Class| class.cost.iter().max().map_or(0, |cost| cost * Femto::from(class.rate));
    let last = service.candidates.iter().filter_map(|candidate| candidate.curve.steps().last());
    classes.iter().map(dearest).sum::<Femto>() + last.map(|step| step.cost).sum::<Femto>() + 1
}

/// The least multiple of `grain` that is no less than `bound`.
fn up(bound: Femto, grain: Femto) -> Femto {
    bound + (-bound).rem_euclid(grain)
}

/// Where an ascent may end: a little above what is rounded up to `cost`.
fn aim(cost: Femto, grain: Femto) -> f64 {
    super::rows::usd(cost - grain) + super::rows::usd(grain) * 1e-3 + super::rows::usd(cost) * 1e-12
}

/// What the cost of some best placement is a multiple of. Traffic that costs least can be had in multiples of what all demand, and all capacity that may
/// be short, is a multiple of; where nobody is divided, in whole classes.
fn grain(service: &Service, classes: &[Class]) -> Femto {
    if !service.candidates.iter().all(|candidate| candidate.curve.is_exact()) {
        return 1;
    }
    let steps = || service.candidates.iter().flat_map(|candidate| candidate.curve.steps());
    let short = steps().map(|step| step.capacity).filter(|&capacity| capacity < service.total);
    let unit = classes.iter().map(|class| class.rate).chain(short).fold(0, gcd);
    let of_class = |class: &Class, cost: &Femto| {
        u64::try_from(*cost).ok()?.checked_mul(if service.is_single_routed { class.rate } else { unit })
    };
    let mut grain = 0;
    for class in classes {
        for cost in class.cost.iter().zip(&class.reach).filter(|(_, reach)| **reach != Reach::No).map(|(cost, _)| cost)
        {
            let Some(cost) = of_class(class, cost) else { return 1 };
            grain = gcd(grain, cost);
        }
    }
    let fixed = steps().try_fold(grain, |grain, step| u64::try_from(step.cost).ok().map(|cost| gcd(grain, cost)));
    fixed.map_or(1, |grain| Femto::from(grain.max(1)))
}

fn gcd(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a, b);
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}
