//! Multipliers for the Lagrangian bound, from a continuous relaxation of one service.
//!
//! The relaxation is that of `rows` with continuous *use* columns, over the vertices of the lower hull of each region's curve: other steps
//! are never part of its optimum. Its optimum is not used as a bound. The duals of *demand* and *late* are rounded to whole femto-USD and become the multipliers of
//! `lagrangian`, whose bound holds for any multipliers: an inexact solve costs tightness, never truth.

use super::effort::Interrupt;
use super::highs::{Model, Stop};
use super::lagrangian::Multipliers;
use super::rows::{Steps, add_service, float};
use crate::formulate::{Class, Curve, Femto, Service, Step};

/// Multipliers near the best ones.
pub(super) fn multipliers(service: &Service, classes: &[Class]) -> Multipliers {
    let mut model = Model::default();
    let rows = add_service(&mut model, service, classes, &hulls(service), false);
    let solved = model.minimise(Stop::continuous(Interrupt::NEVER), None);
    // A dual is in USD per whole demand.
    let price = |row: usize| to_femto(solved.duals.get(row).copied().unwrap_or(0.0) / float(service.total));
    Multipliers {
        class: rows.demand.into_iter().map(price).collect(),
        late: rows.late.map_or(0, |row| (-price(row)).max(0)),
    }
}

/// The hull vertices of every candidate's curve.
pub(super) fn hulls(service: &Service) -> Steps {
    service.candidates.iter().map(|candidate| lower_hull(&candidate.curve)).collect()
}

/// The vertices of the lower convex hull of a curve's steps.
///
/// Every step lies on the hull or above it, so a region in use is some mix of vertices that adds up to one. (A hull that included the unused
/// region would be lower still, but its mixes add up to less than one, and the *link* rows would cut off real placements.)
fn lower_hull(curve: &Curve) -> Vec<Step> {
    let mut hull: Vec<Step> = Vec::new();
    for &step in curve.steps() {
        while let [.., a, b] = hull[..] {
            // b is above the line from a to step, or on it.
            let left = (b.cost - a.cost) * i128::from(step.capacity - a.capacity);
            let right = (step.cost - a.cost) * i128::from(b.capacity - a.capacity);
            if left < right {
                break;
            }
            hull.pop();
        }
        hull.push(step);
    }
    hull
}

#[expect(clippy::cast_possible_truncation, reason = "a multiplier may be any number near the given one")]
fn to_femto(usd: f64) -> Femto {
    (usd * 1e15).round() as Femto
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_become_whole_femto_usd() {
        assert_eq!(to_femto(f64::NAN), 0);
        assert_eq!(to_femto(0.25), 250_000_000_000_000);
    }
}
