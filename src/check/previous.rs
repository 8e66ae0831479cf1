//! Previous: nothing moves for less than the threshold.
//!
//! > the earlier placement is left  =>  saving > 0  and  saving >= max(min_improvement_usd, min_improvement_percent × its cost now)

use crate::model::Previous;
use crate::units::Money;

/// Whether leaving what stands and costs `from` for what costs `to` saves enough.
pub fn is_worth_moving(previous: &Previous, from: Money, to: Money) -> bool {
    let saving = from - to;
    saving > Money::ZERO && saving >= previous.threshold(from)
}
