//! The table of fields of a report.

use crate::render::language::{CATALOG, Field, Kind, known, nullable};
use crate::review::{Action, Purchase, Severity, Unit};

/// Everything a report says.
pub const REPORT: &[Field] = &[
    known(
        "report_version",
        &Kind::Text,
        "Version of this document's language: it changes when a field changes its meaning or goes.",
    ),
    known("plan", &Kind::Object(PLAN), "Which plan was read."),
    known("catalog", &Kind::Object(CATALOG), "Where prices, round trips and emissions come from."),
    known("members", &Kind::List(&Kind::Object(MEMBER)), "What holds machines, replicas or tasks, by address."),
    known(
        "services",
        &Kind::List(&Kind::Object(SERVICE)),
        "What the fleet outlives, by block of the configuration: all instances of one block are one service.",
    ),
    known("coverage", &Kind::Object(COVERAGE), "How much of the planned fleet has a price, and what is not known."),
    known("cost", &Kind::Object(COST), "Cost of the machines in a month of 730 hours."),
    known("carbon", &Kind::Object(CARBON), "Emissions of the machines in a month, operation and manufacture."),
    known("latency", &Kind::List(&Kind::Object(LATENCY)), "How far declared users are from the fleet."),
    nullable(
        "distance",
        &Kind::Object(DISTANCE),
        "Distance to the cheapest placement that keeps the promises. Null if it is not known.",
    ),
    nullable("distance_unknown", &Kind::Text, "Why the distance is not known. Null if it is."),
    known("placements", &Kind::List(&Kind::Object(PLACEMENT)), "Placements found in the plan, each computed again."),
    known("findings", &Kind::List(&Kind::Object(FINDING)), "What a person should look at: the gravest first."),
];

const PLAN: &[Field] = &[
    known("format_version", &Kind::Text, "`format_version` of the plan."),
    nullable(
        "terraform_version",
        &Kind::Text,
        "Version of Terraform or OpenTofu that made it. Null if the plan does not say.",
    ),
    known("digest", &Kind::Text, "SHA-256 of the plan's bytes, in hexadecimal."),
    known("resources", &Kind::Whole, "Managed resources in the plan, of any type."),
];

const MEMBER: &[Field] = &[
    known(
        "address",
        &Kind::Text,
        "The resource instance, as Terraform writes it; a pool inside a resource adds its attribute.",
    ),
    known("block", &Kind::Text, "The address of its block: without the keys of instances."),
    known("type", &Kind::Text, "The resource type."),
    nullable("cloud", &Kind::Text, "`aws`, `azure` or `gcp`. Null for what runs on top of machines."),
    known(
        "unit",
        &Kind::Word(Unit::NAMES),
        "What `count` counts: `machines`, paid for by type; `replicas`, which run on machines of some other member and cost nothing of \
         their own; `tasks`, paid for by processor and memory.",
    ),
    known("action", &Kind::Word(Action::NAMES), "What the plan does with it."),
    nullable("before", &Kind::Object(DEPLOYMENT), "As it stands before the change. Null if it does not exist then."),
    nullable("after", &Kind::Object(DEPLOYMENT), "As the plan leaves it. Null if it does not exist then."),
    nullable(
        "location",
        &Kind::Object(LOCATION),
        "Where its block is written. Null if the configuration was not given.",
    ),
];

const LOCATION: &[Field] = &[
    known("file", &Kind::Text, "The file, as it was named to the review."),
    known("line", &Kind::Whole, "The line, from 1."),
];

const DEPLOYMENT: &[Field] = &[
    nullable("region", &Kind::Text, "`cloud/region`. Null if unknown."),
    nullable("region_unknown", &Kind::Text, "Why the region is unknown."),
    nullable("zones", &Kind::List(&Kind::Text), "The zones the machines may stand in, sorted. Null if unknown."),
    nullable("zones_unknown", &Kind::Text, "Why the zones are unknown."),
    nullable(
        "machine_types",
        &Kind::List(&Kind::Text),
        "The cloud's names of the machine types, in the order of preference; several where the group mixes types. Null if unknown.",
    ),
    nullable("machine_types_unknown", &Kind::Text, "Why the machine types are unknown."),
    known("purchase", &Kind::Word(Purchase::NAMES), "How the machines are bought."),
    nullable("count", &Kind::Object(WHOLE_RANGE), "How many there are. Null if unknown."),
    nullable("count_unknown", &Kind::Text, "Why the count is unknown."),
    nullable("vcpu", &Kind::Object(NUMBER_RANGE), "Virtual processors of all of them. Null if unknown."),
    nullable("vcpu_unknown", &Kind::Text, "Why the processors are unknown."),
    nullable("monthly_cost_usd", &Kind::Object(NUMBER_RANGE), "Cost in USD per month. Null if unknown."),
    nullable("monthly_cost_usd_unknown", &Kind::Text, "Why the cost is unknown."),
    nullable(
        "monthly_carbon_kg",
        &Kind::Object(NUMBER_RANGE),
        "Emissions in kg of CO₂ equivalent per month. Null if unknown.",
    ),
    nullable("monthly_carbon_kg_unknown", &Kind::Text, "Why the emissions are unknown."),
];

const WHOLE_RANGE: &[Field] = &[
    known("min", &Kind::Whole, "At the smallest size."),
    known("expected", &Kind::Whole, "At the size the plan asks for."),
    known("max", &Kind::Whole, "At the largest size."),
];

const NUMBER_RANGE: &[Field] = &[
    known("min", &Kind::Number, "At the smallest size and the cheapest of its types."),
    known("expected", &Kind::Number, "At the size the plan asks for and the preferred type."),
    known("max", &Kind::Number, "At the largest size and the dearest of its types."),
];

const SERVICE: &[Field] = &[
    known("block", &Kind::Text, "The address of the block, without the keys of instances."),
    known("members", &Kind::List(&Kind::Text), "Addresses of its members."),
    nullable("before", &Kind::Object(ENDURANCE), "Before the change. Null if nothing of it exists then."),
    nullable("after", &Kind::Object(ENDURANCE), "After the change. Null if nothing of it exists then."),
];

const ENDURANCE: &[Field] = &[
    known("regions", &Kind::List(&Kind::Text), "The regions it stands in, as `cloud/region`, sorted."),
    nullable(
        "zone_loss",
        &Kind::Object(LOSS),
        "What the loss of the zone that holds most of it leaves. Null if unknown.",
    ),
    nullable("zone_loss_unknown", &Kind::Text, "Why that is unknown."),
    nullable(
        "region_loss",
        &Kind::Object(LOSS),
        "What the loss of the region that holds most of it leaves. Null if unknown.",
    ),
    nullable("region_loss_unknown", &Kind::Text, "Why that is unknown."),
];

const LOSS: &[Field] = &[
    known("survives", &Kind::Bool, "Whether anything is left."),
    known("share", &Kind::Number, "The share of the expected instances that is lost, from 0 to 1."),
];

const COVERAGE: &[Field] = &[
    known("priced", &Kind::Whole, "Members with a known cost, after the change."),
    known("total", &Kind::Whole, "Members that cost something, after the change."),
    known("unknown", &Kind::List(&Kind::Object(UNKNOWN)), "Everything that could not be told, by address."),
    known(
        "not_read",
        &Kind::Map { key: "resource type", of: &Kind::Whole },
        "Resource types that hold no machines known to the review, with the number of instances after the change.",
    ),
];

const UNKNOWN: &[Field] = &[
    known("address", &Kind::Text, "The resource instance."),
    known("what", &Kind::Text, "What is not known, such as `price`, `count` or `region`."),
    known("reason", &Kind::Text, "Why."),
];

const COST: &[Field] = &[
    known("before", &Kind::Object(USD_SUM), "Before the change."),
    known("after", &Kind::Object(USD_SUM), "After the change."),
];

const USD_SUM: &[Field] = &[
    known("min_usd", &Kind::Number, "At the smallest sizes, in USD per month."),
    known("expected_usd", &Kind::Number, "At the sizes the plan asks for."),
    known("max_usd", &Kind::Number, "At the largest sizes."),
    known("unknown", &Kind::Whole, "Members whose cost is not known: above zero, the true cost is larger."),
];

const CARBON: &[Field] = &[
    known("before", &Kind::Object(KG_SUM), "Before the change."),
    known("after", &Kind::Object(KG_SUM), "After the change."),
];

const KG_SUM: &[Field] = &[
    known("min_kg", &Kind::Number, "At the smallest sizes, in kg of CO₂ equivalent per month."),
    known("expected_kg", &Kind::Number, "At the sizes the plan asks for."),
    known("max_kg", &Kind::Number, "At the largest sizes."),
    known("unknown", &Kind::Whole, "Members whose emissions are not known: above zero, the true emissions are larger."),
];

const LATENCY: &[Field] = &[
    known("declared_in", &Kind::Text, "Where the user group is declared: the address of a placement, or a file."),
    known("user", &Kind::Text, "The user group."),
    nullable("workload", &Kind::Text, "The workload it asks. Null for a group that asks none."),
    known("before", &Kind::Object(NEAREST), "The nearest region with machines that serve it before the change."),
    known("after", &Kind::Object(NEAREST), "The nearest region with machines that serve it after the change."),
    nullable(
        "promised_ms",
        &Kind::Number,
        "The round trip the workload promises this group, in milliseconds. Null if it promises nothing, or a share of all requests only.",
    ),
];

const NEAREST: &[Field] = &[
    nullable("region", &Kind::Text, "`cloud/region`. Null if unknown."),
    nullable("rtt_ms", &Kind::Number, "Its round trip in milliseconds. Null if unknown."),
    nullable(
        "rtt_source",
        &Kind::Word(&["measured", "proxy", "modelled", "declared"]),
        "Where the round trip comes from.",
    ),
    nullable("unknown", &Kind::Text, "Why it is unknown."),
];

const DISTANCE: &[Field] = &[
    known(
        "basis",
        &Kind::Word(&["placement", "workloads", "fleet"]),
        "Where the demand comes from: a `placement` in the plan, a file of `workloads`, or the machines of the `fleet` taken as demand.",
    ),
    nullable("declared_in", &Kind::Text, "The address of the placement, or the file. Null for `fleet`."),
    known("assumptions", &Kind::List(&Kind::Text), "What was assumed of the demand and the promises, in sentences."),
    known("monthly_cost_usd", &Kind::Number, "Cost of the part of the plan that is compared, in USD per month."),
    known("optimum_monthly_cost_usd", &Kind::Number, "Cost of the best placement found, in USD per month."),
    known(
        "bound_monthly_cost_usd",
        &Kind::Number,
        "Proven: no placement that keeps the promises costs less, in USD per month.",
    ),
    known("proven", &Kind::Bool, "Whether the best placement is proven cheapest within the gap tolerance."),
    known(
        "monthly_difference_usd",
        &Kind::Number,
        "What the better placement saves, in USD per month; never below zero.",
    ),
    nullable(
        "percent_above_optimum",
        &Kind::Number,
        "The same relative to the optimum, in percent. Null for an optimum of zero.",
    ),
    known("placement", &Kind::List(&Kind::Object(BETTER)), "The best placement, by workload and region."),
    nullable(
        "patch",
        &Kind::Object(PATCH),
        "The change of the configuration that makes it. Null if none could be written.",
    ),
    nullable("patch_unknown", &Kind::Text, "Why there is no patch."),
];

const BETTER: &[Field] = &[
    known("workload", &Kind::Text, "The workload, or the block whose machines are the demand."),
    known("region", &Kind::Text, "`cloud/region`."),
    known("machine_type", &Kind::Text, "The cloud's name of the machine type."),
    known("instances", &Kind::Whole, "Instances in all zones."),
    known("monthly_cost_usd", &Kind::Number, "Cost in USD per month."),
];

const PATCH: &[Field] = &[
    known("files", &Kind::List(&Kind::Text), "The files that change."),
    known("diff", &Kind::Text, "All changes as one unified diff."),
];

const PLACEMENT: &[Field] = &[
    known("address", &Kind::Text, "The placement, as Terraform writes it."),
    known(
        "verdict",
        &Kind::Word(&["confirmed", "differs", "unverifiable"]),
        "What the computation says: the same, something else, or nothing, because the problem cannot be read from the plan.",
    ),
    nullable("verdict_reason", &Kind::Text, "Why it is unverifiable. Null otherwise."),
    known(
        "differences",
        &Kind::List(&Kind::Object(DIFFERENCE)),
        "What differs; empty unless the verdict is `differs`.",
    ),
    nullable("outcome", &Kind::Text, "The outcome the plan says. Null if it cannot be read."),
    nullable("monthly_cost_usd", &Kind::Number, "The cost the plan says, in USD per month. Null if it cannot be read."),
];

const DIFFERENCE: &[Field] = &[
    known("path", &Kind::Text, "The attribute."),
    known("planned", &Kind::Text, "What the plan says, as JSON."),
    known("computed", &Kind::Text, "What the computation says, as JSON."),
];

pub(in crate::render) const FINDING: &[Field] = &[
    known("rule", &Kind::Text, "Name of the rule, such as `capacity-gap-during-replace`."),
    known("severity", &Kind::Word(Severity::NAMES), "How grave it is."),
    nullable("address", &Kind::Text, "The resource instance or block it is about. Null if it is about the whole plan."),
    nullable("attribute", &Kind::Text, "The attribute it is about. Null if it is about no single one."),
    nullable("location", &Kind::Object(LOCATION), "Where that is written. Null if the configuration was not given."),
    known("message", &Kind::Text, "What is found, with names and numbers."),
    nullable("help", &Kind::Text, "The way out. Null if there is none to name."),
    known("fingerprint", &Kind::Text, "The same for the same rule at the same place, whatever the numbers."),
];
