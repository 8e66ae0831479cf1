//! What a region costs beside its machines, listed, declared, and after overlays.

use crate::catalog::Catalog;
use crate::catalog::declared::Site;
use crate::catalog::overlay::Overlay;
use crate::model::RegionKey;
use crate::units::{Decimal, Money};

/// What presence, traffic, storage and power cost in a region.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    pub(super) fixed_monthly: Money,
    pub(super) internet_egress_per_gb: Option<Money>,
    pub(super) zone_egress_per_gb: Option<Money>,
    pub(super) storage_per_gib: Option<Money>,
    /// In 10^-4 g/kWh.
    pub(super) grid: Option<u64>,
}

impl Figures {
    pub(super) fn listed(catalog: &Catalog, key: &RegionKey) -> Self {
        let base = catalog.base();
        Self {
            fixed_monthly: Money::ZERO,
            internet_egress_per_gb: base.internet_egress.get(key).copied(),
            zone_egress_per_gb: catalog.inter_zone_egress_per_gb(key),
            storage_per_gib: None,
            grid: base.grid.get(key).and_then(|grams| u64::try_from(*grams).ok()),
        }
    }

    pub(super) fn of_site(site: &Site) -> Self {
        Self {
            fixed_monthly: site.fixed_monthly.unwrap_or_default(),
            internet_egress_per_gb: site.internet_egress_per_gb,
            zone_egress_per_gb: site.zone_egress_per_gb,
            storage_per_gib: site.storage_per_gib,
            grid: grid(site.grid_g_per_kwh),
        }
    }

    /// The figures after `overlays`. A cost for every region leaves alone the sites that state their own.
    pub(super) fn under(mut self, overlays: &[Overlay], key: &RegionKey) -> Self {
        for overlay in overlays {
            let (own, site) = (overlay.regions.get(key), overlay.sites.get(key));
            let stated = |own: Option<Option<Money>>, site: Option<Option<Money>>, all: Option<Money>| {
                own.flatten().or(site.flatten()).or(all)
            };
            let fixed =
                stated(own.map(|own| own.fixed_monthly), site.map(|site| site.fixed_monthly), overlay.fixed_monthly);
            self.fixed_monthly = fixed.unwrap_or(self.fixed_monthly);
            self.internet_egress_per_gb =
                own.and_then(|own| own.internet_egress_per_gb).or(self.internet_egress_per_gb);
            let of_zones = stated(
                own.map(|own| own.zone_egress_per_gb),
                site.map(|site| site.zone_egress_per_gb),
                overlay.zone_egress_per_gb,
            );
            self.zone_egress_per_gb = of_zones.or(self.zone_egress_per_gb);
            let storage = stated(
                own.map(|own| own.storage_per_gib),
                site.map(|site| site.storage_per_gib),
                overlay.storage_per_gib,
            );
            self.storage_per_gib = storage.or(self.storage_per_gib);
            self.grid = own.and_then(|own| grid(own.grid_g_per_kwh)).or(self.grid);
        }
        self
    }
}

fn grid(grams: Option<Decimal>) -> Option<u64> {
    grams.and_then(|grams| u64::try_from(grams.in_units(4).ok()?).ok())
}
