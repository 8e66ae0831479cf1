//! A lower bound of an application as a whole: its services are in proportion wherever users are served, and each leaves part of a machine empty there.
//!
//! Regions between which calls are cheap are a *circle*. Users of all classes are divided over circles; of the x that enter in one, each service s
//! has a load of ratio(s) × x, whatever way calls take. It stands at one of four *places* (`places`): in the circle's *centre*, in other regions *near* it, in circles *beside* it,
//! to which calls cost somewhat more, or *far* from it, in all others:
//!
//! > sum over places a of load(s, a) = ratio(s) × x
//! > ways >= sum over s, a of by(s, a) × load(s, a),   by(s, a) = way(s, a) − sum over calls k of s of per_request(k) × max over b of (way(callee(k), b) − least(k, a, b))
//!
//! for all potentials way(s, a), none in the centre and where users enter, with least(k, a, b) the least that call k costs from a to b: what calls pay between places is no less than what they gain in
//! potential. Who comes from another circle pays a price of p(s, c) for a milli-rps in circle c, of which it is known that everywhere in it
//!
//! > cost(load) >= setup + p(s, c) × load,   cost(load) >= full × load,   setup = least over steps v of cost(v) − p(s, c) × capacity(v) >= 0
//!
//! so that, with m the price of a milli-rps of each class and pay(s, a) the least price in the circles at place a, nothing costs less than
//!
//! > sum over g of m(g) d(g) + least sum over circles of value(x), the sum of x at least all demand
//! > value(x) = sum over s of least(s, ratio(s) x) − max { sum over g of (m(g) − entry(g)) z(g) : 0 <= z(g) <= d(g), sum of z = x }
//! > least(s, l) = by(s, centre) × l + least over steps v of the centre, or none, with by'(s, a) = by(s, a) − by(s, centre), of
//! >     cost(v) − p(s, c) × (capacity(v) − l)                                    if it carries l
//! >     cost(v) + by'(s, near) × n + max(setup + p(s, c) × n, full × n)          if n = l − capacity(v) > 0 is near
//! >     cost(v) + (by'(s, a) + pay(s, a)) × n                                    if n is beside or far
//!
//! The sum over circles is found by dynamic programming over small parts of all demand, rounded up; it knows of every set of classes of the
//! highest prices that the circles that answer any of it must carry it. Fixed costs of regions are left out.
//!
//! Numbers are floating; as with programs, what they say is lowered by more than they can be wrong.

use std::collections::{BTreeMap, BTreeSet};

mod ascent;
mod places;
mod service;
mod value;

use super::bound::Bound;
use super::market::{CLOSED, Market};
use crate::formulate::Femto;
use crate::model::RegionId;
use crate::solve::Effort;
use places::{Others, Places, Ways};

/// Regions are in one circle if a call between them, either way, costs at most so many times what the cheapest call between regions does, and beside each other if at most
/// so many times that.
const NEAR: i64 = 2;
const BESIDE: i64 = 3;

/// Potentials are at most so many times what a milli-rps costs on full machines: more would change nothing.
const HIGHEST: f64 = 50.0;

/// What cannot be.
const NEVER: f64 = 1e100;

/// What floating numbers may be wrong by, as a part of all.
const PRECISION: Femto = 100_000_000;

/// An application whose users all enter at one service that no other calls.
struct App {
    /// Services by their position in the market, callers first.
    services: Vec<usize>,
    /// By service: callees and calls made for one.
    calls: Vec<Vec<(usize, f64)>>,
    /// By service: load for one request of users.
    ratio: Vec<f64>,
    /// By class: milli-rps.
    demand: Vec<f64>,
    /// By service: the least that a milli-rps costs on full machines anywhere.
    full: Vec<f64>,
    circles: Vec<Circle>,
}

/// Regions between which calls are cheap.
struct Circle {
    /// By class: what it costs to enter in the best of them; `None` if it cannot.
    entry: Vec<Option<f64>>,
    /// By service: steps of the centre as (capacity, cost).
    steps: Vec<Vec<(f64, f64)>>,
    /// By service: of the steps of the other regions, those on their lower hull.
    near: Vec<Vec<(f64, f64)>>,
    /// By service: the least that a milli-rps costs on full machines anywhere in it.
    full: Vec<f64>,
    /// By service and call: what it costs at least.
    ways: Vec<Vec<Ways>>,
    /// The others, beside it and far.
    others: [Others; 2],
    /// Traffic at which a step of the centre is full.
    events: Vec<f64>,
}

/// Raises the bound by what applications prove as wholes; `cost` is known to be possible. Where all services of an application outlive losses, which wholes know nothing of,
/// it is not tried.
pub(super) fn raise(market: &Market<'_>, bound: &mut Bound, cost: Femto, effort: Effort<'_>) {
    use rayon::prelude::*;
    if market.fixed.values().any(|&fixed| fixed > 0) {
        return;
    }
    let applications = market.applications();
    let known = |services: &[bool]| -> Femto {
        let own = bound.of_service.iter().zip(services).filter(|(_, is_part)| **is_part);
        own.map(|(of_service, _)| *of_service).sum()
    };
    let outlive = |services: &[bool]| {
        let mut own = market.left.iter().zip(services).filter(|(_, is_part)| **is_part);
        own.all(|(left, _)| left.is_some())
    };
    let rises: Vec<Femto> = applications
        .par_iter()
        .map(|services| {
            let Some(app) = App::of(market, services).filter(|_| !outlive(services)) else { return 0 };
            let known = known(services);
            let share = cost - bound.least;
            let aim = known + share / Femto::try_from(applications.len()).unwrap_or(1);
            let proven = app.bound(aim, effort);
            (proven - proven.abs() / PRECISION - 1_000_000_000 - known).max(0)
        })
        .collect();
    bound.least += rises.iter().sum::<Femto>();
    // What a candidate adds, it adds to what was proven by classes.
    for (services, rise) in applications.iter().zip(rises) {
        let own = bound.lift.iter_mut().zip(services).filter(|(_, is_part)| **is_part);
        own.flat_map(|(lifts, _)| lifts).for_each(|lift| *lift = (*lift - rise).max(0));
    }
}

impl App {
    /// The application of some services; `None` if users enter at more than one of them, or at one that is called too.
    fn of(market: &Market<'_>, is_part: &[bool]) -> Option<Self> {
        let flows = market.flows;
        let services: Vec<usize> = flows.order.iter().copied().filter(|&service| is_part[service]).collect();
        let position = |service: usize| services.iter().position(|&other| other == service);
        let classes: Vec<_> = flows.classes.iter().filter(|class| is_part[class.service]).collect();
        let entered = classes.first()?.service;
        // Machines and functions of one region share its load.
        let is_twofold = services.iter().any(|&of| {
            let regions: BTreeSet<_> =
                market.services[of].candidates.iter().map(|candidate| candidate.region).collect();
            regions.len() < market.services[of].candidates.len()
        });
        let is_called = services.iter().any(|&of| flows.calls[of].iter().any(|call| call.callee == entered));
        if is_twofold
            || is_called
            || classes.iter().any(|class| class.service != entered)
            || services.first() != Some(&entered)
        {
            return None;
        }
        let of_service = |&service: &usize| {
            let call =
                |call: &crate::formulate::Outgoing| Some((position(call.callee)?, f64::from(call.per_request.0) / 1e6));
            flows.calls[service].iter().map(call).collect::<Option<Vec<_>>>()
        };
        let calls = services.iter().map(of_service).collect::<Option<Vec<_>>>()?;
        let mut ratio = vec![0.0; services.len()];
        ratio[0] = 1.0;
        for (at, calls) in calls.iter().enumerate() {
            for &(to, made) in calls {
                ratio[to] += ratio[at] * made;
            }
        }
        if ratio.contains(&0.0) {
            return None;
        }
        let demand: Vec<f64> = classes.iter().map(|class| whole(class.rate.into())).collect();
        let total: f64 = demand.iter().sum();
        let mut app = Self { services, calls, ratio, demand, full: Vec::new(), circles: Vec::new() };
        let steps = app.steps(market, total);
        let cheapest =
            |of: &BTreeMap<RegionId, Vec<(f64, f64)>>| of.values().map(|steps| full(steps)).fold(NEVER, f64::min);
        app.full = steps.iter().map(cheapest).collect();
        let entries = entries(market, entered, &classes);
        app.circles = app.circled(market, &steps, &entries, total);
        (!app.circles.is_empty()).then_some(app)
    }

    /// By service and region: steps as (capacity, cost), none replaced by a cheaper one.
    fn steps(&self, market: &Market<'_>, total: f64) -> Vec<BTreeMap<RegionId, Vec<(f64, f64)>>> {
        let of_service = |(&service, ratio): (&usize, &f64)| {
            let of_candidate = |(at, candidate): (usize, &crate::formulate::Candidate)| {
                let mut kept: Vec<(f64, f64)> = Vec::new();
                for stair in market.steps(service, at) {
                    let step = (whole(stair.capacity.into()), whole(stair.cost));
                    while kept.last().is_some_and(|last| last.1 >= step.1) {
                        kept.pop();
                    }
                    if kept.last().is_none_or(|last| last.0 < step.0) {
                        kept.push(step);
                    }
                }
                let most = kept.partition_point(|step| step.0 < ratio * total) + 1;
                kept.truncate(most);
                (candidate.region, kept)
            };
            market.services[service].candidates.iter().enumerate().map(of_candidate).collect()
        };
        self.services.iter().zip(&self.ratio).map(of_service).collect()
    }

    /// The circles, each around the region where everything is cheapest on full machines.
    fn circled(
        &self,
        market: &Market<'_>,
        steps: &[BTreeMap<RegionId, Vec<(f64, f64)>>],
        entries: &BTreeMap<RegionId, Vec<Option<f64>>>,
        total: f64,
    ) -> Vec<Circle> {
        let circle = circles(market, &self.services, NEAR);
        let beside = circles(market, &self.services, BESIDE);
        let price = |region: RegionId| -> f64 {
            let of_service = |(steps, ratio): (&BTreeMap<_, Vec<_>>, &f64)| {
                steps.get(&region).map_or(NEVER, |steps| full(steps) * ratio)
            };
            steps.iter().zip(&self.ratio).map(of_service).sum()
        };
        let mut centres: BTreeMap<RegionId, RegionId> = BTreeMap::new();
        for &region in entries.keys() {
            let centre = centres.entry(circle[&region]).or_insert(region);
            if price(region).total_cmp(&price(*centre)).is_lt() {
                *centre = region;
            }
        }
        let of_circle = |(name, &centre): (&RegionId, &RegionId)| {
            let is_near = |region: &RegionId| *region != centre && circle[region] == *name;
            let entry = (0..self.demand.len()).map(|class| {
                let inside = entries.iter().filter(|(region, _)| circle[*region] == *name);
                inside.filter_map(|(_, entries)| entries[class]).min_by(f64::total_cmp)
            });
            let here: Vec<Vec<(f64, f64)>> =
                steps.iter().map(|steps| steps.get(&centre).cloned().unwrap_or_default()).collect();
            let near = steps.iter().map(|steps| {
                hull(steps.iter().filter(|(region, _)| is_near(region)).flat_map(|(_, steps)| steps).copied().collect())
            });
            let near: Vec<Vec<(f64, f64)>> = near.collect();
            let filled =
                here.iter().zip(&self.ratio).flat_map(|(steps, ratio)| steps.iter().map(move |step| step.0 / ratio));
            let mut events: Vec<f64> = filled.filter(|&at| at <= total).collect();
            // Traffic is whole, and costs something from the first of it on.
            let edges = (1..=value::CELLS).map(|cell| (total * f64::from(cell) / f64::from(value::CELLS)).floor());
            events.extend(edges.chain([1.0]));
            events.sort_by(f64::total_cmp);
            events.dedup();
            let places = Places { circle: &circle, beside: &beside, centre };
            Circle {
                entry: entry.collect(),
                full: here.iter().zip(&near).map(|(here, near)| full(here).min(full(near))).collect(),
                ways: places.ways(market, &self.services, &self.calls),
                others: places.others(&centres, steps),
                steps: here,
                near,
                events,
            }
        };
        centres.iter().map(of_circle).collect()
    }
}

/// By region and class: what a milli-rps costs to enter there.
fn entries(
    market: &Market<'_>,
    service: usize,
    classes: &[&crate::formulate::Entering],
) -> BTreeMap<RegionId, Vec<Option<f64>>> {
    let of_candidate = |(at, candidate): (usize, &crate::formulate::Candidate)| {
        let enters = |class: &&crate::formulate::Entering| class.reached[service][at].then(|| whole(class.cost[at]));
        (candidate.region, classes.iter().map(enters).collect())
    };
    market.services[service].candidates.iter().enumerate().map(of_candidate).collect()
}

/// By region: one region of its circle, by what the first call between regions costs.
fn circles(market: &Market<'_>, services: &[usize], near: i64) -> BTreeMap<RegionId, RegionId> {
    let regions = |service: usize| market.services[service].candidates.iter().map(|candidate| candidate.region);
    let mut circle: BTreeMap<RegionId, RegionId> =
        services.iter().flat_map(|&service| regions(service)).map(|region| (region, region)).collect();
    let first = services.iter().find_map(|&service| Some((service, market.flows.calls[service].first()?.callee)));
    let Some((calling, called)) = first else { return circle };
    let mut ways: BTreeMap<(RegionId, RegionId), i64> = BTreeMap::new();
    for (from, one) in regions(calling).enumerate() {
        for (to, other) in regions(called).enumerate().filter(|(_, other)| *other != one) {
            ways.insert((one, other), market.way(calling, 0, from, to));
        }
    }
    let least = ways.values().copied().filter(|&way| way > 0).min().unwrap_or(0);
    // Much that is cheap in one direction only is far away.
    let is_near = |way: i64| way <= least.saturating_mul(near) && way < CLOSED;
    let is_back = |one, other| ways.get(&(other, one)).is_some_and(|&way| is_near(way));
    for (&(one, other), _) in ways.iter().filter(|&(&(one, other), &way)| is_near(way) && is_back(one, other)) {
        let (one, other) = (circle[&one], circle[&other]);
        circle.values_mut().filter(|of| **of == other).for_each(|of| *of = one);
    }
    circle
}

/// What a milli-rps costs on full machines.
fn full(steps: &[(f64, f64)]) -> f64 {
    steps.iter().map(|step| step.1 / step.0).fold(NEVER, f64::min)
}

/// The steps on the lower hull of some, by capacity.
fn hull(mut steps: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    steps.sort_by(|a, b| a.1.total_cmp(&b.1).then(b.0.total_cmp(&a.0)));
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for step in steps {
        if kept.last().is_some_and(|last| step.0 <= last.0) {
            continue;
        }
        while let [.., before, last] = kept[..] {
            if (step.1 - before.1) * (last.0 - before.0) > (last.1 - before.1) * (step.0 - before.0) {
                break;
            }
            kept.pop();
        }
        kept.push(step);
    }
    kept
}

#[expect(clippy::cast_precision_loss, reason = "what is proven is lowered by more")]
fn whole(amount: Femto) -> f64 {
    amount as f64
}
