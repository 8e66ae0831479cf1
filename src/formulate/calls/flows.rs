//! Where requests and the calls that follow from them may go, by class of users, in shares of the class: the relaxation that `solve::calls::bound` prices.
//!
//! Of a placement's calls a class may be said to make those that its requests lead to, divided as the group that makes them divides all of its calls. So
//! what a class sends through each region adds up to no more than what is sent there, and no request of it goes where its limit on paths forbids:
//!
//! > f(g, s, a)   load of service s that class g leads to in candidate a;   sum over a of f(g, s, a) = load(g, s),   f(g, s, a) <= load(g, s)
//! > sum over g of f(g, s, a) <= load(s, a)
//!
//! Rounding calls up in each region only adds to the right side.

use super::paths::WITHOUT_END;
use super::{Graph, Sums, cost_of_way};
use crate::formulate::cost::Femto;
use crate::formulate::service::Service;
use crate::model::{LinkTable, Problem, RegionId, UserId};
use crate::units::Ratio;

/// Classes of users and the calls that their requests lead to.
#[derive(Debug)]
pub struct Flows {
    /// Positions of services, callers first.
    pub order: Vec<usize>,
    /// By service: the calls it makes.
    pub calls: Vec<Vec<Outgoing>>,
    /// Classes of users of all services.
    pub classes: Vec<Entering>,
    links: LinkTable,
}

impl Flows {
    /// The round trip between two regions, in microseconds: longer than any limit where it is unknown.
    pub fn round_trip(&self, from: RegionId, to: RegionId) -> u64 {
        self.links.get(from, to).rtt.map_or(WITHOUT_END, |rtt| u64::from(rtt.round_trip.0))
    }
}

/// One call of a service.
#[derive(Debug)]
pub struct Outgoing {
    /// Position of the callee.
    pub callee: usize,
    /// Calls for each request.
    pub per_request: Ratio,
    /// Whether users wait for the answer.
    pub waits: bool,
    /// What one milli-rps costs, by candidate of the caller, then of the callee; `None` where calls do not go.
    pub cost: Vec<Vec<Option<Femto>>>,
}

/// A class of users that a service answers.
#[derive(Debug)]
pub struct Entering {
    /// Which service.
    pub service: usize,
    /// The user groups.
    pub users: Vec<UserId>,
    /// Its demand, in milli-rps.
    pub rate: u64,
    /// What one milli-rps of its traffic costs, by candidate of the service.
    pub cost: Vec<Femto>,
    /// By service: what it leads to, rounded up, in milli-rps.
    pub loads: Vec<u64>,
    /// By service and candidate: whether what it leads to can arrive there.
    pub reached: Vec<Vec<bool>>,
    /// By candidate of the service: what its limit on paths leaves behind the entry, in microseconds; `None` where it does not enter.
    pub left: Vec<Option<u64>>,
}

/// The flows of services that call each other.
pub fn flows(problem: &Problem, services: &[&Service]) -> Flows {
    let graph = Graph::of(problem, services);
    let sums = Sums::of(problem, services, &graph);
    let of_call = |service: usize, callee: usize, call| {
        let way = |from: usize, to: usize| {
            let (caller, answering) = (&services[service].candidates[from], &services[callee].candidates[to]);
            cost_of_way(problem, call, caller, (services[callee], answering))
                .filter(|_| sums.is_open((service, from), call, (callee, to)))
        };
        let row = |from| (0..services[callee].candidates.len()).map(|to| way(from, to)).collect();
        (0..services[service].candidates.len()).map(row).collect()
    };
    let of_service = |service: usize| {
        let calls = graph.calls[service].iter();
        let outgoing = calls.map(|&(callee, call)| Outgoing {
            callee,
            per_request: call.per_request,
            waits: call.waits,
            cost: of_call(service, callee, call),
        });
        outgoing.collect()
    };
    let mut classes = Vec::new();
    for (at, service) in services.iter().enumerate() {
        for class in service.classes() {
            let position = service.demand.iter().position(|demand| demand.user == class.users[0]).unwrap_or_default();
            classes.push(Entering {
                service: at,
                users: class.users,
                rate: class.rate,
                loads: graph.loads(at, class.rate),
                reached: sums.reached_from(problem, services, &graph, (at, position)),
                left: sums.left_of((at, position), service),
                cost: class.cost,
            });
        }
    }
    Flows {
        calls: (0..services.len()).map(of_service).collect(),
        order: graph.order,
        classes,
        links: problem.links.clone(),
    }
}
