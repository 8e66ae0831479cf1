//! Exit codes, computed from results. The table is in [`super`] and in `docs/cli.md`.

use std::process::ExitCode;

use crate::place::Outcome;
use crate::review::policy::Decision;

/// How the program ends. Of several, the least that is not [`Exit::Fine`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    /// Every problem has a placement; the plan passes.
    Fine = 0,
    /// Usage, input, file system, or an error of Stowage.
    Wrong = 1,
    /// Some problem has no placement; the policy is violated; a result that is verified does not hold.
    Refused = 2,
    /// Nothing was proven about some problem or result; what the gate would have to know is not known.
    Undecided = 3,
    /// Only warnings count, and they were asked to.
    Warned = 4,
}

impl Exit {
    /// What an outcome alone says.
    pub(super) fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Optimal { .. } | Outcome::Feasible { .. } => Self::Fine,
            Outcome::Infeasible(_) => Self::Refused,
            Outcome::Undecided => Self::Undecided,
        }
    }

    /// What a decision of the gate says.
    pub(super) const fn of_decision(decision: Decision, fail_on_warn: bool) -> Self {
        match decision {
            Decision::Warned if fail_on_warn => Self::Warned,
            Decision::Passed | Decision::Warned => Self::Fine,
            Decision::Undecided => Self::Undecided,
            Decision::Violated => Self::Refused,
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
    use super::Exit::{self, Fine, Refused, Undecided, Warned, Wrong};
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
            (Undecided, Refused, Refused),
            (Refused, Wrong, Wrong),
            (Warned, Undecided, Undecided),
            (Fine, Fine, Fine),
        ] {
            assert_eq!(a.and(b), expected);
            assert_eq!(b.and(a), expected);
        }
    }
}
