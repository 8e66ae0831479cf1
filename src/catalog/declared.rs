//! What a problem or a provider declares of its own: sites with their machines, machine types, and what it knows of the catalog's types.
//!
//! A **site** is a region like any other, in a cloud that may be nobody else's: a data centre, an edge location, a private region, or a region
//! of a world in which the embedded catalog plays no part. What it sells is listed in the site; what a machine type *is* stands apart, by cloud
//! and name, because a type means the same wherever it is sold.

use std::collections::BTreeMap;

use super::carbon::Footprint;
use crate::model::{Architecture, Coordinates, MachineType, Resources};
use crate::units::{Amount, Bytes, Carbon, Decimal, Millicores, Money};

/// A region that an overlay declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// Where it is; `None` if only declared round trips are known.
    pub coordinates: Option<Coordinates>,
    /// ISO 3166-1 alpha-2 code.
    pub country: Option<String>,
    /// Names of its zones, in order; at least one.
    pub zones: Vec<String>,
    /// Fixed monthly cost when it is used.
    pub fixed_monthly: Option<Money>,
    /// Price of 10^9 bytes to the Internet; `None` is unknown.
    pub internet_egress_per_gb: Option<Money>,
    /// Price of 10^9 bytes between its zones; `None` is unknown.
    pub zone_egress_per_gb: Option<Money>,
    /// Price of 2^30 bytes of block storage for a month; `None` is unknown.
    pub storage_per_gib: Option<Money>,
    /// Intensity of its grid in grams of CO₂ equivalent per kWh; `None` is unknown.
    pub grid_g_per_kwh: Option<Decimal>,
    /// What it sells, by type of its cloud.
    pub machines: BTreeMap<String, SiteMachine>,
}

/// A machine type on sale in a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteMachine {
    /// Price of one instance for one hour; may be zero.
    pub hourly: Money,
    /// Emissions of one running instance for one hour; `None` follows from the type's power and the site's grid.
    pub carbon_hourly: Option<Carbon>,
    /// How many there are in all; `None` is as many as anybody wants.
    pub count: Option<u64>,
    /// How many there are in each zone; zones that are not named have none.
    pub zone_counts: Option<BTreeMap<String, u64>>,
}

/// What an overlay says of one machine type: everything about a type of its own, or what the catalog does not know of one it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnType {
    /// Processor; a type that the catalog does not have must say.
    pub vcpu: Option<Millicores>,
    /// Memory; a type that the catalog does not have must say.
    pub memory: Option<Bytes>,
    /// Accelerators on board.
    pub gpus: Option<u32>,
    /// Their model.
    pub gpu_model: Option<String>,
    /// Further resources, by name.
    pub resources: BTreeMap<String, Amount>,
    /// The family; a new type without one is its own.
    pub family: Option<String>,
    /// Instruction set; a new type without one is `x86_64`.
    pub architecture: Option<Architecture>,
    /// Whether its processor is there only part of the time.
    pub is_burstable: Option<bool>,
    /// Mean power drawn from the grid, cooling included.
    pub watts: Option<Decimal>,
    /// Emissions of its manufacture for each hour of use, in grams of CO₂ equivalent.
    pub embodied_g_per_hour: Option<Decimal>,
}

/// The largest power that can be computed with: 100 kW.
pub(super) const LARGEST_POWER: i128 = 100_000;

/// The largest embodied emissions of an hour that can be computed with: 10 kg.
pub(super) const LARGEST_EMBODIED: i128 = 10_000;

impl OwnType {
    /// A type that the catalog does not have; `None` if processor or memory are missing.
    pub(super) fn new_type(&self, cloud: &str, name: &str) -> Option<(MachineType, Option<Footprint>)> {
        let mut machine = MachineType {
            cloud: cloud.to_owned(),
            name: name.to_owned(),
            family: name.to_owned(),
            vcpu: self.vcpu?,
            memory: self.memory?,
            gpus: 0,
            gpu_model: None,
            resources: Resources::default(),
            architecture: Architecture::X86_64,
            is_burstable: false,
        };
        let mut footprint = None;
        self.change(&mut machine, &mut footprint);
        Some((machine, footprint))
    }

    /// This and what a later overlay says, which counts where both speak.
    pub(super) fn completed_by(self, later: &Self) -> Self {
        let mut resources = self.resources;
        resources.extend(later.resources.clone());
        Self {
            vcpu: later.vcpu.or(self.vcpu),
            memory: later.memory.or(self.memory),
            gpus: later.gpus.or(self.gpus),
            gpu_model: later.gpu_model.clone().or(self.gpu_model),
            resources,
            family: later.family.clone().or(self.family),
            architecture: later.architecture.or(self.architecture),
            is_burstable: later.is_burstable.or(self.is_burstable),
            watts: later.watts.or(self.watts),
            embodied_g_per_hour: later.embodied_g_per_hour.or(self.embodied_g_per_hour),
        }
    }

    /// Puts what is said in the place of what was known.
    pub(super) fn change(&self, machine: &mut MachineType, footprint: &mut Option<Footprint>) {
        fn replace<T: Clone>(place: &mut T, said: Option<&T>) {
            if let Some(said) = said {
                place.clone_from(said);
            }
        }
        replace(&mut machine.vcpu, self.vcpu.as_ref());
        replace(&mut machine.memory, self.memory.as_ref());
        replace(&mut machine.gpus, self.gpus.as_ref());
        replace(&mut machine.family, self.family.as_ref());
        replace(&mut machine.architecture, self.architecture.as_ref());
        replace(&mut machine.is_burstable, self.is_burstable.as_ref());
        if self.gpu_model.is_some() {
            machine.gpu_model.clone_from(&self.gpu_model);
        }
        for (name, amount) in &self.resources {
            machine.resources.set(name, *amount);
        }
        if self.watts.is_some() || self.embodied_g_per_hour.is_some() {
            *footprint = Footprint::changed(*footprint, self.watts, self.embodied_g_per_hour);
        }
    }
}
