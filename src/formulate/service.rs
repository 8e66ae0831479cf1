//! One workload, written down for solving.

use std::collections::BTreeMap;
use std::ops::Range;

use super::cost::{self, Femto};
use super::demand::{self, Class, Hours};
use super::functions::{self, FunctionFit};
use super::leaders::Leaders;
use super::machines::{Fit, Machines};
use super::moves::Standing;
use super::spot::Rules;
use super::{
    Curve, MachineRejections, Mixed, Portion, Rejection, Stocked, calls, latency, machines, mixed, residency, state,
    stock, survive,
};
use crate::model::{Demand, FunctionId, Problem, RegionId, Survival, UserId, Workload, WorkloadId};
use crate::units::RoundTrip;

/// How a region answers a user group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Not at all.
    No,
    /// Within the promised round trip.
    InTime,
    /// Outside it; only a share of all requests may be.
    Late,
}

/// A region that can serve a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The region.
    pub region: RegionId,
    /// Reach by position in the workload's demand.
    pub reach: Vec<Reach>,
    /// By position in the workload's demand: answers it while regions or clouds are lost. Empty where neither is to be outlived.
    pub stands_in: Vec<bool>,
    /// Cost of one milli-rps answered here, by position in the workload's demand; zero for whom it does not answer.
    pub traffic: Vec<Femto>,
    /// Whether other workloads call this one: it is of use beyond the reach of users then.
    pub is_called: bool,
    /// By position in the workload's demand: round trips, where paths that begin with them are limited, or time on the way is; else empty.
    pub entry_rtt: Vec<Option<RoundTrip>>,
    /// Round trips weighted by demand, in microseconds × milli-rps: decides between regions of equal cost.
    pub distance: u128,
    /// Cost of carrying load here.
    pub curve: Curve,
    /// The service that runs what is answered here as a function; `None` for machines. Both may be candidates in a region, machines first.
    pub function: Option<FunctionFit>,
    /// Copies of the workload's data that are here, where they may be in several regions. Each number of them is a candidate of its own, at most one of which
    /// is in use.
    pub portion: Option<Portion>,
    /// The most that may be asked of it, in milli-rps.
    pub most_asked: u64,
    /// The machines to decide one by one, where some are limited in number; the curve then has one step, without their cost.
    pub stocked: Option<Stocked>,
    /// The machines to decide by kind and period, where no curve can stand for them; the curve then has one step, without their cost.
    pub mixed: Option<Mixed>,
    /// Positions of other candidates: some cheapest placement uses this one only if it uses all of them (see `dominance`).
    pub needs: Vec<usize>,
}

/// What tells candidates of a service apart: the region, the service that runs functions, machines first, and the copies of data.
pub(super) type Place = (RegionId, Option<FunctionId>, Option<Portion>);

/// A workload with its candidate regions.
#[derive(Clone, Debug)]
pub struct Service {
    /// Which workload.
    pub workload: WorkloadId,
    /// Its demand.
    pub demand: Vec<Demand>,
    /// By position in the demand: the first user group that rises and falls as this one does.
    pub shapes: Vec<usize>,
    /// Sum of the demand, in milli-rps.
    pub total: u64,
    /// The most calls it may receive while regions or clouds are lost that it outlives, in milli-rps.
    pub called_then: u64,
    /// Requests that may be late, in milli-rps.
    pub late_allowance: u64,
    /// Most requests of its users that one region answers, in milli-rps.
    pub most_in_region: Option<u64>,
    /// Most requests of its users that one cloud answers, in milli-rps.
    pub most_in_cloud: Option<u64>,
    /// Whether each user group is answered by one region.
    pub is_single_routed: bool,
    /// What it must outlive.
    pub survive: Survival,
    /// Load one replica may carry while regions or clouds are lost, in milli-rps.
    pub degraded_rate: u64,
    /// At least this many regions.
    pub min_regions: usize,
    /// At most this many regions.
    pub max_regions: usize,
    /// Regions that can serve it, by region.
    pub candidates: Vec<Candidate>,
    /// Regions that cannot, and why, by region.
    pub rejections: Vec<(RegionId, Rejection)>,
    /// Regions that could, but that other regions replace at no greater cost: (region, the one that replaces it).
    pub dominated: Vec<(RegionId, RegionId)>,
}

impl Service {
    /// Tests every region of `problem` against one workload.
    pub(super) fn of(problem: &Problem, id: WorkloadId, leaders: &Leaders<'_, Femto>) -> Self {
        let workload = &problem.workloads[id.index()];
        let total = workload.total_demand().0;
        let mut service = Self {
            workload: id,
            demand: workload.demand.clone(),
            shapes: demand::shapes(workload),
            total,
            called_then: survive::most_called_then(problem, id),
            late_allowance: latency::late_allowance(workload).0,
            most_in_region: workload.max_region_share.map(|share| share.ceil_of(total)),
            most_in_cloud: workload.max_cloud_share.map(|share| share.ceil_of(total)),
            is_single_routed: workload.single_region_per_user,
            survive: workload.survive,
            degraded_rate: workload.degraded_rate_per_replica.0,
            min_regions: workload.min_regions as usize,
            max_regions: workload.max_regions.map_or(usize::MAX, |most| most as usize),
            candidates: Vec::new(),
            rejections: Vec::new(),
            dominated: Vec::new(),
        };
        if let Some(state) = &workload.state {
            // No region in use is without a copy.
            let most = if state.is_multi_region { state.replication_factor } else { 1 };
            service.max_regions = service.max_regions.min(most as usize);
        }
        let standing = Standing::of(problem, id);
        let known = Known {
            most_called: calls::most_called(problem, id),
            called_then: service.called_then,
            standing: standing.as_ref(),
        };
        let verdicts = machines::Verdicts::of(problem, workload);
        let machines = Machines { verdicts: &verdicts, leaders };
        // Workloads begin at different regions: side by side, they find the leaders of different ones instead of waiting for each other's.
        let regions = problem.regions.len();
        let first = id.index() * regions / problem.workloads.len();
        let of_region = |index| candidates(problem, (id, workload), known, RegionId::at(index), machines);
        let mut of_regions: Vec<_> = (first..regions).chain(0..first).map(of_region).collect();
        of_regions.rotate_right(first);
        for (index, found) in of_regions.into_iter().enumerate() {
            match found {
                Ok(candidates) => service.candidates.extend(candidates),
                Err(rejection) => service.rejections.push((RegionId::at(index), rejection)),
            }
        }
        service
    }

    /// User groups that all candidates answer alike, together; each alone where none may be divided.
    pub fn classes(&self) -> Vec<Class> {
        if self.is_single_routed {
            let apart: Vec<usize> = (0..self.demand.len()).collect();
            return demand::classes(&self.demand, &self.candidates, &apart);
        }
        demand::classes(&self.demand, &self.candidates, &self.shapes)
    }

    /// The position in the demand of the first user group of a class.
    pub fn position_of(&self, class: &Class) -> usize {
        let first = class.users.first();
        self.demand.iter().position(|demand| Some(&demand.user) == first).unwrap_or(0)
    }

    /// The first candidate of the region that another one stands in: it speaks for all of the region.
    pub fn first_in_region(&self, candidate: usize) -> usize {
        let region = self.candidates[candidate].region;
        self.candidates.partition_point(|other| other.region < region)
    }

    /// All candidates of a region, by its first one; nothing for any other.
    pub(super) fn of_region(&self, first: usize) -> Range<usize> {
        if self.first_in_region(first) != first {
            return first..first;
        }
        let region = self.candidates[first].region;
        first..self.candidates.partition_point(|other| other.region <= region)
    }

    /// What answering `traffic` costs at a candidate, beside the machines.
    pub fn cost_of_traffic(&self, candidate: usize, traffic: &BTreeMap<UserId, u64>) -> Femto {
        let costs = self.demand.iter().zip(&self.candidates[candidate].traffic);
        costs.map(|(demand, cost)| cost * traffic.get(&demand.user).map_or(0, |&rate| Femto::from(rate))).sum()
    }

    /// Whether some requests may be late, and what a request costs on its way depends on who sends it where.
    pub(super) fn has_late_and_priced(&self) -> bool {
        let is_late = |candidate: &Candidate| candidate.reach.contains(&Reach::Late);
        self.candidates.iter().any(is_late) && !self.candidates.iter().all(Candidate::is_alike_for_all)
    }
}

impl Candidate {
    /// What no other candidate of the service is.
    pub fn place(&self) -> (RegionId, Option<FunctionId>, Option<Portion>) {
        (self.region, self.function.map(|fit| fit.offer), self.portion)
    }

    /// What it costs to carry a load all the time, where user groups rise and fall apart and hours have nothing in common but where traffic goes and the type of
    /// the machines.
    pub fn hourly(&self) -> Option<Curve> {
        let mut curve = self.mixed.as_ref()?.hourly()?.clone();
        curve.add_fixed(self.curve.fixed());
        Some(curve)
    }

    /// True if it answers somebody, or some other workload, while nothing is lost.
    pub fn is_in_reach(&self) -> bool {
        self.is_called || self.reach.iter().any(|&reach| reach != Reach::No)
    }

    /// The most that a milli-rps answered here costs on its way.
    pub fn dearest_traffic(&self) -> Femto {
        self.traffic.iter().copied().max().unwrap_or(0)
    }

    /// Whether requests cost the same, whoever sends them.
    pub fn is_alike_for_all(&self) -> bool {
        let answered = self.reach.iter().zip(&self.traffic).filter(|(reach, _)| **reach != Reach::No);
        let mut costs = answered.map(|(_, cost)| cost);
        let first = costs.next();
        costs.all(|cost| Some(cost) == first)
    }
}

/// What is known of a workload, whichever region it is looked at in.
#[derive(Clone, Copy, Debug)]
struct Known<'a> {
    /// The most calls that it may receive, in milli-rps.
    most_called: u64,
    /// The same while regions or clouds are lost.
    called_then: u64,
    /// Where it stood, if it has a price to move.
    standing: Option<&'a Standing>,
}

/// Machines and functions in a region: at least one candidate, or why there is none.
fn candidates(
    problem: &Problem,
    (own, workload): (WorkloadId, &Workload),
    known: Known<'_>,
    id: RegionId,
    machines: Machines<'_>,
) -> Result<Vec<Candidate>, Rejection> {
    let region = &problem.regions[id.index()];
    if let Some(refusal) = residency::refusal(workload, region) {
        return Err(refusal);
    }
    // A workload that nobody asks is there to be called, though it may be looked at without its callers.
    let is_called = known.most_called > 0 || workload.demand.is_empty();
    let stands_in = survive::stands_in(problem, workload, id);
    // Copies count for a quorum wherever they are.
    let holds_copies = workload.state.is_some_and(|state| state.is_multi_region);
    let reach = latency::reach(problem, workload, id, is_called || holds_copies || stands_in.contains(&true))?;
    if let Some(user) = state::left_out(problem, workload, |position| reach[position] != Reach::No) {
        return Err(Rejection::LeavesOut { user: user.to_owned() });
    }
    let traffic = traffic(problem, workload, id, &reach)?;
    let lost = workload.survive.zones;
    if region.zones.len() <= lost as usize {
        return Err(Rejection::TooFewZones { zones: region.zones.len(), lost });
    }
    let reachable = |(demand, reach): (&Demand, &Reach)| if *reach == Reach::No { 0 } else { demand.rate.0 };
    let most = workload.demand.iter().zip(&reach).map(reachable).sum::<u64>().saturating_add(known.most_called).max(1);
    // Unknown round trips count as the longest there is: they lose every tie.
    let weigh = |demand: &Demand| {
        let rtt = problem.rtt.get(demand.user, id).map_or(u32::MAX, |rtt| rtt.round_trip.0);
        u128::from(rtt) * u128::from(demand.rate.0)
    };
    let distance = workload.demand.iter().map(weigh).sum();
    let entry = |demand: &Demand| problem.rtt.get(demand.user, id).map(|rtt| rtt.round_trip);
    let is_counted = workload.max_path_rtt.is_some() || problem.counts_wait();
    let entry_rtt = workload.demand.iter().filter(|_| is_counted).map(entry).collect();
    let on_machines = Candidate {
        region: id,
        reach,
        stands_in,
        traffic,
        is_called,
        entry_rtt,
        distance,
        curve: Curve::in_use(most, workload.rate_per_replica.0),
        function: None,
        portion: None,
        most_asked: most,
        stocked: None,
        mixed: None,
        needs: Vec::new(),
    };
    let mut candidates = Vec::new();
    let bought = if workload.runs_on_machines {
        curves(problem, (own, workload), known, machines, &on_machines)
    } else {
        Err(Rejection::NoMachine(MachineRejections::default()))
    };
    let functions = functions::fits(problem, workload, id);
    match (bought, &functions) {
        (Ok(bought), _) => {
            candidates.extend(bought.into_iter().map(|(portion, Bought { stocked, mixed, curve })| {
                let traffic = with_price(&on_machines, portion.map_or(0, |portion| portion.writes));
                Candidate { traffic, curve, portion, stocked, mixed, ..on_machines.clone() }
            }));
        }
        (Err(_), Err(refused)) if !workload.runs_on_machines => return Err(Rejection::NoFunction(*refused)),
        (Err(rejection), Err(_)) => return Err(rejection),
        (Err(_), Ok(_)) => {}
    }
    candidates.extend(functions.into_iter().flatten().map(|fit| as_function(problem, workload, fit, &on_machines)));
    candidates.sort_by_key(Candidate::place);
    Ok(candidates)
}

/// The machines of a candidate: those to decide one by one, or by kind and period, if any, and the cost of carrying load.
struct Bought {
    stocked: Option<Stocked>,
    mixed: Option<Mixed>,
    curve: Curve,
}

impl Bought {
    const fn by(curve: Curve) -> Self {
        Self { stocked: None, mixed: None, curve }
    }
}

/// The machines of a region; where copies of data may be in several, for each number of them that may be in this one.
fn curves(
    problem: &Problem,
    (own, workload): (WorkloadId, &Workload),
    known: Known<'_>,
    machines: Machines<'_>,
    candidate: &Candidate,
) -> Result<Vec<(Option<Portion>, Bought)>, Rejection> {
    let id = candidate.region;
    let region = &problem.regions[id.index()];
    if region.zones.len() < workload.min_zones as usize {
        return Err(Rejection::MinZones { zones: region.zones.len(), least: workload.min_zones });
    }
    let fits: Vec<Fit> = machines::frontier(problem, workload, id, machines).map_err(Rejection::NoMachine)?;
    let portions = state::layouts(problem, own, id, fits)?.into_iter();
    portions.map(|(portion, fits)| Ok((portion, curve(problem, workload, known, candidate, fits)?))).collect()
}

fn curve(
    problem: &Problem,
    workload: &Workload,
    known: Known<'_>,
    candidate: &Candidate,
    fits: Vec<Fit>,
) -> Result<Bought, Rejection> {
    let (id, most) = (candidate.region, candidate.most_asked);
    let region = &problem.regions[id.index()];
    // Machines that keep data are not sent away when less is asked for.
    let hours = if workload.survive.has_places() || workload.state.is_some() {
        Hours::default()
    } else {
        Hours::of(&workload.profile)
    };
    let is_stocked = fits.iter().any(|fit| stock::stock_of(region, fit).is_some());
    let rate = workload.rate_per_replica.0;
    // Replicas that stand in for all other regions.
    let asked = workload.demand.iter().zip(&candidate.stands_in).filter(|(_, stands_in)| **stands_in);
    let asked: u64 = asked.map(|(demand, _)| demand.rate.0).sum();
    let asked = asked.saturating_add(known.called_then);
    let held = asked.div_ceil(workload.degraded_rate_per_replica.0);
    let moves = known.standing.map(|standing| standing.moves(&region.key));
    Ok(if is_stocked {
        let (stocked, curve) = stock::stocked(workload, region, fits, most, held)?;
        Bought { stocked: Some(stocked), mixed: None, curve: curve.with_moves(moves) }
    } else if mixed::is_needed(problem, workload, id) {
        // With all that stands by it may hold more than carries what it is ever sent.
        let stands_by = if workload.survive.has_places() { held.saturating_mul(rate) } else { 0 };
        let mixed = Mixed::of(problem, workload, id, &fits, most.max(stands_by));
        Bought { stocked: None, mixed: Some(mixed), curve: Curve::in_use(most, rate).with_moves(moves) }
    } else if problem.counts_machines_in(id) {
        let most_taken: Vec<u64> = problem.quotas_in(id).map(|quota| quota.most).collect();
        let held = if workload.survive.has_places() { held } else { 0 };
        Bought::by(Curve::by_type(fits, rate, (Rules::of(workload, region), hours), (most, held), moves, &most_taken))
    } else if workload.survive.has_places() {
        Bought::by(Curve::holding(fits, rate, Rules::of(workload, region), most, held))
    } else {
        Bought::by(Curve::new(fits, rate, Rules::of(workload, region), hours, most).with_moves(moves))
    })
}

/// What traffic to a candidate costs with a price on every milli-rps that it answers.
fn with_price(candidate: &Candidate, price: Femto) -> Vec<Femto> {
    let priced = |(reach, cost): (&Reach, &Femto)| if *reach == Reach::No { *cost } else { cost + price };
    candidate.reach.iter().zip(&candidate.traffic).map(priced).collect()
}

/// The function of a service beside machines, or in their place.
fn as_function(problem: &Problem, workload: &Workload, fit: FunctionFit, beside: &Candidate) -> Candidate {
    // Where user groups rise and fall apart, less may be asked at any time than is sent.
    let limit = fit.limit.filter(|_| workload.profile.is_uniform());
    let carried = limit.map_or(u64::MAX, |limit| fit.carried(limit)).min(beside.most_asked);
    let priced = |(position, (reach, cost)): (usize, (&Reach, &Femto))| {
        let price = fit.price_of(workload, position, &problem.objective);
        if *reach == Reach::No { *cost } else { cost + price }
    };
    Candidate {
        traffic: beside.reach.iter().zip(&beside.traffic).enumerate().map(priced).collect(),
        curve: Curve::in_use(carried, workload.rate_per_replica.0),
        function: Some(fit),
        ..beside.clone()
    }
}

/// What a milli-rps of each user group costs on its way to a region and back.
fn traffic(problem: &Problem, workload: &Workload, id: RegionId, reach: &[Reach]) -> Result<Vec<Femto>, Rejection> {
    let price = problem.regions[id.index()].internet_egress_per_gb;
    // Whoever asks, the price is known or not.
    cost::egress_per_millirps(workload, 0, price).ok_or(Rejection::UnknownEgressPrice)?;
    let of = |(position, (demand, &reach)): (usize, (&Demand, &Reach))| {
        let egress = cost::egress_per_millirps(workload, position, price).unwrap_or(0);
        // `latency` answers nobody whose round trip is unknown where that has a price.
        let round_trip = problem.rtt.get(demand.user, id).map(|rtt| rtt.round_trip);
        let latency = cost::latency_per_millirps(workload, position, &problem.objective, round_trip).unwrap_or(0);
        if reach == Reach::No { 0 } else { egress + latency }
    };
    Ok(workload.demand.iter().zip(reach).enumerate().map(of).collect())
}
