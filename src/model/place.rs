//! Where things are.

use std::fmt;

/// A point on the globe, in millionths of a degree (about 0.1 m).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coordinates {
    /// North positive, −90,000,000 to 90,000,000.
    pub latitude_microdegrees: i32,
    /// East positive, −180,000,000 to 180,000,000.
    pub longitude_microdegrees: i32,
}

impl Coordinates {
    /// Mean Earth radius in kilometres (IUGG mean radius R1).
    const EARTH_RADIUS_KM: f64 = 6371.0088;

    /// Great-circle distance in kilometres (haversine formula).
    ///
    /// A float: it feeds models of round trips, which are rounded to whole microseconds before any decision.
    pub fn distance_km(self, other: Self) -> f64 {
        let radians = |microdegrees: i32| (f64::from(microdegrees) / 1e6).to_radians();
        let (latitude_a, latitude_b) = (radians(self.latitude_microdegrees), radians(other.latitude_microdegrees));
        let half_latitude = (latitude_b - latitude_a) / 2.0;
        let half_longitude = (radians(other.longitude_microdegrees) - radians(self.longitude_microdegrees)) / 2.0;
        let h = half_latitude.sin().powi(2) + latitude_a.cos() * latitude_b.cos() * half_longitude.sin().powi(2);
        2.0 * Self::EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
    }
}

/// A region's full name: `cloud/region`, such as `aws/eu-central-1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionKey {
    /// `aws`, `azure`, `gcp`, or a cloud the problem declares.
    pub cloud: String,
    /// The cloud's own name of the region.
    pub region: String,
}

impl RegionKey {
    /// The key of `region` in `cloud`.
    pub fn new(cloud: impl Into<String>, region: impl Into<String>) -> Self {
        Self { cloud: cloud.into(), region: region.into() }
    }
}

impl fmt::Display for RegionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.cloud, self.region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frankfurt_to_new_york_is_6200_km() {
        let frankfurt = Coordinates { latitude_microdegrees: 50_110_924, longitude_microdegrees: 8_682_127 };
        let new_york = Coordinates { latitude_microdegrees: 40_712_776, longitude_microdegrees: -74_005_974 };
        let distance = frankfurt.distance_km(new_york);
        assert!((6_190.0..6_210.0).contains(&distance), "{distance}");
        assert!(frankfurt.distance_km(frankfurt).abs() < 1e-9);
    }
}
