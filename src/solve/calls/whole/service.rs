//! What a service costs in a circle at some prices, by its load: in the centre, near it, or in another circle.

use super::NEVER;

/// Loads so much above a step are carried by it: less than numbers are wrong by would else make a step.
pub(super) const SLACK: f64 = 1.0 - 1e-12;

/// A service in a circle at some prices.
pub(super) struct OfService {
    /// What comes from another circle pays.
    price: f64,
    /// What a milli-rps costs in another circle, and the place of that; not where users enter.
    away: Option<(f64, usize)>,
    /// What is near, if there is anything.
    pub(super) near: Option<Near>,
    /// By number of steps that are too small: the least of (cost − price × capacity) over those, and none, for what is in another circle, and for what is near and much.
    least_away: Vec<f64>,
    least_much: Vec<f64>,
    /// By number of steps that are too small: the least of (cost − price × capacity) over the others.
    least_over: Vec<f64>,
}

/// Load near the centre costs setup + little × load, and much × load at least.
#[derive(Clone, Copy)]
pub(super) struct Near {
    pub(super) setup: f64,
    little: f64,
    much: f64,
    /// The load from which on the second is more.
    pub(super) kink: f64,
    /// The capacity of the step that the setup is of.
    pub(super) capacity: f64,
}

/// Where the load of a service is.
pub(super) enum Place {
    Centre { spare: f64 },
    Near { load: f64, is_much: bool },
    Away { load: f64, place: usize },
}

impl OfService {
    pub(super) fn of(
        steps: &[(f64, f64)],
        near: &[(f64, f64)],
        price: f64,
        by_near: f64,
        away: Option<(f64, usize)>,
    ) -> Self {
        let setup = |step: &(f64, f64)| (step.1 - price * step.0, step.0);
        let near = near.iter().map(setup).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(setup, capacity)| {
            let full = super::full(near);
            let setup = setup.max(0.0);
            let kink = if full > price { setup / (full - price) } else { 0.0 };
            Near { setup, little: by_near + price, much: by_near + full, kink, capacity }
        });
        let below = |price: f64| {
            let none = std::iter::once(0.0);
            let all = none.chain(steps.iter().map(move |step| step.1 - price * step.0));
            all.scan(NEVER, |least, value| {
                *least = least.min(value);
                Some(*least)
            })
        };
        let mut least_over = vec![NEVER; steps.len() + 1];
        for (at, step) in steps.iter().enumerate().rev() {
            least_over[at] = least_over[at + 1].min(step.1 - price * step.0);
        }
        let least_away = away.map(|(price, _)| below(price).collect()).unwrap_or_default();
        let least_much = near.map(|near| below(near.much).collect()).unwrap_or_default();
        Self { price, away, near, least_away, least_much, least_over }
    }

    /// Adds the least cost of so much load for a request to the values of traffic, given in ascending order.
    pub(super) fn add(&self, steps: &[(f64, f64)], ratio: f64, traffic: &[f64], values: &mut [f64]) {
        let (mut small, mut much, mut from) = (0, 0, 0);
        while let Some(first) = traffic.get(from) {
            let load = ratio * first;
            let is_much = self.near.is_some_and(|near| load >= near.kink);
            let kink = self.near.map_or(0.0, |near| near.kink);
            while steps.get(small).is_some_and(|step| step.0 < load * SLACK) {
                small += 1;
            }
            while much < small && steps[much].0 <= load - kink {
                much += 1;
            }
            // As far as the same steps are too small the cost is the least of the same lines.
            let next = |of: usize| steps.get(of).map_or(NEVER, |step| step.0);
            let until = if is_much || self.near.is_none() { NEVER } else { kink };
            let until = until.min(next(small) / SLACK).min(if much < small { next(much) + kink } else { NEVER });
            let is_beyond = |traffic: &f64| ratio * traffic > until;
            let to = traffic[from + 1..].iter().position(is_beyond).map_or(traffic.len(), |count| from + 1 + count);
            let lines = self.lines(steps, small, much, is_much);
            for (value, traffic) in values[from..to].iter_mut().zip(&traffic[from..to]) {
                let load = ratio * traffic;
                let at = |line: (f64, f64)| line.0 + line.1 * load;
                let lesser = |a: f64, b: f64| if a < b { a } else { b };
                *value += lesser(lesser(at(lines[0]), at(lines[1])), lesser(at(lines[2]), at(lines[3])));
            }
            from = to;
        }
    }

    /// Lines whose least is the cost of a load, as (cost, for a milli-rps), where so many steps are too small for it, so many that even what is left beside them is much,
    /// and perhaps all of it.
    fn lines(&self, steps: &[(f64, f64)], small: usize, much: usize, is_much: bool) -> [(f64, f64); 4] {
        let never = (NEVER, 0.0);
        let away = self.away.map_or(never, |(price, _)| (self.least_away[small], price));
        let of_much = self.near.filter(|_| is_much).map_or(never, |near| (self.least_much[much], near.much));
        let little = self.near.map_or(never, |near| {
            let beside = steps.get(much..small).unwrap_or_default().iter().map(|step| step.1 - near.little * step.0);
            let least = beside.fold(if is_much { NEVER } else { 0.0 }, f64::min);
            (near.setup + least, near.little)
        });
        [(self.least_over[small], self.price), away, of_much, little]
    }

    /// Where the load is when it costs least.
    pub(super) fn place(&self, steps: &[(f64, f64)], load: f64) -> Place {
        let mut best = (NEVER, Place::Centre { spare: 0.0 });
        let mut offer = |cost: f64, place: Place| {
            if cost < best.0 {
                best = (cost, place);
            }
        };
        for &(capacity, cost) in steps.iter().filter(|step| step.0 >= load * SLACK) {
            offer(cost - self.price * (capacity - load), Place::Centre { spare: capacity - load });
        }
        let none = (0.0, 0.0);
        for &(capacity, cost) in std::iter::once(&none).chain(steps).filter(|step| step.0 < load * SLACK) {
            let rest = load - capacity;
            if let Some((price, place)) = self.away {
                offer(cost + price * rest, Place::Away { load: rest, place });
            }
            if let Some(near) = self.near {
                let is_much = rest >= near.kink;
                let of_rest = if is_much { near.much * rest } else { near.setup + near.little * rest };
                offer(cost + of_rest, Place::Near { load: rest, is_much });
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least cost of a load, over all steps beside which it may be near or away.
    fn least(of: &OfService, steps: &[(f64, f64)], near: &[(f64, f64)], by_near: f64, load: f64) -> f64 {
        let carried = steps.iter().filter(|step| step.0 >= load).map(|step| step.1 - of.price * (step.0 - load));
        let setup = near.iter().map(|step| step.1 - of.price * step.0).fold(NEVER, f64::min).max(0.0);
        let smaller = std::iter::once((0.0, 0.0)).chain(steps.iter().copied()).filter(|step| step.0 < load);
        let beside = smaller.flat_map(|(capacity, cost)| {
            let rest = load - capacity;
            let of_near = (setup + of.price * rest).max(super::super::full(near) * rest);
            let of_near = if near.is_empty() { NEVER } else { by_near * rest + of_near };
            let away = of.away.map_or(NEVER, |(price, _)| price * rest);
            [cost + of_near, cost + away]
        });
        carried.chain(beside).fold(NEVER, f64::min)
    }

    #[test]
    fn a_load_costs_what_the_cheapest_of_all_places_costs() {
        let steps = [(10.0, 30.0), (20.0, 50.0), (50.0, 90.0)];
        let near = [(8.0, 20.0), (40.0, 60.0)];
        let traffic: Vec<f64> = (1..40_u32).map(f64::from).collect();
        for (near, price, by_near, away) in [
            (&near[..], 1.2, 0.3, Some((1.9, 2))),
            (&near[..], 1.5, 0.1, None),
            (&near[..], 0.0, -0.4, Some((0.9, 3))),
            (&[][..], 1.0, 0.0, Some((2.5, 2))),
            (&[][..], 1.0, 0.0, None),
        ] {
            let of = OfService::of(&steps, near, price, by_near, away);
            let mut values = vec![1.0; traffic.len()];
            of.add(&steps, 1.5, &traffic, &mut values);
            for (value, traffic) in values.iter().zip(&traffic) {
                let expected = least(&of, &steps, near, by_near, 1.5 * traffic);
                let is_same = if expected < NEVER { (value - 1.0 - expected).abs() < 1e-9 } else { *value >= NEVER };
                assert!(is_same, "{value} is not 1 + {expected} at {traffic}");
            }
        }
    }
}
