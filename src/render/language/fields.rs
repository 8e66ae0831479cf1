//! The table of fields.

use super::{Field, Kind};
use group::{GROUP, GROUP_COSTS, GROUP_COSTS_MEANING, PURCHASE_MODELS};
use stability::STABILITY;

mod group;
mod stability;

pub(in crate::render) use group::GROUP_OF_WORKLOAD;

/// Everything a result says.
pub const RESULT: &[Field] = &[
    known(
        "outcome",
        &Kind::Word(&["optimal", "feasible", "infeasible", "undecided"]),
        "What was proven. `optimal`: nothing costs less, within the gap tolerance, or with an order: every entry of `objectives` is proven. `feasible`: the work limit ended the search with a \
         placement that keeps every promise, or what stood in `previous` was kept at a cost further from the bound. `infeasible`: proven, no placement keeps every promise. `undecided`: the work limit ended the \
         search before a placement was found.",
    ),
    nullable(
        "monthly_cost_usd",
        &Kind::Number,
        "What is minimised: machines, fixed cost of regions, egress, storage and replication, and moves, latency and emissions at the prices the objective puts on them, in USD per \
         month of 730 hours. Null without a placement.",
    ),
    nullable(
        "monthly_paid_usd",
        &Kind::Number,
        "What is paid each month: `monthly_cost_usd` without the prices put on moves, latency and emissions. Null without a placement.",
    ),
    nullable(
        "bound_monthly_cost_usd",
        &Kind::Number,
        "Proven: no placement has a `monthly_cost_usd` below this; with an order, none that is as good in what comes before cost. Null without a placement.",
    ),
    nullable(
        "gap",
        &Kind::Number,
        "Distance between `monthly_cost_usd` and its bound, relative to the cost, rounded up: 0.0001 is 0.01 %. With an order it includes what cost gave to what comes later. Null without a placement.",
    ),
    nullable("costs", &Kind::Object(COSTS), "`monthly_cost_usd` by what it is spent on. Null without a placement."),
    nullable(
        "monthly_carbon_kg",
        &Kind::Number,
        "Emissions of all machines, operation and manufacture, in kg of CO₂ equivalent per month. Null if the figure of any group is \
         unknown, or without a placement.",
    ),
    known(
        "objectives",
        &Kind::List(&Kind::Object(OBJECTIVE)),
        "What became of each entry of `objective.order`, in its order. Empty without an order, and without a placement.",
    ),
    known(
        "groups",
        GROUPS,
        "Machine groups by `workload/cloud/region`: one for each region that holds replicas of the workload. Keys name places only, so a \
         change of machine type, count or price leaves them as they are.",
    ),
    known(
        "groups_by_workload",
        &Kind::Map { key: "workload", of: OF_WORKLOAD },
        "The same groups under the same keys, by workload, with what resources are built from; `groups` has the rest. Every workload of the \
         problem has an entry.",
    ),
    known(
        "groups_by_cloud",
        &Kind::Map { key: "cloud", of: &Kind::List(&Kind::Text) },
        "The keys in `groups` of what stands in each cloud, in their order. Every cloud in use has an entry.",
    ),
    known(
        "placed_pools",
        &Kind::Map { key: "pool", of: &Kind::Object(POOL) },
        "Pools by name: where each stands and what it costs. What stands by for a pool `shop` is `shop-standby-1`, then `shop-standby-2`.",
    ),
    known(
        "nodes",
        &Kind::Map { key: "pool/zone/instance_type", of: &Kind::Object(NODES) },
        "Nodes of pools by `pool/zone/instance_type`: each can be a node pool of its cluster. Node pools cannot change their machine type in \
         place, so it is part of the key.",
    ),
    known(
        "assignments",
        &Kind::Map { key: "workload", of: &Kind::Object(ASSIGNMENT) },
        "Workloads of pools: how many replicas each has, and in which zones. By name where users are answered, by `workload/cloud/region` where replicas \
         stand by.",
    ),
    known(
        "regions",
        &Kind::Map { key: "cloud/region", of: &Kind::Object(REGION) },
        "The regions that hold replicas, by `cloud/region`.",
    ),
    known(
        "instance_types",
        &Kind::Map { key: "cloud/instance_type", of: &Kind::Object(INSTANCE_TYPE) },
        "The machine types that `groups` consist of, by `cloud/instance_type`.",
    ),
    nullable(
        "conflict",
        &Kind::Object(CONFLICT),
        "Why there is no placement. Null unless the outcome is `infeasible`.",
    ),
    nullable(
        "stability",
        &Kind::Object(STABILITY),
        "What became of `previous`. Null without `previous`, and without a placement.",
    ),
    known(
        "binding_limits",
        &Kind::List(&Kind::Object(BINDING)),
        "The limits that bind, if `bindings` asks for them: those of which one unit more would save something. A limit that is not here binds nothing \
         by itself.",
    ),
    known(
        "next_best",
        &Kind::List(&Kind::Object(ALTERNATIVE)),
        "The next best placements, for each set of workloads and pools that is decided together, by cost: as many as the argument `alternatives` \
         asks for, or all there are.",
    ),
    known("explanation", &Kind::Text, "Why the answer is what it is, as plain text."),
    known("catalog", &Kind::Object(CATALOG), "Where prices, round trips and emissions come from."),
    known(
        "certificate",
        &Kind::Text,
        "What `stowage verify` needs to check this result again, without trust in what made it, as JSON text: the problem, digests of problem and \
         catalog, the version, the decisions with exact rates, every cost line and how it comes about, and the bound.",
    ),
    known(
        "id",
        &Kind::Text,
        "A digest of everything above: two results have the same `id` if and only if they say the same.",
    ),
];

const GROUPS: &Kind = &Kind::Map { key: "workload/cloud/region", of: &Kind::Object(GROUP) };

const OF_WORKLOAD: &Kind = &Kind::Map { key: "workload/cloud/region", of: &Kind::Object(GROUP_OF_WORKLOAD) };

const COSTS: &[Field] = &[
    known("machines_usd", &Kind::Number, "Instances, in USD per month."),
    known("functions_usd", &Kind::Number, "Requests and time of functions, in USD per month."),
    known("fixed_usd", &Kind::Number, "Fixed cost of the regions used, in USD per month."),
    known("egress_usd", &Kind::Number, "Answers sent to users, in USD per month."),
    known("calls_usd", &Kind::Number, "Bytes of calls between workloads, in USD per month."),
    known("storage_usd", &Kind::Number, "Copies of the data that is kept, in USD per month."),
    known("replication_usd", &Kind::Number, "Writes to copies in other zones, in USD per month."),
    known(
        "moves_usd",
        &Kind::Number,
        "Replicas where none stood before, at the price of the objective, in USD per month; paid to nobody.",
    ),
    known(
        "latency_usd",
        &Kind::Number,
        "Time on the way at the price of the objective, in USD per month; paid to nobody.",
    ),
    known("carbon_usd", &Kind::Number, "Emissions at the price of the objective, in USD per month; paid to nobody."),
];

const OBJECTIVE: &[Field] = &[
    known("objective", &Kind::Word(&["cost", "carbon", "latency"]), "What is minimised."),
    known(
        "value",
        &Kind::Number,
        "What it is in the answer: USD per month, kg of CO₂ equivalent per month, or milliseconds of the mean request. What comes later in the order may \
         have raised it, within `order_tolerance_percent` of `best`.",
    ),
    known(
        "best",
        &Kind::Number,
        "The least found among the placements that are as good in what comes before, in the same unit.",
    ),
    known(
        "bound",
        &Kind::Number,
        "Proven: no placement that is as good in what comes before has less, in the same unit.",
    ),
    known("proven", &Kind::Bool, "Whether `bound` is within `gap_tolerance` of `best`."),
];

const BINDING: &[Field] = &[
    nullable("workload", &Kind::Text, "Whose limit it is. Null for a limit over all workloads."),
    known("rule", &Kind::Text, "The argument, such as `max_rtt_ms` or `allowed.jurisdictions`."),
    known(
        "change",
        &Kind::Text,
        "One unit more: counts change by one, a limit on round trips to the next that occurs; a list goes as a whole.",
    ),
    known("saving_usd", &Kind::Number, "What that change alone would save, in USD per month, found by solving again."),
    known(
        "proven",
        &Kind::Bool,
        "Whether the placement after the change is proven to cost the least, within `gap_tolerance`.",
    ),
];

const ALTERNATIVE: &[Field] = &[
    known(
        "regions",
        &Kind::Map { key: "workload", of: &Kind::List(&Kind::Text) },
        "Where the workloads that are decided together would be, as `cloud/region`; all others stay where they are.",
    ),
    known(
        "pools",
        &Kind::Map { key: "pool", of: &Kind::Text },
        "Where the pools that are decided together would stand, as `cloud/region`.",
    ),
    known("monthly_cost_usd", &Kind::Number, "What everything would cost, in USD per month."),
    known(
        "difference_usd",
        &Kind::Number,
        "How much more that is than `monthly_cost_usd`, in USD per month; below zero where `previous` is kept though something costs less.",
    ),
    known(
        "proven",
        &Kind::Bool,
        "Whether no placement with other regions than the answer, those before it in this list and itself costs less, within `gap_tolerance`.",
    ),
];

const POOL: &[Field] = &[
    known("cloud", &Kind::Text, "The cloud."),
    known("region", &Kind::Text, "The cloud's name of the region."),
    nullable("stands_by_for", &Kind::Text, "The pool that this one stands by for. Null for a pool that answers users."),
    known("nodes", &Kind::Whole, "Nodes in all zones."),
    known(
        "monthly_cost_usd",
        &Kind::Number,
        "Nodes, egress and priced emissions, in USD per month, without the region's fixed cost.",
    ),
    known("costs", GROUP_COSTS, GROUP_COSTS_MEANING),
    nullable(
        "monthly_carbon_kg",
        &Kind::Number,
        "Emissions of the nodes, in kg of CO₂ equivalent per month. Null if a figure is unknown.",
    ),
];

const NODES: &[Field] = &[
    known("pool", &Kind::Text, "The pool."),
    known("cloud", &Kind::Text, "The cloud."),
    known("region", &Kind::Text, "The cloud's name of the region."),
    known("zone", &Kind::Text, "The zone."),
    known("instance_type", &Kind::Text, "The cloud's name of the machine type."),
    known("instance_family", &Kind::Text, "The family of the machine type."),
    known("architecture", &Kind::Word(&["x86_64", "arm64"]), "The instruction set."),
    known("purchase_model", PURCHASE_MODELS, "How the nodes are bought."),
    known("vcpu_per_node", &Kind::Number, "Virtual processors of one node."),
    known("memory_gib_per_node", &Kind::Number, "Memory of one node in GiB (2^30 bytes)."),
    known("nodes", &Kind::Whole, "Number of nodes."),
    known("hourly_usd_per_node", &Kind::Number, "Price of one node in USD per hour."),
    known("monthly_cost_usd", &Kind::Number, "Price of the nodes in USD per month."),
    known("holds", &Kind::List(&Kind::Object(HELD)), "What the nodes hold, nodes that hold the same together."),
];

const HELD: &[Field] = &[
    known("nodes", &Kind::Whole, "Number of nodes that hold this."),
    known("replicas", &Kind::Map { key: "workload", of: &Kind::Whole }, "Replicas on each of them, by workload."),
];

const ASSIGNMENT: &[Field] = &[
    known("pool", &Kind::Text, "The pool."),
    known("cloud", &Kind::Text, "The cloud."),
    known("region", &Kind::Text, "The cloud's name of the region."),
    known("replicas", &Kind::Whole, "Replicas in all zones."),
    known(
        "zones",
        &Kind::Map { key: "zone", of: &Kind::Whole },
        "Replicas by zone; zones without replicas are left out.",
    ),
    known("load_rps", &Kind::Number, "Requests per second sent to the workload."),
    nullable(
        "capacity_rps",
        &Kind::Number,
        "Requests per second its replicas carry at the utilization ceiling while every zone is up. Null without demand.",
    ),
];

const REGION: &[Field] = &[
    known("cloud", &Kind::Text, "The cloud."),
    known("region", &Kind::Text, "The cloud's name of the region."),
    nullable(
        "country",
        &Kind::Text,
        "ISO 3166-1 alpha-2 code of the country it stands in. Null if a site does not say.",
    ),
    nullable("latitude", &Kind::Number, "Degrees north of the equator. Null if a site does not say."),
    nullable("longitude", &Kind::Number, "Degrees east of Greenwich. Null if a site does not say."),
    known("fixed_usd", &Kind::Number, "Fixed cost of using the region, in USD per month."),
    known("workloads", &Kind::List(&Kind::Text), "The workloads it holds, by name."),
    known(
        "rtt_ms",
        &Kind::Map { key: "user group", of: &Kind::Number },
        "Round trips to the user groups it answers, in milliseconds; unknown ones are left out.",
    ),
    known(
        "rtt_source",
        &Kind::Map { key: "user group", of: &Kind::Word(&["measured", "proxy", "modelled", "declared"]) },
        "Where each round trip comes from: `measured` between these places, `proxy` measured between places near them, `modelled` from the \
         distance, or `declared` by the problem.",
    ),
];

const INSTANCE_TYPE: &[Field] = &[
    known("instance_family", &Kind::Text, "The family of the machine type."),
    known("architecture", &Kind::Word(&["x86_64", "arm64"]), "The instruction set."),
    known("vcpu", &Kind::Number, "Virtual processors of one instance."),
    known("memory_gib", &Kind::Number, "Memory of one instance in GiB (2^30 bytes)."),
    known("gpus", &Kind::Whole, "GPUs of one instance."),
];

const CONFLICT: &[Field] = &[
    known(
        "workloads",
        &Kind::Map { key: "workload", of: &Kind::Object(WORKLOAD_CONFLICT) },
        "Workloads that cannot be placed even alone.",
    ),
    nullable(
        "together",
        &Kind::Object(SHARED_CONFLICT),
        "Workloads and pools that cannot be placed together, though each can be alone. Null if any of them cannot be placed alone.",
    ),
    known("pools", &Kind::Map { key: "pool", of: &Kind::Object(POOL_CONFLICT) }, "Pools that can stand nowhere."),
    known("text", &Kind::Text, "The whole conflict in words, with the way out."),
];

const POOL_CONFLICT: &[Field] = &[
    known(
        "rules",
        &Kind::List(&Kind::Text),
        "Arguments that cannot hold together; without any one of them the others can. Empty if no region holds the pool whatever its rules.",
    ),
    known("text", &Kind::Text, "The conflict of this pool in words, with the way out."),
];

const WORKLOAD_CONFLICT: &[Field] = &[
    known(
        "rules",
        &Kind::List(&Kind::Object(CONFLICTING_RULE)),
        "Rules that cannot hold together; without any one of them the others can. Empty if nothing is on sale at all.",
    ),
    known("text", &Kind::Text, "The conflict of this workload in words, with the way out."),
];

const CONFLICTING_RULE: &[Field] = &[
    known("rule", &Kind::Text, "The argument, such as `max_rtt_ms` or `allowed.jurisdictions`."),
    nullable(
        "change",
        &Kind::Text,
        "The smallest change of this argument alone that lets the workload be placed. Null if none does.",
    ),
    nullable(
        "monthly_cost_usd",
        &Kind::Number,
        "What the workload alone costs after the change, in USD per month. Null if there is no change or its cost was not settled.",
    ),
];

const SHARED_CONFLICT: &[Field] = &[
    known(
        "workloads",
        &Kind::List(&Kind::Text),
        "The workloads, by name; without any one of them the others can be placed.",
    ),
    known("pools", &Kind::List(&Kind::Text), "The pools, by name; without any one of them the others can be placed."),
    known(
        "rules",
        &Kind::List(&Kind::Object(CONFLICTING_RULE)),
        "Rules over all workloads that these break together; without any one of them they can be placed. A change lets everything in the \
         problem be placed, at the cost of all of it.",
    ),
    known("text", &Kind::Text, "The conflict in words, with the way out."),
];

pub(in crate::render) const CATALOG: &[Field] = &[
    known("version", &Kind::Text, "Version of the embedded catalog."),
    known("as_of", &Kind::Text, "Date of its newest facts."),
    known("digest", &Kind::Text, "SHA-256 of its tables, in hexadecimal."),
    known("overlaid", &Kind::Bool, "Whether the problem or the provider's configuration changed it."),
    known("sources", &Kind::List(&Kind::Object(SOURCE)), "Where its facts come from."),
];

const SOURCE: &[Field] = &[
    known("facts", &Kind::Text, "What they say, such as prices."),
    known("as_of", &Kind::Text, "When they held: a month or a day."),
    known("origin", &Kind::Text, "Where they come from, with their licence."),
];

pub(in crate::render) const fn known(name: &'static str, kind: &'static Kind, description: &'static str) -> Field {
    Field { name, kind, is_nullable: false, description }
}

pub(in crate::render) const fn nullable(name: &'static str, kind: &'static Kind, description: &'static str) -> Field {
    Field { name, kind, is_nullable: true, description }
}
