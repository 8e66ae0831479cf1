//! Names and columns of the tables in `data/`.
//!
//! Shared with the build script: nothing here names the rest of the crate.

/// A table's file, relative to `data/`, and its columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) file: &'static str,
    pub(crate) columns: &'static [&'static str],
}

pub(crate) const SOURCES: Layout = Layout { file: "sources.tsv", columns: &["id", "facts", "as_of", "origin"] };
pub(crate) const REGIONS: Layout = Layout {
    file: "regions.tsv",
    columns: &[
        "cloud",
        "region",
        "place",
        "country",
        "latitude",
        "longitude",
        "coordinates",
        "access",
        "zones",
        "zone_names",
        "source",
    ],
};
pub(crate) const COUNTRIES: Layout = Layout {
    file: "countries.tsv",
    columns: &["country", "name", "continent", "population", "latitude", "longitude", "point"],
};
pub(crate) const JURISDICTIONS: Layout =
    Layout { file: "jurisdictions.tsv", columns: &["jurisdiction", "name", "countries"] };
pub(crate) const CITIES: Layout =
    Layout { file: "cities.tsv", columns: &["country", "city", "population", "latitude", "longitude", "other_names"] };
pub(crate) const MACHINE_TYPES: Layout = Layout {
    file: "machine_types.tsv",
    columns: &[
        "cloud",
        "type",
        "family",
        "vcpu",
        "memory_gib",
        "gpus",
        "architecture",
        "burstable",
        "chips",
        "power_from",
        "extra_memory_gb",
        "embodied_kg",
    ],
};
pub(crate) const POWER: Layout =
    Layout { file: "power.tsv", columns: &["cloud", "chip", "min_watts", "max_watts", "gb_per_chip"] };
pub(crate) const GRID: Layout =
    Layout { file: "grid.tsv", columns: &["cloud", "region", "g_per_kwh", "from", "source"] };
pub(crate) const RTT: Layout = Layout { file: "rtt.tsv", columns: &["one", "other", "ms", "source"] };
pub(crate) const RTT_CURVE: Layout = Layout { file: "rtt_curve.tsv", columns: &["km", "ms"] };
pub(crate) const EGRESS_INTERNET: Layout =
    Layout { file: "egress_internet.tsv", columns: &["cloud", "region", "usd_per_gb", "from"] };
pub(crate) const EGRESS_REGIONS: Layout =
    Layout { file: "egress_regions.tsv", columns: &["cloud", "from", "to", "usd_per_gb"] };
pub(crate) const EGRESS_ZONES: Layout = Layout { file: "egress_zones.tsv", columns: &["cloud", "usd_per_gb"] };
pub(crate) const CORRECTIONS: Layout =
    Layout { file: "corrections.tsv", columns: &["cloud", "region", "type", "listed_usd_h", "kept_usd_h", "reason"] };

pub(crate) const FUNCTION_SERVICES: Layout = Layout {
    file: "function_services.tsv",
    columns: &[
        "cloud",
        "service",
        "requests_per_environment",
        "billing_increment_ms",
        "max_memory_gib",
        "max_duration_ms",
    ],
};
pub(crate) const FUNCTIONS: Layout = Layout {
    file: "functions.tsv",
    columns: &[
        "cloud",
        "region",
        "service",
        "architecture",
        "usd_per_million_requests",
        "usd_per_gib_second",
        "usd_per_vcpu_second",
    ],
};

const PRICE_COLUMNS: &[&str] = &["region", "type", "on_demand_usd_h", "spot_usd_h", "interruption_band"];

/// Prices of each cloud, by cloud name.
pub(crate) const PRICES: [(&str, Layout); 3] = [
    ("aws", Layout { file: "prices/aws.tsv", columns: PRICE_COLUMNS }),
    ("azure", Layout { file: "prices/azure.tsv", columns: PRICE_COLUMNS }),
    ("gcp", Layout { file: "prices/gcp.tsv", columns: PRICE_COLUMNS }),
];

/// Every table, by file name.
pub(crate) const ALL: [Layout; 19] = [
    CITIES,
    CORRECTIONS,
    COUNTRIES,
    EGRESS_INTERNET,
    EGRESS_REGIONS,
    EGRESS_ZONES,
    FUNCTION_SERVICES,
    FUNCTIONS,
    GRID,
    JURISDICTIONS,
    MACHINE_TYPES,
    POWER,
    PRICES[0].1,
    PRICES[1].1,
    PRICES[2].1,
    REGIONS,
    RTT,
    RTT_CURVE,
    SOURCES,
];
