//! One workload whose user groups rise and fall apart: what is proven hour by hour, and placements that moves of requests lead to, against the same problem as one program.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use stowage::model::{Calendar, Offer, Problem, Profile, Purchase, SpotTerms, Survival, TypeId, Workload};
use stowage::units::{Bytes, MilliRps, Money, Ratio, RoundTrip};

use super::parts::{Beside, ByHours, hours_beside_program};
use super::stock::region;
use super::{ROUNDING_MICROS, parts};

const PERIODS: usize = 3;

/// Prices of two types on demand, price of spot, zones, cost of egress, what the region costs.
type Site = (Vec<Option<i128>>, Option<i128>, usize, i128, i128);

/// Rate of a user group, what part of it is asked for in each period, and how far regions are.
type Asking = (u64, Vec<u32>, Vec<Option<u32>>);

/// Two to five regions, two to four user groups, three hours or the three cases of a forecast of one hour; in every third problem few regions may be used, in
/// some of the others machines may be spot.
fn problem() -> impl Strategy<Value = Problem> {
    let spot = option::weighted(0.5, 1_i128..=2);
    let fixed = prop_oneof![2 => Just(0_i128), 1 => 1_i128..=6];
    let site = (vec(option::weighted(0.9, 1_i128..=4), 2), spot, 2_usize..=3, 0_i128..=3, fixed);
    let part = prop_oneof![2 => Just(1_000_000_u32), 3 => 0_u32..=1_000_000, 1 => Just(0_u32)];
    let asking = (1_u64..=40, vec(part, PERIODS), vec(option::weighted(0.8, 1_u32..=9), 5));
    let workload =
        (1_u64..=5, 0_u32..=1, option::weighted(0.3, 1_u32..=2), option::weighted(0.3, 0_u32..=1), any::<bool>());
    (vec(site, 2..=5).boxed(), vec(asking, 2..=4).boxed(), workload).prop_map(
        |(sites, asking, (rate, zones, max_regions, pools, has_cases))| {
            let make = |(index, (prices, spot, zones, egress, fixed)): (usize, Site)| {
                let mut site = region(&format!("r{index}"), zones, &prices, fixed);
                site.internet_egress_per_gb = Some(Money::from_micros(egress * 50_000));
                let spot = spot.map(|price| Offer {
                    machine_type: TypeId::at(0),
                    purchase: Purchase::Spot,
                    hourly: Money::from_micros(price * 500),
                    carbon_hourly: None,
                    interruption_percent: None,
                });
                site.offers = site.offers.iter().copied().chain(spot).collect();
                site
            };
            let calendar =
                if has_cases { Calendar { hours: 1, has_cases } } else { Calendar { hours: PERIODS, has_cases } };
            let shape = |(_, parts, _): &Asking| {
                let most = parts.iter().copied().max().unwrap_or(0).max(1);
                // The rate is asked for at some time.
                let part = |&part: &u32| Ratio(if part == most { 1_000_000 } else { part });
                let mut shape: Vec<Ratio> = parts.iter().map(part).collect();
                if parts.iter().all(|&part| part == 0) {
                    shape[0] = Ratio(1_000_000);
                }
                shape
            };
            let rates: Vec<u64> = asking.iter().map(|(rate, ..)| *rate).collect();
            let terms = |survive_pools| SpotTerms {
                max_share: Ratio(700_000),
                max_interruption_percent: None,
                min_pools: 1,
                survive_pools,
            };
            Problem {
                users: parts::users(asking.len()),
                workloads: vec![Workload {
                    response: Bytes(1 << 20),
                    max_rtt: Some(RoundTrip(9_000)),
                    survive: Survival { zones, ..Survival::default() },
                    profile: Profile { calendar, shapes: asking.iter().map(shape).collect(), ..Profile::default() },
                    spot: pools.map(terms),
                    max_regions,
                    ..Workload::new("all", parts::replica(1, 1), MilliRps(rate), parts::demand(&rates))
                }],
                rtt: parts::round_trips(sites.len(), asking.iter().map(|(_, _, row)| row.as_slice())),
                regions: sites.into_iter().enumerate().map(make).collect(),
                machine_types: parts::machine_types([(1, 1), (3, 3)]),
                gap_tolerance: Ratio(1),
                ..Problem::default()
            }
        },
    )
}

#[test]
fn hours_apart_prove_no_more_than_the_program_costs() {
    let counts = std::cell::RefCell::new([0; 7]);
    super::run_with(300, &problem(), |problem| {
        let mut seen = counts.borrow_mut();
        let placed = match hours_beside_program(&problem)? {
            Beside::Placed(placed) => placed,
            Beside::Undecided(is_placed) => {
                // A program of a few hundred machines may find nothing within its nodes.
                prop_assert!(is_placed, "nothing is found");
                seen[6] += 1;
                return Ok(());
            }
            Beside::Infeasible => {
                seen[0] += 1;
                return Ok(());
            }
        };
        let ByHours { found, cost, bound, best } = *placed;
        let is_apart = !problem.workloads[0].profile.is_uniform();
        seen[1] += usize::from(is_apart && cost <= best + ROUNDING_MICROS);
        seen[2] += usize::from(is_apart && cost <= best + best / 50);
        seen[3] += usize::from(is_apart && bound >= best - best / 50);
        seen[4] += usize::from(is_apart && found.groups().len() > 1);
        seen[5] += usize::from(is_apart);
        Ok(())
    });
    let [infeasible, same, near, tight, several, apart, undecided] = counts.into_inner();
    let counts = [infeasible, same, near, tight, several, apart, undecided];
    assert!(infeasible >= 20 && tight >= 50 && several >= 50 && undecided * 20 <= apart, "{counts:?}");
    // Moves find what is best most of the time.
    assert!(same * 10 >= apart * 7 && near * 10 >= apart * 8, "{counts:?}");
}
