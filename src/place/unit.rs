//! Units: what has to be decided together. Units share nothing that costs or is limited, so each can be looked at alone.

use std::collections::BTreeSet;

use crate::check::Placement;
use crate::formulate::Formulation;
use crate::model::{Assignment, PoolId, Problem, RegionId, WorkloadId};
use crate::units::Money;

/// What is decided together.
#[derive(Clone, Debug, Default)]
pub(super) struct Unit {
    pub(super) workloads: Vec<WorkloadId>,
    pub(super) pools: Vec<PoolId>,
}

impl Unit {
    /// Everything.
    pub(super) fn whole(problem: &Problem) -> Self {
        Self {
            workloads: (0..problem.workloads.len()).map(WorkloadId::at).collect(),
            pools: (0..problem.pools.len()).map(PoolId::at).collect(),
        }
    }

    /// One for each block.
    pub(super) fn of_blocks(formulation: &Formulation) -> Vec<Self> {
        let workload = |&service: &usize| formulation.services[service].workload;
        let unit = |services: &[usize]| Self { workloads: services.iter().map(workload).collect(), pools: Vec::new() };
        formulation.blocks.iter().map(|block| unit(&block.services)).collect()
    }

    /// What an assignment says of this unit.
    pub(super) fn part(&self, of: &Assignment) -> Assignment {
        let regions = |&workload: &WorkloadId| {
            of.groups
                .range((workload, RegionId(0))..=(workload, RegionId(u32::MAX)))
                .map(|(&key, group)| (key, group.clone()))
        };
        let pools = self.pools.iter().filter_map(|pool| Some((*pool, of.pools.get(pool)?.clone())));
        Assignment { groups: self.workloads.iter().flat_map(regions).collect(), pools: pools.collect() }
    }

    /// What it costs in a placement. Units share no region that has a fixed cost.
    pub(super) fn cost(&self, problem: &Problem, placement: &Placement) -> Money {
        let mut regions = BTreeSet::new();
        let mut cost = Money::ZERO;
        for &workload in &self.workloads {
            for (&(_, region), placed) in
                placement.groups().range((workload, RegionId(0))..=(workload, RegionId(u32::MAX)))
            {
                regions.insert(region);
                cost += placed.lines.total();
            }
        }
        for placed in self.pools.iter().filter_map(|pool| placement.pools().get(pool)) {
            regions.insert(placed.placed.region);
            cost += placed.lines.total();
        }
        cost + regions.iter().map(|region| problem.regions[region.index()].fixed_monthly).sum()
    }

    /// What it adds to what limits on sums count: micro-USD paid, milligrams emitted.
    pub(super) fn counted(&self, problem: &Problem, placement: &Placement) -> [i128; 2] {
        let [paid, emitted, _] = self.values(problem, placement);
        [paid, emitted]
    }

    /// What it adds to the targets of an order: micro-USD paid, milligrams emitted, time on the way.
    pub(super) fn values(&self, problem: &Problem, placement: &Placement) -> [i128; 3] {
        let own = self
            .workloads
            .iter()
            .flat_map(|&workload| placement.groups().range((workload, RegionId(0))..=(workload, RegionId(u32::MAX))));
        let (mut priced, mut emitted, mut wait) = (Money::ZERO, 0, 0);
        for (_, placed) in own {
            priced += placed.lines.moves + placed.lines.latency + placed.lines.carbon;
            emitted += placed.lines.emissions.map_or(0, |emissions| emissions.0);
            wait += placed.lines.wait.map_or(0, |wait| wait.0);
        }
        [(self.cost(problem, placement) - priced).micros(), emitted, wait]
    }

    /// The problem of this unit alone, in which nothing stood before and nothing beside the placement is asked for.
    pub(super) fn alone(&self, problem: &Problem) -> Problem {
        Problem {
            workloads: self.workloads.iter().map(|id| problem.workloads[id.index()].clone()).collect(),
            pools: self.pools.iter().map(|id| problem.pools[id.index()].clone()).collect(),
            previous: None,
            alternatives: 0,
            bindings: false,
            ..problem.clone()
        }
    }
}
