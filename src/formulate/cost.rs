//! Coefficients of the objective in whole femto-USD (1e-15 USD) per month.
//!
//! > one instance:        hourly price × 730 + hourly emissions × 730 × carbon price
//! > one milli-rps of load: response × 2,628 s × price per 10^9 bytes  +  round trip × price of latency
//! > storage:             data × copies × price per 2^30 bytes
//! > writes:              milli-rps × written × 2,628 s × price per 10^9 bytes × copies in other zones
//! > one milli-rps of calls: 2,628 s × (bytes there × price there + bytes back × price back)
//!
//! With prices in micro-USD per hour, per 10^9 bytes, per 10^9 milligrams and per rps and millisecond, all are whole numbers of 1e-15 USD. Where demand changes, a month's
//! sum is divided by the hours of the calendar and rounded down: less than 1e-15 USD below the true cost, and never above it.

use super::calls;
use crate::model::{Call, Demand, Function, FunctionOffer, Objective, Offer, Problem, State, Workload, WorkloadId};
use crate::units::{Bytes, HOURS_PER_MONTH, Money, RoundTrip, SECONDS_PER_MONTH};

/// An amount in 1e-15 USD per month.
pub type Femto = i128;

const FEMTO_PER_MICRO: Femto = 1_000_000_000;

/// Monthly cost of one instance, carbon at its price included; `None` if carbon has a price or a limit and the emissions are unknown.
pub(super) fn instance(offer: &Offer, problem: &Problem) -> Option<Femto> {
    let paid = from_money(offer.hourly) * HOURS_PER_MONTH;
    if !problem.counts_carbon() {
        return Some(paid);
    }
    let objective = &problem.objective;
    // Milligrams × micro-USD per 10^9 milligrams = 1e-15 USD.
    Some(paid + offer.carbon_hourly?.0 * HOURS_PER_MONTH * objective.carbon_per_tonne.micros())
}

/// Monthly cost of sending the answers to one milli-rps of the largest demand of the user group at `position`, rounded down; `None` if there are bytes to
/// send and no price.
pub(super) fn egress_per_millirps(workload: &Workload, position: usize, price_per_gb: Option<Money>) -> Option<Femto> {
    if workload.response.0 == 0 {
        return Some(0);
    }
    let all_the_time = i128::from(workload.response.0) * (SECONDS_PER_MONTH / 1000) * price_per_gb?.micros();
    Some(mean(workload, position, all_the_time))
}

/// Price of the time that one milli-rps of the largest demand of the user group at `position` spends on the way, a month, rounded down; `None` if latency has
/// a price and the round trip is unknown.
pub(super) fn latency_per_millirps(
    workload: &Workload,
    position: usize,
    objective: &Objective,
    round_trip: Option<RoundTrip>,
) -> Option<Femto> {
    if objective.latency_per_rps_ms == Money::ZERO {
        return Some(0);
    }
    // Thousandths of a request per second × microseconds × micro-USD per rps and millisecond = 1e-12 USD.
    Some(mean(workload, position, Femto::from(round_trip?.0) * objective.latency_per_rps_ms.micros() * 1000))
}

/// Monthly cost of running one milli-rps as a function at all hours, rounded down: what is paid for requests, and for the time of memory and processor.
pub(super) fn function_per_millirps(function: &Function, offer: &FunctionOffer) -> Femto {
    /// Requests of a milli-rps in a month.
    const REQUESTS: Femto = SECONDS_PER_MONTH / 1000;
    // Micro-USD for 10^6 = 10^-12 USD = 1,000 femto-USD for one.
    let requests = REQUESTS * offer.million_requests.micros() * 1000;
    let (micros, at_once) = (Femto::from(offer.billed(function).0), Femto::from(offer.concurrency(function)));
    let gib = REQUESTS * micros * Femto::from(function.memory.0) * offer.million_gib_seconds.micros();
    let cores =
        Femto::from(function.vcpu.unwrap_or_default().0) * offer.million_vcpu_seconds.unwrap_or_default().micros();
    let vcpu = REQUESTS * micros * cores;
    requests + gib / ((at_once * 1000) << 30) + vcpu / (at_once * 1_000_000)
}

/// Parts of a milligram in which emissions of functions are counted.
pub(super) const PER_MILLIGRAM: i128 = 1_000_000;

/// What one milli-rps emits as a function at all hours of a month, in [`PER_MILLIGRAM`] parts, rounded down; `None` if nobody states that.
pub(super) fn function_emissions(function: &Function, offer: &FunctionOffer) -> Option<i128> {
    let each = offer.carbon_of_million_gib_seconds?.0;
    let (micros, at_once) = (i128::from(offer.billed(function).0), i128::from(offer.concurrency(function)));
    // Milligrams for 10^6 s are 10^-6 parts for a microsecond.
    let gib = SECONDS_PER_MONTH / 1000 * micros * i128::from(function.memory.0) * each;
    Some(gib / ((at_once * 1_000_000) << 30))
}

/// The mean over the paid hours of what `all_the_time` would be for the largest demand of the user group at `position`.
pub(super) fn mean(workload: &Workload, position: usize, all_the_time: Femto) -> Femto {
    mean_of(workload, workload.profile.paid_share(position), all_the_time)
}

/// The same for the largest rate of the calls of other workloads.
pub(super) fn mean_called(workload: &Workload, all_the_time: Femto) -> Femto {
    mean_of(workload, workload.profile.paid_called_share(), all_the_time)
}

fn mean_of(workload: &Workload, paid_share: u64, all_the_time: Femto) -> Femto {
    let (asked, full) = (Femto::from(paid_share), 1_000_000 * workload.profile.calendar.hours as Femto);
    // The quotient first, so that no product outgrows its type.
    all_the_time / full * asked + all_the_time % full * asked / full
}

/// Monthly cost of so many copies of the data, rounded down.
pub(super) fn storage(state: &State, copies: u64, price_per_gib: Money) -> Femto {
    let bytes = Femto::from(state.storage.0) * Femto::from(copies);
    // The quotient first, so that no product outgrows its type.
    let price = from_money(price_per_gib);
    bytes / Bytes::PER_GIB * price + bytes % Bytes::PER_GIB * price / Bytes::PER_GIB
}

/// Monthly cost of the writes of a workload that is all in one region, rounded down; `crossing` is the number of copies in other zones, summed over the
/// copies that a write may reach first. `None` if bytes cross zones and that has no price.
pub(super) fn writes(
    problem: &Problem,
    id: WorkloadId,
    state: &State,
    price_per_gb: Option<Money>,
    crossing: u64,
) -> Option<Femto> {
    if state.write.0 == 0 || crossing == 0 {
        return Some(0);
    }
    let workload = &problem.workloads[id.index()];
    let per_millirps = i128::from(state.write.0) * (SECONDS_PER_MONTH / 1000) * price_per_gb?.micros();
    let of_user =
        |(position, demand): (usize, &Demand)| mean(workload, position, per_millirps) * Femto::from(demand.rate.0);
    let asked: Femto = workload.demand.iter().enumerate().map(of_user).sum();
    let called = mean_called(workload, per_millirps) * Femto::from(calls::least_called(problem, id));
    Some((asked + called) * Femto::from(crossing) / Femto::from(state.replication_factor))
}

/// Monthly cost of sending what one milli-rps of the largest demand writes to one copy, at a price, rounded down: a larger price never gives less.
pub(super) fn written_per_millirps(workload: &Workload, state: &State, price_per_gb: Money) -> Femto {
    // The user groups of what keeps data in several regions have one shape.
    mean(workload, 0, i128::from(state.write.0) * (SECONDS_PER_MONTH / 1000) * price_per_gb.micros())
}

/// Monthly cost of one milli-rps of the largest rate of calls to a workload over a way with these prices there and back, rounded down; `None` if there are bytes to
/// send and no price.
pub(super) fn call_per_millirps(
    call: &Call,
    callee: &Workload,
    there: Option<Money>,
    back: Option<Money>,
) -> Option<Femto> {
    let way = |bytes: Bytes, price_per_gb: Option<Money>| -> Option<Femto> {
        if bytes.0 == 0 {
            return Some(0);
        }
        Some(i128::from(bytes.0) * (SECONDS_PER_MONTH / 1000) * price_per_gb?.micros())
    };
    Some(mean_called(callee, way(call.sent, there)? + way(call.answer, back)?))
}

/// An exact amount of money.
pub fn from_money(amount: Money) -> Femto {
    amount.micros() * FEMTO_PER_MICRO
}

/// The largest whole micro-USD not above `amount`: for bounds.
pub fn floor_to_money(amount: Femto) -> Money {
    Money::from_micros(amount.div_euclid(FEMTO_PER_MICRO))
}
