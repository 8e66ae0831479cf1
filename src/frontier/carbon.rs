//! Cost against emissions.

use super::{Against, Found, Frontier, Point};
use crate::model::Problem;
use crate::place::{Attempt, Disagreement, Interrupt, attempt, is_within};
use crate::units::{Carbon, Money};

/// Searches at most; a frontier with more corners is cut, and says so.
const MOST_SEARCHES: usize = 64;

/// The lowest price: low enough to decide between equal costs only, and above zero, so that every machine has a figure.
const LOWEST: Money = Money::from_micros(1);

/// The highest price that a problem may put on carbon.
const HIGHEST: Money = Money::from_micros(1_000_000_000_000);

struct Corner {
    price: Money,
    found: Found,
    mass: Carbon,
}

pub(super) fn frontier(problem: &Problem) -> Result<Frontier, Disagreement> {
    let at = |price: Money| -> Result<Option<Corner>, Disagreement> {
        // Against each other they have no order.
        let mut priced = Problem { previous: None, order: None, ..problem.clone() };
        priced.objective.carbon_per_tonne = price;
        let Attempt::Found { placement, is_proven } = attempt(&priced, Interrupt::NEVER)? else { return Ok(None) };
        let found = Found::of(&placement, is_proven);
        Ok(found.emissions.map(|mass| Corner { price, found, mass }))
    };
    let (Some(cheapest), Some(cleanest)) = (at(LOWEST)?, at(HIGHEST)?) else {
        return Ok(Frontier {
            against: Against::Carbon,
            points: Vec::new(),
            is_complete: false,
            unchanged: Vec::new(),
        });
    };
    let mut corners = vec![cheapest];
    // Corners still to be reached, the next one last.
    let mut ahead = vec![cleanest];
    let mut is_complete = true;
    let mut searches = 2;
    while let Some(next) = ahead.pop() {
        let last = &corners[corners.len() - 1];
        let (dearer, cleaner) = (next.found.cost - last.found.cost, last.mass.0 - next.mass.0);
        if dearer <= Money::ZERO || cleaner <= 0 {
            // Within the tolerance they are the same; the one that is known first stays.
            continue;
        }
        // At this price both cost the same: milligrams to tonnes.
        let price = dearer.scaled(1_000_000_000, cleaner);
        let is_between = price > last.price.max(LOWEST) && price < next.price.min(HIGHEST);
        if searches >= MOST_SEARCHES {
            is_complete = false;
            corners.push(next);
            continue;
        }
        searches += usize::from(is_between);
        let between = if is_between { at(price)? } else { None };
        let at_price = |corner: &Corner| corner.found.cost + price.scaled(corner.mass.0, 1_000_000_000);
        match between {
            // Less by more than the proof leaves open.
            Some(corner) if !is_within(at_price(last), at_price(&corner), problem.gap_tolerance) => {
                ahead.push(next);
                ahead.push(corner);
            }
            Some(_) | None => corners.push(next),
        }
    }
    is_complete &= corners.iter().all(|corner| corner.found.is_proven);
    let points = corners.into_iter().map(|corner| Point { value: corner.price.micros(), found: Some(corner.found) });
    Ok(Frontier { against: Against::Carbon, points: points.collect(), is_complete, unchanged: Vec::new() })
}
