//! Why the answer is what it is, as plain text: by workload what is promised, why here, why not elsewhere, and what binds.

mod binding;
mod elsewhere;

use std::fmt::Write as _;

use rayon::prelude::*;

use super::conflict;
use super::group::{Group, groups};
use super::table::{UNDECIDED, instances};
use super::words::{count, gib, monthly, ms, ms_exact, names, per_cent, rps, thousands, vcpu};
use crate::check::{self, Placement};
use crate::explain::{Conflict, Reasons, ReplicaPrices};
use crate::formulate::Leaders;
use crate::model::{Function, Problem, SpotTerms, State, Workload};
use crate::place::{Answer, Outcome};
use crate::units::{Decimal, MilliRps, Money, Ratio};
pub(super) use binding::value as binding_value;
use elsewhere::Tale;

/// The explanation of an answer; ends with a newline.
pub fn explanation(problem: &Problem, answer: &Answer) -> String {
    match &answer.outcome {
        Outcome::Optimal { placement, bound } => placed(problem, answer, placement, *bound, ""),
        Outcome::Feasible { placement, bound } if answer.is_gap_kept() => {
            placed(problem, answer, placement, *bound, "what stood before is kept; ")
        }
        Outcome::Feasible { placement, bound } => {
            placed(problem, answer, placement, *bound, "the work limit ended the search; ")
        }
        Outcome::Infeasible(found) => impossible(problem, answer, found),
        Outcome::Undecided => format!("{UNDECIDED}\n"),
    }
}

fn placed(problem: &Problem, answer: &Answer, placement: &Placement, bound: Money, proof: &str) -> String {
    let gap = per_cent(answer.outcome.gap_millionths().unwrap_or_default());
    let (cost, bound) = (monthly(placement.cost()), monthly(bound));
    let less = if answer.stages.is_empty() { "nothing costs less" } else { "nothing the order leaves costs less" };
    let mut text = format!("{}: {cost}; {proof}{less} than {bound} (gap {gap}).\n", answer.outcome.name());
    text += &super::order::explained(problem, answer);
    if let Some(most) = problem.limits.max_regions {
        let used = placement.regions();
        let _ = writeln!(text, "limits.max_regions = {most}: {} in use.", count(used.len(), "region", "regions"));
    }
    if let Some(most) = problem.limits.max_monthly_cost {
        let paid = monthly(placement.totals().paid());
        let _ = writeln!(text, "limits.max_monthly_cost_usd = {}: {paid} paid.", most.usd());
    }
    if let (Some(most), Some(emitted)) = (problem.limits.max_monthly_carbon, placement.totals().emissions) {
        let (most, emitted) = (most.to_decimal(), emitted.to_decimal());
        let _ = writeln!(text, "limits.max_monthly_carbon_kg = {most}: {emitted} kg emitted.");
    }
    let assignment = placement.assignment();
    for quota in &problem.quotas {
        let taken = u64::try_from(check::taken(problem, &assignment, quota)).unwrap_or(u64::MAX);
        let subject = quota.subject(&problem.regions[quota.region.index()]);
        let amount = |amount| conflict::quota_amount(quota.unit, amount);
        let _ = writeln!(text, "limits.quotas: {} of {} {subject} in use.", amount(taken), amount(quota.most));
    }
    if let Some(found) = &answer.stability {
        text += &super::stability::explained(problem, answer, found);
    }
    for line in binding::proven(problem, answer, None) {
        let _ = writeln!(text, "{line}.");
    }
    let groups = groups(problem, placement);
    let leaders = Leaders::of(problem);
    let of_workload = |reasons: &Reasons| {
        let start = groups.partition_point(|group| group.ids.0 < reasons.workload);
        let end = groups.partition_point(|group| group.ids.0 <= reasons.workload);
        workload(problem, answer, reasons, &groups[start..end], &leaders)
    };
    text.extend(answer.reasons.par_iter().map(of_workload).collect::<Vec<_>>());
    text += &super::pools::explained(problem, answer, placement);
    text
}

fn impossible(problem: &Problem, answer: &Answer, found: &Conflict) -> String {
    let mut text = conflict(problem, found) + "\n";
    let leaders = Leaders::of(problem);
    for conflicting in &found.workloads {
        if let Some(reasons) = answer.reasons.iter().find(|reasons| reasons.workload == conflicting.workload) {
            let _ = writeln!(text, "\n{}, by region:", problem.workloads[reasons.workload.index()].name);
            let prices = ReplicaPrices::of(problem, reasons.workload, &leaders);
            elsewhere::write(&mut text, problem, reasons, &prices, Tale::NoPlacement);
        }
    }
    text
}

fn workload(
    problem: &Problem,
    answer: &Answer,
    reasons: &Reasons,
    groups: &[Group<'_>],
    leaders: &Leaders<'_, Money>,
) -> String {
    let workload = &problem.workloads[reasons.workload.index()];
    let prices = ReplicaPrices::of(problem, reasons.workload, leaders);
    let mut text = format!("\n{}: {}\n", workload.name, asked(problem, workload, groups));
    let _ = writeln!(text, "  promised: {}", promises(workload));
    let _ = writeln!(text, "  here:");
    for group in groups {
        here(&mut text, problem, group, &prices);
    }
    let tale = if answer.stages.is_empty() { Tale::Placement } else { Tale::InOrder };
    elsewhere::write(&mut text, problem, reasons, &prices, tale);
    let mut binding = binding::proven(problem, answer, Some(reasons.workload));
    binding.extend(binding::lines(problem, reasons, groups, &prices));
    if !binding.is_empty() {
        let _ = writeln!(text, "  what binds:");
    }
    for line in binding {
        let _ = writeln!(text, "    {line}");
    }
    text
}

/// Who asks for how much: users, and other workloads.
fn asked(problem: &Problem, workload: &Workload, groups: &[Group<'_>]) -> String {
    if let Some(replicas) = workload.replicas {
        let number = count(usize::try_from(replicas.min).unwrap_or(usize::MAX), "replica", "replicas");
        return if replicas.is_exact() { number } else { format!("at least {number}") };
    }
    let users = count(workload.demand.len(), "user group", "user groups");
    let of_users = format!("{} from {users}", rps(workload.total_demand()));
    let calls_it = |caller: &&Workload| caller.calls.iter().any(|call| call.callee == workload.name);
    let callers: Vec<&str> = problem.workloads.iter().filter(calls_it).map(|caller| caller.name.as_str()).collect();
    if callers.is_empty() {
        return of_users;
    }
    let called = groups.iter().map(|group| group.placed.asked.called.0).fold(0, u64::saturating_add);
    let of_calls = format!("{} from {}", rps(MilliRps(called)), names(callers));
    if workload.demand.is_empty() { of_calls } else { format!("{of_users}, {of_calls}") }
}

fn promises(workload: &Workload) -> String {
    let mut promises = Vec::new();
    if workload.runs_on_machines {
        let size = format!("replicas of {} and {}", vcpu(workload.replica.vcpu), gib(workload.replica.memory));
        let is_counted = workload.replicas.is_some();
        promises.push(if is_counted { size } else { format!("{size}, {} each", rps(workload.rate_per_replica)) });
    }
    promises.extend(workload.function.as_ref().map(function));
    if let Some(limit) = workload.max_rtt {
        let share = if workload.rtt_share < Ratio::ONE {
            format!("{} of all requests ", per_cent(workload.rtt_share.0))
        } else {
            String::new()
        };
        promises.push(format!("{share}within {} ms", ms_exact(limit)));
    }
    if workload.survive.zones > 0 {
        promises.push(format!("outlives the loss of {}", count(workload.survive.zones as usize, "zone", "zones")));
    }
    let lost = [(workload.survive.regions, "region", "regions"), (workload.survive.clouds, "cloud", "clouds")];
    for (lost, one, several) in lost.into_iter().filter(|(lost, _, _)| *lost > 0) {
        let within = workload.degraded_max_rtt.map_or(String::new(), |limit| format!(" within {} ms", ms_exact(limit)));
        let rate = if workload.replicas.is_none() {
            format!(", {} per replica", rps(workload.degraded_rate_per_replica))
        } else {
            String::new()
        };
        let what = count(lost as usize, one, several);
        promises.push(format!("outlives the loss of {what}{within}{rate}"));
    }
    if let Some(terms) = workload.spot {
        promises.push(spot(terms));
    }
    if workload.min_regions > 1 {
        promises.push(format!("at least {} regions", workload.min_regions));
    }
    for (share, domain) in [(workload.max_region_share, "region"), (workload.max_cloud_share, "cloud")] {
        promises.extend(share.map(|share| format!("at most {} of all requests in a {domain}", per_cent(share.0))));
    }
    if let Some(weights) = &workload.weights {
        let sum = weights.sum().max(1);
        let part = |(domain, &weight): (&String, &u64)| {
            let millionths = u128::from(weight) * 1_000_000 / u128::from(sum);
            format!("{} in {domain}", per_cent(u32::try_from(millionths).unwrap_or(u32::MAX)))
        };
        let parts: Vec<String> = weights.of.iter().map(part).collect();
        let within = match weights.tolerance.0 {
            0 => String::new(),
            share => format!(", each within {}", per_cent(share)),
        };
        promises.push(format!("of all requests {}{within}", parts.join(", ")));
    }
    if workload.min_zones > 1 {
        promises.push(format!("in at least {} zones of a region", workload.min_zones));
    }
    promises.extend(workload.max_zone_skew.map(|most| format!("zones differ by at most {most}")));
    if let Some(most) = workload.max_machine_types {
        promises.push(format!("at most {} in a group", count(most as usize, "machine type", "machine types")));
    }
    promises.extend(workload.state.map(|state| keeps(&state)));
    if workload.single_region_per_user {
        promises.push("each user group answered by one region".to_owned());
    }
    if let Some(most) = workload.max_regions {
        promises.push(format!("at most {}", count(most as usize, "region", "regions")));
    }
    promises.join("; ")
}

/// `as a function of 0.5 GiB, 120 ms for a request`.
fn function(function: &Function) -> String {
    let processor = function.vcpu.map_or(String::new(), |processor| format!(" and {}", vcpu(processor)));
    let duration = function.duration.to_decimal();
    let at_once = match function.concurrency {
        1 => String::new(),
        several => format!(", {several} at a time"),
    };
    format!("as a function of {}{processor}, {duration} ms for a request{at_once}", gib(function.memory))
}

fn keeps(state: &State) -> String {
    let copies = state.replication_factor;
    let most = state.max_storage.map_or(String::new(), |most| format!(", at most {} on a replica", gib(most)));
    let place = if state.is_multi_region { "over regions" } else { "in one region" };
    let wait = state.max_quorum_rtt.map(ms_exact).filter(|_| state.is_multi_region);
    let wait = wait.map_or(String::new(), |limit| format!(", written to so many within {limit} ms"));
    format!("keeps {} in {copies} copies {place}, {} left after a loss{wait}{most}", gib(state.storage), state.quorum)
}

fn spot(terms: SpotTerms) -> String {
    let mut words = format!("up to {} spot", per_cent(terms.max_share.0));
    if let Some(most) = terms.max_interruption_percent {
        let _ = write!(words, " of at most {most} % interruptions a month");
    }
    if terms.min_pools > 1 {
        let _ = write!(words, " in at least {}", count(terms.min_pools as usize, "pool", "pools"));
    }
    if terms.survive_pools > 0 {
        let _ = write!(words, ", outliving the loss of {}", count(terms.survive_pools as usize, "pool", "pools"));
    }
    words
}

/// What changes about the demand, if anything does: the size of a group through the hours.
fn sizes(text: &mut String, group: &Group<'_>) {
    let sizes = group.sizes();
    if let (Some(least), Some(most)) = (sizes.iter().min(), sizes.iter().max())
        && sizes.len() > 1
    {
        let calendar = group.workload.profile.calendar;
        let hours = match calendar.hours {
            1 => String::new(),
            24 => " over the hours of the day".to_owned(),
            _ => " over the hours of the week".to_owned(),
        };
        let cases = if calendar.has_cases { ", from the low to the high case" } else { "" };
        let _ = writeln!(text, "      {least} to {most} instances{hours}{cases}");
    }
}

fn here(text: &mut String, problem: &Problem, group: &Group<'_>, prices: &ReplicaPrices<'_>) {
    let lines = &group.placed.lines;
    let cost = monthly(lines.total());
    let _ = match &group.function {
        Some(_) if group.machines.is_empty() => {
            writeln!(text, "    {}: {}, {}, {cost}", group.region.key, group.type_names(), instances(group))
        }
        _ => writeln!(text, "    {}: {} × {}, {cost}", group.region.key, instances(group), group.type_names()),
    };
    let parts: Vec<String> = [
        ("machines", lines.machines),
        ("function", lines.functions),
        ("egress", lines.egress),
        ("calls", lines.calls),
        ("storage", lines.storage),
        ("replication", lines.replication),
        ("price of moves", lines.moves),
        ("price of latency", lines.latency),
        ("price of carbon", lines.carbon),
    ]
    .iter()
    .filter(|(name, amount)| *name == "machines" && !group.machines.is_empty() || *amount != Money::ZERO)
    .map(|(name, amount)| format!("{name} {amount}"))
    .collect();
    let per_replica = prices
        .cheapest(problem, group.ids.1)
        .map_or(String::new(), |price| format!("; machines from {} per replica", monthly(price)));
    let _ = writeln!(text, "      costs {}{per_replica}", parts.join(", "));
    for traffic in group.answers() {
        let rtt = traffic
            .rtt
            .map_or("in unknown time".to_owned(), |rtt| format!("in {} ({})", ms(rtt.round_trip), rtt.provenance));
        let _ = writeln!(text, "      answers {}: {} {rtt}", traffic.user.name, rps(traffic.rate));
    }
    for (callee, to, rate) in &group.calls {
        let there = if to.key == group.region.key { "here".to_owned() } else { format!("in {}", to.key) };
        let _ = writeln!(text, "      calls {} {there}: {}", callee.name, rps(*rate));
    }
    if group.placed.asked.called > MilliRps::ZERO {
        let _ = writeln!(text, "      answers calls: {}", rps(group.placed.asked.called));
    }
    if let Some(of) = &group.function {
        let requests = thousands(Decimal::new(of.usage.requests, 3));
        let seconds = thousands(Decimal::new(of.usage.gib_seconds, 3));
        let answered = rps(of.used.rate);
        let _ = writeln!(
            text,
            "      the function answers {answered}: {requests} requests and {seconds} GiB-seconds a month"
        );
    }
    if group.machines.is_empty() {
        return;
    }
    if let Some(kept) = group.placed.kept {
        let volume = kept.volume.whole_gib();
        let most = count(usize::try_from(kept.copies_in_zone).unwrap_or(usize::MAX), "copy", "copies");
        let left = kept.left;
        let here = if group.placed.group.copies.is_none() {
            String::new()
        } else {
            format!("{} here, ", count(usize::try_from(kept.copies).unwrap_or(usize::MAX), "copy", "copies"))
        };
        let _ = writeln!(
            text,
            "      keeps up to {volume} GiB on a replica; {here}at most {most} in a zone, {left} left after the worst loss"
        );
    }
    sizes(text, group);
    let load = i128::from(group.load_of_machines().0);
    let capacity = group.capacity_of_machines().max(1);
    let replicas = count(usize::try_from(group.replicas()).unwrap_or(usize::MAX), "replica", "replicas");
    let each: Vec<String> = group.machines.iter().map(|machines| machines.replicas_per_instance.to_string()).collect();
    let each = each.join(" + ");
    let in_use = (load * 100 + capacity / 2) / capacity;
    let _ = if group.has_load() {
        let carried = thousands(Decimal::new(capacity, 3));
        writeln!(text, "      {replicas}, {each} per instance, carry up to {carried} rps: {in_use} % in use")
    } else {
        writeln!(text, "      {replicas}, {each} per instance")
    };
}
