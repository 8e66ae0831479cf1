//! State: what a workload keeps.

use super::workloads::MOST_REPLICAS;
use super::{Decoder, count};
use crate::diagnostic::Diagnostic;
use crate::model::{State, Survival};
use crate::parse::conform::Item;
use crate::units::{Bytes, RoundTrip};

impl Decoder<'_> {
    /// What a workload keeps, if it keeps anything.
    pub(super) fn state(&mut self, workload: &Item<'_>, survive: Option<Survival>) -> Option<State> {
        let item = workload.get("state")?;
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
        let is_multi_region = item.get("multi_region").and_then(Item::boolean);
        let waits = item.get("max_quorum_rtt_ms");
        let max_quorum_rtt = self.quantity(waits, RoundTrip::from_decimal);
        let loses_nothing = survive.is_some_and(|survive| survive.zones == 0 && !survive.has_places());
        if let Some(quorum) = item.get("quorum").filter(|_| loses_nothing && waits.is_none()) {
            let message = "`quorum` says nothing without `survive.zones`: while nothing is lost all copies are there";
            self.blame(quorum, Diagnostic::warning("unused", message).help("give `survive.zones`, or remove `quorum`"));
        }
        if let Some(waits) = waits.filter(|_| is_multi_region == Some(false)) {
            let message = "`max_quorum_rtt_ms` says nothing without `multi_region`: all copies are in one region";
            let help = "set multi_region = true, or remove `max_quorum_rtt_ms`";
            self.blame(waits, Diagnostic::warning("unused", message).help(help));
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
        Some(State {
            storage: storage?,
            replication_factor: copies?,
            quorum: quorum?,
            write: write?,
            max_storage,
            is_multi_region: is_multi_region?,
            max_quorum_rtt,
        })
    }
}
