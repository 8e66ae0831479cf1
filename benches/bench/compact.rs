//! The same problem given whole to HiGHS, as a textbook writes it down: what the structure of the optimizer is worth is a ratio to this.
//!
//! For every workload w, region r that may serve it, type t that holds a replica of it and zone z, n(w, r, t, z) counts instances; x(w, g, r) is
//! what user group g sends there:
//!
//! > least   sum of price(r, t) × n(w, r, t, z) + sum of egress(w, r) × x(w, g, r)
//! > demand: sum over r of x(w, g, r) = d(w, g)
//! > lose z: sum over t and the zones but z of rate(w) × holds(w, t) × n(w, r, t, z) >= sum over g of x(w, g, r)
//!
//! Only the regions a user group reaches in time have an x, only types that fit have an n; nothing else is left out beforehand: that is HiGHS's
//! presolve to do. One thread, as each block of ours has.

use std::time::{Duration, Instant};

use highs::{Col, HighsModelStatus, RowProblem, Sense};
use stowage::model::{MachineType, Problem, Purchase, RegionId, UserId, Workload};
use stowage::units::{HOURS_PER_MONTH, SECONDS_PER_MONTH};

/// How a compact formulation ended.
pub(crate) struct Ended {
    /// To write it down and to solve it.
    pub(crate) time: Duration,
    pub(crate) columns: usize,
    pub(crate) rows: usize,
    /// USD a month of the best placement, and the gap, if any was found.
    pub(crate) found: Option<(f64, f64)>,
    pub(crate) is_proven: bool,
}

/// Solves `problem`, of workloads on demand that outlive one zone, to a gap of 10^-4, for at most `limit`.
pub(crate) fn solve(problem: &Problem, limit: Duration) -> Ended {
    let started = Instant::now();
    let mut program = RowProblem::default();
    for workload in &problem.workloads {
        write(&mut program, problem, workload);
    }
    let (columns, rows) = (program.num_cols(), program.num_rows());
    let mut model = program.optimise(Sense::Minimise);
    model.make_quiet();
    model.set_option("threads", 1);
    model.set_option("mip_rel_gap", 1e-4);
    model.set_option("time_limit", limit.saturating_sub(started.elapsed()).as_secs_f64());
    let solved = model.solve();
    let gap = solved.mip_gap();
    Ended {
        time: started.elapsed(),
        columns,
        rows,
        found: gap.is_finite().then(|| (solved.objective_value(), gap)),
        is_proven: solved.status() == HighsModelStatus::Optimal,
    }
}

fn write(program: &mut RowProblem, problem: &Problem, workload: &Workload) {
    let mut sent: Vec<Vec<(Col, f64)>> = vec![Vec::new(); workload.demand.len()];
    for (index, region) in problem.regions.iter().enumerate() {
        let arrives = |user: UserId| {
            let most = workload.max_rtt?;
            problem.rtt.get(user, RegionId::at(index)).filter(|rtt| rtt.round_trip <= most)
        };
        let reached: Vec<usize> =
            (0..workload.demand.len()).filter(|&group| arrives(workload.demand[group].user).is_some()).collect();
        // A zone can only be lost where there is another.
        if reached.is_empty() || region.zones.len() < 2 || workload.region_refusal(region).is_some() {
            continue;
        }
        let egress = if workload.response.0 == 0 {
            0.0
        } else if let Some(price) = region.internet_egress_per_gb {
            // A request per second all month, in units of 10^9 bytes.
            usd(price.micros()) * workload.response.0 as f64 * SECONDS_PER_MONTH as f64 / 1e9
        } else {
            continue;
        };
        let arriving: Vec<(Col, f64)> = reached
            .iter()
            .map(|&group| {
                let column = (program.add_column(egress, 0.0..), 1.0);
                sent[group].push(column);
                column
            })
            .collect();
        let rate = workload.rate_per_replica.0 as f64 / 1_000.0;
        let mut in_zone: Vec<Vec<(Col, f64)>> = vec![Vec::new(); region.zones.len()];
        for offer in region.offers.iter().filter(|offer| offer.purchase == Purchase::OnDemand) {
            let held = holds(workload, &problem.machine_types[offer.machine_type.index()]);
            if held > 0 {
                let monthly = usd(offer.hourly.micros()) * HOURS_PER_MONTH as f64;
                for zone in &mut in_zone {
                    zone.push((program.add_integer_column(monthly, 0.0..), rate * held as f64));
                }
            }
        }
        for lost in 0..in_zone.len() {
            let left = in_zone.iter().enumerate().filter(|(zone, _)| *zone != lost).flat_map(|(_, held)| held.clone());
            program.add_row(0.0.., left.chain(arriving.iter().map(|&(column, one)| (column, -one))));
        }
    }
    for (demand, columns) in workload.demand.iter().zip(sent) {
        let rate = demand.rate.0 as f64 / 1_000.0;
        program.add_row(rate..=rate, columns);
    }
}

fn usd(micros: i128) -> f64 {
    micros as f64 / 1e6
}

/// Replicas an instance holds; none where the workload may not use it.
fn holds(workload: &Workload, machine: &MachineType) -> u64 {
    let may_use = (workload.allow_burstable || !machine.is_burstable) && workload.machine_refusal(machine).is_none();
    let replica = &workload.replica;
    let held = (machine.vcpu.0 / replica.vcpu.0).min(machine.memory.0 / replica.memory.0);
    if may_use { held } else { 0 }
}
