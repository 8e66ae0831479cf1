//! Why a region, or a machine type in it, cannot serve a workload.

use crate::units::RoundTrip;

/// Why one region cannot hold one workload. Each variant carries what a reader needs to act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// A rule about places refuses it.
    Residency {
        /// The list that does, such as `allowed.jurisdictions`.
        list: &'static str,
    },
    /// No user group is within the limit.
    TooFar {
        /// The limit.
        limit: RoundTrip,
        /// The shortest known round trip from any user group of the workload.
        nearest: Option<RoundTrip>,
    },
    /// Some requests may be late, and the round trip from a user group is unknown.
    UnknownRoundTrip {
        /// Name of the user group.
        user: String,
    },
    /// Answers have a size, and sending them has no known price.
    UnknownEgressPrice,
    /// Losing the zones it must outlive leaves none.
    TooFewZones {
        /// Zones of the region.
        zones: usize,
        /// Zones that must be outlived.
        lost: u32,
    },
    /// It has fewer zones than have to be in use, or machines in fewer.
    MinZones {
        /// Zones with machines.
        zones: usize,
        /// Zones that have to be in use.
        least: u32,
    },
    /// It does not answer a user group, and a workload that keeps state answers all of them from one region.
    LeavesOut {
        /// Name of the user group.
        user: String,
    },
    /// In however many of its zones copies stand, too few are left after the loss of those that must be outlived.
    Quorum {
        /// Zones of the region.
        zones: u64,
        /// Zones that would be enough, if any number is.
        needed: Option<u64>,
    },
    /// State is kept, and storage has no known price.
    UnknownStoragePrice,
    /// Writes go to other zones, and sending them has no known price.
    UnknownZoneEgressPrice,
    /// No machine type on sale there will do.
    NoMachine(MachineRejections),
    /// No service that runs functions there will do, and machines may not run it.
    NoFunction(FunctionRejections),
}

/// How many services that run functions in a region were refused, by first reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FunctionRejections {
    /// Refused by a list of instruction sets.
    pub filtered: usize,
    /// With less memory than the function asks for.
    pub too_large: usize,
    /// With less time for a request than the function takes.
    pub too_long: usize,
    /// Processor has a price, and the function does not say how much it needs.
    pub unknown_vcpu: usize,
    /// Emissions unknown while carbon has a price.
    pub unknown_carbon: usize,
    /// No environment may run there.
    pub none_allowed: usize,
}

/// How many machine types on sale in a region were refused, by first reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MachineRejections {
    /// Refused by a list.
    pub filtered: usize,
    /// Burstable, which the workload does not allow.
    pub burstable: usize,
    /// Smaller than one replica beside what is reserved.
    pub too_small: usize,
    /// Without enough GPUs, or enough of a resource by name, for one replica.
    pub lacking: usize,
    /// Limited in number, which no workload with state may use.
    pub counted: usize,
    /// Limited in number to none.
    pub out_of_stock: usize,
    /// Emissions unknown while carbon has a price.
    pub unknown_carbon: usize,
}
