//! The arguments of pools, and those that workloads have because of them.

use super::arguments::{ALLOWED, DENIED, defaulted, names, optional, required, whole};
use super::workload::RESERVED;
use super::{Argument, Key, Kind};

/// Pools by name.
pub(super) const POOLS: &Kind = &Kind::Map { key: Key::Name("pool"), of: &Kind::Object(POOL), at_most: 1_000 };

const POOL: &[Argument] = &[
    optional("reserved", &Kind::Object(RESERVED), "What is kept free on each node for the system and its agents."),
    optional(
        "allowed",
        &Kind::Object(ALLOWED),
        "What the pool may use, within what the problem allows: regions, and machine types of its nodes.",
    ),
    optional("denied", &Kind::Object(DENIED), "What the pool may not use."),
    defaulted(
        "allow_burstable",
        &Kind::Bool,
        "false",
        "Whether machines whose processors are not available all the time may be nodes, counted in full.",
    ),
    optional("max_nodes", &whole(1, 1_000_000), "At most this many nodes."),
    optional("max_machine_types", &whole(1, 1_000), "At most this many machine types among the nodes."),
    optional(
        "max_nodes_by_type",
        &Kind::Map { key: Key::Reference("machine type"), of: &whole(0, 1_000_000), at_most: 10_000 },
        "At most this many nodes of single machine types, by the cloud's name of the type.",
    ),
    optional(
        "at_least",
        &Kind::Map { key: Key::Name("rule"), of: &Kind::Object(AT_LEAST), at_most: 1_000 },
        "Numbers of replicas that several workloads have together, by a name for the rule.",
    ),
    optional(
        "one_of",
        &Kind::Map { key: Key::Name("choice"), of: &names(1), at_most: 8 },
        "Workloads of which exactly one is deployed, by a name for the choice. The lists of all of them hold, whichever is deployed.",
    ),
];

const AT_LEAST: &[Argument] = &[
    required("workloads", &names(1), "Workloads of the pool."),
    required("replicas", &whole(1, 1_000_000), "At least this many replicas of them together."),
];

/// How many replicas.
pub(super) const REPLICAS: &[Argument] = &[
    optional("count", &whole(1, 1_000_000), "Exactly this many: outside pools, at least one in every region in use."),
    optional("min", &whole(0, 1_000_000), "At least this many; with demand, at least those that carry it too."),
    optional("max", &whole(1, 1_000_000), "In a pool: at most this many."),
];

/// Where a rule about other workloads holds.
pub(super) const LEVELS: &[Argument] = &[
    optional("node", &names(1), "Workloads of the pool, for each of its nodes."),
    optional("zone", &names(1), "Workloads of the pool, for each zone."),
];

/// What is required beside a workload.
pub(super) const REQUIREMENT: &[Argument] = &[
    defaulted("count", &whole(1, 1_000_000), "1", "So many replicas of it are needed."),
    defaulted(
        "every",
        &whole(1, 1_000_000),
        "1",
        "For every so many replicas of this workload `count` are needed, begun ones included.",
    ),
];
