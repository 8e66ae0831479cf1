//! Workloads: what one replica needs and serves, who asks, what is promised.

use std::collections::BTreeMap;

use super::{Decoder, count};
use crate::diagnostic::{Diagnostic, nearest, quoted};
use crate::model::{Demand, Replica, Selector, Survival, UserGroup, UserId, Workload};
use crate::parse::conform::Item;
use crate::units::{Bytes, MilliRps, Millicores, Ratio, RoundTrip};

/// Most replicas one workload may need. More is a unit mistaken, such as requests per minute.
const MOST_REPLICAS: u64 = 1_000_000;

/// The user groups of a problem, as demand refers to them.
pub(super) struct Users<'n> {
    ids: BTreeMap<&'n str, UserId>,
    /// False if the list of groups could not be read, so that a missing name is no finding.
    are_known: bool,
    /// Groups that some workload names.
    asked: Vec<bool>,
}

impl<'n> Users<'n> {
    pub(super) fn new(item: Option<&Item<'n>>, groups: &BTreeMap<&'n str, Option<UserGroup>>) -> Self {
        let ids = groups.keys().enumerate().map(|(index, &name)| (name, UserId::at(index))).collect();
        Self { ids, are_known: item.is_some_and(|item| !item.is_faulty()), asked: vec![false; groups.len()] }
    }

    /// Groups that no workload names.
    pub(super) fn unasked(&self) -> impl Iterator<Item = &'n str> {
        self.ids.iter().filter(|(_, id)| !self.asked[id.index()]).map(|(&name, _)| name)
    }
}

impl Decoder<'_> {
    /// All workloads that are sound, by name. `common` are the rules of the whole problem.
    pub(super) fn workloads(
        &mut self,
        item: Option<&Item<'_>>,
        users: &mut Users<'_>,
        common: Option<&Selector>,
    ) -> Vec<Workload> {
        let entries = item.into_iter().flat_map(Item::entries);
        entries.filter_map(|(name, item)| self.workload(name, item, users, common)).collect()
    }

    fn workload(
        &mut self,
        name: &str,
        item: &Item<'_>,
        users: &mut Users<'_>,
        common: Option<&Selector>,
    ) -> Option<Workload> {
        // Everything is decoded before anything is given up, so that all findings are made.
        let replica = self.replica(item.get("replica"));
        let reserved = self.replica(item.get("reserved"));
        let rate_per_replica = self.rate_per_replica(item);
        let demand = self.demand(item.get("demand_rps"), users);
        let max_rtt = self.quantity(item.get("max_rtt_ms"), RoundTrip::from_decimal);
        let rtt_share = self.quantity(item.get("rtt_share"), Ratio::from_decimal);
        let survive = self.survive(item.get("survive"));
        let degraded_max_rtt = self.quantity(item.get("degraded_max_rtt_ms"), RoundTrip::from_decimal);
        let degraded_rate_per_replica = match item.get("degraded_utilization") {
            Some(_) => self.rate_at(item, "degraded_utilization"),
            None => rate_per_replica,
        };
        let min_regions = self.quantity(item.get("min_regions"), count);
        let max_regions = self.quantity(item.get("max_regions"), count);
        let response = self.quantity(item.get("response_kib"), Bytes::from_kib);
        let allow_burstable = item.get("allow_burstable").and_then(Item::boolean);
        let own = self.selector(item);
        let selectors = common.cloned().into_iter().chain(own).collect();
        if let (Some(least), Some(most), Some(item)) = (min_regions, max_regions, item.get("max_regions"))
            && least > most
        {
            let message = format!("at least {least} regions and at most {most} regions are asked for");
            self.blame(
                item,
                Diagnostic::error("contradiction", message)
                    .help(format!("set max_regions = {least}, or min_regions = {most}")),
            );
        }
        if let Some(share) = item.get("rtt_share").filter(|share| share.is_given && item.get("max_rtt_ms").is_none()) {
            let message = "`rtt_share` says nothing without `max_rtt_ms`";
            self.blame(share, Diagnostic::warning("unused", message).help("give `max_rtt_ms`, or remove `rtt_share`"));
        }
        for limit in ["degraded_max_rtt_ms", "degraded_utilization"] {
            if let Some(unused) = item.get(limit).filter(|_| survive.is_some_and(|survive| !survive.has_places())) {
                let message = format!("`{limit}` says nothing without `survive.regions` or `survive.clouds`");
                let help = format!("say what may be lost under `survive`, or remove `{limit}`");
                self.blame(unused, Diagnostic::warning("unused", message).help(help));
            }
        }
        if let (Some(rate), Some(demand)) = (rate_per_replica, &demand) {
            self.check_size(item, rate, demand);
        }
        Some(Workload {
            name: name.to_owned(),
            replica: replica?,
            reserved: reserved?,
            rate_per_replica: rate_per_replica?,
            demand: demand?,
            max_rtt,
            rtt_share: rtt_share?,
            survive: survive?,
            degraded_max_rtt,
            degraded_rate_per_replica: degraded_rate_per_replica?,
            min_regions: min_regions?,
            max_regions,
            response: response?,
            allow_burstable: allow_burstable?,
            selectors,
        })
    }

    fn replica(&mut self, item: Option<&Item<'_>>) -> Option<Replica> {
        let vcpu = self.quantity(item?.get("vcpu"), Millicores::from_decimal);
        let memory = self.quantity(item?.get("memory_gib"), Bytes::from_gib);
        Some(Replica { vcpu: vcpu?, memory: memory? })
    }

    /// What may be lost; nothing if `survive` is not given.
    fn survive(&mut self, item: Option<&Item<'_>>) -> Option<Survival> {
        let Some(item) = item else { return Some(Survival::default()) };
        let zones = self.quantity(item.get("zones"), count);
        let regions = self.quantity(item.get("regions"), count);
        let clouds = self.quantity(item.get("clouds"), count);
        Some(Survival { zones: zones?, regions: regions?, clouds: clouds? })
    }

    fn rate_per_replica(&mut self, item: &Item<'_>) -> Option<MilliRps> {
        self.rate_at(item, "utilization_ceiling")
    }

    /// What a replica serves when the share of `rps_per_replica` that an argument names is used.
    fn rate_at(&mut self, workload: &Item<'_>, utilization: &str) -> Option<MilliRps> {
        let share = self.quantity(workload.get(utilization), Ratio::from_decimal)?;
        let full = self.quantity(workload.get("rps_per_replica"), MilliRps::from_decimal)?;
        let rate = MilliRps(share.floor_of(full.0));
        if rate == MilliRps::ZERO {
            let at = if utilization == "utilization_ceiling" { "utilization ceiling" } else { "degraded utilization" };
            let message = format!("a replica at its {at} serves less than 0.001 requests per second");
            let fault = Diagnostic::error("range", message).help(format!("raise `rps_per_replica` or `{utilization}`"));
            self.blame(workload.get("rps_per_replica")?, fault);
            return None;
        }
        Some(rate)
    }

    fn demand(&mut self, item: Option<&Item<'_>>, users: &mut Users<'_>) -> Option<Vec<Demand>> {
        let item = item.filter(|item| !item.is_faulty())?;
        let mut demand = Vec::new();
        let mut is_sound = true;
        for (name, rate) in item.entries() {
            let Some(&user) = users.ids.get(name) else {
                if users.are_known {
                    self.diagnostics.push(item.blame_key(name, unknown_user(name, &users.ids)));
                }
                is_sound = false;
                continue;
            };
            users.asked[user.index()] = true;
            match self.quantity(Some(rate), MilliRps::from_decimal) {
                Some(MilliRps::ZERO) => {}
                Some(rate) => demand.push(Demand { user, rate }),
                None => is_sound = false,
            }
        }
        if is_sound && demand.is_empty() {
            let fault = Diagnostic::error("demand", "the workload has no demand: nothing is to be placed");
            self.blame(
                item,
                fault.help("give at least one user group 0.001 requests per second or more, or leave the workload out"),
            );
            return None;
        }
        is_sound.then_some(demand)
    }

    fn check_size(&mut self, item: &Item<'_>, rate: MilliRps, demand: &[Demand]) {
        let total: u64 = demand.iter().map(|demand| demand.rate.0).sum();
        let replicas = total.div_ceil(rate.0);
        if let Some(blamed) = item.get("rps_per_replica").filter(|_| replicas > MOST_REPLICAS) {
            let message = format!(
                "{} requests per second need {replicas} replicas of {} requests per second, and at most {MOST_REPLICAS} are accepted",
                MilliRps(total).to_decimal(),
                rate.to_decimal(),
            );
            self.blame(
                blamed,
                Diagnostic::error("limit", message).help("check the units: both are requests per second"),
            );
        }
    }
}

fn unknown_user(name: &str, ids: &BTreeMap<&str, UserId>) -> Diagnostic {
    /// More names than this are no help.
    const MOST_LISTED: usize = 8;
    let fault = Diagnostic::error("unknown-user", format!("there is no user group {}", quoted(name, '`')));
    match nearest(name, ids.keys().copied()) {
        Some(meant) => fault.help(format!("did you mean `{meant}`?")),
        None if ids.is_empty() => fault.help("declare it under `users`"),
        None => {
            let names: Vec<_> = ids.keys().take(MOST_LISTED).map(|name| quoted(name, '`')).collect();
            let more = if ids.len() > MOST_LISTED { ", …" } else { "" };
            fault.help(format!("declare it under `users`; the groups are {}{more}", names.join(", ")))
        }
    }
}
