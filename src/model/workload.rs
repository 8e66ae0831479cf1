//! What is to be placed, and what it promises.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Access, Call, Demand, Function, FunctionOffer, MachineType, Profile, Region, RegionKey, Replicas, Resources,
    Selector, State, UserId, Weights,
};
use crate::units::{Bytes, MilliRps, Millicores, Ratio, RoundTrip};

/// What one copy of a workload asks of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replica {
    /// Processor; above zero.
    pub vcpu: Millicores,
    /// Memory; above zero.
    pub memory: Bytes,
    /// Whole accelerators.
    pub gpus: u32,
    /// What else it asks for, by name.
    pub resources: Resources,
}

/// What a workload must outlive while it still carries its load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survival {
    /// Zones lost at once, in each region on its own.
    pub zones: u32,
    /// Regions lost at once.
    pub regions: u32,
    /// Clouds lost at once.
    pub clouds: u32,
}

impl Survival {
    /// True if regions or clouds may be lost.
    pub fn has_places(&self) -> bool {
        self.places() > 0
    }

    /// The most regions, or clouds, that may be lost.
    pub fn places(self) -> u32 {
        self.regions.max(self.clouds)
    }
}

/// On which terms spot machines may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpotTerms {
    /// Largest share of a group's instances that are spot, at any time.
    pub max_share: Ratio,
    /// Only offers of which at most this many percent are taken back in a month; an offer without a figure is refused then.
    pub max_interruption_percent: Option<u8>,
    /// A group that uses spot spreads it over at least this many pools, each one machine type in one zone; at least 1.
    pub min_pools: u32,
    /// Pools taken back at once, in each region on its own, while the rest carries the load.
    pub survive_pools: u32,
}

/// A request-serving workload, in groups of its own.
#[expect(clippy::struct_excessive_bools, reason = "each is a permission or a promise of its own")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// The name the problem gives.
    pub name: String,
    /// One copy; of a workload that runs as a function only, nothing.
    pub replica: Replica,
    /// Whether machines may run it.
    pub runs_on_machines: bool,
    /// How functions may run it, if they may.
    pub function: Option<Function>,
    /// Kept free on each machine for the system.
    pub reserved: Replica,
    /// Load one replica carries at the utilization ceiling: requests per replica × ceiling, rounded down; above zero.
    pub rate_per_replica: MilliRps,
    /// Demand by user group, by [`UserId`](super::UserId), every rate above zero; at least one, unless other workloads call it.
    pub demand: Vec<Demand>,
    /// How many replicas there are, if their number is given and nobody asks: the demand is of [`UserGroup::counted`](super::UserGroup::counted) then, and
    /// a replica carries one thousandth. Not for members of pools, which say it themselves.
    pub replicas: Option<Replicas>,
    /// How the demand changes.
    pub profile: Profile,
    /// Longest round trip that keeps the promise; `None` promises nothing.
    pub max_rtt: Option<RoundTrip>,
    /// Longest sum of round trips from the users through the regions of this workload and of all that are called for and waited for; `None` promises
    /// nothing.
    pub max_path_rtt: Option<RoundTrip>,
    /// What it asks of other workloads, by callee.
    pub calls: Vec<Call>,
    /// Share of all requests that must be within `max_rtt`.
    pub rtt_share: Ratio,
    /// What must be outlived. Regions and clouds are outlived in every period of the demand.
    pub survive: Survival,
    /// Longest round trip while regions or clouds are lost; `None` promises nothing then.
    pub degraded_max_rtt: Option<RoundTrip>,
    /// Load one replica may carry while regions or clouds are lost; above zero.
    pub degraded_rate_per_replica: MilliRps,
    /// At least this many regions that can answer somebody in time hold replicas; at least 1.
    pub min_regions: u32,
    /// At most this many regions hold replicas.
    pub max_regions: Option<u32>,
    /// Largest share of its users' requests that one region answers; above zero.
    pub max_region_share: Option<Ratio>,
    /// Largest share of its users' requests that one cloud answers; above zero.
    pub max_cloud_share: Option<Ratio>,
    /// What part of its users' requests each failure domain answers; regions in none of them hold nothing. Goes with no state.
    pub weights: Option<Weights>,
    /// In every region that holds replicas at least this many zones do; at least 1.
    pub min_zones: u32,
    /// Largest difference between the instances in two zones of a region; `None` for no limit. Goes with no state.
    pub max_zone_skew: Option<u64>,
    /// Most different machine types in one group; at least 1. Goes with neither spot, commitments nor state.
    pub max_machine_types: Option<u32>,
    /// Whether each user group is answered by one region.
    pub single_region_per_user: bool,
    /// Bytes of one response to the users.
    pub response: Bytes,
    /// The data it keeps, if any. State goes with no spot, and where it stands in one region not with the loss of regions or clouds.
    pub state: Option<State>,
    /// Whether machines with part-time processors count in full.
    pub allow_burstable: bool,
    /// Regions that must hold replicas.
    pub pinned: BTreeSet<RegionKey>,
    /// Whether spot machines may be used, and on which terms.
    pub spot: Option<SpotTerms>,
    /// Whether commitments may be used; never together with spot.
    pub uses_commitments: bool,
    /// Places and machines that may be used: the problem's own rules and the workload's, all of which hold.
    pub selectors: Vec<Selector>,
    /// What stood of it before, where that makes a difference, by region. Without the loss of regions or clouds.
    pub stood: BTreeMap<RegionKey, Stood>,
}

/// How what was sent to a workload and to those it calls was divided before, as far as one region had to do with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stood {
    /// By user group: the part that the region answered, in any unit that the regions of the workload share.
    pub traffic: BTreeMap<UserId, u64>,
    /// By name of a workload that it called, then region that answered: parts of those calls, in any unit that they share.
    pub calls: BTreeMap<String, BTreeMap<RegionKey, u64>>,
    /// A function answered so much, the first, of so much that was sent there, the second; one of one where no machines stood.
    pub function: Option<(u64, u64)>,
}

impl Stood {
    /// What is left of `load` for machines if the function answers the part that it answered then, rounded up; `None` where no machines stood.
    pub fn on_machines(&self, load: u128) -> Option<u128> {
        let (answered, of) = self.function.unwrap_or((0, 1));
        (answered < of).then(|| (load * u128::from(of - answered)).div_ceil(u128::from(of)))
    }
}

impl Workload {
    /// A workload that promises nothing and may be placed anywhere: each rule is added by setting its field.
    pub fn new(name: impl Into<String>, replica: Replica, rate_per_replica: MilliRps, demand: Vec<Demand>) -> Self {
        Self {
            name: name.into(),
            replica,
            runs_on_machines: true,
            function: None,
            reserved: Replica::default(),
            rate_per_replica,
            demand,
            replicas: None,
            profile: Profile::default(),
            max_rtt: None,
            max_path_rtt: None,
            calls: Vec::new(),
            rtt_share: Ratio::ONE,
            survive: Survival::default(),
            degraded_max_rtt: None,
            degraded_rate_per_replica: rate_per_replica,
            min_regions: 1,
            max_regions: None,
            max_region_share: None,
            max_cloud_share: None,
            weights: None,
            min_zones: 1,
            max_zone_skew: None,
            max_machine_types: None,
            single_region_per_user: false,
            response: Bytes(0),
            state: None,
            allow_burstable: false,
            pinned: BTreeSet::new(),
            spot: None,
            uses_commitments: true,
            selectors: Vec::new(),
            stood: BTreeMap::new(),
        }
    }

    /// Whether exactly so many replicas run as are counted, and not as many as its machines hold.
    pub fn is_counted_exactly(&self) -> bool {
        self.replicas.as_ref().is_some_and(Replicas::is_exact)
    }

    /// Sum of the demand of all user groups, each at its largest rate.
    pub fn total_demand(&self) -> MilliRps {
        MilliRps(self.demand.iter().map(|demand| demand.rate.0).sum())
    }

    /// The first rule that refuses `region`: restricted access, unless a list or a pin names the region, or a list, or weights of others; `None` if it may be used.
    pub fn region_refusal(&self, region: &Region) -> Option<&'static str> {
        let is_named =
            self.pinned.contains(&region.key) || self.selectors.iter().any(|selector| selector.names(region));
        if region.access == Access::Restricted && !is_named {
            return Some("restricted access");
        }
        let listed = self.selectors.iter().find_map(|selector| selector.region_refusal(region));
        let is_out = |weights: &Weights| weights.domain_of(&region.key).is_none();
        listed.or_else(|| self.weights.as_ref().is_some_and(is_out).then_some("spread.weights"))
    }

    /// The first list that refuses `machine`; `None` if it may be used.
    pub fn machine_refusal(&self, machine: &MachineType) -> Option<&'static str> {
        self.selectors.iter().find_map(|selector| selector.machine_refusal(machine))
    }

    /// The first list that refuses a service that runs functions: they have an instruction set, and nothing else that lists of machines name.
    pub fn function_refusal(&self, offer: &FunctionOffer) -> Option<&'static str> {
        self.selectors.iter().find_map(|selector| selector.architecture_refusal(offer.architecture))
    }

    /// Replicas that carry `load`: rounded up.
    pub fn replicas_for(&self, load: MilliRps) -> u64 {
        load.0.div_ceil(self.rate_per_replica.0)
    }
}
