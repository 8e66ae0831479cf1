//! What is minimised one after another.

use super::Decoder;
use crate::diagnostic::Diagnostic;
use crate::model::{Order, Target, Workload};
use crate::parse::conform::Item;
use crate::units::{Decimal, DecimalError, Ratio};

impl Decoder<'_> {
    /// The order of `objective`, if it names more than cost. What is not decided together with it is reported.
    pub(super) fn order(&mut self, root: &Item<'_>, workloads: &[Workload], has_commitments: bool) -> Option<Order> {
        let objective = root.get("objective")?;
        let stated = objective.get("order");
        let tolerance = objective.get("order_tolerance_percent");
        let mut targets = Vec::new();
        for (word, item) in stated.iter().flat_map(|order| order.texts()) {
            let target = Target::named(word)?;
            if targets.contains(&target) {
                let fault = Diagnostic::error("contradiction", format!("`{word}` stands twice in `objective.order`"));
                self.blame(item, fault.help("name each once, where it matters most"));
                return None;
            }
            targets.push(target);
        }
        if let Some(order) =
            stated.filter(|order| !targets.is_empty() && !targets.contains(&Target::Cost) && order.is_sound())
        {
            let fault = Diagnostic::error("missing-argument", "`objective.order` does not say where cost stands");
            self.blame(order, fault.help("add \"cost\": last, if it matters least"));
            return None;
        }
        let says_nothing =
            |tolerance: &&Item<'_>| targets.len() < 2 && !tolerance.is_faulty() && stated.is_none_or(Item::is_sound);
        if let Some(tolerance) = tolerance.filter(says_nothing) {
            let message = "`objective.order_tolerance_percent` says nothing where only one thing is minimised";
            let help = "remove it, or name what comes after it: order = [\"cost\", \"carbon\"]";
            self.blame(tolerance, Diagnostic::warning("unused", message).help(help));
        }
        let tolerance = self.quantity(tolerance, percent).unwrap_or_default();
        let order = stated.filter(|_| targets.len() > 1)?;
        self.refuse_beside_order(root, order, workloads, has_commitments);
        Some(Order { targets, tolerance })
    }

    fn refuse_beside_order(
        &mut self,
        root: &Item<'_>,
        order: &Item<'_>,
        workloads: &[Workload],
        has_commitments: bool,
    ) {
        let has_pools = root.get("pools").is_some_and(|pools| pools.entries().next().is_some());
        self.refuse_beside_limit("objective.order", order, workloads, has_commitments, has_pools);
        let is_not_zero = |item: &&Item<'_>| item.number().is_some_and(|number| !number.is_zero());
        let price = |name| root.get("objective").and_then(|objective| objective.get(name)).filter(is_not_zero);
        let thresholds_and_more = [
            (
                "objective.carbon_usd_per_tonne",
                price("carbon_usd_per_tonne"),
                "a price makes one sum of what an order keeps apart",
            ),
            (
                "objective.latency_usd_per_rps_ms",
                price("latency_usd_per_rps_ms"),
                "a price makes one sum of what an order keeps apart",
            ),
            (
                "objective.move_usd_per_replica",
                price("move_usd_per_replica"),
                "a price makes one sum of what an order keeps apart",
            ),
            ("previous", root.get("previous"), "what stands is weighed against a saving in USD"),
            ("alternatives", root.get("alternatives").filter(is_not_zero), "alternatives are ranked by cost alone"),
            (
                "bindings",
                root.get("bindings").filter(|item| item.boolean() == Some(true)),
                "what a limit would save is an amount of USD",
            ),
        ];
        for (name, item, why) in thresholds_and_more {
            let Some(item) = item else { continue };
            let message = format!("`{name}` is not decided together with `objective.order`: {why}");
            self.blame(item, Diagnostic::error("contradiction", message).help("remove one of the two"));
        }
    }
}

/// Percent as a share.
fn percent(number: Decimal) -> Result<Ratio, DecimalError> {
    let millionths = number.in_units(4)?;
    u32::try_from(millionths).map(Ratio).map_err(|_| DecimalError::OutOfRange)
}
