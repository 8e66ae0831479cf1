//! Supply: every region that is open to the public or named by a workload, what is on sale there, and the round trips.
//!
//! Regions that allow and deny lists refuse stay in the problem: only so can a conflict name the list that would have to change, and an
//! explanation what a list costs. The formulation refuses them at once, so they cost next to nothing.

use super::Decoder;
use super::overlays::Decoded;
use crate::catalog::commitments;
use crate::model::{Access, Commitment, MachineType, Offer, Region, RegionKey, RttTable, TypeId, UserGroup, Workload};

/// The parts of a problem that come from the catalog, and the workloads they are for.
#[derive(Default)]
pub(super) struct Supply {
    pub(super) workloads: Vec<Workload>,
    pub(super) regions: Vec<Region>,
    pub(super) machine_types: Vec<MachineType>,
    pub(super) commitments: Vec<Commitment>,
    pub(super) rtt: RttTable,
}

impl Decoder<'_> {
    /// Looks up supply; with errors so far only the overlays are checked.
    pub(super) fn supply(
        &mut self,
        overlays: &[Decoded<'_, '_>],
        users: &[UserGroup],
        workloads: Vec<Workload>,
    ) -> Supply {
        let is_sound = !self.diagnostics.has_errors();
        let wanted = |_: &RegionKey| is_sound;
        let parts: Vec<_> = overlays.iter().map(|decoded| decoded.overlay.clone()).collect();
        let supply = if workloads.iter().any(|workload| workload.spot.is_some()) {
            self.catalog.supply_with_spot(&parts, &wanted)
        } else {
            self.catalog.supply(&parts, &wanted)
        };
        let supply = match supply {
            Ok(supply) => supply,
            Err(errors) => {
                self.blame_overlays(overlays, errors);
                return Supply::default();
            }
        };
        let commitments = commitments(&parts)
            .into_iter()
            .map(|(label, offer)| Commitment { label: label.to_owned(), quantity: offer.quantity })
            .collect();
        let mut regions = supply.regions;
        let may_use = |region: &Region| workloads.iter().any(|workload| workload.region_refusal(region).is_none());
        regions.retain(|region| region.access == Access::Public || may_use(region));
        let machine_types = only_on_sale(supply.machine_types, &mut regions);
        let rows = users.iter().map(|user| self.catalog.rtt(user.coordinates, &regions)).collect();
        let rtt = RttTable::from_rows(regions.len(), rows);
        Supply { workloads, regions, machine_types, commitments, rtt }
    }
}

/// Drops machine types that none of `regions` sells, and renumbers the offers.
fn only_on_sale(machine_types: Vec<MachineType>, regions: &mut [Region]) -> Vec<MachineType> {
    let mut is_sold = vec![false; machine_types.len()];
    for offer in regions.iter().flat_map(|region| &region.offers) {
        is_sold[offer.machine_type.index()] = true;
    }
    let mut kept = Vec::new();
    let mut renumbered = Vec::with_capacity(machine_types.len());
    for (machine_type, is_sold) in machine_types.into_iter().zip(is_sold) {
        renumbered.push(TypeId::at(kept.len()));
        if is_sold {
            kept.push(machine_type);
        }
    }
    for Offer { machine_type, .. } in regions.iter_mut().flat_map(|region| &mut region.offers) {
        *machine_type = renumbered[machine_type.index()];
    }
    kept
}
