//! Functions: how workloads run as such, and services of one's own.

use super::{Decoder, count};
use crate::catalog::OwnFunction;
use crate::diagnostic::Diagnostic;
use crate::model::{Function, FunctionOffer, Replica};
use crate::parse::conform::Item;
use crate::units::{Bytes, Decimal, DecimalError, Duration, Millicores, Money};

use super::declared::architecture;

/// Arguments that say something of machines only.
const OF_MACHINES: [&str; 10] = [
    "reserved",
    "rps_per_replica",
    "utilization_ceiling",
    "headroom",
    "degraded_utilization",
    "allow_burstable",
    "purchase",
    "pool",
    "max_zone_skew",
    "max_machine_types",
];

/// Whether a workload runs as a function only.
pub(super) fn is_function_only(item: &Item<'_>) -> bool {
    item.get("replica").is_none() && item.get("function").is_some()
}

impl Decoder<'_> {
    /// What one replica asks of its machine; nothing of a workload that runs as a function only.
    pub(super) fn replica_on_machines(&mut self, item: &Item<'_>) -> Option<Replica> {
        if is_function_only(item) {
            return Some(Replica::default());
        }
        self.check_given(item, "replica", "what one replica asks of its machine, or `function`");
        self.replica(item.get("replica"))
    }

    /// How a workload runs as a function. What says nothing beside that is reported.
    pub(super) fn function(&mut self, item: &Item<'_>) -> Option<Function> {
        let given = item.get("function")?;
        self.refuse_what_machines_say(item);
        let memory = self.quantity(given.get("memory_gib"), Bytes::from_gib);
        let duration = self.quantity(given.get("duration_ms"), Duration::from_decimal);
        let vcpu = self.quantity(given.get("vcpu"), Millicores::from_decimal);
        let concurrency = self.quantity(given.get("concurrency"), count);
        Some(Function { memory: memory?, vcpu, duration: duration?, concurrency: concurrency? })
    }

    fn refuse_what_machines_say(&mut self, item: &Item<'_>) {
        if !is_function_only(item) || item.get("pool").is_some() {
            return;
        }
        let least_zones = item.get("spread").and_then(|spread| spread.get("min_zones"));
        let of_machines = OF_MACHINES.map(|name| (name, item.get(name)));
        for (name, stray) in of_machines.into_iter().chain([("spread.min_zones", least_zones)]) {
            if let Some(stray) = stray.filter(|stray| stray.is_given && !stray.is_faulty()) {
                let message = format!("`{name}` says nothing of a workload that runs as a function only");
                let help = format!("remove `{name}`, or give `replica` to let machines run it too");
                self.blame(stray, Diagnostic::error("unused", message).help(help));
            }
        }
    }

    /// A service of a `catalog`.
    pub(super) fn own_function(&mut self, name: &str, item: &Item<'_>) -> Option<OwnFunction> {
        let clouds = self.clouds(item.get("clouds"));
        let regions = self.regions(item.get("regions"));
        let million_requests = self.quantity(item.get("usd_per_million_requests"), Money::from_usd);
        let million_gib_seconds = self.quantity(item.get("usd_per_gib_second"), of_a_million);
        let million_vcpu_seconds = self.quantity(item.get("usd_per_vcpu_second"), of_a_million);
        let requests_per_environment = self.quantity(item.get("requests_per_environment"), count);
        let billing_increment = self.quantity(item.get("billing_increment_ms"), Duration::from_decimal);
        let max_memory = self.quantity(item.get("max_memory_gib"), Bytes::from_gib);
        let max_duration = self.quantity(item.get("max_duration_ms"), Duration::from_decimal);
        let offer = FunctionOffer {
            service: name.to_owned(),
            architecture: architecture(item.get("architecture").and_then(Item::text)?),
            million_requests: million_requests?,
            million_gib_seconds: million_gib_seconds?,
            million_vcpu_seconds,
            requests_per_environment: requests_per_environment?,
            billing_increment: billing_increment?,
            max_memory,
            max_duration,
            carbon_of_million_gib_seconds: None,
        };
        let watts_per_gib = item.get("watts_per_gib").and_then(Item::number);
        Some(OwnFunction { clouds, regions, offer, watts_per_gib })
    }
}

/// The price of 10^6 of what one of has this price in USD.
fn of_a_million(usd: Decimal) -> Result<Money, DecimalError> {
    usd.in_units(12).map(Money::from_micros)
}
