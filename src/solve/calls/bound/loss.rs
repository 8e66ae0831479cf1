//! What a service is left with after a loss, at a price of each replica.
//!
//! Let D(i) be the replicas in domain i, each step counted up to `need`, and j the domains that may be lost. The domains less the j largest hold `need` if and only
//! if, with t the j-th largest,
//!
//! > sum over i of min(D(i), t)  >=  need + j t
//!
//! so that, for any price q >= 0 of a replica, the machines of the service cost, beside what they earn, at least
//!
//! > least over t >= 0 of  q (need + j t) + sum over i of gain(i, t)
//! > gain(i, t) = min(0, least over steps v of reduced(v) − q min(D(v), t))                       where i is one candidate
//! > gain(i, t) = max(sum over a of min(0, least over v of reduced(v) − q D(v)),
//! >                  sum over a of min(0, least over v of reduced(v)) − q t)                      where it is several
//!
//! Between two numbers of replicas that some step holds, gain of one candidate is a least of straight lines, so that the least over t is at one of these numbers; gain of several
//! bends where its two parts meet.

use crate::formulate::{Femto, Left};
use crate::solve::calls::market::Stair;

/// What cannot be, many times over.
const NEVER: Femto = 1 << 100;

/// Candidates of a service at a price of each replica that is left.
pub(super) struct Losses<'l> {
    left: &'l Left,
    price: Femto,
    /// By candidate.
    curves: Vec<Curve>,
    /// Domains in which something may be bought.
    active: Vec<&'l [usize]>,
}

/// The steps of a candidate.
struct Curve {
    /// By step of the staircase: what counts of its replicas.
    by_step: Vec<u64>,
    /// The same, least first.
    held: Vec<u64>,
    /// The least of the steps up to each, all that they hold paid for, and where in the staircase that is.
    whole: Vec<(Femto, usize)>,
    /// The least of the steps from each on, nothing paid for.
    bare: Vec<(Femto, usize)>,
}

/// What is bought at some prices.
pub(super) struct Settled {
    /// By candidate: the least reduced cost of its steps, and that step.
    pub(super) steps: Vec<(Femto, usize)>,
    /// What is due besides.
    pub(super) due: Femto,
    /// Replicas that must be left beyond those that are.
    pub(super) short: Femto,
}

/// What candidates of one domain add at some number of replicas.
struct Gain {
    cost: Femto,
    /// Replicas that count.
    held: u64,
    steps: Vec<(Femto, usize)>,
}

impl<'l> Losses<'l> {
    /// `steps` and `reduced` are by candidate, then by step.
    pub(super) fn of<'s>(
        left: &'l Left,
        price: Femto,
        steps: impl Iterator<Item = &'s [Stair]>,
        reduced: &[Vec<Femto>],
    ) -> Self {
        let curve = |(steps, reduced): (&[Stair], &Vec<Femto>)| Curve::of(left.need, price, steps, reduced);
        let curves: Vec<Curve> = steps.zip(reduced).map(curve).collect();
        let is_active = |domain: &&[usize]| {
            let mut gains = domain.iter().filter_map(|&candidate| curves[candidate].whole());
            gains.any(|(cost, _)| cost < 0)
        };
        let active = left.domains.iter().map(Vec::as_slice).filter(is_active).collect();
        Self { left, price, curves, active }
    }

    pub(super) fn settled(&self) -> Settled {
        let (_, level) = self.levels().into_iter().map(|level| (self.cost(level), level)).min().unwrap_or((0, 0));
        let alone = |curve: &Curve| curve.bare.first().copied().unwrap_or((NEVER, 0));
        let mut settled = Settled { steps: self.curves.iter().map(alone).collect(), due: 0, short: self.asked(level) };
        settled.due = self.price * settled.short;
        for domain in &self.left.domains {
            let gain = self.gain(domain, level);
            let bought: Femto = gain.steps.iter().map(|(cost, _)| cost.min(&0)).sum();
            settled.due += gain.cost - bought;
            settled.short -= Femto::from(gain.held);
            for (&candidate, &step) in domain.iter().zip(&gain.steps) {
                settled.steps[candidate] = step;
            }
        }
        settled
    }

    /// By candidate: what the least grows by if it is in use.
    pub(super) fn lifts(&self) -> Vec<Femto> {
        let levels: Vec<(u64, Femto)> = self.levels().into_iter().map(|level| (level, self.cost(level))).collect();
        let least = levels.iter().map(|(_, cost)| *cost).min().unwrap_or(0);
        let alone = |curve: &Curve| curve.bare.first().map_or(NEVER, |(cost, _)| *cost).max(0);
        let mut lifts: Vec<Femto> = self.curves.iter().map(alone).collect();
        for domain in &self.left.domains {
            for &candidate in domain {
                let used = |&(level, cost): &(u64, Femto)| {
                    cost - self.gain_of(domain, level, None) + self.gain_of(domain, level, Some(candidate))
                };
                let own = self.levels_of(domain, Some(candidate)).into_iter().map(|level| (level, self.cost(level)));
                let forced = levels.iter().copied().chain(own).map(|at| used(&at)).min();
                lifts[candidate] = forced.map_or(0, |forced| (forced - least).max(0));
            }
        }
        lifts
    }

    /// Replicas to be left, and as many again as each domain that is lost may hold.
    fn asked(&self, level: u64) -> Femto {
        Femto::from(self.left.need) + Femto::from(level) * self.left.lost as Femto
    }

    fn cost(&self, level: u64) -> Femto {
        let gains = self.active.iter().map(|domain| self.gain_of(domain, level, None));
        self.price * self.asked(level) + gains.sum::<Femto>()
    }

    /// Where the least may be.
    fn levels(&self) -> Vec<u64> {
        let of_domains = self.active.iter().flat_map(|domain| self.levels_of(domain, None));
        let mut levels: Vec<u64> = of_domains.chain([0, self.left.need]).collect();
        levels.sort_unstable();
        levels.dedup();
        levels
    }

    /// Where a domain bends; `used` is in use.
    fn levels_of(&self, domain: &[usize], used: Option<usize>) -> Vec<u64> {
        if let &[candidate] = domain {
            return self.curves[candidate].held.clone();
        }
        let (whole, bare) = self.parts(domain, used);
        if self.price <= 0 {
            return Vec::new();
        }
        let level = u64::try_from((bare - whole) / self.price).unwrap_or(self.left.need);
        [level, level.saturating_add(1)].into_iter().filter(|level| *level <= self.left.need).collect()
    }

    /// What several candidates cost together with all that they hold paid for, and with nothing; `used` is in use.
    fn parts(&self, domain: &[usize], used: Option<usize>) -> (Femto, Femto) {
        let least = |candidate: usize, cost: Option<(Femto, usize)>| {
            let cost = cost.map_or(NEVER, |(cost, _)| cost);
            if used == Some(candidate) { cost } else { cost.min(0) }
        };
        let whole = domain.iter().map(|&candidate| least(candidate, self.curves[candidate].whole()));
        let bare = domain.iter().map(|&candidate| least(candidate, self.curves[candidate].bare.first().copied()));
        (whole.sum(), bare.sum())
    }

    /// What a domain adds at a level; `used` is in use.
    fn gain_of(&self, domain: &[usize], level: u64, used: Option<usize>) -> Femto {
        if let &[candidate] = domain {
            let cost = self.curves[candidate].at(level, self.price).map_or(NEVER, |(cost, ..)| cost);
            return if used == Some(candidate) { cost } else { cost.min(0) };
        }
        let (whole, bare) = self.parts(domain, used);
        whole.max(bare - self.price * Femto::from(level))
    }

    /// The same with what is bought.
    fn gain(&self, domain: &[usize], level: u64) -> Gain {
        let nothing = (NEVER, 0);
        if let &[candidate] = domain {
            let at = self.curves[candidate].at(level, self.price);
            let (cost, step, held) = at.unwrap_or((nothing.0, 0, 0));
            let counted = if cost < 0 { held } else { 0 };
            return Gain { cost: cost.min(0), held: counted, steps: vec![(cost, step)] };
        }
        let (whole, bare) = self.parts(domain, None);
        let curves = domain.iter().map(|&candidate| &self.curves[candidate]);
        if whole >= bare - self.price * Femto::from(level) {
            let steps: Vec<_> = curves.clone().map(|curve| curve.whole().unwrap_or(nothing)).collect();
            let held =
                curves.zip(&steps).filter(|(_, (cost, _))| *cost < 0).map(|(curve, (_, step))| curve.by_step[*step]);
            return Gain { cost: whole, held: held.fold(0, u64::saturating_add), steps };
        }
        let steps = curves.map(|curve| curve.bare.first().copied().unwrap_or(nothing)).collect();
        Gain { cost: bare - self.price * Femto::from(level), held: level, steps }
    }
}

impl Curve {
    fn of(need: u64, price: Femto, steps: &[Stair], reduced: &[Femto]) -> Self {
        let by_step: Vec<u64> = steps.iter().map(|step| step.replicas.min(need)).collect();
        let mut order: Vec<(u64, Femto, usize)> =
            by_step.iter().zip(reduced).enumerate().map(|(at, (&held, &cost))| (held, cost, at)).collect();
        order.sort_unstable();
        let mut whole: Vec<(Femto, usize)> = Vec::with_capacity(order.len());
        for &(held, cost, at) in &order {
            let own = (cost - price * Femto::from(held), at);
            whole.push(whole.last().map_or(own, |before| own.min(*before)));
        }
        let mut bare: Vec<(Femto, usize)> = order.iter().map(|&(_, cost, at)| (cost, at)).collect();
        for at in (1..bare.len()).rev() {
            bare[at - 1] = bare[at - 1].min(bare[at]);
        }
        Self { by_step, held: order.iter().map(|(held, ..)| *held).collect(), whole, bare }
    }

    /// The least of all steps with all that they hold paid for.
    fn whole(&self) -> Option<(Femto, usize)> {
        self.whole.last().copied()
    }

    /// The least of all steps with what they hold paid for up to a level; the step, and what counts of it.
    fn at(&self, level: u64, price: Femto) -> Option<(Femto, usize, u64)> {
        let above = self.held.partition_point(|held| *held <= level);
        let below = above.checked_sub(1).map(|at| {
            let (cost, step) = self.whole[at];
            (cost, step, self.by_step[step])
        });
        let beyond = self.bare.get(above).map(|&(cost, step)| (cost - price * Femto::from(level), step, level));
        below.into_iter().chain(beyond).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solve::sequence::Sequence;

    struct Case {
        left: Left,
        /// By candidate and step.
        steps: Vec<Vec<Stair>>,
        reduced: Vec<Vec<Femto>>,
    }

    impl Case {
        fn any(sequence: &mut Sequence) -> Self {
            let mut upto = |most: u64| sequence.next() % (most + 1);
            let candidates = 2 + usize::try_from(upto(2)).unwrap();
            let mut domains: Vec<Vec<usize>> = Vec::new();
            for candidate in 0..candidates {
                match domains.last_mut() {
                    Some(domain) if upto(3) == 0 => domain.push(candidate),
                    _ => domains.push(vec![candidate]),
                }
            }
            let (mut steps, mut reduced) = (Vec::new(), Vec::new());
            for _ in 0..candidates {
                let held: Vec<u64> = (0..=upto(2)).map(|_| 1 + upto(5)).collect();
                reduced.push(held.iter().map(|&held| Femto::from(2 * held + upto(6)) - Femto::from(upto(9))).collect());
                let stair = |replicas| Stair { capacity: 0, cost: 0, replicas, taken: Vec::new() };
                steps.push(held.into_iter().map(stair).collect());
            }
            let left = Left { lost: 1 + usize::from(upto(4) == 0), domains, need: 1 + upto(6) };
            Self { left, steps, reduced }
        }

        fn at(&self, price: Femto) -> Losses<'_> {
            Losses::of(&self.left, price, self.steps.iter().map(Vec::as_slice), &self.reduced)
        }

        /// The least that machines cost which hold enough after every loss; with a candidate in use, if one is named. Every choice is tried.
        fn least(&self, used: Option<usize>) -> Option<Femto> {
            let ways = |steps: &Vec<Stair>| steps.len() + 1;
            let all: usize = self.steps.iter().map(ways).product();
            let choice = |mut number: usize| -> Vec<usize> {
                let digit = |steps: &Vec<Stair>| {
                    let digit = number % ways(steps);
                    number /= ways(steps);
                    digit
                };
                self.steps.iter().map(digit).collect()
            };
            let cost = |chosen: Vec<usize>| {
                let held = |&candidate: &usize| {
                    chosen[candidate].checked_sub(1).map_or(0, |step| self.steps[candidate][step].replicas)
                };
                let mut by_domain: Vec<u64> =
                    self.left.domains.iter().map(|domain| domain.iter().map(held).sum()).collect();
                by_domain.sort_unstable_by(|a, b| b.cmp(a));
                let is_enough = by_domain.iter().skip(self.left.lost).sum::<u64>() >= self.left.need;
                let is_used = used.is_none_or(|candidate| chosen[candidate] > 0);
                let costs = chosen.iter().zip(&self.reduced);
                let costs = costs.filter_map(|(step, reduced)| Some(reduced[step.checked_sub(1)?]));
                (is_enough && is_used).then(|| costs.sum::<Femto>())
            };
            (0..all).map(choice).filter_map(cost).min()
        }
    }

    #[test]
    fn no_price_proves_more_than_what_outlives_every_loss_costs() {
        let mut sequence = Sequence::new();
        let (mut possible, mut exact, mut excluded) = (0, 0, 0);
        for _ in 0..2_000 {
            let case = Case::any(&mut sequence);
            let Some(best) = case.least(None) else { continue };
            possible += 1;
            let mut most = Femto::MIN;
            for price in 0..=8 {
                let losses = case.at(price);
                let settled = losses.settled();
                let proven = settled.due + settled.steps.iter().map(|(cost, _)| cost.min(&0)).sum::<Femto>();
                assert!(proven <= best, "{proven} above {best} at {price}: {:?} {:?}", case.left, case.reduced);
                most = most.max(proven);
                for (candidate, lift) in losses.lifts().into_iter().enumerate() {
                    if let Some(best) = case.least(Some(candidate)) {
                        assert!(proven + lift <= best, "{candidate} lifts {proven} by {lift} above {best} at {price}");
                        excluded += usize::from(lift > 0);
                    }
                }
            }
            exact += usize::from(most == best);
        }
        assert!(possible > 500 && exact * 10 > possible && excluded > 1_000, "{possible} {exact} {excluded}");
    }
}
