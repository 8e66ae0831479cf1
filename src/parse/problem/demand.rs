//! Demand: who asks, how often, at which hours, and how sure that is.
//!
//! Rates are counted in thousandths of a request per second. A user group's rate is its largest over all periods, after growth, rounded up; what
//! it asks in a period is kept as a share of that in millionths, rounded up too, so that no load is understated.

use std::collections::BTreeMap;

use super::Decoder;
use super::workloads::{Users, unknown_user};
use crate::diagnostic::{Diagnostic, quoted};
use crate::model::{Calendar, Demand, Profile, UserId};
use crate::parse::conform::Item;
use crate::units::{MilliRps, Ratio};

/// Three arguments state demand, each in its way.
pub(super) const FORMS: [&str; 3] = ["demand_rps", "hourly_demand_rps", "forecast_demand_rps"];

/// Whether none of them is given.
pub(super) fn is_without_users(workload: &Item<'_>) -> bool {
    FORMS.iter().all(|form| workload.get(form).is_none())
}

/// What one user group asks for, as stated.
enum Asked {
    Constant(u64),
    Hourly(Vec<u64>),
    /// Low, expected, high.
    Forecast([u64; 3]),
}

impl Asked {
    /// What is asked in one hour of one case (0 low, 1 expected, 2 high).
    fn at(&self, hour: usize, case: usize) -> u64 {
        match self {
            Self::Constant(rate) => *rate,
            Self::Hourly(rates) => rates[hour % rates.len()],
            Self::Forecast(rates) => rates[case],
        }
    }
}

impl Decoder<'_> {
    /// The demand of a workload; nothing if it is not sound. One that is called by others needs none of its own.
    pub(super) fn demand(
        &mut self,
        item: &Item<'_>,
        is_called: bool,
        users: &mut Users<'_>,
    ) -> Option<(Vec<Demand>, Profile)> {
        let growth = self.quantity(item.get("growth"), Ratio::from_decimal)?;
        let mut asked: BTreeMap<UserId, (&str, Asked)> = BTreeMap::new();
        let mut is_sound = true;
        for form in FORMS {
            let Some(part) = item.get(form) else { continue };
            is_sound &= !part.is_faulty();
            for (name, value) in part.entries() {
                let Some(user) = users.find(name) else {
                    if users.are_known() {
                        self.diagnostics.push(part.blame_key(name, unknown_user(name, users.ids())));
                    }
                    is_sound = false;
                    continue;
                };
                let Some(rates) = self.asked(form, value) else {
                    is_sound = false;
                    continue;
                };
                if let Some((other, _)) = asked.insert(user, (form, rates)) {
                    let message = format!("the demand of {} is given in `{other}` too", quoted(name, '`'));
                    let fault = Diagnostic::error("contradiction", message).help("remove one of the two");
                    self.diagnostics.push(part.blame_key(name, fault));
                    is_sound = false;
                }
            }
        }
        if !is_sound {
            return None;
        }
        let asked: Vec<(UserId, Asked)> = asked.into_iter().map(|(user, (_, asked))| (user, asked)).collect();
        let (demand, profile) = profile(asked, growth);
        if demand.is_empty() && !is_called {
            let fault = Diagnostic::error("demand", "the workload has no demand: nothing is to be placed")
                .help("give at least one user group 0.001 requests per second or more, or `replicas`, or leave the workload out");
            let blamed = FORMS.iter().find_map(|form| item.get(form)).unwrap_or(item);
            self.blame(blamed, fault);
            return None;
        }
        Some((demand, profile))
    }

    /// What the value under a user group's name asks for.
    fn asked(&mut self, form: &str, value: &Item<'_>) -> Option<Asked> {
        let mut rate = |item: Option<&Item<'_>>| self.quantity(item, MilliRps::from_decimal).map(|rate| rate.0);
        match form {
            "hourly_demand_rps" => {
                let rates: Option<Vec<u64>> = value.items().iter().map(|item| rate(Some(item))).collect();
                rates.filter(|rates| !rates.is_empty()).map(Asked::Hourly)
            }
            "forecast_demand_rps" => {
                let cases = ["low", "expected", "high"].map(|case| rate(value.get(case)));
                let [Some(low), Some(expected), Some(high)] = cases else { return None };
                if low > expected || expected > high {
                    let message = "a forecast does not rise from `low` through `expected` to `high`";
                    self.blame(value, Diagnostic::error("contradiction", message).help("order the three numbers"));
                    return None;
                }
                Some(Asked::Forecast([low, expected, high]))
            }
            _ => rate(Some(value)).map(Asked::Constant),
        }
    }
}

/// Rates and shapes over the calendar that all of `asked` need; user groups that never ask are left out.
fn profile(asked: Vec<(UserId, Asked)>, growth: Ratio) -> (Vec<Demand>, Profile) {
    let hours = asked.iter().map(|(_, asked)| if let Asked::Hourly(rates) = asked { rates.len() } else { 1 });
    let calendar = Calendar {
        hours: hours.max().unwrap_or(1),
        has_cases: asked.iter().any(|(_, asked)| matches!(asked, Asked::Forecast(_))),
    };
    let mut demand = Vec::new();
    let mut shapes = Vec::new();
    for (user, asked) in asked {
        let cases = if calendar.has_cases { 0..3 } else { 1..2 };
        let rates: Vec<u64> = cases
            .flat_map(|case| (0..calendar.hours).map(move |hour| (hour, case)))
            .map(|(hour, case)| asked.at(hour, case))
            .collect();
        let Some(most) = rates.iter().copied().max().filter(|&most| most > 0) else { continue };
        demand.push(Demand { user, rate: MilliRps(grown(most, growth)) });
        shapes.push(rates.into_iter().map(|rate| share(rate, most)).collect());
    }
    if calendar == Calendar::CONSTANT {
        shapes.clear();
    }
    (demand, Profile { calendar, shapes, ..Profile::default() })
}

fn grown(rate: u64, growth: Ratio) -> u64 {
    let grown = (u128::from(rate) * (1_000_000 + u128::from(growth.0))).div_ceil(1_000_000);
    u64::try_from(grown).unwrap_or(u64::MAX)
}

/// `rate` as a share of `most`, which it does not exceed, rounded up to a millionth.
fn share(rate: u64, most: u64) -> Ratio {
    let millionths = (u128::from(rate) * 1_000_000).div_ceil(u128::from(most));
    Ratio(u32::try_from(millionths).unwrap_or(Ratio::ONE.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_meet_in_one_calendar() {
        let hourly: Vec<u64> = (0..24).map(|hour| if hour < 8 { 100 } else { 300 }).collect();
        let asked = vec![
            (UserId(0), Asked::Hourly(hourly)),
            (UserId(1), Asked::Forecast([1, 2, 4])),
            (UserId(2), Asked::Constant(7)),
            (UserId(3), Asked::Constant(0)),
        ];
        let (demand, profile) = profile(asked, Ratio(100_000));
        let rates: Vec<(u32, u64)> = demand.iter().map(|demand| (demand.user.0, demand.rate.0)).collect();
        assert_eq!(rates, [(0, 330), (1, 5), (2, 8)]);
        assert_eq!(profile.calendar, Calendar { hours: 24, has_cases: true });
        assert_eq!(profile.shapes.iter().map(Vec::len).collect::<Vec<_>>(), [72, 72, 72]);
        assert_eq!([0, 8, 24].map(|period| profile.share(0, period).0), [333_334, 1_000_000, 333_334]);
        assert_eq!([0, 24, 48].map(|period| profile.share(1, period).0), [250_000, 500_000, 1_000_000]);
        assert!(!profile.is_uniform());
    }
}
