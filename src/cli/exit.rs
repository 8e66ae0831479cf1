//! Exit codes, computed from results. The table is in [`super`] and in `docs/cli.md`.

use std::process::ExitCode;

use crate::place::Outcome;

/// How the program ends. Of several, the least that is not [`Exit::Fine`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    /// Every problem has a placement.
    Fine = 0,
    /// Usage, input, file system, or an error of Stowage.
    Wrong = 1,
    /// Some problem has no placement, or a result that is verified does not hold.
    Infeasible = 2,
    /// Nothing was proven about some problem or result.
    Undecided = 3,
}

impl Exit {
    /// What an outcome alone says.
    pub(super) fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Optimal { .. } | Outcome::Feasible { .. } => Self::Fine,
            Outcome::Infeasible(_) => Self::Infeasible,
            Outcome::Undecided => Self::Undecided,
        }
    }

    /// What two ends say together.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Fine, end) | (end, Self::Fine) => end,
            (a, b) => a.min(b),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::Exit::{self, Fine, Infeasible, Undecided, Wrong};
    use crate::explain::Conflict;
    use crate::place::Outcome;

    #[test]
    fn an_outcome_has_its_code() {
        assert_eq!(Exit::of(&Outcome::Infeasible(Conflict::default())) as u8, 2);
        assert_eq!(Exit::of(&Outcome::Undecided) as u8, 3);
    }

    #[test]
    fn the_worst_end_counts() {
        for (a, b, expected) in [
            (Fine, Undecided, Undecided),
            (Undecided, Infeasible, Infeasible),
            (Infeasible, Wrong, Wrong),
            (Fine, Fine, Fine),
        ] {
            assert_eq!(a.and(b), expected);
            assert_eq!(b.and(a), expected);
        }
    }
}
