//! Many user groups with a price on the way to each region: small random problems of one workload, over regions of which some have limited machines and some a
//! fixed cost. The search by regions in use agrees with the same problem written down as one program, and what it proves when it ends early still holds.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use stowage::model::{Objective, Problem, Stock, TypeId, Workload};
use stowage::place::{Outcome, place_with};
use stowage::solve::Effort;
use stowage::units::{MilliRps, Money, Ratio};

use super::stock::region;
use super::{cost_of, parts};

/// Prices of two types, fixed cost, stock of the types.
type Site = (Vec<Option<i128>>, i128, Vec<Option<u64>>);

fn problem() -> impl Strategy<Value = Problem> {
    let fixed = prop_oneof![1 => Just(0_i128), 2 => 1_i128..=6];
    let site = (vec(option::weighted(0.9, 0_i128..=4), 2), fixed, vec(option::weighted(0.5, 0_u64..=3), 2));
    let users = vec((1_u64..=6, vec(option::weighted(0.9, 1_u32..=9), 5)), 2..=9);
    let workload =
        (1_u64..=3, any::<bool>(), option::weighted(0.4, 1_u32..=3), prop_oneof![3 => Just(1_u32), 1 => Just(2)]);
    (vec(site, 2..=5), users, workload, 0_i128..=200).prop_map(
        |(sites, users, (rate, is_single, most, least), price)| {
            let make = |(index, (prices, fixed, stock)): (usize, Site)| {
                let mut site = region(&format!("r{index}"), 1, &prices, fixed);
                let limited = stock.into_iter().enumerate();
                let limited = limited.filter_map(|(id, total)| total.map(|total| (TypeId::at(id), total)));
                site.stock = limited
                    .map(|(machine_type, total)| Stock { machine_type, total: Some(total), by_zone: None })
                    .collect();
                site
            };
            let rates: Vec<u64> = users.iter().map(|&(rate, _)| rate).collect();
            Problem {
                users: parts::users(users.len()),
                workloads: vec![Workload {
                    single_region_per_user: is_single,
                    max_regions: most,
                    min_regions: least.min(most.unwrap_or(least)),
                    ..Workload::new("all", parts::replica(1, 1), MilliRps(rate), parts::demand(&rates))
                }],
                rtt: parts::round_trips(sites.len(), users.iter().map(|(_, row)| row.as_slice())),
                regions: sites.into_iter().enumerate().map(make).collect(),
                machine_types: parts::machine_types([(1, 1), (4, 4)]),
                objective: Objective {
                    latency_per_rps_ms: Money::from_micros(price * 1_000_000),
                    ..Objective::default()
                },
                gap_tolerance: Ratio(1),
                ..Problem::default()
            }
        },
    )
}

#[test]
fn regions_in_use_are_those_of_the_program() {
    let seen = std::cell::RefCell::new((0, 0, 0, 0, 0));
    super::run_with(300, &problem(), |problem| {
        let exact = Effort { tolerance: Ratio(1), many_pairs: 0, ..Effort::default() };
        let ours = place_with(&problem, exact).expect("solver and checker agree");
        let theirs = place_with(&problem, Effort { as_programs: true, ..exact }).expect("solver and checker agree");
        let mut seen = seen.borrow_mut();
        let (Some(cost_of_ours), Some(cost_of_theirs)) = (cost_of(&ours.outcome), cost_of(&theirs.outcome)) else {
            let are_infeasible =
                matches!((&ours.outcome, &theirs.outcome), (Outcome::Infeasible(_), Outcome::Infeasible(_)));
            prop_assert!(are_infeasible, "ours {:?}, the program's {:?}", ours.outcome, theirs.outcome);
            seen.0 += 1;
            return Ok(());
        };
        prop_assert!(matches!(ours.outcome, Outcome::Optimal { .. }), "{:?}", ours.outcome);
        let distance = (cost_of_ours - cost_of_theirs).abs();
        prop_assert!(distance <= super::ROUNDING_MICROS, "ours {cost_of_ours}, the program's {cost_of_theirs}");
        // Whatever ends it early, nothing costs less than what it says.
        let near = Effort { tolerance: Ratio(300_000), exact_work: 0, ..exact };
        let early = place_with(&problem, near).expect("solver and checker agree");
        let (placement, bound) = early.outcome.placement().expect("there is a placement");
        prop_assert!(bound.micros() <= cost_of_ours + super::ROUNDING_MICROS, "{bound:?} above {cost_of_ours}");
        prop_assert!(placement.cost().micros() >= cost_of_ours - super::ROUNDING_MICROS);
        let (found, _) = ours.outcome.placement().expect("there is a placement");
        let is_single = problem.workloads[0].single_region_per_user;
        seen.1 += usize::from(is_single && found.groups().len() > 1);
        seen.2 += usize::from(!is_single && found.groups().len() > 1);
        seen.3 += usize::from(found.groups().values().any(|placed| placed.group.machines.len() > 1));
        seen.4 += usize::from(bound.micros() + super::ROUNDING_MICROS < cost_of_ours);
        Ok(())
    });
    let (infeasible, undivided, several, mixed, early) = seen.into_inner();
    let counts = [infeasible, undivided, several, mixed, early];
    assert!(counts.iter().all(|&count| count >= 5), "{counts:?}");
}
