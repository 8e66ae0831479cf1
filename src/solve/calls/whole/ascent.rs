//! Prices that prove much, by the volume algorithm over the circles that matter.

use super::places::{CENTRE, PLACES};
use super::value::{Prices, Seen};
use super::{App, NEVER};
use crate::formulate::Femto;
use crate::solve::Effort;

/// Rounds of changing prices between two looks at all circles are so many by the square of the number of services, within these limits: of few services a round takes
/// little time, and much comes of more of them.
const ROUNDS: usize = 10_000;
const LEAST_ROUNDS: usize = 200;
const MOST_ROUNDS: usize = 1_000;

/// So many looks are taken at most.
const LOOKS: usize = 12;

/// Circles that no traffic enters in so many rounds take part no more until a look finds some there. Those that a later look than the first finds take part to the end.
const IDLE: usize = 70;

/// Circles that take part from the beginning, for each class.
const FIRST: usize = 4;

/// After one part in so many of all rounds without a better bound steps become shorter, and how much.
const PATIENCE: usize = 20;
const SHORTER: f64 = 0.66;

/// The shortest step worth a round, and the longest.
const LEAST_STEP: f64 = 1e-3;
const MOST_STEP: f64 = 2.0;

/// The part of the average that is replaced in a round: at most at first, what that shrinks by after so many rounds, and least; and at least, of the most.
const FRESH: (f64, f64, usize, f64) = (0.1, 0.9, 50, 0.02);
const LEAST_FRESH: f64 = 0.1;

/// A step aims above the bound by at least such a part of the known cost.
const AIM: f64 = 3e-4;

/// Looks go on while the bound rises by this part, or circles come in.
const STALE: f64 = 2e-4;

/// A better bound is one that is better by this part.
const WORTHWHILE: f64 = 1e-5;

impl App {
    /// The best bound found.
    pub(super) fn bound(&self, cost: Femto, effort: Effort<'_>) -> Femto {
        let cost = super::whole(cost);
        let all: Vec<usize> = (0..self.circles.len()).collect();
        let mut active = self.first_circles();
        let mut prices = self.first_prices();
        let mut best = 0.0;
        let mut stays = vec![false; all.len()];
        for look in 0..LOOKS {
            (prices, active) = self.ascend(prices, active, &stays, cost, effort);
            let seen = self.priced(&prices, &all);
            let new: Vec<usize> =
                all.iter().filter(|&&at| seen.traffic[at] > 0.0 && !active.contains(&at)).copied().collect();
            let is_settled = new.is_empty() && seen.least < best + STALE * cost;
            best = f64::max(best, seen.least);
            if is_settled || best >= cost || effort.interrupt.is_raised() {
                break;
            }
            // The first look is at prices that are far from good, and finds nearly all of them.
            for &at in &new {
                stays[at] = look > 0;
            }
            active.extend(new);
        }
        rounded(best)
    }

    /// The circles where classes are served cheapest on full machines.
    fn first_circles(&self) -> Vec<usize> {
        let mut chosen: Vec<usize> = Vec::new();
        for class in 0..self.demand.len() {
            let mut ranked: Vec<(f64, usize)> =
                (0..self.circles.len()).filter_map(|at| Some((self.served(at, class)?, at))).collect();
            ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
            chosen.extend(ranked.iter().take(FIRST).map(|(_, at)| *at));
        }
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }

    /// What a milli-rps of a class costs in the centre of a circle, on full machines.
    fn served(&self, circle: usize, class: usize) -> Option<f64> {
        let circle = &self.circles[circle];
        let of_service =
            circle.steps.iter().zip(&self.ratio).map(|(steps, ratio)| super::full(steps).min(NEVER) * ratio);
        Some(circle.entry[class]? + of_service.sum::<f64>())
    }

    /// Prices to begin with: of full machines, and ways that are shared among all that a call leads to.
    fn first_prices(&self) -> Prices {
        let cheapest = |class: usize| {
            (0..self.circles.len()).filter_map(|at| self.served(at, class)).fold(NEVER, f64::min).min(NEVER)
        };
        let services = self.ratio.len();
        // By service: what one request to it costs on full machines, all its calls included.
        let mut whole = self.full.clone();
        for service in (0..services).rev() {
            let behind: f64 = self.calls[service].iter().map(|&(to, made)| made * whole[to]).sum();
            whole[service] += behind;
        }
        let potentials = |way: &dyn Fn(usize) -> f64| -> Vec<f64> {
            // The least part of the way that anybody who calls pays for a milli-rps of each service.
            let mut by = vec![NEVER; services];
            for root in 1..services {
                let mut is_behind = vec![false; services];
                is_behind[root] = true;
                for service in root..services {
                    if is_behind[service] {
                        by[service] = by[service].min(way(root) * self.full[service] / whole[root].max(1e-9));
                        self.calls[service].iter().for_each(|&(to, _)| is_behind[to] = true);
                    }
                }
            }
            let mut ways = vec![0.0; services];
            for service in (1..services).rev() {
                let behind: f64 = self.calls[service].iter().map(|&(to, made)| made * ways[to]).sum();
                ways[service] = by[service] + behind;
            }
            ways
        };
        let way = |circle: &super::Circle, to: usize, place: usize| {
            let of_service = |(calls, ways): (&Vec<(usize, f64)>, &Vec<super::Ways>)| {
                let calls = calls.iter().zip(ways).filter(|((called, _), _)| *called == to);
                calls.map(|(_, ways)| ways[CENTRE][place]).fold(NEVER, f64::min)
            };
            let least = self.calls.iter().zip(&circle.ways).map(of_service).fold(NEVER, f64::min);
            least.min(super::HIGHEST * self.full[to])
        };
        let of_circle = |circle: &super::Circle| {
            (CENTRE + 1..PLACES).map(|place| potentials(&|to| way(circle, to, place))).collect()
        };
        let mut prices = Prices {
            class: (0..self.demand.len()).map(cheapest).collect(),
            load: self.circles.iter().map(|circle| circle.full.clone()).collect(),
            way: self.circles.iter().map(of_circle).collect(),
        };
        self.admit(&mut prices);
        prices
    }

    /// Moves prices to where they prove something.
    fn admit(&self, prices: &mut Prices) {
        for (circle, (prices, ways)) in self.circles.iter().zip(prices.load.iter_mut().zip(&mut prices.way)) {
            for (price, full) in prices.iter_mut().zip(&circle.full) {
                *price = price.clamp(0.0, *full);
            }
            for (way, full) in ways.iter_mut().flat_map(|ways| ways.iter_mut().zip(&self.full)) {
                *way = way.clamp(-super::HIGHEST * full, super::HIGHEST * full);
            }
        }
    }

    /// Better prices for some circles, and those of them that stay or that traffic entered in one of the last rounds: the others only take time.
    fn ascend(
        &self,
        mut prices: Prices,
        mut circles: Vec<usize>,
        stays: &[bool],
        cost: f64,
        effort: Effort<'_>,
    ) -> (Prices, Vec<usize>) {
        let rounds = (ROUNDS / self.ratio.len().pow(2)).clamp(LEAST_ROUNDS, MOST_ROUNDS);
        let scale = self.scale();
        let scaled = |seen: &mut Seen| -> Vec<f64> {
            seen.slopes.all().zip(&scale).map(|(slope, scale)| *slope * scale).collect()
        };
        let mut seen = self.priced(&prices, &circles);
        let mut best = seen.least;
        let mut average = scaled(&mut seen);
        let (mut step, mut vain, mut most) = (1.0, 0, FRESH.0);
        // By circle: the rounds since traffic entered it.
        let mut idle = vec![0; self.circles.len()];
        for round in 1..=rounds {
            let norm = product(&average, &average);
            if norm < 1e-12 || step < LEAST_STEP || effort.interrupt.is_raised() {
                break;
            }
            let length = step * (cost - best).max(cost * AIM) / norm;
            let mut next = prices.clone();
            for ((price, slope), scale) in next.all().zip(&average).zip(&scale) {
                *price += length * slope * scale;
            }
            self.admit(&mut next);
            circles.retain(|&at| idle[at] < IDLE || stays[at]);
            let mut seen = self.priced(&next, &circles);
            for (idle, &traffic) in idle.iter_mut().zip(&seen.traffic) {
                *idle = if traffic > 0.0 { 0 } else { *idle + 1 };
            }
            let fresh = scaled(&mut seen);
            let along = product(&fresh, &average);
            let shrinks = product(&fresh, &fresh) - 2.0 * along + norm;
            let shortest = if shrinks > 0.0 { (norm - along) / shrinks } else { most };
            let part = shortest.clamp(most * LEAST_FRESH, most);
            for (average, fresh) in average.iter_mut().zip(&fresh) {
                *average += part * (fresh - *average);
            }
            vain += 1;
            if seen.least > best {
                if along >= 0.0 {
                    step = f64::min(step * 1.1, MOST_STEP);
                }
                if seen.least - best > WORTHWHILE * cost {
                    vain = 0;
                }
                (best, prices) = (seen.least, next);
            } else if vain >= rounds / PATIENCE {
                (step, vain) = (step * SHORTER, 0);
            }
            if round % FRESH.2 == 0 {
                most = (most * FRESH.1).max(FRESH.3);
            }
        }
        (prices, circles)
    }

    /// What slopes are counted in, in the order of [`Prices::all`]: parts of all there is.
    fn scale(&self) -> Vec<f64> {
        let total: f64 = self.demand.iter().sum();
        let mut scale: Vec<f64> = self.demand.iter().map(|demand| 1.0 / demand).collect();
        for _ in 0..PLACES * self.circles.len() {
            scale.extend(self.ratio.iter().map(|ratio| 1.0 / (ratio * total)));
        }
        scale
    }
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[expect(clippy::cast_possible_truncation, reason = "what is proven is lowered by more")]
fn rounded(amount: f64) -> Femto {
    amount as Femto
}
