//! The rows and columns of one service, shared by the relaxation and the compact model.
//!
//! > minimise   sum over r, v of cost(r, v) × use(r, v) + sum over c, r of cost(c, r) × x(c, r)
//! > demand:    sum over r of x(c, r) = demand(c)
//! > capacity:  sum over c of x(c, r) <= sum over v of capacity(r, v) × use(r, v)
//! > link:      x(c, r) <= demand(c) × sum over v of use(r, v)
//! > open:      sum over v of use(r, v) <= 1,  min_regions <= sum over r, v of use(r, v) <= max_regions
//! > late:      sum over late (c, r) of x(c, r) <= late allowance
//!
//! c is a class of user groups, r a candidate region, v a step of its curve. Money is in USD per month; traffic is in parts of the service's
//! whole demand, so that coefficients are near one whatever the size of the problem.

use super::highs::{Column, Model};
use crate::formulate::{Class, Femto, Reach, Service, Step};

/// The steps of one service that a model may use, by candidate.
pub(super) type Steps = Vec<Vec<Step>>;

/// Where the columns and rows of a service are.
pub(super) struct ServiceRows {
    /// *use* columns by candidate and step.
    pub(super) uses: Vec<Vec<Column>>,
    /// *demand* rows by class.
    pub(super) demand: Vec<usize>,
    /// The *late* row, if anything may be late.
    pub(super) late: Option<usize>,
}

/// Adds one service to a model.
pub(super) fn add_service(
    model: &mut Model,
    service: &Service,
    classes: &[Class],
    steps: &Steps,
    whole_steps: bool,
) -> ServiceRows {
    let mut flows: Vec<Vec<(Column, f64)>> = vec![Vec::new(); classes.len()];
    let mut late = Vec::new();
    let mut uses = Vec::with_capacity(service.candidates.len());
    for (position, steps) in steps.iter().enumerate() {
        let taken: Vec<Column> = steps.iter().map(|step| model.column(usd(step.cost), 1.0, whole_steps)).collect();
        let carried = taken.iter().zip(steps).map(|(&column, step)| (column, -share(step.capacity, service.total)));
        let mut capacity: Vec<(Column, f64)> = carried.collect();
        for (class, flows) in classes.iter().zip(&mut flows) {
            if class.reach[position] == Reach::No || taken.is_empty() {
                continue;
            }
            let demand = share(class.rate, service.total);
            let flow = model.column(usd(class.cost[position]) * float(service.total), f64::INFINITY, false);
            model.at_most(taken.iter().map(|&column| (column, -demand)).chain([(flow, 1.0)]), 0.0);
            capacity.push((flow, 1.0));
            flows.push((flow, 1.0));
            if class.reach[position] == Reach::Late {
                late.push((flow, 1.0));
            }
        }
        model.at_most(capacity, 0.0);
        model.at_most(taken.iter().map(|&column| (column, 1.0)), 1.0);
        uses.push(taken);
    }
    let opened = || uses.iter().flatten().map(|&column| (column, 1.0));
    if service.min_regions > 1 {
        model.at_least(opened(), float(service.min_regions as u64));
    }
    if service.max_regions < service.candidates.len() {
        model.at_most(opened(), float(service.max_regions as u64));
    }
    let demand =
        classes.iter().zip(flows).map(|(class, flows)| model.equal(flows, share(class.rate, service.total))).collect();
    let late = (!late.is_empty()).then(|| model.at_most(late, share(service.late_allowance, service.total)));
    ServiceRows { uses, demand, late }
}

/// An amount as a solver coefficient.
#[expect(clippy::cast_precision_loss, reason = "solver coefficient")]
pub(super) fn usd(amount: Femto) -> f64 {
    amount as f64 / 1e15
}

/// A count as a solver coefficient.
#[expect(clippy::cast_precision_loss, reason = "solver coefficient")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

/// A part as a solver coefficient.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    float(part) / float(whole)
}
