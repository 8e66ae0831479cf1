//! Services that run functions: published list prices and limits, the first tier, without free tiers.
//!
//! No source states them by region, exactly and for use: the table of AWS Lambda that there is has two digits. So the lists stand here, by tier, and only
//! regions of which the tier is known are offered.

use std::collections::BTreeMap;

use super::regions::Places;
use super::write::Writer;
use crate::catalog::tables;
use crate::model::RegionKey;

/// Cloud, service, requests at a time in one environment, ms to which time is billed, most memory in GiB, longest request in ms.
const SERVICES: [[&str; 6]; 2] =
    [["aws", "lambda", "1", "1", "10", "900000"], ["gcp", "cloud_run", "1000", "100", "32", "3600000"]];

/// A price that many regions share.
struct Tier {
    cloud: &'static str,
    service: &'static str,
    architecture: &'static str,
    /// USD for 10^6 requests, a GiB-second and a vCPU-second; empty where processor comes with memory.
    prices: [&'static str; 3],
    regions: &'static str,
}

const AWS: &str = "ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 \
    eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2";

const TIERS: [Tier; 4] = [
    Tier { cloud: "aws", service: "lambda", architecture: "x86_64", prices: ["0.2", "0.0000166667", ""], regions: AWS },
    Tier { cloud: "aws", service: "lambda", architecture: "arm64", prices: ["0.2", "0.0000133334", ""], regions: AWS },
    Tier {
        cloud: "gcp",
        service: "cloud_run",
        architecture: "x86_64",
        prices: ["0.4", "0.0000025", "0.000024"],
        regions: "asia-east1 asia-northeast1 asia-northeast2 europe-north1 europe-southwest1 europe-west1 europe-west4 europe-west8 europe-west9 me-west1 \
            us-central1 us-east1 us-east4 us-east5 us-south1 us-west1",
    },
    Tier {
        cloud: "gcp",
        service: "cloud_run",
        architecture: "x86_64",
        prices: ["0.4", "0.0000035", "0.0000336"],
        regions: "africa-south1 asia-east2 asia-northeast3 asia-southeast1 asia-southeast2 asia-south1 asia-south2 australia-southeast1 \
            australia-southeast2 europe-central2 europe-west10 europe-west12 europe-west2 europe-west3 europe-west6 me-central1 me-central2 \
            northamerica-northeast1 northamerica-northeast2 southamerica-east1 southamerica-west1 us-west2 us-west3 us-west4",
    },
];

const SOURCES: [&str; 2] = ["functions-aws", "functions-google"];

/// Adds the tables; prices of regions that the catalog does not have are left out.
pub(super) fn import(places: &Places, out: &mut BTreeMap<String, String>) {
    let mut services = Writer::new(tables::FUNCTION_SERVICES, &SOURCES);
    for service in SERVICES {
        services.push(service.map(str::to_owned));
    }
    let mut prices = Writer::new(tables::FUNCTIONS, &SOURCES);
    for Tier { cloud, service, architecture, prices: [requests, memory, vcpu], regions } in TIERS {
        let is_known = |region: &&str| places.contains_key(&RegionKey::new(cloud, *region));
        for region in regions.split_whitespace().filter(is_known) {
            prices.push([cloud, region, service, architecture, requests, memory, vcpu].map(str::to_owned));
        }
    }
    out.extend([services.sorted(), prices.sorted()]);
}
