//! Shares of traffic that sum to exactly one.
//!
//! Each user group's requests to a workload are divided in millionths by largest remainder: every group gets its share rounded down, and
//! the millionths that are left go one each to the largest remainders, of equal ones to the first region.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::model::{RegionId, UserId, WorkloadId};
use crate::render::group::Group;
use crate::units::Ratio;

/// By workload, user group and region.
pub(super) type Shares = BTreeMap<(WorkloadId, UserId, RegionId), Ratio>;

/// The shares of all groups of a placement.
pub(super) fn shares(groups: &[Group<'_>]) -> Shares {
    let mut flows: BTreeMap<(WorkloadId, UserId), Vec<(RegionId, u64)>> = BTreeMap::new();
    for group in groups {
        for traffic in &group.traffic {
            flows.entry((group.ids.0, traffic.id)).or_default().push((group.ids.1, traffic.rate.0));
        }
    }
    let of_user = |((workload, user), flows): ((WorkloadId, UserId), Vec<(RegionId, u64)>)| {
        let rates: Vec<u64> = flows.iter().map(|&(_, rate)| rate).collect();
        let shares = divided(&rates);
        flows.into_iter().zip(shares).map(move |((region, _), share)| ((workload, user, region), share))
    };
    flows.into_iter().flat_map(of_user).collect()
}

/// `rates` as parts of their sum.
pub(super) fn divided(rates: &[u64]) -> Vec<Ratio> {
    let whole = u128::from(Ratio::ONE.0);
    let total: u128 = rates.iter().map(|&rate| u128::from(rate)).sum();
    if total == 0 {
        return vec![Ratio(0); rates.len()];
    }
    let floors: Vec<u128> = rates.iter().map(|&rate| u128::from(rate) * whole / total).collect();
    let mut left = whole - floors.iter().sum::<u128>();
    let mut order: Vec<usize> = (0..rates.len()).collect();
    order.sort_by_key(|&index| (Reverse(u128::from(rates[index]) * whole % total), index));
    let mut shares = floors;
    for index in order {
        if left == 0 {
            break;
        }
        shares[index] += 1;
        left -= 1;
    }
    shares.into_iter().map(|share| Ratio(u32::try_from(share).unwrap_or(Ratio::ONE.0))).collect()
}

#[cfg(test)]
mod tests {
    use super::divided;

    #[test]
    fn shares_sum_to_one() {
        for (rates, expected) in [
            (vec![1, 1, 1], vec![333_334, 333_333, 333_333]),
            (vec![2, 1], vec![666_667, 333_333]),
            (vec![5], vec![1_000_000]),
            (vec![u64::MAX, 1], vec![1_000_000, 0]),
        ] {
            let shares: Vec<u32> = divided(&rates).into_iter().map(|share| share.0).collect();
            assert_eq!(shares, expected);
        }
    }
}
