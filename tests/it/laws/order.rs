//! Orders: the small problems of the limits on sums, in which every placement is tried, and of those as good in what comes first the best in what comes next.

use proptest::prelude::*;
use stowage::check::Placement;
use stowage::model::{Limits, Objective, Order, Problem, Target};
use stowage::place::{Answer, Outcome, place};
use stowage::units::Ratio;

use super::sums;

fn problem() -> impl Strategy<Value = Problem> {
    use Target::{Carbon, Cost, Latency};
    let orders: Vec<Vec<Target>> = vec![
        vec![Cost, Carbon],
        vec![Cost, Latency],
        vec![Carbon, Cost],
        vec![Latency, Cost],
        vec![Cost, Carbon, Latency],
        vec![Carbon, Latency, Cost],
        vec![Latency, Cost, Carbon],
    ];
    let tolerance = prop::sample::select(vec![0_u32, 0, 200_000, 500_000, 1_000_000]);
    let order = (prop::sample::select(orders), tolerance)
        .prop_map(|(targets, tolerance)| Order { targets, tolerance: Ratio(tolerance) });
    let problems = prop_oneof![3 => sums::problem().boxed(), 1 => sums::with_functions().boxed()];
    (problems, order, any::<bool>()).prop_map(|(problem, order, is_limited)| Problem {
        objective: Objective::default(),
        limits: if is_limited { problem.limits } else { Limits::default() },
        order: Some(order),
        ..problem
    })
}

/// Micro-USD paid, milligrams emitted, milli-rps times microseconds on the way.
pub(super) type Values = [i128; 3];

fn least(problem: &Problem) -> Option<Least> {
    least_of(
        problem.order.as_ref()?,
        sums::all(problem).into_iter().map(|plan| [plan.paid, plan.emitted, plan.wait]).collect(),
    )
}

/// The least value of each target among what those before it leave, and the cheapest of what is left at last.
pub(super) type Least = (Vec<i128>, i128);

/// What an order makes of everything that can be placed.
pub(super) fn least_of(order: &Order, mut left: Vec<Values>) -> Option<Least> {
    let mut least = Vec::new();
    for (at, &target) in order.targets.iter().enumerate() {
        let best = left.iter().map(|values| values[target as usize]).min()?;
        let is_last = at + 1 == order.targets.len();
        let given = if is_last { 0 } else { best * i128::from(order.tolerance.0) / 1_000_000 };
        left.retain(|values| values[target as usize] <= best + given);
        least.push(best);
    }
    Some((least, left.iter().map(|values| values[0]).min()?))
}

/// The placement, if every stage found what the oracle did, and the least cost of what is as good; nothing where both find nothing.
pub(super) fn agreed<'a>(
    order: &Order,
    answer: &'a Answer,
    best: Option<Least>,
) -> Result<Option<(&'a Placement, i128)>, TestCaseError> {
    match (&answer.outcome, best) {
        (Outcome::Optimal { placement, .. }, Some((least, cheapest))) => {
            let found: Vec<i128> = answer.stages.iter().map(|stage| stage.best).collect();
            for ((ours, theirs), stage) in found.iter().zip(&least).zip(&answer.stages) {
                prop_assert!((ours - theirs).abs() <= super::ROUNDING_MICROS, "ours {found:?}, the oracle's {least:?}");
                prop_assert!(stage.bound <= theirs + super::ROUNDING_MICROS, "{stage:?} above {theirs}");
                let most = stage.best + stage.best * i128::from(order.tolerance.0) / 1_000_000;
                prop_assert!(stage.value <= most + super::ROUNDING_MICROS, "{stage:?}");
            }
            let cost = placement.cost().micros();
            prop_assert!(cost + super::ROUNDING_MICROS >= cheapest, "{cost} below {cheapest}");
            Ok(Some((placement, cheapest)))
        }
        (Outcome::Infeasible(_), None) => Ok(None),
        (ours, best) => Err(TestCaseError::fail(format!(
            "{order:?}, {:?}, ours {}, the oracle's {best:?}",
            answer.stages,
            ours.name()
        ))),
    }
}

#[test]
fn every_target_is_the_oracles_among_what_is_left() {
    let seen = std::cell::RefCell::new([0; 4]);
    super::run_with(500, &problem(), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let order = problem.order.as_ref().expect("an order");
        let agreed = agreed(order, &answer, least(&problem))?;
        let mut seen = seen.borrow_mut();
        let Some((placement, cheapest)) = agreed else {
            seen[3] += 1;
            return Ok(());
        };
        let cost = placement.cost().micros();
        seen[0] += usize::from(cost <= cheapest + super::ROUNDING_MICROS);
        seen[1] += usize::from(answer.stages.iter().any(|stage| stage.value > stage.best));
        let alone = Problem { order: None, ..problem.clone() };
        seen[2] += usize::from(super::cost(&alone).is_some_and(|alone| alone + super::ROUNDING_MICROS < cost));
        Ok(())
    });
    let [cheapest, given, dearer, infeasible] = seen.into_inner();
    assert!(
        cheapest >= 300 && given >= 30 && dearer >= 100 && infeasible >= 10,
        "{cheapest} {given} {dearer} {infeasible}"
    );
}

/// With regions where nothing is on sale a problem has too many pairs to be decided as one program.
#[test]
fn weights_prove_bounds_where_problems_are_large() {
    let optimal = std::cell::Cell::new(0);
    super::run_with(150, &problem(), |problem| {
        let large = sums::with_empty_regions(&problem);
        let answer = place(&large).expect("solver and checker agree");
        let first = answer.stages.first();
        match (first, least(&problem)) {
            (Some(stage), Some((least, _))) => {
                prop_assert!(stage.bound <= least[0] + super::ROUNDING_MICROS, "{stage:?} above {least:?}");
                prop_assert!(stage.best + super::ROUNDING_MICROS >= least[0], "{stage:?} below {least:?}");
                optimal.set(optimal.get() + usize::from(matches!(answer.outcome, Outcome::Optimal { .. })));
            }
            (Some(_), None) => prop_assert!(false, "placed, though the oracle finds nothing"),
            (None, Some(best)) => prop_assert_eq!(answer.outcome, Outcome::Undecided, "the oracle found {:?}", best),
            (None, None) => {}
        }
        Ok(())
    });
    assert!(optimal.get() >= 40, "only {} are proven", optimal.get());
}
