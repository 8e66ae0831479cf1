//! Where machines may stand, and of which types: the policy's lists against the fleet after the change.

use std::collections::{BTreeMap, BTreeSet};

use super::{Policy, rules};
use crate::catalog::Catalog;
use crate::diagnostic::quoted;
use crate::model::{Region, RegionKey, Selector};
use crate::review::finding::Finding;
use crate::review::report::{Deployment, Figure, FleetMember, Report, Unit};

/// A finding for each member, region and type that a list refuses, and for each place that is not known.
pub(super) fn findings(report: &Report, policy: &Policy, catalog: &Catalog) -> Vec<Finding> {
    let Some(selector) = &policy.places else { return Vec::new() };
    let after = |member: &'_ FleetMember| member.unit != Unit::Replicas && member.stands.after.is_some();
    let members: Vec<&FleetMember> = report.members.iter().filter(|member| after(member)).collect();
    let stands = |member: &FleetMember| member.stands.after.clone();
    let wanted: BTreeSet<RegionKey> =
        members.iter().filter_map(|member| stands(member)?.region.known().cloned()).collect();
    let regions: BTreeMap<RegionKey, Region> = catalog
        .supply(&[], &|key| wanted.contains(key))
        .map(|supply| supply.regions.into_iter().map(|region| (region.key.clone(), region)).collect())
        .unwrap_or_default();
    let mut findings = Vec::new();
    for member in members {
        let Some(stands) = &member.stands.after else { continue };
        findings.extend(region(member, stands, selector, &regions));
        findings.extend(types(member, stands, selector));
    }
    findings
}

fn region(
    member: &FleetMember,
    stands: &Deployment,
    selector: &Selector,
    regions: &BTreeMap<RegionKey, Region>,
) -> Option<Finding> {
    let names_places = [&selector.allowed, &selector.denied].into_iter().any(|filter| {
        filter.clouds.is_some()
            || filter.jurisdictions.is_some()
            || filter.countries.is_some()
            || filter.regions.is_some()
    });
    if !names_places {
        return None;
    }
    let undecided = |reason: String| {
        let message = format!("where the machines may stand is not decided: {reason}");
        Some(
            Finding::of(&rules::LIMIT_UNDECIDED, message)
                .at(&member.address)
                .about("region")
                .written(member.location.clone()),
        )
    };
    match &stands.region {
        Figure::Unknown(reason) => undecided(format!("the region is unknown, {reason}")),
        Figure::Known(key) => match regions.get(key) {
            None => undecided(format!("the catalog does not know the region {}", quoted(&key.to_string(), '`'))),
            Some(region) => selector.region_refusal(region).map(|list| {
                let message = format!(
                    "{key} ({}) is not within `{list}`",
                    region.country.as_deref().unwrap_or("country unknown")
                );
                let message =
                    if list.starts_with("denied") { message.replace("not within", "within") } else { message };
                Finding::of(&rules::PLACE_NOT_ALLOWED, message)
                    .at(&member.address)
                    .about("region")
                    .written(member.location.clone())
                    .help(format!("move it, or change {list} of the policy"))
            }),
        },
    }
}

fn types(member: &FleetMember, stands: &Deployment, selector: &Selector) -> Vec<Finding> {
    let (allowed, denied) = (&selector.allowed.instance_types, &selector.denied.instance_types);
    if allowed.is_none() && denied.is_none() || member.unit != Unit::Machines {
        return Vec::new();
    }
    let at = |finding: Finding| finding.at(&member.address).about("machine type").written(member.location.clone());
    let names = match &stands.machine_types {
        Figure::Known(names) => names,
        Figure::Unknown(reason) => {
            let message = format!("which machine types may be used is not decided: the type is unknown, {reason}");
            return vec![at(Finding::of(&rules::LIMIT_UNDECIDED, message))];
        }
    };
    let mut findings = Vec::new();
    for name in names {
        let fits = |globs: &BTreeSet<crate::model::Glob>| globs.iter().any(|glob| glob.matches(name));
        let refusal = if allowed.as_ref().is_some_and(|globs| !fits(globs)) {
            Some(("allowed.instance_types", "not within"))
        } else if denied.as_ref().is_some_and(fits) {
            Some(("denied.instance_types", "within"))
        } else {
            None
        };
        if let Some((list, is)) = refusal {
            let finding = Finding::of(&rules::PLACE_NOT_ALLOWED, format!("{} is {is} `{list}`", quoted(name, '`')));
            findings.push(at(finding).help(format!("use another type, or change {list} of the policy")));
        }
    }
    findings
}
