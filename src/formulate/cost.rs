//! Coefficients of the objective in whole femto-USD (1e-15 USD) per month.
//!
//! > one instance:        hourly price × 730 + hourly emissions × 730 × carbon price
//! > one milli-rps of load: response × 2,628 s × price per 10^9 bytes
//!
//! With prices in micro-USD per hour, per 10^9 bytes and per 10^9 milligrams, both are whole numbers of 1e-15 USD.

use crate::model::{Objective, Offer};
use crate::units::{Bytes, HOURS_PER_MONTH, Money, SECONDS_PER_MONTH};

/// An amount in 1e-15 USD per month.
pub type Femto = i128;

const FEMTO_PER_MICRO: Femto = 1_000_000_000;

/// Monthly cost of one instance, carbon at its price included; `None` if carbon has a price and the emissions are unknown.
pub(super) fn instance(offer: &Offer, objective: &Objective) -> Option<Femto> {
    let paid = from_money(offer.hourly) * HOURS_PER_MONTH;
    if objective.carbon_per_tonne == Money::ZERO {
        return Some(paid);
    }
    // Milligrams × micro-USD per 10^9 milligrams = 1e-15 USD.
    Some(paid + offer.carbon_hourly?.0 * HOURS_PER_MONTH * objective.carbon_per_tonne.micros())
}

/// Monthly cost of sending the answers of one milli-rps; `None` if there are bytes to send and no price.
pub(super) fn egress_per_millirps(response: Bytes, price_per_gb: Option<Money>) -> Option<Femto> {
    if response.0 == 0 {
        return Some(0);
    }
    Some(i128::from(response.0) * (SECONDS_PER_MONTH / 1000) * price_per_gb?.micros())
}

/// An exact amount of money.
pub fn from_money(amount: Money) -> Femto {
    amount.micros() * FEMTO_PER_MICRO
}

/// The largest whole micro-USD not above `amount`: for bounds.
pub fn floor_to_money(amount: Femto) -> Money {
    Money::from_micros(amount.div_euclid(FEMTO_PER_MICRO))
}
