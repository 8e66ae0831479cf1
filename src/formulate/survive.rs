//! Survival of zones, for machines of one type in a region of Z zones; of regions and clouds (`places`).
//!
//! Let n be the machines that the load needs. After the loss of any k zones at least n must be left, that is, all but the k fullest
//! zones hold n. If the fullest zone left holds m = ceil(n / (Z − k)) machines, the k lost zones need hold no more than m each, so
//!
//! > machines(n) = n + k × ceil(n / (Z − k))
//!
//! is the least total, reached by k zones of m machines and n machines spread evenly, at most m each, over the Z − k others.
//! Fewer zones would need no fewer machines, because the quotient grows as zones are taken away. Of all ways to spread a number of machines over
//! the zones the most even one leaves most, because it puts least into the k fullest.

mod called;
mod places;
mod shortage;
mod times;

pub(super) use called::most_called_then;
pub use called::{Left, left_of};
pub use places::short_groups;
pub(super) use places::{Outlived, losses, outlives, rows, stands_in, tighten, without_largest};
pub use shortage::shortage;
pub use times::subsets;

/// Least number of machines in `zones` zones such that `needed` are left after the loss of any `lost` zones.
///
/// `lost` must be below `zones`.
pub(super) const fn instances_surviving(needed: u64, zones: u64, lost: u64) -> u64 {
    needed + lost * needed.div_ceil(zones - lost)
}

/// `machines` by zone, fullest first, as evenly as can be: at most ceil(machines / zones) in each, which for the machines above is m.
#[cfg(test)]
fn instances_by_zone(machines: u64, zones: u64) -> Vec<u64> {
    (0..zones).map(|zone| machines / zones + u64::from(zone < machines % zones)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every way to put `total` machines in `zones` zones.
    fn distributions(total: u64, zones: usize) -> Vec<Vec<u64>> {
        if zones == 1 {
            return vec![vec![total]];
        }
        (0..=total)
            .flat_map(|first| {
                distributions(total - first, zones - 1).into_iter().map(move |mut rest| {
                    rest.push(first);
                    rest
                })
            })
            .collect()
    }

    fn survives(mut by_zone: Vec<u64>, needed: u64, lost: u32) -> bool {
        by_zone.sort_unstable_by(|a, b| b.cmp(a));
        by_zone[lost as usize..].iter().sum::<u64>() >= needed
    }

    #[test]
    fn no_distribution_survives_with_fewer_machines() {
        for zones in 1..=4_usize {
            for lost in 0..u32::try_from(zones).unwrap() {
                for needed in 1..=7 {
                    let total = instances_surviving(needed, zones as u64, u64::from(lost));
                    let ours = instances_by_zone(total, zones as u64);
                    assert_eq!(ours.iter().sum::<u64>(), total, "{needed} {zones} {lost}");
                    assert!(survives(ours, needed, lost));
                    assert!(!distributions(total - 1, zones).into_iter().any(|d| survives(d, needed, lost)));
                }
            }
        }
    }
}
