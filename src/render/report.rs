//! A review's report for machines: the JSON document that `--format json` prints, that Rego policies read as `input`, and that
//! [`fields::REPORT`] declares.
//!
//! Money is in USD with at most six decimals, exactly; what is unknown is null, and the field beside it that ends in `_unknown` says why.
//! The same report gives the same bytes.

mod fields;

pub(super) use fields::FINDING;
pub use fields::REPORT;

use serde_json::{Map, Value, json};

use super::language::{self};
use super::result::{catalog, kilograms, number, object, or_null, usd};
use crate::review::{
    Basis, Change, Deployment, Difference, Distance, Endurance, Figure, Finding, FleetMember, Location, Loss, Nearest,
    Patch, PlannedPlacement, Range, Report, Service, Sum, UserLatency, Verdict,
};
use crate::units::{Decimal, Ratio};

/// Version of the document's language. It grows when a field changes its meaning or goes; new fields leave it as it is.
pub const REPORT_VERSION: &str = "1";

/// The JSON Schema of a report.
pub fn report_json_schema() -> Value {
    language::schema_of("Stowage review of a Terraform plan", REPORT)
}

/// The report: an object with the fields of [`REPORT`] in their order.
pub fn report(report: &Report) -> Value {
    let plan = &report.plan;
    let coverage = &report.coverage;
    let unknown: Vec<Value> = coverage
        .unknown
        .iter()
        .map(|one| json!({ "address": one.address, "what": one.what, "reason": one.reason.to_string() }))
        .collect();
    let not_read: Map<String, Value> =
        coverage.not_read.iter().map(|(kind, count)| (kind.clone(), (*count).into())).collect();
    let (distance, distance_unknown) = figure(&report.distance, distance_value);
    let value = object([
        ("report_version", REPORT_VERSION.into()),
        (
            "plan",
            json!({
                "format_version": plan.format_version,
                "terraform_version": plan.terraform_version,
                "digest": plan.digest,
                "resources": plan.resources,
            }),
        ),
        ("catalog", catalog(&report.catalog)),
        ("members", report.members.iter().map(member).collect()),
        ("services", report.services.iter().map(service).collect()),
        (
            "coverage",
            json!({
                "priced": coverage.priced,
                "total": coverage.total,
                "unknown": unknown,
                "not_read": not_read,
            }),
        ),
        (
            "cost",
            json!({
                "before": sum(&report.totals.cost.before, "usd", usd),
                "after": sum(&report.totals.cost.after, "usd", usd),
            }),
        ),
        (
            "carbon",
            json!({
                "before": sum(&report.totals.carbon.before, "kg", kilograms),
                "after": sum(&report.totals.carbon.after, "kg", kilograms),
            }),
        ),
        ("latency", report.latency.iter().map(user_latency).collect()),
        ("distance", distance),
        ("distance_unknown", distance_unknown),
        ("placements", report.placements.iter().map(placement).collect()),
        ("findings", report.findings.iter().map(finding).collect()),
    ]);
    Value::Object(value)
}

/// A figure and why it is unknown; one of the two is null.
fn figure<T>(figure: &Figure<T>, write: impl FnOnce(&T) -> Value) -> (Value, Value) {
    match figure {
        Figure::Known(value) => (write(value), Value::Null),
        Figure::Unknown(reason) => (Value::Null, reason.to_string().into()),
    }
}

fn change<T>(change: &Change<T>, write: impl Fn(&T) -> Value) -> Value {
    json!({ "before": write(&change.before), "after": write(&change.after) })
}

fn range<T: Copy>(range: &Range<T>, write: impl Fn(T) -> Value) -> Value {
    json!({ "min": write(range.min), "expected": write(range.expected), "max": write(range.max) })
}

fn sum<T: Copy>(sum: &Sum<T>, unit: &str, write: impl Fn(T) -> Value) -> Value {
    json!({
        format!("min_{unit}"): write(sum.known.min),
        format!("expected_{unit}"): write(sum.known.expected),
        format!("max_{unit}"): write(sum.known.max),
        "unknown": sum.unknown,
    })
}

fn member(member: &FleetMember) -> Value {
    json!({
        "address": member.address,
        "block": member.block,
        "type": member.kind,
        "cloud": member.cloud,
        "unit": member.unit.name(),
        "action": member.action.name(),
        "before": or_null(member.stands.before.as_ref(), deployment),
        "after": or_null(member.stands.after.as_ref(), deployment),
        "location": or_null(member.location.as_ref(), location),
    })
}

fn location(location: &Location) -> Value {
    json!({ "file": location.file, "line": location.line })
}

fn deployment(stands: &Deployment) -> Value {
    let (region, region_unknown) = figure(&stands.region, |key| key.to_string().into());
    let (zones, zones_unknown) = figure(&stands.zones, |zones| json!(zones));
    let (types, types_unknown) = figure(&stands.machine_types, |types| json!(types));
    let (count, count_unknown) = figure(&stands.count, |count| range(count, Value::from));
    let (vcpu, vcpu_unknown) = figure(&stands.vcpu, |vcpu| range(vcpu, |vcpu| number(vcpu.to_decimal())));
    let (cost, cost_unknown) = figure(&stands.monthly_cost, |cost| range(cost, usd));
    let (carbon, carbon_unknown) = figure(&stands.monthly_carbon, |carbon| range(carbon, kilograms));
    json!({
        "region": region,
        "region_unknown": region_unknown,
        "zones": zones,
        "zones_unknown": zones_unknown,
        "machine_types": types,
        "machine_types_unknown": types_unknown,
        "purchase": stands.purchase.name(),
        "count": count,
        "count_unknown": count_unknown,
        "vcpu": vcpu,
        "vcpu_unknown": vcpu_unknown,
        "monthly_cost_usd": cost,
        "monthly_cost_usd_unknown": cost_unknown,
        "monthly_carbon_kg": carbon,
        "monthly_carbon_kg_unknown": carbon_unknown,
    })
}

fn service(service: &Service) -> Value {
    let endures = change(&service.endures, |endurance| or_null(endurance.as_ref(), endurance_value));
    json!({ "block": service.block, "members": service.members, "before": endures["before"], "after": endures["after"] })
}

fn endurance_value(endurance: &Endurance) -> Value {
    let regions: Vec<String> = endurance.regions.iter().map(ToString::to_string).collect();
    let (zone, zone_unknown) = figure(&endurance.zone, |&zone| loss(zone));
    let (region, region_unknown) = figure(&endurance.region, |&region| loss(region));
    json!({
        "regions": regions,
        "zone_loss": zone,
        "zone_loss_unknown": zone_unknown,
        "region_loss": region,
        "region_loss_unknown": region_unknown,
    })
}

fn loss(loss: Loss) -> Value {
    json!({ "survives": loss.survives, "share": ratio(loss.share) })
}

fn ratio(ratio: Ratio) -> Value {
    number(ratio.to_decimal())
}

fn user_latency(latency: &UserLatency) -> Value {
    let side = |nearest: &Figure<Nearest>| {
        let (region, unknown) = figure(nearest, |nearest| nearest.region.to_string().into());
        let rtt = or_null(nearest.known(), |nearest| number(nearest.rtt.round_trip.to_decimal()));
        let source = or_null(nearest.known(), |nearest| nearest.rtt.provenance.to_string().into());
        json!({ "region": region, "rtt_ms": rtt, "rtt_source": source, "unknown": unknown })
    };
    json!({
        "declared_in": latency.declared_in,
        "user": latency.user,
        "workload": latency.workload,
        "before": side(&latency.nearest.before),
        "after": side(&latency.nearest.after),
        "promised_ms": or_null(latency.promised, |promised| number(promised.to_decimal())),
    })
}

fn distance_value(distance: &Distance) -> Value {
    let (basis, declared_in) = match &distance.basis {
        Basis::Placement(address) => ("placement", Some(address)),
        Basis::Declared(file) => ("workloads", Some(file)),
        Basis::Fleet => ("fleet", None),
    };
    let groups: Vec<Value> = distance
        .placement
        .iter()
        .map(|group| {
            json!({
                "workload": group.workload,
                "region": group.region.to_string(),
                "machine_type": group.machine_type,
                "instances": group.instances,
                "monthly_cost_usd": usd(group.monthly_cost),
            })
        })
        .collect();
    let (patch, patch_unknown) = figure(&distance.patch, patch);
    json!({
        "basis": basis,
        "declared_in": declared_in,
        "assumptions": distance.assumptions,
        "monthly_cost_usd": usd(distance.cost),
        "optimum_monthly_cost_usd": usd(distance.optimum),
        "bound_monthly_cost_usd": usd(distance.bound),
        "proven": distance.is_proven,
        "monthly_difference_usd": usd(distance.difference()),
        "percent_above_optimum": or_null(distance.tenths_of_percent(), |tenths| number(Decimal::new(tenths, 1))),
        "placement": groups,
        "patch": patch,
        "patch_unknown": patch_unknown,
    })
}

fn patch(patch: &Patch) -> Value {
    let files: Vec<&str> = patch.files.iter().map(|file| file.name.as_str()).collect();
    json!({ "files": files, "diff": patch.diff })
}

fn placement(placement: &PlannedPlacement) -> Value {
    let differences: Vec<Value> = match &placement.verdict {
        Verdict::Differs(differences) => differences.iter().map(difference).collect(),
        Verdict::Confirmed | Verdict::Unverifiable(_) => Vec::new(),
    };
    let reason = match &placement.verdict {
        Verdict::Unverifiable(reason) => Some(reason.to_string()),
        Verdict::Confirmed | Verdict::Differs(_) => None,
    };
    json!({
        "address": placement.address,
        "verdict": placement.verdict.name(),
        "verdict_reason": reason,
        "differences": differences,
        "outcome": placement.outcome,
        "monthly_cost_usd": or_null(placement.monthly_cost, usd),
    })
}

fn difference(difference: &Difference) -> Value {
    json!({ "path": difference.path, "planned": difference.planned, "computed": difference.computed })
}

pub(super) fn finding(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule,
        "severity": finding.severity.name(),
        "address": finding.address,
        "attribute": finding.attribute,
        "location": or_null(finding.location.as_ref(), location),
        "message": finding.message,
        "help": finding.help,
        "fingerprint": finding.fingerprint,
    })
}
