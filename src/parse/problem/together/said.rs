//! What a workload, or a problem, can say that does not go with something else, and what it is called.

/// Something that a workload says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Pool,
    Calls,
    IsCalled,
    LostRegions,
    LostClouds,
    SeveralRegions,
    RegionShare,
    CloudShare,
    Weights,
    ZoneSkew,
    MachineTypes,
    SeveralPins,
    Spot,
    /// Asked for by a workload that calls or is called.
    CommitmentsBesideCalls,
    /// Demand that changes, of a workload that calls others or is called.
    ChangingCalls,
    /// Demand of user groups that rise and fall apart.
    DemandApart,
    /// That user groups of workloads that call each other, it among them, rise and fall apart.
    ApplicationApart,
    State,
    /// With all copies in one region.
    StateInOneRegion,
    /// With copies in several regions.
    StateInRegions,
    Function,
    /// As which a workload may run beside machines.
    FunctionBesideMachines,
}

/// Something that a problem says, or that some workload of it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stated {
    MaxCarbon,
    Order,
    CarbonInOrder,
    CarbonPrice,
    LatencyPrice,
    MovePrice,
    Previous,
    Alternatives,
    Bindings,
    Pools,
    /// Of a workload of which a group may mix so many types.
    CommitmentsOfTypes,
    MachineTypes,
    /// Functions, where no service says what it emits.
    SilentFunctions,
    LostPlaces,
    /// User groups of workloads that call each other rise and fall apart.
    ApplicationApart,
    MaxCost,
    Quotas,
    /// Machines of which there is a limited number.
    Stock,
}

impl Said {
    /// What it is called.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Pool => "a place in a pool",
            Self::Calls => "`calls`",
            Self::IsCalled => "being called by other workloads",
            Self::LostRegions => "`survive.regions`",
            Self::LostClouds => "`survive.clouds`",
            Self::SeveralRegions => "`min_regions`",
            Self::RegionShare => "`spread.max_region_share`",
            Self::CloudShare => "`spread.max_cloud_share`",
            Self::Weights => "`spread.weights`",
            Self::ZoneSkew => "`max_zone_skew`",
            Self::MachineTypes => "`max_machine_types`",
            Self::SeveralPins => "`pin` of several regions",
            Self::Spot => "`purchase.spot`",
            Self::CommitmentsBesideCalls => "`purchase.commitments` beside calls",
            Self::ChangingCalls => "demand that changes beside calls",
            Self::State | Self::StateInOneRegion => "`state`",
            Self::StateInRegions => "`state.multi_region`",
            Self::Function => "`function`",
            Self::DemandApart => "demand of user groups that do not rise and fall together",
            Self::ApplicationApart => "demand of user groups that do not rise and fall together, beside calls",
            Self::FunctionBesideMachines => "`function` beside machines",
        }
    }
}

impl Stated {
    /// What it is called.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::MaxCarbon => "`limits.max_monthly_carbon_kg`",
            Self::Order => "`objective.order`",
            Self::CarbonInOrder => "`carbon` in `objective.order`",
            Self::CarbonPrice => "`objective.carbon_usd_per_tonne`",
            Self::LatencyPrice => "`objective.latency_usd_per_rps_ms`",
            Self::MovePrice => "`objective.move_usd_per_replica`",
            Self::Previous => "`previous`",
            Self::Alternatives => "`alternatives`",
            Self::Bindings => "`bindings`",
            Self::Pools => "`pools`",
            Self::CommitmentsOfTypes => "`catalog.commitments` that the workload may use",
            Self::MachineTypes => "`max_machine_types`",
            Self::SilentFunctions => "`function`",
            Self::LostPlaces => "`survive.regions` and `survive.clouds`",
            Self::ApplicationApart => "demand of user groups that do not rise and fall together, beside calls",
            Self::MaxCost => "`limits.max_monthly_cost_usd`",
            Self::Quotas => "`limits.quotas`",
            Self::Stock => "machines of a limited number",
        }
    }
}
