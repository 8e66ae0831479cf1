//! Demand that changes: by hour of the day or week, and by how well a forecast comes true.
//!
//! The demand of a workload is stated for [periods](Calendar). A user group's rate is its largest over all periods; its *shape* says, for each
//! period, what part of that rate it asks then. Where requests are answered does not depend on the hour: what DNS weights route is a share of
//! a user group's requests, the same at all times. So a decision x(g, r), in milli-rps of the group's largest rate, means in period t
//!
//! > load(r, t) = ceil( sum over g of x(g, r) × shape(g, t) / 1,000,000 )
//!
//! whole milli-rps, rounded up once for each region and period. Everything that carries or costs something by the hour uses this number.

use std::collections::BTreeMap;

use super::{Demand, UserId};
use crate::units::{MilliRps, Ratio};

/// The periods for which demand is stated: `hours` of equal length, and if a forecast has three cases, those hours in each case: first all low, then
/// all expected, then all high.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// 1 (demand does not change), 24 (hours of the day, UTC) or 168 (hours of the week, from Monday 00:00 UTC).
    pub hours: usize,
    /// Whether there are a low, an expected and a high case; else there is the expected one only.
    pub has_cases: bool,
}

impl Calendar {
    /// Demand that never changes.
    pub const CONSTANT: Self = Self { hours: 1, has_cases: false };

    /// Number of periods.
    pub const fn periods(self) -> usize {
        if self.has_cases { 3 * self.hours } else { self.hours }
    }

    /// Whether machines are paid for in `period`: in the expected case. In the others they only have to be there.
    pub const fn is_paid(self, period: usize) -> bool {
        !self.has_cases || period / self.hours == 1
    }
}

impl Default for Calendar {
    fn default() -> Self {
        Self::CONSTANT
    }
}

/// How the demand of a workload changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The periods.
    pub calendar: Calendar,
    /// By position in [`Workload::demand`](super::Workload::demand), then period: the part of the rate asked for. Empty if demand never changes.
    pub shapes: Vec<Vec<Ratio>>,
}

impl Profile {
    /// What part of its rate the user group at `position` asks in `period`.
    pub fn share(&self, position: usize, period: usize) -> Ratio {
        self.shapes.get(position).map_or(Ratio::ONE, |shape| shape[period])
    }

    /// Whether all user groups have one shape, so that the load of a region depends on the sum of what is sent there.
    pub fn is_uniform(&self) -> bool {
        self.shapes.windows(2).all(|pair| pair[0] == pair[1])
    }

    /// The load of a region in `period`, if it is sent `traffic` in milli-rps of each user group's rate.
    pub fn load(&self, demand: &[Demand], traffic: &BTreeMap<UserId, MilliRps>, period: usize) -> MilliRps {
        let asked = demand.iter().enumerate().map(|(position, demand)| {
            let sent = traffic.get(&demand.user).map_or(0, |sent| sent.0);
            u128::from(sent) * u128::from(self.share(position, period).0)
        });
        MilliRps(u64::try_from(asked.sum::<u128>().div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }

    /// The most that is asked in any period, in millionths of a milli-rps, of one that is sent `traffic` and always called so often.
    pub fn peak(&self, demand: &[Demand], traffic: &BTreeMap<UserId, MilliRps>, called: MilliRps) -> u128 {
        let in_period = |period: usize| -> u128 {
            let asked = demand.iter().enumerate().map(|(position, demand)| {
                let sent = traffic.get(&demand.user).map_or(0, |sent| sent.0);
                u128::from(sent) * u128::from(self.share(position, period).0)
            });
            asked.sum()
        };
        let asked = (0..self.calendar.periods()).map(in_period).max().unwrap_or(0);
        asked + u128::from(called.0) * 1_000_000
    }

    /// The load of `sent` in `period`, where all user groups have one shape.
    pub fn part(&self, sent: u64, period: usize) -> u64 {
        let load = (u128::from(sent) * u128::from(self.share(0, period).0)).div_ceil(1_000_000);
        u64::try_from(load).unwrap_or(u64::MAX)
    }

    /// Sum over paid periods of the shape of the user group at `position`, in millionths of an hour of its full rate: its requests in all
    /// [`Calendar::hours`].
    pub fn paid_share(&self, position: usize) -> u64 {
        let paid = (0..self.calendar.periods()).filter(|&period| self.calendar.is_paid(period));
        paid.map(|period| u64::from(self.share(position, period).0)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads_are_rounded_up_once() {
        let shape = |millionths: [u32; 2]| millionths.map(Ratio).to_vec();
        let profile = Profile {
            calendar: Calendar { hours: 2, has_cases: false },
            shapes: vec![shape([1_000_000, 500_000]), shape([300_000, 1_000_000])],
        };
        let demand = [0, 1].map(|user| Demand { user: UserId(user), rate: MilliRps(3) });
        let traffic = BTreeMap::from([(UserId(0), MilliRps(3)), (UserId(1), MilliRps(2))]);
        // 3 + 0.6 and 1.5 + 2.
        assert_eq!(profile.load(&demand, &traffic, 0), MilliRps(4));
        assert_eq!(profile.load(&demand, &traffic, 1), MilliRps(4));
        assert_eq!(profile.peak(&demand, &traffic, MilliRps(1)), 4_600_000);
        assert_eq!(profile.paid_share(0), 1_500_000);
        assert!(!profile.is_uniform());
        assert_eq!(Profile::default().load(&demand, &traffic, 0), MilliRps(5));
    }

    #[test]
    fn only_the_expected_case_is_paid() {
        let calendar = Calendar { hours: 24, has_cases: true };
        let paid: Vec<usize> = (0..calendar.periods()).filter(|&period| calendar.is_paid(period)).collect();
        assert_eq!((paid.len(), paid[0], paid[23]), (24, 24, 47));
    }
}
