//! Supply: every region that is open to the public or named by a workload, what is on sale there, and the round trips.
//!
//! Regions that allow and deny lists refuse stay in the problem: only so can a conflict name the list that would have to change, and an
//! explanation what a list costs. The formulation refuses them at once, so they cost next to nothing.

use std::sync::Arc;

use super::overlays::Decoded;
use super::pools::Stated;
use super::users::Declared;
use super::{Aim, Decoder};
use crate::catalog::{self, Overlay, OverlayError, commitments};
use crate::model::{
    Access, Commitment, LinkTable, MachineType, Pool, Provenance, Region, RegionKey, Rtt, RttTable, TypeId, Workload,
};
use crate::units::RoundTrip;

/// The parts of a problem that come from the catalog, and the workloads they are for.
#[derive(Default)]
pub(super) struct Supply {
    pub(super) workloads: Vec<Workload>,
    pub(super) pools: Vec<Pool>,
    pub(super) regions: Vec<Region>,
    pub(super) machine_types: Arc<[MachineType]>,
    pub(super) commitments: Vec<Commitment>,
    pub(super) rtt: RttTable,
    pub(super) links: LinkTable,
}

impl Decoder<'_> {
    /// Looks up supply; with errors so far only the overlays are checked, and where only findings matter nothing that has none.
    pub(super) fn supply(
        &mut self,
        overlays: &[Decoded<'_, '_>],
        users: &[Declared],
        workloads: Vec<Workload>,
        pools: Vec<Stated>,
        aim: Aim,
    ) -> Supply {
        let parts: Vec<_> = overlays.iter().map(|decoded| decoded.overlay.clone()).collect();
        let has_functions = workloads.iter().any(|workload| workload.function.is_some());
        if aim == Aim::Judge && self.is_listed(&parts, &workloads) && !has_functions {
            // The embedded catalog as it is, in which a test has found no fault.
            return Supply { workloads, pools: Self::settle_pools(pools, &[]), ..Supply::default() };
        }
        let (mut regions, machine_types) = match self.on_sale(&parts, &workloads, &pools) {
            Ok(supply) => (supply.regions, supply.machine_types),
            Err(errors) => {
                self.blame_overlays(overlays, errors);
                return Supply::default();
            }
        };
        let commitments = commitments(&parts)
            .into_iter()
            .map(|(label, offer)| Commitment { label: label.to_owned(), quantity: offer.quantity })
            .collect();
        if has_functions {
            self.catalog.add_functions(&parts, &mut regions);
        }
        let pools = Self::settle_pools(pools, &machine_types);
        let rows = users.iter().map(|user| self.round_trips(user, &regions)).collect();
        let rtt = RttTable::from_rows(regions.len(), rows);
        let sends = |workload: &Workload| {
            !workload.calls.is_empty() || workload.state.is_some_and(|state| state.is_multi_region)
        };
        let links = if workloads.iter().any(sends) { self.catalog.links(&regions) } else { LinkTable::default() };
        Supply { workloads, pools, regions, machine_types, commitments, rtt, links }
    }

    /// True if nothing has been found wrong, and prices are those of the embedded catalog, on demand.
    fn is_listed(&self, overlays: &[Overlay], workloads: &[Workload]) -> bool {
        !self.diagnostics.has_errors()
            && overlays.is_empty()
            && workloads.iter().all(|workload| workload.spot.is_none())
    }

    /// Regions that everybody may use, or the workloads ask for by name, and what they sell.
    fn on_sale(
        &self,
        overlays: &[Overlay],
        workloads: &[Workload],
        pools: &[Stated],
    ) -> Result<catalog::Supply, Vec<OverlayError>> {
        let may_use = |region: &Region| {
            workloads.iter().any(|workload| workload.region_refusal(region).is_none())
                || pools.iter().any(|stated| stated.pool.region_refusal(region).is_none())
        };
        if self.is_listed(overlays, workloads) && !self.catalog.restricted_regions().iter().any(may_use) {
            return Ok(self.catalog.public_supply());
        }
        let wanted = |_: &RegionKey| !self.diagnostics.has_errors();
        let mut supply = if workloads.iter().any(|workload| workload.spot.is_some()) {
            self.catalog.supply_with_spot(overlays, &wanted)?
        } else {
            self.catalog.supply(overlays, &wanted)?
        };
        supply.regions.retain(|region| region.access == Access::Public || may_use(region));
        Ok(only_on_sale(supply))
    }

    /// The round trips of a user group to all regions: its own where it declares them, the catalog's elsewhere.
    fn round_trips(&self, user: &Declared, regions: &[Region]) -> Vec<Option<Rtt>> {
        if user.group.is_counted() {
            // Nobody waits.
            let none = Rtt { round_trip: RoundTrip(0), provenance: Provenance::Declared };
            return vec![Some(none); regions.len()];
        }
        let known = match user.group.coordinates {
            Some(from) => self.catalog.rtt(from, regions),
            None => vec![None; regions.len()],
        };
        let declared = |region: &Region| {
            let round_trip = *user.round_trips.get(&region.key)?;
            Some(Rtt { round_trip, provenance: Provenance::Declared })
        };
        regions.iter().zip(known).map(|(region, known)| declared(region).or(known)).collect()
    }
}

/// Drops machine types that none of the regions sells, and renumbers the offers.
fn only_on_sale(supply: catalog::Supply) -> catalog::Supply {
    let catalog::Supply { mut regions, machine_types } = supply;
    let mut is_sold = vec![false; machine_types.len()];
    for offer in regions.iter().flat_map(|region| region.offers.iter()) {
        is_sold[offer.machine_type.index()] = true;
    }
    let mut kept = Vec::new();
    let mut renumbered = Vec::with_capacity(machine_types.len());
    for (machine_type, is_sold) in machine_types.iter().zip(is_sold) {
        renumbered.push(TypeId::at(kept.len()));
        if is_sold {
            kept.push(machine_type.clone());
        }
    }
    for region in &mut regions {
        let offered = Arc::make_mut(&mut region.offers).iter_mut().map(|offer| &mut offer.machine_type);
        for machine_type in offered.chain(region.stock.iter_mut().map(|stock| &mut stock.machine_type)) {
            *machine_type = renumbered[machine_type.index()];
        }
    }
    catalog::Supply { regions, machine_types: kept.into() }
}
