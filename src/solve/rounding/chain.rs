//! The bound over whole replicas, in whole numbers, and what it rules out.
//!
//! Let u be the load of a replica, units(v) = ceil(capacity(v) / u) for a step v, and U any set of classes. The regions N(U) that answer some of U must together
//! carry d(U), so that
//!
//! > sum over r in N(U) of units(r, v(r)) >= ceil(d(U) / u)
//!
//! whatever the traffic. The classes of the highest prices, one after another, are a chain of sets U, and N(U) grows along it: when regions are added in the order in which
//! they come in, one sum counts for every set of the chain. For prices p of demand the least of
//!
//! > sum over c of p(c) d(c) + sum over used r of (cost(r, v) − most { sum over c of (p(c) − e(c, r)) x(c) : load(v − 1) < sum of x <= load(v) })
//!
//! subject to all of these is therefore a bound (weak duality), and dynamic programming over the sum finds it. A step stands for the loads that need it, and not for less. Where all units
//! together are at most T, what they leave empty is at most u T − D for a demand of D in all, and so is what any one region leaves empty: step v then stands for loads of
//! u × units(v) − (u T − D) and more.
//!
//! Values are rounded down to multiples of 2^`shift` femto-USD, so that they fit into half the bits.

use crate::formulate::{Class, Femto, Reach, Service};
use crate::solve::lagrangian::Multipliers;

/// More units than this are counted by the pair, by three and so on.
const MOST_UNITS: u64 = 1_500;

/// Values lie between this and its negative, so that sums of some hundreds stay far below [`NEVER`].
const LARGEST: Femto = 1 << 50;

/// What the best known cost is at most, in multiples of 2^`shift`.
const FINENESS: Femto = 1 << 46;

/// What no sum of values reaches.
const NEVER: i64 = 1 << 61;

/// A service whose loads are counted in units.
pub(super) struct Chain<'a> {
    pub(super) service: &'a Service,
    pub(super) classes: &'a [Class],
    /// By candidate, then step: units of its capacity.
    pub(super) units: Vec<Vec<usize>>,
    /// Load of a unit, in milli-rps.
    unit: u64,
    shift: u32,
    /// What a milli-rps is worth at most: no step then earns more than values can say.
    dearest: Femto,
}

/// What is left to decide at a node.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// By candidate, ascending: 0 for no use, else one more than the position of a step.
    pub(super) of: Vec<Vec<usize>>,
    /// At least so many units in all.
    pub(super) least: usize,
    /// At most so many, if that has been decided.
    pub(super) most: Option<usize>,
}

/// The bound at some prices, and how it comes about.
pub(super) struct Table {
    /// No placement within the options costs less.
    pub(super) bound: Femto,
    /// The option that each candidate takes.
    pub(super) chosen: Vec<usize>,
    /// What the candidates would answer of each class.
    pub(super) served: Vec<u64>,
    constant: Femto,
    /// Candidates in the order in which they are added.
    order: Vec<usize>,
    /// By position in the order: units needed once the candidate is added.
    required: Vec<usize>,
    /// By position in the order, then option: its value, [`NEVER`] where it leaves too much empty.
    values: Vec<Vec<i64>>,
    /// By position in the order: least sum of values before the candidate is added, by units.
    before: Vec<Vec<i64>>,
}

impl Options {
    /// Units that are counted; more are counted as so many where there is no most.
    fn size(&self) -> usize {
        self.most.unwrap_or(self.least)
    }

    /// How many options there are.
    pub(super) fn count(&self) -> usize {
        self.of.iter().map(Vec::len).sum()
    }

    /// Additions that a table takes.
    pub(super) fn work(&self) -> u64 {
        (self.count() * (self.size() + 1)) as u64
    }
}

impl<'a> Chain<'a> {
    /// A service to be placed at some `cost`.
    pub(super) fn of(service: &'a Service, classes: &'a [Class], cost: Femto) -> Option<Self> {
        let rate = service.candidates.first()?.curve.rate_per_replica();
        let unit = rate.checked_mul(service.total.div_ceil(rate).div_ceil(MOST_UNITS))?;
        let units = |candidate: &crate::formulate::Candidate| {
            let of_step = |step: &crate::formulate::Step| usize::try_from(step.capacity.div_ceil(unit)).ok();
            candidate.curve.steps().iter().map(of_step).collect::<Option<Vec<usize>>>()
        };
        let units = service.candidates.iter().map(units).collect::<Option<Vec<_>>>()?;
        let mut shift = 0;
        while cost >> shift > FINENESS {
            shift += 1;
        }
        let dearest = (LARGEST << shift) / Femto::from(service.total.max(1));
        Some(Self { service, classes, units, unit, shift, dearest })
    }

    /// Everything that the service may do.
    pub(super) fn all(&self) -> Options {
        let of = self.units.iter().map(|units| (0..=units.len()).collect()).collect();
        Options { of, least: self.needed(self.service.total), most: None }
    }

    /// Units that an option of a candidate counts for.
    pub(super) fn units_of(&self, candidate: usize, option: usize) -> usize {
        option.checked_sub(1).map_or(0, |step| self.units[candidate][step])
    }

    fn needed(&self, load: u64) -> usize {
        usize::try_from(load.div_ceil(self.unit)).unwrap_or(usize::MAX)
    }

    /// The bound of `options` at prices of demand; `None` if nothing within them carries the demand.
    pub(super) fn table(&self, options: &Options, prices: &[Femto]) -> Option<Table> {
        let prices: &[Femto] = &prices.iter().map(|&price| price.min(self.dearest)).collect::<Vec<_>>();
        let (order, required) = self.order(prices);
        let size = options.size();
        let mut values = Vec::with_capacity(order.len());
        let mut before = Vec::with_capacity(order.len());
        let mut sums = vec![NEVER; size + 1];
        sums[0] = 0;
        for (&candidate, &required) in order.iter().zip(&required) {
            let sorted = self.sorted(prices, candidate);
            let own: Vec<i64> =
                options.of[candidate].iter().map(|&option| self.value(options, candidate, option, &sorted)).collect();
            let mut with = vec![NEVER; size + 1];
            for (&option, &value) in options.of[candidate].iter().zip(&own).filter(|(_, value)| **value < NEVER) {
                let units = self.units_of(candidate, option);
                if let Some(left) = (size + 1).checked_sub(units) {
                    for (with, sum) in with[units..].iter_mut().zip(&sums[..left]) {
                        *with = (*with).min(sum + value);
                    }
                }
                if options.most.is_none() {
                    // Whatever is beyond what is needed counts as what is needed.
                    let beyond = &sums[(size + 1).saturating_sub(units)..];
                    let least = beyond.iter().min().map_or(NEVER, |sum| sum + value);
                    with[size] = with[size].min(least);
                }
            }
            with[..required.min(size + 1)].fill(NEVER);
            with.iter_mut().filter(|sum| **sum > NEVER / 2).for_each(|sum| *sum = NEVER);
            before.push(std::mem::replace(&mut sums, with));
            values.push(own);
        }
        let (at, least) = (options.least..=size).map(|at| (at, sums[at])).min_by_key(|&(at, sum)| (sum, at))?;
        if least >= NEVER {
            return None;
        }
        let constant = self.constant(prices);
        let bound = constant + (Femto::from(least) << self.shift);
        let (chosen, served) = (vec![0; order.len()], vec![0; self.classes.len()]);
        let mut table = Table { bound, chosen, served, constant, order, required, values, before };
        self.trace(options, prices, &mut table, (at, least));
        Some(table)
    }

    fn constant(&self, prices: &[Femto]) -> Femto {
        Multipliers { class: prices.to_vec(), late: 0 }.constant(self.service, self.classes)
    }

    /// Candidates by the class of the highest price that they answer, and how many units are needed once each is added.
    fn order(&self, prices: &[Femto]) -> (Vec<usize>, Vec<usize>) {
        let mut by_price: Vec<usize> = (0..prices.len()).collect();
        by_price.sort_by_key(|&class| (std::cmp::Reverse(prices[class]), class));
        let answers = |class: usize, candidate: usize| self.classes[class].reach[candidate] != Reach::No;
        let level =
            |candidate: usize| by_price.iter().position(|&class| answers(class, candidate)).unwrap_or(by_price.len());
        let levels: Vec<usize> = (0..self.units.len()).map(level).collect();
        let mut order: Vec<usize> = (0..self.units.len()).collect();
        order.sort_by_key(|&candidate| (levels[candidate], candidate));
        let mut load = 0;
        let mut loads = vec![0];
        for &class in &by_price {
            load += self.classes[class].rate;
            loads.push(load);
        }
        let next = |at: usize| order.get(at + 1).map_or(by_price.len(), |&candidate| levels[candidate]);
        let required = (0..order.len()).map(|at| self.needed(loads[next(at)])).collect();
        (order, required)
    }

    /// The classes that a candidate answers, by what a milli-rps of them is worth to it, most first.
    fn sorted(&self, prices: &[Femto], candidate: usize) -> Vec<(Femto, usize)> {
        let answered = |(index, class): (usize, &Class)| {
            (class.reach[candidate] != Reach::No).then(|| (prices[index] - class.cost[candidate], index))
        };
        let mut sorted: Vec<(Femto, usize)> = self.classes.iter().enumerate().filter_map(answered).collect();
        sorted.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        sorted
    }

    /// Loads that an option stands for, both ends included; `None` if it would leave too much empty.
    fn loads(&self, options: &Options, candidate: usize, option: usize) -> Option<(u64, u64)> {
        let steps = self.service.candidates[candidate].curve.steps();
        let Some(step) = option.checked_sub(1) else { return Some((0, 0)) };
        let most = steps[step].capacity;
        let mut least = step.checked_sub(1).map_or(0, |before| steps[before].capacity) + 1;
        if let Some(units) = options.most {
            let empty = (units as u64).saturating_mul(self.unit).saturating_sub(self.service.total);
            least = least.max((self.units[candidate][step] as u64).saturating_mul(self.unit).saturating_sub(empty));
        }
        (least <= most).then_some((least, most))
    }

    /// How an option is filled at the least value: what it takes of each class.
    fn filled<'s>(
        (least, most): (u64, u64),
        classes: &'s [Class],
        sorted: &'s [(Femto, usize)],
    ) -> impl Iterator<Item = (usize, Femto, u64)> + 's {
        let mut filled = 0;
        sorted.iter().map_while(move |&(profit, class)| {
            let upto: u64 = if profit > 0 { most } else { least };
            let taken = classes[class].rate.min(upto.saturating_sub(filled));
            filled += taken;
            (taken > 0 || classes[class].rate == 0).then_some((class, profit, taken))
        })
    }

    fn value(&self, options: &Options, candidate: usize, option: usize, sorted: &[(Femto, usize)]) -> i64 {
        let Some(step) = option.checked_sub(1) else { return 0 };
        let Some(loads) = self.loads(options, candidate, option) else { return NEVER };
        let earned: Femto =
            Self::filled(loads, self.classes, sorted).map(|(_, profit, taken)| profit * Femto::from(taken)).sum();
        let value = self.service.candidates[candidate].curve.steps()[step].cost - earned;
        // Less than the value is a bound too.
        i64::try_from((value >> self.shift).min(LARGEST)).unwrap_or(-NEVER)
    }

    /// Follows the least sum back through the candidates.
    fn trace(&self, options: &Options, prices: &[Femto], table: &mut Table, (mut units, mut sum): (usize, i64)) {
        let size = options.size();
        for at in (0..table.order.len()).rev() {
            let candidate = table.order[at];
            let before = &table.before[at];
            let leads = |&(&option, &value): &(&usize, &i64)| {
                let taken = self.units_of(candidate, option);
                let from = if options.most.is_none() && units == size {
                    size.saturating_sub(taken)..=size
                } else {
                    match units.checked_sub(taken) {
                        Some(from) => from..=from,
                        None => return None,
                    }
                };
                from.into_iter()
                    .find(|&from| value < NEVER && before[from] < NEVER && before[from] + value == sum)
                    .map(|from| (option, from))
            };
            let found = options.of[candidate].iter().zip(&table.values[at]).find_map(|pair| leads(&pair));
            let Some((option, from)) = found else { return };
            table.chosen[candidate] = option;
            (units, sum) = (from, before[from]);
            if let Some(loads) = self.loads(options, candidate, option).filter(|_| option > 0) {
                let sorted = self.sorted(prices, candidate);
                for (class, _, taken) in Self::filled(loads, self.classes, &sorted) {
                    table.served[class] += taken;
                }
            }
        }
    }

    /// Takes options away that lead to a bound that is cut; true if each candidate keeps one.
    pub(super) fn narrow(&self, options: &mut Options, table: &Table, mut is_cut: impl FnMut(Femto) -> bool) -> bool {
        let size = options.size();
        let mut after = vec![NEVER; size + 1];
        after[options.least..].fill(0);
        for (at, &candidate) in table.order.iter().enumerate().rev() {
            after[..table.required[at].min(size + 1)].fill(NEVER);
            let before = &table.before[at];
            let mut with = vec![NEVER; size + 1];
            let mut values = table.values[at].iter();
            options.of[candidate].retain(|&option| {
                let Some(&value) = values.next().filter(|value| **value < NEVER) else { return false };
                let units = self.units_of(candidate, option);
                let mut least = NEVER;
                for from in 0..=size {
                    let to = if options.most.is_none() { size.min(from + units) } else { from + units };
                    let Some(&rest) = after.get(to) else { break };
                    with[from] = with[from].min(value + rest);
                    least = least.min(before[from].saturating_add(value + rest));
                }
                least < NEVER / 2 && !is_cut(table.constant + (Femto::from(least) << self.shift))
            });
            with.iter_mut().filter(|sum| **sum > NEVER / 2).for_each(|sum| *sum = NEVER);
            after = with;
        }
        options.of.iter().all(|of| !of.is_empty())
    }
}
