//! Workloads that nobody asks: their number of replicas is given, with `replicas`.
//!
//! On machines of its own such a workload has what `replicas` says in all regions together. In a pool the same argument limits what demand asks for too;
//! `pools` reads it there.

use super::Decoder;
use super::demand::{FORMS, is_without_users};
use super::pools::number;
use crate::diagnostic::Diagnostic;
use crate::model::Replicas;
use crate::parse::conform::Item;

/// Arguments that say something of requests.
const OF_REQUESTS: [&str; 12] = [
    "utilization_ceiling",
    "growth",
    "headroom",
    "max_rtt_ms",
    "max_path_rtt_ms",
    "rtt_share",
    "calls",
    "degraded_max_rtt_ms",
    "degraded_utilization",
    "single_region_per_user",
    "response_kib",
    "function",
];

const NO_REQUESTS: &str = "give demand with `rps_per_replica` in the place of `replicas`, or remove it";

/// Whether a number of replicas stands in the place of demand, or may: in a pool daemons have neither.
pub(super) fn is_counted(item: &Item<'_>) -> bool {
    let is_given = |name| item.get(name).is_some();
    is_without_users(item) && (is_given("replicas") || is_given("pool") && !is_given("rps_per_replica"))
}

impl Decoder<'_> {
    /// How many replicas a workload on machines of its own has; nothing if requests say it, or it was reported.
    pub(super) fn counted(&mut self, item: &Item<'_>, is_called: bool) -> Option<Replicas> {
        let is_stated = |stated: &&Item<'_>| stated.is_given && !stated.is_faulty() && item.get("pool").is_none();
        let stated = item.get("replicas").filter(is_stated)?;
        if let Some(form) = FORMS.into_iter().chain(["rps_per_replica"]).find(|name| item.get(name).is_some()) {
            let message = format!("`replicas` counts what follows from `{form}`");
            let help = "remove one of the two; `min_regions` and `spread.min_zones` keep replicas where nobody asks";
            self.blame(stated, Diagnostic::error("contradiction", message).help(help));
            return None;
        }
        let replicas = self.number_of_replicas(stated, false);
        let mut is_sound = replicas.is_some();
        if let Some(most) = stated.get("max").filter(|_| replicas.is_some_and(|replicas| !replicas.is_exact())) {
            let message = "nothing asks for more replicas than `min` outside pools";
            let help = "remove `max`, or give `count` if there are to be no more";
            self.blame(most, Diagnostic::error("unused", message).help(help));
            is_sound = false;
        }
        is_sound &= self.refuse_requests(item, is_called);
        if let Some(replicas) = replicas.filter(Replicas::is_exact) {
            is_sound &= self.check_fixed(item, replicas);
        }
        replicas.filter(|_| is_sound)
    }

    /// A number of replicas as it is stated.
    pub(super) fn number_of_replicas(&mut self, stated: &Item<'_>, has_demand: bool) -> Option<Replicas> {
        let exactly = self.quantity(stated.get("count"), number);
        let (min, max) = (self.quantity(stated.get("min"), number), self.quantity(stated.get("max"), number));
        if exactly.is_some() && (min.is_some() || max.is_some()) || min.zip(max).is_some_and(|(min, max)| min > max) {
            let fault = Diagnostic::error("contradiction", "`count`, `min` and `max` contradict each other");
            self.blame(stated, fault.help("give `count` alone, or `min` no larger than `max`"));
            return None;
        }
        if exactly.is_none() && min.unwrap_or(0) == 0 && !has_demand {
            let fault = Diagnostic::error("missing-argument", "no number of replicas is asked for");
            self.blame(stated, fault.help("give `count`, or `min` above 0"));
            return None;
        }
        Some(Replicas { min: exactly.or(min).unwrap_or(0), max: exactly.or(max) })
    }

    /// Reports what says something of requests, of which there are none.
    fn refuse_requests(&mut self, item: &Item<'_>, is_called: bool) -> bool {
        let mut is_sound = true;
        for (name, stray) in OF_REQUESTS.map(|name| (name, item.get(name))) {
            if let Some(stray) = stray.filter(|stray| stray.is_given && !stray.is_faulty()) {
                let message = format!("`{name}` says nothing of a workload whose replicas are counted");
                self.blame(stray, Diagnostic::error("unused", message).help(NO_REQUESTS));
                is_sound = false;
            }
        }
        if is_called {
            let message = "a workload whose replicas are counted is not called: what it answers is not known";
            let help = "give `rps_per_replica` in the place of `replicas`, or leave the calls out";
            self.blame(item, Diagnostic::error("contradiction", message).help(help));
        }
        is_sound && !is_called
    }

    /// Reports what a fixed number of replicas cannot keep.
    fn check_fixed(&mut self, item: &Item<'_>, replicas: Replicas) -> bool {
        let mut faults: Vec<(&Item<'_>, Diagnostic)> = Vec::new();
        let is_asked = |lost: &&Item<'_>| lost.number().is_some_and(|number| !number.is_zero());
        let survive = |name: &str| item.get("survive").and_then(|survive| survive.get(name)).filter(is_asked);
        let of_spot = |name: &str| item.get("purchase")?.get("spot")?.get(name).filter(is_asked);
        let lost = [("zones", "a zone"), ("regions", "a region"), ("clouds", "a cloud")];
        faults.extend(lost.into_iter().filter_map(|(name, lost)| Some((survive(name)?, loss_of_fixed(lost)))));
        faults.extend(of_spot("survive_pools").map(|asked| (asked, loss_of_fixed("a spot pool"))));
        if let Some(state) = item.get("state").filter(|state| !state.is_faulty()) {
            let fault = Diagnostic::error("contradiction", "copies of data may need more replicas than a fixed number");
            faults.push((state, fault.help("give `replicas = { min = … }`")));
        }
        let is_more = |asked: u64| asked > replicas.min;
        let pins = item.get("pin").filter(|pins| is_more(pins.texts().count() as u64));
        let least = item.get("min_regions").filter(|least| self.quantity(Some(least), number).is_some_and(is_more));
        for asked in pins.into_iter().chain(least) {
            let message = format!("{} replicas cannot be in more regions than that", replicas.min);
            let fault = Diagnostic::error("contradiction", message);
            faults.push((asked, fault.help("give more `replicas`, or ask for fewer regions")));
        }
        let is_sound = faults.is_empty();
        for (at, fault) in faults {
            self.blame(at, fault);
        }
        is_sound
    }
}

/// That a fixed number of replicas does not outlive a loss, with the way out.
pub(super) fn loss_of_fixed(lost: &str) -> Diagnostic {
    let message = format!("a fixed number of replicas cannot all be left after the loss of {lost}");
    Diagnostic::error("contradiction", message).help("give `replicas = { min = … }`: that many are left then")
}
