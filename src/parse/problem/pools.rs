//! Pools: their members, what members ask of each other, and limits on nodes.

use std::collections::BTreeMap;

use super::counted::loss_of_fixed;
use super::workloads::Users;
use super::{Decoder, count};
use crate::diagnostic::{Diagnostic, nearest, quoted};
use crate::model::{MachineType, Member, Pool, Replicas, Requirement, Selector, TypeId, with_standing_by};
use crate::parse::conform::Item;
use crate::units::{Decimal, DecimalError};

/// Arguments of a workload that mean something in a pool only.
const OF_MEMBERS: [&str; 6] = ["daemon", "exclusive", "max_per_node", "apart", "together", "requires"];

/// Arguments of a workload that its pool decides.
const OF_POOL: [&str; 6] =
    ["reserved", "min_regions", "max_regions", "single_region_per_user", "pin", "allow_burstable"];

/// What `spread` says of regions and clouds.
const OF_PLACES: [&str; 4] = ["max_region_share", "max_cloud_share", "weights", "weight_tolerance"];

/// Arguments of a workload on machines that follow its demand or are bought in other ways.
const OF_HOURS: [&str; 3] = ["hourly_demand_rps", "forecast_demand_rps", "purchase"];

/// A pool as far as it can be decoded before machine types are known.
pub(super) struct Stated {
    pub(super) pool: Pool,
    /// Limits by name of the machine type.
    max_nodes_by_type: BTreeMap<String, u64>,
}

pub(super) fn number(number: Decimal) -> Result<u64, DecimalError> {
    count(number).map(u64::from)
}

impl Decoder<'_> {
    /// All pools that are sound, by name.
    pub(super) fn pools(
        &mut self,
        pools: Option<&Item<'_>>,
        workloads: Option<&Item<'_>>,
        users: &mut Users<'_>,
        common: Option<&Selector>,
    ) -> Vec<Stated> {
        let names: Vec<&str> = pools.into_iter().flat_map(Item::entries).map(|(name, _)| name).collect();
        let are_known = !pools.is_some_and(Item::is_faulty);
        for (_, item) in workloads.into_iter().flat_map(Item::entries) {
            self.check_membership(item, are_known.then_some(&names));
        }
        let entries = pools.into_iter().flat_map(Item::entries);
        let stated: Vec<Stated> =
            entries.filter_map(|(name, item)| self.pool(name, item, workloads, users, common)).collect();
        for Stated { pool, .. } in &stated {
            if let Some(item) = pools.and_then(|pools| pools.entry(&pool.name)) {
                self.check_standby(item, pool, workloads, &names);
            }
        }
        stated
    }

    /// What stands by for a pool can: it has a name of its own, and what it holds does not depend on what the pool chooses.
    fn check_standby(&mut self, item: &Item<'_>, pool: &Pool, workloads: Option<&Item<'_>>, names: &[&str]) {
        let standing = pool.standing_by();
        if let Some(taken) = standing.iter().find(|standby| names.contains(&standby.name.as_str())) {
            let message = format!(
                "{} is the name of what stands by for the pool {}",
                quoted(&taken.name, '`'),
                quoted(&pool.name, '`')
            );
            self.blame(item, Diagnostic::error("pool", message).help("give one of the two pools another name"));
        }
        if let Some(choices) = item.get("one_of").filter(|_| !standing.is_empty() && !pool.one_of.is_empty()) {
            let message = "`one_of` is not decided together with `survive.regions` and `survive.clouds` of members: what stands by would have to \
                           hold the same alternative";
            let fault = Diagnostic::error("contradiction", message);
            self.blame(choices, fault.help("deploy one of the alternatives yourself, or remove one of the two"));
        }
        for member in pool.members.iter().filter(|member| member.is_daemon && member.workload.survive.has_places()) {
            let stated = workloads.and_then(|workloads| workloads.entry(&member.workload.name));
            if let Some(survive) = stated.and_then(|stated| stated.get("survive")) {
                let message = "a daemon is on every node, in whatever region: it outlives no region or cloud by itself";
                let help = "remove `survive.regions` and `survive.clouds`, or give them to what the daemon serves";
                self.blame(survive, Diagnostic::error("daemon", message).help(help));
            }
        }
    }

    /// A workload's pool exists, and what is said of it means something.
    fn check_membership(&mut self, item: &Item<'_>, pools: Option<&Vec<&str>>) {
        let Some(pool) = item.get("pool") else {
            for name in OF_MEMBERS {
                if let Some(stray) = item.get(name).filter(|stray| stray.is_given && !stray.is_faulty()) {
                    let message = format!("`{name}` says nothing of a workload outside pools");
                    self.blame(stray, Diagnostic::error("pool", message).help("give `pool`, or remove it"));
                }
            }
            return;
        };
        if pool.is_faulty() {
            return;
        }
        if let (Some(name), Some(pools)) = (pool.text(), pools)
            && !pools.contains(&name)
        {
            let fault = Diagnostic::error("unknown-pool", format!("there is no pool {}", quoted(name, '`')));
            let help = match nearest(name, pools.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "declare it under `pools`".to_owned(),
            };
            self.blame(pool, fault.help(help));
        }
        for name in OF_HOURS {
            if let Some(stray) = item.get(name).filter(|stray| stray.is_given && !stray.is_faulty()) {
                let message =
                    format!("`{name}` is not for workloads of pools: nodes are bought on demand, for all hours alike");
                self.blame(stray, Diagnostic::error("pool", message).help("give the largest demand as `demand_rps`"));
            }
        }
        if let Some(state) = item.get("state").filter(|state| !state.is_faulty()) {
            let message = "`state` is for workloads on machines of their own: no two copies are on one machine";
            self.blame(
                state,
                Diagnostic::error("pool", message).help("take the workload out of the pool, or remove `state`"),
            );
        }
        let spread = |name| item.get("spread").and_then(|spread| spread.get(name));
        let of_places = OF_PLACES.map(|name| (format!("spread.{name}"), spread(name)));
        let of_pool = OF_POOL.map(|name| (name.to_owned(), item.get(name)));
        for (name, stray) in of_pool.into_iter().chain(of_places) {
            if let Some(stray) = stray.filter(|stray| stray.is_given && !stray.is_faulty()) {
                let message =
                    format!("`{name}` of a workload in a pool is decided by the pool, which stands in one region");
                let help = match name.as_str() {
                    "pin" => "give `allowed = { regions = […] }` in the pool".to_owned(),
                    "reserved" | "allow_burstable" => format!("give `{name}` in the pool"),
                    _ => "remove it".to_owned(),
                };
                self.blame(stray, Diagnostic::error("pool", message).help(help));
            }
        }
    }

    fn pool(
        &mut self,
        name: &str,
        item: &Item<'_>,
        workloads: Option<&Item<'_>>,
        users: &mut Users<'_>,
        common: Option<&Selector>,
    ) -> Option<Stated> {
        let is_member = |item: &Item<'_>| item.get("pool").and_then(Item::text) == Some(name);
        let entries: Vec<(&str, &Item<'_>)> =
            workloads.into_iter().flat_map(Item::entries).filter(|(_, item)| is_member(item)).collect();
        let positions: BTreeMap<&str, usize> = entries.iter().enumerate().map(|(at, (name, _))| (*name, at)).collect();
        let members: Vec<Option<Member>> =
            entries.iter().map(|(name, item)| self.member(name, item, users, &positions)).collect();
        let may_be_member = |item: &Item<'_>| item.is_faulty() || item.get("pool").is_some_and(Item::is_faulty);
        let are_known = workloads.is_some_and(|item| item.entries().all(|(_, item)| !may_be_member(item)));
        if entries.is_empty() && are_known {
            let fault = Diagnostic::error("pool", format!("no workload is in the pool {}", quoted(name, '`')));
            self.blame(item, fault.help("give `pool` in the workloads that share its nodes, or leave the pool out"));
            return None;
        }
        let reserved = self.replica(item.get("reserved"));
        let max_nodes = self.quantity(item.get("max_nodes"), number);
        let max_machine_types = self.quantity(item.get("max_machine_types"), number);
        let mut max_nodes_by_type = BTreeMap::new();
        for (name, most) in item.get("max_nodes_by_type").into_iter().flat_map(Item::entries) {
            max_nodes_by_type.extend(self.quantity(Some(most), number).map(|most| (name.to_owned(), most)));
        }
        let mut at_least = Vec::new();
        for (_, rule) in item.get("at_least").into_iter().flat_map(Item::entries) {
            let listed = self.members(rule.get("workloads"), &positions);
            at_least.extend(self.quantity(rule.get("replicas"), number).map(|least| (listed, least)));
        }
        let mut one_of = Vec::new();
        for (_, choice) in item.get("one_of").into_iter().flat_map(Item::entries) {
            let listed = self.members(Some(choice), &positions);
            for &at in &listed {
                let has_demand = members[at].as_ref().is_some_and(|member| !member.workload.demand.is_empty());
                if has_demand || one_of.iter().flatten().any(|&other: &usize| other == at) {
                    let message = format!("`{}` has demand of its own, or is in another choice", entries[at].0);
                    let fault = Diagnostic::error("one-of", message);
                    self.blame(choice, fault.help("give alternatives `replicas`, and name each in one choice"));
                }
            }
            one_of.push(listed);
        }
        let own = self.selector(item);
        let pool = Pool {
            name: name.to_owned(),
            members: members.into_iter().collect::<Option<_>>()?,
            reserved: reserved?,
            allow_burstable: item.get("allow_burstable").and_then(Item::boolean)?,
            max_nodes,
            max_machine_types,
            max_nodes_of: Vec::new(),
            at_least,
            one_of,
            selectors: common.cloned().into_iter().chain(own).collect(),
            stands_by: None,
        };
        Some(Stated { pool, max_nodes_by_type })
    }

    fn member(
        &mut self,
        name: &str,
        item: &Item<'_>,
        users: &mut Users<'_>,
        positions: &BTreeMap<&str, usize>,
    ) -> Option<Member> {
        let is_daemon = item.get("daemon").and_then(Item::boolean).unwrap_or_default();
        let is_exclusive = item.get("exclusive").and_then(Item::boolean).unwrap_or_default();
        let replicas = self.replicas(item, is_daemon);
        let max_per_node = self.quantity(item.get("max_per_node"), number);
        let max_zone_skew = self.quantity(item.get("max_zone_skew"), number);
        let mut level =
            |rule: &str, level: &str| self.members(item.get(rule).and_then(|rule| rule.get(level)), positions);
        let (apart_on_node, apart_in_zone) = (level("apart", "node"), level("apart", "zone"));
        let (mut together_on_node, mut together_in_zone) = (level("together", "node"), level("together", "zone"));
        // A workload is with itself in any case.
        let own = positions.get(name).copied();
        together_on_node.retain(|&other| Some(other) != own);
        together_in_zone.retain(|&other| Some(other) != own);
        let mut requires = Vec::new();
        for (required, ratio) in item.get("requires").into_iter().flat_map(Item::entries) {
            let member = self.position(required, ratio, positions);
            let counts = (self.quantity(ratio.get("count"), number), self.quantity(ratio.get("every"), number));
            if let (Some(member), (Some(count), Some(every))) = (member, counts) {
                requires.push(Requirement { member, count, every });
            }
        }
        // The rules of the whole problem are the pool's.
        let workload = self.workload(name, item, false, users, None)?;
        let replicas = replicas?;
        let survives = workload.survive.zones > 0;
        if survives && replicas.is_exact() && workload.demand.is_empty() {
            self.blame(item.get("survive")?, loss_of_fixed("a zone"));
            return None;
        }
        Some(Member {
            workload,
            replicas,
            is_daemon,
            is_exclusive,
            max_per_node,
            max_zone_skew,
            apart_on_node,
            apart_in_zone,
            together_on_node,
            together_in_zone,
            requires,
        })
    }

    /// How many replicas a member has.
    fn replicas(&mut self, item: &Item<'_>, is_daemon: bool) -> Option<Replicas> {
        let has_demand = item.get("demand_rps").is_some();
        let stated = item.get("replicas").filter(|stated| stated.is_given);
        if is_daemon && (has_demand || stated.is_some()) {
            let message = "a daemon has one replica on every node, and neither `demand_rps` nor `replicas`";
            self.blame(item, Diagnostic::error("daemon", message).help("remove them, or `daemon`"));
            return None;
        }
        let Some(stated) = stated else {
            if !has_demand && !is_daemon {
                let message = "neither demand nor a number of replicas is given: nothing is to be placed";
                let fault = Diagnostic::error("missing-argument", message);
                self.blame(
                    item,
                    fault.help("give `demand_rps` with `rps_per_replica`, or `replicas`, or `daemon = true`"),
                );
                return None;
            }
            return Some(Replicas { min: 0, max: None });
        };
        self.number_of_replicas(stated, has_demand)
    }

    /// Positions of the listed members, ascending.
    fn members(&mut self, item: Option<&Item<'_>>, positions: &BTreeMap<&str, usize>) -> Vec<usize> {
        let listed = item.into_iter().flat_map(Item::texts);
        let mut found: Vec<usize> = listed.filter_map(|(name, item)| self.position(name, item, positions)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn position(&mut self, name: &str, item: &Item<'_>, positions: &BTreeMap<&str, usize>) -> Option<usize> {
        let found = positions.get(name).copied();
        if found.is_none() {
            let fault =
                Diagnostic::error("unknown-workload", format!("no workload {} is in this pool", quoted(name, '`')));
            let help = match nearest(name, positions.keys().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "name workloads with the same `pool`".to_owned(),
            };
            self.blame(item, fault.help(help));
        }
        found
    }

    /// The pools, with the machine types of their limits looked up, and those that stand by for them; a type that is not on sale limits nothing.
    pub(super) fn settle_pools(stated: Vec<Stated>, machine_types: &[MachineType]) -> Vec<Pool> {
        let settle = |Stated { mut pool, max_nodes_by_type }: Stated| {
            for (at, machine) in machine_types.iter().enumerate() {
                let full = format!("{}/{}", machine.cloud, machine.name);
                let limit = max_nodes_by_type.get(&machine.name).or_else(|| max_nodes_by_type.get(&full));
                pool.max_nodes_of.extend(limit.map(|&most| (TypeId::at(at), most)));
            }
            pool
        };
        with_standing_by(stated.into_iter().map(settle))
    }
}
