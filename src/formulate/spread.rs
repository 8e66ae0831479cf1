//! Spread: no region, and no cloud, answers more than its share of a workload's requests.
//!
//! > sum over c of x(s, c, r) <= most_in_region(s) × y(s, r)     for every region r
//! > sum over c and r of the cloud of x(s, c, r) <= most_in_cloud(s)     for every cloud
//!
//! with most = ceil(share × demand), so that shares which add up to one can always be met.

use std::collections::BTreeMap;

use super::program::{ColumnId, Program, Sense};
use super::{Service, functions};

/// Adds the shares of all services.
pub(super) fn rows(program: &mut Program<'_>) {
    for service in 0..program.services().count() {
        let placed = program.service(service);
        let mut clouds: BTreeMap<&str, Vec<(ColumnId, i128)>> = BTreeMap::new();
        for (region, candidates) in functions::by_region(placed) {
            let sent = candidates.iter().flat_map(|&at| program.traffic(service, at));
            let sent: Vec<_> = sent.map(|(_, column)| (column, 1)).collect();
            let cloud = program.problem().regions[region.index()].key.cloud.as_str();
            clouds.entry(cloud).or_default().extend(&sent);
            if let (Some(most), Some(in_use)) = (placed.most_in_region, program.present(service, region)) {
                let terms = sent.into_iter().chain([(in_use, -i128::from(most))]);
                program.add_row("spread", terms, Sense::AtMost, 0);
            }
        }
        for (_, sent) in clouds {
            if let Some(most) = placed.most_in_cloud {
                program.add_row("spread", sent, Sense::AtMost, most.into());
            }
        }
    }
}

/// Whether a service is spread by shares.
pub(super) fn is_in_force(service: &Service) -> bool {
    service.most_in_region.is_some() || service.most_in_cloud.is_some()
}
