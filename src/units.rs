//! Quantities as integers with a unit in the type, so that two of them cannot be mixed up and sums are exact.
//!
//! | type | unit | why this grain |
//! |---|---|---|
//! | [`Money`] | micro-USD (1e-6 USD) | the finest grain cloud price lists use per hour |
//! | [`Millicores`] | 1/1000 vCPU | Kubernetes' grain |
//! | [`Bytes`] | byte | |
//! | [`Amount`] | 1/1000 of what a named resource is counted in | |
//! | [`MilliRps`] | 1/1000 request per second | whole flows, so that every capacity test is an integer test |
//! | [`RoundTrip`] | microsecond | |
//! | [`Duration`] | microsecond | |
//! | [`Carbon`] | milligram CO₂ equivalent | |
//! | [`Wait`] | microsecond times 1/1000 request per second | what a rate and a round trip make |
//! | [`Ratio`] | 1e-6 | shares, ceilings, percentages |
//!
//! Values become decimal text without a detour through floating point ([`Decimal`]).

use std::fmt::Write as _;

mod decimal;
mod money;
mod quantity;

pub use decimal::{Decimal, DecimalError};
pub use money::Money;
pub use quantity::{Amount, Bytes, Carbon, Duration, MilliRps, Millicores, Ratio, RoundTrip, Wait};

/// Bytes as text, two digits each.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut digits, byte| {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// Hours in a month, by definition (`docs/design.md`): 365 days × 24 hours / 12.
pub const HOURS_PER_MONTH: i128 = 730;

/// Seconds in a month of [`HOURS_PER_MONTH`] hours.
pub const SECONDS_PER_MONTH: i128 = HOURS_PER_MONTH * 3600;
