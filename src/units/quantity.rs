//! The physical quantities: processor, memory, request rate, round trip, carbon, ratio.
//!
//! Each is a whole number of its unit. Construction from written numbers happens in `parse`, which knows the place to blame.

use super::decimal::{Decimal, DecimalError};

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident($inner:ty), $places:expr, $per:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl $name {
            #[doc = concat!("A written number of ", $per, ", rounded half away from zero to the unit; refuses what does not fit.")]
            pub fn from_decimal(value: Decimal) -> Result<Self, DecimalError> {
                value
                    .in_units($places)
                    .and_then(|units| <$inner>::try_from(units).map_err(|_| DecimalError::OutOfRange))
                    .map(Self)
            }

            #[doc = concat!("The quantity in ", $per, ", exactly.")]
            pub fn to_decimal(self) -> Decimal {
                Decimal::new(i128::from(self.0), $places)
            }
        }
    };
}

quantity!(
    /// Processor time: thousandths of a vCPU.
    Millicores(u64), 3, "vCPU"
);
quantity!(
    /// Requests per thousand seconds, so that demand split between regions stays whole.
    MilliRps(u64), 3, "requests per second"
);
quantity!(
    /// A network round trip in microseconds.
    RoundTrip(u32), 3, "milliseconds"
);
quantity!(
    /// How long a request is worked on, in microseconds.
    Duration(u32), 3, "milliseconds"
);
quantity!(
    /// A share, ceiling or factor in millionths: 1 is `Ratio(1_000_000)`.
    Ratio(u32), 6, "one"
);
quantity!(
    /// Thousandths of whatever a named resource is counted in.
    Amount(u64), 3, "the resource"
);
quantity!(
    /// Greenhouse gas in milligrams of CO₂ equivalent.
    Carbon(i128), 6, "kilograms CO₂e"
);

quantity!(
    /// Time that requests spend on their way: thousandths of a request per second times microseconds.
    Wait(i128), 6, "requests per second times milliseconds"
);

/// Memory in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

impl Bytes {
    /// Bytes of a GiB.
    pub const PER_GIB: i128 = 1 << 30;

    /// A written number of GiB (2^30 bytes), rounded half away from zero to a byte.
    pub fn from_gib(value: Decimal) -> Result<Self, DecimalError> {
        // Nine decimals of a GiB are about one byte; the product is rounded once.
        let billionths = value.in_units(9)?;
        let bytes = super::decimal::round_div(
            billionths.checked_mul(Self::PER_GIB).ok_or(DecimalError::OutOfRange)?,
            1_000_000_000,
        );
        u64::try_from(bytes).map(Self).map_err(|_| DecimalError::OutOfRange)
    }

    /// A written number of KiB (2^10 bytes), rounded half away from zero to a byte.
    pub fn from_kib(value: Decimal) -> Result<Self, DecimalError> {
        let bytes =
            super::decimal::round_div(value.in_units(6)?.checked_mul(1024).ok_or(DecimalError::OutOfRange)?, 1_000_000);
        u64::try_from(bytes).map(Self).map_err(|_| DecimalError::OutOfRange)
    }

    /// The size in whole GiB, rounded up.
    pub fn whole_gib(self) -> u64 {
        self.0.div_ceil(1 << 30)
    }

    /// The size in GiB, rounded to six decimals.
    pub fn gib(self) -> Decimal {
        Decimal::new(super::decimal::round_div(i128::from(self.0) * 1_000_000, Self::PER_GIB), 6)
    }
}

impl MilliRps {
    /// No requests.
    pub const ZERO: Self = Self(0);
}

impl Ratio {
    /// The whole.
    pub const ONE: Self = Self(1_000_000);

    /// The largest whole part of `amount` that is not above this ratio of it.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a u64 times a ratio of at most 4295 divided back; callers pass ratios of at most one"
    )]
    pub fn floor_of(self, amount: u64) -> u64 {
        (u128::from(amount) * u128::from(self.0) / 1_000_000) as u64
    }

    /// The part of `amount`, rounded up.
    pub fn ceil_of(self, amount: u64) -> u64 {
        let part = (u128::from(amount) * u128::from(self.0)).div_ceil(1_000_000);
        u64::try_from(part).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_numbers_become_whole_units() {
        let decimal = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(Millicores::from_decimal(decimal("0.5")), Ok(Millicores(500)));
        assert_eq!(RoundTrip::from_decimal(decimal("12.345")), Ok(RoundTrip(12_345)));
        assert_eq!(Bytes::from_gib(decimal("0.5")), Ok(Bytes(1 << 29)));
        assert_eq!(Bytes::from_kib(decimal("4")), Ok(Bytes(4096)));
        assert_eq!(Millicores::from_decimal(decimal("-1")), Err(DecimalError::OutOfRange));
        assert_eq!(Bytes(1 << 31).gib().to_string(), "2");
        assert_eq!(Ratio(700_000).floor_of(151), 105);
    }
}
