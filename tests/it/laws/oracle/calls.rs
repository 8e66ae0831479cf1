//! Tries every split of every user group and of every group's calls, caller after caller.

use std::collections::BTreeMap;

use stowage::model::{Call, Problem, RegionId};

use super::{are_of_use, cheapest_machines, clouds, egress, is_in_time, parts, splits};

/// What has been decided so far: by workload, the load of each region, and the calls made: (callee, region) of those sent from (workload, region).
struct Tried<'p> {
    problem: &'p Problem,
    order: Vec<usize>,
    /// By workload and user group, then region.
    entered: Vec<Vec<Vec<u64>>>,
    loads: Vec<Vec<u64>>,
    sent: BTreeMap<(usize, usize), Vec<(usize, usize)>>,
    /// By workload and region: least cost of machines for each load.
    machines: BTreeMap<(usize, usize, u64), Option<i128>>,
    best: Option<i128>,
}

/// The least cost of a problem whose workloads call each other, each in any number of regions; no commitments.
pub(in super::super) fn least_cost_with_calls(problem: &Problem) -> Option<i128> {
    let regions = problem.regions.len();
    let mut tried = Tried {
        problem,
        order: problem.callers_first().into_iter().map(stowage::model::WorkloadId::index).collect(),
        entered: vec![Vec::new(); problem.workloads.len()],
        loads: vec![vec![0; regions]; problem.workloads.len()],
        sent: BTreeMap::new(),
        machines: BTreeMap::new(),
        best: None,
    };
    tried.workload(0, 0);
    tried.best
}

impl Tried<'_> {
    /// Decides on the workload at `at` of the order, and all after it, at `cost` so far.
    fn workload(&mut self, at: usize, cost: i128) {
        if self.best.is_some_and(|best| cost >= best) {
            return;
        }
        let Some(&number) = self.order.get(at) else { return self.judge(cost) };
        let workload = &self.problem.workloads[number];
        let mut all = Vec::new();
        splits(workload, self.problem.regions.len(), &mut Vec::new(), &mut |split| all.push(split.to_vec()));
        let before = self.loads[number].clone();
        for split in all.into_iter().filter(|split| is_in_time(self.problem, workload, split)) {
            let mut users = Some(0);
            for region in 0..before.len() {
                let asked: u64 = split.iter().map(|row| row[region]).sum();
                self.loads[number][region] = before[region] + asked;
                let paid = if self.loads[number][region] > 0 {
                    egress(self.problem, workload, region, asked)
                } else {
                    Some(0)
                };
                let machines = self.machines(number, region);
                users = users.and_then(|sum| Some(sum + paid? + machines?));
            }
            let used =
                (0..before.len()).filter(|&region| self.loads[number][region] > 0).map(|region| 1 << region).sum();
            let is_called = before.iter().any(|&load| load > 0);
            let is_of_use = is_called || are_of_use(self.problem, workload, used);
            let is_few = workload.max_regions.is_none_or(|most| usize::count_ones(used) <= most);
            if let Some(users) = users.filter(|_| is_of_use && is_few) {
                self.entered[number] = split;
                self.calls(at, 0, 0, cost + users);
            }
        }
        self.loads[number] = before;
        self.entered[number].clear();
    }

    /// Decides where call number `call` of the workload goes from `region` on.
    fn calls(&mut self, at: usize, call: usize, region: usize, cost: i128) {
        let number = self.order[at];
        let problem = self.problem;
        let Some(made) = problem.workloads[number].calls.get(call) else { return self.workload(at + 1, cost) };
        if region == problem.regions.len() {
            return self.calls(at, call + 1, 0, cost);
        }
        let callee = problem.workload_named(&made.callee).unwrap().index();
        let load = self.loads[number][region] * u64::from(made.per_request.0);
        for split in parts(load.div_ceil(1_000_000), problem.regions.len()) {
            let paid: Option<i128> =
                split.iter().enumerate().map(|(to, &rate)| bytes(problem, made, (region, to), rate)).sum();
            let Some(paid) = paid else { continue };
            let before = self.loads[callee].clone();
            let ways = self.sent.entry((number, region)).or_default();
            let count = ways.len();
            for (to, &rate) in split.iter().enumerate().filter(|(_, rate)| **rate > 0) {
                self.loads[callee][to] += rate;
                if made.waits {
                    ways.push((callee, to));
                }
            }
            self.calls(at, call, region + 1, cost + paid);
            self.loads[callee] = before;
            self.sent.get_mut(&(number, region)).unwrap().truncate(count);
        }
    }

    /// Everything is decided: is every path short enough, and are limits over all kept?
    fn judge(&mut self, cost: i128) {
        let problem = self.problem;
        for (number, workload) in problem.workloads.iter().enumerate() {
            let Some(limit) = workload.max_path_rtt else { continue };
            for (demand, row) in workload.demand.iter().zip(&self.entered[number]) {
                for (region, _) in row.iter().enumerate().filter(|(_, rate)| **rate > 0) {
                    let rtt = problem.rtt.get(demand.user, RegionId::at(region)).map(|rtt| rtt.round_trip.0);
                    let path = rtt.zip(self.wait(number, region)).map(|(rtt, wait)| rtt + wait);
                    if path.is_none_or(|path| path > limit.0) {
                        return;
                    }
                }
            }
        }
        let used: usize = (0..problem.regions.len())
            .filter(|&region| self.loads.iter().any(|loads| loads[region] > 0))
            .map(|region| 1 << region)
            .sum();
        let fixed: i128 = (0..problem.regions.len())
            .filter(|region| used & (1 << region) != 0)
            .map(|region| problem.regions[region].fixed_monthly.micros() * 1_000_000_000)
            .sum();
        let is_within = problem.limits.max_regions.is_none_or(|most| used.count_ones() <= most)
            && problem.limits.max_clouds.is_none_or(|most| clouds(problem, used) <= most as usize);
        if is_within && self.best.is_none_or(|best| cost + fixed < best) {
            self.best = Some(cost + fixed);
        }
    }

    /// The longest chain of round trips that may follow a request here; `None` if some is unknown.
    fn wait(&self, number: usize, region: usize) -> Option<u32> {
        let ways = self.sent.get(&(number, region)).into_iter().flatten();
        ways.map(|&(callee, to)| {
            let link = self.problem.links.get(RegionId::at(region), RegionId::at(to));
            Some(link.rtt?.round_trip.0 + self.wait(callee, to)?)
        })
        .try_fold(0, |longest, wait| Some(longest.max(wait?)))
    }

    fn machines(&mut self, number: usize, region: usize) -> Option<i128> {
        let load = self.loads[number][region];
        if load == 0 {
            return Some(0);
        }
        let problem = self.problem;
        *self.machines.entry((number, region, load)).or_insert_with(|| {
            let workload = &problem.workloads[number];
            cheapest_machines(problem, workload, &problem.regions[region], load, 0).map(|machines| machines.0)
        })
    }
}

/// What calls cost from one region to another, if the price of their bytes is known.
fn bytes(problem: &Problem, call: &Call, (from, to): (usize, usize), rate: u64) -> Option<i128> {
    if rate == 0 {
        return Some(0);
    }
    let way = |bytes: u64, from: usize, to: usize| -> Option<i128> {
        let price = problem.links.get(RegionId::at(from), RegionId::at(to)).egress_per_gb;
        if bytes == 0 { Some(0) } else { Some(i128::from(bytes) * price?.micros() * 2_628) }
    };
    Some((way(call.sent.0, from, to)? + way(call.answer.0, to, from)?) * i128::from(rate))
}
