//! Round trips: measured where there is a measurement, interpolated from the nearest measurements elsewhere.
//!
//! Measured regions are **hubs**. Between a place u and a region r the round trip is the distance curve, corrected by what the hubs
//! near u (and, where r itself is no hub, near r) show:
//!
//! > rtt(u, r) = curve(d(u, r)) × H,   H = the weighted harmonic mean of measured(h, g) / curve(d(h, g))
//!
//! over the hubs h near u and g near r, with weights 1 / (50 km + distance)³ on either side, and the ratio 1 with the weight of a hub
//! 1,500 km away, so that the correction fades where no hub is near. The harmonic mean lets one bad route weigh little. The curve
//! joins the median round trips of distance classes. No result is below the fibre limit (100 km per millisecond there and back) or
//! [`FLOOR_MS`].
//!
//! This is the time between networks at data centre quality; a user's last mile (5–40 ms on cable, DSL or mobile) is not in it.
//! The error, measured by leaving one hub out, is asserted in this module's tests and told in `docs/catalog.md`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Catalog;
use crate::model::{Coordinates, Provenance, Region, RegionKey, Rtt};
use crate::units::RoundTrip;

/// Hubs near the user that are asked.
const HUBS: usize = 8;
/// Hubs near a region without measurements that stand for it.
const STAND_INS: usize = 4;
/// Distance at which a hub's weight is an eighth of that of one on the spot.
const NEAR_KM: f64 = 50.0;
/// Distance of the imaginary hub that says the curve is right.
const PRIOR_KM: f64 = 1_500.0;
/// A value is called a proxy if hubs stand within this distance of both ends.
const PROXY_KM: f64 = 300.0;
/// Light in fibre, there and back.
const FIBRE_KM_PER_MS: f64 = 100.0;
/// Least round trip between a user's network and a region of the same city: what measured pairs within 50 km show at the 10th percentile.
const FLOOR_MS: f64 = 2.0;
/// Between two machines of one region.
pub(super) const WITHIN_REGION: Rtt = Rtt { round_trip: RoundTrip(1_000), provenance: Provenance::Modelled };

/// The measurements, ready to be asked.
#[derive(Debug)]
pub(super) struct Network {
    hubs: Vec<(RegionKey, Coordinates)>,
    index: BTreeMap<RegionKey, usize>,
    /// Measured microseconds from hub to hub; zero where there is no measurement.
    micros: Vec<u32>,
    /// Measured time ÷ curve, from hub to hub; NaN where there is no measurement.
    ratios: Vec<f64>,
    curve: Vec<(f64, f64)>,
    /// Where the catalog's regions are, and the hubs that speak for each.
    regions: BTreeMap<RegionKey, (Coordinates, StandIns)>,
}

/// Hubs that speak for a region, with weights that sum to one.
type StandIns = Vec<(Near, f64)>;

/// A hub and its distance from somewhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Near {
    hub: usize,
    km: f64,
}

impl Near {
    fn weight(self) -> f64 {
        weight(self.km)
    }
}

fn weight(km: f64) -> f64 {
    let scaled = NEAR_KM / (km + NEAR_KM);
    scaled * scaled * scaled
}

impl Network {
    /// `measured` has, for each hub and each one after it, the microseconds between them, or zero.
    pub(super) fn new(
        hubs: Vec<RegionKey>,
        measured: &[u32],
        curve: Vec<(f64, f64)>,
        places: &BTreeMap<RegionKey, Coordinates>,
    ) -> Self {
        let count = hubs.len();
        let index = hubs.iter().enumerate().map(|(at, key)| (key.clone(), at)).collect();
        let located = |key: RegionKey| {
            let place = places[&key];
            (key, place)
        };
        let hubs = hubs.into_iter().map(located).collect();
        let mut network = Self {
            hubs,
            index,
            micros: vec![0; count * count],
            ratios: vec![f64::NAN; count * count],
            curve,
            regions: BTreeMap::new(),
        };
        let pairs = (0..count).flat_map(|one| (one + 1..count).map(move |other| (one, other)));
        for ((one, other), &micros) in pairs.zip(measured).filter(|(_, micros)| **micros > 0) {
            let km = network.hubs[one].1.distance_km(network.hubs[other].1);
            let ratio = f64::from(micros) / 1_000.0 / network.curve_ms(km);
            for (from, to) in [(one, other), (other, one)] {
                network.micros[from * count + to] = micros;
                network.ratios[from * count + to] = ratio;
            }
        }
        let with_stand_ins = |(key, &at): (&RegionKey, _)| (key.clone(), (at, network.nearest_hubs(key, at)));
        let regions = places.iter().map(with_stand_ins).collect();
        Self { regions, ..network }
    }

    /// The curve's round trip over a distance.
    fn curve_ms(&self, km: f64) -> f64 {
        let (Some(&first), Some(&last)) = (self.curve.first(), self.curve.last()) else {
            return km / FIBRE_KM_PER_MS;
        };
        if km <= first.0 {
            return first.1;
        }
        match self.curve.windows(2).find(|pair| km <= pair[1].0) {
            Some(pair) => {
                let ((from, low), (to, high)) = (pair[0], pair[1]);
                low + (high - low) * (km - from) / (to - from)
            }
            None => last.1 * km / last.0,
        }
    }

    pub(super) fn near(&self, at: Coordinates) -> Vec<Near> {
        let mut near: Vec<Near> =
            self.hubs.iter().enumerate().map(|(hub, (_, place))| Near { hub, km: place.distance_km(at) }).collect();
        near.sort_by(|a, b| a.km.total_cmp(&b.km).then(a.hub.cmp(&b.hub)));
        near
    }

    pub(super) fn measured(&self, one: &RegionKey, other: &RegionKey) -> Option<RoundTrip> {
        let (one, other) = (*self.index.get(one)?, *self.index.get(other)?);
        Some(self.micros[one * self.hubs.len() + other]).filter(|micros| *micros > 0).map(RoundTrip)
    }

    /// The hubs that speak for a region.
    pub(super) fn stand_ins(&self, key: &RegionKey, at: Coordinates) -> Cow<'_, [(Near, f64)]> {
        match self.regions.get(key) {
            Some((place, known)) if *place == at => Cow::Borrowed(known),
            _ => Cow::Owned(self.nearest_hubs(key, at)),
        }
    }

    /// The region itself if it is a hub, or the hubs nearest to it.
    fn nearest_hubs(&self, key: &RegionKey, at: Coordinates) -> StandIns {
        if let Some(&hub) = self.index.get(key) {
            return vec![(Near { hub, km: 0.0 }, 1.0)];
        }
        let mut near = self.near(at);
        near.truncate(STAND_INS);
        let total: f64 = near.iter().map(|near| near.weight()).sum();
        near.into_iter().map(|near| (near, near.weight() / total)).collect()
    }

    /// The interpolated round trip from a place, whose hubs by distance are `near`, to a region.
    pub(super) fn interpolated(
        &self,
        from: Coordinates,
        near: &[Near],
        stand_ins: &[(Near, f64)],
        to: Coordinates,
    ) -> Rtt {
        let km = from.distance_km(to);
        let prior = weight(PRIOR_KM);
        let (mut weights, mut inverse) = (prior, prior);
        let mut asked = 0;
        for near in near {
            let mut heard = false;
            for (stand_in, share) in stand_ins {
                let ratio = self.ratios[near.hub * self.hubs.len() + stand_in.hub];
                if !ratio.is_nan() {
                    heard = true;
                    weights += near.weight() * share;
                    inverse += near.weight() * share / ratio;
                }
            }
            asked += usize::from(heard);
            if asked == HUBS {
                break;
            }
        }
        let ms = (self.curve_ms(km) * weights / inverse).max(FLOOR_MS);
        // Tenths of a millisecond, as the measurements have; never below the fibre limit after rounding.
        let tenths = (ms * 10.0).round().max((km / FIBRE_KM_PER_MS * 10.0).ceil());
        let is_near = |near: Option<Near>| near.is_some_and(|near| near.km <= PROXY_KM);
        let is_proxy = is_near(near.first().copied()) && is_near(stand_ins.first().map(|(near, _)| *near));
        let provenance = if is_proxy { Provenance::Proxy } else { Provenance::Modelled };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a second, at least zero")]
        let micros = (tenths * 100.0) as u32;
        Rtt { round_trip: RoundTrip(micros), provenance }
    }
}

impl Catalog {
    /// The round trip from a place to each of `regions`, in their order. Regions the catalog does not know are interpolated from
    /// their coordinates; without coordinates nothing is known.
    pub fn rtt(&self, from: Coordinates, regions: &[Region]) -> Vec<Option<Rtt>> {
        let network = self.network();
        let near = network.near(from);
        regions
            .iter()
            .map(|region| {
                let to = region.coordinates?;
                let stand_ins = network.stand_ins(&region.key, to);
                Some(network.interpolated(from, &near, &stand_ins, to))
            })
            .collect()
    }

    /// The round trip between two regions of the catalog; `None` if it does not know one of them.
    pub fn rtt_between(&self, one: &RegionKey, other: &RegionKey) -> Option<Rtt> {
        let (one, other) = if one <= other { (one, other) } else { (other, one) };
        let network = self.network();
        if let Some(round_trip) = network.measured(one, other) {
            return Some(Rtt { round_trip, provenance: Provenance::Measured });
        }
        let (from, to) = (self.base().region(one)?.coordinates, self.base().region(other)?.coordinates);
        if one == other {
            return Some(WITHIN_REGION);
        }
        let near = network.near(from);
        Some(network.interpolated(from, &near, &network.stand_ins(other, to), to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative errors of predicting every measured pair with one end treated as a user's place whose hub, and every hub within
    /// `without_km`, is unknown.
    fn errors(network: &Network, without_km: f64) -> Vec<f64> {
        let mut errors = Vec::new();
        for (user, (_, from)) in network.hubs.iter().enumerate() {
            let near: Vec<Near> = network
                .near(*from)
                .into_iter()
                .filter(|near| near.hub != user && (without_km == 0.0 || near.km > without_km))
                .collect();
            for (region, (key, to)) in network.hubs.iter().enumerate() {
                let measured = network.micros[user * network.hubs.len() + region];
                if region == user || measured == 0 {
                    continue;
                }
                let predicted = network.interpolated(*from, &near, &network.stand_ins(key, *to), *to).round_trip.0;
                errors.push((f64::from(predicted) - f64::from(measured)) / f64::from(measured));
            }
        }
        errors
    }

    #[test]
    fn the_error_of_interpolation_is_known() {
        let network = Catalog::embedded().network();
        let mut lines = Vec::new();
        for without_km in [0.0, 50.0, 300.0, 1_000.0, 2_000.0] {
            let mut errors = errors(network, without_km);
            let share = |errors: &[f64], share: f64| {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    clippy::cast_precision_loss,
                    reason = "an index"
                )]
                let at = (errors.len() as f64 * share) as usize;
                errors[at] * 100.0
            };
            errors.sort_by(f64::total_cmp);
            let bias = share(&errors, 0.5);
            let mut errors: Vec<f64> = errors.into_iter().map(f64::abs).collect();
            errors.sort_by(f64::total_cmp);
            lines.push(format!(
                "no hub within {without_km:>4} km: {} pairs, median {:.1} %, 90th percentile {:.1} %, bias {bias:+.1} %",
                errors.len(),
                share(&errors, 0.5),
                share(&errors, 0.9),
            ));
        }
        insta::assert_snapshot!(lines.join("\n"), @r"
        no hub within    0 km: 7296 pairs, median 5.2 %, 90th percentile 20.7 %, bias -0.1 %
        no hub within   50 km: 7296 pairs, median 5.9 %, 90th percentile 22.1 %, bias -0.3 %
        no hub within  300 km: 7296 pairs, median 6.2 %, 90th percentile 22.2 %, bias -0.3 %
        no hub within 1000 km: 7296 pairs, median 10.4 %, 90th percentile 27.6 %, bias +2.0 %
        no hub within 2000 km: 7296 pairs, median 12.0 %, 90th percentile 31.1 %, bias +0.8 %
        ");
    }
}
