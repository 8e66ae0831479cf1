//! Each known fault of the sources, and what becomes of it: small sources with one fault of each kind.

use std::collections::BTreeMap;

use stowage::catalog::import::{Import, ImportError, import};
use stowage::catalog::validate;

/// Sources small enough to read, one line for each thing a test asks about.
const SOURCES: &[(&str, &str)] = &[
    (
        "catalogue/regions.csv",
        "provider,region,lat,lon,az_count,paired_region,coord_source
aws,ap-southeast-5,4.1230237,104.3228082,3,,other(licence) REPLACE
aws,ca-central-1,43.653225,-79.383186,4,,listed
aws,us-east-1,39.02876,-77.458263,6,,listed
aws,us-gov-east-1,37.0902,-95.7129,3,,listed
azure,eastus,37.3719,-79.8164,3,westus,listed
azure,spaincentral,40.4259,3.4209,3,,listed
azure,swedensouth,,,,,listed
azure,westus,37.783,-122.417,1,eastus,listed
gcp,africa-south1,26.2056,28.0337,3?,,listed
gcp,us-east4,38.8334,-77.2365,3,,listed
gcp,nowhere9,1,1,3,,listed
",
    ),
    (
        "catalogue/gcp_zones.csv",
        "NAME;REGION;STATUS;NEXT_MAINTENANCE;TURNDOWN_DATE
us-east4-a;us-east4;UP;;
us-east4-b;us-east4;UP;;
us-east4-c;us-east4;DOWN;;
",
    ),
    (
        "regions/npm_aws_regions.json",
        r#"[{"code": "us-east-1", "zones": ["us-east-1a", "us-east-1b", "us-east-1f"]},
            {"code": "ca-central-1", "zones": ["ca-central-1a", "ca-central-1b", "ca-central-1c", "ca-central-1d"]}]"#,
    ),
    (
        "catalogue/instance_types.csv",
        "provider,instance_type,vcpu,memory_gib,gpu,arch
aws,c6gn.large,2,4.0,0,arm64
aws,c6gn.metal,64.0,128.0,,
aws,g3.4xlarge,16.0,122.0,1,
aws,m5.large,2,8.0,0,amd64
azure,Standard_B1ls,1,0.0,0,amd64
azure,Standard_D2ads_v5,2,8.0,0,amd64
azure,Standard_D4ads_v5,4,16.0,0,amd64
azure,Standard_E32-8ads_v5,32,256.0,0,amd64
azure,Standard_D11_v2_Promo,2,14.0,0,amd64
azure,Standard_Unpriced1_v2,2,14.0,0,amd64
gcp,a2-highgpu-4g,48.0,340.0,,amd64
gcp,c4-standard-4,4.0,15.0,,amd64
gcp,c4-standard-4-lssd,4.0,15.0,,amd64
gcp,e2-micro,2.0,1.0,,amd64
",
    ),
    (
        "catalogue/gcp_machinetypes.csv",
        "NAME;CPUS;SHARED_CPU;MEMORY_GB;DEPRECATED;ZONE
a2-highgpu-4g;48;False;340.00;;
tpu9-huge;48;False;340.00;;us-east4
",
    ),
    (
        "catalogue/prices.csv",
        "provider,region,instance_type,ondemand_usd_h,spot_usd_h,interrupt_band
aws,us-east-1,m5.large,0.096,0.03264,3
aws,us-gov-east-1,m5.large,0.121,0.121,
aws,us-east-1,c6gn.large,0.0864,,
aws,us-east-1,c6gn.metal,2.7648,,
aws,us-east-1,g3.4xlarge,1.14,,
aws,us-east-1,x9.unknown,1,,
aws,ca-central-1,m5.large,0.107,,
aws,ap-southeast-5,m5.large,0.0107,,
azure,eastus,Standard_B1ls,0.0052,,
azure,eastus,Standard_D2ads_v5,0.195,,
azure,eastus,Standard_D4ads_v5,0.206,,
azure,eastus,Standard_E32-8ads_v5,2.096,,
azure,eastus,Standard_D11_v2_Promo,0.1,,
azure,spaincentral,Standard_D4ads_v5,0,,
gcp,us-east4,a2-highgpu-4g,14.6,5,
gcp,us-east4,c4-standard-4,0.2,0.2,
gcp,us-east4,c4-standard-4-lssd,0.2,0.1,
gcp,us-east4,e2-micro,0.00943385,0.0028,
gcp,nowhere9,e2-micro,0.009,,
",
    ),
    (
        "catalogue/latency_rtt_ms.csv",
        "src,dst,rtt_ms,source
aws:us-east-1,aws:ca-central-1,15.0,cloudping-2025
aws:ca-central-1,aws:us-east-1,19.0,cloudping-2025
azure:eastus,azure:westus,12.0,azure-ms
gcp:us-east4,aws:us-east-1,133.8,skyplane-2022
aws:us-east-1,gcp:us-east4,1.5,skyplane-2022
gcp:us-east4,azure:westus,99.0,skyplane-2022
aws:us-east-1,gcp:nowhere9,9,skyplane-2022
",
    ),
    (
        "latency/skyplane_latency_2022-04.csv",
        "src_region,src_tier,src_instance_class,dst_region,dst_tier,dst_instance_class,min_rtt,avg_rtt,max_rtt,mdev_rtt
gcp:us-east4-a,STANDARD,n2,aws:us-east-1,PREMIUM,m5,0.1,900,999,
gcp:us-east4-a,PREMIUM,n2,aws:us-east-1,PREMIUM,m5,1.6,133.8,264,
gcp:us-east4-a,PREMIUM,n2,azure:westus,PREMIUM,D2,0.9,99,200,
",
    ),
    (
        "egress/aws_transfer_costs.csv",
        "src,dst,cost
us-east-1,internet,0.09
us-gov-east-1,internet,0.155
us-east-1,us-gov-east-1,0.02
",
    ),
    (
        "egress/gcp_internet_egress_worldwide.csv",
        "region,usd_per_gib_0_1TiB,usd_per_gib_1_10TiB,usd_per_gib_over_10TiB
us-east4,0.12,0.11,0.08
",
    ),
    (
        "egress/internet_egress_tiers_2026-05.json",
        r#"{"azure": {"tiers": [{"up_to_gb": 10000, "price_per_gb_usd": 0.087}]}}"#,
    ),
    (
        "egress/skyplane_cost_crosscloud.csv",
        "src,dest,cost\nazure:eastus,azure:westus,0.02\nazure:eastus,aws:us-east-1,0.0875\n",
    ),
    (
        "carbon/ccf_coefficients/aws-instances.csv",
        "Instance type,Platform Total Number of vCPU,Platform CPU Name,Platform Memory (in GB)
m5.large,96,Xeon Platinum 8175M,\"384,5\"
broken,N/A,Graviton,12
",
    ),
    ("carbon/ccf_coefficients/coefficients-aws-embodied.csv", ",type,total\n0,m5.large,1230.5\n"),
    (
        "carbon/ccf_coefficients/coefficients-aws-use.csv",
        ",Architecture,Min Watts,Max Watts,GB/Chip
0,Sky Lake,0.64,4.19,80
1,Graviton2,0.47,1.69,129
2,Cascade Lake,0.64,3.97,98
",
    ),
    (
        "carbon/ccf_coefficients/azure-instances.csv",
        "Series,Virtual Machine,Microarchitecture,Platform vCPUs (highest vCPU possible),Platform Memory
B,B1ls,Unknown,20,80
",
    ),
    ("carbon/ccf_coefficients/coefficients-azure-embodied.csv", ",type,total\n0,B1ls,1216\n"),
    (
        "carbon/ccf_coefficients/coefficients-azure-use.csv",
        ",Architecture,Min Watts,Max Watts,GB/Chip\n0,EPYC 3rd Gen,0.45,2.02,128\n",
    ),
    (
        "carbon/ccf_coefficients/gcp-instances.csv",
        "Machine Family,Machine type,Microarchitecture,Platform vCPUs (highest vCPU possible),Platform Memory
e2,e2-micro,Skylake,32,128
e2,e2-micro,Broadwell,32,128
",
    ),
    ("carbon/ccf_coefficients/coefficients-gcp-embodied.csv", ",type,total\n0,e2-micro,1255\n"),
    (
        "carbon/ccf_coefficients/coefficients-gcp-use.csv",
        ",Architecture,Min Watts,Max Watts,GB/Chip\n0,Skylake,0.64,3.9,80\n1,Broadwell,0.71,3.39,70\n2,Cascade Lake,0.64,3.64,98\n",
    ),
    (
        "carbon/ccf_coefficients/grid-emissions-factors-aws.csv",
        "Region,Country,NERC Region,CO2e (metric ton/kWh),Source\nca-central-1,Canada,,0.00013,x\n",
    ),
    (
        "carbon/ccf_coefficients/grid-emissions-factors-azure.csv",
        "Region,Location,NERC Region,CO2e (metric ton/kWh),Source\nWest US,California,WECC,0.000350861,EPA\nSpain Central,Madrid,,000402,EEA,\n",
    ),
    (
        "carbon/google_region_carbon_2024.csv",
        "Google Cloud Region,Location,Google CFE,Grid carbon intensity (gCO2eq / kWh)\nus-east4,Northern Virginia,0.62,323.05\n",
    ),
    (
        "carbon/global_energy_mix.json",
        r#"{"SWE": {"carbon_intensity": 40.7}, "USA": {"carbon_intensity": 369.5}, "ZAF": {"carbon_intensity": 707.7}}"#,
    ),
    (
        "population/cities_300k.csv",
        "geonameid,name,country,admin1,lat,lon,population,timezone
1,Johannesburg,ZA,06,-26.2,28.0,3000000,x
2,Cape Town,ZA,11,-33.9,18.4,1000000,x
",
    ),
    (
        "population/countries.csv",
        "iso2,iso3,name,continent,population,area_km2
CA,CAN,Canada,NA,38000000,1
ES,ESP,Spain,EU,47000000,1
MY,MYS,Malaysia,AS,32000000,1
SE,SWE,Sweden,EU,10000000,1
US,USA,United States,NA,330000000,1
XX,XXX,Nowhere,AS,1,1
ZA,ZAF,South Africa,AF,59000000,1
",
    ),
    (
        "regions/countries_latlon.json",
        r#"[{"country": "CA", "latitude": 56.1, "longitude": -106.3}, {"country": "ES", "latitude": 40.4, "longitude": -3.7},
            {"country": "MY", "latitude": 4.2, "longitude": 101.9}, {"country": "SE", "latitude": 60.1, "longitude": 18.6},
            {"country": "US", "latitude": 37.09, "longitude": -95.7}]"#,
    ),
];

fn sources() -> BTreeMap<String, Vec<u8>> {
    SOURCES.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

fn imported() -> Import {
    import(&sources()).unwrap()
}

/// The rows of a table that start with `start`, tabs shown as `|`.
fn row(import: &Import, table: &str, start: &str) -> String {
    let rows: Vec<String> = import.tables[table].lines().map(|line| line.replace('\t', "|")).collect();
    rows.into_iter().filter(|row| row.starts_with(start)).collect::<Vec<_>>().join(" & ")
}

/// Table, start of a row, the row that must come out; empty if there must be none.
const REPAIRS: &[(&str, &str, &str)] = &[
    // Marked REPLACE; another city's; a country's centre; a wrong sign; nothing at all; Virginia's mountains instead of its north.
    (
        "regions.tsv",
        "aws|ap-southeast-5",
        "aws|ap-southeast-5|Kuala Lumpur|MY|3.139|101.6869|city|public|listed|ap-southeast-5a,ap-southeast-5b,ap-southeast-5c|region-places",
    ),
    (
        "regions.tsv",
        "aws|ca-central-1",
        "aws|ca-central-1|Montréal|CA|45.5019|-73.5674|city|public|usable|ca-central-1a,ca-central-1b,ca-central-1d|region-places",
    ),
    (
        "regions.tsv",
        "aws|us-gov-east-1",
        "aws|us-gov-east-1|Columbus|US|39.9612|-82.9988|city|restricted|listed|us-gov-east-1a,us-gov-east-1b,us-gov-east-1c|region-places",
    ),
    (
        "regions.tsv",
        "azure|spaincentral",
        "azure|spaincentral|Madrid|ES|40.4168|-3.7038|city|public|listed|1,2,3|region-places",
    ),
    (
        "regions.tsv",
        "azure|swedensouth",
        "azure|swedensouth|Malmö|SE|55.605|13.0038|city|restricted|none|regional|region-places",
    ),
    ("regions.tsv", "azure|eastus", "azure|eastus|Ashburn|US|39.0438|-77.4874|city|public|listed|1,2,3|region-places"),
    (
        "regions.tsv",
        "gcp|africa-south1",
        "gcp|africa-south1|Johannesburg|ZA|-26.2041|28.0473|city|public|assumed|africa-south1-a,africa-south1-b,africa-south1-c|region-places",
    ),
    // What is right stays; zones that are down are no zones; letters skip.
    (
        "regions.tsv",
        "gcp|us-east4",
        "gcp|us-east4|Ashburn|US|38.8334|-77.2365|listed|public|listed|us-east4-a,us-east4-b|regions",
    ),
    (
        "regions.tsv",
        "aws|us-east-1",
        "aws|us-east-1|Ashburn|US|39.02876|-77.458263|listed|public|listed|us-east-1a,us-east-1b,us-east-1f|regions",
    ),
    ("regions.tsv", "gcp|nowhere9", ""),
    // 32 processors on the host, 8 for the buyer; memory of zero; accelerators in the name; instruction set of the family.
    (
        "machine_types.tsv",
        "azure|Standard_E32-8ads_v5",
        "azure|Standard_E32-8ads_v5|Eads_v5|8|256|0|x86_64|no|EPYC 3rd Gen|line|245.3333|486.4",
    ),
    ("machine_types.tsv", "azure|Standard_B1ls", "azure|Standard_B1ls|Bls|1|0.5|0|x86_64|yes|average|average|0|60.8"),
    ("machine_types.tsv", "gcp|a2-highgpu-4g", "gcp|a2-highgpu-4g|a2|48|340|4|x86_64|no||none|0|0"),
    ("machine_types.tsv", "aws|c6gn.metal", "aws|c6gn.metal|c6gn|64|128|0|arm64|no|Graviton2|line|42|820.3333"),
    ("machine_types.tsv", "aws|g3.4xlarge", "aws|g3.4xlarge|g3|16|122|1|x86_64|no||none|0|0"),
    // A decimal comma in the server's memory; two processors.
    ("machine_types.tsv", "aws|m5.large", "aws|m5.large|m5|2|8|0|x86_64|no|Skylake|listed|6.3355|25.6354"),
    ("machine_types.tsv", "gcp|e2-micro", "gcp|e2-micro|e2|2|1|0|x86_64|yes|Broadwell,Skylake|listed|0.4141|78.4375"),
    ("machine_types.tsv", "azure|Standard_D11_v2_Promo", ""),
    ("machine_types.tsv", "gcp|tpu9-huge", ""),
    // Windows licence; zero; no shape; promotion; disk left out; a decimal slipped.
    ("prices/azure.tsv", "eastus|Standard_D2ads_v5", "eastus|Standard_D2ads_v5|0.103||"),
    ("prices/azure.tsv", "eastus|Standard_D4ads_v5", "eastus|Standard_D4ads_v5|0.206||"),
    ("prices/azure.tsv", "spaincentral", ""),
    ("prices/aws.tsv", "us-east-1|x9", ""),
    ("prices/azure.tsv", "eastus|Standard_D11", ""),
    ("prices/gcp.tsv", "us-east4|c4-standard-4-lssd", ""),
    ("prices/aws.tsv", "ap-southeast-5", ""),
    // A spot price that is no discount.
    ("prices/gcp.tsv", "us-east4|c4-standard-4", "us-east4|c4-standard-4|0.2||"),
    ("prices/aws.tsv", "us-gov-east-1", "us-gov-east-1|m5.large|0.121||"),
    ("prices/aws.tsv", "us-east-1|m5.large", "us-east-1|m5.large|0.096|0.03264|3"),
    ("prices/gcp.tsv", "us-east4|e2-micro", "us-east4|e2-micro|0.00943385|0.0028|"),
    (
        "corrections.tsv",
        "azure|eastus|Standard_D2ads_v5",
        "azure|eastus|Standard_D2ads_v5|0.195|0.103|Windows licence taken off",
    ),
    // The larger direction; faster than light; the best probe instead of a spoilt average, unless it is faster than light.
    ("rtt.tsv", "aws/ca-central-1", "aws/ca-central-1|aws/us-east-1|19|rtt-aws"),
    ("rtt.tsv", "azure/eastus", "azure/eastus|azure/westus|38.8|rtt-azure"),
    ("rtt.tsv", "aws/us-east-1", "aws/us-east-1|gcp/us-east4|1.6|rtt-cross-cloud"),
    ("rtt.tsv", "azure/westus", "azure/westus|gcp/us-east4|99|rtt-cross-cloud"),
    // Listed; of the government's partition; by rule; by zone of the world; GiB turned into GB.
    ("egress_internet.tsv", "aws|us-gov-east-1", "aws|us-gov-east-1|0.155|listed"),
    ("egress_internet.tsv", "aws|ca-central-1", "aws|ca-central-1|0.155|rule"),
    ("egress_internet.tsv", "azure|spaincentral", "azure|spaincentral|0.087|listed"),
    ("egress_internet.tsv", "gcp|us-east4", "gcp|us-east4|0.111759|listed"),
    ("egress_internet.tsv", "gcp|africa-south1", ""),
    ("egress_regions.tsv", "azure|eastus", "azure|eastus|westus|0.02"),
    // Google's own; a neighbour's; the region's; a lost decimal comma; the country's; none.
    ("grid.tsv", "gcp|us-east4", "gcp|us-east4|323.05|region|grid-google"),
    ("grid.tsv", "aws|us-east-1", "aws|us-east-1|323.05|near|grid-google"),
    ("grid.tsv", "azure|westus", "azure|westus|350.861|region|grid-ccf"),
    ("grid.tsv", "azure|spaincentral", "azure|spaincentral|402|region|grid-ccf"),
    ("grid.tsv", "azure|swedensouth", "azure|swedensouth|40.7|country|grid-country"),
    ("grid.tsv", "aws|ap-southeast-5", ""),
    // Three times as many people in the north.
    ("countries.tsv", "ZA", "ZA|South Africa|AF|59000000|-28.18|25.74|cities"),
    ("countries.tsv", "SE", "SE|Sweden|EU|10000000|60.1|18.6|centre"),
    ("countries.tsv", "XX", ""),
];

#[test]
fn each_fault_is_repaired_or_left_out() {
    let import = imported();
    let mut wrong = Vec::new();
    for (table, start, expected) in REPAIRS {
        let found = row(&import, table, start);
        if found != *expected {
            wrong.push(format!("{table} {start}\n  found    {found}\n  expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_fault_is_reported_with_its_number() {
    let lines: Vec<String> = imported().findings.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    countries.tsv: country without cities or centre left out (1, such as XX)
    egress_internet.tsv: no price: unknown (2, such as aws/ap-southeast-5)
    egress_internet.tsv: not listed: dearest of the country or continent taken (1, such as aws/ca-central-1)
    grid.tsv: decimal comma lost: read as a fraction (1, such as Spain Central)
    grid.tsv: no Google figure: grid-ccf taken (3, such as aws/ca-central-1)
    grid.tsv: no Google figure: grid-country taken (3, such as aws/us-gov-east-1)
    grid.tsv: no figure: carbon unknown (1, such as aws/ap-southeast-5)
    machine_types.tsv: Google shape without any price: left out (1, such as tpu9-huge)
    machine_types.tsv: accelerators not counted: taken from the type's name (1, such as a2-highgpu-4g)
    machine_types.tsv: constrained size listed with the host's processors: the active ones taken (1, such as Standard_E32-8ads_v5)
    machine_types.tsv: memory rounded down to whole GiB: the documented size taken (1, such as Standard_B1ls)
    machine_types.tsv: no instruction set: the family's taken (2, such as c6gn.metal)
    machine_types.tsv: power not listed: average (1, such as azure/Standard_B1ls)
    machine_types.tsv: power not listed: line (6, such as aws/c6gn.large)
    machine_types.tsv: power not listed: none (2, such as aws/g3.4xlarge)
    machine_types.tsv: power row with a cell that is no number: left out (1, such as broken)
    machine_types.tsv: shape without any price: left out (3, such as azure/Standard_D11_v2_Promo)
    prices/aws.tsv: four times above or below the type's median price: dropped (1, such as ap-southeast-5/m5.large)
    prices/aws.tsv: price of a type without a shape: dropped (1, such as us-east-1/x9.unknown)
    prices/aws.tsv: spot price not below on-demand: dropped (1, such as us-gov-east-1/m5.large)
    prices/azure.tsv: Windows price: licence taken off (1, such as eastus/Standard_D2ads_v5)
    prices/azure.tsv: no spot price: unknown (4, such as eastus/Standard_B1ls)
    prices/azure.tsv: price of zero: unknown: dropped (1, such as spaincentral/Standard_D4ads_v5)
    prices/azure.tsv: promotional type, no longer sold: dropped (1, such as eastus/Standard_D11_v2_Promo)
    prices/gcp.tsv: price in a region that is left out: dropped (1, such as nowhere9/e2-micro)
    prices/gcp.tsv: price leaves the local disk out: dropped (1, such as us-east4/c4-standard-4-lssd)
    prices/gcp.tsv: spot price not below on-demand: dropped (1, such as us-east4/c4-standard-4)
    regions.tsv: coordinates marked REPLACE: the city's taken (1, such as aws/ap-southeast-5)
    regions.tsv: coordinates of another place: the city's taken (5, such as aws/ca-central-1: 504 km from Montréal)
    regions.tsv: no coordinates: the city's taken (1, such as azure/swedensouth)
    regions.tsv: region of no known city left out (1, such as gcp/nowhere9)
    regions.tsv: zone letters fewer than listed: what an account can use (1, such as aws/ca-central-1)
    regions.tsv: zones assumed (1, such as gcp/africa-south1)
    rtt.tsv: average far above the best probe: the best taken (1, such as gcp/us-east4 to aws/us-east-1: 1.6 ms at best, 133.8 ms on average)
    rtt.tsv: directions differ by more than 10 %: the larger taken (1, such as aws/ca-central-1 to aws/us-east-1: 15 and 19 ms)
    rtt.tsv: faster than light in fibre: raised to it (1, such as azure/eastus to azure/westus: 12 ms over 3877 km)
    rtt.tsv: pair of a region that is left out (1, such as aws:us-east-1)
    ");
}

#[test]
fn what_is_imported_is_valid_and_the_same_every_time() {
    let import = imported();
    assert_eq!(import.tables, imported().tables);
    let tables = import.tables.into_iter().map(|(file, text)| (file, text.into_bytes())).collect();
    let problems: Vec<String> = validate(&tables).iter().map(ToString::to_string).collect();
    let unknown: Vec<&String> =
        problems.iter().filter(|problem| !problem.contains("is not in countries.tsv")).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn what_is_not_understood_is_refused() {
    let with = |path: &str, bytes: &[u8]| {
        let mut sources = sources();
        sources.insert(path.into(), bytes.to_vec());
        import(&sources).unwrap_err().to_string()
    };
    let mut missing = sources();
    missing.remove("catalogue/prices.csv");
    let errors = [
        import(&missing).unwrap_err().to_string(),
        with("catalogue/prices.csv", b"provider,region\n"),
        with("catalogue/prices.csv", b"\xff\xfe"),
        with("regions/npm_aws_regions.json", b"[{"),
        with(
            "catalogue/prices.csv",
            b"provider,region,instance_type,ondemand_usd_h,spot_usd_h,interrupt_band\naws,us-east-1,m5.large,cheap,,\n",
        ),
        with("catalogue/instance_types.csv", b"provider,instance_type,vcpu,memory_gib,gpu,arch\naws,a.b,1,1,0,riscv\n"),
        with("catalogue/latency_rtt_ms.csv", b"src,dst,rtt_ms,source\naws,gcp:us-east4,1,azure-ms\n"),
        with("catalogue/latency_rtt_ms.csv", b"src,dst,rtt_ms,source\naws:us-east-1,gcp:us-east4,1,hearsay\n"),
        with("egress/internet_egress_tiers_2026-05.json", b"{}"),
    ];
    insta::assert_snapshot!(errors.join("\n"), @r#"
    catalogue/prices.csv: missing; the importer needs it
    catalogue/prices.csv: no column "instance_type" in the header
    catalogue/prices.csv: not UTF-8 text
    regions/npm_aws_regions.json: not JSON: EOF while parsing an object at line 1 column 2
    catalogue/prices.csv:2: ondemand_usd_h: "cheap" is not a number
    catalogue/instance_types.csv:2: arch: "riscv" is neither amd64 nor arm64
    catalogue/latency_rtt_ms.csv:2: src, dst: not cloud:region
    catalogue/latency_rtt_ms.csv:2: source: "hearsay" is not known
    egress/internet_egress_tiers_2026-05.json:1: azure: first tier is null, this importer knows 0.087
    "#);
    assert_eq!(
        import(&BTreeMap::new()).unwrap_err(),
        ImportError::MissingFile { path: "catalogue/regions.csv".into() }
    );
}

/// Whatever bytes a source holds, the import ends with tables or an error, and the tables can be judged.
#[test]
fn arbitrary_sources_never_panic() {
    use proptest::prelude::*;
    let paths: Vec<&str> = SOURCES.iter().map(|(path, _)| *path).collect();
    let spoilt = (0..paths.len(), any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 0..12), 0..40_usize);
    let config = ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() };
    let chance = proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(config, chance);
    runner
        .run(&spoilt, |(which, at, bytes, length)| {
            let mut sources = sources();
            let text = sources.get_mut(paths[which]).unwrap();
            let at = at.index(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, bytes);
            if let Ok(import) = import(&sources) {
                validate(&import.tables.into_iter().map(|(file, text)| (file, text.into_bytes())).collect());
            }
            Ok(())
        })
        .unwrap();
}
