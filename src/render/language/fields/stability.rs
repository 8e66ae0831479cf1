//! Fields about what stood before.

use super::super::{Field, Kind};
use super::{known, nullable};

pub(super) const STABILITY: &[Field] = &[
    known("kept", &Kind::Bool, "Whether everything stands as it did."),
    nullable(
        "previous_monthly_cost_usd",
        &Kind::Number,
        "What `previous` costs with the prices and the demand of this problem, in USD per month. Null if any of it cannot stay.",
    ),
    nullable(
        "previous_computed_monthly_cost_usd",
        &Kind::Number,
        "What `previous` said it cost when it was computed, in USD per month. Null if it does not say.",
    ),
    nullable(
        "best_monthly_cost_usd",
        &Kind::Number,
        "The cost of the best placement found, were nothing kept, in USD per month. Null if the work limit ended the search before one was found.",
    ),
    nullable(
        "forgone_saving_usd",
        &Kind::Number,
        "What moving the rest would save, in USD per month: `monthly_cost_usd` less `best_monthly_cost_usd`. Null where that is null.",
    ),
    known(
        "decisions",
        &Kind::List(&Kind::Object(DECISION)),
        "What became of workloads and pools that are decided together, in the order of the first workload.",
    ),
    known(
        "changes",
        &Kind::Map { key: "workload/cloud/region", of: &Kind::Object(CHANGE) },
        "Groups that differ from `previous`, by `workload/cloud/region`; the nodes of a pool are one group, by `pool/cloud/region`.",
    ),
    nullable(
        "differences",
        &Kind::Object(DIFFERENCES),
        "What the two answers were computed from, where it is not the same. Null if `previous` does not say what it was computed from.",
    ),
    known(
        "prices",
        &Kind::List(&Kind::Object(PRICE)),
        "Machines of `previous` that cost something else now. Empty too if `previous` holds no prices, as a `certificate` alone.",
    ),
];

const DECISION: &[Field] = &[
    known("workloads", &Kind::List(&Kind::Text), "The workloads outside pools, by name."),
    known("pools", &Kind::List(&Kind::Text), "The pools, by name."),
    known("kept", &Kind::Bool, "Whether they stand as they did."),
    nullable(
        "previous_monthly_cost_usd",
        &Kind::Number,
        "What they cost now as they stood, in USD per month. Null if they cannot stay.",
    ),
    nullable("reason", &Kind::Text, "Why they cannot stay. Null if they can."),
    nullable(
        "best_monthly_cost_usd",
        &Kind::Number,
        "What they cost in the best placement found, in USD per month. Null if none was found.",
    ),
    nullable(
        "saving_usd",
        &Kind::Number,
        "What moving them saves, or would save, in USD per month. Null if one of the costs is.",
    ),
];

const CHANGE: &[Field] = &[
    known(
        "change",
        &Kind::Word(&["added", "removed", "resized", "rerouted"]),
        "What is not as it was: the group, its machines, or only its part of the requests.",
    ),
    nullable("before", &Kind::Text, "The machines there were. Null if there were none, or they are the same."),
    nullable("now", &Kind::Text, "The machines there are. Null if there are none, or they are the same."),
    known(
        "cause",
        &Kind::Word(&["configuration", "catalog", "version", "catalog_or_version", "unknown"]),
        "What made the change. Equal configuration, catalog and version give equal answers, so the only one that differs is the cause. Where the \
         configuration and another differ, the earlier configuration was solved again: what is then as it was changed because of the \
         configuration. `unknown` if `previous` does not say what it was computed from.",
    ),
];

const DIFFERENCES: &[Field] = &[
    known("configuration", &Kind::List(&Kind::Text), "What is stated otherwise, each `path: before → now`."),
    nullable("catalog", &Kind::Text, "The digest of the earlier catalog. Null if it is the same."),
    nullable("version", &Kind::Text, "The earlier version. Null if it is the same."),
];

const PRICE: &[Field] = &[
    known("region", &Kind::Text, "Where: `cloud/region`."),
    known("instance_type", &Kind::Text, "The cloud's name of the machine type."),
    known("purchase_model", super::PURCHASE_MODELS, "How the machines are bought."),
    known("before_usd", &Kind::Number, "USD per hour before."),
    nullable("now_usd", &Kind::Number, "USD per hour now. Null if it is not on sale any more."),
];
