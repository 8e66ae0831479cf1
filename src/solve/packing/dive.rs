//! Diving: from the relaxation to whole nodes, a few at a time.
//!
//! Whole parts of the values are kept, the column nearest to its next whole value is rounded up, and the relaxation is solved again over the patterns
//! that suit what is left. Nothing is taken back; what comes out is a packing, not a proof.

use super::master::{Care, Master, Relaxed};
use super::solution::Solution;

/// Values this near to a whole number are whole.
const NEAR: f64 = 1e-6;

/// Fractions beyond which columns are rounded up at once, one for each dive: which of them ends best cannot be told before.
pub(super) const SURE: [f64; 4] = [0.6, 0.8, 0.5, 0.9];

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "values are numbers of nodes, not below zero"
)]
fn whole_part(value: f64) -> u64 {
    (value + NEAR).max(0.0).floor() as u64
}

/// Dives from the solved relaxation, rounding up what is beyond `sure`; `None` if it ends where no packing is left. Leaves `master` with nothing decided that was not before.
pub(super) fn dive(master: &mut Master<'_>, mut relaxed: Relaxed, sure: f64) -> Option<Solution> {
    let before = master.decided.clone();
    let found = descend(master, &mut relaxed, sure);
    for column in 0..master.columns.len() {
        let count = before.get(column).copied().unwrap_or(0);
        if master.decided[column] != count {
            master.decide(column, count, false);
        }
    }
    found
}

fn descend(master: &mut Master<'_>, relaxed: &mut Relaxed, sure: f64) -> Option<Solution> {
    loop {
        if relaxed.missing > NEAR {
            return None;
        }
        let mut fractions: Vec<(f64, usize)> = Vec::new();
        for (column, &value) in relaxed.values.iter().enumerate() {
            let whole = whole_part(value);
            if whole > master.decided[column] {
                master.decide(column, whole, false);
            }
            #[expect(clippy::cast_precision_loss, reason = "numbers of nodes are far below 2^52")]
            let fraction = value - whole as f64;
            if fraction > NEAR {
                fractions.push((fraction, column));
            }
        }
        fractions.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let Some(&first) = fractions.first() else { break };
        let rounded = fractions.iter().filter(|(fraction, _)| *fraction > sure).skip(1).chain([&first]);
        for &(_, column) in rounded {
            master.decide(column, master.decided[column] + 1, false);
        }
        *relaxed = master.relax(Care::QUICK)?;
    }
    Some(Solution::of(master.reduced, master.columns.iter().cloned().zip(master.decided.iter().copied())))
}
