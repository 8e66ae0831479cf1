//! What is not decided together: the one table of pairs, each with the way out.
//!
//! A pair says that two things do not go together, in one workload ([`IN_A_WORKLOAD`]) or in one problem ([`IN_A_PROBLEM`]). The first of the two is
//! blamed, where it stands. What a place in a pool leaves no room for stands in `pools`, and what a function alone says nothing of in `functions`.

mod said;

use std::collections::{BTreeMap, BTreeSet};

use super::calls::called;
use super::supply::Supply;
use said::{Said, Stated};

use super::{Decoder, count};
use crate::diagnostic::Diagnostic;
use crate::model::{Calendar, Workload};
use crate::parse::conform::Item;
use crate::units::Decimal;

/// What is blamed, what it does not go with, why if that is not plain, and the way out.
type Pair<T> = (T, T, &'static str, &'static str);

const ONE_OF_TWO: &str = "remove one of the two";
const AS_DEMAND: &str =
    "give the largest demand of each user group as `demand_rps`, in this workload and in those whose calls lead to it";
const ALL_TOGETHER: &str = "give all user groups of all of them the same hours and the same forecast, each times a number of its own, or the largest demand of each \
                            as `demand_rps`";
const ONE_REGION: &str = "all copies of it are in one region";
const IN_SEVERAL: &str = "set state.multi_region = true, or remove one of the two";
const CALLS_AND_COPIES: &str =
    "remove one of the two: data in one region goes with calls, or give each callee the load they make as `demand_rps`";

const IN_A_WORKLOAD: &[Pair<Said>] = &[
    (Said::Pool, Said::Calls, "", "remove `pool`, or the calls: give the callee the load they make as `demand_rps`"),
    (Said::Pool, Said::IsCalled, "", "remove `pool`, or the calls: give the callee the load they make as `demand_rps`"),
    (Said::CommitmentsBesideCalls, Said::ApplicationApart, "", ALL_TOGETHER),
    (Said::State, Said::ApplicationApart, "", ALL_TOGETHER),
    (Said::Function, Said::ApplicationApart, "", ALL_TOGETHER),
    (Said::CommitmentsBesideCalls, Said::LostRegions, "", ONE_OF_TWO),
    (Said::CommitmentsBesideCalls, Said::LostClouds, "", ONE_OF_TWO),
    (Said::LostRegions, Said::StateInOneRegion, ONE_REGION, IN_SEVERAL),
    (Said::LostClouds, Said::StateInOneRegion, ONE_REGION, IN_SEVERAL),
    (Said::ChangingCalls, Said::LostRegions, "", AS_DEMAND),
    (Said::ChangingCalls, Said::LostClouds, "", AS_DEMAND),
    (Said::SeveralRegions, Said::StateInOneRegion, ONE_REGION, IN_SEVERAL),
    (Said::RegionShare, Said::StateInOneRegion, ONE_REGION, IN_SEVERAL),
    (Said::CloudShare, Said::StateInOneRegion, ONE_REGION, IN_SEVERAL),
    (Said::Weights, Said::StateInOneRegion, ONE_REGION, IN_SEVERAL),
    (
        Said::ZoneSkew,
        Said::State,
        "machines are as even over the zones in use as can be",
        "remove it; `spread.min_zones` asks for more zones",
    ),
    (
        Said::MachineTypes,
        Said::Pool,
        "a pool says itself what its nodes are",
        "remove it, or give `max_machine_types` of the pool",
    ),
    (Said::MachineTypes, Said::Spot, "spot machines stand beside one type on demand", ONE_OF_TWO),
    (Said::MachineTypes, Said::State, "machines that keep data are of one type", "remove it"),
    (Said::Spot, Said::State, "a machine that is taken back takes its copies along", ONE_OF_TWO),
    (Said::SeveralPins, Said::StateInOneRegion, ONE_REGION, "pin one region, or set state.multi_region = true"),
    (Said::StateInRegions, Said::Calls, "", CALLS_AND_COPIES),
    (Said::StateInRegions, Said::IsCalled, "", CALLS_AND_COPIES),
    (
        Said::DemandApart,
        Said::StateInRegions,
        "",
        "give all user groups of the workload the same hours and the same forecast, each times a number of its own",
    ),
    (
        Said::Pool,
        Said::Function,
        "a pool is made of machines",
        "take the workload out of the pool, or remove `function`",
    ),
    (Said::State, Said::Function, "a function keeps no data", ONE_OF_TWO),
    (
        Said::DemandApart,
        Said::FunctionBesideMachines,
        "",
        "give all user groups of the workload the same hours and the same forecast, each times a number of its own, or state it as a function only, without \
         `replica`",
    ),
];

const ONE_SUM: &str = "a price makes one sum of what an order keeps apart";
const UNKNOWN: &str = "nobody states what it emits";
const NO_FUNCTIONS: &str = "state `watts_per_gib` of a service in `catalog.functions`, or remove one of the two";
const AS_ONE_OR_WITHOUT: &str = "remove it, or give all user groups of workloads that call each other the same hours and the same forecast, each times a number of its own, or the largest \
                                 demand of each as `demand_rps`";
const MOVE_AS_A_WHOLE: &str =
    "remove one of the two; `min_improvement_usd` weighs a move as a whole, whatever it is decided with";

const IN_A_PROBLEM: &[Pair<Stated>] = &[
    (
        Stated::MachineTypes,
        Stated::CommitmentsOfTypes,
        "committed machines stand beside one type on demand",
        "set purchase.commitments = false in the workloads that say it, or remove it",
    ),
    (Stated::CarbonPrice, Stated::SilentFunctions, UNKNOWN, NO_FUNCTIONS),
    (Stated::MaxCarbon, Stated::SilentFunctions, UNKNOWN, NO_FUNCTIONS),
    (Stated::CarbonInOrder, Stated::SilentFunctions, UNKNOWN, NO_FUNCTIONS),
    (Stated::CarbonPrice, Stated::Order, ONE_SUM, ONE_OF_TWO),
    (Stated::LatencyPrice, Stated::Order, ONE_SUM, ONE_OF_TWO),
    (Stated::MovePrice, Stated::Order, ONE_SUM, ONE_OF_TWO),
    (Stated::Previous, Stated::Order, "what stands is weighed against a saving in USD", ONE_OF_TWO),
    (Stated::Alternatives, Stated::Order, "alternatives are ranked by cost alone", ONE_OF_TWO),
    (Stated::Bindings, Stated::Order, "what a limit would save is an amount of USD", ONE_OF_TWO),
    (Stated::Order, Stated::ApplicationApart, "", AS_ONE_OR_WITHOUT),
    (Stated::MaxCost, Stated::ApplicationApart, "", AS_ONE_OR_WITHOUT),
    (Stated::MaxCarbon, Stated::ApplicationApart, "", AS_ONE_OR_WITHOUT),
    (Stated::Quotas, Stated::ApplicationApart, "", AS_ONE_OR_WITHOUT),
    (Stated::Stock, Stated::ApplicationApart, "", AS_ONE_OR_WITHOUT),
    (Stated::MovePrice, Stated::Pools, "", MOVE_AS_A_WHOLE),
    (Stated::MovePrice, Stated::LostPlaces, "", MOVE_AS_A_WHOLE),
];

/// Every pair: what it consists of, why they do not go together if that is not plain, and the way out.
pub fn refused_together() -> Vec<[&'static str; 4]> {
    let in_a_workload = IN_A_WORKLOAD.iter().map(|&(a, b, why, help)| [a.words(), b.words(), why, help]);
    let in_a_problem = IN_A_PROBLEM.iter().map(|&(a, b, why, help)| [a.words(), b.words(), why, help]);
    in_a_workload.chain(in_a_problem).collect()
}

/// What is known of a problem that is decoded.
pub(super) struct Whole<'a, 'n> {
    pub(super) root: &'a Item<'n>,
    pub(super) supply: &'a Supply,
    pub(super) has_commitments: bool,
    pub(super) has_order: bool,
}

impl Decoder<'_> {
    /// Refuses what does not go together in a workload. `decoded` are the workloads outside pools that are sound; those of applications that do
    /// not rise and fall together are `apart`.
    pub(super) fn refuse_in_workloads(
        &mut self,
        workloads: Option<&Item<'_>>,
        decoded: &[Workload],
        apart: &BTreeSet<usize>,
    ) {
        let called = called(workloads);
        let known: BTreeMap<&str, (usize, &Workload)> =
            decoded.iter().enumerate().map(|(at, workload)| (workload.name.as_str(), (at, workload))).collect();
        for (name, item) in workloads.into_iter().flat_map(Item::entries) {
            let decoded = known.get(name);
            let whole = Own {
                item,
                is_called: called.contains(name),
                decoded: decoded.map(|(_, workload)| *workload),
                is_in_application_apart: decoded.is_some_and(|(at, _)| apart.contains(at)),
            };
            self.refuse_in_workload(&whole);
        }
    }

    fn refuse_in_workload(&mut self, own: &Own<'_, '_>) {
        let mut known: BTreeSet<(String, &str)> = BTreeSet::new();
        for &(blamed, beside, why, help) in IN_A_WORKLOAD {
            let Some((at, what)) = own.find(blamed) else { continue };
            let Some((_, other)) = own.find(beside) else { continue };
            // Regions and clouds, calling and being called: one finding for both.
            let kind = if matches!(beside, Said::IsCalled) { "`calls`" } else { other };
            if known.insert((what.to_owned(), if kind == "`survive.clouds`" { "`survive.regions`" } else { kind })) {
                self.refuse(at, what, other, why, help);
            }
        }
    }

    /// Refuses what does not go together in a problem.
    pub(super) fn refuse_in_problem(&mut self, whole: &Whole<'_, '_>) {
        for &(blamed, beside, why, help) in IN_A_PROBLEM {
            if let (Some((Some(at), what)), Some((_, other))) = (whole.find(blamed), whole.find(beside)) {
                self.refuse(at, what, other, why, help);
            }
        }
    }

    fn refuse(&mut self, at: &Item<'_>, what: &str, other: &str, why: &str, help: &str) {
        let because = if why.is_empty() { String::new() } else { format!(": {why}") };
        let message = format!("{what} is not decided together with {other}{because}");
        self.blame(at, Diagnostic::error("contradiction", message).help(help));
    }
}

/// A workload as it is stated.
struct Own<'a, 'n> {
    item: &'a Item<'n>,
    is_called: bool,
    /// What it is read as, if it is sound.
    decoded: Option<&'a Workload>,
    /// Whether workloads call each other, it among them, that do not rise and fall together.
    is_in_application_apart: bool,
}

impl<'a, 'n> Own<'a, 'n> {
    /// Where something is said, and what it is called; nothing if it is not.
    fn find(&self, said: Said) -> Option<(&'a Item<'n>, &'static str)> {
        let get = |name: &str| self.item.get(name).filter(|item| item.is_given && !item.is_faulty());
        let of = |outer: &str, name: &str| {
            let item = self.item.get(outer).and_then(|outer| outer.get(name));
            item.filter(|item| item.is_given && !item.is_faulty())
        };
        let is_above = |item: &&Item<'_>, least: u32| {
            item.number().and_then(|number| count(number).ok()).is_some_and(|number| number > least)
        };
        let is_true = |item: &&Item<'_>| item.boolean() == Some(true);
        let is_divided = |state: &&Item<'_>| state.get("multi_region").is_some_and(|given| is_true(&given));
        let hourly = || ["hourly_demand_rps", "forecast_demand_rps"].into_iter().find_map(get);
        let found = match said {
            Said::Pool => get("pool"),
            Said::Calls => get("calls").filter(|calls| calls.entries().next().is_some()),
            Said::IsCalled => Some(self.item).filter(|_| self.is_called),
            Said::LostRegions => of("survive", "regions").filter(|lost| is_above(lost, 0)),
            Said::LostClouds => of("survive", "clouds").filter(|lost| is_above(lost, 0)),
            Said::SeveralRegions => get("min_regions").filter(|least| is_above(least, 1)),
            Said::RegionShare => of("spread", "max_region_share"),
            Said::CloudShare => of("spread", "max_cloud_share"),
            Said::Weights => of("spread", "weights"),
            Said::ZoneSkew => get("max_zone_skew"),
            Said::MachineTypes => get("max_machine_types"),
            Said::SeveralPins => get("pin").filter(|pins| pins.texts().count() > 1),
            Said::Spot => of("purchase", "spot"),
            Said::CommitmentsBesideCalls => {
                let has_calls = self.find(Said::IsCalled).or_else(|| self.find(Said::Calls)).is_some();
                of("purchase", "commitments").filter(is_true).filter(|_| has_calls)
            }
            Said::ChangingCalls => {
                let has_calls = self.find(Said::IsCalled).or_else(|| self.find(Said::Calls)).is_some();
                // What is called changes with those who call.
                let changes = |decoded: &&Workload| decoded.profile.calendar != Calendar::CONSTANT;
                let changing = hourly().or_else(|| self.decoded.filter(changes).map(|_| self.item));
                changing.filter(|_| has_calls)
            }
            Said::DemandApart => {
                let are_apart = self.decoded.is_some_and(|decoded| !decoded.profile.is_uniform());
                hourly().filter(|_| are_apart)
            }
            Said::ApplicationApart => Some(self.item).filter(|_| self.is_in_application_apart),
            Said::State => get("state"),
            Said::StateInOneRegion => get("state").filter(|state| !is_divided(state)),
            Said::StateInRegions => of("state", "multi_region").filter(is_true),
            Said::Function => get("function"),
            Said::FunctionBesideMachines => get("function").filter(|_| self.item.get("replica").is_some()),
        };
        Some((found?, said.words()))
    }
}

impl<'a, 'n> Whole<'a, 'n> {
    /// Whether something is said, what it is called, and where, if that is one place.
    fn find(&self, stated: Stated) -> Option<(Option<&'a Item<'n>>, &'static str)> {
        let of = |outer: &str, name: &str| self.root.get(outer).and_then(|outer| outer.get(name));
        let price = |name: &str| {
            of("objective", name).filter(|price| price.number().is_some_and(|number: Decimal| !number.is_zero()))
        };
        let any = |is: &dyn Fn(&Workload) -> bool| self.supply.workloads.iter().any(is);
        let order = || of("objective", "order").filter(|_| self.has_order);
        let limits_types = |workload: &Workload| workload.max_machine_types.is_some();
        let commits = |workload: &Workload| self.has_commitments && workload.uses_commitments;
        let (is_said, at) = match stated {
            Stated::MaxCarbon => {
                let limit = of("limits", "max_monthly_carbon_kg");
                (limit.is_some(), limit)
            }
            Stated::Order => (self.has_order, order()),
            Stated::CarbonInOrder => {
                let order = order().filter(|order| order.texts().any(|(word, _)| word == "carbon"));
                (order.is_some(), order)
            }
            Stated::CarbonPrice => {
                let price = price("carbon_usd_per_tonne");
                (price.is_some(), price)
            }
            Stated::LatencyPrice => {
                let price = price("latency_usd_per_rps_ms");
                (price.is_some(), price)
            }
            Stated::MovePrice => {
                let price = price("move_usd_per_replica");
                (price.is_some(), price)
            }
            Stated::Previous => (self.root.get("previous").is_some(), self.root.get("previous")),
            Stated::Alternatives => {
                let asked = self.root.get("alternatives");
                let asked = asked.filter(|item| item.number().is_some_and(|number| !number.is_zero()));
                (asked.is_some(), asked)
            }
            Stated::Bindings => {
                let asked = self.root.get("bindings").filter(|item| item.boolean() == Some(true));
                (asked.is_some(), asked)
            }
            Stated::Pools => (!self.supply.pools.is_empty(), None),
            Stated::CommitmentsOfTypes => {
                let is_said = any(&|workload| commits(workload) && limits_types(workload));
                (is_said, None)
            }
            Stated::MachineTypes => {
                let own = self.supply.workloads.iter().find(|workload| commits(workload) && limits_types(workload));
                let said = own.and_then(|own| self.root.get("workloads")?.entry(&own.name)?.get("max_machine_types"));
                (said.is_some(), said)
            }
            Stated::SilentFunctions => {
                let offers = || self.supply.regions.iter().flat_map(|region| &region.functions);
                let is_silent = !offers().any(|offer| offer.carbon_of_million_gib_seconds.is_some());
                (is_silent && any(&|workload| workload.function.is_some()), None)
            }
            Stated::ApplicationApart => (any(&|workload| workload.profile.rises_apart), None),
            Stated::MaxCost => {
                let limit = of("limits", "max_monthly_cost_usd");
                (limit.is_some(), limit)
            }
            Stated::Quotas => {
                let quotas = of("limits", "quotas");
                (quotas.is_some(), quotas)
            }
            Stated::Stock => {
                let is_limited = self.supply.regions.iter().any(|region| !region.stock.is_empty());
                (is_limited, self.root.get("catalog").filter(|_| is_limited))
            }
            Stated::LostPlaces => (any(&|workload| workload.survive.has_places()), None),
        };
        is_said.then_some((at, stated.words()))
    }
}
