//! What a move costs: who stood where, and what is not decided together with that.

use super::Decoder;
use super::supply::Supply;
use crate::diagnostic::Diagnostic;
use crate::model::{Previous, RegionKey, UserId, Workload};
use crate::parse::conform::Item;

/// Tells workloads how their requests were divided before, users by their names.
pub(super) fn stand(previous: &Previous, users: &[&str], workloads: &mut [Workload]) {
    for workload in workloads {
        // Names hold no slash, so a name with one behind it begins no other name.
        let prefix = format!("{}/", workload.name);
        let own = previous.groups.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
        for (key, group) in own {
            let Some((cloud, region)) = key[prefix.len()..].split_once('/') else { continue };
            let parts = workload.stood.entry(RegionKey::new(cloud, region)).or_default();
            let known = |(name, &part): (&String, &u64)| {
                let user = users.iter().position(|user| user == name)?;
                Some((UserId::at(user), part))
            };
            parts.extend(group.traffic.iter().filter_map(known));
        }
    }
}

impl Decoder<'_> {
    /// Refuses what is not decided together with a price of moves.
    pub(super) fn refuse_beside_moves(&mut self, root: &Item<'_>, supply: &Supply, has_quotas: bool) {
        let price = root.get("objective").and_then(|objective| objective.get("move_usd_per_replica"));
        let Some(price) = price.filter(|price| price.number().is_some_and(|number| !number.is_zero())) else { return };
        let has_sums = |name: &&str| root.get("limits").is_some_and(|limits| limits.get(name).is_some());
        let any = |of: fn(&Workload) -> bool| supply.workloads.iter().any(of);
        let beside = [
            (!supply.pools.is_empty(), "`pools`"),
            (any(|workload| workload.function.is_some()), "`function`"),
            (any(|workload| !workload.calls.is_empty()), "`calls`"),
            (any(|workload| workload.survive.has_places()), "`survive.regions` and `survive.clouds`"),
            (has_quotas, "`limits.quotas`"),
            (["max_monthly_cost_usd", "max_monthly_carbon_kg"].iter().any(has_sums), "limits on money and carbon"),
            (
                supply.regions.iter().any(|region| !region.stock.is_empty()),
                "machines of which a site has a limited number",
            ),
        ];
        for (_, what) in beside.into_iter().filter(|(is_there, _)| *is_there) {
            let message = format!("`objective.move_usd_per_replica` is not decided together with {what}");
            let help =
                "remove one of the two; `min_improvement_usd` weighs a move as a whole, whatever it is decided with";
            self.blame(price, Diagnostic::error("contradiction", message).help(help));
        }
    }
}
