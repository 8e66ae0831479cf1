//! A first placement: user groups divided among regions, each set of them answered by one region, or by two that share it.
//!
//! > least(K) = least of alone(K), together(K), and least(A) + least(K − A) over A within K
//!
//! for every set K of classes, by dynamic programming over the sets. `alone` is the cheapest region that answers all of K; `together` is the
//! cheapest pair, one of the two with a step of its curve filled to the brim. What it leaves out are chains of three regions and more that hand demand
//! on to each other, so it is seldom far from the optimum, and often there.

use super::choice::{Choice, evaluate};
use crate::formulate::{Candidate, Class, Femto, Reach, Service};

/// Sets of more classes than this are not tabulated.
const MOST_CLASSES: usize = 10;

/// Pairs are tried as long as they take no more than so many looks at a curve.
const MOST_LOOKS: usize = 200_000;

/// How a set of classes is served at the least cost known.
#[derive(Clone, Copy)]
enum How {
    Nowhere,
    /// By one candidate.
    Alone(usize),
    /// By two, the first with this load.
    Together(usize, u64, usize),
    /// As this set and the rest.
    Apart(usize),
}

struct Table<'a> {
    service: &'a Service,
    /// By set: demand, least cost, and how.
    rate: Vec<u64>,
    least: Vec<Femto>,
    how: Vec<How>,
}

/// A cost that no placement reaches, small enough to be added up.
const UNREACHED: Femto = Femto::MAX / 4;

/// The cheapest such placement; `None` if there is none, or too many sets to try.
pub(super) fn cheapest(service: &Service, classes: &[Class]) -> Option<Choice> {
    let limited = service.min_regions > 1 || service.max_regions < service.candidates.len();
    if classes.len() > MOST_CLASSES || limited {
        return None;
    }
    let sets = 1_usize << classes.len();
    let of = |set: usize| classes.iter().enumerate().filter(move |(class, _)| set >> class & 1 == 1);
    let mut table = Table {
        service,
        rate: (0..sets).map(|set| of(set).map(|(_, class)| class.rate).sum()).collect(),
        least: vec![UNREACHED; sets],
        how: vec![How::Nowhere; sets],
    };
    table.least[0] = 0;
    let answers = |position: usize| {
        let in_time = |(class, _): &(usize, &Class)| classes[*class].reach[position] == Reach::InTime;
        of(sets - 1).filter(in_time).map(|(class, _)| 1 << class).sum()
    };
    let reach: Vec<usize> = (0..service.candidates.len()).map(answers).collect();
    table.alone(&reach, classes);
    table.divide();
    // Where it matters whose requests a region takes, an amount alone does not tell what sharing costs.
    let is_alike = service.candidates.iter().all(Candidate::is_alike_for_all);
    if is_alike && table.looks(&reach) <= MOST_LOOKS {
        table.together(&reach);
        table.divide();
    }
    let demand: Vec<u64> = classes.iter().map(|class| class.rate).collect();
    evaluate(service, classes, &demand, &table.loads()?)
}

/// The subsets of a set, the set itself first, without the empty one.
fn subsets(set: usize) -> impl Iterator<Item = usize> {
    let next = move |&subset: &usize| Some((subset - 1) & set).filter(|&next| next > 0);
    std::iter::successors(Some(set).filter(|&set| set > 0), next)
}

/// What a step of the candidate's curve that carries `load` costs.
fn carried(candidate: &Candidate, load: u64) -> Femto {
    let steps = candidate.curve.steps();
    let at = steps.partition_point(|step| step.capacity < load);
    steps.get(at).map_or(UNREACHED, |step| step.cost)
}

/// The same with the cost of traffic, which is the same for all.
fn cost(candidate: &Candidate, load: u64) -> Femto {
    carried(candidate, load) + candidate.dearest_traffic() * i128::from(load)
}

impl Table<'_> {
    fn improve(&mut self, set: usize, cost: Femto, how: How) {
        if cost < self.least[set] {
            self.least[set] = cost;
            self.how[set] = how;
        }
    }

    fn alone(&mut self, reach: &[usize], classes: &[Class]) {
        let mut sent = vec![0; self.least.len()];
        for (position, &reach) in reach.iter().enumerate() {
            for set in 1..sent.len() {
                let class = &classes[set.trailing_zeros() as usize];
                sent[set] = sent[set & (set - 1)] + class.cost[position] * i128::from(class.rate);
            }
            for set in subsets(reach) {
                let cost = carried(&self.service.candidates[position], self.rate[set]) + sent[set];
                self.improve(set, cost, How::Alone(position));
            }
        }
    }

    fn divide(&mut self) {
        for set in 1..self.least.len() {
            // Each division once: the first part has the lowest class.
            let lowest = set & set.wrapping_neg();
            for part in subsets(set).skip(1).filter(|part| part & lowest != 0) {
                let cost = self.least[part] + self.least[set ^ part];
                self.improve(set, cost, How::Apart(part));
            }
        }
    }

    /// Pairs of candidates that share a class.
    fn pairs(reach: &[usize]) -> impl Iterator<Item = (usize, usize)> {
        let with = move |one: usize| (one + 1..reach.len()).map(move |other| (one, other));
        (0..reach.len()).flat_map(with).filter(|&(one, other)| reach[one] & reach[other] != 0)
    }

    fn looks(&self, reach: &[usize]) -> usize {
        let steps = |position: usize| self.service.candidates[position].curve.steps().len();
        let sets = |one: usize, other: usize| 1_usize << (reach[one] | reach[other]).count_ones();
        Self::pairs(reach).map(|(one, other)| sets(one, other) * (steps(one) + steps(other))).sum()
    }

    fn together(&mut self, reach: &[usize]) {
        for (one, other) in Self::pairs(reach) {
            let shared = reach[one] & reach[other];
            for set in subsets(reach[one] | reach[other]).filter(|set| set & shared != 0) {
                let total = self.rate[set];
                let (least, most) = (self.rate[set & !reach[other]], self.rate[set & reach[one]]);
                let (first, second) = (&self.service.candidates[one], &self.service.candidates[other]);
                let filled = first.curve.steps().iter().map(|step| step.capacity);
                let left = second.curve.steps().iter().map(|step| total.saturating_sub(step.capacity));
                for load in filled.chain(left) {
                    if load > 0 && load < total && (least..=most).contains(&load) {
                        let cost = cost(first, load) + cost(second, total - load);
                        self.improve(set, cost, How::Together(one, load, other));
                    }
                }
            }
        }
    }

    /// Loads by candidate of the cheapest way to serve everybody.
    fn loads(&self) -> Option<Vec<(usize, u64)>> {
        let mut loads = vec![0_u64; self.service.candidates.len()];
        let mut sets = vec![self.least.len() - 1];
        while let Some(set) = sets.pop() {
            match self.how[set] {
                How::Nowhere => return None,
                How::Alone(position) => loads[position] += self.rate[set],
                How::Together(one, load, other) => {
                    loads[one] += load;
                    loads[other] += self.rate[set] - load;
                }
                How::Apart(part) => sets.extend([part, set ^ part]),
            }
        }
        Some(loads.into_iter().enumerate().filter(|&(_, load)| load > 0).collect())
    }
}
