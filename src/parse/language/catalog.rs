//! Arguments of a `catalog`: changes of what is on sale, and supply of one's own.

use super::arguments::{ARCHITECTURE, defaulted, names, number, number_from, optional, required, whole};
use super::workload::RESOURCES;
use super::{Argument, Key, Kind};

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
        "functions",
        &Kind::Map { key: Key::Name("function service"), of: &Kind::Object(FUNCTION_OFFER), at_most: 100 },
        "Services that run functions, by name: of your own, or in the place of the catalog's `lambda` and `cloud_run`. Free tiers are not counted.",
    ),
    optional("max_function_concurrency", CONCURRENCY, MAX_CONCURRENCY),
    optional(
        "assume_spot_ratio",
        &number_from((1, 3), (1, 0)),
        "Spot price as a share of the price on demand, where the catalog has none (all of Azure). Without it such types are not sold as spot.",
    ),
    optional("fixed_monthly_usd", MONTHLY, "What presence in a region costs each month, in USD, whatever runs there."),
    optional(
        "zone_egress_usd_per_gb",
        PER_UNIT,
        "Price of 10^9 bytes sent from one zone of a region to another, in USD, what both ends pay together. The catalog knows that of AWS.",
    ),
    optional(
        "storage_usd_per_gib_month",
        PER_UNIT,
        "Price of block storage in USD per GiB (2^30 bytes) and month. The catalog knows none: without it workloads with `state` are not placed.",
    ),
    optional(
        "regions",
        &Kind::Map { key: Key::Reference("region"), of: &Kind::Object(REGION), at_most: 1_000 },
        "Own figures of single regions by name (`aws/eu-central-1`).",
    ),
];

const CONCURRENCY: &Kind = &whole(0, 100_000_000);

const MAX_CONCURRENCY: &str = "Most environments of functions that run at a time in one region, for all workloads together, as the concurrency limit of an AWS \
    account says. Without it there is no limit.";

const FUNCTION_OFFER: &[Argument] = &[
    optional("clouds", &names(1), "Clouds it is on sale in."),
    optional(
        "regions",
        &names(1),
        "Regions it is on sale in, as `aws/eu-central-1`, or by bare name where one cloud has it. Without this and `clouds`, everywhere.",
    ),
    defaulted("architecture", ARCHITECTURE, "\"x86_64\"", "Instruction set of its environments."),
    required("usd_per_million_requests", &number(0, (1_000_000, 0)), "Price of 10^6 requests in USD."),
    required(
        "usd_per_gib_second",
        &number(0, (1, 0)),
        "Price of one GiB (2^30 bytes) of memory for one second in USD, counted to twelve decimals.",
    ),
    optional(
        "usd_per_vcpu_second",
        &number(0, (1, 0)),
        "Price of one virtual processor for one second in USD, counted to twelve decimals. Without it processor comes with memory.",
    ),
    defaulted(
        "requests_per_environment",
        &whole(1, 10_000),
        "1",
        "Most requests that one environment answers at a time.",
    ),
    defaulted(
        "billing_increment_ms",
        &number_from((1, 3), (60_000, 0)),
        "1",
        "Time is billed in whole parts of so many milliseconds.",
    ),
    optional("max_memory_gib", &number_from((125, 3), (1_000, 0)), "Most memory of one environment in GiB."),
    optional(
        "max_duration_ms",
        &number_from((1, 3), (3_600_000, 0)),
        "Longest that one request may take, in milliseconds.",
    ),
    optional(
        "watts_per_gib",
        &number(0, (100_000, 0)),
        "Mean power of an environment at work for each GiB of its memory in W, processor and cooling included. Emissions follow from it and the region's \
         grid; without it they are unknown, and the service is not used where carbon has a price, a limit or a place in the order.",
    ),
];

const PRICES: &Kind = &Kind::Map { key: Key::Reference("machine type"), of: &number(0, (10_000, 0)), at_most: 10_000 };

const MONTHLY: &Kind = &number(0, (1_000_000, 0));

const PER_UNIT: &Kind = &number(0, (1_000, 0));

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
        "zone_egress_usd_per_gb",
        PER_UNIT,
        "Price of 10^9 bytes sent from one zone to another, in USD, what both ends pay together.",
    ),
    optional("storage_usd_per_gib_month", PER_UNIT, "Price of block storage in USD per GiB (2^30 bytes) and month."),
    optional(
        "grid_g_per_kwh",
        &number(0, (10_000, 0)),
        "Carbon intensity of the grid in grams of CO₂ equivalent per kWh.",
    ),
    optional(
        "max_function_concurrency",
        CONCURRENCY,
        "Most environments of functions that run at a time in this region, for all workloads together.",
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
        "zone_egress_usd_per_gb",
        PER_UNIT,
        "Price of 10^9 bytes sent from one zone to another, in USD. Unknown if not given: writes of workloads with `state` then stay in one zone.",
    ),
    optional(
        "storage_usd_per_gib_month",
        PER_UNIT,
        "Price of block storage in USD per GiB (2^30 bytes) and month; 0 for what is paid for already. Unknown if not given: workloads with `state` \
         are then not placed here.",
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
