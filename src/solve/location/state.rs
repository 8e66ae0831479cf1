//! What a search for locations has decided, and what its rules leave to decide.

use crate::formulate::{Class, Reach, Service};

/// What has been decided about a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// May be used or not.
    Free,
    /// Is used.
    Open,
    /// Is not used.
    Closed,
}

/// What has been decided about a class and a region, where nobody may be divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// The region may answer the class.
    Free,
    /// It does.
    Taken,
    /// It does not.
    Barred,
}

/// A node of the search.
#[derive(Clone, Debug)]
pub(in crate::solve) struct State {
    /// By region.
    pub(super) uses: Vec<Use>,
    /// By class, then region, where nobody may be divided; else empty.
    pub(super) routes: Vec<Route>,
    /// So many regions are in use at least, and at most.
    pub(super) least: usize,
    pub(super) most: usize,
}

impl State {
    pub(super) fn first(service: &Service, classes: &[Class]) -> Self {
        let regions = service.candidates.len();
        let route = |reach: &Reach| if *reach == Reach::No { Route::Barred } else { Route::Free };
        let routes = if service.is_single_routed {
            classes.iter().flat_map(|class| class.reach.iter().map(route)).collect()
        } else {
            Vec::new()
        };
        Self { uses: vec![Use::Free; regions], routes, least: service.min_regions.max(1), most: service.max_regions }
    }

    /// Whether a region may still answer a class.
    pub(super) fn may_answer(&self, classes: &[Class], class: usize, region: usize) -> bool {
        self.uses[region] != Use::Closed
            && classes[class].reach[region] != Reach::No
            && self.routes.get(class * self.uses.len() + region).is_none_or(|route| *route != Route::Barred)
    }

    /// Decides that a region is used.
    pub(super) fn open(&mut self, region: usize) {
        self.uses[region] = Use::Open;
    }

    /// Decides that a region answers nobody.
    pub(super) fn close(&mut self, region: usize) {
        self.uses[region] = Use::Closed;
        let regions = self.uses.len();
        self.routes.iter_mut().skip(region).step_by(regions).for_each(|route| *route = Route::Barred);
    }

    /// Decides that a region answers a class, and no other region does.
    pub(super) fn take(&mut self, class: usize, region: usize) {
        let regions = self.uses.len();
        self.routes[class * regions..(class + 1) * regions].fill(Route::Barred);
        self.routes[class * regions + region] = Route::Taken;
        self.open(region);
    }

    /// Draws what follows from the decisions; false if nothing can come of them.
    pub(super) fn follow(&mut self, service: &Service, classes: &[Class]) -> bool {
        let regions = self.uses.len();
        for class in 0..classes.len() {
            let mut left = (0..regions).filter(|&region| self.may_answer(classes, class, region));
            let Some(first) = left.next() else { return false };
            if left.next().is_none() {
                match self.routes.get(class * regions + first) {
                    Some(Route::Taken) => {}
                    Some(_) => self.take(class, first),
                    None => self.open(first),
                }
            }
        }
        for region in 0..regions {
            let taken =
                (0..classes.len()).filter(|class| self.routes.get(class * regions + region) == Some(&Route::Taken));
            let taken: u64 = taken.map(|class| classes[class].rate).sum();
            let Some(left) = service.candidates[region].curve.most().checked_sub(taken) else { return false };
            if self.routes.is_empty() {
                continue;
            }
            for (class, at) in classes.iter().enumerate() {
                let route = &mut self.routes[class * regions + region];
                if *route == Route::Free && at.rate > left {
                    *route = Route::Barred;
                }
            }
        }
        self.count(service)
    }

    /// How many regions there are to be: as many as carry all demand, at the very least.
    fn count(&mut self, service: &Service) -> bool {
        let most = |region: usize| service.candidates[region].curve.most();
        let is = |wanted: Use| -> Vec<u64> {
            self.uses
                .iter()
                .enumerate()
                .filter(|(_, status)| **status == wanted)
                .map(|(region, _)| most(region))
                .collect()
        };
        let opened = is(Use::Open);
        let open = opened.len();
        let mut carried: u64 = opened.into_iter().fold(0, u64::saturating_add);
        let mut free = is(Use::Free);
        free.sort_unstable_by(|a, b| b.cmp(a));
        let left = open + free.len();
        let mut needed = open;
        for capacity in free {
            if carried >= service.total {
                break;
            }
            carried = carried.saturating_add(capacity);
            needed += 1;
        }
        let (least, most) = (self.least.max(needed), self.most.min(left));
        if carried < service.total || least > most || open > most {
            return false;
        }
        (self.least, self.most) = (least, most);
        for status in self.uses.iter_mut().filter(|status| **status == Use::Free) {
            if open == most {
                *status = Use::Closed;
            } else if left == least {
                *status = Use::Open;
            }
        }
        true
    }

    /// Regions that are not closed, ascending.
    pub(super) fn left(&self) -> Vec<usize> {
        (0..self.uses.len()).filter(|&region| self.uses[region] != Use::Closed).collect()
    }

    /// The service with what is left to decide, where nobody may be divided.
    pub(in crate::solve) fn restricted(&self, service: &Service) -> Service {
        let mut restricted = service.clone();
        let regions = self.uses.len();
        for (region, candidate) in restricted.candidates.iter_mut().enumerate() {
            candidate.needs.clear();
            for (class, reach) in candidate.reach.iter_mut().enumerate() {
                if self.routes[class * regions + region] == Route::Barred {
                    *reach = Reach::No;
                }
            }
        }
        let mut region = 0;
        restricted.candidates.retain(|_| {
            region += 1;
            self.uses[region - 1] != Use::Closed
        });
        restricted
    }
}
