//! The limits of a policy against the figures of a report.
//!
//! For a figure f that may miss parts, and a limit L:
//!
//! > known part of f > L → violated; otherwise f misses nothing, or what it misses is answered for → kept; otherwise undecided
//!
//! because whatever is missing only adds. A figure that is not known at all leaves its limit undecided. What a change adds is a difference: what
//! is missing before or after may turn it either way, so it is decided only if nothing that counts is missing.

use super::{Policy, Sizes, rules};
use crate::review::finding::{Finding, Rule};
use crate::review::report::{Change, Endurance, Figure, Loss, Range, Report, Service, Sum};
use crate::units::{Carbon, Money, Ratio};

/// A finding for each limit that is broken or cannot be decided. `is_settled`: everything unknown in the report is answered for.
pub(super) fn findings(report: &Report, policy: &Policy, is_settled: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    cost(report, policy, is_settled, &mut findings);
    carbon(report, policy, is_settled, &mut findings);
    latency(report, policy, &mut findings);
    for service in &report.services {
        survival(service, policy, report, &mut findings);
    }
    distance(report, policy, &mut findings);
    coverage(report, policy, &mut findings);
    findings
}

fn undecided(limit: &str, reason: impl std::fmt::Display) -> Finding {
    Finding::of(&rules::LIMIT_UNDECIDED, format!("`{limit}` is not decided: {reason}")).about(limit)
}

/// A figure at the sizes that are judged.
fn at<T: Copy>(range: Range<T>, sizes: Sizes) -> T {
    match sizes {
        Sizes::Expected => range.expected,
        Sizes::Max => range.max,
    }
}

/// What a limit on a sum says.
struct Total<'a, T> {
    limit: &'a str,
    rule: &'a Rule,
    most: Option<T>,
    sum: Sum<T>,
    shown: fn(T) -> String,
}

impl<T: Copy + PartialOrd> Total<'_, T> {
    fn judge(self, sizes: Sizes, is_settled: bool, findings: &mut Vec<Finding>) {
        let Some(most) = self.most else { return };
        let known = at(self.sum.known, sizes);
        if known > most {
            let least = if self.sum.unknown > 0 { "at least " } else { "" };
            let message = format!("{least}{} is above `{}` of {}", (self.shown)(known), self.limit, (self.shown)(most));
            findings.push(Finding::of(self.rule, message).about(self.limit));
        } else if self.sum.unknown > 0 && !is_settled {
            let reason = format!("{} is known, and {} parts are not", (self.shown)(known), self.sum.unknown);
            findings.push(undecided(self.limit, reason));
        }
    }
}

/// What a limit on growth says, in the unit's smallest parts.
struct Growth<'a> {
    limit: &'a str,
    rule: &'a Rule,
    change: Change<i128>,
    unknown: usize,
    shown: fn(i128) -> String,
}

impl Growth<'_> {
    fn added(&self) -> i128 {
        self.change.after - self.change.before
    }

    fn is_decided(&self, is_settled: bool, findings: &mut Vec<Finding>) -> bool {
        let is_decided = self.unknown == 0 || is_settled;
        if !is_decided {
            findings.push(undecided(
                self.limit,
                format!("{} parts before or after the change are not known", self.unknown),
            ));
        }
        is_decided
    }

    fn by_amount(self, most: Option<i128>, is_settled: bool, findings: &mut Vec<Finding>) {
        let Some(most) = most else { return };
        if self.is_decided(is_settled, findings) && self.added() > most {
            let message =
                format!("{} more is above `{}` of {}", (self.shown)(self.added()), self.limit, (self.shown)(most));
            findings.push(Finding::of(self.rule, message).about(self.limit));
        }
    }

    fn by_ratio(self, most: Option<Ratio>, is_settled: bool, findings: &mut Vec<Finding>) {
        let Some(most) = most else { return };
        if !self.is_decided(is_settled, findings) || !exceeds(self.added(), self.change.before, most) {
            return;
        }
        let relative = if self.change.before == 0 {
            "there was nothing before".to_owned()
        } else {
            format!("{} %", tenths(self.added(), self.change.before))
        };
        let message = format!(
            "{} more ({relative}) is above `{}` of {} %",
            (self.shown)(self.added()),
            self.limit,
            percent(most)
        );
        findings.push(Finding::of(self.rule, message).about(self.limit));
    }
}

fn cost(report: &Report, policy: &Policy, is_settled: bool, findings: &mut Vec<Finding>) {
    let (limits, cost) = (&policy.limits, &report.totals.cost);
    let total = Total {
        limit: "limits.monthly_cost_usd",
        rule: &rules::COST_LIMIT,
        most: limits.monthly_cost,
        sum: cost.after,
        shown: |amount| format!("{amount} USD per month"),
    };
    total.judge(policy.sizes, is_settled, findings);
    let growth = |limit| Growth {
        limit,
        rule: &rules::COST_INCREASE,
        change: Change {
            before: at(cost.before.known, policy.sizes).micros(),
            after: at(cost.after.known, policy.sizes).micros(),
        },
        unknown: cost.before.unknown + cost.after.unknown,
        shown: |micros| format!("{} USD per month", Money::from_micros(micros)),
    };
    growth("limits.cost_increase_usd").by_amount(limits.cost_increase.map(Money::micros), is_settled, findings);
    growth("limits.cost_increase_percent").by_ratio(limits.cost_increase_ratio, is_settled, findings);
}

fn carbon(report: &Report, policy: &Policy, is_settled: bool, findings: &mut Vec<Finding>) {
    let (limits, carbon) = (&policy.limits, &report.totals.carbon);
    // Unknown emissions are a note of their own, so nobody has answered for them unless they follow from something that was.
    let is_settled = is_settled && !report.coverage.unknown.iter().any(|unknown| unknown.what == "carbon");
    let total = Total {
        limit: "limits.monthly_carbon_kg",
        rule: &rules::CARBON_LIMIT,
        most: limits.monthly_carbon,
        sum: carbon.after,
        shown: kilograms,
    };
    total.judge(policy.sizes, is_settled, findings);
    let growth = Growth {
        limit: "limits.carbon_increase_percent",
        rule: &rules::CARBON_INCREASE,
        change: Change {
            before: at(carbon.before.known, policy.sizes).0,
            after: at(carbon.after.known, policy.sizes).0,
        },
        unknown: carbon.before.unknown + carbon.after.unknown,
        shown: |milligrams| kilograms(Carbon(milligrams)),
    };
    growth.by_ratio(limits.carbon_increase_ratio, is_settled, findings);
}

fn latency(report: &Report, policy: &Policy, findings: &mut Vec<Finding>) {
    let Some(most) = policy.limits.max_rtt else { return };
    let limit = "limits.max_rtt_ms";
    if report.latency.is_empty() {
        let reason = "the plan declares no user groups";
        findings.push(undecided(limit, reason).help("declare them in a file, and name it with --workloads"));
    }
    for users in &report.latency {
        let workload = users.workload.as_ref().map(|name| format!(".{name}")).unwrap_or_default();
        let address = format!("{}.users[{:?}]{workload}", users.declared_in, users.user);
        match &users.nearest.after {
            Figure::Unknown(reason) => findings.push(undecided(limit, reason).at(address)),
            Figure::Known(nearest) if nearest.rtt.round_trip > most => {
                let message = format!(
                    "{} ms from {} to {} is above `{limit}` of {} ms",
                    nearest.rtt.round_trip.to_decimal(),
                    users.user,
                    nearest.region,
                    most.to_decimal()
                );
                findings.push(Finding::of(&rules::LATENCY_LIMIT, message).at(address).about(limit));
            }
            Figure::Known(_) => {}
        }
    }
}

/// Whether it is asked, the argument that asks it, the failure domain, and what its loss leaves.
type Asked = (bool, &'static str, &'static str, fn(&Endurance) -> &Figure<Loss>);

fn survival(service: &Service, policy: &Policy, report: &Report, findings: &mut Vec<Finding>) {
    let Some(endures) = &service.endures.after else { return };
    let location = report.members.iter().find(|member| service.members.contains(&member.address));
    let location = location.and_then(|member| member.location.clone());
    let asked: [Asked; 2] = [
        (policy.survive.zone, "survive.zones", "zone", |endures| &endures.zone),
        (policy.survive.region, "survive.regions", "region", |endures| &endures.region),
    ];
    for (_, limit, domain, loss) in asked.into_iter().filter(|(is_asked, ..)| *is_asked) {
        let finding = match loss(endures) {
            Figure::Unknown(reason) => undecided(limit, reason),
            Figure::Known(loss) => {
                let left = Ratio::ONE.0.saturating_sub(loss.share.0);
                if loss.survives && left >= policy.survive.min_left.0 {
                    continue;
                }
                let message = format!(
                    "the loss of one {domain} leaves {} % of its instances, and the policy asks for {}",
                    percent(Ratio(left)),
                    if policy.survive.min_left.0 == 0 {
                        "some".to_owned()
                    } else {
                        format!("{} %", percent(policy.survive.min_left))
                    }
                );
                Finding::of(&rules::SURVIVAL_LIMIT, message).about(limit).help(format!("spread it over more {domain}s"))
            }
        };
        findings.push(finding.at(&service.block).written(location.clone()));
    }
}

fn distance(report: &Report, policy: &Policy, findings: &mut Vec<Finding>) {
    let amount = policy.limits.above_optimum.map(|most| ("limits.above_optimum_usd", Some(most), None));
    let ratio = policy.limits.above_optimum_ratio.map(|most| ("limits.above_optimum_percent", None, Some(most)));
    for (limit, most, most_ratio) in amount.into_iter().chain(ratio) {
        let distance = match &report.distance {
            Figure::Known(distance) => distance,
            // What costs nothing, and surely nothing, is not above any optimum.
            Figure::Unknown(_) if report.coverage.total == 0 && report.coverage.unknown.is_empty() => continue,
            Figure::Unknown(reason) => {
                findings.push(undecided(limit, format!("the distance to the optimum is unknown, {reason}")));
                continue;
            }
        };
        let (difference, optimum) = (distance.difference(), distance.optimum.micros());
        let is_above = most.is_some_and(|most| difference > most)
            || most_ratio.is_some_and(|most| exceeds(difference.micros(), optimum, most));
        if is_above {
            let relative =
                if optimum > 0 { format!(" ({} %)", tenths(difference.micros(), optimum)) } else { String::new() };
            let allowed = match (most, most_ratio) {
                (Some(most), _) => format!("{most} USD per month"),
                (None, ratio) => format!("{} %", percent(ratio.unwrap_or_default())),
            };
            let message = format!(
                "{difference} USD per month{relative} above the cheapest placement is above `{limit}` of {allowed}"
            );
            let finding = Finding::of(&rules::ABOVE_OPTIMUM, message).about(limit);
            findings.push(
                finding.help(
                    "see the better placement; stowage review --fix writes it into the configuration where it can",
                ),
            );
        }
    }
}

fn coverage(report: &Report, policy: &Policy, findings: &mut Vec<Finding>) {
    let Some(least) = policy.coverage.min_priced else { return };
    let (priced, total) = (report.coverage.priced as u128, report.coverage.total as u128);
    if priced * u128::from(Ratio::ONE.0) < total * u128::from(least.0) {
        let limit = "coverage.min_priced_percent";
        let message = format!("{priced} of {total} members have a price, and `{limit}` is {}", percent(least));
        findings.push(Finding::of(&rules::COVERAGE_LIMIT, message).about(limit));
    }
}

/// Whether `part` is more than this ratio of `whole`; any growth from nothing is.
fn exceeds(part: i128, whole: i128, most: Ratio) -> bool {
    part > 0 && part.saturating_mul(1_000_000) > whole.saturating_mul(most.0.into())
}

/// `part` in percent of `whole`, to a tenth.
fn tenths(part: i128, whole: i128) -> String {
    let tenths = (part.saturating_mul(2_000) + whole) / (2 * whole);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A ratio in percent, exactly.
fn percent(ratio: Ratio) -> String {
    crate::units::Decimal::new(ratio.0.into(), 4).to_string()
}

fn kilograms(mass: Carbon) -> String {
    let grams = (mass.0 + 500) / 1_000;
    let tenths = (grams + 50) / 100;
    format!("{}.{} kg of CO₂ equivalent per month", tenths / 10, tenths % 10)
}
