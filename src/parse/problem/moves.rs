//! What a move costs: who stood where.

use crate::model::{Previous, RegionKey, Stood, UserId, Workload};

/// Tells workloads how their requests and calls were divided before, users by their names.
pub(super) fn stand(previous: &Previous, users: &[&str], workloads: &mut [Workload]) {
    for workload in workloads {
        // Names hold no slash, so a name with one behind it begins no other name.
        let prefix = format!("{}/", workload.name);
        let own = previous.groups.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
        for (key, group) in own {
            let Some((cloud, region)) = key[prefix.len()..].split_once('/') else { continue };
            let known = |(name, &part): (&String, &u64)| {
                let user = users.iter().position(|user| user == name)?;
                Some((UserId::at(user), part))
            };
            let place = |(name, &part): (&String, &u64)| {
                let (cloud, region) = name.split_once('/')?;
                Some((RegionKey::new(cloud, region), part))
            };
            let stood = Stood {
                traffic: group.traffic.iter().filter_map(known).collect(),
                calls: (group.calls.iter())
                    .map(|(callee, parts)| (callee.clone(), parts.iter().filter_map(place).collect()))
                    .collect(),
                function: if group.machines.is_empty() {
                    Some((1, 1))
                } else {
                    let function = group.function.as_ref().map(|function| (function.answered, function.of));
                    function.filter(|(_, of)| *of > 0)
                },
            };
            workload.stood.insert(RegionKey::new(cloud, region), stood);
        }
    }
}
