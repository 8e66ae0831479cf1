//! Fields of groups. Those that resources are built from appear in every view of the groups, so each is declared once.

use super::super::{Field, Kind};
use super::{known, nullable};

const WORKLOAD: Field = known("workload", &Kind::Text, "The workload.");

const CLOUD: Field = known("cloud", &Kind::Text, "The cloud.");

const REGION: Field = known("region", &Kind::Text, "The cloud's name of the region.");

const ZONES: Field = known(
    "zones",
    &Kind::Map { key: "zone", of: &Kind::Whole },
    "Instances by zone, the most of any hour; zones without instances are left out.",
);

const INSTANCE_TYPE: Field = nullable(
    "instance_type",
    &Kind::Text,
    "The cloud's name of the machine type. Null if the group runs as a function only.",
);

const ARCHITECTURE: Field = nullable(
    "architecture",
    &Kind::Word(&["x86_64", "arm64"]),
    "The instruction set, of the machines if there are any. Never null.",
);

const PURCHASE_MODEL: Field = nullable(
    "purchase_model",
    PURCHASE_MODELS,
    "How the instances are bought. Null if the group runs as a function only.",
);

const FUNCTION: Field = nullable(
    "function",
    &Kind::Object(RUNS_AS),
    "The function that answers the requests of the group, or a part of them. Null if machines answer all.",
);

const INSTANCES: Field = known(
    "instances",
    &Kind::Whole,
    "Instances in all zones when there are most, those kept for the loss of zones and spot pools included.",
);

const MIN_SIZE: Field = known(
    "min_size",
    &Kind::Whole,
    "Smallest size for an autoscaling group: the fewest instances of any hour, in the low case if the demand is a forecast. `instances` \
         where demand does not change.",
);

const MAX_SIZE: Field = known(
    "max_size",
    &Kind::Whole,
    "Largest size for an autoscaling group: the most instances of any hour, in the high case if the demand is a forecast; `instances`.",
);

const DESIRED_CAPACITY: Field = known(
    "desired_capacity",
    &Kind::Whole,
    "Size to start an autoscaling group with: the most instances of any hour in the expected case, so that it suffices at whatever hour it \
         starts.",
);

const TRAFFIC_SHARE: Field = known(
    "traffic_share",
    &Kind::Map { key: "user group", of: &Kind::Number },
    "Share of the user group's requests to this workload that the group answers. The shares of one user group sum to 1. Where replicas are counted and nobody asks, \
     the share of them that is here, under `/replicas`.",
);

const STATE: Field = nullable(
    "state",
    &Kind::Object(KEPT),
    "How the group keeps the workload's data. Null unless the workload has `state`.",
);

const KEPT: &[Field] = &[
    known("copies", &Kind::Whole, "Copies of each piece of the data in the region."),
    known(
        "storage_gib_per_replica",
        &Kind::Whole,
        "Size of a replica's volume in whole GiB (2^30 bytes): the least with which replicas of one size store all copies.",
    ),
    known("max_copies_per_zone", &Kind::Whole, "Most copies of the same data in one zone."),
    known(
        "in_sync_after_loss",
        &Kind::Whole,
        "Copies of all data that are left after the loss of whichever `survive.zones` zones of the region, `survive.regions` regions or `survive.clouds` clouds, \
         all regions together; all of them if none are to be outlived.",
    ),
];

/// A group of one workload as the resources that build it need it.
///
/// It says what is needed and no more: the host decodes each value, and writes it into its state twice. What functions and state need is in `groups`.
pub(in crate::render) const GROUP_OF_WORKLOAD: &[Field] = &[
    CLOUD,
    REGION,
    ZONES,
    INSTANCE_TYPE,
    ARCHITECTURE,
    PURCHASE_MODEL,
    MIN_SIZE,
    MAX_SIZE,
    DESIRED_CAPACITY,
    TRAFFIC_SHARE,
];

pub(super) const GROUP: &[Field] = &[
    WORKLOAD,
    CLOUD,
    REGION,
    ZONES,
    INSTANCE_TYPE,
    ARCHITECTURE,
    PURCHASE_MODEL,
    INSTANCES,
    known("replicas", &Kind::Whole, "Replicas all instances hold; of `replicas.count`, those that are to run here."),
    MIN_SIZE,
    MAX_SIZE,
    DESIRED_CAPACITY,
    known(
        "hourly_instances",
        &Kind::List(&Kind::Whole),
        "Instances in each hour of the day or week (UTC; weeks begin on Monday) in the expected case: what is paid for. Empty where demand does \
         not change by the hour.",
    ),
    known("load_rps", &Kind::Number, "Requests per second sent to the group, the most of any hour."),
    nullable(
        "capacity_rps",
        &Kind::Number,
        "Requests per second its replicas carry at the utilization ceiling while every zone is up, and the environments of its function. Null where replicas \
         are counted.",
    ),
    TRAFFIC_SHARE,
    FUNCTION,
    STATE,
    known(
        "calls_share",
        &Kind::Map { key: "workload", of: &Kind::Map { key: "region", of: &Kind::Number } },
        "Routing of the calls it makes: by workload that is called, the share of the calls that goes to each `cloud/region`. The shares of one \
         workload sum to 1; empty if it calls nothing.",
    ),
    nullable(
        "max_rtt_ms",
        &Kind::Number,
        "Longest round trip to any user group it answers, in milliseconds. Null if it answers none or any is unknown.",
    ),
    nullable(
        "max_path_rtt_ms",
        &Kind::Number,
        "Longest sum of round trips from a user group it answers through this group and any chain of calls that are waited for, in \
         milliseconds. Null if it calls nothing, answers no users, or a round trip is unknown.",
    ),
    known(
        "machines",
        &Kind::List(&Kind::Object(MACHINES)),
        "What the instances are, in the order of machine type, then purchase model, where a group mixes types or purchase models or is \
         committed; `instance_type` and `purchase_model` above are those of the first entry. Empty where they say it all, and where a group \
         runs as a function only. `instance_types` says how large each type is.",
    ),
    known(
        "monthly_cost_usd",
        &Kind::Number,
        "What the group adds to the total, in USD per month; fixed costs of regions are in `regions`.",
    ),
    known("costs", GROUP_COSTS, GROUP_COSTS_MEANING),
    nullable("monthly_carbon_kg", &Kind::Number, "Emissions in kg of CO₂ equivalent per month. Null if unknown."),
];

const RUNS_AS: &[Field] = &[
    known("service", &Kind::Text, "What the cloud calls the service, such as `lambda`."),
    known("architecture", &Kind::Word(&["x86_64", "arm64"]), "The instruction set."),
    known("memory_gib", &Kind::Number, "Memory of one environment in GiB (2^30 bytes)."),
    nullable("vcpu", &Kind::Number, "Virtual processors of one environment. Null if the workload does not say."),
    known("requests_per_environment", &Kind::Whole, "Requests that one environment answers at a time."),
    known(
        "concurrency",
        &Kind::Whole,
        "Environments that may run at a time: what its largest load needs, or what stands in for lost regions. To be reserved, and its limit.",
    ),
    known("load_rps", &Kind::Number, "Requests per second that the function answers, the most of any hour."),
    known(
        "load_share",
        &Kind::Number,
        "Share of the group's requests that the function answers, at all times; machines answer the rest. Zero where there are none.",
    ),
    known("monthly_requests", &Kind::Number, "Requests that the function answers in a month."),
    known("monthly_gib_seconds", &Kind::Number, "GiB-seconds of memory that are billed in a month."),
    nullable(
        "monthly_vcpu_seconds",
        &Kind::Number,
        "vCPU-seconds that are billed in a month, where the service has a price for them. Null if the workload does not say `vcpu`.",
    ),
    known("monthly_cost_usd", &Kind::Number, "What the function costs, in USD per month."),
];

const MACHINES: &[Field] = &[
    known("instance_type", &Kind::Text, "The cloud's name of the machine type."),
    known("purchase_model", PURCHASE_MODELS, "How these instances are bought."),
    nullable("commitment", &Kind::Text, "Label of the commitment they are bought by. Null unless they are committed."),
    known("instances", &Kind::Whole, "These instances in all zones, the most of any hour."),
    known(
        "zones",
        &Kind::Map { key: "zone", of: &Kind::Whole },
        "These instances by zone, the most of any hour; zones without any are left out.",
    ),
    known("replicas_per_instance", &Kind::Whole, "Replicas one of these instances holds."),
    known("hourly_usd_per_instance", &Kind::Number, "Price of one of these instances in USD per hour."),
];

pub(super) const PURCHASE_MODELS: &Kind = &Kind::Word(&["on_demand", "spot", "committed_1_year", "committed_3_years"]);

/// A map, so that a line that is zero costs the host nothing.
pub(super) const GROUP_COSTS: &Kind = &Kind::Map { key: "line", of: &Kind::Number };

pub(super) const GROUP_COSTS_MEANING: &str = "`monthly_cost_usd` by what it is spent on, under the names of the lines in `costs` of the \
     result, in USD per month; lines that are zero are left out. Calls and their answers count where they are made, whoever of the two \
     regions pays.";
