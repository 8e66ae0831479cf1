//! Workloads: what one replica needs and serves, what is promised. Who asks is in `demand`.

use std::collections::BTreeMap;

use super::calls::called;
use super::counted::is_counted;
use super::functions::is_function_only;
use super::users::Declared;
use super::{Decoder, count};
use crate::diagnostic::{Diagnostic, nearest, quoted};
use crate::model::{Demand, Profile, Replica, Replicas, Selector, SpotTerms, Survival, UserId, Workload};
use crate::parse::conform::Item;
use crate::units::{Amount, Bytes, MilliRps, Millicores, Ratio, RoundTrip};

/// Most replicas one workload may need. More is a unit mistaken, such as requests per minute.
pub(super) const MOST_REPLICAS: u64 = 1_000_000;

/// The user groups of a problem, as demand refers to them.
pub(super) struct Users<'n> {
    ids: BTreeMap<&'n str, UserId>,
    /// False if the list of groups could not be read, so that a missing name is no finding.
    are_known: bool,
    /// Groups that some workload names.
    asked: Vec<bool>,
    /// Whether some workload counts its replicas.
    is_counted: bool,
}

impl<'n> Users<'n> {
    pub(super) fn new(item: Option<&Item<'n>>, groups: &BTreeMap<&'n str, Option<Declared>>) -> Self {
        let ids = groups.keys().enumerate().map(|(index, &name)| (name, UserId::at(index))).collect();
        let are_known = item.is_none_or(|item| !item.is_faulty());
        Self { ids, are_known, asked: vec![false; groups.len()], is_counted: false }
    }

    /// What stands behind all groups in the place of users, for replicas that are counted.
    pub(super) fn counted(&mut self) -> UserId {
        self.is_counted = true;
        UserId::at(self.ids.len())
    }

    /// Whether anything asked for that.
    pub(super) const fn is_counted(&self) -> bool {
        self.is_counted
    }

    pub(super) const fn ids(&self) -> &BTreeMap<&'n str, UserId> {
        &self.ids
    }

    pub(super) const fn are_known(&self) -> bool {
        self.are_known
    }

    /// The user group of a name, which some workload has now asked for.
    pub(super) fn find(&mut self, name: &str) -> Option<UserId> {
        let user = *self.ids.get(name)?;
        self.asked[user.index()] = true;
        Some(user)
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
        let outside = entries.filter(|(_, item)| item.get("pool").is_none());
        let called = called(item);
        let decoded =
            outside.filter_map(|(name, item)| self.workload(name, item, called.contains(name), users, common));
        decoded.collect()
    }

    pub(super) fn workload(
        &mut self,
        name: &str,
        item: &Item<'_>,
        is_called: bool,
        users: &mut Users<'_>,
        common: Option<&Selector>,
    ) -> Option<Workload> {
        // Everything is decoded before anything is given up, so that all findings are made.
        let is_function_only = is_function_only(item);
        let function = self.function(item);
        let replica = self.replica_on_machines(item);
        let reserved = self.replica(item.get("reserved"));
        let replicas = self.counted(item, is_called);
        let is_counted = is_counted(item);
        let (rate_per_replica, demand) = if is_counted {
            let of = |replicas: Replicas| vec![Demand { user: users.counted(), rate: MilliRps(replicas.min) }];
            // A pool has members without demand.
            let demand = if item.get("pool").is_some() { Some(Vec::new()) } else { replicas.map(of) };
            (Some(MilliRps(1)), demand.map(|demand| (demand, Profile::default())))
        } else {
            (self.rate(item), self.demand(item, is_called, users))
        };
        let max_rtt = self.quantity(item.get("max_rtt_ms"), RoundTrip::from_decimal);
        let max_path_rtt = self.quantity(item.get("max_path_rtt_ms"), RoundTrip::from_decimal);
        let calls = self.calls(item);
        let rtt_share = self.quantity(item.get("rtt_share"), Ratio::from_decimal);
        let survive = self.survive(item.get("survive"));
        let degraded_max_rtt = self.quantity(item.get("degraded_max_rtt_ms"), RoundTrip::from_decimal);
        let degraded_rate_per_replica = match item.get("degraded_utilization") {
            Some(_) if !is_function_only && !is_counted => self.degraded_rate(item),
            Some(_) | None => rate_per_replica,
        };
        let min_regions = self.quantity(item.get("min_regions"), count);
        let max_regions = self.quantity(item.get("max_regions"), count);
        let share = |name| item.get("spread").and_then(|spread| spread.get(name));
        let max_region_share = self.quantity(share("max_region_share"), Ratio::from_decimal);
        let max_cloud_share = self.quantity(share("max_cloud_share"), Ratio::from_decimal);
        let weights = self.weights(item.get("spread"));
        let (min_zones, max_zone_skew) = self.zones(item);
        let max_machine_types = self.quantity(item.get("max_machine_types"), count);
        let single_region_per_user = item.get("single_region_per_user").and_then(Item::boolean);
        let response = self.quantity(item.get("response_kib"), Bytes::from_kib);
        let state = self.state(item, survive);
        let spot = self.spot(item.get("purchase"));
        // Machines that stand by leave commitments to other workloads, unless they are asked for; so do those with copies in several regions.
        let has_places = survive.is_some_and(|survive| survive.has_places());
        let is_multi_region = state.is_some_and(|state| state.is_multi_region);
        let uses_commitments = self.uses_commitments(item.get("purchase"), !has_places && !is_multi_region);
        let allow_burstable = item.get("allow_burstable").and_then(Item::boolean);
        let pinned = self.regions(item.get("pin"));
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
        self.warn_of_degraded(item, survive);
        if let (Some(rate), Some((demand, _)), false) = (rate_per_replica, &demand, is_function_only) {
            self.check_size(item, rate, demand);
        }
        let (demand, profile) = demand?;
        Some(Workload {
            name: name.to_owned(),
            replica: replica?,
            runs_on_machines: !is_function_only,
            function,
            reserved: reserved?,
            rate_per_replica: rate_per_replica?,
            demand,
            replicas,
            profile,
            max_rtt,
            max_path_rtt,
            calls,
            rtt_share: rtt_share?,
            survive: survive?,
            degraded_max_rtt,
            degraded_rate_per_replica: degraded_rate_per_replica?,
            min_regions: min_regions?,
            max_regions,
            max_region_share,
            max_cloud_share,
            weights,
            min_zones: min_zones?,
            max_zone_skew,
            max_machine_types,
            single_region_per_user: single_region_per_user?,
            response: response?,
            state,
            allow_burstable: allow_burstable?,
            pinned: pinned.unwrap_or_default(),
            spot,
            uses_commitments,
            selectors,
            stood: BTreeMap::new(),
        })
    }

    /// What a replica carries; of a workload that runs as a function only, anything.
    fn rate(&mut self, item: &Item<'_>) -> Option<MilliRps> {
        if is_function_only(item) {
            return Some(MilliRps(1));
        }
        // Where `replicas` is given too, that is the fault.
        if item.get("replicas").is_none() || item.get("pool").is_some() {
            self.check_given(item, "rps_per_replica", "a number of requests per second");
        }
        self.rate_per_replica(item)
    }

    pub(super) fn replica(&mut self, item: Option<&Item<'_>>) -> Option<Replica> {
        let vcpu = self.quantity(item?.get("vcpu"), Millicores::from_decimal);
        let memory = self.quantity(item?.get("memory_gib"), Bytes::from_gib);
        let gpus = item?.get("gpus").map_or(Some(0), |gpus| self.quantity(Some(gpus), count));
        let resources = self.amounts(item?.get("resources"));
        Some(Replica { vcpu: vcpu?, memory: memory?, gpus: gpus?, resources: resources.into_iter().collect() })
    }

    /// Amounts of resources by name.
    pub(super) fn amounts(&mut self, item: Option<&Item<'_>>) -> BTreeMap<String, Amount> {
        let entries = item.into_iter().flat_map(Item::entries);
        entries
            .filter_map(|(name, item)| Some((name.to_owned(), self.quantity(Some(item), Amount::from_decimal)?)))
            .collect()
    }

    pub(super) fn check_given(&mut self, item: &Item<'_>, name: &str, what: &str) {
        if !item.is_faulty() && item.get(name).is_none() {
            let missing = Diagnostic::error("missing-argument", format!("the argument `{name}` is missing"));
            self.blame(item, missing.help(format!("give `{name}` = {what}")));
        }
    }

    /// Limits for times of loss mean something where regions or clouds may be lost.
    fn warn_of_degraded(&mut self, item: &Item<'_>, survive: Option<Survival>) {
        for limit in ["degraded_max_rtt_ms", "degraded_utilization"] {
            let is_unused = |limit: &&Item<'_>| {
                limit.is_given && !limit.is_faulty() && survive.is_some_and(|survive| !survive.has_places())
            };
            if let Some(unused) = item.get(limit).filter(is_unused) {
                let message = format!("`{limit}` says nothing without `survive.regions` or `survive.clouds`");
                let help = format!("say what may be lost under `survive`, or remove `{limit}`");
                self.blame(unused, Diagnostic::warning("unused", message).help(help));
            }
        }
    }

    /// Fewest zones in use, and the largest difference between two.
    fn zones(&mut self, item: &Item<'_>) -> (Option<u32>, Option<u64>) {
        let least = item.get("spread").and_then(|spread| spread.get("min_zones"));
        let least = least.map_or(Some(1), |least| self.quantity(Some(least), count));
        // The skew of a workload in a pool is its pool's.
        let skew = item.get("max_zone_skew").filter(|_| item.get("pool").is_none());
        (least, self.quantity(skew, count).map(u64::from))
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
        let ceiling = self.quantity(item.get("utilization_ceiling"), Ratio::from_decimal)?;
        let full = self.quantity(item.get("rps_per_replica"), MilliRps::from_decimal)?;
        let headroom = self.quantity(item.get("headroom"), Ratio::from_decimal)?;
        // Both rounded down: capacity is never overstated.
        let planned = u128::from(ceiling.floor_of(full.0)) * 1_000_000 / (1_000_000 + u128::from(headroom.0));
        let rate = MilliRps(u64::try_from(planned).unwrap_or(u64::MAX));
        if rate == MilliRps::ZERO {
            let message =
                "a replica at its utilization ceiling and with its headroom serves less than 0.001 requests per second";
            let fault = Diagnostic::error("range", message).help("raise `rps_per_replica` or `utilization_ceiling`");
            self.blame(item.get("rps_per_replica")?, fault);
            return None;
        }
        Some(rate)
    }

    /// What a replica serves while regions or clouds are lost, if that is not what it serves at other times.
    fn degraded_rate(&mut self, item: &Item<'_>) -> Option<MilliRps> {
        let share = self.quantity(item.get("degraded_utilization"), Ratio::from_decimal)?;
        let full = MilliRps::from_decimal(item.get("rps_per_replica")?.number()?).ok()?;
        let rate = MilliRps(share.floor_of(full.0));
        if rate == MilliRps::ZERO {
            let message = "a replica at its degraded utilization serves less than 0.001 requests per second";
            let fault = Diagnostic::error("range", message).help("raise `rps_per_replica` or `degraded_utilization`");
            self.blame(item.get("degraded_utilization")?, fault);
            return None;
        }
        Some(rate)
    }

    /// The terms on which spot machines may be used, if they may.
    fn spot(&mut self, item: Option<&Item<'_>>) -> Option<SpotTerms> {
        let item = item?.get("spot")?;
        let max_share = self.quantity(item.get("max_share"), Ratio::from_decimal);
        let most = self.quantity(item.get("max_interruption_percent"), count);
        let min_pools = self.quantity(item.get("min_pools"), count);
        let survive_pools = self.quantity(item.get("survive_pools"), count);
        Some(SpotTerms {
            max_share: max_share?,
            max_interruption_percent: most.and_then(|most| u8::try_from(most).ok()),
            min_pools: min_pools?,
            survive_pools: survive_pools?,
        })
    }

    /// Whether commitments may be used: as it is said; else as `otherwise` says, unless spot is used.
    fn uses_commitments(&mut self, item: Option<&Item<'_>>, otherwise: bool) -> bool {
        let Some(item) = item else { return otherwise };
        let given = item.get("commitments");
        let uses_spot = item.get("spot").is_some();
        if let Some(given) = given.filter(|given| uses_spot && given.boolean() == Some(true)) {
            let message = "a workload uses spot or commitments, not both";
            self.blame(given, Diagnostic::error("contradiction", message).help("remove one of the two"));
        }
        given.and_then(Item::boolean).unwrap_or(otherwise && !uses_spot)
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

pub(super) fn unknown_user(name: &str, ids: &BTreeMap<&str, UserId>) -> Diagnostic {
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
