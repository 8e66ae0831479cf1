//! A number of the configuration language: an exact decimal of any size, or one of the infinities.
//!
//! HCL computes with 512-bit numbers, so neither `f64` nor `i64` can hold what a configuration says: `0.1` is exactly one tenth.
//! A number is kept as an `i64` where it is one and as canonical decimal text otherwise (no exponent, no leading or trailing
//! zeros, no `-0`), so that two numbers are equal exactly when their representations are.

use std::cmp::Ordering;
use std::fmt;

/// Exponents beyond this are refused: `1e999999999` would be a gigabyte of zeros.
const MAX_EXPONENT: i64 = 4096;

/// An exact number.
#[derive(Clone, PartialEq, Eq)]
pub struct Number(Repr);

#[derive(Clone, PartialEq, Eq)]
enum Repr {
    Int(i64),
    /// Canonical text of a number that is no `i64`.
    Decimal(Box<str>),
    Infinite {
        negative: bool,
    },
}

/// Text that is no number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a number")]
pub struct NumberError(String);

impl Number {
    /// Reads decimal text with an optional sign, fraction and exponent; also `Inf` and `-Inf`.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let wrong = || NumberError(super::ty::shorten(text));
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        if unsigned.eq_ignore_ascii_case("inf") || unsigned.eq_ignore_ascii_case("infinity") {
            return Ok(Self(Repr::Infinite { negative }));
        }
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().map_err(|_| wrong())?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !is_digits(whole) || !is_digits(fraction) {
            return Err(wrong());
        }
        if !(-MAX_EXPONENT..=MAX_EXPONENT).contains(&exponent) {
            return Err(wrong());
        }
        Ok(Self::canonical(negative, whole, fraction, exponent))
    }

    /// The exact binary value of `value`: 0.1 becomes 0.1000000000000000055…. `None` for NaN.
    pub fn from_f64_exact(value: f64) -> Option<Self> {
        if value.is_nan() {
            return None;
        }
        if value.is_infinite() {
            return Some(Self(Repr::Infinite { negative: value < 0.0 }));
        }
        // A fraction with so many binary digits has as many decimal ones.
        Self::parse(&format!("{value:.*}", fraction_bits(value))).ok()
    }

    /// The shortest decimal that reads back as `value`: 0.1 becomes 0.1. `None` for NaN.
    ///
    /// This is what a person expects of a computed result.
    pub fn from_f64(value: f64) -> Option<Self> {
        if value.is_finite() { Self::parse(&format!("{value}")).ok() } else { Self::from_f64_exact(value) }
    }

    /// The number as an integer, if it is one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Int(value) => Some(value),
            Repr::Decimal(_) | Repr::Infinite { .. } => None,
        }
    }

    /// The number as a non-negative integer, if it is one that fits.
    pub fn as_u64(&self) -> Option<u64> {
        match &self.0 {
            Repr::Int(value) => u64::try_from(*value).ok(),
            Repr::Decimal(text) => text.parse().ok(),
            Repr::Infinite { .. } => None,
        }
    }

    /// The nearest `f64`, infinite where the number is too large.
    pub fn as_f64(&self) -> f64 {
        match &self.0 {
            #[expect(clippy::cast_precision_loss, reason = "the nearest f64 is what the caller asks for")]
            Repr::Int(value) => *value as f64,
            Repr::Decimal(text) => text.parse().unwrap_or(f64::NAN),
            Repr::Infinite { negative: true } => f64::NEG_INFINITY,
            Repr::Infinite { negative: false } => f64::INFINITY,
        }
    }

    /// The `f64` that is exactly this number, if there is one.
    pub(crate) fn as_exact_f64(&self) -> Option<f64> {
        match &self.0 {
            // A binary fraction that is no integer ends in 5 in decimal; the test spares most numbers the long conversion.
            Repr::Decimal(text) if text.contains('.') && text.ends_with('5') => {
                let value = self.as_f64();
                (Self::from_f64_exact(value).as_ref() == Some(self)).then_some(value)
            }
            Repr::Int(_) | Repr::Decimal(_) => None,
            Repr::Infinite { .. } => Some(self.as_f64()),
        }
    }

    /// The `f64` whose shortest decimal is this number, if there is one.
    pub(crate) fn as_shortest_f64(&self) -> Option<f64> {
        let value = self.as_f64();
        (Self::from_f64(value).as_ref() == Some(self)).then_some(value)
    }

    /// Whether the number is neither infinity.
    pub fn is_finite(&self) -> bool {
        !matches!(self.0, Repr::Infinite { .. })
    }

    /// `whole.fraction × 10^exponent` in the one form that stands for it.
    fn canonical(negative: bool, whole: &str, fraction: &str, exponent: i64) -> Self {
        let mut digits = format!("{whole}{fraction}");
        // How many digits stand before the point; `exponent` is bounded, lengths are those of the text.
        let mut point = i64::try_from(whole.len()).unwrap_or(i64::MAX).saturating_add(exponent);
        let leading = digits.bytes().take_while(|byte| *byte == b'0').count();
        digits.drain(..leading);
        point = point.saturating_sub(i64::try_from(leading).unwrap_or(i64::MAX));
        digits.truncate(digits.trim_end_matches('0').len());
        if digits.is_empty() {
            return Self(Repr::Int(0));
        }
        let mut text = String::from(if negative { "-" } else { "" });
        match usize::try_from(point) {
            Ok(point) if point >= digits.len() => {
                text.push_str(&digits);
                text.extend(std::iter::repeat_n('0', point - digits.len()));
            }
            Ok(point) if point > 0 => {
                text.push_str(&digits[..point]);
                text.push('.');
                text.push_str(&digits[point..]);
            }
            _ => {
                text.push_str("0.");
                text.extend(std::iter::repeat_n('0', usize::try_from(-point).unwrap_or(0)));
                text.push_str(&digits);
            }
        }
        match text.parse() {
            Ok(value) => Self(Repr::Int(value)),
            Err(_) => Self(Repr::Decimal(text.into())),
        }
    }

    /// Sign, whole digits, fraction digits of a finite number.
    fn parts(text: &str) -> (bool, &str, &str) {
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        (negative, whole, fraction)
    }
}

/// How many binary digits stand behind the point of a finite number.
fn fraction_bits(value: f64) -> usize {
    /// The exponent of the last bit of the mantissa, as stored, is higher by this.
    const BIAS: u64 = 1075;
    let bits = value.to_bits();
    let (stored, fraction) = (bits >> 52 & 0x7ff, bits & ((1 << 52) - 1));
    // The smallest numbers have no leading one, and the exponent of those that follow.
    let (mantissa, exponent) = if stored == 0 { (fraction, 1) } else { (fraction | 1 << 52, stored) };
    if mantissa == 0 {
        return 0;
    }
    let last_bit = exponent + u64::from(mantissa.trailing_zeros());
    usize::try_from(BIAS.saturating_sub(last_bit)).unwrap_or(0)
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Int(value) => write!(f, "{value}"),
            Repr::Decimal(text) => f.write_str(text),
            Repr::Infinite { negative } => f.write_str(if *negative { "-Inf" } else { "Inf" }),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let (left, right) = match (&self.0, &other.0) {
            (Repr::Int(left), Repr::Int(right)) => return left.cmp(right),
            (Repr::Infinite { .. }, _) | (_, Repr::Infinite { .. }) => {
                let rank = |number: &Self| match number.0 {
                    Repr::Infinite { negative } => 1 - 2 * i8::from(negative),
                    Repr::Int(_) | Repr::Decimal(_) => 0,
                };
                return rank(self).cmp(&rank(other));
            }
            _ => (self.to_string(), other.to_string()),
        };
        let (left_negative, left_whole, left_fraction) = Self::parts(&left);
        let (right_negative, right_whole, right_fraction) = Self::parts(&right);
        let magnitude =
            (left_whole.len(), left_whole, left_fraction).cmp(&(right_whole.len(), right_whole, right_fraction));
        match (left_negative, right_negative) {
            (false, false) => magnitude,
            (true, true) => magnitude.reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Repr::Int(value))
    }
}

impl From<u32> for Number {
    fn from(value: u32) -> Self {
        Self(Repr::Int(value.into()))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        i64::try_from(value)
            .map_or_else(|_| Self(Repr::Decimal(value.to_string().into())), |value| Self(Repr::Int(value)))
    }
}

impl std::str::FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_one_form() {
        let cases = [
            ("0", "0"),
            ("-0.0", "0"),
            ("00012.500", "12.5"),
            ("1e3", "1000"),
            ("12.5e-4", "0.00125"),
            ("1.25E1", "12.5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("+7", "7"),
            ("9223372036854775807", "9223372036854775807"),
            ("9223372036854775808", "9223372036854775808"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("-Inf", "-Inf"),
        ];
        for (text, expected) in cases {
            assert_eq!(Number::parse(text).map(|number| number.to_string()), Ok(expected.to_owned()), "{text}");
        }
        for text in ["", "-", ".", "e5", "1e", "0x10", "1_000", "1e5000", "NaN", "1.2.3", "--1", "é"] {
            assert!(Number::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn floats_are_exact_or_short_as_asked() {
        assert_eq!(Number::from_f64(0.1).unwrap().to_string(), "0.1");
        assert!(Number::from_f64_exact(0.1).unwrap().to_string().starts_with("0.1000000000000000055511151231257827"));
        assert_eq!(Number::from_f64_exact(1e300).unwrap().as_f64().to_bits(), 1e300_f64.to_bits());
        assert_eq!(Number::from_f64_exact(f64::NAN), None);
        assert_eq!(fraction_bits(5e-324), 1074);
        assert_eq!([0.0, 8.0, 0.5, -0.375, 1.25].map(fraction_bits), [0, 0, 1, 3, 2]);
        for value in [0.5, -0.375, 5e-324, 1.5e-300] {
            assert_eq!(Number::from_f64_exact(value).unwrap().as_exact_f64(), Some(value));
        }
        assert_eq!(Number::parse("0.1").unwrap().as_exact_f64(), None);
        assert_eq!(Number::parse("0.15").unwrap().as_exact_f64(), None);
        // What a float cannot show digit for digit stays text.
        for (text, float) in [
            ("0.1", Some(0.1)),
            ("50356.709356", Some(50_356.709_356)),
            ("0.1000000000000000055511151231257827021181583404541015625", None),
            ("123456789012.345678", None),
        ] {
            assert_eq!(Number::parse(text).unwrap().as_shortest_f64(), float, "{text}");
        }
    }

    #[test]
    fn order_is_that_of_the_numbers() {
        let sorted = [
            "-Inf",
            "-100000000000000000000",
            "-10",
            "-1.5",
            "-1.25",
            "0",
            "0.001",
            "0.01",
            "9",
            "10",
            "10.5",
            "1e30",
            "Inf",
        ];
        let numbers: Vec<Number> = sorted.iter().map(|text| Number::parse(text).unwrap()).collect();
        for (i, left) in numbers.iter().enumerate() {
            for (j, right) in numbers.iter().enumerate() {
                assert_eq!(left.cmp(right), i.cmp(&j), "{left} {right}");
            }
        }
    }
}
