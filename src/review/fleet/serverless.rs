//! What is paid for by processor, memory and time instead of by machine: Fargate, Lambda, Cloud Run.
//!
//! The catalog holds prices of machines only, so these members have a size where one is stated, and never a price.

use super::{Pool, Scene};
use crate::review::plan::{Attribute, Attributes, Resource};
use crate::review::reason::Reason;
use crate::review::report::{Figure, Range, Unit};
use crate::units::{Decimal, Millicores};

pub(super) const ECS_SERVICE: &[&str] =
    &["desired_count", "launch_type", "capacity_provider_strategy", "task_definition", "region", "arn"];

pub(super) const LAMBDA: &[&str] = &["memory_size", "reserved_concurrent_executions", "region", "arn"];

pub(super) const CLOUD_RUN: &[&str] = &["location", "template"];

pub(super) const CLOUD_RUN_V2: &[&str] = &["location", "template"];

/// Memory in MB at which Lambda gives a function one vCPU.
const LAMBDA_MB_PER_VCPU: u64 = 1_769;

fn not_stated(attribute: &str) -> Figure<Vec<String>> {
    Figure::Unknown(Reason::NotStated { attribute: attribute.to_owned() })
}

fn tasks(mut pool: Pool, vcpu: Option<Millicores>) -> Vec<Pool> {
    pool.unit = Unit::Tasks;
    pool.vcpu_of_task = vcpu;
    vec![pool]
}

pub(super) fn ecs_service(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let capacity = attributes.get("desired_count").whole().map(Range::fixed);
    let strategies = attributes.get("capacity_provider_strategy").items();
    let provider = |item: &Attribute<'_>| {
        item.get("capacity_provider").text().known().is_some_and(|name| name.starts_with("FARGATE"))
    };
    let is_fargate = attributes.get("launch_type").text().known().is_some_and(|kind| kind == "FARGATE")
        || strategies.iter().any(provider);
    if !is_fargate {
        return vec![Pool::replicas(capacity)];
    }
    let definition = attributes.get("task_definition").text();
    let definitions = scene.referred(
        resource,
        definition.known().map(AsRef::as_ref),
        &["task_definition"],
        &["aws_ecs_task_definition"],
    );
    // 1,024 units are one vCPU.
    let units = definitions.first().and_then(|one| scene.attributes_of(one, &["cpu"])).map(|found| found.get("cpu"));
    let vcpu =
        units.and_then(|units| units.whole().known().map(|units| Millicores(units.saturating_mul(1_000) / 1_024)));
    let zones = not_stated("availability_zone");
    let region = scene.aws_region(resource, attributes, &zones);
    let reason = Reason::NotPriced { kind: "Fargate".to_owned() };
    tasks(Pool::of(region, zones, Figure::Unknown(reason), capacity), vcpu)
}

pub(super) fn lambda(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let zones = not_stated("availability_zone");
    let region = scene.aws_region(resource, attributes, &zones);
    let memory = attributes.get("memory_size").whole();
    let vcpu = memory.known().map(|memory| Millicores(memory.saturating_mul(1_000) / LAMBDA_MB_PER_VCPU));
    let usage = Figure::Unknown(Reason::DependsOnUsage);
    tasks(Pool::of(region, zones, Figure::Unknown(Reason::DependsOnUsage), usage), vcpu)
}

pub(super) fn cloud_run_v2(scene: &Scene<'_, '_>, _: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let scaling = |name: &str| attributes.at(&["template", "scaling", name]).whole();
    let limits = attributes.at(&["template", "containers", "resources", "limits"]).at(&["cpu"]);
    cloud_run_of(scene, attributes, &scaling("min_instance_count"), &scaling("max_instance_count"), &limits)
}

pub(super) fn cloud_run(scene: &Scene<'_, '_>, _: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let annotations = attributes.at(&["template", "metadata", "annotations"]);
    let scale = |name: &str| annotations.get(name).whole();
    let limits = attributes.at(&["template", "spec", "containers", "resources", "limits"]).at(&["cpu"]);
    let (least, most) = (scale("autoscaling.knative.dev/minScale"), scale("autoscaling.knative.dev/maxScale"));
    cloud_run_of(scene, attributes, &least, &most, &limits)
}

fn cloud_run_of(
    scene: &Scene<'_, '_>,
    attributes: &Attributes<'_>,
    least: &Figure<u64>,
    most: &Figure<u64>,
    cpu: &Attribute<'_>,
) -> Vec<Pool> {
    let region = attributes.get("location").text().and_then(|location| scene.region("gcp", &location));
    // Without a smallest number the service scales to nothing; without a largest the plan says no bound.
    let min = least.known().copied().unwrap_or(0);
    let capacity = match most {
        Figure::Known(max) if *max >= min => Figure::Known(Range { min, expected: min, max: *max }),
        Figure::Known(_) | Figure::Unknown(_) => Figure::Unknown(Reason::DependsOnUsage),
    };
    let vcpu = cpu.text().known().and_then(|text| {
        let text = text.as_ref();
        let (number, places) = text.strip_suffix('m').map_or((text, 3), |number| (number, 0));
        number.parse::<Decimal>().ok()?.in_units(places).ok().and_then(|units| u64::try_from(units).ok())
    });
    let pool = Pool::of(region, not_stated("zone"), Figure::Unknown(Reason::DependsOnUsage), capacity);
    tasks(pool, vcpu.map(Millicores))
}
