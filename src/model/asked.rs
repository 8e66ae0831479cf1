//! What is asked of each group at every time: requests of users, and calls that follow from what is asked of those who call.
//!
//! Requests x(g, r) and calls y(u, a, w, r) are stated at their largest rates. A mesh divides the calls of a group in the same parts at all times, whoever's
//! requests made them. So what a group calls in period t is to y as what it is asked then is to what it is asked at its largest rates, all at once:
//!
//! > asked(w, r, t) = sum over g of x(g, r) × shape(g, t) + sum over callers u and regions a of made(u, a, w, r, t)
//! >
//! > made(u, a, w, r, t) = y(u, a, w, r) × asked(u, a, t) / load(u, a),     load(u, a) = sum of all x and y that reach u in a
//!
//! in millionths of a milli-rps. Where everything in an application has one shape, asked is load × shape(t), exactly. Where user groups of an application rise and fall
//! apart, asked(u, a, t) and made(t) are rounded up to whole milli-rps, each by itself: then what is asked in a period is a placement of that period alone, whose
//! every group makes the calls that its requests need.

use std::collections::BTreeMap;

use super::{Assignment, Calendar, Group, Problem, RegionId, Workload, WorkloadId};
use crate::units::MilliRps;

/// Millionths.
const WHOLE: u128 = 1_000_000;

/// What is asked of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Calls that it receives, at their largest rates.
    pub called: MilliRps,
    /// Everything at its largest rate, all at once.
    load: u128,
    /// By period: everything, in millionths of a milli-rps.
    by_period: Vec<u128>,
    /// By period: the calls among it.
    calls_by_period: Vec<u128>,
    /// Whether it belongs to an application whose user groups rise and fall apart.
    rises_apart: bool,
}

/// The same of all groups.
pub type AskedByGroup = BTreeMap<(WorkloadId, RegionId), Asked>;

impl Asked {
    /// Everything in a period, in whole milli-rps.
    pub fn load(&self, period: usize) -> MilliRps {
        let asked = self.by_period.get(period).copied().unwrap_or_default();
        MilliRps(u64::try_from(asked.div_ceil(WHOLE)).unwrap_or(u64::MAX))
    }

    /// The most in any period, in millionths of a milli-rps.
    pub fn peak(&self) -> u128 {
        self.by_period.iter().copied().max().unwrap_or(0)
    }

    /// The sum over the paid periods, in millionths of a milli-rps.
    pub fn paid(&self, calendar: Calendar) -> u128 {
        paid(&self.by_period, calendar)
    }

    /// The same of the calls that it receives.
    pub fn paid_calls(&self, calendar: Calendar) -> u128 {
        paid(&self.calls_by_period, calendar)
    }

    /// The same of calls that it makes somewhere, at this rate at most.
    pub fn paid_made(&self, rate: MilliRps, calendar: Calendar) -> u128 {
        paid(&self.made(rate), calendar)
    }

    /// By period: calls that it makes somewhere, at this rate at most.
    fn made(&self, rate: MilliRps) -> Vec<u128> {
        let rate = u128::from(rate.0);
        let in_period = |&asked: &u128| {
            if self.load == 0 {
                rate * WHOLE
            } else if self.rises_apart {
                rate.saturating_mul(asked.div_ceil(WHOLE)).div_ceil(self.load).saturating_mul(WHOLE)
            } else {
                rate.saturating_mul(asked) / self.load
            }
        };
        self.by_period.iter().map(in_period).collect()
    }

    fn add_users(&mut self, asking: &Workload, group: &Group) {
        let periods = asking.profile.calendar.periods();
        self.rises_apart = asking.profile.rises_apart;
        self.load = u128::from(group.load().0) + u128::from(self.called.0);
        self.calls_by_period.resize(periods, 0);
        let of_users = |period: usize| {
            let rates = asking.demand.iter().enumerate().map(|(position, demand)| {
                let sent = group.traffic.get(&demand.user).map_or(0, |sent| sent.0);
                u128::from(sent) * u128::from(asking.profile.share(position, period).0)
            });
            rates.sum::<u128>()
        };
        self.by_period = (0..periods).map(|period| self.calls_by_period[period] + of_users(period)).collect();
    }

    fn add_calls(&mut self, rate: MilliRps, caller: &Self) {
        self.called.0 = self.called.0.saturating_add(rate.0);
        self.calls_by_period.resize(self.calls_by_period.len().max(caller.by_period.len()), 0);
        for (sum, made) in self.calls_by_period.iter_mut().zip(caller.made(rate)) {
            *sum = sum.saturating_add(made);
        }
    }
}

fn paid(by_period: &[u128], calendar: Calendar) -> u128 {
    let periods = by_period.iter().enumerate();
    periods.filter(|&(period, _)| calendar.is_paid(period)).map(|(_, asked)| asked).sum()
}

impl Assignment {
    /// What is asked of every group, and of places that calls go to where there is none.
    pub fn asked(&self, problem: &Problem) -> AskedByGroup {
        let mut asked = AskedByGroup::new();
        let mut order = problem.callers_first();
        // Calls of a problem make no circle; nothing is left out even so.
        if order.len() < problem.workloads.len() {
            let left = (0..problem.workloads.len()).map(WorkloadId::at).filter(|id| !order.contains(id));
            let left: Vec<WorkloadId> = left.collect();
            order.extend(left);
        }
        for caller in order {
            for (region, group) in self.groups_of(caller) {
                let mut of_group = asked.remove(&(caller, region)).unwrap_or_default();
                of_group.add_users(&problem.workloads[caller.index()], group);
                for (&to, rate) in &group.calls {
                    asked.entry(to).or_default().add_calls(*rate, &of_group);
                }
                asked.insert((caller, region), of_group);
            }
        }
        asked
    }

    /// What is asked of the groups of a workload, and perhaps of others.
    pub fn asked_of(&self, problem: &Problem, workload: WorkloadId) -> AskedByGroup {
        if problem.has_calls(workload) {
            return self.asked(problem);
        }
        let alone = |(region, group): (RegionId, &Group)| {
            let mut asked = Asked::default();
            asked.add_users(&problem.workloads[workload.index()], group);
            ((workload, region), asked)
        };
        self.groups_of(workload).map(alone).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Call, Demand, Profile, Replica, UserId};
    use crate::units::{Bytes, Ratio};

    /// Web with two user groups that call the database, in one region; the first asks for half at night, the second all the time.
    fn asked(rises_apart: bool, shapes: [[u32; 2]; 2]) -> AskedByGroup {
        let demand =
            [3, 2].into_iter().enumerate().map(|(at, rate)| Demand { user: UserId::at(at), rate: MilliRps(rate) });
        let mut web = Workload::new("web", Replica::default(), MilliRps(1), demand.collect());
        let shapes = shapes.map(|shape| shape.map(Ratio).to_vec()).to_vec();
        let calendar = Calendar { hours: 2, has_cases: false };
        web.profile = Profile { calendar, shapes, called: Vec::new(), rises_apart };
        let call = Call { callee: "db".into(), per_request: Ratio::ONE, answer: Bytes(0), sent: Bytes(0), waits: true };
        web.calls = vec![call];
        let mut db = Workload::new("db", Replica::default(), MilliRps(1), Vec::new());
        db.profile = Profile { calendar, shapes: Vec::new(), called: Vec::new(), rises_apart };
        let problem = Problem { workloads: vec![web, db], ..Problem::default() };
        let (web, db) = ((WorkloadId(0), RegionId(0)), (WorkloadId(1), RegionId(0)));
        let group = Group {
            traffic: [(UserId(0), MilliRps(3)), (UserId(1), MilliRps(2))].into(),
            calls: [(db, MilliRps(5))].into(),
            ..Group::default()
        };
        Assignment { groups: [(web, group), (db, Group::default())].into(), ..Assignment::default() }.asked(&problem)
    }

    fn loads(asked: &Asked) -> [u64; 2] {
        [0, 1].map(|period| asked.load(period).0)
    }

    #[test]
    fn calls_follow_what_is_asked_of_those_who_make_them() {
        // 3 × 0.5 + 2 of 5, rounded up to 4 of 5 calls.
        let apart = asked(true, [[1_000_000, 500_000], [1_000_000, 1_000_000]]);
        let of = |workload| &apart[&(WorkloadId(workload), RegionId(0))];
        assert_eq!((loads(of(0)), loads(of(1))), ([5, 4], [5, 4]));
        assert_eq!((of(1).called, of(1).peak()), (MilliRps(5), 5_000_000));
        let calendar = Calendar { hours: 2, has_cases: false };
        assert_eq!((of(0).paid(calendar), of(1).paid_calls(calendar)), (8_500_000, 9_000_000));
    }

    #[test]
    fn what_rises_and_falls_together_is_not_rounded_on_its_way() {
        let together = asked(false, [[1_000_000, 500_000], [1_000_000, 500_000]]);
        let of = |workload| &together[&(WorkloadId(workload), RegionId(0))];
        let calendar = Calendar { hours: 2, has_cases: false };
        assert_eq!((of(0).paid(calendar), of(1).paid(calendar)), (7_500_000, 7_500_000));
        assert_eq!((loads(of(0)), loads(of(1))), ([5, 3], [5, 3]));
    }
}
