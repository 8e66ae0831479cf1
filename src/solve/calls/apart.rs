//! Applications that share nothing but quotas: at prices of these each is settled by itself.
//!
//! > cost >= sum over applications a of least(a, m) − sum over quotas q of m(q) × most(q)   for any prices m >= 0
//!
//! where least(a, m) is what the application costs at least, machines and what they take of quotas, paid at m (Dantzig and Wolfe). Each application offers placements at
//! some prices; the prices that the cheapest mixture of all offers within the quotas goes by are the next, until nobody offers anything better. At the last prices
//! applications are shaken and bounded. One offer of each application, chosen by a small integer program, is the placement.
//!
//! Of few applications no mixture of whole offers fills the quotas well: where the placement costs clearly more than its parts do at the prices, it is shaken once more
//! as a whole, within what the quotas leave.

use rayon::prelude::*;

use super::bound::Bound;
use super::descent::{descend, settle};
use super::market::Market;
use super::routes::{Plan, Route};
use super::{ENOUGH, Part, shake_all, state, state_plan, whole};
use crate::formulate::{Block, Femto, Flows, Service, flows};
use crate::model::Problem;
use crate::solve::highs::{Column, Model, Stop};
use crate::solve::passes::largest_first;
use crate::solve::{Effort, Found};

/// Times that prices change, at most.
const TURNS: usize = 14;

/// What offers of one turn save is nothing if it is so small a part of all.
const NOTHING: Femto = 5_000;

/// The highest price at first, as a part of what a unit costs, and what it is multiplied by where that does not keep the quotas.
const FIRST_PRICE: i64 = 10;
const DEARER: i64 = 4;

/// No unit of a quota is priced higher: as much as a thousand USD.
const HIGHEST: Femto = 1_000_000_000_000_000_000;

/// Nodes of the program that chooses offers.
const NODES: i32 = 5_000;

/// A placement of an application.
struct Offer {
    routes: Vec<Route>,
    /// What it costs; what it takes of quotas is not paid for.
    cost: Femto,
    taken: Vec<u64>,
}

/// What follows from offers.
struct Mixture {
    prices: Vec<i64>,
    /// The highest prices do not keep the quotas.
    is_short: bool,
}

impl Offer {
    fn of(plan: &Plan<'_>, prices: &[i64]) -> Self {
        let taken = plan.takes(prices.len());
        Self { routes: plan.routes.clone(), cost: plan.cost - paid(prices, &taken), taken }
    }

    fn at(&self, prices: &[i64]) -> Femto {
        self.cost + paid(prices, &self.taken)
    }
}

fn paid(prices: &[i64], taken: &[u64]) -> Femto {
    prices.iter().zip(taken).map(|(&price, &taken)| Femto::from(price) * Femto::from(taken)).sum()
}

/// Whether applications of a market share nothing but quotas.
pub(super) fn suit(market: &Market<'_>) -> bool {
    !market.quotas.is_empty() && market.fixed.values().all(|&fixed| fixed == 0)
}

/// The best placement and bound found; `None` if some class finds no route, which proves nothing: calls of short routes are rounded up.
pub(super) fn solve(
    problem: &Problem,
    block: &Block,
    market: &Market<'_>,
    effort: Effort<'_>,
) -> Option<(Option<Found>, Bound)> {
    let applications = market.applications();
    let positions = |is_part: &Vec<bool>| (0..is_part.len()).filter(|&at| is_part[at]).collect::<Vec<usize>>();
    let positions: Vec<Vec<usize>> = applications.iter().map(positions).collect();
    let services = |positions: &Vec<usize>| positions.iter().map(|&at| market.services[at]).collect();
    let services: Vec<Vec<&Service>> = positions.iter().map(services).collect();
    let flows: Vec<Flows> = services.iter().map(|services| flows(problem, services)).collect();
    let markets = services.par_iter().zip(&flows).map(|(services, flows)| Market::of(problem, block, services, flows));
    let markets: Vec<Market<'_>> = markets.collect();
    // What is sent decides how many machines there are, and with that how long everything takes.
    let size = |flows: &Flows| flows.classes.iter().flat_map(|class| &class.loads).sum::<u64>();
    let sizes: Vec<usize> = flows.iter().map(|flows| usize::try_from(size(flows)).unwrap_or(usize::MAX)).collect();
    let (prices, mut offers) = priced(&markets, &sizes, &market.quotas, effort)?;

    let state = |offers: &[Vec<Offer>]| {
        let parts = parts_of(&chosen(offers, &market.quotas, effort)?, offers, &flows, &positions);
        state(problem, block, market.services, &parts, &prices)
    };
    let repriced: Vec<Market<'_>> = markets.par_iter().map(|market| market.repriced(&prices)).collect();
    let best = |offers: &[Offer]| offers.iter().map(|offer| offer.at(&prices)).min();
    let bounds = largest_first(&sizes, |at| repriced[at].bound(best(&offers[at]), effort));
    let mut bounds = bounds.into_iter().collect::<Option<Vec<Bound>>>()?;
    let given = paid(&prices, &market.quotas);
    let least = |bounds: &[Bound]| bounds.iter().map(|bound| bound.least).sum::<Femto>() - given;
    let mut found = state(&offers);
    if !found.as_ref().is_some_and(|found| effort.accepts(found.cost, least(&bounds))) {
        let shaken = largest_first(&sizes, |at| {
            let (market, mut bound) = (&repriced[at], bounds[at].clone());
            let best = offers[at].iter().min_by_key(|offer| offer.at(&prices))?;
            let mut plan = Plan::of(market, &best.routes);
            shake_all(&mut plan, &bound, effort);
            whole::raise(market, &mut bound, plan.cost, effort);
            Some((Offer::of(&plan, &prices), bound))
        });
        for ((offers, bound), shaken) in offers.iter_mut().zip(&mut bounds).zip(shaken) {
            if let Some((offer, raised)) = shaken {
                offers.push(offer);
                *bound = raised;
            }
        }
        found = state(&offers).into_iter().chain(found).min_by_key(|found| found.cost);
    }
    let none = || vec![Vec::new(); market.services.len()];
    let mut all = Bound {
        least: least(&bounds),
        lift: none(),
        of_service: vec![0; market.services.len()],
        sent: vec![Vec::new(); market.services.len()],
    };
    for (part, positions) in bounds.into_iter().zip(&positions) {
        let parts = part.lift.into_iter().zip(part.of_service).zip(part.sent);
        for (&at, ((lift, of_service), sent)) in positions.iter().zip(parts) {
            (all.lift[at], all.of_service[at], all.sent[at]) = (lift, of_service, sent);
        }
    }
    // What the best of all offers would cost if quotas could be mixed as prices have it.
    let at_prices = offers.iter().filter_map(|offers| best(offers)).sum::<Femto>() - given;
    let is_beyond = |found: &Found| {
        let lost = found.cost - at_prices.max(all.least);
        lost > found.cost / 1_000_000 * Femto::from(effort.tolerance.0) / ENOUGH
            && !effort.accepts(found.cost, all.least)
    };
    if found.as_ref().is_some_and(is_beyond)
        && let Some(chosen) = chosen(&offers, &market.quotas, effort)
        && let Some(mut plan) = whole_plan(market, &parts_of(&chosen, &offers, &flows, &positions))
    {
        shake_all(&mut plan, &all, effort);
        found = state_plan(problem, block, &plan).into_iter().chain(found).min_by_key(|found| found.cost);
    }
    Some((found, all))
}

/// One offer of each application, as parts of the block.
fn parts_of<'p>(
    chosen: &[usize],
    offers: &'p [Vec<Offer>],
    flows: &'p [Flows],
    positions: &'p [Vec<usize>],
) -> Vec<Part<'p>> {
    let offered = chosen.iter().zip(offers).map(|(&at, offers)| &offers[at].routes);
    let of = flows.iter().zip(positions);
    offered.zip(of).map(|(routes, (flows, positions))| Part { routes, flows, positions }).collect()
}

/// The routes of parts side by side in the market of all; `None` if one of them is no route there.
fn whole_plan<'a>(market: &'a Market<'a>, parts: &[Part<'_>]) -> Option<Plan<'a>> {
    let mut plan = Plan::new(market);
    for part in parts {
        let own = |service: usize| part.positions.iter().position(|&of| of == service);
        for route in part.routes {
            let entering = &part.flows.classes[route.class];
            let entered = part.positions[entering.service];
            let mut classes = market.flows.classes.iter();
            let class = classes.position(|class| class.service == entered && class.users == entering.users)?;
            let whole = plan.route(class, route.rate, route.entry, |service, call, from| {
                let service = own(service)?;
                let mut calls = route.calls.iter();
                calls
                    .find(|calls| (calls.service, calls.call, calls.from) == (service, call, from))
                    .map(|calls| calls.to)
            });
            plan.add(whole?);
        }
    }
    Some(plan)
}

/// Prices at which nobody offers anything better, and all that was offered on the way; `None` if some class finds no route.
fn priced(
    markets: &[Market<'_>],
    sizes: &[usize],
    most: &[u64],
    effort: Effort<'_>,
) -> Option<(Vec<i64>, Vec<Vec<Offer>>)> {
    let mut prices = vec![0; most.len()];
    let mut offers: Vec<Vec<Offer>> = Vec::new();
    let mut highest: Vec<i64> = (0..most.len()).map(|quota| unit_cost(markets, quota) / FIRST_PRICE).collect();
    for turn in 0..TURNS {
        let offer = |at: usize| {
            let market = markets[at].repriced(&prices);
            let known = offers.get(at).into_iter().flatten().min_by_key(|offer: &&Offer| offer.at(&prices));
            let plan = match known {
                None => descend(&market, effort.interrupt)?,
                Some(known) => {
                    let mut plan = Plan::of(&market, &known.routes);
                    settle(&mut plan, effort.interrupt);
                    plan
                }
            };
            let saved = known.map_or(Femto::MAX, |known| known.at(&prices) - plan.cost);
            Some((Offer::of(&plan, &prices), saved))
        };
        let offered = largest_first(sizes, offer).into_iter().collect::<Option<Vec<_>>>()?;
        if turn == 0 {
            offers = offered.into_iter().map(|(offer, _)| vec![offer]).collect();
        } else {
            let saved: Femto = offered.iter().map(|(_, saved)| *saved).sum();
            let all: Femto = offered.iter().map(|(offer, _)| offer.cost).sum();
            for (offers, (offer, saved)) in offers.iter_mut().zip(offered) {
                offers.extend((saved > 0).then_some(offer));
            }
            if saved <= all / NOTHING {
                let Some(mixture) = mixed(&offers, most, &highest, effort) else { break };
                if !mixture.is_short {
                    break;
                }
                for price in &mut highest {
                    *price = price.saturating_mul(DEARER);
                }
            }
        }
        let Some(mixture) = mixed(&offers, most, &highest, effort) else { break };
        if mixture.prices == prices || effort.interrupt.is_raised() {
            break;
        }
        prices = mixture.prices;
    }
    Some((prices, offers))
}

/// What a unit of a quota costs at least where machines are full.
fn unit_cost(markets: &[Market<'_>], quota: usize) -> i64 {
    let mut least = HIGHEST;
    for market in markets {
        for (service, placed) in market.services.iter().enumerate() {
            for candidate in 0..placed.candidates.len() {
                for stair in market.steps(service, candidate) {
                    for &(_, amount) in stair.taken.iter().filter(|(at, _)| *at == quota) {
                        least = least.min(stair.cost / Femto::from(amount));
                    }
                }
            }
        }
    }
    i64::try_from(least).unwrap_or(i64::MAX)
}

/// The cheapest mixture of offers within the quotas.
fn mixed(offers: &[Vec<Offer>], most: &[u64], highest: &[i64], effort: Effort<'_>) -> Option<Mixture> {
    let mut model = Model::default();
    let columns = columns(&mut model, offers, false);
    let beyond = most.iter().zip(highest).map(|(&most, &price)| {
        let all = Femto::from(price) * Femto::from(most.max(1));
        model.column(usd(all), f64::INFINITY, false)
    });
    let beyond: Vec<_> = beyond.collect();
    let rows: Vec<usize> = (0..most.len())
        .map(|quota| {
            let terms = terms(&columns, offers, quota, most[quota]);
            model.at_most(terms.into_iter().chain([(beyond[quota], -1.0)]), parts(most[quota], most[quota]))
        })
        .collect();
    let solved = model.minimise(Stop::continuous(effort.interrupt), None);
    let values = solved.values?;
    let price = |(quota, &row): (usize, &usize)| {
        let dual = solved.duals.get(row).copied().unwrap_or(0.0);
        whole_price(-dual / parts(most[quota].max(1), 1) * 1e15)
    };
    let is_short = beyond.iter().any(|column| values[column.index()] > 1e-6);
    Some(Mixture { prices: rows.iter().enumerate().map(price).collect(), is_short })
}

/// The cheapest choice of one offer of each application within the quotas.
fn chosen(offers: &[Vec<Offer>], most: &[u64], effort: Effort<'_>) -> Option<Vec<usize>> {
    let mut model = Model::default();
    let columns = columns(&mut model, offers, true);
    for (quota, &most) in most.iter().enumerate() {
        model.at_most(terms(&columns, offers, quota, most), parts(most, most));
    }
    let stop = Stop { nodes: NODES, relative_gap: 1e-5, interrupt: effort.interrupt };
    let values = model.minimise(stop, None).values?;
    let chosen = |of: &Vec<Column>| of.iter().position(|column| values[column.index()] > 0.5);
    columns.iter().map(chosen).collect()
}

/// A column for each offer, of which one of each application is taken.
fn columns(model: &mut Model, offers: &[Vec<Offer>], is_whole: bool) -> Vec<Vec<Column>> {
    let columns: Vec<Vec<_>> = offers
        .iter()
        .map(|offers| offers.iter().map(|offer| model.column(usd(offer.cost), f64::INFINITY, is_whole)).collect())
        .collect();
    for columns in &columns {
        model.equal(columns.iter().map(|&column| (column, 1.0)), 1.0);
    }
    columns
}

/// What offers take of a quota, in parts of it.
fn terms(columns: &[Vec<Column>], offers: &[Vec<Offer>], quota: usize, most: u64) -> Vec<(Column, f64)> {
    let all = columns.iter().flatten().zip(offers.iter().flatten());
    all.map(|(&column, offer)| (column, parts(offer.taken[quota], most))).filter(|(_, part)| *part > 0.0).collect()
}

#[expect(clippy::cast_precision_loss, reason = "solver coefficient")]
fn parts(amount: u64, of: u64) -> f64 {
    amount as f64 / of.max(1) as f64
}

#[expect(clippy::cast_precision_loss, reason = "solver coefficient")]
fn usd(amount: Femto) -> f64 {
    amount as f64 / 1e15
}

#[expect(clippy::cast_possible_truncation, reason = "a price may be any number near the given one")]
fn whole_price(price: f64) -> i64 {
    price.clamp(0.0, usd(HIGHEST) * 1e15) as i64
}
