//! Functions of numbers.

use super::{Answer, Arguments, Function};
use crate::parse::hcl::value::Value;
use crate::parse::number::{compare, double, floor, negated};
use crate::units::Decimal;

pub(super) const TABLE: &[(&str, Function)] = &[
    ("abs", |call| one(call, |number| if number.is_negative() { negated(number) } else { number })),
    ("ceil", |call| one(call, |number| negated(floor(negated(number))))),
    ("floor", |call| one(call, floor)),
    ("signum", |call| one(call, |number| Decimal::from_integer(number.parts().0.signum()))),
    ("max", |call| extreme(call, true)),
    ("min", |call| extreme(call, false)),
    ("log", |call| floats(call, |value, base| value.ln() / base.ln())),
    ("pow", |call| pow(call)),
    ("parseint", |call| parseint(call)),
    ("sum", |call| sum(call)),
];

fn one(call: &Arguments, function: fn(Decimal) -> Decimal) -> Answer {
    call.expect(1, 1)?;
    Ok(Value::Number(function(call.number(0)?)))
}

fn extreme(call: &Arguments, largest: bool) -> Answer {
    call.expect(1, usize::MAX)?;
    let mut best = call.number(0)?;
    for index in 1..call.all().len() {
        let number = call.number(index)?;
        let order = compare(number, best);
        if if largest { order.is_gt() } else { order.is_lt() } {
            best = number;
        }
    }
    Ok(Value::Number(best))
}

fn floats(call: &Arguments, function: fn(f64, f64) -> f64) -> Answer {
    call.expect(2, 2)?;
    number(function(double(call.number(0)?), double(call.number(1)?)))
}

/// Whole powers of small numbers are exact; the rest is computed in doubles.
fn pow(call: &Arguments) -> Answer {
    call.expect(2, 2)?;
    let (base, exponent) = (call.number(0)?, call.number(1)?);
    let exact = exponent.exactly_in_units(0).and_then(|power| u32::try_from(power).ok()).and_then(|power| {
        let (mantissa, scale) = base.parts();
        Some(Decimal::new(mantissa.checked_pow(power)?, scale.checked_mul(power).filter(|&scale| scale <= 30)?))
    });
    match exact {
        Some(power) => Ok(Value::Number(power)),
        None => number(double(base).powf(double(exponent))),
    }
}

fn parseint(call: &Arguments) -> Answer {
    call.expect(2, 2)?;
    let base = call.whole(1)?;
    let base =
        u32::try_from(base).ok().filter(|base| (2..=36).contains(base)).ok_or("the base must be from 2 to 36")?;
    let text = call.text(0)?;
    let number = i128::from_str_radix(&text, base).map_err(|_| format!("{text:?} is no number of base {base}"))?;
    Ok(Value::Number(Decimal::from_integer(number.max(-i128::MAX))))
}

fn sum(call: &Arguments) -> Answer {
    call.expect(1, 1)?;
    let mut items = call.list(0)?.iter();
    let number = |value: &Value| value.as_number().ok_or_else(|| format!("the list holds {}", value.kind()));
    let first = items.next().ok_or("the list is empty")?;
    let mut total = number(first)?;
    for item in items {
        total = crate::parse::number::add(total, number(item)?).map_err(|error| error.to_string())?;
    }
    Ok(Value::Number(total))
}

fn number(value: f64) -> Answer {
    Decimal::from_f64(value).map(Value::Number).map_err(|_| "the result is no number of at most 30 digits".to_owned())
}
