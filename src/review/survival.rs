//! What a service outlives: all instances of one block, at their expected sizes.
//!
//! A group over z zones keeps its n machines in balance, so no zone holds more than ceil(n / z) of them. A zone's load is the sum of that
//! over the members that may stand in it, which is at least what it really holds; so a loss told here is never too small.

use std::collections::{BTreeMap, BTreeSet};

use super::reason::Reason;
use super::report::{Change, Deployment, Endurance, Figure, FleetMember, Loss, Service, Unit};
use crate::model::RegionKey;
use crate::units::Ratio;

/// The services of a fleet, by block.
pub(super) fn services(members: &[FleetMember]) -> Vec<Service> {
    let mut blocks: BTreeMap<&str, Vec<&FleetMember>> = BTreeMap::new();
    for member in members.iter().filter(|member| member.unit == Unit::Machines) {
        blocks.entry(&member.block).or_default().push(member);
    }
    let service = |(block, members): (&str, Vec<&FleetMember>)| {
        let before: Vec<_> = members.iter().filter_map(|member| member.stands.before.as_ref()).collect();
        let after: Vec<_> = members.iter().filter_map(|member| member.stands.after.as_ref()).collect();
        Service {
            block: block.to_owned(),
            members: members.iter().map(|member| member.address.clone()).collect(),
            endures: Change { before: endurance(&before), after: endurance(&after) },
        }
    };
    blocks.into_iter().map(service).collect()
}

fn endurance(standing: &[&Deployment]) -> Option<Endurance> {
    if standing.is_empty() {
        return None;
    }
    let regions: BTreeSet<RegionKey> = standing.iter().filter_map(|one| one.region.known().cloned()).collect();
    Some(Endurance {
        regions: regions.into_iter().collect(),
        zone: loss(standing, |one, count, loads: &mut BTreeMap<(RegionKey, String), u64>| {
            let region = known(&one.region, "region")?;
            let zones = one
                .zones
                .known()
                .ok_or_else(|| one.zones.reason().cloned().unwrap_or(Reason::Follows { from: "zones" }))?;
            for zone in zones {
                *loads.entry((region.clone(), zone.clone())).or_default() += count.div_ceil(zones.len().max(1) as u64);
            }
            Ok(())
        }),
        region: loss(standing, |one, count, loads: &mut BTreeMap<RegionKey, u64>| {
            *loads.entry(known(&one.region, "region")?.clone()).or_default() += count;
            Ok(())
        }),
    })
}

fn known<'f, T>(figure: &'f Figure<T>, from: &'static str) -> Result<&'f T, Reason> {
    figure.known().ok_or(Reason::Follows { from })
}

/// What the loss of the fullest domain takes; `load` adds what a deployment puts into each.
fn loss<D: Ord>(
    standing: &[&Deployment],
    load: impl Fn(&Deployment, u64, &mut BTreeMap<D, u64>) -> Result<(), Reason>,
) -> Figure<Loss> {
    let mut loads = BTreeMap::new();
    let mut total = 0_u64;
    for one in standing {
        let count = match &one.count {
            Figure::Known(count) => count.expected,
            Figure::Unknown(_) => return Figure::Unknown(Reason::Follows { from: "count" }),
        };
        if count == 0 {
            continue;
        }
        total = total.saturating_add(count);
        if let Err(reason) = load(one, count, &mut loads) {
            return Figure::Unknown(reason);
        }
    }
    if total == 0 {
        return Figure::Unknown(Reason::Because("it holds no machines at its expected size".to_owned()));
    }
    let fullest = loads.values().copied().max().unwrap_or(total).min(total);
    let millionths = u128::from(fullest) * 1_000_000 / u128::from(total);
    Figure::Known(Loss { survives: fullest < total, share: Ratio(u32::try_from(millionths).unwrap_or(Ratio::ONE.0)) })
}
