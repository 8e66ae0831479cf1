//! Arguments of one workload.

use super::arguments::{ALLOWED, DENIED, defaulted, names, number, number_from, optional, required, whole};
use super::pools::{LEVELS, REPLICAS, REQUIREMENT};
use super::{Argument, Key, Kind};

pub(super) const WORKLOAD: &[Argument] = &[
    optional(
        "replica",
        &Kind::Object(REPLICA),
        "What one replica asks of its machine. Required, but for workloads that run as a `function` only.",
    ),
    optional(
        "function",
        &Kind::Object(FUNCTION),
        "How the workload runs as a function, which is paid for by the request and by the time that memory and processor are in use. In every region it is \
         placed on machines, as a function, or divided between both, whatever costs least; without `replica` as a function only.",
    ),
    optional("reserved", &Kind::Object(RESERVED), "What is kept free on each machine for the system and its agents."),
    optional(
        "rps_per_replica",
        &number_from((1, 3), (1_000_000_000, 0)),
        "Requests per second one replica serves within its promises, from a load test. Required, but for workloads of a pool without \
         `demand_rps` and those that run as a `function` only.",
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
         `demand_rps`, `hourly_demand_rps` and `forecast_demand_rps`, and at least one is above zero, unless other workloads call this one.",
    ),
    optional(
        "hourly_demand_rps",
        &Kind::Map {
            key: Key::Reference("user group"),
            of: &Kind::List { of: RPS, lengths: &[24, 168] },
            at_most: 10_000,
        },
        "Requests per second by user group and hour: 24 for the hours of the day from 00:00 UTC, or 168 for those of the week from Monday \
         00:00 UTC. Machines follow the demand hour by hour; which share of a user group is answered where does not change. User groups may \
         rise and fall apart: those that ask at other hours share machines.",
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
        "How many replicas, for a workload without demand, in all regions together. In a pool with demand: limits on their number.",
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
        "Largest difference between any two zones of a region: of the replicas in a pool, of the instances on machines of the workload's own, which are as even \
         as can be in any case, so that 0 makes all zones alike.",
    ),
    optional(
        "max_machine_types",
        &whole(1, 1_000),
        "Most different machine types in one group, as in a mixed-instances policy. Groups mix types where a site has a limited number of machines. Not together \
         with `purchase.spot`, commitments and `state`.",
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
    optional(
        "max_path_rtt_ms",
        &number_from((1, 3), (60_000, 0)),
        "Longest sum of network round trips, in milliseconds, from the users through the region of this workload and those of all workloads that are \
         called one after the other while they wait. It holds for every path that a request may take.",
    ),
    optional(
        "calls",
        &Kind::Map { key: Key::Reference("workload"), of: &Kind::Object(CALL), at_most: 1_000 },
        "What the workload asks of others while it answers a request, by workload. Calls add to the demand of the callee and go round in no \
         circle.",
    ),
    defaulted(
        "rtt_share",
        &number_from((1, 3), (1, 0)),
        "1",
        "Share of all requests of the workload that must be served within `max_rtt_ms`.",
    ),
    optional("purchase", &Kind::Object(PURCHASE), "How machines may be bought beside on demand."),
    optional(
        "spread",
        &Kind::Object(SPREAD),
        "How requests and instances are spread over failure domains while nothing is lost.",
    ),
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
        "single_region_per_user",
        &Kind::Bool,
        "false",
        "Whether each user group is answered by one region, as DNS by latency does it; else its requests may be divided.",
    ),
    defaulted(
        "response_kib",
        &number(0, (10_000_000, 0)),
        "0",
        "KiB (1,024 bytes) sent to the user per request; priced as Internet egress of the region that serves it.",
    ),
    optional(
        "state",
        &Kind::Object(STATE),
        "Data the workload keeps: a message broker, a database. All copies stand in one region, which answers every user group; its zones are the failure \
         domains. With `multi_region` copies are divided over regions.",
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

const FUNCTION: &[Argument] = &[
    required(
        "memory_gib",
        &number_from((125, 3), (1_000, 0)),
        "Memory of one environment (container, micro-VM) in GiB (2^30 bytes).",
    ),
    required(
        "duration_ms",
        &number_from((1, 3), (3_600_000, 0)),
        "Mean time that one request is worked on, in milliseconds, with this memory and processor. It is billed rounded up as the service bills, for \
         AWS Lambda to 1 ms and for Cloud Run to 100 ms.",
    ),
    optional(
        "vcpu",
        &number_from((1, 3), (1_000, 0)),
        "Virtual processors of one environment. Services that have a price for it (Cloud Run) are used only if it is given; where it comes with \
         memory (AWS Lambda), it says nothing.",
    ),
    defaulted(
        "concurrency",
        &whole(1, 10_000),
        "1",
        "Requests that one environment answers at a time, on average, where the service allows that many: AWS Lambda allows 1, Cloud Run 1,000. They \
         share the environment, and what is billed for its time.",
    ),
];

pub(super) const RESOURCES: &Kind =
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

const CALL: &[Argument] = &[
    defaulted(
        "per_request",
        &number_from((1, 6), (1_000, 0)),
        "1",
        "Calls for each request the caller answers, counted in millionths.",
    ),
    defaulted(
        "kib",
        &number(0, (10_000_000, 0)),
        "0",
        "KiB (1,024 bytes) the callee answers to one call; priced as egress of the callee's region where the caller is in another one.",
    ),
    defaulted(
        "request_kib",
        &number(0, (10_000_000, 0)),
        "0",
        "KiB the caller sends with one call; priced as egress of the caller's region where the callee is in another one.",
    ),
    defaulted(
        "wait",
        &Kind::Bool,
        "true",
        "Whether the caller waits for the answer: only then does the round trip count in `max_path_rtt_ms`.",
    ),
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
        "Whether the workload may use what `catalog.commitments` declares. Without it, it does unless it uses spot or outlives regions or clouds; spot and commitments together are refused.",
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

const SPREAD: &[Argument] = &[
    optional(
        "min_zones",
        &whole(1, 100),
        "In every region that holds replicas at least this many zones hold instances, at all times; in a pool, at least this many zones hold replicas.",
    ),
    optional(
        "max_region_share",
        &number_from((1, 6), (1, 0)),
        "Largest share of the users' requests that one region answers, rounded up to a thousandth of a request per second.",
    ),
    optional(
        "max_cloud_share",
        &number_from((1, 6), (1, 0)),
        "Largest share of the users' requests that one cloud answers, rounded up to a thousandth of a request per second.",
    ),
    optional(
        "weights",
        &Kind::Map { key: Key::Reference("cloud or region"), of: &number(0, (1_000_000, 0)), at_most: 1_000 },
        "Weighted routing: what part of the users' requests each failure domain answers, by cloud (`aws`) or region (`aws/eu-central-1`): its weight over the \
         sum of all. A region with a weight of its own does not count for its cloud. Regions in none of them are not used.",
    ),
    optional(
        "weight_tolerance",
        &number(0, (1, 0)),
        "How far the part of a domain may be from what `weights` say, as a share of all requests: with 0.05, from 65 to 75 percent of 70. Without it, a \
         thousandth of a request per second.",
    ),
];

const STATE: &[Argument] = &[
    required(
        "storage_gib",
        &number_from((1, 3), (1_000_000_000, 0)),
        "Data in GiB (2^30 bytes), one copy of everything: what is written, times how long it is kept.",
    ),
    defaulted(
        "replication_factor",
        &whole(1, 15),
        "3",
        "Copies of each piece of the data in all, no two on one machine, spread over the zones in use of a region as evenly as can be.",
    ),
    optional(
        "quorum",
        &whole(1, 15),
        "Copies of each piece that are left after the loss of any `survive.zones` zones, or regions or clouds, and that a write waits for, such as \
         `min.insync.replicas`; a majority of the copies if it is not given.",
    ),
    defaulted(
        "write_kib",
        &number(0, (1_000_000, 0)),
        "0",
        "KiB (1,024 bytes) written per request; each write goes to every other copy and is priced as traffic between zones, or regions, where that is in another \
         one.",
    ),
    optional(
        "max_storage_gib",
        &number_from((1, 3), (1_000_000_000, 0)),
        "Most data in GiB that one replica stores, such as the size of its volume that is filled; without it a replica stores any amount.",
    ),
    defaulted(
        "multi_region",
        &Kind::Bool,
        "false",
        "Whether copies may be in several regions, as `survive.regions` and `survive.clouds` ask for. How many are in each is decided; every region in use has \
         at least one copy of everything, answers its users from it, and sends writes from there to all others.",
    ),
    optional(
        "max_quorum_rtt_ms",
        &number_from((1, 3), (60_000, 0)),
        "Longest network round trip, in milliseconds, from any region in use to the nearest copies that make a quorum with its own: what a write waits for while \
         nothing is lost.",
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
