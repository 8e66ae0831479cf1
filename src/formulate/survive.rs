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

mod places;
mod shortage;

pub(super) use places::{Outlived, rows, short_groups, stands_in, tighten};

/// Least number of machines in `zones` zones such that `needed` are left after the loss of any `lost` zones.
///
/// `lost` must be below `zones`.
pub fn instances_surviving(needed: u64, zones: usize, lost: u32) -> u64 {
    let left = zones as u64 - u64::from(lost);
    needed + u64::from(lost) * needed.div_ceil(left)
}

/// Machines left of `instances`, spread evenly over `zones` zones, after the loss of the fullest `lost` zones.
pub(super) fn needed_surviving(instances: u64, zones: usize, lost: u32) -> u64 {
    instances_by_zone(instances, zones).iter().skip(lost as usize).sum()
}

/// `instances` machines by zone, in zone order: fullest first, as even as the number allows.
pub fn instances_by_zone(instances: u64, zones: usize) -> Vec<u64> {
    let (each, more) = (instances / zones as u64, instances % zones as u64);
    (0..zones as u64).map(|zone| each + u64::from(zone < more)).collect()
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
        for zones in 1..=4 {
            for lost in 0..u32::try_from(zones).unwrap() {
                for needed in 1..=7 {
                    let total = instances_surviving(needed, zones, lost);
                    let ours = instances_by_zone(total, zones);
                    assert_eq!(ours.iter().sum::<u64>(), total, "{needed} {zones} {lost}");
                    assert!(survives(ours, needed, lost));
                    assert_eq!(needed_surviving(total, zones, lost), needed);
                    assert!(total == 0 || needed_surviving(total - 1, zones, lost) < needed);
                    assert!(!distributions(total - 1, zones).into_iter().any(|d| survives(d, needed, lost)));
                }
            }
        }
    }
}
