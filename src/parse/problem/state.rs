//! State: what a workload keeps, and what is not decided together with it.

use super::workloads::MOST_REPLICAS;
use super::{Decoder, count};
use crate::diagnostic::Diagnostic;
use crate::model::{State, Survival};
use crate::parse::conform::Item;
use crate::units::{Bytes, Decimal};

impl Decoder<'_> {
    /// What a workload keeps, if it keeps anything.
    pub(super) fn state(&mut self, workload: &Item<'_>, survive: Option<Survival>) -> Option<State> {
        let item = workload.get("state")?;
        self.refuse_beside_state(workload);
        let storage = self.quantity(item.get("storage_gib"), Bytes::from_gib);
        let copies = self.quantity(item.get("replication_factor"), count);
        let quorum = match item.get("quorum") {
            Some(quorum) => self.quantity(Some(quorum), count),
            None => copies.map(|copies| copies / 2 + 1),
        };
        let write = self.quantity(item.get("write_kib"), Bytes::from_kib);
        let most = item.get("max_storage_gib");
        let max_storage = self.quantity(most, Bytes::from_gib);
        if let (Some(copies), Some(asked), Some(quorum)) = (copies, quorum, item.get("quorum"))
            && asked > copies
        {
            let message = format!("of {copies} copies {asked} cannot be left");
            let help = format!("set quorum = {copies} or less, or replication_factor = {asked}");
            self.blame(quorum, Diagnostic::error("contradiction", message).help(help));
        }
        if let Some(quorum) = item.get("quorum").filter(|_| survive.is_some_and(|survive| survive.zones == 0)) {
            let message = "`quorum` says nothing without `survive.zones`: while nothing is lost all copies are there";
            self.blame(quorum, Diagnostic::warning("unused", message).help("give `survive.zones`, or remove `quorum`"));
        }
        if let (Some(storage), Some(copies), Some(limit), Some(most)) = (storage, copies, max_storage, most) {
            let replicas = (u128::from(storage.0) * u128::from(copies)).div_ceil(u128::from(limit.0.max(1)));
            if replicas > u128::from(MOST_REPLICAS) {
                let message = format!(
                    "all copies need {replicas} replicas of this size, and at most {MOST_REPLICAS} are accepted"
                );
                self.blame(most, Diagnostic::error("limit", message).help("check the units: both are GiB"));
            }
        }
        Some(State { storage: storage?, replication_factor: copies?, quorum: quorum?, write: write?, max_storage })
    }

    /// Refuses what is not decided together with state.
    fn refuse_beside_state(&mut self, workload: &Item<'_>) {
        let beside = "is not decided together with `state`, all copies of which are in one region";
        let mut refuse = |blamed: Option<&Item<'_>>, what: &str, help: &str| {
            if let Some(blamed) = blamed.filter(|blamed| blamed.is_given && !blamed.is_faulty()) {
                self.blame(blamed, Diagnostic::error("contradiction", format!("`{what}` {beside}")).help(help));
            }
        };
        for domain in ["regions", "clouds"] {
            let lost = workload.get("survive").and_then(|survive| survive.get(domain));
            let is_asked = |lost: &&Item<'_>| lost.number().is_some_and(|number: Decimal| !number.is_zero());
            let help = "remove one of the two; copies outlive the loss of zones, as `survive.zones` says";
            refuse(lost.filter(is_asked), &format!("survive.{domain}"), help);
        }
        let is_several =
            |item: &&Item<'_>| item.number().and_then(|number| count(number).ok()).is_some_and(|least| least > 1);
        refuse(workload.get("min_regions").filter(is_several), "min_regions", "remove one of the two");
        for name in ["max_region_share", "max_cloud_share", "weights"] {
            let share = workload.get("spread").and_then(|spread| spread.get(name));
            refuse(share, &format!("spread.{name}"), "remove one of the two");
        }
        let skew = "remove it: machines are even over the zones in use, of which `spread.min_zones` asks for more";
        refuse(workload.get("max_zone_skew"), "max_zone_skew", skew);
        let spot = workload.get("purchase").and_then(|purchase| purchase.get("spot"));
        refuse(spot, "purchase.spot", "remove one of the two: a machine that is taken back takes its copies along");
        let pins = workload.get("pin").filter(|pins| pins.texts().count() > 1);
        refuse(pins, "pin", "pin one region");
    }
}
