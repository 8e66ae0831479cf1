//! Placements in which nobody is divided, by rule of thumb: whoever loses most if the best region fills up is placed first; then single classes are moved
//! and pairs exchanged while that saves anything.

use crate::formulate::{Class, Femto, Reach, Service};

/// Which region answers each class, and what that costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Routes {
    /// By class.
    pub(super) region: Vec<usize>,
    /// What everything costs.
    pub(super) cost: Femto,
}

pub(super) struct Assigner<'a> {
    service: &'a Service,
    classes: &'a [Class],
    region: Vec<Option<usize>>,
    load: Vec<u64>,
    /// Classes by region, as many as answer there.
    count: Vec<usize>,
}

impl<'a> Assigner<'a> {
    pub(super) fn new(service: &'a Service, classes: &'a [Class]) -> Self {
        let regions = service.candidates.len();
        Self { service, classes, region: Vec::new(), load: vec![0; regions], count: vec![0; regions] }
    }

    /// A placement over `open` regions that starts from `wish`, the region that each class would be answered by; `None` if somebody finds no room.
    pub(super) fn complete(&mut self, open: &[usize], wish: &[Option<usize>]) -> Option<Routes> {
        self.region = vec![None; self.classes.len()];
        self.load.fill(0);
        self.count.fill(0);
        // Large ones first: they are hardest to place.
        let mut order: Vec<usize> = (0..self.classes.len()).collect();
        order.sort_by_key(|&class| (std::cmp::Reverse(self.classes[class].rate), class));
        for &class in &order {
            if let Some(region) = wish[class].filter(|&region| self.has_room(class, region)) {
                self.put(class, region);
            }
        }
        order.retain(|&class| self.region[class].is_none());
        self.place_by_regret(open, order)?;
        self.improve(open);
        self.routes()
    }

    fn has_room(&self, class: usize, region: usize) -> bool {
        self.classes[class].reach[region] != Reach::No
            && self.load[region] + self.classes[class].rate <= self.service.candidates[region].curve.most()
    }

    fn put(&mut self, class: usize, region: usize) {
        self.region[class] = Some(region);
        self.load[region] += self.classes[class].rate;
        self.count[region] += 1;
    }

    fn sent(&self, class: usize, region: usize) -> Femto {
        self.classes[class].cost[region] * Femto::from(self.classes[class].rate)
    }

    /// What a region costs that answers `count` classes with this load.
    fn carried(&self, region: usize, load: u64, count: usize) -> Femto {
        if count == 0 { 0 } else { self.service.candidates[region].curve.cost(load) }
    }

    /// Places those that are left, the greatest difference between the best region with room and the next one first.
    fn place_by_regret(&mut self, open: &[usize], mut left: Vec<usize>) -> Option<()> {
        while !left.is_empty() {
            let mut chosen: Option<(Femto, u64, usize, usize)> = None;
            for (at, &class) in left.iter().enumerate() {
                let mut best: Option<(Femto, usize)> = None;
                let mut second: Option<Femto> = None;
                for &region in open.iter().filter(|&&region| self.has_room(class, region)) {
                    let cost = self.sent(class, region);
                    match best {
                        Some((least, _)) if cost >= least => second = second.into_iter().chain([cost]).min(),
                        Some((least, _)) => (second, best) = (Some(least), Some((cost, region))),
                        None => best = Some((cost, region)),
                    }
                }
                let (least, region) = best?;
                let regret = second.map_or(Femto::MAX, |second| second - least);
                let rate = self.classes[class].rate;
                if chosen.is_none_or(|(most, size, ..)| (regret, rate) > (most, size)) {
                    chosen = Some((regret, rate, at, region));
                }
            }
            let (_, _, at, region) = chosen?;
            let class = left.swap_remove(at);
            self.put(class, region);
        }
        Some(())
    }

    /// Moves and exchanges classes while that saves anything.
    fn improve(&mut self, open: &[usize]) {
        loop {
            let mut is_better = false;
            for class in 0..self.classes.len() {
                is_better |= self.shift(class, open);
            }
            for one in 0..self.classes.len() {
                for other in one + 1..self.classes.len() {
                    is_better |= self.swap(one, other);
                }
            }
            if !is_better {
                return;
            }
        }
    }

    /// Moves a class to where it saves most.
    fn shift(&mut self, class: usize, open: &[usize]) -> bool {
        let Some(from) = self.region[class] else { return false };
        let rate = self.classes[class].rate;
        let (load, count) = (self.load[from], self.count[from]);
        let left =
            self.carried(from, load, count) - self.carried(from, load - rate, count - 1) + self.sent(class, from);
        let mut best: Option<(Femto, usize)> = None;
        for &to in open.iter().filter(|&&to| to != from && self.has_room(class, to)) {
            let (load, count) = (self.load[to], self.count[to]);
            let added = self.carried(to, load + rate, count + 1) - self.carried(to, load, count) + self.sent(class, to);
            if added < best.map_or(left, |(least, _)| least) {
                best = Some((added, to));
            }
        }
        let Some((_, to)) = best else { return false };
        self.load[from] -= rate;
        self.count[from] -= 1;
        self.put(class, to);
        true
    }

    /// Exchanges the regions of two classes if that saves anything.
    fn swap(&mut self, one: usize, other: usize) -> bool {
        let (Some(first), Some(second)) = (self.region[one], self.region[other]) else { return false };
        let reaches = self.classes[one].reach[second] != Reach::No && self.classes[other].reach[first] != Reach::No;
        if first == second || !reaches {
            return false;
        }
        let saved = self.sent(one, first) + self.sent(other, second) - self.sent(one, second) - self.sent(other, first);
        let (a, b) = (self.classes[one].rate, self.classes[other].rate);
        let (in_first, in_second) = (self.load[first] - a + b, self.load[second] - b + a);
        let most = |region: usize| self.service.candidates[region].curve.most();
        // Curves rise with the load: where neither exchange helps the classes, one of the loads has to fall.
        if (saved <= 0 && a == b) || in_first > most(first) || in_second > most(second) {
            return false;
        }
        let curve = |region: usize, load: u64| self.service.candidates[region].curve.cost(load);
        let before = curve(first, self.load[first]) + curve(second, self.load[second]);
        if curve(first, in_first) + curve(second, in_second) - before >= saved {
            return false;
        }
        (self.load[first], self.load[second]) = (in_first, in_second);
        (self.region[one], self.region[other]) = (Some(second), Some(first));
        true
    }

    fn routes(&self) -> Option<Routes> {
        let region: Option<Vec<usize>> = self.region.iter().copied().collect();
        let region = region?;
        cost(self.service, self.classes, &region).map(|cost| Routes { region, cost })
    }
}

/// What it costs that each class is answered by its region; `None` if there is no room, or more or fewer regions are in use than may be.
fn cost(service: &Service, classes: &[Class], region: &[usize]) -> Option<Femto> {
    let mut load = vec![None; service.candidates.len()];
    let mut cost = 0;
    for (class, &region) in classes.iter().zip(region) {
        *load[region].get_or_insert(0) += class.rate;
        cost += class.cost[region] * Femto::from(class.rate);
    }
    let used = load.iter().flatten().count();
    if used < service.min_regions || used > service.max_regions {
        return None;
    }
    for (candidate, load) in service.candidates.iter().zip(load) {
        let Some(load) = load else { continue };
        if load > candidate.curve.most() {
            return None;
        }
        cost += candidate.curve.cost(load);
    }
    Some(cost)
}
