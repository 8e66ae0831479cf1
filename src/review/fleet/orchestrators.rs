//! Copies that orchestrators run on machines of other members: Kubernetes, Helm, Nomad. They are counted and cost nothing of their own.

use hcl_edit::structure::Body;

use super::aws_groups::sizes;
use super::{Pool, Scene};
use crate::review::plan::{Attributes, Resource};
use crate::review::reason::Reason;
use crate::review::report::{Figure, Range};

pub(super) const SPEC: &[&str] = &["spec", "metadata"];

pub(super) const RELEASE: &[&str] = &["set", "values"];

pub(super) const JOB: &[&str] = &["task_groups", "jobspec"];

/// Names under which charts take a number of replicas.
const REPLICA_VALUES: &[&str] = &["replicaCount", "replicas"];

pub(super) fn deployment(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let replicas = attributes.at(&["spec", "replicas"]);
    let capacity = match scaler(scene, resource, attributes) {
        Some(found) => {
            let spec = |name: &str| found.at(&["spec", name]);
            sizes(&spec("min_replicas"), &replicas, &spec("max_replicas"))
        }
        None => replicas.whole().map(Range::fixed),
    };
    vec![Pool::replicas(capacity)]
}

/// The autoscaler that names this deployment: by kind and name, in the same namespace.
fn scaler<'a>(scene: &Scene<'_, 'a>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Option<Attributes<'a>> {
    let name = attributes.at(&["metadata", "name"]).text();
    let namespace = attributes.at(&["metadata", "namespace"]).text();
    let kind = if resource.kind.contains("stateful_set") { "StatefulSet" } else { "Deployment" };
    for one in scene.pod_scalers.iter().map(|&index| &scene.plan.resources[index]) {
        let Some(found) = one.attributes(scene.time, SPEC) else { continue };
        let target = |name: &str| found.at(&["spec", "scale_target_ref", name]).text();
        let is_same = target("kind").known().is_some_and(|target| target == kind)
            && target("name").known().is_some_and(|target| Some(target) == name.known())
            && found.at(&["metadata", "namespace"]).text().known() == namespace.known();
        if is_same {
            return Some(found);
        }
    }
    None
}

pub(super) fn daemon_set(_: &Scene<'_, '_>, _: &Resource<'_>, _: &Attributes<'_>) -> Vec<Pool> {
    vec![Pool::replicas(Figure::Unknown(Reason::Because("there is one on each node of its cluster".to_owned())))]
}

pub(super) fn release(_: &Scene<'_, '_>, _: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let set = attributes.get("set");
    // What `set` says goes before what `values` say, and the later of two before the earlier.
    for item in set.items().iter().rev() {
        let is_replicas = item.get("name").text().known().is_some_and(|name| REPLICA_VALUES.contains(&name.as_ref()));
        if is_replicas {
            return vec![Pool::replicas(item.get("value").whole().map(Range::fixed))];
        }
    }
    for item in attributes.get("values").items().iter().rev() {
        if let Figure::Known(text) = item.text()
            && let Some(replicas) = text.lines().find_map(replicas_of_line)
        {
            return vec![Pool::replicas(Figure::Known(Range::fixed(replicas)))];
        }
    }
    vec![Pool::replicas(Figure::Unknown(Reason::Because("the chart decides the number of replicas".to_owned())))]
}

/// `replicaCount: 3` at the outermost level of YAML values.
fn replicas_of_line(line: &str) -> Option<u64> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim_end().trim_matches('"');
    REPLICA_VALUES.contains(&name).then(|| value.trim().trim_matches('"').parse().ok())?
}

pub(super) fn job(_: &Scene<'_, '_>, _: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let groups = attributes.get("task_groups");
    if !groups.is_absent() && groups.hidden().is_none() {
        return groups
            .items()
            .iter()
            .map(|group| {
                Pool::replicas(group.get("count").whole().map(Range::fixed)).part(format!(".{}", group.path()))
            })
            .collect();
    }
    let text = match attributes.get("jobspec").text() {
        Figure::Known(text) => text,
        Figure::Unknown(reason) => return vec![Pool::replicas(Figure::Unknown(reason))],
    };
    let unreadable = Reason::Unreadable { attribute: "jobspec".to_owned(), expected: "a job in HCL" };
    let Ok(body) = text.parse::<Body>() else { return vec![Pool::replicas(Figure::Unknown(unreadable))] };
    let mut pools = Vec::new();
    for job in body.get_blocks("job") {
        for group in job.body.get_blocks("group") {
            let count = group
                .body
                .get_attribute("count")
                .map(|count| count.value.as_number().and_then(hcl_edit::Number::as_u64));
            let capacity = match count {
                // One is what Nomad runs where no count is written.
                None => Figure::Known(Range::fixed(1)),
                Some(Some(count)) => Figure::Known(Range::fixed(count)),
                Some(None) => {
                    Figure::Unknown(Reason::Unreadable { attribute: "count".to_owned(), expected: "a number" })
                }
            };
            let name = group.labels.first().map(|label| label.as_str().to_owned()).unwrap_or_default();
            pools.push(Pool::replicas(capacity).part(format!(".group.{name}")));
        }
    }
    if pools.is_empty() { vec![Pool::replicas(Figure::Unknown(unreadable))] } else { pools }
}
