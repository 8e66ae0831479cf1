//! What can be bought, and where.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::{CommitmentId, Coordinates, FunctionOffer, RegionId, RegionKey, Resources, TypeId, UserId};
use crate::units::{Bytes, Carbon, Millicores, Money, RoundTrip};

/// Instruction set of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Architecture {
    /// 64-bit Intel and AMD.
    X86_64,
    /// 64-bit Arm.
    Arm64,
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        })
    }
}

/// A machine type of one cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineType {
    /// The cloud that sells it.
    pub cloud: String,
    /// The cloud's name of the type, such as `m7g.large`.
    pub name: String,
    /// The part of the name that types of one build share, such as `m7g`.
    pub family: String,
    /// Nominal processor.
    pub vcpu: Millicores,
    /// Nominal memory.
    pub memory: Bytes,
    /// Accelerators on board.
    pub gpus: u32,
    /// The vendor's name of the accelerators, such as `A100`; `None` if there are none or their model is not known.
    pub gpu_model: Option<String>,
    /// What else is on board, by name.
    pub resources: Resources,
    /// Instruction set.
    pub architecture: Architecture,
    /// True if the nominal processor is not available all the time (CPU credits, shared cores).
    pub is_burstable: bool,
}

impl MachineType {
    /// A type of steady x86-64 machines without accelerators, a family of its own.
    pub fn new(cloud: impl Into<String>, name: impl Into<String>, vcpu: Millicores, memory: Bytes) -> Self {
        let name = name.into();
        Self {
            cloud: cloud.into(),
            family: name.clone(),
            name,
            vcpu,
            memory,
            gpus: 0,
            gpu_model: None,
            resources: Resources::default(),
            architecture: Architecture::X86_64,
            is_burstable: false,
        }
    }
}

/// Who may buy in a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Any account (after opt-in where the cloud asks for it).
    Public,
    /// Government partitions and regions by invitation: used only if a filter names them.
    Restricted,
}

/// How a machine is bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purchase {
    /// By the hour, for as long as it is wanted.
    OnDemand,
    /// By the hour, until the cloud wants it back.
    Spot,
    /// For years, used or not.
    Committed(CommitmentId, Term),
}

/// How long a commitment binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Term {
    /// A year.
    OneYear,
    /// Three years.
    ThreeYears,
}

/// Machines that may be bought for a term, in limited number: what they are and cost is in the [`Offer`]s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// The label the problem gives.
    pub label: String,
    /// Most instances, of all types and in all regions together.
    pub quantity: u32,
}

impl fmt::Display for Purchase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OnDemand => "on_demand",
            Self::Spot => "spot",
            Self::Committed(_, Term::OneYear) => "committed_1_year",
            Self::Committed(_, Term::ThreeYears) => "committed_3_years",
        })
    }
}

/// A machine type on sale in a region, bought in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What is on sale.
    pub machine_type: TypeId,
    /// How it is bought.
    pub purchase: Purchase,
    /// Price of one instance for one hour.
    pub hourly: Money,
    /// Emissions of one running instance for one hour, operation and manufacture; `None` when no figure is known.
    pub carbon_hourly: Option<Carbon>,
    /// Spot only: at most this many percent of the instances are taken back in a month; `None` when no figure is known.
    pub interruption_percent: Option<u8>,
}

/// A region: zones that fail one at a time, offers, and what traffic and presence cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// `cloud/region`.
    pub key: RegionKey,
    /// Where it is; `None` if the problem does not say.
    pub coordinates: Option<Coordinates>,
    /// ISO 3166-1 alpha-2 code of the country whose ground it stands on; `None` if the problem does not say.
    pub country: Option<String>,
    /// Jurisdictions the country belongs to, such as `EU`, and the country's own code; empty if the country is not known.
    pub jurisdictions: BTreeSet<String>,
    /// Who may buy there.
    pub access: Access,
    /// Names of the zones, at least one, in order.
    pub zones: Vec<String>,
    /// What presence costs each month, whatever runs there.
    pub fixed_monthly: Money,
    /// Price of 10^9 bytes sent to the Internet; `None` when no price is known.
    pub internet_egress_per_gb: Option<Money>,
    /// Price of 10^9 bytes sent from one zone to another, what both ends pay; `None` when no price is known.
    pub zone_egress_per_gb: Option<Money>,
    /// Price of 2^30 bytes of block storage for a month; `None` when no price is known.
    pub storage_per_gib: Option<Money>,
    /// On sale here, by type, then purchase. What is sold otherwise is sold on demand too. Shared: a problem is often copied to change a little of
    /// it, and of all it holds this is the largest part.
    pub offers: Arc<[Offer]>,
    /// Services that run functions, by name, then instruction set.
    pub functions: Vec<FunctionOffer>,
    /// Most environments of functions that run at a time, for all workloads together; `None` for as many as anybody wants.
    pub max_environments: Option<u64>,
    /// Machines that are limited in number, by type; of every other type there is as much as anybody wants.
    pub stock: Vec<Stock>,
}

/// How many machines of a type there are in a region, for all workloads together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stock {
    /// The type.
    pub machine_type: TypeId,
    /// In all zones together.
    pub total: Option<u64>,
    /// In each zone, in the order of the region's zones.
    pub by_zone: Option<Vec<u64>>,
}

impl Stock {
    /// How many there can be in one zone.
    pub fn in_zone(&self, zone: usize) -> u64 {
        let there = self.by_zone.as_ref().and_then(|by_zone| by_zone.get(zone)).copied();
        there.unwrap_or(u64::MAX).min(self.total.unwrap_or(u64::MAX))
    }
}

impl Region {
    /// A region open to everybody where nothing is on sale yet and no traffic has a price.
    pub fn new(key: RegionKey, coordinates: Coordinates, country: impl Into<String>, zones: Vec<String>) -> Self {
        let country = country.into();
        Self {
            key,
            coordinates: Some(coordinates),
            jurisdictions: BTreeSet::from([country.clone()]),
            country: Some(country),
            access: Access::Public,
            zones,
            fixed_monthly: Money::ZERO,
            internet_egress_per_gb: None,
            zone_egress_per_gb: None,
            storage_per_gib: None,
            offers: Arc::default(),
            functions: Vec::new(),
            max_environments: None,
            stock: Vec::new(),
        }
    }
}

/// Where a round trip comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provenance {
    /// The problem declares it.
    Declared,
    /// Measured between these two places.
    Measured,
    /// Measured between places near them.
    Proxy,
    /// Computed from the distance.
    Modelled,
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Declared => "declared",
            Self::Measured => "measured",
            Self::Proxy => "proxy",
            Self::Modelled => "modelled",
        })
    }
}

/// A round trip and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rtt {
    /// The time.
    pub round_trip: RoundTrip,
    /// Where the figure comes from.
    pub provenance: Provenance,
}

/// Round trips between user groups and regions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RttTable {
    regions: usize,
    entries: Vec<Option<Rtt>>,
}

impl RttTable {
    /// A table of `rows`, one row per user group with one entry per region; `None` is unknown.
    ///
    /// # Panics
    /// If rows differ in length.
    pub fn from_rows(regions: usize, rows: Vec<Vec<Option<Rtt>>>) -> Self {
        assert!(rows.iter().all(|row| row.len() == regions), "one entry per region");
        Self { regions, entries: rows.into_iter().flatten().collect() }
    }

    /// The round trip between a user group and a region, if known.
    pub fn get(&self, user: UserId, region: RegionId) -> Option<Rtt> {
        self.entries[user.index() * self.regions + region.index()]
    }
}
