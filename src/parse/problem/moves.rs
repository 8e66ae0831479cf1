//! What a move costs: who stood where.

use crate::model::{Previous, RegionKey, UserId, Workload};

/// Tells workloads how their requests were divided before, users by their names.
pub(super) fn stand(previous: &Previous, users: &[&str], workloads: &mut [Workload]) {
    for workload in workloads {
        // Names hold no slash, so a name with one behind it begins no other name.
        let prefix = format!("{}/", workload.name);
        let own = previous.groups.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
        for (key, group) in own {
            let Some((cloud, region)) = key[prefix.len()..].split_once('/') else { continue };
            let parts = workload.stood.entry(RegionKey::new(cloud, region)).or_default();
            let known = |(name, &part): (&String, &u64)| {
                let user = users.iter().position(|user| user == name)?;
                Some((UserId::at(user), part))
            };
            parts.extend(group.traffic.iter().filter_map(known));
        }
    }
}
