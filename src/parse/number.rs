//! Arithmetic on exact decimals, for limits and for expressions: `0.1 + 0.2` is `0.3`.
//!
//! Results are exact while they fit 38 digits. Quotients that do not end, and products beyond 38 digits, are rounded to the nearest double's
//! shortest decimal or to 30 digits; both are far finer than any quantity here.

use std::cmp::Ordering;

use crate::units::{Decimal, DecimalError};

/// Digits kept of a quotient that does not end.
const QUOTIENT_DIGITS: u32 = 30;

/// The order of two numbers by value.
pub(super) fn compare(a: Decimal, b: Decimal) -> Ordering {
    let (mantissa_a, scale_a) = a.parts();
    let (mantissa_b, scale_b) = b.parts();
    let sign = mantissa_a.signum().cmp(&mantissa_b.signum());
    if sign.is_ne() || mantissa_a == 0 {
        return sign;
    }
    let toward = |order: Ordering| if mantissa_a < 0 { order.reverse() } else { order };
    let magnitude = |mantissa: i128, scale: u32| i64::from(digits(mantissa)) - i64::from(scale);
    let by_magnitude = magnitude(mantissa_a, scale_a).cmp(&magnitude(mantissa_b, scale_b));
    if by_magnitude.is_ne() {
        return toward(by_magnitude);
    }
    // Equal magnitudes: after padding the shorter mantissa both have the same number of digits, which fits.
    let pad = |mantissa: i128, by: u32| 10_u128.pow(by.min(38)).saturating_mul(mantissa.unsigned_abs());
    let (size_a, size_b) =
        (pad(mantissa_a, scale_b.saturating_sub(scale_a)), pad(mantissa_b, scale_a.saturating_sub(scale_b)));
    toward(size_a.cmp(&size_b))
}

/// `a + b`.
pub(super) fn add(a: Decimal, b: Decimal) -> Result<Decimal, DecimalError> {
    aligned(a, b)
        .and_then(|(left, right, scale)| Some(reduced(left.checked_add(right)?, scale)))
        .map_or_else(|| Decimal::from_f64(double(a) + double(b)), Ok)
}

/// `-a`.
pub(super) const fn negated(a: Decimal) -> Decimal {
    let (mantissa, scale) = a.parts();
    Decimal::new(-mantissa, scale)
}

/// `a × b`.
pub(super) fn multiply(a: Decimal, b: Decimal) -> Result<Decimal, DecimalError> {
    let ((left, left_scale), (right, right_scale)) = (a.parts(), b.parts());
    left.checked_mul(right)
        .and_then(|product| Some(reduced(product, left_scale.checked_add(right_scale)?)))
        .map_or_else(|| Decimal::from_f64(double(a) * double(b)), Ok)
}

/// `a / b`; dividing by zero is no number.
pub(super) fn divide(a: Decimal, b: Decimal) -> Result<Decimal, DecimalError> {
    let ((mut left, left_scale), (right, right_scale)) = (a.parts(), b.parts());
    if right == 0 {
        return Err(DecimalError::NotANumber);
    }
    let mut scale = i64::from(left_scale) - i64::from(right_scale);
    // Widen the dividend until the division leaves nothing, or enough digits are there.
    while left % right != 0 && digits(left / right) < QUOTIENT_DIGITS {
        let Some(wider) = left.checked_mul(10) else { break };
        left = wider;
        scale += 1;
    }
    if left % right != 0 && digits(left / right) < 17 {
        return Decimal::from_f64(double(a) / double(b));
    }
    let quotient = left / right;
    match u32::try_from(scale) {
        Ok(scale) => Ok(reduced(quotient, scale)),
        Err(_) => u32::try_from(-scale)
            .ok()
            .and_then(|power| quotient.checked_mul(10_i128.checked_pow(power)?))
            .map(Decimal::from_integer)
            .ok_or(DecimalError::OutOfRange),
    }
}

/// What is left of `a` after taking `b` as often as it fits, with the sign of `a`.
pub(super) fn remainder(a: Decimal, b: Decimal) -> Result<Decimal, DecimalError> {
    if b.is_zero() {
        return Err(DecimalError::NotANumber);
    }
    let (left, right, scale) = aligned(a, b).ok_or(DecimalError::OutOfRange)?;
    Ok(reduced(left % right, scale))
}

/// The largest whole number that is not above `a`.
pub(super) fn floor(a: Decimal) -> Decimal {
    let (mantissa, scale) = a.parts();
    match 10_i128.checked_pow(scale) {
        Some(unit) => Decimal::from_integer(mantissa.div_euclid(unit)),
        None => Decimal::from_integer(if mantissa < 0 { -1 } else { 0 }),
    }
}

/// The nearest double.
pub(super) fn double(a: Decimal) -> f64 {
    let (mantissa, scale) = a.parts();
    format!("{mantissa}e-{scale}").parse().unwrap_or(f64::NAN)
}

fn aligned(a: Decimal, b: Decimal) -> Option<(i128, i128, u32)> {
    let ((left, left_scale), (right, right_scale)) = (a.parts(), b.parts());
    let scale = left_scale.max(right_scale);
    let widen =
        |mantissa: i128, by: u32| if mantissa == 0 { Some(0) } else { mantissa.checked_mul(10_i128.checked_pow(by)?) };
    Some((widen(left, scale - left_scale)?, widen(right, scale - right_scale)?, scale))
}

/// Without trailing zeros after the point. The one value without a negative counterpart is moved next to it.
fn reduced(mantissa: i128, mut scale: u32) -> Decimal {
    let mut mantissa = mantissa.max(-i128::MAX);
    if mantissa == 0 {
        return Decimal::from_integer(0);
    }
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    Decimal::new(mantissa, scale)
}

fn digits(mantissa: i128) -> u32 {
    mantissa.unsigned_abs().checked_ilog10().map_or(0, |log| log + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn arithmetic_is_exact_where_it_can_be() {
        for (result, expected) in [
            (add(decimal("0.1"), decimal("0.2")), "0.3"),
            (multiply(decimal("0.1"), decimal("30")), "3"),
            (divide(decimal("1"), decimal("8")), "0.125"),
            (divide(decimal("1"), decimal("3")), "0.333333333333333333333333333333"),
            (divide(decimal("600"), decimal("0.2")), "3000"),
            (remainder(decimal("-7"), decimal("3")), "-1"),
            (Ok(floor(decimal("-0.5"))), "-1"),
            (Ok(floor(decimal("2.999"))), "2"),
        ] {
            assert_eq!(result.map(|number| number.to_string()), Ok(expected.to_owned()));
        }
        assert_eq!(divide(decimal("1"), decimal("0")), Err(DecimalError::NotANumber));
        assert_eq!(multiply(decimal("1e30"), decimal("1e30")), Err(DecimalError::OutOfRange));
    }

    #[test]
    fn order_is_by_value() {
        for (a, b, expected) in [
            ("1", "1.0", Ordering::Equal),
            ("1e-400", "1", Ordering::Less),
            ("-1e-400", "-1", Ordering::Greater),
            ("100e-2", "1", Ordering::Equal),
            ("9.99", "10", Ordering::Less),
            ("-2", "1", Ordering::Less),
            ("0", "1e-9", Ordering::Less),
        ] {
            assert_eq!(compare(decimal(a), decimal(b)), expected, "{a} {b}");
        }
    }
}
