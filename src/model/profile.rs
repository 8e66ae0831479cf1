//! Demand that changes: by hour of the day or week, and by how well a forecast comes true.
//!
//! The demand of a workload is stated for [periods](Calendar). A user group's rate is its largest over all periods; its *shape* says, for each
//! period, what part of that rate it asks then. Where requests are answered does not depend on the hour: what DNS weights route is a share of
//! a user group's requests, the same at all times. So a decision x(g, r), in milli-rps of the group's largest rate, means in period t
//!
//! > load(r, t) = ceil( sum over g of x(g, r) × shape(g, t) / 1,000,000 )
//!
//! whole milli-rps, rounded up once for each region and period. Everything that carries or costs something by the hour uses this number.
//!
//! Workloads that call each other, directly or in a chain, are an application. Calls y(u, a, w, r) are stated at their largest rate like requests of users. What
//! calls can be when is known without knowing who is answered where if all of the application rises and falls together, so that one shape is that of
//! everything in it: then a region carries ceil((sum of x + sum of y) × shape(t) / 1,000,000) in period t. [`rise_together`] settles that shape; where
//! there is none, [`Asked`](super::Asked) says what is called when.

use std::collections::{BTreeMap, BTreeSet};

use super::{Demand, UserId, Workload, applications};
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

    /// The period of an hour in the expected case.
    pub const fn expected(self, hour: usize) -> usize {
        if self.has_cases { self.hours + hour } else { hour }
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
    /// By period: the part of their largest rate at which other workloads call this one. Empty if nobody calls it, or calls never change.
    pub called: Vec<Ratio>,
    /// Whether the workload is of an application whose user groups rise and fall apart: what is called when follows from who is answered where
    /// ([`Asked`](super::Asked)), and `called` is empty.
    pub rises_apart: bool,
}

impl Profile {
    /// What part of its rate the user group at `position` asks in `period`.
    pub fn share(&self, position: usize, period: usize) -> Ratio {
        self.shapes.get(position).map_or(Ratio::ONE, |shape| shape[period])
    }

    /// What part of their largest rate other workloads call in `period`.
    pub fn called_share(&self, period: usize) -> Ratio {
        self.called.get(period).copied().unwrap_or(Ratio::ONE)
    }

    /// The one shape of all that is asked, where there is one: of the user groups, or of the calls to a workload that nobody else asks.
    fn common_share(&self, period: usize) -> Ratio {
        if self.shapes.is_empty() { self.called_share(period) } else { self.share(0, period) }
    }

    /// Whether all user groups, and all calls, have one shape, so that the load of a region depends on the sum of what is sent there.
    pub fn is_uniform(&self) -> bool {
        if self.rises_apart {
            return false;
        }
        let mut shapes = self.shapes.iter().chain(Some(&self.called).filter(|called| !called.is_empty()));
        let first = shapes.next();
        shapes.all(|shape| Some(shape) == first)
    }

    /// What a region is asked in `period`, in millionths of a milli-rps, if it is sent `traffic` in milli-rps of each user group's rate, and called so often
    /// at most.
    fn asked(&self, demand: &[Demand], (traffic, called): Sent<'_>, period: usize) -> u128 {
        let asked = demand.iter().enumerate().map(|(position, demand)| {
            let sent = traffic.get(&demand.user).map_or(0, |sent| sent.0);
            u128::from(sent) * u128::from(self.share(position, period).0)
        });
        asked.sum::<u128>() + u128::from(called.0) * u128::from(self.called_share(period).0)
    }

    /// The load of a region in `period`, if it is sent `traffic` in milli-rps of each user group's rate, and called so often at most.
    pub fn load(&self, demand: &[Demand], sent: Sent<'_>, period: usize) -> MilliRps {
        MilliRps(u64::try_from(self.asked(demand, sent, period).div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }

    /// The most that is asked in any period, in millionths of a milli-rps.
    pub fn peak(&self, demand: &[Demand], sent: Sent<'_>) -> u128 {
        (0..self.calendar.periods()).map(|period| self.asked(demand, sent, period)).max().unwrap_or(0)
    }

    /// The load of `sent` in `period`, where everything has one shape.
    pub fn part(&self, sent: u64, period: usize) -> u64 {
        let load = (u128::from(sent) * u128::from(self.common_share(period).0)).div_ceil(1_000_000);
        u64::try_from(load).unwrap_or(u64::MAX)
    }

    /// Sum over paid periods of the shape of the user group at `position`, in millionths of an hour of its full rate: its requests in all
    /// [`Calendar::hours`].
    pub fn paid_share(&self, position: usize) -> u64 {
        self.paid(|period| self.share(position, period))
    }

    /// The same of the calls of other workloads.
    pub fn paid_called_share(&self) -> u64 {
        self.paid(|period| self.called_share(period))
    }

    /// The same of everything, where it has one shape.
    pub fn paid_common_share(&self) -> u64 {
        self.paid(|period| self.common_share(period))
    }

    /// (part of the largest demand, whether it is paid for) in every period, where everything has one shape.
    pub fn common(&self) -> impl Iterator<Item = (Ratio, bool)> + '_ {
        (0..self.calendar.periods()).map(|period| (self.common_share(period), self.calendar.is_paid(period)))
    }

    fn paid(&self, share: impl Fn(usize) -> Ratio) -> u64 {
        let paid = (0..self.calendar.periods()).filter(|&period| self.calendar.is_paid(period));
        paid.map(|period| u64::from(share(period).0)).sum()
    }

    /// The same demand over a calendar that has all of its own periods.
    fn over(&self, calendar: Calendar, groups: usize) -> Vec<Vec<Ratio>> {
        let period = |at: usize| {
            let (case, hour) = if calendar.has_cases { (at / calendar.hours, at % calendar.hours) } else { (1, at) };
            let own = hour % self.calendar.hours;
            if self.calendar.has_cases { case * self.calendar.hours + own } else { own }
        };
        let shape = |position| (0..calendar.periods()).map(|at| self.share(position, period(at))).collect();
        (0..groups).map(shape).collect()
    }
}

/// What a region is sent of each user group's largest rate, and the calls that it receives at most.
pub type Sent<'a> = (&'a BTreeMap<UserId, MilliRps>, MilliRps);

/// Gives the workloads of every application, which is all that call each other directly or in a chain, one calendar, and one shape to all that is asked in it, calls
/// among it. Returns, by position, the workloads of applications whose demand does not rise and fall together: they keep their shapes.
pub fn rise_together(workloads: &mut [Workload]) -> BTreeSet<usize> {
    let mut apart = BTreeSet::new();
    let calls = calls(workloads);
    let is_called: BTreeSet<usize> = calls.iter().map(|(_, callee)| *callee).collect();
    for is_part in applications(workloads.len(), calls.into_iter()) {
        let application: Vec<usize> = (0..workloads.len()).filter(|&at| is_part[at]).collect();
        if application.len() == 1 {
            continue;
        }
        let calendars = application.iter().map(|&at| workloads[at].profile.calendar);
        let calendar = Calendar {
            hours: calendars.clone().map(|calendar| calendar.hours).max().unwrap_or(1),
            has_cases: calendars.clone().any(|calendar| calendar.has_cases),
        };
        if calendar == Calendar::CONSTANT {
            continue;
        }
        let stated: Vec<(u64, Vec<Ratio>)> = application
            .iter()
            .flat_map(|&at| {
                let rates = workloads[at].demand.iter().map(|demand| demand.rate.0);
                rates.zip(workloads[at].profile.over(calendar, workloads[at].demand.len()))
            })
            .collect();
        // The first of the largest: what is rounded of others is least in proportion to it.
        let Some((_, shape)) = stated.iter().rev().max_by_key(|(rate, _)| rate) else { continue };
        if !stated.iter().all(|(rate, own)| is_but_rounded(*rate, own, shape)) {
            for &at in &application {
                let shapes = workloads[at].profile.over(calendar, workloads[at].demand.len());
                workloads[at].profile = Profile { calendar, shapes, called: Vec::new(), rises_apart: true };
            }
            apart.extend(application);
            continue;
        }
        for at in application {
            let called = if is_called.contains(&at) { shape.clone() } else { Vec::new() };
            let shapes = vec![shape.clone(); workloads[at].demand.len()];
            workloads[at].profile = Profile { calendar, shapes, called, rises_apart: false };
        }
    }
    apart
}

/// Whether a user group of this rate that had the other shape would ask for no more than two thousandths of a request per second more or less at any time, which is
/// what rates lose when they are kept to thousandths, and shares to millionths.
fn is_but_rounded(rate: u64, own: &[Ratio], other: &[Ratio]) -> bool {
    let lost = 2 * (1_000_000 + u128::from(rate));
    own.iter().zip(other).all(|(own, other)| u128::from(own.0.abs_diff(other.0)) * u128::from(rate) <= lost)
}

/// Who calls whom, by position.
fn calls(workloads: &[Workload]) -> Vec<(usize, usize)> {
    let positions: BTreeMap<&str, usize> =
        workloads.iter().enumerate().map(|(at, workload)| (workload.name.as_str(), at)).collect();
    let of_caller = |(caller, workload): (usize, &Workload)| {
        let callees = workload.calls.iter().filter_map(|call| positions.get(call.callee.as_str()));
        callees.map(|&callee| (caller, callee)).collect::<Vec<_>>()
    };
    workloads.iter().enumerate().flat_map(of_caller).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Call, Replica};
    use crate::units::Bytes;

    #[test]
    fn loads_are_rounded_up_once() {
        let shape = |millionths: [u32; 2]| millionths.map(Ratio).to_vec();
        let profile = Profile {
            calendar: Calendar { hours: 2, has_cases: false },
            shapes: vec![shape([1_000_000, 500_000]), shape([300_000, 1_000_000])],
            ..Profile::default()
        };
        let demand = [0, 1].map(|user| Demand { user: UserId(user), rate: MilliRps(3) });
        let traffic = BTreeMap::from([(UserId(0), MilliRps(3)), (UserId(1), MilliRps(2))]);
        // 3 + 0.6 and 1.5 + 2.
        assert_eq!(profile.load(&demand, (&traffic, MilliRps::ZERO), 0), MilliRps(4));
        assert_eq!(profile.load(&demand, (&traffic, MilliRps::ZERO), 1), MilliRps(4));
        assert_eq!(profile.peak(&demand, (&traffic, MilliRps(1))), 4_600_000);
        assert_eq!(profile.paid_share(0), 1_500_000);
        assert!(!profile.is_uniform());
        assert_eq!(Profile::default().load(&demand, (&traffic, MilliRps(2)), 0), MilliRps(7));
    }

    /// A workload of one user group with these parts of its rate by period, which calls others.
    fn workload(name: &str, calendar: Calendar, shape: &[u32], callees: &[&str]) -> Workload {
        let demand = if shape.is_empty() { Vec::new() } else { vec![Demand { user: UserId(0), rate: MilliRps(8) }] };
        let mut workload = Workload::new(name, Replica::default(), MilliRps(1), demand);
        let shapes = if shape.len() > 1 { vec![shape.iter().copied().map(Ratio).collect()] } else { Vec::new() };
        workload.profile = Profile { calendar, shapes, called: Vec::new(), rises_apart: false };
        let call = |callee: &&str| Call {
            callee: (*callee).to_owned(),
            per_request: Ratio::ONE,
            answer: Bytes(0),
            sent: Bytes(0),
            waits: true,
        };
        workload.calls = callees.iter().map(call).collect();
        workload
    }

    #[test]
    fn applications_take_the_calendar_and_the_shape_of_those_that_are_asked() {
        let hours = |hours| Calendar { hours, has_cases: false };
        let mut workloads = [
            workload("web", hours(2), &[1_000_000, 400_000], &["cart"]),
            workload("jobs", hours(4), &[1_000_000, 400_000, 1_000_000, 400_000], &["cart"]),
            workload("cart", Calendar::CONSTANT, &[], &["db"]),
            workload("db", Calendar::CONSTANT, &[], &[]),
            workload("alone", Calendar::CONSTANT, &[1_000_000], &[]),
        ];
        assert_eq!(rise_together(&mut workloads), BTreeSet::new());
        let [web, _, cart, db, alone] = &workloads;
        assert_eq!((web.profile.calendar, web.profile.called.len()), (hours(4), 0));
        assert_eq!(cart.profile.called, [1_000_000, 400_000, 1_000_000, 400_000].map(Ratio));
        assert_eq!(db.profile, cart.profile);
        assert_eq!(alone.profile, Profile::default());
        assert_eq!((db.profile.part(5, 1), db.profile.paid_common_share()), (2, 2_800_000));
        assert_eq!(db.profile.load(&[], (&BTreeMap::new(), MilliRps(6)), 3), MilliRps(3));
    }

    #[test]
    fn what_rates_lose_in_thousandths_keeps_nobody_apart() {
        let hours = Calendar { hours: 2, has_cases: false };
        // 1000 and 777 requests per second, and the same at a third, kept to thousandths.
        let mut workloads = [
            workload("jobs", hours, &[1_000_000, 777_003], &["db"]),
            workload("web", hours, &[1_000_000, 777_000], &["db"]),
            workload("db", hours, &[], &[]),
        ];
        (workloads[0].demand[0].rate, workloads[1].demand[0].rate) = (MilliRps(333_333), MilliRps(1_000_000));
        let mut apart = workloads.clone();
        assert_eq!(rise_together(&mut workloads), BTreeSet::new());
        assert_eq!(workloads[0].profile.shapes, workloads[1].profile.shapes);
        assert_eq!(workloads[2].profile.called[1], Ratio(777_000));
        apart[0].profile.shapes[0][1] = Ratio(777_009);
        assert_eq!(rise_together(&mut apart), BTreeSet::from([0, 1, 2]));
    }

    #[test]
    fn applications_apart_are_named_and_have_one_calendar() {
        let cases = Calendar { hours: 1, has_cases: true };
        let mut workloads = [
            workload("web", cases, &[500_000, 750_000, 1_000_000], &["db"]),
            workload("jobs", Calendar::CONSTANT, &[1_000_000], &["db"]),
            workload("db", Calendar::CONSTANT, &[], &[]),
        ];
        let before = workloads.clone();
        assert_eq!(rise_together(&mut workloads), BTreeSet::from([0, 1, 2]));
        assert!(workloads.iter().all(|workload| workload.profile.rises_apart && workload.profile.calendar == cases));
        assert_eq!(workloads[0].profile.shapes, before[0].profile.shapes);
        assert_eq!(workloads[1].profile.shapes, [[1_000_000; 3].map(Ratio)]);
        workloads.clone_from(&before);
        workloads[1].demand.clear();
        assert_eq!(rise_together(&mut workloads), BTreeSet::new());
        assert_eq!(workloads[2].profile.called, before[0].profile.shapes[0]);
    }

    #[test]
    fn only_the_expected_case_is_paid() {
        let calendar = Calendar { hours: 24, has_cases: true };
        let paid: Vec<usize> = (0..calendar.periods()).filter(|&period| calendar.is_paid(period)).collect();
        assert_eq!((paid.len(), paid[0], paid[23]), (24, 24, 47));
    }
}
