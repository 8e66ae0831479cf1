//! Power of machine types and emissions of their making.
//!
//! The method is that of Cloud Carbon Footprint: watts per vCPU of the processor's micro-architecture, memory beyond what the measured
//! servers had per chip, embodied emissions of the server by share of its vCPUs. What is not listed is taken, in this order and
//! marked: from the type's family (`family`), from the newest listed processors of the same maker (`line`), from the mean of the
//! cloud's (`average`). Types with accelerators get nothing (`none`): their power is not in the tables.

use std::collections::BTreeMap;

use super::shapes::{Shape, Shapes, azure_name};
use super::sheet::{Sheet, approximate};
use super::write::Writer;
use super::{Files, Findings, ImportError};
use crate::catalog::tables;

/// vCPUs of one physical chip, by which the method counts chips of a server.
const VCPU_PER_CHIP: f64 = 96.0;

/// Micro-architecture of the processors named in AWS's list.
const AMAZON_CHIPS: [(&str, &str); 17] = [
    ("Core i7-8700B", "Coffee Lake"),
    ("EPYC 7571", "EPYC 1st Gen"),
    ("EPYC 7R32", "EPYC 2nd Gen"),
    ("Graviton", "Graviton"),
    ("Graviton2", "Graviton2"),
    ("Xeon E5-2650", "Sandy Bridge"),
    ("Xeon E5-2665", "Sandy Bridge"),
    ("Xeon E5-2670", "Sandy Bridge"),
    ("Xeon Platinum 8124M", "Skylake"),
    ("Xeon Platinum 8151", "Skylake"),
    ("Xeon Platinum 8175M", "Skylake"),
    ("Xeon Platinum 8176M", "Skylake"),
    ("Xeon Platinum 8252C", "Cascade Lake"),
    ("Xeon Platinum 8259CL", "Cascade Lake"),
    ("Xeon Platinum 8275CL", "Cascade Lake"),
    // Ice Lake has no row of its own: the generation before it.
    ("Xeon Platinum 8375C", "Cascade Lake"),
    ("Xeon E7-8880 v3", "Haswell"),
];

/// AWS families whose accelerators are not counted as GPUs.
const ACCELERATED: [&str; 10] = ["dl", "f1", "f2", "g2", "g3", "g4", "inf", "p2", "trn", "vt1"];

/// What the method's tables say of one type.
#[derive(Clone, Debug)]
struct Server {
    chips: Vec<String>,
    vcpu: f64,
    memory_gb: f64,
    embodied_kg: f64,
}

/// Watts per vCPU and memory per chip of a processor.
#[derive(Clone, Copy, Debug)]
struct Chip {
    min_watts: f64,
    max_watts: f64,
    gb: f64,
}

type Chips = BTreeMap<(&'static str, String), Chip>;
type Servers = BTreeMap<(String, String), Server>;

pub(super) fn import(
    files: Files<'_>,
    shapes: &Shapes,
    findings: &mut Findings,
    out: &mut BTreeMap<String, String>,
) -> Result<(), ImportError> {
    let chips = chips(files)?;
    let mut power = Writer::new(tables::POWER, &["power"]);
    for ((cloud, name), chip) in &chips {
        power.push([
            (*cloud).into(),
            name.clone(),
            decimals(chip.min_watts),
            decimals(chip.max_watts),
            decimals(chip.gb),
        ]);
    }
    out.extend([power.sorted()]);
    let servers = servers(files, shapes, &chips, findings)?;
    let mut table = Writer::new(tables::MACHINE_TYPES, &["machine-types", "power"]);
    for ((cloud, name), shape) in shapes {
        let figures = figures(cloud, name, shape, shapes, &servers, &chips);
        if figures.from != "listed" {
            findings.note(
                "machine_types.tsv",
                &format!("power not listed: {}", figures.from),
                &format!("{cloud}/{name}"),
            );
        }
        table.push([
            cloud.clone(),
            name.clone(),
            shape.family.clone(),
            shape.vcpu.to_string(),
            shape.memory_gib.to_string(),
            shape.gpus.to_string(),
            shape.architecture.into(),
            if shape.burstable { "yes" } else { "no" }.into(),
            figures.chips.join(","),
            figures.from.into(),
            decimals(figures.extra_memory_gb),
            decimals(figures.embodied_kg),
        ]);
    }
    out.extend([table.sorted()]);
    Ok(())
}

#[derive(Clone, Debug)]
struct Figures {
    chips: Vec<String>,
    from: &'static str,
    extra_memory_gb: f64,
    embodied_kg: f64,
}

fn figures(cloud: &str, name: &str, shape: &Shape, shapes: &Shapes, servers: &Servers, chips: &Chips) -> Figures {
    if is_accelerated(cloud, shape) {
        return Figures { chips: Vec::new(), from: "none", extra_memory_gb: 0.0, embodied_kg: 0.0 };
    }
    let vcpu = approximate(shape.vcpu);
    let memory = approximate(shape.memory_gib);
    let gb_per_chip = |names: &[String]| {
        mean(names.iter().filter_map(|chip| Some(chips.iter().find(|((c, n), _)| *c == cloud && n == chip)?.1.gb)))
    };
    if let Some(server) = servers.get(&(cloud.to_owned(), name.to_owned())) {
        let of_chips = (server.vcpu / VCPU_PER_CHIP).ceil() * gb_per_chip(&server.chips);
        return Figures {
            chips: server.chips.clone(),
            from: if server.chips == ["average"] { "average" } else { "listed" },
            extra_memory_gb: (server.memory_gb - of_chips).max(0.0) * memory / server.memory_gb,
            embodied_kg: server.embodied_kg * vcpu / server.vcpu,
        };
    }
    let cousin = servers.iter().find(|((other_cloud, other), _)| {
        other_cloud == cloud
            && shapes.get(&(cloud.to_owned(), other.clone())).is_some_and(|known| known.family == shape.family)
    });
    let of_cloud = servers.iter().filter(|((other, _), _)| other == cloud).map(|(_, server)| server);
    let (names, from, kg_per_vcpu) = match (cousin, line(cloud, name, shape)) {
        (Some((_, server)), _) => (server.chips.clone(), "family", server.embodied_kg / server.vcpu),
        (None, Some(chip)) => (vec![chip.into()], "line", mean(of_cloud.map(|s| s.embodied_kg / s.vcpu))),
        (None, None) => (vec!["average".into()], "average", mean(of_cloud.map(|s| s.embodied_kg / s.vcpu))),
    };
    Figures {
        extra_memory_gb: (memory - gb_per_chip(&names) * vcpu / VCPU_PER_CHIP).max(0.0),
        embodied_kg: kg_per_vcpu * vcpu,
        chips: names,
        from,
    }
}

fn is_accelerated(cloud: &str, shape: &Shape) -> bool {
    let by_family = match cloud {
        "aws" => {
            ACCELERATED.iter().any(|prefix| shape.family.starts_with(prefix))
                || ["g6f", "gr6f"].contains(&shape.family.as_str())
        }
        "azure" => shape.family.starts_with('N'),
        _ => false,
    };
    shape.gpus > 0 || by_family
}

/// The newest listed processor of the maker whose processors the type has.
fn line(cloud: &str, name: &str, shape: &Shape) -> Option<&'static str> {
    let arm = shape.architecture == "arm64";
    match cloud {
        "aws" if arm => Some("Graviton2"),
        "aws" => {
            let generation = shape.family.trim_start_matches(|c: char| c.is_ascii_lowercase());
            let options = generation.trim_start_matches(|c: char| c.is_ascii_digit());
            Some(if options.starts_with('a') { "EPYC 2nd Gen" } else { "Cascade Lake" })
        }
        _ if arm => None,
        "azure" => {
            let parts = azure_name(cloud, name)?;
            let newer = ["_v3", "_v4", "_v5", "_v6", "_v7"].iter().any(|version| parts.tail.ends_with(version));
            match (parts.suffix.contains('a'), newer) {
                (true, _) => Some("EPYC 3rd Gen"),
                (false, true) => Some("Cascade Lake"),
                (false, false) => None,
            }
        }
        _ if shape.family.ends_with('d') => Some("EPYC 3rd Gen"),
        _ => Some("Cascade Lake"),
    }
}

fn chips(files: Files<'_>) -> Result<Chips, ImportError> {
    let mut chips = Chips::new();
    for (cloud, path) in [
        ("aws", "carbon/ccf_coefficients/coefficients-aws-use.csv"),
        ("azure", "carbon/ccf_coefficients/coefficients-azure-use.csv"),
        ("gcp", "carbon/ccf_coefficients/coefficients-gcp-use.csv"),
    ] {
        let sheet = files.sheet(path, ',', &["Architecture", "Min Watts", "Max Watts", "GB/Chip"])?;
        let mut all = Vec::new();
        for row in sheet.rows() {
            let chip = Chip {
                min_watts: row.float("Min Watts")?,
                max_watts: row.float("Max Watts")?,
                gb: row.float("GB/Chip")?,
            };
            all.push(chip);
            chips.insert((cloud, chip_name(row.text("Architecture"))), chip);
        }
        let average = Chip {
            min_watts: mean(all.iter().map(|chip| chip.min_watts)),
            max_watts: mean(all.iter().map(|chip| chip.max_watts)),
            gb: mean(all.iter().map(|chip| chip.gb)),
        };
        chips.insert((cloud, "average".into()), average);
    }
    Ok(chips)
}

fn chip_name(name: &str) -> String {
    if name == "Sky Lake" { "Skylake".into() } else { name.into() }
}

fn servers(files: Files<'_>, shapes: &Shapes, chips: &Chips, findings: &mut Findings) -> Result<Servers, ImportError> {
    let mut servers = Servers::new();
    let embodied_columns = ["type", "total"];
    let aws = files.sheet(
        "carbon/ccf_coefficients/aws-instances.csv",
        ',',
        &["Instance type", "Platform Total Number of vCPU", "Platform CPU Name", "Platform Memory (in GB)"],
    )?;
    let embodied = files.sheet("carbon/ccf_coefficients/coefficients-aws-embodied.csv", ',', &embodied_columns)?;
    let sizes = ("Platform Total Number of vCPU", "Platform Memory (in GB)");
    let amazon_chip = |text: &str| {
        let by_version = [(" v2", "Ivy Bridge"), (" v3", "Haswell"), (" v4", "Broadwell")];
        AMAZON_CHIPS
            .iter()
            .chain(&by_version.map(|(end, chip)| if text.ends_with(end) { (text, chip) } else { ("", chip) }))
            .find(|(name, _)| *name == text)
            .map(|(_, chip)| (*chip).to_owned())
    };
    collect(
        "aws",
        &aws,
        &embodied,
        ("Instance type", sizes.0, sizes.1),
        &|row| amazon_chip(row.text("Platform CPU Name")),
        findings,
        &mut servers,
    );
    for (cloud, instances, footprints, name) in [
        (
            "azure",
            "carbon/ccf_coefficients/azure-instances.csv",
            "carbon/ccf_coefficients/coefficients-azure-embodied.csv",
            "Virtual Machine",
        ),
        (
            "gcp",
            "carbon/ccf_coefficients/gcp-instances.csv",
            "carbon/ccf_coefficients/coefficients-gcp-embodied.csv",
            "Machine type",
        ),
    ] {
        let sizes = ("Platform vCPUs (highest vCPU possible)", "Platform Memory");
        let sheet = files.sheet(instances, ',', &[name, "Microarchitecture", sizes.0, sizes.1])?;
        let embodied = files.sheet(footprints, ',', &embodied_columns)?;
        collect(
            cloud,
            &sheet,
            &embodied,
            (name, sizes.0, sizes.1),
            &|row| Some(row.text("Microarchitecture").to_owned()).filter(|chip| chip != "Unknown"),
            findings,
            &mut servers,
        );
    }
    // Names of the method's tables, turned into the clouds' own.
    let mut named = Servers::new();
    for (cloud, name) in shapes.keys() {
        let plain = plain_name(cloud, name);
        if let Some(server) = servers.get(&(cloud.clone(), plain)) {
            let mut server = server.clone();
            if server.chips.is_empty() {
                server.chips.push("average".into());
            }
            server.chips.retain(|chip| chips.contains_key(&(static_cloud(cloud), chip.clone())));
            named.insert((cloud.clone(), name.clone()), server);
        }
    }
    Ok(named)
}

fn static_cloud(cloud: &str) -> &'static str {
    match cloud {
        "aws" => "aws",
        "azure" => "azure",
        _ => "gcp",
    }
}

fn plain_name(cloud: &str, name: &str) -> String {
    let name = if cloud == "azure" { name.trim_start_matches("Standard_") } else { name };
    name.to_lowercase().replace([' ', '_'], "")
}

fn collect(
    cloud: &str,
    sheet: &Sheet<'_>,
    embodied: &Sheet<'_>,
    (name, vcpu, memory): (&str, &str, &str),
    chip: &dyn Fn(super::sheet::Row<'_>) -> Option<String>,
    findings: &mut Findings,
    servers: &mut Servers,
) {
    let kilograms: BTreeMap<String, f64> = embodied
        .rows()
        .filter_map(|row| Some((plain_name(cloud, row.text("type")), row.if_number("total")?)))
        .collect();
    for row in sheet.rows() {
        let key = plain_name(cloud, row.text(name));
        let (Some(vcpu), Some(memory_gb), Some(&embodied_kg)) =
            (row.if_number(vcpu), row.if_number(memory), kilograms.get(&key))
        else {
            findings.note("machine_types.tsv", "power row with a cell that is no number: left out", row.text(name));
            continue;
        };
        if vcpu <= 0.0 || memory_gb <= 0.0 {
            continue;
        }
        let server = servers.entry((cloud.to_owned(), key)).or_insert_with(|| Server {
            chips: Vec::new(),
            vcpu,
            memory_gb,
            embodied_kg,
        });
        if let Some(chip) = chip(row).filter(|chip| !server.chips.contains(chip)) {
            server.chips.push(chip);
            server.chips.sort();
        }
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

/// Four decimals, trailing zeros cut: more than any of these figures carries.
pub(super) fn decimals(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
