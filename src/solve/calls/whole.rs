//! A lower bound of an application as a whole: its services are in proportion wherever users are served, and each leaves part of a machine empty there.
//!
//! Regions between which calls are cheap are a *circle*. Users of all classes are divided over circles; of the x that enter in one, each service s
//! has a load of ratio(s) × x, whatever way calls take. It stands in the circle's *centre*, in other regions *near* it, or *far* from it, in other circles:
//!
//! > centre(s) + near(s) + far(s) = ratio(s) × x
//! > ways >= sum over s of by_near(s) × near(s) + by_far(s) × far(s),   by(s) = way(s) − sum over calls k of s of per_request(k) × way(callee(k))
//!
//! for all potentials way(s) of being near, and far, no two of which differ by more than what a call between such regions costs at least: along a path of calls
//! they add up to no more than what it pays. Who comes from far pays a price of far(s) for a milli-rps, of which it is known that everywhere
//!
//! > cost(load) >= setup + far(s) × load,   cost(load) >= full × load,   setup = least over steps v of cost(v) − far(s) × capacity(v)
//!
//! so that, with m the price of a milli-rps of each class, nothing costs less than
//!
//! > sum over g of m(g) d(g) + least sum over circles of value(x), the sum of x at least all demand
//! > value(x) = sum over s of least(s, ratio(s) x) − max { sum over g of (m(g) − entry(g)) z(g) : 0 <= z(g) <= d(g), sum of z = x }
//! > least(s, l) = least over steps v of the centre, or none, of
//! >     cost(v) − far(s) × (capacity(v) − l)                                     if it carries l
//! >     cost(v) + by_near(s) × n + max(setup + far(s) × n, full × n)             if n = l − capacity(v) > 0 is near
//! >     cost(v) + (by_far(s) + far(s)) × n                                       if n is far
//!
//! The sum over circles is found by dynamic programming over hundredths of all demand, rounded up; it knows of every set of classes of the
//! highest prices that the circles that answer any of it must carry it. Fixed costs of regions are left out.
//!
//! Numbers are floating; as with programs, what they say is lowered by more than they can be wrong.

use std::collections::{BTreeMap, BTreeSet};

mod ascent;
mod value;

use super::bound::Bound;
use super::market::{CLOSED, Market};
use crate::formulate::Femto;
use crate::model::RegionId;
use crate::solve::Effort;

/// Regions are in one circle if a call between them, either way, costs at most so many times what the cheapest call between regions does.
const NEAR: i64 = 3;

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
    /// By service: what calls to it cost at least.
    ways: Vec<Ways>,
    /// Traffic at which a step of the centre is full.
    events: Vec<f64>,
}

/// What calls of a service cost at least between kinds of regions.
#[derive(Clone, Copy)]
struct Ways {
    to_near: f64,
    from_near: f64,
    to_far: f64,
    from_far: f64,
    near_to_far: f64,
    far_to_near: f64,
}

/// The bound raised by what applications prove as wholes; `cost` is known to be possible.
pub(super) fn raised(market: &Market<'_>, bound: &Bound, cost: Femto, effort: Effort<'_>) -> Femto {
    use rayon::prelude::*;
    if market.fixed.values().any(|&fixed| fixed > 0) {
        return bound.least;
    }
    let applications = market.applications();
    let rises: Vec<Femto> = applications
        .par_iter()
        .map(|services| {
            let of = |at: usize| if services[at] { bound.of_service[at] } else { 0 };
            let known: Femto = (0..services.len()).map(of).sum();
            let Some(app) = App::of(market, services) else { return 0 };
            let share = cost - bound.least;
            let aim = known + share / Femto::try_from(applications.len()).unwrap_or(1);
            let proven = app.bound(aim, effort);
            (proven - proven.abs() / PRECISION - 1_000_000_000 - known).max(0)
        })
        .collect();
    bound.least + rises.into_iter().sum::<Femto>()
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
        let circle = circles(market, &self.services);
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
            let full =
                here.iter().zip(&self.ratio).flat_map(|(steps, ratio)| steps.iter().map(move |step| step.0 / ratio));
            let mut events: Vec<f64> = full.filter(|&at| at <= total).collect();
            // Traffic is whole: the least of a cell is just above its edge.
            let edges = (0..=value::CELLS).map(|cell| (total * f64::from(cell) / f64::from(value::CELLS)).floor());
            events.extend(edges.flat_map(|edge| [edge, edge + 1.0]));
            events.sort_by(f64::total_cmp);
            events.dedup();
            let kind = |region: RegionId| if region == centre { 0 } else { 1 + usize::from(circle[&region] != *name) };
            Circle { entry: entry.collect(), near: near.collect(), ways: self.ways(market, kind), steps: here, events }
        };
        centres.iter().map(of_circle).collect()
    }

    /// By service: what calls to it cost at least between kinds of regions: the centre, those near it, those far from it.
    fn ways(&self, market: &Market<'_>, kind: impl Fn(RegionId) -> usize) -> Vec<Ways> {
        let mut least = vec![[[NEVER; 3]; 3]; self.services.len()];
        for (&service, calls) in self.services.iter().zip(&self.calls) {
            for (call, &(to, _)) in calls.iter().enumerate() {
                let callee = &market.services[self.services[to]];
                for (from, caller) in market.services[service].candidates.iter().enumerate() {
                    for (at, candidate) in callee.candidates.iter().enumerate() {
                        let way = market.way(service, call, from, at);
                        let known = &mut least[to][kind(caller.region)][kind(candidate.region)];
                        if way < CLOSED {
                            *known = known.min(whole(way.into()));
                        }
                    }
                }
            }
        }
        let of_service = |(least, full): (&[[f64; 3]; 3], &f64)| {
            let [centre, near, far] = least.map(|to| to.map(|way| way.min(HIGHEST * full)));
            Ways {
                to_near: centre[1],
                from_near: near[0],
                to_far: centre[2],
                from_far: far[0],
                near_to_far: near[2],
                far_to_near: far[1],
            }
        };
        least.iter().zip(&self.full).map(of_service).collect()
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
fn circles(market: &Market<'_>, services: &[usize]) -> BTreeMap<RegionId, RegionId> {
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
    let is_near = |way: i64| way <= least.saturating_mul(NEAR) && way < CLOSED;
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
