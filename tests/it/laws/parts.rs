//! Parts of small problems that several laws build: types, users, ways and demand by number; and the comparison with an oracle.

use std::sync::Arc;

use proptest::prelude::*;
use stowage::check::Placement;
use stowage::explain::Conflict;
use stowage::model::{Demand, MachineType, Provenance, Replica, Rtt, RttTable, UserGroup, UserId};
use stowage::place::{Answer, Outcome};
use stowage::units::{Bytes, MilliRps, Millicores, RoundTrip};

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
