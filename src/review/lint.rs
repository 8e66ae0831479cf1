//! Traps of Terraform that a plan shows: keys that change with what they should not, data read too late, sizes written under an autoscaler.

use std::collections::BTreeSet;

use super::configuration::Sources;
use super::finding::Finding;
use super::fleet::PLACEMENT;
use super::plan::Plan;
use super::report::{Action, Deployment, Figure, FleetMember};
use super::rules;

/// The findings, in no order.
pub(super) fn lint(plan: &Plan<'_>, members: &[FleetMember], sources: &Sources<'_>) -> Vec<Finding> {
    let mut found = late_reads(plan);
    let mut seen = BTreeSet::new();
    for member in members {
        found.extend(key_from_type(member));
        found.extend(count_under_autoscaler(plan, member, sources));
        if seen.insert(&member.block) {
            found.extend(key_from_position(plan, member));
        }
    }
    if !plan.is_complete || !plan.deferred.is_empty() {
        let count = plan.deferred.len();
        let message = if count > 0 {
            format!("{count} changes are put off to a later plan")
        } else {
            "Terraform says that this plan does not do all that the configuration asks".to_owned()
        };
        found.push(
            Finding::of(rules::INCOMPLETE, message)
                .help("apply it, and plan again until Terraform says it is complete"),
        );
    }
    found
}

fn late_reads(plan: &Plan<'_>) -> Vec<Finding> {
    let told = |(address, late): (&String, &super::plan::LateRead)| {
        let depends_on = plan.configuration.depends_on(&late.block);
        let why = match late.reason.as_str() {
            "read_because_config_unknown" => "its arguments are known only after the apply",
            "read_because_dependency_pending" if !depends_on.is_empty() => "something under its `depends_on` changes",
            "read_because_dependency_pending" => "something it depends on changes",
            "read_because_check_nested" => return None,
            _ => "Terraform reads it late",
        };
        let help = if depends_on.is_empty() {
            "apply what it depends on first".to_owned()
        } else {
            format!("remove `depends_on` ({}), or apply that first", depends_on.join(", "))
        };
        let mut finding =
            Finding::of(rules::DEFERRED_DATA, format!("`{address}` is read only during the apply: {why}"));
        // A placement decides what is applied; of other data no more is known than that it is late.
        if late.kind != PLACEMENT {
            finding.severity = super::Severity::Note;
        }
        Some(finding.at(address).help(help))
    };
    plan.late_reads.iter().filter_map(told).collect()
}

/// What stands between the quotation marks of the instance's own key.
fn key(address: &str) -> Option<&str> {
    let start = address.rfind("[\"")?;
    address[start + 2..].split_once("\"]").map(|(key, _)| key)
}

fn key_from_type(member: &FleetMember) -> Option<Finding> {
    let key = key(&member.address)?;
    let stands = member.stands.after.as_ref().or(member.stands.before.as_ref())?;
    let types = stands.machine_types.known()?;
    let parts: Vec<&str> = key.split(['/', ':', '|', ',', ' ', '@', '=']).collect();
    let machine_type = types.iter().find(|machine_type| parts.contains(&machine_type.as_str()))?;
    let message =
        format!("the key of `{}` holds its machine type `{machine_type}`: another type destroys it", member.address);
    Some(
        Finding::of(rules::KEY_FROM_TYPE, message)
            .at(&member.address)
            .about("for_each")
            .help("use keys that name places, such as those of a placement's groups"),
    )
}

/// `count` over a placement: instances by number, and a reference to a placement in what repeats the block.
fn key_from_position(plan: &Plan<'_>, member: &FleetMember) -> Option<Finding> {
    let is_numbered = member.address.ends_with(']') && !member.address.ends_with("\"]");
    let targets = plan.configuration.repetition_targets(&member.block);
    let is_placement = |block: &str| block.split('.').any(|part| part == PLACEMENT);
    (is_numbered && targets.iter().any(|target| is_placement(&target.block))).then(|| {
        let message = format!("the instances of `{}` are counted from a placement", member.block);
        Finding::of(rules::KEY_FROM_POSITION, message)
            .at(&member.block)
            .about("count")
            .help("use `for_each` over the placement's `groups_by_workload`")
    })
}

/// The argument that writes the size of a group that scales.
fn size_argument(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "aws_autoscaling_group" => &["desired_capacity"],
        "aws_eks_node_group" => &["scaling_config", "desired_size"],
        "google_compute_instance_group_manager" | "google_compute_region_instance_group_manager" => &["target_size"],
        "google_container_node_pool" | "azurerm_kubernetes_cluster_node_pool" => &["node_count"],
        "azurerm_kubernetes_cluster" => &["default_node_pool", "node_count"],
        "azurerm_linux_virtual_machine_scale_set"
        | "azurerm_windows_virtual_machine_scale_set"
        | "azurerm_orchestrated_virtual_machine_scale_set" => &["instances"],
        "kubernetes_deployment"
        | "kubernetes_deployment_v1"
        | "kubernetes_stateful_set"
        | "kubernetes_stateful_set_v1" => &["spec", "replicas"],
        _ => return None,
    })
}

fn count_under_autoscaler(plan: &Plan<'_>, member: &FleetMember, sources: &Sources<'_>) -> Option<Finding> {
    let names = size_argument(&member.kind)?;
    if !plan.configuration.is_written(&member.block, names) {
        return None;
    }
    let after = scaled(member.stands.after.as_ref())?;
    let argument = names.join(".");
    let last = names.last().copied().unwrap_or_default();
    let help = format!("leave `{argument}` out, or list it under `ignore_changes` in `lifecycle`");
    if let (Action::Update, Some(before)) = (member.action, expected(member.stands.before.as_ref()))
        && before != after
    {
        let message = format!(
            "the apply sets `{argument}` of `{}` from {before} to {after}, whatever the load is then",
            member.address
        );
        return Some(Finding::of(rules::COUNT_RESET, message).at(&member.address).about(argument).help(help));
    }
    // Only the configuration tells what is ignored.
    (sources.ignores(&member.block, names.first().copied().unwrap_or(last)) == Some(false)).then(|| {
        let message =
            format!("`{}` scales, and its `{argument}` is written: the next apply sets it back", member.block);
        Finding::of(rules::COUNT_WRITTEN, message).at(&member.address).about(argument).help(help)
    })
}

fn expected(stands: Option<&Deployment>) -> Option<u64> {
    match &stands?.count {
        Figure::Known(count) => Some(count.expected),
        Figure::Unknown(_) => None,
    }
}

/// The expected size of what scales.
fn scaled(stands: Option<&Deployment>) -> Option<u64> {
    stands?.count.known().filter(|count| count.min < count.max).map(|count| count.expected)
}
