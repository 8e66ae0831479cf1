//! Search for one service over whole replicas: regions of equal price make up for each other's rounding, and machines are not bought in parts.
//!
//! With traffic that may be divided freely, what is left of the gap is rounding: the last machine of each region is not full, and demand of 143.1 replicas takes 144.
//! The bound of `chain` knows both. Best first, a node is an option list for each region: not used, or one of some steps, each of which stands for the loads that need it. What the bound
//! rules out is taken off the lists one by one; of a thousand steps a few dozen are left. The first nodes decide how many replicas there are in all, because
//! then nothing may be left empty but what rounding that total leaves; after that the region of the widest choice is halved where the average of the rounds is.
//! Every table that could cost less than the best placement becomes a placement, by the cheapest traffic over its steps.

mod chain;
mod prices;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::branch::Searched;
use super::choice::{Choice, evaluate};
use super::effort::Interrupt;
use crate::formulate::{Class, Femto, Reach, Service};
use chain::{Chain, Options, Table};
use prices::{Aim, Point};

/// Rounds of ascent at the first node and at every other.
const FIRST_ROUNDS: u32 = 60;
const ROUNDS: u32 = 12;

/// Rounds once more where so much was ruled out that the bound should rise: more than one option in five.
const ROUNDS_AGAIN: u32 = 20;

/// Nodes that decide how many replicas there are in all, before regions are decided.
const SPLITS: u32 = 3;

/// Units of which more than this part are used on average in a region are worth deciding about first.
const IN_USE: f64 = 0.05;

/// Work of a table beside its additions.
const WORK_OF_TABLE: u64 = 10_000;

/// Tables of more additions than this are not computed.
const MOST_WORK_OF_TABLE: u64 = 8_000_000;

/// Sums of values are kept apart from what no sum reaches for so many regions.
const MOST_CANDIDATES: usize = 256;

struct Node {
    options: Options,
    prices: Vec<Femto>,
}

/// The best placement known, and what was cut because of it.
struct Incumbent<'a> {
    service: &'a Service,
    classes: &'a [Class],
    demand: Vec<u64>,
    best: Choice,
    slack_millionths: Femto,
    /// Least bound among what was cut though it lay below the best cost.
    least_cut: Femto,
}

struct Search<'a> {
    chain: Chain<'a>,
    incumbent: Incumbent<'a>,
    open: BTreeMap<(Femto, Reverse<u64>), Node>,
    nodes: u64,
    splits_left: u32,
    work_left: u64,
}

/// Whether the bound knows the rules of a service.
pub(super) fn is_suited(service: &Service, classes: &[Class]) -> bool {
    let is_limited = service.min_regions > 1 || service.max_regions < service.candidates.len();
    let is_late = classes.iter().any(|class| class.reach.contains(&Reach::Late));
    let is_exact = service.candidates.iter().all(|candidate| candidate.curve.is_exact());
    is_exact && !is_limited && !is_late && !service.is_single_routed && service.candidates.len() <= MOST_CANDIDATES
}

/// Searches all placements of a service that is suited, of which `start` is one, in about `work` additions. `None` where tables would be too large.
pub(super) fn search(
    service: &Service,
    classes: &[Class],
    start: &Choice,
    slack_millionths: u32,
    work: u64,
    interrupt: Interrupt<'_>,
) -> Option<Searched> {
    let chain = Chain::of(service, classes, start.cost)?;
    let options = chain.all();
    if options.work() > MOST_WORK_OF_TABLE {
        return None;
    }
    let incumbent = Incumbent {
        service,
        classes,
        demand: classes.iter().map(|class| class.rate).collect(),
        best: start.clone(),
        slack_millionths: Femto::from(slack_millionths),
        least_cut: Femto::MAX,
    };
    let guesses = prices::first(&chain).into_iter();
    let prices = guesses.max_by_key(|prices| chain.table(&options, prices).map(|table| table.bound))?;
    let mut search = Search { chain, incumbent, open: BTreeMap::new(), nodes: 0, splits_left: SPLITS, work_left: work };
    search.push(Femto::MIN, Node { options, prices });
    let mut is_complete = true;
    let mut least_open = Femto::MAX;
    while let Some(((bound, _), node)) = search.open.pop_first() {
        if search.incumbent.is_cut(bound) {
            break;
        }
        if search.work_left == 0 || interrupt.is_raised() {
            (is_complete, least_open) = (false, bound);
            break;
        }
        search.visit(node);
    }
    let Incumbent { best, least_cut, .. } = search.incumbent;
    let bound = best.cost.min(least_cut).min(least_open).max(0);
    Some(Searched { best: Some(best), bound, is_complete })
}

impl Search<'_> {
    fn push(&mut self, bound: Femto, node: Node) {
        self.nodes += 1;
        self.open.insert((bound, Reverse(self.nodes)), node);
    }

    /// Improves the bound of a node, takes away what it rules out, and leaves what is left in two parts.
    fn visit(&mut self, Node { mut options, mut prices }: Node) {
        let mut rounds = if self.nodes == 1 { FIRST_ROUNDS } else { ROUNDS };
        let point = loop {
            let (chain, incumbent) = (&self.chain, &mut self.incumbent);
            let mut work = 0;
            let work_of_table = options.work() + WORK_OF_TABLE;
            let reached = prices::ascend(chain, &options, &prices, rounds, &mut |table| {
                work += work_of_table;
                incumbent.try_out(chain, table)
            });
            self.work_left = self.work_left.saturating_sub(work);
            let Some(point) = reached else { return };
            if incumbent.is_cut(point.table.bound) {
                return;
            }
            let before = options.count();
            if !chain.narrow(&mut options, &point.table, |bound| incumbent.is_cut(bound)) {
                return;
            }
            if (before - options.count()) * 5 < before {
                break point;
            }
            prices = point.prices;
            rounds = ROUNDS_AGAIN;
        };
        for part in self.parts(options, &point) {
            self.push(point.table.bound, Node { options: part, prices: point.prices.clone() });
        }
    }

    /// The options in two parts; none where nothing is left to decide, since the placement that is left has been tried then.
    fn parts(&mut self, options: Options, point: &Point) -> Vec<Options> {
        if options.most.is_none() && self.splits_left > 0 {
            self.splits_left -= 1;
            let exactly = Options { most: Some(options.least), ..options.clone() };
            let more = Options { least: options.least + 1, ..options };
            return vec![exactly, more];
        }
        let cost = |candidate: usize, option: Option<&usize>| {
            let steps = self.chain.service.candidates[candidate].curve.steps();
            option.and_then(|option| option.checked_sub(1)).map_or(0, |step| steps[step].cost)
        };
        let width = |&candidate: &usize| {
            let of = &options.of[candidate];
            let width = cost(candidate, of.last()) - cost(candidate, of.first());
            (if point.average[candidate] > IN_USE { 10 * width } else { width }, Reverse(candidate))
        };
        let undecided = (0..options.of.len()).filter(|&candidate| options.of[candidate].len() > 1);
        let Some(widest) = undecided.max_by_key(width) else {
            let left: Vec<usize> = options.of.iter().filter_map(|of| of.first().copied()).collect();
            self.incumbent.improve(&left);
            return Vec::new();
        };
        let of = &options.of[widest];
        let units = |option: usize| super::rows::float(self.chain.units_of(widest, option) as u64);
        let middle = of.partition_point(|&option| units(option) <= point.average[widest]).clamp(1, of.len() - 1);
        let half = |of: &[usize]| {
            let mut half = options.clone();
            half.of[widest] = of.to_vec();
            half
        };
        vec![half(&of[..middle]), half(&of[middle..])]
    }
}

impl Incumbent<'_> {
    /// True if nothing of cost `bound` or more is worth looking for.
    fn is_cut(&mut self, bound: Femto) -> bool {
        let is_cut = bound >= self.enough();
        if is_cut && bound < self.best.cost {
            self.least_cut = self.least_cut.min(bound);
        }
        is_cut
    }

    fn enough(&self) -> Femto {
        self.best.cost - self.best.cost / 1_000_000 * self.slack_millionths
    }

    /// Places what a table does, if that could cost less than anything known.
    fn try_out(&mut self, chain: &Chain<'_>, table: &Table) -> Aim {
        if self.least_cost(chain, &table.chosen) < self.best.cost {
            self.improve(&table.chosen);
        }
        Aim { cost: self.best.cost, enough: self.enough() }
    }

    /// What `chosen` costs at least, if every class goes where its way costs least.
    fn least_cost(&self, chain: &Chain<'_>, chosen: &[usize]) -> Femto {
        let used = || (0..chosen.len()).filter(|&candidate| chosen[candidate] > 0);
        let machines = |candidate: usize| chain.service.candidates[candidate].curve.steps()[chosen[candidate] - 1].cost;
        let mut least: Femto = used().map(machines).sum();
        for class in self.classes {
            let answering = used().filter(|&candidate| class.reach[candidate] != Reach::No);
            let Some(cost) = answering.map(|candidate| class.cost[candidate]).min() else { return Femto::MAX };
            least += cost * Femto::from(class.rate);
        }
        least
    }

    fn improve(&mut self, chosen: &[usize]) {
        let step = |(candidate, option): (usize, &usize)| {
            let step = option.checked_sub(1)?;
            Some((candidate, self.service.candidates[candidate].curve.steps()[step].capacity))
        };
        let brim: Vec<(usize, u64)> = chosen.iter().enumerate().filter_map(step).collect();
        if let Some(choice) = evaluate(self.service, self.classes, &self.demand, &brim)
            && choice.cost < self.best.cost
        {
            self.best = choice;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formulate::service;
    use crate::model::{
        Coordinates, Demand, MachineType, Offer, Problem, Provenance, Purchase, Region, RegionKey, Replica, Rtt,
        RttTable, Survival, TypeId, UserGroup, UserId, Workload, WorkloadId,
    };
    use crate::solve::branch;
    use crate::units::{Bytes, MilliRps, Millicores, Money, RoundTrip};

    /// Numbers for shapes, the same everywhere (Knuth's MMIX constants).
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % limit
        }
    }

    /// One workload that outlives a zone, two to four user groups, two to five regions of which each answers some; two types.
    fn problem(numbers: &mut Numbers) -> Problem {
        let (users, regions) = (2 + numbers.below(3), 2 + numbers.below(4));
        let machine =
            |vcpu: u64| MachineType::new("test", format!("t{vcpu}"), Millicores(vcpu * 1000), Bytes(vcpu << 30));
        let mut region = |index: u64| {
            let zones = (0..2 + numbers.below(2)).map(|zone| zone.to_string()).collect();
            let nowhere = Coordinates { latitude_microdegrees: 0, longitude_microdegrees: 0 };
            let mut region = Region::new(RegionKey::new("test", format!("r{index}")), nowhere, "DE", zones);
            let offer = |(at, price): (usize, u64)| Offer {
                machine_type: TypeId::at(at),
                purchase: Purchase::OnDemand,
                hourly: Money::from_micros(i128::from(price) * 1_000),
                carbon_hourly: None,
                interruption_percent: None,
            };
            let prices = [1 + numbers.below(4), 2 + numbers.below(7)];
            region.offers = prices.into_iter().enumerate().map(offer).collect();
            region.internet_egress_per_gb = Some(Money::from_micros(i128::from(numbers.below(4)) * 50_000));
            region
        };
        let regions: Vec<Region> = (0..regions).map(&mut region).collect();
        let near = Rtt { round_trip: RoundTrip(1_000), provenance: Provenance::Declared };
        let rows =
            (0..users).map(|_| regions.iter().map(|_| (numbers.below(5) < 3).then_some(near)).collect()).collect();
        let rtt = RttTable::from_rows(regions.len(), rows);
        let demand = (0..usize::try_from(users).unwrap())
            .map(|at| Demand { user: UserId::at(at), rate: MilliRps(1 + numbers.below(30)) })
            .collect();
        let replica = Replica { vcpu: Millicores(1000), memory: Bytes(1 << 30), ..Replica::default() };
        Problem {
            users: (0..users)
                .map(|at| UserGroup { name: format!("u{at}"), country: None, coordinates: None })
                .collect(),
            workloads: vec![Workload {
                response: Bytes(1 << 20),
                max_rtt: Some(RoundTrip(9_000)),
                survive: Survival { zones: 1, ..Survival::default() },
                ..Workload::new("all", replica, MilliRps(1 + numbers.below(5)), demand)
            }],
            regions,
            machine_types: [1, 3].map(machine).into(),
            rtt,
            ..Problem::default()
        }
    }

    /// No bound is above the cost of the best placement, and none rules out what it does: at any prices, with the total decided and without.
    fn keeps(service: &Service, classes: &[Class], best: &Choice) {
        let chain = Chain::of(service, classes, best.cost).expect("small tables");
        let mut own = vec![0; service.candidates.len()];
        for (&candidate, &load) in best.candidates.iter().zip(&best.loads) {
            let steps = service.candidates[candidate].curve.steps();
            own[candidate] = steps.partition_point(|step| step.capacity < load) + 1;
        }
        let total = own.iter().enumerate().map(|(candidate, &option)| chain.units_of(candidate, option)).sum();
        let [traffic, machines] = prices::first(&chain);
        let twice = machines.iter().map(|price| price * 2).collect();
        for prices in [vec![0; classes.len()], traffic, machines, twice] {
            let exactly = Options { least: total, most: Some(total), ..chain.all() };
            for mut options in [chain.all(), exactly] {
                let table = chain.table(&options, &prices).expect("the best is among them");
                assert!(table.bound <= best.cost, "{} above {}", table.bound, best.cost);
                assert!(chain.narrow(&mut options, &table, |bound| bound > best.cost));
                assert!(
                    options.of.iter().zip(&own).all(|(of, own)| of.contains(own)),
                    "{own:?} is no more in {options:?}"
                );
            }
        }
    }

    #[test]
    fn what_it_starts_from_need_not_be_good() {
        let mut numbers = Numbers(2026);
        let mut several = 0;
        for _ in 0..400 {
            let problem = problem(&mut numbers);
            let service = service(&problem, WorkloadId::at(0));
            let classes = service.classes();
            let by_steps = branch::search(&service, &classes, None, 0, 1_000_000, Interrupt::NEVER);
            assert!(by_steps.is_complete);
            let Some(best) = by_steps.best else { continue };
            // Nothing is cut because of what is known, and the best has to be found again.
            let start = Choice { cost: best.cost * 2, ..best.clone() };
            let found = search(&service, &classes, &start, 0, 1_000_000_000, Interrupt::NEVER).expect("small tables");
            assert!(found.is_complete);
            assert_eq!(found.best.map(|choice| choice.cost), Some(best.cost));
            assert_eq!(found.bound, best.cost);
            keeps(&service, &classes, &best);
            several += usize::from(best.candidates.len() > 1);
        }
        assert!(several > 100, "{several}");
    }
}
