//! Residency: a region is a candidate only if every selector of the workload lets it pass.

use super::Rejection;
use crate::model::{Region, Workload};

/// The refusal of `region` by a rule about places, if any.
pub(super) fn refusal(workload: &Workload, region: &Region) -> Option<Rejection> {
    workload.region_refusal(region).map(|list| Rejection::Residency { list })
}
