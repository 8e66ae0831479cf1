//! Money in whole micro-USD. Sums are exact; the only rounding is where a rate meets a quantity, half away from zero.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use super::decimal::{Decimal, DecimalError, round_div};

/// An amount in micro-USD. Whether it is per hour or per month is said by the name that holds it.
///
/// 128 bits, so that no product of a price and a count that the language accepts can overflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i128);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// `micros` millionths of a US dollar.
    pub const fn from_micros(micros: i128) -> Self {
        Self(micros)
    }

    /// The amount in millionths of a US dollar.
    pub const fn micros(self) -> i128 {
        self.0
    }

    /// A written amount of US dollars, rounded half away from zero to a micro-USD.
    pub fn from_usd(amount: Decimal) -> Result<Self, DecimalError> {
        amount.in_units(6).map(Self)
    }

    /// The amount in US dollars as an exact decimal.
    pub const fn usd(self) -> Decimal {
        Decimal::new(self.0, 6)
    }

    /// `count` times the amount.
    #[must_use]
    pub const fn times(self, count: i128) -> Self {
        Self(self.0 * count)
    }

    /// The amount × `numerator` / `denominator`, rounded half away from zero. `denominator` must be positive.
    #[must_use]
    pub fn scaled(self, numerator: i128, denominator: i128) -> Self {
        if let Some(product) = self.0.checked_mul(numerator) {
            return Self(round_div(product, denominator));
        }
        // The whole part first, so that the product does not outgrow its type.
        let (whole, rest) = (numerator / denominator, numerator % denominator);
        Self(self.0 * whole + round_div(self.0 * rest, denominator))
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// Two decimals, thousands separated: `12,345.60`. For people; machines get [`Money::usd`].
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = round_div(self.0, 10_000);
        let whole = (cents.unsigned_abs() / 100).to_string();
        let mut grouped = String::with_capacity(whole.len() + whole.len() / 3);
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if cents < 0 { "-" } else { "" };
        f.pad(&format!("{sign}{grouped}.{:02}", cents.unsigned_abs() % 100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_two_decimals() {
        for (micros, text) in [
            (0, "0.00"),
            (1_234_567_890_000, "1,234,567.89"),
            (-5_000, "-0.01"),
            (4_999, "0.00"),
            (999_995_000, "1,000.00"),
        ] {
            assert_eq!(Money::from_micros(micros).to_string(), text);
        }
    }

    #[test]
    fn scaling_rounds_half_away_from_zero() {
        assert_eq!(Money::from_micros(5).scaled(1, 2).micros(), 3);
        assert_eq!(Money::from_micros(-5).scaled(1, 2).micros(), -3);
    }
}
