//! Parts of small problems that several laws build: types, users, ways and demand by number; and comparisons with an oracle, and with one program.

use std::sync::Arc;

use proptest::prelude::*;
use stowage::check::Placement;
use stowage::explain::Conflict;
use stowage::model::{Demand, MachineType, Problem, Provenance, Replica, Rtt, RttTable, UserGroup, UserId};
use stowage::place::{Answer, Outcome, place_with};
use stowage::solve::Effort;
use stowage::units::{Bytes, MilliRps, Millicores, Ratio, RoundTrip};

/// One type for each pair of vCPU and GiB of memory: `type-0`, `type-1` and so on.
pub(super) fn machine_types(sizes: impl IntoIterator<Item = (u64, u64)>) -> Arc<[MachineType]> {
    let machine = |(index, (vcpu, memory)): (usize, (u64, u64))| {
        MachineType::new("test", format!("type-{index}"), Millicores(vcpu * 1000), Bytes(memory << 30))
    };
    sizes.into_iter().enumerate().map(machine).collect()
}

/// A replica of whole vCPU and GiB.
pub(super) fn replica(vcpu: u64, memory: u64) -> Replica {
    Replica { vcpu: Millicores(vcpu * 1000), memory: Bytes(memory << 30), ..Replica::default() }
}

/// User groups of no place: ways to them are declared.
pub(super) fn users(count: usize) -> Vec<UserGroup> {
    let user = |index| UserGroup { name: format!("user-{index}"), country: None, coordinates: None };
    (0..count).map(user).collect()
}

/// Declared ways to `regions` regions, in whole milliseconds, by user group; `None` where nothing is known.
pub(super) fn round_trips<'a>(regions: usize, rows: impl IntoIterator<Item = &'a [Option<u32>]>) -> RttTable {
    let declared = |ms: u32| Rtt { round_trip: RoundTrip(ms * 1_000), provenance: Provenance::Declared };
    let row = |row: &[Option<u32>]| row[..regions].iter().map(|ms| ms.map(declared)).collect();
    RttTable::from_rows(regions, rows.into_iter().map(row).collect())
}

/// What user groups ask for, in milli-rps; nobody is listed who asks for nothing.
pub(super) fn demand(rates: &[u64]) -> Vec<Demand> {
    let asked = rates.iter().enumerate().filter(|(_, rate)| **rate > 0);
    asked.map(|(user, &rate)| Demand { user: UserId::at(user), rate: MilliRps(rate) }).collect()
}

/// The placement, where ours costs what the oracle's does and the bound is none that the oracle's breaks; the conflict where both say that there is no placement.
pub(super) fn agreed(answer: &Answer, best: Option<i128>) -> Result<Result<&Placement, &Conflict>, TestCaseError> {
    match (&answer.outcome, best) {
        (Outcome::Optimal { placement, bound }, Some(best)) => {
            let ours = placement.cost().micros();
            prop_assert!((ours - best).abs() <= super::ROUNDING_MICROS, "ours {ours}, the oracle's {best}");
            prop_assert!(bound.micros() <= best + super::ROUNDING_MICROS, "bound {bound:?} above {best}");
            Ok(Ok(placement))
        }
        (Outcome::Infeasible(conflict), None) => {
            prop_assert!(conflict.together.is_some() || !conflict.workloads.is_empty(), "no reason is told");
            Ok(Err(conflict))
        }
        (ours, best) => Err(TestCaseError::fail(format!("ours {ours:?}, the oracle's {best:?}"))),
    }
}

/// What is found and proven hour by hour, and as one program, in micro-USD.
pub(super) struct ByHours {
    pub(super) found: Placement,
    pub(super) cost: i128,
    pub(super) bound: i128,
    pub(super) best: i128,
}

/// How two ways to solve a problem ended.
pub(super) enum Beside {
    Placed(Box<ByHours>),
    Infeasible,
    /// The program found nothing; whether hours did.
    Undecided(bool),
}

/// Solves hour by hour and as one program: neither proves more than what the other one finds costs.
pub(super) fn hours_beside_program(problem: &Problem) -> Result<Beside, TestCaseError> {
    let exact = Effort { tolerance: Ratio(1), few_machines: 0, ..Effort::default() };
    let solved = |effort| place_with(problem, effort).expect("solver and checker agree").outcome;
    let (ours, theirs) = (solved(exact), solved(Effort { as_programs: true, ..exact }));
    if matches!(theirs, Outcome::Undecided) && !matches!(ours, Outcome::Infeasible(_)) {
        return Ok(Beside::Undecided(ours.placement().is_some()));
    }
    let (Some((found, bound)), Some((best, least))) = (ours.placement(), theirs.placement()) else {
        let are_infeasible = matches!((&ours, &theirs), (Outcome::Infeasible(_), Outcome::Infeasible(_)));
        prop_assert!(are_infeasible, "ours {ours:?}, the program's {theirs:?}");
        return Ok(Beside::Infeasible);
    };
    let (cost, best) = (found.cost().micros(), best.cost().micros());
    prop_assert!(bound.micros() <= best + super::ROUNDING_MICROS, "{bound:?} above {best}");
    prop_assert!(cost >= least.micros() - super::ROUNDING_MICROS, "{cost} below {least:?}");
    Ok(Beside::Placed(Box::new(ByHours { found: found.clone(), cost, bound: bound.micros(), best })))
}

/// A placement that costs what the same problem does as one program.
pub(super) struct Optimum {
    pub(super) placement: Placement,
    /// Whether a search that ended early proved less than it costs.
    pub(super) is_early_below: bool,
}

/// Solves as `exact` says, as one program, and as `early` says, which ends within its own tolerance: the first two agree, and whatever ends the last one early, nothing costs
/// less than what it says. `None` where nothing meets the rules.
pub(super) fn optimum(problem: &Problem, exact: Effort, early: Effort) -> Result<Option<Optimum>, TestCaseError> {
    let solved = |effort| place_with(problem, effort).expect("solver and checker agree").outcome;
    let ours = solved(exact);
    let theirs = solved(Effort { as_programs: true, tolerance: Ratio(1), ..exact });
    let (Some((placement, _)), Some((other, _))) = (ours.placement(), theirs.placement()) else {
        let are_infeasible = matches!((&ours, &theirs), (Outcome::Infeasible(_), Outcome::Infeasible(_)));
        prop_assert!(are_infeasible, "ours {ours:?}, the program's {theirs:?}");
        return Ok(None);
    };
    prop_assert!(matches!(ours, Outcome::Optimal { .. }), "{ours:?}");
    let (cost, other) = (placement.cost().micros(), other.cost().micros());
    let allowed = super::ROUNDING_MICROS + cost / 1_000_000;
    prop_assert!((cost - other).abs() <= allowed, "ours {cost}, the program's {other}");
    let early = solved(early);
    let (found, bound) = early.placement().expect("there is a placement");
    prop_assert!(bound.micros() <= cost + super::ROUNDING_MICROS, "{bound:?} above {cost}");
    prop_assert!(found.cost().micros() >= cost - super::ROUNDING_MICROS, "{found:?} below {cost}");
    let is_early_below = bound.micros() + super::ROUNDING_MICROS < cost;
    Ok(Some(Optimum { placement: placement.clone(), is_early_below }))
}
