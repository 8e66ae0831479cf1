//! What became of an earlier placement: for machines and for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::result::{map, or_null, usd};
use super::words::{count, monthly, names};
use crate::model::{Problem, WorkloadId};
use crate::place::{Answer, Cause, Change, Changed, Decision, Differences, PriceChange, Stability};
use crate::units::Money;

/// Lines of one kind in an explanation; results have all of them.
const FEW: usize = 10;

/// The field `stability` of a result.
pub(super) fn value(problem: &Problem, answer: &Answer, found: &Stability) -> Value {
    let previous = problem.previous.as_ref();
    let changes: BTreeMap<String, Value> =
        found.changed.groups.iter().map(|(key, change, cause)| (key.clone(), change_value(change, *cause))).collect();
    json!({
        "kept": found.is_kept(),
        "previous_monthly_cost_usd": or_null(found.earlier(), usd),
        "previous_computed_monthly_cost_usd": or_null(previous.and_then(|previous| previous.cost), usd),
        "best_monthly_cost_usd": or_null(found.best, usd),
        "forgone_saving_usd": or_null(forgone(answer, found), usd),
        "decisions": found.decisions.iter().map(|decision| decision_value(problem, decision)).collect::<Vec<_>>(),
        "changes": map(changes),
        "differences": or_null(found.changed.differs.as_ref(), |differs| json!({
            "configuration": differs.configuration,
            "catalog": differs.catalog,
            "version": differs.version,
        })),
        "prices": found.changed.prices.iter().map(price_value).collect::<Vec<_>>(),
    })
}

fn decision_value(problem: &Problem, decision: &Decision) -> Value {
    let earlier = decision.earlier.as_ref().ok().copied();
    json!({
        "workloads": workloads(problem, &decision.workloads),
        "pools": decision.pools.iter().map(|pool| problem.pools[pool.index()].name.as_str()).collect::<Vec<_>>(),
        "kept": decision.is_kept,
        "previous_monthly_cost_usd": or_null(earlier, usd),
        "reason": decision.earlier.as_ref().err(),
        "best_monthly_cost_usd": or_null(decision.best, usd),
        "saving_usd": or_null(saving(decision), usd),
    })
}

fn workloads<'a>(problem: &'a Problem, ids: &[WorkloadId]) -> Vec<&'a str> {
    ids.iter().map(|workload| problem.workloads[workload.index()].name.as_str()).collect()
}

fn change_value(change: &Change, cause: Cause) -> Value {
    let (before, now) = match change {
        Change::Added(now) => (None, Some(now)),
        Change::Removed(before) => (Some(before), None),
        Change::Resized { before, now } => (Some(before), Some(now)),
        Change::Rerouted => (None, None),
    };
    json!({ "change": change.name(), "before": before, "now": now, "cause": cause.name() })
}

fn price_value(price: &PriceChange) -> Value {
    json!({
        "region": price.region,
        "instance_type": price.instance_type,
        "purchase_model": price.purchase,
        "before_usd": usd(price.before),
        "now_usd": or_null(price.now, usd),
    })
}

/// What moving everything that was kept would save.
fn forgone(answer: &Answer, found: &Stability) -> Option<Money> {
    let (placement, _) = answer.outcome.placement()?;
    Some(placement.cost() - found.best?)
}

fn saving(decision: &Decision) -> Option<Money> {
    Some(*decision.earlier.as_ref().ok()? - decision.best?)
}

/// The line under a table.
pub(super) fn line(answer: &Answer, found: &Stability) -> String {
    let kept = found.decisions.iter().filter(|decision| decision.is_kept).count();
    let what = match (kept, found.decisions.len()) {
        (kept, all) if kept == all => "kept".to_owned(),
        (0, _) => "left".to_owned(),
        (kept, all) => format!("{kept} of {all} parts kept"),
    };
    let cost = match found.earlier() {
        Some(cost) => format!("costs {} now", monthly(cost)),
        None if kept == 0 => "cannot stay as it was".to_owned(),
        None => "some of it cannot stay as it was".to_owned(),
    };
    let best = match found.best {
        Some(best) => format!("the best placement found costs {}", monthly(best)),
        None => "no other placement was found".to_owned(),
    };
    let forgone = match forgone(answer, found) {
        Some(saving) if saving > Money::ZERO => format!(", moving would save {}", monthly(saving)),
        _ => String::new(),
    };
    format!("{what}; {cost}; {best}{forgone}")
}

/// What stood before, in an explanation.
pub(super) fn explained(problem: &Problem, answer: &Answer, found: &Stability) -> String {
    let mut text = format!("previous: {}.\n", line(answer, found));
    thresholds(&mut text, problem);
    let moved: Vec<&Decision> = found.decisions.iter().filter(|decision| !decision.is_kept).collect();
    few(&mut text, &moved, |decision| moved_line(problem, decision));
    let Changed { groups, differs, prices } = &found.changed;
    few(&mut text, groups, |(key, change, cause)| {
        let what = match change {
            Change::Added(now) => format!("added, {now}"),
            Change::Removed(before) => format!("removed, {before} before"),
            Change::Resized { before, now } => format!("{before} before, {now} now"),
            Change::Rerouted => "other requests".to_owned(),
        };
        format!("{key}: {what} (cause: {})", cause.name().replace('_', " "))
    });
    match differs {
        None => text.push_str("  it does not say what it was computed from: causes are not known\n"),
        Some(differs) => different(&mut text, differs),
    }
    few(&mut text, prices, |price| {
        let now = price.now.map_or("not on sale".to_owned(), |now| format!("{} USD/h", now.usd()));
        let PriceChange { region, instance_type, purchase, before, .. } = price;
        format!("{instance_type} {purchase} in {region}: {} USD/h before, {now} now", before.usd())
    });
    text
}

fn thresholds(text: &mut String, problem: &Problem) {
    let Some(previous) = &problem.previous else { return };
    let (amount, share) = (previous.min_improvement, previous.min_improvement_share);
    if amount > Money::ZERO {
        let _ = writeln!(text, "  nothing moves for less than {}", monthly(amount));
    }
    if share.0 > 0 {
        let _ = writeln!(text, "  nothing moves for less than {}", super::words::per_cent(share.0));
    }
}

fn moved_line(problem: &Problem, decision: &Decision) -> String {
    let pools = decision.pools.iter().map(|pool| problem.pools[pool.index()].name.as_str());
    let who = names(workloads(problem, &decision.workloads).into_iter().chain(pools));
    match (&decision.earlier, saving(decision)) {
        (Ok(_), Some(saving)) => format!("{who}: moved, which saves {}", monthly(saving)),
        (Ok(_), None) => format!("{who}: moved"),
        (Err(why), _) => format!("{who}: cannot stay, {why}"),
    }
}

fn different(text: &mut String, differs: &Differences) {
    let parts = [
        (!differs.configuration.is_empty()).then(|| "the configuration".to_owned()),
        differs
            .catalog
            .as_ref()
            .map(|digest| format!("the catalog (it was {})", digest.chars().take(12).collect::<String>())),
        differs.version.as_ref().map(|version| format!("the version (it was {version})")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        text.push_str("  configuration, catalog and version are the same\n");
        return;
    }
    let _ = writeln!(text, "  different since: {}", names(parts));
    few(text, &differs.configuration, Clone::clone);
}

/// The first lines of many, and how many more there are.
fn few<T>(text: &mut String, all: &[T], line: impl Fn(&T) -> String) {
    for one in all.iter().take(FEW) {
        let _ = writeln!(text, "  {}", line(one));
    }
    if all.len() > FEW {
        let _ = writeln!(text, "  and {}", count(all.len() - FEW, "more", "more"));
    }
}
