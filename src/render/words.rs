//! Numbers with their units, as people read them.

use crate::units::{Bytes, Carbon, Decimal, MilliRps, Millicores, Money, RoundTrip};

/// Names shown of a long list before it is cut.
const MOST_NAMES: usize = 6;

/// `12,345.60 USD/month`.
pub(super) fn monthly(amount: Money) -> String {
    format!("{amount} USD/month")
}

/// Requests per second, thousands separated, without needless decimals: `2,400 rps`.
pub(super) fn rps(rate: MilliRps) -> String {
    format!("{} rps", grouped(&rate.to_decimal().to_string()))
}

/// A round trip to a tenth of a millisecond: `3.1 ms`.
pub(super) fn ms(round_trip: RoundTrip) -> String {
    tenths(round_trip.0.saturating_add(50) / 100)
}

/// A round trip to a tenth of a millisecond, rounded up, so that what is above a limit never looks equal to it.
pub(super) fn ms_above(round_trip: RoundTrip) -> String {
    tenths(round_trip.0.div_ceil(100))
}

fn tenths(tenths: u32) -> String {
    format!("{}.{} ms", tenths / 10, tenths % 10)
}

/// A limit on round trips exactly as it would be written: `18.25`.
pub(super) fn ms_exact(round_trip: RoundTrip) -> String {
    round_trip.to_decimal().to_string()
}

/// `0.5 vCPU`.
pub(super) fn vcpu(vcpu: Millicores) -> String {
    format!("{} vCPU", vcpu.to_decimal())
}

/// Memory to a thousandth of a GiB: `2 GiB`.
pub(super) fn gib(memory: Bytes) -> String {
    let thousandths = memory.gib().in_units(3).unwrap_or(i128::MAX);
    format!("{} GiB", Decimal::new(thousandths, 3))
}

/// `123.4 kg CO₂e/month`.
pub(super) fn monthly_carbon(mass: Carbon) -> String {
    let tenths = mass.to_decimal().in_units(1).unwrap_or(i128::MAX);
    format!("{} kg CO₂e/month", grouped(&Decimal::new(tenths, 1).to_string()))
}

/// A part of a whole in per cent, for shares: `0.0049 %`.
pub(super) fn per_cent(millionths: u32) -> String {
    format!("{} %", Decimal::new(i128::from(millionths), 4))
}

/// A message in parts, each with whether it stands between backticks; what has an odd number of backticks is one part, as it is.
pub(super) fn parts(message: &str) -> Vec<(bool, &str)> {
    if message.matches('`').count() % 2 == 1 {
        return vec![(false, message)];
    }
    message
        .split('`')
        .enumerate()
        .map(|(index, part)| (index % 2 == 1, part))
        .filter(|(_, part)| !part.is_empty())
        .collect()
}

/// `1 region`, `2 regions`.
pub(super) fn count(number: usize, one: &str, several: &str) -> String {
    format!("{} {}", grouped(&number.to_string()), if number == 1 { one } else { several })
}

/// Names joined with commas; a long list is cut and counted.
pub(super) fn names<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let names: Vec<S> = names.into_iter().collect();
    let shown: Vec<&str> = names.iter().take(MOST_NAMES).map(AsRef::as_ref).collect();
    let more = match names.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", shown.join(", "))
}

/// A number with the thousands of its whole part separated by commas.
pub(super) fn thousands(number: Decimal) -> String {
    grouped(&number.to_string())
}

fn grouped(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut text = String::with_capacity(number.len() + whole.len() / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_their_units() {
        assert_eq!(rps(MilliRps(2_400_000)), "2,400 rps");
        assert_eq!(rps(MilliRps(1_234_567_890)), "1,234,567.89 rps");
        assert_eq!(ms(RoundTrip(3_149)), "3.1 ms");
        assert_eq!(ms_above(RoundTrip(60_001)), "60.1 ms");
        assert_eq!(ms_exact(RoundTrip(18_250)), "18.25");
        assert_eq!(gib(Bytes(3 << 29)), "1.5 GiB");
        assert_eq!(monthly_carbon(Carbon(1_234_567_890)), "1,234.6 kg CO₂e/month");
        assert_eq!(per_cent(49), "0.0049 %");
        assert_eq!(count(1_000, "region", "regions"), "1,000 regions");
        assert_eq!(names(["a", "b"]), "a, b");
        assert_eq!(names((0..8).map(|n| n.to_string())), "0, 1, 2, 3, 4, 5 and 2 more");
    }
}
