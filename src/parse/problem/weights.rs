//! Weighted routing.

use std::collections::BTreeMap;

use super::Decoder;
use crate::diagnostic::{Diagnostic, quoted};
use crate::model::Weights;
use crate::parse::conform::Item;
use crate::units::{Decimal, DecimalError, Ratio};

impl Decoder<'_> {
    /// The weights of `spread`, if there are any.
    pub(super) fn weights(&mut self, spread: Option<&Item<'_>>) -> Option<Weights> {
        let stated = spread?.get("weights");
        let given = spread?.get("weight_tolerance");
        let tolerance = self.quantity(given, Ratio::from_decimal).unwrap_or_default();
        let Some(stated) = stated.filter(|stated| stated.entries().next().is_some()) else {
            let is_known = spread?.get("weights").is_none_or(|weights| !weights.is_faulty());
            if let Some(given) = given.filter(|given| is_known && !given.is_faulty()) {
                let fault =
                    Diagnostic::warning("unused", "`spread.weight_tolerance` says nothing without `spread.weights`");
                self.blame(given, fault.help("remove it, or give weights: weights = { aws = 70, gcp = 30 }"));
            }
            return None;
        };
        let mut of: BTreeMap<String, u64> = BTreeMap::new();
        for (name, item) in stated.entries() {
            let market = self.market;
            let cloud = market.find_cloud(name).map(str::to_owned);
            let domain = cloud.or_else(|_| market.find_region(name).map(|region| region.to_string()));
            let weight = self.quantity(Some(item), millionths);
            match domain {
                Ok(domain) if of.contains_key(&domain) => {
                    let message = format!("{} has two weights, one of them as {domain}", quoted(name, '`'));
                    let fault = Diagnostic::error("duplicate", message).help("remove one of the two");
                    self.diagnostics.push(stated.blame_key(name, fault));
                }
                Ok(domain) => {
                    of.insert(domain, weight.unwrap_or_default());
                }
                Err(error) if !self.is_finding(&error) => {}
                Err(error) => {
                    let fault = self.name_fault(&error);
                    self.diagnostics.push(stated.blame_key(name, fault));
                }
            }
        }
        if of.values().all(|&weight| weight == 0) && stated.is_sound() {
            let fault = Diagnostic::error("contradiction", "all weights are zero: nothing would be answered anywhere");
            self.blame(stated, fault.help("give at least one domain a weight above zero"));
            return None;
        }
        Some(Weights { of, tolerance })
    }
}

/// A weight in millionths.
fn millionths(number: Decimal) -> Result<u64, DecimalError> {
    u64::try_from(number.in_units(6)?).map_err(|_| DecimalError::OutOfRange)
}
