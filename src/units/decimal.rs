//! Exact decimal numbers as people and JSON write them: `0.1`, `-12`, `3.5e-3`.
//!
//! A [`Decimal`] keeps digits and scale, so that `0.1` stays one tenth until a quantity takes it at its own grain.

use std::fmt;
use std::str::FromStr;

/// Most digits a written number may have. Quantities need at most 24; the limit keeps arithmetic inside `i128`.
const MAX_DIGITS: usize = 30;

/// Most decimal places a written number may have: finer than any quantity, and short enough to be written out.
const MAX_SCALE: u32 = 1_000;

/// A decimal number: `mantissa × 10^-scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    mantissa: i128,
    scale: u32,
}

/// Why text or a conversion was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// The text is not a decimal number (NaN and infinities included).
    #[error("not a decimal number")]
    NotANumber,
    /// More digits, or a larger exponent, than any quantity here can carry.
    #[error("the number is too large or too precise (at most 30 digits)")]
    OutOfRange,
}

impl Decimal {
    /// The whole number `value`.
    pub const fn from_integer(value: i128) -> Self {
        Self { mantissa: value, scale: 0 }
    }

    /// `mantissa × 10^-scale`.
    pub const fn new(mantissa: i128, scale: u32) -> Self {
        Self { mantissa, scale }
    }

    /// The shortest decimal that reads back as `value`; refuses NaN and infinities.
    ///
    /// Hosts send numbers such as `0.5` as binary floats; the shortest text is what their author wrote.
    pub fn from_f64(value: f64) -> Result<Self, DecimalError> {
        if value.is_finite() { format!("{value:e}").parse() } else { Err(DecimalError::NotANumber) }
    }

    /// Mantissa and scale: the number is `mantissa × 10^-scale`.
    pub const fn parts(self) -> (i128, u32) {
        (self.mantissa, self.scale)
    }

    /// True for numbers below zero.
    pub const fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// True for zero.
    pub const fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// The number in units of `10^-places`, rounded half away from zero.
    ///
    /// `"1.0045".in_units(3)` is 1005 (rounded up: 1.0045 is half way).
    pub fn in_units(self, places: u32) -> Result<i128, DecimalError> {
        if self.scale <= places {
            10_i128
                .checked_pow(places - self.scale)
                .and_then(|factor| self.mantissa.checked_mul(factor))
                .ok_or(DecimalError::OutOfRange)
        } else {
            Ok(10_i128.checked_pow(self.scale - places).map_or(0, |divisor| round_div(self.mantissa, divisor)))
        }
    }

    /// The number in units of `10^-places`, only if that loses nothing.
    pub fn exactly_in_units(self, places: u32) -> Option<i128> {
        let rounded = self.in_units(places).ok()?;
        (Self::new(rounded, places) == self.rescaled(places)?).then_some(rounded)
    }

    fn rescaled(self, places: u32) -> Option<Self> {
        if self.scale <= places {
            let factor = 10_i128.checked_pow(places - self.scale)?;
            return Some(Self::new(self.mantissa.checked_mul(factor)?, places));
        }
        let divisor = 10_i128.checked_pow(self.scale - places)?;
        (self.mantissa % divisor == 0).then(|| Self::new(self.mantissa / divisor, places))
    }
}

/// `numerator / denominator`, rounded half away from zero. `denominator` must be positive.
pub(crate) fn round_div(numerator: i128, denominator: i128) -> i128 {
    let quotient = numerator / denominator;
    let remainder = numerator % denominator;
    // Comparing with the distance to the next whole number avoids doubling, which could overflow.
    if remainder.abs() >= denominator - remainder.abs() { quotient + numerator.signum() } else { quotient }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (number, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], parse_exponent(&text[at + 1..])?),
            None => (text, 0),
        };
        let (negative, digits) = match number.as_bytes().first() {
            Some(b'-') => (true, &number[1..]),
            Some(b'+') => (false, &number[1..]),
            _ => (false, number),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty()
            || !(whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()))
        {
            return Err(DecimalError::NotANumber);
        }
        let fraction = fraction.trim_end_matches('0');
        let mut mantissa: i128 = 0;
        for (at, digit) in whole.bytes().chain(fraction.bytes()).skip_while(|digit| *digit == b'0').enumerate() {
            if at == MAX_DIGITS {
                return Err(DecimalError::OutOfRange);
            }
            mantissa = mantissa * 10 + i128::from(digit - b'0');
        }
        if mantissa == 0 {
            return Ok(Self::from_integer(0));
        }
        let mantissa = if negative { -mantissa } else { mantissa };
        let fraction_digits = i64::try_from(fraction.len()).map_err(|_| DecimalError::OutOfRange)?;
        let scale = fraction_digits.checked_sub(exponent).ok_or(DecimalError::OutOfRange)?;
        match u32::try_from(scale) {
            Ok(scale) if scale <= MAX_SCALE => Ok(Self::new(mantissa, scale)),
            Ok(_) => Err(DecimalError::OutOfRange),
            Err(_) => u32::try_from(-scale)
                .ok()
                .and_then(|power| 10_i128.checked_pow(power))
                .and_then(|factor| mantissa.checked_mul(factor))
                .map(Self::from_integer)
                .ok_or(DecimalError::OutOfRange),
        }
    }
}

fn parse_exponent(text: &str) -> Result<i64, DecimalError> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.is_empty() || !unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DecimalError::NotANumber);
    }
    text.parse::<i32>().map(i64::from).map_err(|_| DecimalError::OutOfRange)
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = self.mantissa.unsigned_abs().to_string();
        let scale = self.scale as usize;
        if scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            fraction => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str, places: u32) -> Result<i128, DecimalError> {
        text.parse::<Decimal>()?.in_units(places)
    }

    #[test]
    fn text_becomes_whole_units() {
        for (text, places, expected) in [
            ("0.1", 6, 100_000),
            ("-12", 0, -12),
            ("3.5e-3", 6, 3_500),
            ("1.0045", 3, 1_005),
            ("1e3", 0, 1_000),
            ("0.0000004", 6, 0),
            ("0.0000005", 6, 1),
            ("1e-400", 6, 0),
            (".5", 1, 5),
        ] {
            assert_eq!(units(text, places), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", "NaN", "inf", "1e", "1.2.3", "0x10", "--1", "1e+-2", "٣"] {
            assert_eq!(units(text, 0), Err(DecimalError::NotANumber), "{text}");
        }
        for text in ["1e99", "1e99999999999", "1e-2000000000", "1234567890123456789012345678901"] {
            assert_eq!(units(text, 0), Err(DecimalError::OutOfRange), "{text}");
        }
        assert_eq!(Decimal::from_f64(f64::NAN), Err(DecimalError::NotANumber));
    }

    #[test]
    fn display_is_the_shortest_text() {
        for (mantissa, scale, text) in [(1_230_000, 6, "1.23"), (-5, 1, "-0.5"), (7, 0, "7"), (0, 6, "0")] {
            assert_eq!(Decimal::new(mantissa, scale).to_string(), text);
        }
    }
}
