//! The table of arguments.
//!
//! Limits keep arithmetic exact and memory sane; they lie far outside what clouds sell. Defaults are written as JSON.

use super::catalog::CATALOG;
use super::pools::POOLS;
use super::workload::WORKLOAD;
use super::{Argument, Bounds, Key, Kind};
use crate::units::Decimal;

/// Everything a problem may say.
pub const PROBLEM: &[Argument] = &[
    optional(
        "users",
        &Kind::Map { key: Key::Name("user group"), of: &Kind::Object(USER), at_most: 10_000 },
        "User groups by name: where demand comes from. Give each a `city` (with `country` where the name is not unique), a `country` alone, \
         or `latitude` and `longitude`; or declare all its `paths`. Without workloads that have demand there need be none.",
    ),
    required(
        "workloads",
        &Kind::Map { key: Key::Name("workload"), of: &Kind::Object(WORKLOAD), at_most: 100_000 },
        "Workloads by name: what is to be placed. Each runs on machines of its own, or on the nodes of its `pool`.",
    ),
    optional(
        "pools",
        POOLS,
        "Pools by name: nodes that workloads share, as in a Kubernetes cluster. A pool stands in one region; what outlives the loss of that stands by in \
         others.",
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
        "previous",
        &Kind::Document("an earlier result"),
        "An earlier result that is kept while it keeps every promise and moving saves less than the thresholds: what `stowage solve --format \
         json` wrote, or the `certificate` of a data source. Workloads that share nothing are kept or moved each on its own.",
    ),
    defaulted(
        "min_improvement_usd",
        &number(0, (1_000_000_000, 0)),
        "0",
        "Least saving in USD each month for which what stands in `previous` is moved.",
    ),
    defaulted(
        "min_improvement_percent",
        &number(0, (100, 0)),
        "0",
        "Least saving for which what stands in `previous` is moved, in percent of what it costs now. Where both thresholds are given, both must be reached.",
    ),
    defaulted(
        "alternatives",
        &whole(0, 20),
        "0",
        "How many of the next best placements to look for: those that use another set of regions, for everything that is decided together. Each takes \
         a few further searches.",
    ),
    defaulted(
        "bindings",
        &Kind::Bool,
        "false",
        "Whether to find out which limits bind and what one unit more of each would save. Each limit takes one further search.",
    ),
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

pub(super) const ARCHITECTURE: &Kind = &Kind::Word(&["x86_64", "arm64"]);

const LIMITS: &[Argument] = &[
    optional("max_regions", &whole(1, 1_000), "At most this many regions hold replicas of any workload."),
    optional("max_clouds", &whole(1, 1_000), "At most this many clouds hold replicas of any workload."),
    optional(
        "max_monthly_cost_usd",
        &number(0, (1_000_000_000_000, 0)),
        "Budget: at most so many USD are paid each month. The prices put on carbon and latency are paid to nobody and do not count.",
    ),
    optional(
        "max_monthly_carbon_kg",
        &number(0, (1_000_000_000_000, 0)),
        "At most so many kg of CO₂ equivalent are emitted each month; what is of unknown emissions is not used then.",
    ),
    optional(
        "quotas",
        &Kind::Map { key: Key::Reference("region"), of: &Kind::Object(QUOTA), at_most: 1_000 },
        "What an account may use of a region at most, by region (`aws/eu-central-1`), for all workloads together.",
    ),
];

const QUOTA: &[Argument] = &[
    optional("vcpu", &number(0, (100_000_000, 0)), "Most nominal vCPU of all machines in the region."),
    optional("instances", &whole(0, 1_000_000_000), "Most instances in the region."),
    optional(
        "families",
        &Kind::Map { key: Key::Reference("instance family"), of: &Kind::Object(FAMILY_QUOTA), at_most: 1_000 },
        "Quotas of single families of machine types, or of several together: `*` stands for any characters, as in `m7*`.",
    ),
];

const FAMILY_QUOTA: &[Argument] = &[
    optional("vcpu", &number(0, (100_000_000, 0)), "Most nominal vCPU of machines of these families in the region."),
    optional("instances", &whole(0, 1_000_000_000), "Most instances of these families in the region."),
];

const OBJECTIVE: &[Argument] = &[
    defaulted(
        "carbon_usd_per_tonne",
        &number(0, (1_000_000, 0)),
        "0",
        "Price of 1,000 kg of CO₂ equivalent in USD; 0 leaves carbon out of the decision.",
    ),
    defaulted(
        "latency_usd_per_rps_ms",
        &number(0, (1_000, 0)),
        "0",
        "Price each month of a millisecond that one request per second spends on its way to the region and back, in USD; 0 leaves latency out of \
         the decision. Regions of unknown round trip then answer nobody.",
    ),
    defaulted(
        "move_usd_per_replica",
        &number(0, (1_000_000, 0)),
        "0",
        "Price each month of a replica in a region in which `previous`, at today's demand, would need none, in USD: what a move costs once, divided by the \
         months in which it should pay for itself. 0 lets everything move. Says nothing without `previous`. Not together with pools, \
         `survive.regions`, `survive.clouds`, and `order`.",
    ),
    optional(
        "order",
        &Kind::List { of: &Kind::Word(&["cost", "carbon", "latency"]), lengths: &[1, 2, 3] },
        "What is minimised, and what next among the placements that are as good in all before it: `cost` (USD paid each month), `carbon` (kg emitted \
         each month), `latency` (mean round trip of all requests). Each stands once at most, and `cost` must. Without it cost alone is minimised. Not \
         together with prices of carbon, latency and moves, `previous`, `alternatives` and `bindings`.",
    ),
    optional(
        "order_tolerance_percent",
        &number(0, (1_000, 0)),
        "How much more than its least value each but the last of `order` may have in the answer, in percent, so that the next can be less: with 5, a \
         placement that costs 5 percent more than the cheapest and emits least. Without it nothing.",
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
