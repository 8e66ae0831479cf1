//! Calls between workloads: that they name workloads and go round in no circle.

use std::collections::{BTreeMap, BTreeSet};

use super::Decoder;
use super::demand::is_without_users;
use crate::diagnostic::{Diagnostic, nearest, quoted};
use crate::model::{Call, Workload};
use crate::parse::conform::Item;
use crate::units::{Bytes, Ratio};

/// Most requests that one workload may answer in a second, calls included, in milli-rps: sums of such numbers stay exact.
const MOST_CALLED: u128 = 1_000_000_000_000;

/// Names of the workloads that others call.
pub(super) fn called<'n>(workloads: Option<&Item<'n>>) -> BTreeSet<&'n str> {
    let workloads = workloads.into_iter().flat_map(Item::entries);
    let calls = workloads.flat_map(|(_, item)| item.get("calls").into_iter().flat_map(Item::entries));
    calls.map(|(callee, _)| callee).collect()
}

impl Decoder<'_> {
    /// What a workload asks of others, by callee.
    pub(super) fn calls(&mut self, item: &Item<'_>) -> Vec<Call> {
        let entries = item.get("calls").into_iter().flat_map(Item::entries);
        entries.filter_map(|(callee, item)| self.call(callee, item)).collect()
    }

    fn call(&mut self, callee: &str, item: &Item<'_>) -> Option<Call> {
        let per_request = self.quantity(item.get("per_request"), Ratio::from_decimal);
        let answer = self.quantity(item.get("kib"), Bytes::from_kib);
        let sent = self.quantity(item.get("request_kib"), Bytes::from_kib);
        Some(Call {
            callee: callee.to_owned(),
            per_request: per_request?,
            answer: answer?,
            sent: sent?,
            waits: item.get("wait").and_then(Item::boolean)?,
        })
    }

    /// Reports calls that cannot be. `decoded` are the workloads outside pools that are sound.
    pub(super) fn check_calls(&mut self, item: Option<&Item<'_>>, decoded: &[Workload]) {
        let Some(item) = item.filter(|item| !item.is_faulty()) else { return };
        let workloads: BTreeMap<&str, &Item<'_>> = item.entries().collect();
        for (&name, workload) in &workloads {
            let Some(calls) = workload.get("calls") else { continue };
            for (callee, _) in calls.entries() {
                if let Some(fault) = fault_of_name(name, callee, &workloads) {
                    self.diagnostics.push(calls.blame_key(callee, fault));
                }
            }
        }
        for workload in workloads.values() {
            if let Some(limit) = workload.get("max_path_rtt_ms").filter(|_| is_without_users(workload)) {
                let message = "`max_path_rtt_ms` says nothing of a workload that no user group asks";
                let fault = Diagnostic::warning("unused", message);
                self.blame(limit, fault.help("give it to the workloads that users ask, or give `demand_rps`"));
            }
        }
        self.refuse_circles(&workloads);
        if !self.diagnostics.has_errors() {
            self.check_loads(&workloads, decoded);
            self.warn_of_weaker_callees(&workloads, decoded);
        }
    }

    /// Reports calls that a workload waits for during a loss that the callee does not outlive.
    fn warn_of_weaker_callees(&mut self, workloads: &BTreeMap<&str, &Item<'_>>, decoded: &[Workload]) {
        for caller in decoded {
            for call in caller.calls.iter().filter(|call| call.waits) {
                let Some(callee) = decoded.iter().find(|callee| callee.name == call.callee) else { continue };
                let (own, other) = (caller.survive, callee.survive);
                // A region is less than its cloud.
                let lost = if own.clouds > other.clouds {
                    ("survive.clouds", own.clouds)
                } else if own.places() > other.places() {
                    ("survive.regions", own.places())
                } else {
                    continue;
                };
                let fault = weaker_callee(caller, callee, lost);
                let calls = workloads.get(caller.name.as_str()).and_then(|workload| workload.get("calls"));
                if let Some(calls) = calls {
                    self.diagnostics.push(calls.blame_key(&call.callee, fault));
                }
            }
        }
    }

    /// Reports every call that closes a circle.
    fn refuse_circles(&mut self, workloads: &BTreeMap<&str, &Item<'_>>) {
        let mut left: BTreeSet<&str> = workloads.keys().copied().collect();
        for &start in workloads.keys() {
            // Names on the way from `start`, each with its callees that are still to be followed.
            let mut way: Vec<(&str, Vec<&str>)> = Vec::new();
            if left.remove(start) {
                way.push((start, callees(workloads, start)));
            }
            while let Some((name, next)) = way.last_mut() {
                let name = *name;
                let Some(callee) = next.pop() else {
                    way.pop();
                    continue;
                };
                if let Some(first) = way.iter().position(|(known, _)| *known == callee).filter(|_| callee != name) {
                    let circle: Vec<String> = way[first..].iter().map(|(name, _)| quoted(name, '`')).collect();
                    let message = format!("calls go round in a circle: {} → {}", circle.join(" → "), circle[0]);
                    let fault = Diagnostic::error("circle", message).help("leave out one of these calls");
                    if let Some(calls) = workloads[name].get("calls") {
                        self.diagnostics.push(calls.blame_key(callee, fault));
                    }
                } else if left.remove(callee) {
                    way.push((callee, callees(workloads, callee)));
                }
            }
        }
    }

    /// Reports workloads that calls load beyond all measure, or not at all. Calls are sound and make no circle.
    fn check_loads(&mut self, workloads: &BTreeMap<&str, &Item<'_>>, decoded: &[Workload]) {
        let mut loads: BTreeMap<&str, u128> = BTreeMap::new();
        let mut waiting: Vec<&Workload> = decoded.iter().collect();
        let mut added: BTreeMap<&str, u128> = BTreeMap::new();
        while !waiting.is_empty() {
            let is_settled = |callee: &&Workload| {
                !waiting.iter().any(|caller| caller.calls.iter().any(|call| call.callee == callee.name))
            };
            let (settled, rest): (Vec<&Workload>, Vec<&Workload>) = waiting.iter().copied().partition(is_settled);
            if settled.is_empty() {
                return;
            }
            for workload in settled {
                let load = u128::from(workload.total_demand().0) + added.get(workload.name.as_str()).unwrap_or(&0);
                for call in &workload.calls {
                    *added.entry(&call.callee).or_default() +=
                        (load.min(MOST_CALLED) * u128::from(call.per_request.0)).div_ceil(1_000_000);
                }
                loads.insert(&workload.name, load);
            }
            waiting = rest;
        }
        for (name, load) in loads {
            let item = workloads[name];
            if load == 0 {
                let fault =
                    Diagnostic::error("demand", "neither users nor other workloads ask anything of the workload");
                self.blame(item, fault.help("give `demand_rps` to it or to a workload that calls it, or leave it out"));
            } else if load > MOST_CALLED {
                let message = "calls load the workload with more than 1000000000 requests per second";
                let fault =
                    Diagnostic::error("limit", message).help("check `per_request` along the calls that lead here");
                self.blame(item, fault);
            }
        }
    }
}

fn weaker_callee(waiting: &Workload, callee: &Workload, (promise, lost): (&str, u32)) -> Diagnostic {
    let (waiting, callee) = (quoted(&waiting.name, '`'), quoted(&callee.name, '`'));
    let message = format!(
        "{waiting} promises {promise} = {lost}, but waits for {callee}, which promises less: during the loss users of {waiting} get no more than {callee} still \
         answers"
    );
    let help = format!("give {callee} {promise} = {lost}, or set `wait = false` if {waiting} answers without it");
    Diagnostic::warning("weaker-callee", message).help(help)
}

/// What is wrong with the name of a callee.
fn fault_of_name(name: &str, callee: &str, workloads: &BTreeMap<&str, &Item<'_>>) -> Option<Diagnostic> {
    if name == callee {
        let fault = Diagnostic::error("circle", format!("{} calls itself", quoted(name, '`')));
        return Some(fault.help("leave the call out, and lower `rps_per_replica` by what it costs"));
    }
    if workloads.contains_key(callee) {
        return None;
    }
    let fault = Diagnostic::error("unknown-workload", format!("there is no workload {}", quoted(callee, '`')));
    let others = workloads.keys().copied().filter(|&other| other != name);
    Some(match nearest(callee, others) {
        Some(meant) => fault.help(format!("did you mean `{meant}`?")),
        None => fault.help("declare it under `workloads`"),
    })
}

/// Callees that exist, last first.
fn callees<'n>(workloads: &BTreeMap<&'n str, &Item<'n>>, name: &str) -> Vec<&'n str> {
    let calls = workloads[name].get("calls");
    let mut callees: Vec<&str> = calls.into_iter().flat_map(Item::entries).map(|(callee, _)| callee).collect();
    callees.retain(|callee| workloads.contains_key(callee));
    callees.reverse();
    callees
}
