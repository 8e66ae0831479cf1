//! What becomes of a placement when something is lost, when more is asked for, and when prices move.
//!
//! The placement itself stays as it is; `check` judges what is left of it, and what would be cheaper is found by solving again. Nothing here is an
//! estimate: each line is the outcome of one changed problem.

mod demand;
mod loss;
mod pools;
mod prices;

use std::collections::BTreeMap;

use crate::check::Placement;
use crate::model::{Assignment, Problem};
use crate::place::Disagreement;

pub use demand::{Growth, MOST};
pub use loss::{Domain, Fate, Loss, Struck, Whose};
pub use prices::{FACTORS, Move, Shift};

/// Everything that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// Each zone, region and cloud in use, and each machine type of a region that pools have nodes of, lost alone.
    pub losses: Vec<Loss>,
    /// How far demand can grow, by workload.
    pub growth: Vec<Growth>,
    /// Each region and cloud in use, dearer.
    pub shifts: Vec<Shift>,
}

/// Tries everything on `placement`. Demand grows of workloads outside pools.
pub fn simulate(problem: &Problem, placement: &Placement) -> Result<Simulation, Disagreement> {
    let whole = placement.assignment();
    let assignment = Assignment { pools: BTreeMap::new(), ..whole.clone() };
    Ok(Simulation {
        losses: loss::losses(problem, &whole)?,
        growth: demand::growth(problem, &assignment),
        shifts: prices::shifts(problem, placement)?,
    })
}
