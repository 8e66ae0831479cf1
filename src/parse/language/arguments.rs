//! The table of arguments.
//!
//! Limits keep arithmetic exact and memory sane; they lie far outside what clouds sell. Defaults are written as JSON.

use super::pools::{LEVELS, POOLS, REPLICAS, REQUIREMENT};
use super::{Argument, Bounds, Key, Kind};
use crate::units::Decimal;

/// Everything a problem may say.
pub const PROBLEM: &[Argument] = &[
    required(
        "users",
        &Kind::Map { key: Key::Name("user group"), of: &Kind::Object(USER), at_most: 10_000 },
        "User groups by name: where demand comes from. Give each a `city` (with `country` where the name is not unique), a `country` alone, \
         or `latitude` and `longitude`; or declare all its `paths`.",
    ),
    required(
        "workloads",
        &Kind::Map { key: Key::Name("workload"), of: &Kind::Object(WORKLOAD), at_most: 100_000 },
        "Workloads by name: what is to be placed. Each runs on machines of its own, or on the nodes of its `pool`.",
    ),
    optional(
        "pools",
        POOLS,
        "Pools by name: nodes that workloads share, as in a Kubernetes cluster. A pool stands in one region.",
    ),
    optional(
        "allowed",
        &Kind::Object(ALLOWED),
        "What all workloads may use. A workload's own `allowed` narrows it further.",
    ),
    optional("denied", &Kind::Object(DENIED), "What no workload may use."),
    optional("limits", &Kind::Object(LIMITS), "Limits over all workloads together."),
    optional("objective", &Kind::Object(OBJECTIVE), "What is minimised beside money that is really paid."),
    optional(
        "catalog",
        &Kind::Object(CATALOG),
        "Changes to the embedded catalog: negotiated prices, own prices, excluded types, costs of regions.",
    ),
    defaulted(
        "gap_tolerance",
        &number(0, (1, 1)),
        "0.0001",
        "Largest distance between the cost and its proven lower bound, relative to the cost, at which a placement is called optimal.",
    ),
    defaulted(
        "on_infeasible",
        &Kind::Word(&["error", "report"]),
        "\"error\"",
        "What happens when no placement exists: `error` fails the read, `report` returns the explanation with `outcome = \"infeasible\"`.",
    ),
];

const USER: &[Argument] = &[
    optional(
        "city",
        &Kind::Text,
        "City with 300,000 inhabitants or more, such as `Frankfurt`; letter case and accents do not matter.",
    ),
    optional(
        "country",
        &Kind::Text,
        "ISO 3166-1 alpha-2 code of the country, such as `DE`. Alone it stands for the country's centre of population.",
    ),
    optional("latitude", &number(-90, (90, 0)), "Degrees north of the equator."),
    optional("longitude", &number(-180, (180, 0)), "Degrees east of Greenwich."),
    optional(
        "paths",
        &Kind::Map { key: Key::Reference("region"), of: &Kind::Object(PATH), at_most: 10_000 },
        "What you know of the network between this group and single regions, by region (`aws/eu-central-1`): it counts in the place of the \
         catalog's figures. A group without a place has the paths it declares, and no others are known.",
    ),
];

const PATH: &[Argument] =
    &[optional("rtt_ms", &number(0, (60_000, 0)), "Network round trip in milliseconds, such as one you measured.")];

const WORKLOAD: &[Argument] = &[
    required("replica", &Kind::Object(REPLICA), "What one replica asks of its machine."),
    optional("reserved", &Kind::Object(RESERVED), "What is kept free on each machine for the system and its agents."),
    optional(
        "rps_per_replica",
        &number_from((1, 3), (1_000_000_000, 0)),
        "Requests per second one replica serves within its promises, from a load test. Required, but for workloads of a pool without \
         `demand_rps`.",
    ),
    defaulted(
        "utilization_ceiling",
        &number_from((1, 2), (1, 0)),
        "1",
        "Share of `rps_per_replica` that is planned for, such as 0.7; the rest is headroom.",
    ),
    optional(
        "demand_rps",
        &Kind::Map { key: Key::Reference("user group"), of: RPS, at_most: 10_000 },
        "Requests per second by user group, the same at all times, counted in thousandths. Each user group has its demand in one of \
         `demand_rps`, `hourly_demand_rps` and `forecast_demand_rps`, and at least one is above zero.",
    ),
    optional(
        "hourly_demand_rps",
        &Kind::Map {
            key: Key::Reference("user group"),
            of: &Kind::List { of: RPS, lengths: &[24, 168] },
            at_most: 10_000,
        },
        "Requests per second by user group and hour: 24 for the hours of the day from 00:00 UTC, or 168 for those of the week from Monday \
         00:00 UTC. Machines follow the demand hour by hour; which share of a user group is answered where does not change. All user groups of \
         a workload have one shape: their demand rises and falls together.",
    ),
    optional(
        "forecast_demand_rps",
        &Kind::Map { key: Key::Reference("user group"), of: &Kind::Object(FORECAST), at_most: 10_000 },
        "A forecast of requests per second by user group. The expected demand is paid for, the high one must be carried (`max_size`), the low \
         one tells `min_size`.",
    ),
    defaulted(
        "growth",
        &number(0, (100, 0)),
        "0",
        "How much all demand of the workload grows beyond what is stated, as a share: 0.2 plans for a fifth more.",
    ),
    defaulted(
        "headroom",
        &number(0, (10, 0)),
        "0",
        "Capacity kept free and paid for, as a share of the load: with 0.25, replicas for 100 requests per second are planned where 80 are sent.",
    ),
    optional("pool", &Kind::Text, "The pool on whose nodes the replicas run."),
    optional(
        "replicas",
        &Kind::Object(REPLICAS),
        "In a pool: how many replicas, for a workload without demand; with demand, limits on their number.",
    ),
    defaulted(
        "daemon",
        &Kind::Bool,
        "false",
        "In a pool: one replica on every node, but for nodes that hold a workload it is `apart` from; as a DaemonSet.",
    ),
    defaulted("exclusive", &Kind::Bool, "false", "In a pool: its nodes hold no other workload but daemons."),
    optional("max_per_node", &whole(1, 1_000_000), "In a pool: at most this many replicas on one node."),
    optional(
        "max_zone_skew",
        &whole(0, 1_000_000),
        "In a pool: largest difference between the replicas in any two zones.",
    ),
    optional(
        "apart",
        &Kind::Object(LEVELS),
        "In a pool: workloads that share no node, or no zone, with this one; naming itself means at most one replica on each.",
    ),
    optional(
        "together",
        &Kind::Object(LEVELS),
        "In a pool: workloads that are on a node, or in a zone, if and only if this one is.",
    ),
    optional(
        "requires",
        &Kind::Map { key: Key::Reference("workload"), of: &Kind::Object(REQUIREMENT), at_most: 1_000 },
        "In a pool: replicas of other workloads it needs, such as one `mysql` for every three of this. Of a `one_of` choice only the deployed \
         one is needed.",
    ),
    optional(
        "max_rtt_ms",
        &number_from((1, 3), (60_000, 0)),
        "Longest network round trip, in milliseconds, between users and the region that serves them.",
    ),
    defaulted(
        "rtt_share",
        &number_from((1, 3), (1, 0)),
        "1",
        "Share of all requests of the workload that must be served within `max_rtt_ms`.",
    ),
    optional("purchase", &Kind::Object(PURCHASE), "How machines may be bought beside on demand."),
    optional("survive", &Kind::Object(SURVIVE), "What may be lost while the rest still carries the load."),
    optional(
        "degraded_max_rtt_ms",
        &number_from((1, 3), (60_000, 0)),
        "Longest network round trip, in milliseconds, while regions or clouds of `survive` are lost. If it is not given, no round trip is \
         promised then: `max_rtt_ms` holds while nothing is lost.",
    ),
    optional(
        "degraded_utilization",
        &number_from((1, 2), (1, 0)),
        "Share of `rps_per_replica` that may be used while regions or clouds of `survive` are lost; the utilization ceiling if it is not given.",
    ),
    defaulted(
        "min_regions",
        &whole(1, 1_000),
        "1",
        "At least this many regions hold replicas, not counting regions that answer users only while others are lost.",
    ),
    optional("max_regions", &whole(1, 1_000), "At most this many regions hold replicas."),
    defaulted(
        "response_kib",
        &number(0, (10_000_000, 0)),
        "0",
        "KiB (1,024 bytes) sent to the user per request; priced as Internet egress of the region that serves it.",
    ),
    defaulted(
        "allow_burstable",
        &Kind::Bool,
        "false",
        "Whether machines whose processors are not available all the time (CPU credits, shared cores) may be used, counted in full.",
    ),
    optional(
        "pin",
        &names(0),
        "Regions that must hold replicas, as `aws/eu-central-1`, or by bare name where one cloud has it.",
    ),
    optional("allowed", &Kind::Object(ALLOWED), "What this workload may use, within what the problem allows."),
    optional("denied", &Kind::Object(DENIED), "What this workload may not use."),
];

const REPLICA: &[Argument] = &[
    required("vcpu", &number_from((1, 3), (10_000, 0)), "Virtual processors, counted in thousandths."),
    required("memory_gib", &number_from((1, 3), (100_000, 0)), "Memory in GiB (2^30 bytes)."),
    defaulted("gpus", &whole(0, 64), "0", "Whole GPUs."),
    optional(
        "resources",
        RESOURCES,
        "Further resources by name, such as `disk_gib` or `licence/oracle`, counted in thousandths. A machine holds a replica only if it has \
         enough of each; what a machine type does not declare it does not have.",
    ),
];

const RESOURCES: &Kind =
    &Kind::Map { key: Key::Qualified("resource"), of: &number(0, (1_000_000_000, 0)), at_most: 100 };

pub(super) const RESERVED: &[Argument] = &[
    defaulted("vcpu", &number(0, (10_000, 0)), "0", "Virtual processors kept free, counted in thousandths."),
    defaulted("memory_gib", &number(0, (100_000, 0)), "0", "Memory kept free, in GiB (2^30 bytes)."),
    defaulted("resources", RESOURCES, "{}", "Further resources kept free, by name."),
];

const RPS: &Kind = &number(0, (1_000_000_000, 0));

const FORECAST: &[Argument] = &[
    required("low", RPS, "Requests per second if little is asked for."),
    required("expected", RPS, "Requests per second to reckon with; not below `low`."),
    required("high", RPS, "Requests per second that must be carried; not below `expected`."),
];

const PURCHASE: &[Argument] = &[
    optional(
        "spot",
        &Kind::Object(SPOT),
        "Lets groups use spot machines, which the cloud may take back, on these terms; an empty object sets none. Without it nothing is spot. \
         Instances of a group may then differ in type, but all hold the same number of replicas.",
    ),
    optional(
        "commitments",
        &Kind::Bool,
        "Whether the workload may use what `catalog.commitments` declares. Without it, it does unless it uses spot; both together are refused.",
    ),
];

const SPOT: &[Argument] = &[
    defaulted(
        "max_share",
        &number_from((1, 3), (1, 0)),
        "1",
        "Largest share of a group's instances that are spot, at any time.",
    ),
    optional(
        "max_interruption_percent",
        &whole(5, 100),
        "Only types of which at most this many percent are taken back in a month; the catalog knows 5, 10, 15, 20 and more. Types without a \
         figure (all of Google Cloud) are left out then.",
    ),
    defaulted(
        "min_pools",
        &whole(1, 100),
        "1",
        "A group that uses spot spreads it over at least this many pools: one machine type in one zone.",
    ),
    defaulted(
        "survive_pools",
        &whole(0, 10),
        "1",
        "Pools that may be taken back at once: in each region the other machines carry the load sent there. Regions with fewer zones use no spot.",
    ),
];

const SURVIVE: &[Argument] = &[
    defaulted(
        "zones",
        &whole(0, 100),
        "0",
        "Zones that may be lost at once: in each region the replicas in its other zones carry the load sent there.",
    ),
    defaulted(
        "regions",
        &whole(0, 3),
        "0",
        "Regions that may be lost at once: whichever they are, the replicas in the other regions carry the load of every user group, within \
         the degraded limits.",
    ),
    defaulted(
        "clouds",
        &whole(0, 3),
        "0",
        "Clouds that may be lost at once: whichever they are, the replicas in the other clouds carry the load of every user group, within \
         the degraded limits.",
    ),
];

pub(super) const ALLOWED: &[Argument] = &[
    optional("clouds", &names(1), "Only these clouds: `aws`, `azure`, `gcp`."),
    optional(
        "jurisdictions",
        &names(1),
        "Only regions on the ground of these jurisdictions: `EU`, `EEA`, or a country's code.",
    ),
    optional("countries", &names(1), "Only regions in these countries, by ISO 3166-1 alpha-2 code."),
    optional(
        "regions",
        &names(1),
        "Only these regions, as `aws/eu-central-1`, or by bare name where one cloud has it. Regions with restricted access are used only \
         if they are named here.",
    ),
    optional("architectures", &Kind::Set { of: ARCHITECTURE, at_least: 1, at_most: 2 }, "Only these instruction sets."),
    optional(
        "instance_families",
        &names(1),
        "Only these families of machine types; `*` stands for any characters, as in `m7*`.",
    ),
    optional("instance_types", &names(1), "Only these machine types; `*` stands for any characters, as in `*.large`."),
    optional(
        "gpu_models",
        &names(1),
        "Only these models of GPUs, such as `A100`; a GPU of unknown model is refused, a machine without GPUs is not.",
    ),
];

pub(super) const DENIED: &[Argument] = &[
    optional("clouds", &names(0), "None of these clouds: `aws`, `azure`, `gcp`."),
    optional(
        "jurisdictions",
        &names(0),
        "No region on the ground of these jurisdictions: `EU`, `EEA`, or a country's code.",
    ),
    optional("countries", &names(0), "No region in these countries, by ISO 3166-1 alpha-2 code."),
    optional(
        "regions",
        &names(0),
        "None of these regions, as `aws/eu-central-1`, or by bare name where one cloud has it.",
    ),
    optional(
        "architectures",
        &Kind::Set { of: ARCHITECTURE, at_least: 0, at_most: 2 },
        "None of these instruction sets.",
    ),
    optional(
        "instance_families",
        &names(0),
        "None of these families of machine types; `*` stands for any characters, as in `m7*`.",
    ),
    optional(
        "instance_types",
        &names(0),
        "None of these machine types; `*` stands for any characters, as in `*.large`.",
    ),
    optional(
        "gpu_models",
        &names(0),
        "None of these models of GPUs, such as `K80`; a GPU of unknown model is refused too.",
    ),
];

const ARCHITECTURE: &Kind = &Kind::Word(&["x86_64", "arm64"]);

const LIMITS: &[Argument] = &[
    optional("max_regions", &whole(1, 1_000), "At most this many regions hold replicas of any workload."),
    optional("max_clouds", &whole(1, 1_000), "At most this many clouds hold replicas of any workload."),
];

const OBJECTIVE: &[Argument] = &[defaulted(
    "carbon_usd_per_tonne",
    &number(0, (1_000_000, 0)),
    "0",
    "Price of 1,000 kg of CO₂ equivalent in USD; 0 leaves carbon out of the decision.",
)];

/// What may be changed about the embedded catalog, by a problem and by the provider's configuration.
pub const CATALOG: &[Argument] = &[
    optional(
        "embedded",
        &Kind::Bool,
        "Whether the embedded catalog's regions and machine types are on sale, as they are if nothing is said. With `false` everything is declared in `sites` and \
         `machine_types`; the figures of places, such as cities and round trips, stay known.",
    ),
    optional(
        "sites",
        &Kind::Map { key: Key::Qualified("site"), of: &Kind::Object(SITE), at_most: 10_000 },
        "Regions of your own by name, as `dc/berlin`, or `berlin` in the cloud `site`: data centres, edge locations, private regions. \
         They are regions like all others in lists, limits and results.",
    ),
    optional(
        "machine_types",
        &Kind::Map { key: Key::Qualified("machine type"), of: &Kind::Object(MACHINE_TYPE), at_most: 10_000 },
        "Machine types by cloud and name, as `dc/r640`, or `r640` in the cloud `site`: those that sites sell, and what the catalog does not \
         know of its own. A type that is new needs `vcpu` and `memory_gib`.",
    ),
    optional(
        "price_adjustments",
        &Kind::Map { key: Key::Name("price adjustment"), of: &Kind::Object(ADJUSTMENT), at_most: 1_000 },
        "Changes of catalog prices by label, applied in the order of their labels. Lists that are not given select everything.",
    ),
    optional(
        "prices",
        &Kind::Map { key: Key::Reference("region"), of: PRICES, at_most: 1_000 },
        "Own prices in USD per hour by region (`aws/eu-central-1`) and machine type; adjustments do not touch them.",
    ),
    optional(
        "excluded_instance_types",
        &names(0),
        "Machine types that are not to be offered; `*` stands for any characters, as in `t3.*`.",
    ),
    optional(
        "commitments",
        &Kind::Map { key: Key::Name("commitment"), of: &Kind::Object(COMMITMENT), at_most: 100 },
        "Machines that can be bought for one or three years, by label. They are paid for at all hours, and there are no more than `quantity` of them for all \
         workloads together. The catalog itself knows no such prices.",
    ),
    optional(
        "assume_spot_ratio",
        &number_from((1, 3), (1, 0)),
        "Spot price as a share of the price on demand, where the catalog has none (all of Azure). Without it such types are not sold as spot.",
    ),
    optional("fixed_monthly_usd", MONTHLY, "What presence in a region costs each month, in USD, whatever runs there."),
    optional(
        "regions",
        &Kind::Map { key: Key::Reference("region"), of: &Kind::Object(REGION), at_most: 1_000 },
        "Own figures of single regions by name (`aws/eu-central-1`).",
    ),
];

const PRICES: &Kind = &Kind::Map { key: Key::Reference("machine type"), of: &number(0, (10_000, 0)), at_most: 10_000 };

const MONTHLY: &Kind = &number(0, (1_000_000, 0));

const ADJUSTMENT: &[Argument] = &[
    optional("clouds", &names(1), "Clouds whose prices change."),
    optional(
        "regions",
        &names(1),
        "Regions whose prices change, as `aws/eu-central-1`, or by bare name where one cloud has it.",
    ),
    optional(
        "instance_families",
        &names(1),
        "Families of machine types whose prices change; `*` stands for any characters.",
    ),
    optional("instance_types", &names(1), "Machine types whose prices change; `*` stands for any characters."),
    required(
        "change",
        &Kind::Text,
        "The change: relative, as `\"+10%\"` or `\"-7.5%\"`, or absolute in USD per hour, as `\"-0.01\"`.",
    ),
];

const COMMITMENT: &[Argument] = &[
    optional("clouds", &names(1), "Clouds it is valid in."),
    optional(
        "regions",
        &names(1),
        "Regions it is valid in, as `aws/eu-central-1`, or by bare name where one cloud has it.",
    ),
    optional(
        "instance_families",
        &names(1),
        "Families of machine types it is valid for; `*` stands for any characters.",
    ),
    optional("instance_types", &names(1), "Machine types it is valid for; `*` stands for any characters."),
    required("term_years", &whole(1, 3), "How long it binds: 1 or 3 years."),
    required(
        "price",
        &Kind::Text,
        "Price of an instance: in USD per hour, as `\"0.045\"`, or relative to on demand, as `\"-37%\"`.",
    ),
    required("quantity", &whole(1, 1_000_000), "Most instances, of all its types and in all its regions together."),
];

const REGION: &[Argument] = &[
    optional("fixed_monthly_usd", MONTHLY, "What presence in this region costs each month, in USD."),
    optional("internet_egress_usd_per_gb", &number(0, (1_000, 0)), "Price of 10^9 bytes sent to the Internet, in USD."),
    optional(
        "grid_g_per_kwh",
        &number(0, (10_000, 0)),
        "Carbon intensity of the grid in grams of CO₂ equivalent per kWh.",
    ),
];

const SITE: &[Argument] = &[
    optional("city", &Kind::Text, "City, as for user groups: where round trips are computed from."),
    optional(
        "country",
        &Kind::Text,
        "ISO 3166-1 alpha-2 code of the country. Without one the site passes no list of countries or jurisdictions, neither `allowed` nor \
         `denied`.",
    ),
    optional("latitude", &number(-90, (90, 0)), "Degrees north of the equator."),
    optional("longitude", &number(-180, (180, 0)), "Degrees east of Greenwich."),
    optional("zones", &names(1), "Names of the zones, which fail one at a time. Without them the site is one zone."),
    required(
        "machines",
        &Kind::Map { key: Key::Reference("machine type"), of: &Kind::Object(SITE_MACHINE), at_most: 10_000 },
        "What is on sale by machine type: one of the site's cloud, from `machine_types` or the embedded catalog.",
    ),
    optional("fixed_monthly_usd", MONTHLY, "What presence in the site costs each month, in USD, whatever runs there."),
    optional(
        "internet_egress_usd_per_gb",
        &number(0, (1_000, 0)),
        "Price of 10^9 bytes sent to users, in USD. Unknown if not given: workloads whose responses have a size are then not placed here.",
    ),
    optional(
        "grid_g_per_kwh",
        &number(0, (10_000, 0)),
        "Carbon intensity of the site's power in grams of CO₂ equivalent per kWh. Unknown if not given.",
    ),
];

const SITE_MACHINE: &[Argument] = &[
    required(
        "hourly_usd",
        &number(0, (10_000, 0)),
        "Price of one instance in USD per hour; 0 for what is paid for already.",
    ),
    optional(
        "carbon_g_per_hour",
        &number(0, (1_000_000, 0)),
        "Emissions of one running instance in grams of CO₂ equivalent per hour. Without them they follow from the type's `watts` and the \
         site's `grid_g_per_kwh`, or are unknown.",
    ),
    optional(
        "count",
        &whole(0, 1_000_000),
        "How many there are, for all workloads together; without it and `zone_counts`, as many as anybody wants.",
    ),
    optional(
        "zone_counts",
        COUNTS,
        "How many there are in each zone, for all workloads together; zones left out have none.",
    ),
];

const COUNTS: &Kind = &Kind::Map { key: Key::Reference("zone"), of: &whole(0, 1_000_000), at_most: 10_000 };

const MACHINE_TYPE: &[Argument] = &[
    optional("vcpu", &number_from((1, 3), (10_000, 0)), "Virtual processors, counted in thousandths."),
    optional("memory_gib", &number_from((1, 3), (100_000, 0)), "Memory in GiB (2^30 bytes)."),
    optional("gpus", &whole(0, 64), "GPUs on board; a new type without them has none."),
    optional("gpu_model", &Kind::Text, "Model of the GPUs, such as `A100`."),
    optional("resources", RESOURCES, "Further resources on board by name, such as `disk_gib` or `licence/oracle`."),
    optional("family", &Kind::Text, "Family of the type; a new type without one is a family of its own."),
    optional("architecture", ARCHITECTURE, "Instruction set; a new type without one is `x86_64`."),
    optional(
        "burstable",
        &Kind::Bool,
        "Whether its processor is not available all the time; a new type without this is not burstable.",
    ),
    optional("watts", &number(0, (100_000, 0)), "Mean power of one running instance in W, cooling included."),
    optional(
        "embodied_g_per_hour",
        &number(0, (10_000, 0)),
        "Emissions of its manufacture for each hour of use, in grams of CO₂ equivalent; counted as none for a new type.",
    ),
];

pub(crate) const fn required(name: &'static str, kind: &'static Kind, description: &'static str) -> Argument {
    Argument { name, kind, required: true, default: None, description }
}

pub(crate) const fn optional(name: &'static str, kind: &'static Kind, description: &'static str) -> Argument {
    Argument { name, kind, required: false, default: None, description }
}

pub(crate) const fn defaulted(
    name: &'static str,
    kind: &'static Kind,
    default: &'static str,
    description: &'static str,
) -> Argument {
    Argument { name, kind, required: false, default: Some(default), description }
}

/// A list of names, with at least `at_least` of them.
pub(crate) const fn names(at_least: usize) -> Kind {
    Kind::Set { of: &Kind::Text, at_least, at_most: 10_000 }
}

/// A number from `least` to `most`, written as digits and decimal places.
pub(crate) const fn number(least: i128, most: (i128, u32)) -> Kind {
    number_from((least, 0), most)
}

pub(crate) const fn number_from(least: (i128, u32), most: (i128, u32)) -> Kind {
    Kind::Number(Bounds { least: Decimal::new(least.0, least.1), most: Decimal::new(most.0, most.1), is_whole: false })
}

pub(crate) const fn whole(least: i128, most: i128) -> Kind {
    Kind::Number(Bounds { least: Decimal::from_integer(least), most: Decimal::from_integer(most), is_whole: true })
}
