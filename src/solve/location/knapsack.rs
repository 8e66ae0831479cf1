//! What a region would rather answer, where nobody may be divided: items of a knapsack, each taken whole or not at all.
//!
//! > most earned = max { sum of profit(i) × taken(i) : sum of weight(i) × taken(i) <= capacity }
//!
//! Items come in order of profit per weight. A search takes the next item, then leaves it out, and turns back where even a part of an item could not help:
//! profits before the one that does not fit, and its part (Dantzig's bound). Profits are whole and below 2^50, so that the parts, which are reckoned
//! in floating point, are off by less than one; they are rounded up. Where the search takes too long, that bound stands for the result: it is never below it.

/// Looks at items in one search.
const MOST_LOOKS: u32 = 4_000;

/// Something that may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// Above zero.
    pub(super) profit: i64,
    /// Above zero.
    pub(super) weight: u64,
    /// What it stands for.
    pub(super) class: usize,
}

/// A knapsack, filled again and again.
#[derive(Debug, Default)]
pub(super) struct Knapsack {
    items: Vec<Item>,
    /// By number of items from the first: their weights and profits together.
    weights: Vec<u64>,
    profits: Vec<i64>,
    /// Positions of the items taken at present, and in the best set.
    path: Vec<usize>,
    best: Vec<usize>,
    earned: i64,
    looks: u32,
}

impl Knapsack {
    /// Puts `items` up for choice.
    pub(super) fn fill(&mut self, items: impl Iterator<Item = Item>) {
        self.items.clear();
        self.items.extend(items);
        let density = |item: &Item| float(item.profit) / whole(item.weight);
        self.items.sort_by(|a, b| density(b).total_cmp(&density(a)).then(a.class.cmp(&b.class)));
        self.weights.clear();
        self.profits.clear();
        self.weights.push(0);
        self.profits.push(0);
        let (mut weight, mut profit) = (0_u64, 0);
        for item in &self.items {
            weight = weight.saturating_add(item.weight);
            profit += item.profit;
            self.weights.push(weight);
            self.profits.push(profit);
        }
    }

    /// No set of items from position `from` on that weighs at most `capacity` earns more.
    fn bound(&self, from: usize, capacity: u64) -> i64 {
        let limit = self.weights[from].saturating_add(capacity);
        let end = from + self.weights[from + 1..].partition_point(|&weight| weight <= limit);
        let all = self.profits[end] - self.profits[from];
        self.items.get(end).map_or(all, |next| all + part(next, limit - self.weights[end]))
    }

    /// No set of items that weighs at most `capacity` earns more.
    pub(super) fn relaxed(&self, capacity: u64) -> i64 {
        self.bound(0, capacity)
    }

    /// What a set of items that weighs at most `capacity` may earn: the most, or a little more where the search was cut short. The best set found is
    /// then [`taken`](Self::taken).
    pub(super) fn solve(&mut self, capacity: u64) -> i64 {
        self.path.clear();
        self.best.clear();
        (self.earned, self.looks) = (0, MOST_LOOKS);
        self.search(0, capacity, 0);
        if self.looks > 0 { self.earned } else { self.relaxed(capacity) }
    }

    fn search(&mut self, mut from: usize, capacity: u64, earned: i64) {
        if earned > self.earned {
            self.earned = earned;
            self.best.clone_from(&self.path);
        }
        while from < self.items.len() && self.looks > 0 && earned + self.bound(from, capacity) > self.earned {
            self.looks -= 1;
            let item = self.items[from];
            if item.weight <= capacity {
                self.path.push(from);
                self.search(from + 1, capacity - item.weight, earned + item.profit);
                self.path.pop();
            }
            from += 1;
        }
    }

    /// The classes of the best set found.
    pub(super) fn taken(&self) -> impl Iterator<Item = usize> {
        self.best.iter().map(|&at| self.items[at].class)
    }
}

/// What a part of an item earns, rounded up.
#[expect(clippy::cast_possible_truncation, reason = "below the profit of the item")]
fn part(item: &Item, capacity: u64) -> i64 {
    if capacity == 0 {
        return 0;
    }
    (float(item.profit) * whole(capacity) / whole(item.weight)) as i64 + 1
}

#[expect(clippy::cast_precision_loss, reason = "profits are below 2^50")]
fn float(profit: i64) -> f64 {
    profit as f64
}

#[expect(clippy::cast_precision_loss, reason = "only for the order of items, and for parts that are rounded up")]
fn whole(weight: u64) -> f64 {
    weight as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_set_is_the_enumerated_one() {
        // A small generator of its own: the same numbers every time.
        let mut state = 12_345_u64;
        let mut next = |most: u32| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u32::try_from(state >> 33).unwrap_or(0) % most + 1
        };
        let mut knapsack = Knapsack::default();
        for _ in 0..300 {
            let items: Vec<Item> = (0..next(9) as usize)
                .map(|class| Item { profit: next(30).into(), weight: next(12).into(), class })
                .collect();
            let capacity = u64::from(next(40));
            let earned = |set: usize| {
                let taken = || items.iter().filter(|item| set >> item.class & 1 == 1);
                let weight: u64 = taken().map(|item| item.weight).sum();
                (weight <= capacity).then(|| taken().map(|item| item.profit).sum::<i64>())
            };
            let most = (0..1_usize << items.len()).filter_map(earned).max();
            knapsack.fill(items.iter().copied());
            assert!(Some(knapsack.relaxed(capacity)) >= most);
            assert_eq!(Some(knapsack.solve(capacity)), most);
            let taken: usize = knapsack.taken().map(|class| 1 << class).sum();
            assert_eq!(earned(taken), most);
        }
    }
}
