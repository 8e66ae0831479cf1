//! Shapes of machine types: processor, memory, accelerators, instruction set.
//!
//! Faults handled: Azure sizes with constrained processors listed with all of the host's (`E32-8s_v5` runs 8, not 32); Azure memory
//! rounded down to whole GiB, to zero for the smallest; Google accelerators not counted; instruction sets left empty.

use std::collections::{BTreeMap, BTreeSet};

use super::{Files, Findings, ImportError};
use crate::units::Decimal;

/// A machine type without its price.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) family: String,
    pub(super) vcpu: Decimal,
    pub(super) memory_gib: Decimal,
    pub(super) gpus: u32,
    pub(super) architecture: &'static str,
    pub(super) burstable: bool,
}

/// Shapes by cloud and type.
pub(super) type Shapes = BTreeMap<(String, String), Shape>;

/// Azure memory that the source rounds down visibly: type prefix, GiB.
const AZURE_MEMORY: [(&str, &str); 5] = [
    ("Standard_B1ls", "0.5"),
    ("Standard_D1", "3.5"),
    ("Standard_D1_v2", "3.5"),
    ("Standard_DS1", "3.5"),
    ("Standard_DS1_v2", "3.5"),
];

/// Accelerators of Google types whose name does not end in their number.
const GOOGLE_GPUS: [(&str, u32); 18] = [
    ("g2-standard-12", 1),
    ("g2-standard-16", 1),
    ("g2-standard-24", 2),
    ("g2-standard-32", 1),
    ("g2-standard-4", 1),
    ("g2-standard-48", 4),
    ("g2-standard-8", 1),
    ("g2-standard-96", 8),
    ("g4-standard-12", 1),
    ("g4-standard-192", 4),
    ("g4-standard-24", 1),
    ("g4-standard-384", 8),
    ("g4-standard-48", 1),
    ("g4-standard-6", 1),
    ("g4-standard-96", 2),
    ("g4-standard-144", 3),
    ("g4-standard-240", 5),
    ("g4-standard-288", 6),
];

pub(super) fn read(files: Files<'_>, findings: &mut Findings) -> Result<Shapes, ImportError> {
    let columns = ["provider", "instance_type", "vcpu", "memory_gib", "gpu", "arch"];
    let sheet = files.sheet("catalogue/instance_types.csv", ',', &columns)?;
    let google = google_shapes(files)?;
    // Families with a known instruction set lend it to the types that lack one.
    let arm: BTreeSet<(&str, String)> = sheet
        .rows()
        .filter(|row| row.text("arch") == "arm64")
        .map(|row| (row.text("provider"), family(row.text("provider"), row.text("instance_type"))))
        .collect();
    let table = "machine_types.tsv";
    let mut shapes = Shapes::new();
    for row in sheet.rows() {
        let (cloud, name) = (row.text("provider"), row.text("instance_type"));
        let family = family(cloud, name);
        let mut vcpu = row.number("vcpu")?;
        let mut memory_gib = row.number("memory_gib")?;
        let mut gpus = row.optional("gpu")?.and_then(|count| count.in_units(0).ok()).unwrap_or(0);
        if let Some(active) = azure_name(cloud, name).and_then(|parts| parts.active)
            && vcpu != Decimal::from_integer(active.into())
        {
            findings.note(table, "constrained size listed with the host's processors: the active ones taken", name);
            vcpu = Decimal::from_integer(active.into());
        }
        if let Some((_, gib)) = AZURE_MEMORY.iter().find(|(azure, _)| *azure == name) {
            findings.note(table, "memory rounded down to whole GiB: the documented size taken", name);
            memory_gib = gib.parse().map_err(|_| row.fault("memory of the exceptions' list".into()))?;
        }
        if cloud == "gcp" {
            let counted = google_gpus(name);
            if counted > 0 {
                findings.note(table, "accelerators not counted: taken from the type's name", name);
            }
            gpus = counted.into();
            if google.get(name).is_some_and(|&(cpus, memory)| cpus != vcpu || memory != memory_gib) {
                return Err(row.fault(format!("{name} differs from gcp_machinetypes.csv")));
            }
        }
        if vcpu.is_zero() || memory_gib.is_zero() || vcpu.is_negative() || memory_gib.is_negative() {
            findings.note(table, "no processor or no memory: left out", name);
            continue;
        }
        let architecture = match row.text("arch") {
            "arm64" => "arm64",
            "amd64" => "x86_64",
            "" => {
                findings.note(table, "no instruction set: the family's taken", name);
                if arm.contains(&(cloud, family.clone())) { "arm64" } else { "x86_64" }
            }
            other => return Err(row.fault(format!("arch: {other:?} is neither amd64 nor arm64"))),
        };
        let gpus = u32::try_from(gpus).map_err(|_| row.fault("gpu: not a count".into()))?;
        let burstable = is_burstable(cloud, name, &family);
        shapes.insert((cloud.into(), name.into()), Shape { family, vcpu, memory_gib, gpus, architecture, burstable });
    }
    for name in google.keys().filter(|name| !shapes.contains_key(&("gcp".to_owned(), (*name).clone()))) {
        findings.note(table, "Google shape without any price: left out", name);
    }
    Ok(shapes)
}

/// The list of Google's own shapes: separated by `;`, its column ZONE holds the region or nothing.
fn google_shapes(files: Files<'_>) -> Result<BTreeMap<String, (Decimal, Decimal)>, ImportError> {
    let sheet = files.sheet("catalogue/gcp_machinetypes.csv", ';', &["NAME", "CPUS", "MEMORY_GB", "ZONE"])?;
    sheet.rows().map(|row| Ok((row.text("NAME").into(), (row.number("CPUS")?, row.number("MEMORY_GB")?)))).collect()
}

fn google_gpus(name: &str) -> u32 {
    let from_name =
        name.strip_prefix('a').and_then(|_| name.strip_suffix('g')).and_then(|rest| rest.rsplit('-').next());
    from_name
        .and_then(|count| count.parse().ok())
        .or_else(|| GOOGLE_GPUS.iter().find(|(gpu, _)| *gpu == name).map(|&(_, count)| count))
        .unwrap_or(0)
}

/// Types whose nominal processor is not available all the time: CPU credits, shared cores, and AWS flex (a 40 % baseline).
fn is_burstable(cloud: &str, name: &str, family: &str) -> bool {
    match cloud {
        "aws" => ["t1", "t2", "t3", "t3a", "t4g"].contains(&family) || family.ends_with("-flex"),
        "azure" => azure_name(cloud, name).is_some_and(|parts| parts.letters == "B"),
        _ => ["e2-medium", "e2-micro", "e2-small", "f1-micro", "g1-small"].contains(&name),
    }
}

/// The part of a type's name that types of one build share: `m7g`, `Dads_v5`, `n2`.
pub(super) fn family(cloud: &str, name: &str) -> String {
    match cloud {
        "aws" => name.split('.').next().unwrap_or(name).into(),
        "azure" => azure_name(cloud, name)
            .map_or_else(|| name.into(), |parts| format!("{}{}{}", parts.letters, parts.suffix, parts.tail)),
        _ => name.split('-').next().unwrap_or(name).into(),
    }
}

/// `Standard_E32-8ads_v5` taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AzureName<'a> {
    /// `E`
    pub(super) letters: &'a str,
    /// 32, the size that the price follows.
    pub(super) size: u32,
    /// 8, where the processor is constrained.
    pub(super) active: Option<u32>,
    /// `ads`
    pub(super) suffix: &'a str,
    /// `_v5`
    pub(super) tail: &'a str,
}

pub(super) fn azure_name<'a>(cloud: &str, name: &'a str) -> Option<AzureName<'a>> {
    if cloud != "azure" {
        return None;
    }
    let rest = name.strip_prefix("Standard_")?;
    let (letters, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_uppercase())?);
    let (size, rest) = leading_number(rest)?;
    let (active, rest) = match rest.strip_prefix('-').and_then(leading_number) {
        Some((active, rest)) => (Some(active), rest),
        None => (None, rest),
    };
    let (suffix, tail) = rest.split_at(rest.find('_').unwrap_or(rest.len()));
    Some(AzureName { letters, size, active, suffix, tail })
}

fn leading_number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn azure_names_come_apart() {
        let parts = azure_name("azure", "Standard_E32-8ads_v5").unwrap();
        assert_eq!(parts, AzureName { letters: "E", size: 32, active: Some(8), suffix: "ads", tail: "_v5" });
        for (name, family_name) in [
            ("Standard_NC16as_T4_v3", "NCas_T4_v3"),
            ("Standard_B2ts_v2", "Bts_v2"),
            ("Standard_M416s_10_v2", "Ms_10_v2"),
            ("Standard_F8", "F"),
        ] {
            assert_eq!(family("azure", name), family_name);
        }
    }

    #[test]
    fn google_accelerators_are_in_the_name() {
        for (name, gpus) in [("a2-highgpu-4g", 4), ("a2-megagpu-16g", 16), ("g2-standard-24", 2), ("n2-standard-8", 0)]
        {
            assert_eq!(google_gpus(name), gpus, "{name}");
        }
    }
}
