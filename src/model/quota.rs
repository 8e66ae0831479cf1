//! Quotas: how much of a cloud an account may use in one region.

use std::fmt;

use super::{Glob, MachineType, Region, RegionId};

/// What a quota counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QuotaUnit {
    /// Nominal processor, in millicores.
    Vcpu,
    /// Instances.
    Instances,
}

/// At most so much of all machines, or of some families, in a region, for all workloads together: of each the most that run at any time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Where.
    pub region: RegionId,
    /// The families it counts; `None` counts all machines.
    pub families: Option<Glob>,
    /// What it counts.
    pub unit: QuotaUnit,
    /// The most there may be, in the unit's parts; `u64::MAX` is as much as anybody wants.
    pub most: u64,
}

impl Quota {
    /// What one machine takes of it.
    pub fn taken_by(&self, machine: &MachineType) -> u64 {
        if !self.families.as_ref().is_none_or(|families| families.matches(&machine.family)) {
            return 0;
        }
        match self.unit {
            QuotaUnit::Vcpu => machine.vcpu.0,
            QuotaUnit::Instances => 1,
        }
    }

    /// What it is a quota of, such as `vCPU of m7i in aws/eu-central-1`.
    pub fn subject(&self, region: &Region) -> String {
        let of = self.families.as_ref().map_or(String::new(), |families| format!(" of {families}"));
        format!("{}{of} in {}", self.unit, region.key)
    }
}

impl QuotaUnit {
    /// Parts of the unit that a whole one has.
    pub const fn parts(self) -> u64 {
        match self {
            Self::Vcpu => 1_000,
            Self::Instances => 1,
        }
    }
}

impl fmt::Display for QuotaUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Vcpu => "vCPU",
            Self::Instances => "instances",
        })
    }
}
