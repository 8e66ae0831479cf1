//! What is minimised one after another.

use super::Decoder;
use crate::diagnostic::Diagnostic;
use crate::model::{Order, Target};
use crate::parse::conform::Item;
use crate::units::{Decimal, DecimalError, Ratio};

impl Decoder<'_> {
    /// The order of `objective`, if it names more than cost.
    pub(super) fn order(&mut self, root: &Item<'_>) -> Option<Order> {
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
        (targets.len() > 1).then_some(Order { targets, tolerance })
    }
}

/// Percent as a share.
fn percent(number: Decimal) -> Result<Ratio, DecimalError> {
    let millionths = number.in_units(4)?;
    u32::try_from(millionths).map(Ratio).map_err(|_| DecimalError::OutOfRange)
}
