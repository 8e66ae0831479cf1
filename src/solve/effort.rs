//! How much work a search may do, and the way to end it from outside.

use std::sync::atomic::{AtomicBool, Ordering};

use super::calls::LEAST_WORK;
use crate::formulate::Femto;
use crate::units::Ratio;

/// How much work a search may do.
#[derive(Clone, Copy, Debug)]
pub struct Effort<'a> {
    /// Nodes that the search of one service may visit to settle it exactly.
    pub exact_work: u64,
    /// Nodes it may then visit to settle it within the tolerance.
    pub search_work: u64,
    /// Additions that the search over whole replicas may do to settle it within the tolerance.
    pub rounding_work: u64,
    /// So many pairs of user groups and regions are searched by the regions in use, and not step by step.
    pub many_pairs: usize,
    /// Branch-and-bound nodes HiGHS may use for one block. Zero leaves a service at what its own searches found and proved.
    pub branching_nodes: i32,
    /// Branch-and-bound nodes times whole columns that HiGHS may use for one program, in the first of its rounds: its work at a node grows with the
    /// columns. Zero leaves it at the relaxation and the placement that follows from it.
    pub program_work: usize,
    /// Services that call each other over fewer ways than this are solved as one program at once.
    pub few_ways: usize,
    /// Where user groups rise and fall apart, fewer numbers of machines than this are decided as one program.
    pub few_machines: usize,
    /// Distance between cost and bound, relative to the cost, at which a search may stop.
    pub tolerance: Ratio,
    /// Solve every block as a program of columns and rows, though the searches know its rules: for comparisons.
    pub as_programs: bool,
    /// Services that call each other are left at what is found and proven soonest.
    pub is_draft: bool,
    /// Ends the search early, whatever work is left.
    pub interrupt: Interrupt<'a>,
}

impl Default for Effort<'_> {
    fn default() -> Self {
        Self {
            exact_work: 1_500,
            search_work: 30_000,
            rounding_work: 300_000_000,
            many_pairs: 500,
            branching_nodes: 20_000,
            program_work: 2_000_000,
            few_ways: 1_500,
            few_machines: 400,
            tolerance: Ratio(100),
            as_programs: false,
            is_draft: false,
            interrupt: Interrupt::NEVER,
        }
    }
}

impl Effort<'_> {
    /// The same, but services that call each other over many ways are left at what their prices prove: the program that may follow takes most of the time.
    #[must_use]
    pub fn at_prices(self) -> Self {
        Self { program_work: self.program_work.min(LEAST_WORK - 1), ..self }
    }

    /// True if a bound is near enough to a cost to call it optimal.
    pub(super) fn accepts(self, cost: Femto, bound: Femto) -> bool {
        cost - bound <= cost / 1_000_000 * Femto::from(self.tolerance.0)
    }
}

/// A flag that somebody else may raise while a search runs. A search that is interrupted ends as if its work had run out: what it still says is true,
/// but depends on the moment, so nobody may take it for the answer.
#[derive(Clone, Copy, Debug)]
pub struct Interrupt<'a>(Option<&'a AtomicBool>);

impl<'a> Interrupt<'a> {
    /// One that is never raised.
    pub const NEVER: Self = Self(None);

    /// Raised as soon as `flag` is true.
    pub const fn when(flag: &'a AtomicBool) -> Self {
        Self(Some(flag))
    }

    /// Whether the search should end.
    pub fn is_raised(self) -> bool {
        // Nothing else is read because of it, so no order with other memory matters.
        self.0.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// The flag, for HiGHS to look at.
    pub(super) const fn flag(self) -> Option<&'a AtomicBool> {
        self.0
    }
}
