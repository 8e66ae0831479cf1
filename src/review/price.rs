//! What a pool costs and emits in a month, from the catalog's prices.
//!
//! For a pool of capacity c on a type that counts w units per machine, with on-demand units d(c) and the rest bought as spot:
//!
//! > machines(c) = ceil(c / w)
//! > cost(c)     = (ceil(d(c) / w) × on-demand price + ceil((c − d(c)) / w) × spot price) × 730
//!
//! The smallest cost takes the cheapest of the types at the smallest size, the expected cost the preferred type, the largest the dearest.
//! Where any type of a pool has no price, the pool has none: a sum over the others would be too low.

use std::collections::BTreeMap;

use super::fleet::{Choice, Market, Pool};
use super::reason::Reason;
use super::report::{Deployment, Figure, Purchase, Range, Unit};
use crate::catalog::{Catalog, Overlay, OverlayError, Supply};
use crate::model::{Glob, MachineType, Offer, RegionKey};
use crate::units::{Carbon, HOURS_PER_MONTH, Millicores, Money};

/// What is on sale in the regions of a fleet.
#[derive(Debug)]
pub(super) struct Prices<'c> {
    catalog: &'c Catalog,
    supply: Supply,
    /// By region and name: positions of the region and of its offers of the type.
    offers: BTreeMap<RegionKey, BTreeMap<String, Vec<(usize, usize)>>>,
}

/// A type on sale, and how many machines of it and of which price make a pool.
#[derive(Clone, Copy)]
struct Priced {
    weight: u64,
    on_demand: Money,
    spot: Option<Money>,
    carbon: Option<Carbon>,
    vcpu: Millicores,
}

impl<'c> Prices<'c> {
    /// Those of the regions for which `wanted` is true.
    pub(super) fn of(
        catalog: &'c Catalog,
        overlays: &[Overlay],
        wanted: &dyn Fn(&RegionKey) -> bool,
    ) -> Result<Self, Vec<OverlayError>> {
        let supply = catalog.supply_with_spot(overlays, wanted)?;
        let mut offers = BTreeMap::new();
        for (place, region) in supply.regions.iter().enumerate() {
            let mut named: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
            for (at, offer) in region.offers.iter().enumerate() {
                let name = &supply.machine_types[offer.machine_type.index()].name;
                match named.get_mut(name) {
                    Some(places) => places.push((place, at)),
                    None => {
                        named.insert(name.clone(), vec![(place, at)]);
                    }
                }
            }
            offers.insert(region.key.clone(), named);
        }
        Ok(Self { catalog, supply, offers })
    }

    /// The offer of a type in a region, bought in that way, and what the type is.
    pub(super) fn offer(&self, region: &RegionKey, machine_type: &str, spot: bool) -> Figure<(Offer, &MachineType)> {
        let (word, purchase) = if spot { ("spot", "spot") } else { ("on_demand", "on demand") };
        let offers = self.offers.get(region).and_then(|offers| offers.get(machine_type));
        let found = offers.into_iter().flatten().map(|&(place, at)| self.supply.regions[place].offers[at]);
        match found.clone().find(|offer| offer.purchase.to_string() == word) {
            Some(offer) => Figure::Known((offer, &self.supply.machine_types[offer.machine_type.index()])),
            None if found.count() == 0
                && self.catalog.market(&[]).check_type(&Glob(machine_type.to_owned())).is_err() =>
            {
                Figure::Unknown(Reason::NoSuchMachineType {
                    cloud: region.cloud.clone(),
                    machine_type: machine_type.to_owned(),
                })
            }
            None => Figure::Unknown(Reason::Unpriced {
                machine_type: machine_type.to_owned(),
                region: region.clone(),
                purchase,
            }),
        }
    }

    /// A pool with its figures.
    pub(super) fn deployment(&self, pool: Pool) -> Deployment {
        let priced = self.priced(&pool);
        let count = match &pool.unit {
            Unit::Machines => machines(&pool),
            Unit::Replicas | Unit::Tasks => pool.capacity.clone(),
        };
        let vcpu = match (pool.unit, pool.vcpu_of_task) {
            (Unit::Tasks, Some(each)) => {
                count.as_ref().map(|count| count.map(|count| Millicores(each.0.saturating_mul(count))))
            }
            (Unit::Tasks | Unit::Replicas, _) => Figure::Unknown(Reason::Follows { from: "machine type" }),
            (Unit::Machines, _) => {
                of_machines(&pool, &priced, |one, count| Millicores(one.vcpu.0.saturating_mul(count)))
            }
        };
        let (monthly_cost, monthly_carbon) = match pool.unit {
            Unit::Machines => (cost(&pool, &priced), carbon(&pool, &priced)),
            // What runs on others' machines is paid and emitted there.
            Unit::Replicas => (Figure::Known(Range::fixed(Money::ZERO)), Figure::Known(Range::fixed(Carbon(0)))),
            Unit::Tasks => {
                let reason = pool.choices.reason().cloned().unwrap_or(Reason::DependsOnUsage);
                (Figure::Unknown(reason.clone()), Figure::Unknown(reason))
            }
        };
        let purchase = match pool.market {
            Market::OnDemand => Purchase::OnDemand,
            Market::Spot => Purchase::Spot,
            Market::Mixed { .. } => Purchase::Mixed,
        };
        let names = |choices: &Vec<Choice>| choices.iter().map(|choice| choice.machine_type.clone()).collect();
        let machine_types = pool.choices.as_ref().map(names);
        Deployment {
            region: pool.region,
            zones: pool.zones,
            machine_types,
            purchase,
            count,
            vcpu,
            monthly_cost,
            monthly_carbon,
        }
    }

    fn priced(&self, pool: &Pool) -> Figure<Vec<Priced>> {
        let region = match &pool.region {
            Figure::Known(region) => region,
            Figure::Unknown(_) => return Figure::Unknown(Reason::Follows { from: "region" }),
        };
        let Figure::Known(choices) = &pool.choices else {
            return Figure::Unknown(Reason::Follows { from: "machine type" });
        };
        let mut priced = Vec::with_capacity(choices.len());
        for choice in choices {
            // Spare capacity is the same machine: what it is follows from the offer at the list price.
            match self.offer(region, &choice.machine_type, false) {
                Figure::Known((offer, machine)) => priced.push(Priced {
                    weight: choice.weight,
                    on_demand: offer.hourly,
                    spot: self.offer(region, &choice.machine_type, true).known().map(|(offer, _)| offer.hourly),
                    carbon: offer.carbon_hourly,
                    vcpu: machine.vcpu,
                }),
                Figure::Unknown(reason) => return Figure::Unknown(reason),
            }
        }
        Figure::Known(priced)
    }
}

fn machines(pool: &Pool) -> Figure<Range<u64>> {
    let Figure::Known(choices) = &pool.choices else {
        // Without weights a count of units is a count of machines.
        return pool.capacity.clone();
    };
    pool.capacity.as_ref().map(|capacity| span(choices, |choice, at| of_units(at, choice.weight), *capacity))
}

const fn of_units(units: u64, weight: u64) -> u64 {
    units.div_ceil(weight)
}

/// An amount at every size: the least of all choices, that of the first, the most.
fn span<C, T: Ord + Copy + Default>(choices: &[C], amount: impl Fn(&C, u64) -> T, capacity: Range<u64>) -> Range<T> {
    let at = |units: u64| choices.iter().map(|choice| amount(choice, units)).collect::<Vec<_>>();
    Range {
        min: at(capacity.min).into_iter().min().unwrap_or_default(),
        expected: at(capacity.expected).first().copied().unwrap_or_default(),
        max: at(capacity.max).into_iter().max().unwrap_or_default(),
    }
}

fn of_machines<T: Ord + Copy + Default>(
    pool: &Pool,
    priced: &Figure<Vec<Priced>>,
    amount: impl Fn(&Priced, u64) -> T,
) -> Figure<Range<T>> {
    let Figure::Known(capacity) = &pool.capacity else {
        return Figure::Unknown(Reason::Follows { from: "count" });
    };
    priced.as_ref().map(|priced| span(priced, |one, units| amount(one, of_units(units, one.weight)), *capacity))
}

fn cost(pool: &Pool, priced: &Figure<Vec<Priced>>) -> Figure<Range<Money>> {
    let (Figure::Known(capacity), Figure::Known(known)) = (&pool.capacity, priced) else {
        return of_machines(pool, priced, |_, _| Money::ZERO);
    };
    if pool.market != Market::OnDemand
        && let (Figure::Known(region), Figure::Known(choices)) = (&pool.region, &pool.choices)
        && let Some(at) = known.iter().position(|one| one.spot.is_none())
    {
        let machine_type = choices[at].machine_type.clone();
        return Figure::Unknown(Reason::Unpriced { machine_type, region: region.clone(), purchase: "spot" });
    }
    let hours =
        |price: Money, units: u64, one: &Priced| price.times(i128::from(of_units(units, one.weight)) * HOURS_PER_MONTH);
    let amount = |one: &Priced, units: u64| {
        let on_demand = on_demand(pool.market, units);
        let spot = one.spot.map_or(Money::ZERO, |price| hours(price, units - on_demand, one));
        hours(one.on_demand, on_demand, one) + spot
    };
    Figure::Known(span(known, amount, *capacity))
}

/// d(c): units of a capacity bought at the list price.
fn on_demand(market: Market, units: u64) -> u64 {
    match market {
        Market::OnDemand => units,
        Market::Spot => 0,
        Market::Mixed { base, percent_above } => {
            let base = base.min(units);
            // AWS rounds the part above the base up to the list price.
            let above = (u128::from(units - base) * u128::from(percent_above.min(100))).div_ceil(100);
            base + u64::try_from(above).unwrap_or(units - base)
        }
    }
}

fn carbon(pool: &Pool, priced: &Figure<Vec<Priced>>) -> Figure<Range<Carbon>> {
    if let (Figure::Known(priced), Figure::Known(region), Figure::Known(choices)) =
        (priced, &pool.region, &pool.choices)
        && let Some(at) = priced.iter().position(|one| one.carbon.is_none())
    {
        let machine_type = choices[at].machine_type.clone();
        return Figure::Unknown(Reason::NoCarbon { machine_type, region: region.clone() });
    }
    of_machines(pool, priced, |one, count| {
        Carbon(one.carbon.unwrap_or_default().0 * i128::from(count) * HOURS_PER_MONTH)
    })
}
