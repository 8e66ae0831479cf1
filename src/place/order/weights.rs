//! What the targets of an order weigh in a sum.

use crate::model::Target;

/// Micro-USD of a tonne at which a milligram weighs as much as a micro-USD.
const MILLIGRAMS: i128 = 1_000_000_000;

/// Micro-USD of a request per second and a millisecond at which a unit of [`Wait`] weighs as much as a micro-USD.
const WAITS: i128 = 1_000_000;

/// What the parts of a sum weigh.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    /// Whether money does.
    pub(super) money: bool,
    /// Micro-USD for a tonne.
    pub(super) carbon: i128,
    /// Micro-USD for a request per second and a millisecond.
    pub(super) latency: i128,
}

impl Weights {
    const NONE: Self = Self { money: false, carbon: 0, latency: 0 };

    /// Those under which nothing but a target weighs anything.
    pub(super) fn of(target: Target) -> Self {
        match target {
            Target::Cost => Self { money: true, ..Self::NONE },
            Target::Carbon => Self { carbon: MILLIGRAMS, ..Self::NONE },
            Target::Latency => Self { latency: WAITS, ..Self::NONE },
        }
    }

    /// Those under which `(a, of_a)` and `(b, of_b)` weigh the same: so much of one target for so much of another.
    pub(super) fn balanced((a, of_a): (Target, i128), (b, of_b): (Target, i128)) -> Self {
        /// Weights are whole: where money does not say how large they are, a milligram weighs so much that their rounding is not felt.
        const FINE: i128 = 1_000_000;
        let of = |target| {
            if a == target {
                Some(of_a)
            } else if b == target {
                Some(of_b)
            } else {
                None
            }
        };
        match (of(Target::Cost), of(Target::Carbon), of(Target::Latency)) {
            (Some(money), Some(carbon), _) => {
                Self { money: true, carbon: money * MILLIGRAMS / carbon.max(1), latency: 0 }
            }
            (Some(money), None, Some(wait)) => Self { money: true, latency: money * WAITS / wait.max(1), carbon: 0 },
            (None, Some(carbon), Some(wait)) => {
                Self { money: false, carbon: FINE * MILLIGRAMS, latency: FINE * carbon * WAITS / wait.max(1) }
            }
            _ => Self::NONE,
        }
    }

    /// The weight of a unit of each target, and what it is divided by.
    pub(super) fn parts(self) -> [(i128, i128); 3] {
        [(i128::from(self.money), 1), (self.carbon, MILLIGRAMS), (self.latency, WAITS)]
    }
}
