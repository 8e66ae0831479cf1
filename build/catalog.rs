//! Packs the tables of `data/` into compressed sections that the library embeds.
//!
//! Sections: `base` (small tables, each as name and text), `cities` (one table, as text), and binary ones for what every placement reads: `types`, `rtt`,
//! `prices` (on demand), `spot` and `interruptions` (bands). The digest is SHA-256 over every table of `data/`, in the order of their names: name, zero
//! byte, length in decimal, zero byte, text.
//!
//! In binary sections a number is of variable length, seven bits a byte, the lowest first, and a text is its length and its bytes.
//!
//! - `types`: how many; then for each machine type in table order: cloud, name, family; thousandths of a vCPU, 10^-10 GiB of memory, GPUs; 1 for ARM, plus 2 if burstable;
//!   how many chips, and their names; 10^-4 GB of extra memory and 10^-4 kg embodied.
//! - `rtt`: how many regions are measured, their clouds and names in order; then for each region and each one after it the microseconds between them,
//!   0 where nobody measured.
//! - `prices`, `spot`, `interruptions`, for each cloud in the order of `tables::PRICES` and each of its machine types in table order: a bitmap of the
//!   cloud's regions in table order (bit 0 of byte 0 is the first), then for each region with a figure the figure (hourly price in micro-USD, or band), as
//!   a zigzag difference from the figure before it (from 0 for the first).

#![expect(clippy::disallowed_methods, reason = "a build script reads and writes files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

#[path = "../src/catalog/tables.rs"]
mod tables;
#[expect(dead_code, reason = "shared with the library, which also reads notes and line numbers")]
#[path = "../src/catalog/tsv.rs"]
mod tsv;

use tables::Layout;
use tsv::Table;

/// Slow to pack, quick to unpack.
const LEVEL: i32 = 19;

pub(crate) fn pack() {
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=src/catalog/tables.rs");
    println!("cargo::rerun-if-changed=src/catalog/tsv.rs");
    println!("cargo::rerun-if-changed=build/catalog.rs");
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("catalog");
    fs::create_dir_all(&out).expect("OUT_DIR can be written");
    let texts: BTreeMap<&str, String> = tables::ALL.iter().map(|layout| (layout.file, read(layout.file))).collect();

    let mut hash = Sha256::new();
    for (file, text) in &texts {
        hash.update(format!("{file}\0{}\0", text.len()));
        hash.update(text);
    }
    let digest = hash.finalize().iter().fold(String::new(), |mut digest, byte| {
        write!(digest, "{byte:02x}").expect("a string takes all");
        digest
    });
    fs::write(out.join("digest.txt"), digest).expect("OUT_DIR can be written");

    let apart = [tables::CITIES.file, tables::RTT.file, tables::MACHINE_TYPES.file, tables::CORRECTIONS.file];
    let mut base = Vec::new();
    for (file, text) in texts.iter().filter(|(file, _)| !apart.contains(file) && !file.starts_with("prices/")) {
        for part in [*file, text] {
            base.extend(u32::try_from(part.len()).expect("tables are small").to_le_bytes());
            base.extend(part.as_bytes());
        }
    }
    write(&out, "base", &base);
    write(&out, "cities", texts[tables::CITIES.file].as_bytes());
    write(&out, "types", &machine_types(&table(&texts, &tables::MACHINE_TYPES)));
    write(&out, "rtt", &round_trips(&table(&texts, &tables::RTT)));
    write(&out, "prices", &figures(&texts, 2, micros));
    write(&out, "spot", &figures(&texts, 3, micros));
    write(&out, "interruptions", &figures(&texts, 4, |band| band.parse().ok()));
}

fn read(file: &str) -> String {
    let path = format!("data/{file}");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn write(out: &Path, section: &str, bytes: &[u8]) {
    let packed = zstd::bulk::compress(bytes, LEVEL).expect("memory suffices");
    fs::write(out.join(format!("{section}.zst")), packed).expect("OUT_DIR can be written");
}

fn table<'a>(texts: &'a BTreeMap<&str, String>, layout: &Layout) -> Table<'a> {
    Table::parse(&texts[layout.file], layout.columns)
        .unwrap_or_else(|fault| panic!("data/{}:{}: {}", layout.file, fault.line, fault.message))
}

fn machine_types(table: &Table<'_>) -> Vec<u8> {
    let mut packed = Vec::new();
    variable_length(table.rows().len() as u64, &mut packed);
    for row in table.rows() {
        let &[cloud, name, family, vcpu, memory, gpus, architecture, burstable, chips, _, extra_memory, embodied] = row
        else {
            unreachable!("the table has been read with these columns")
        };
        for part in [cloud, name, family] {
            text(part, &mut packed);
        }
        for amount in [scaled(vcpu, 3), scaled(memory, 10), scaled(gpus, 0)] {
            variable_length(amount, &mut packed);
        }
        variable_length(u64::from(architecture == "arm64") | u64::from(burstable == "yes") << 1, &mut packed);
        let chips: Vec<&str> = chips.split(',').filter(|chip| !chip.is_empty()).collect();
        variable_length(chips.len() as u64, &mut packed);
        for chip in chips {
            text(chip, &mut packed);
        }
        for amount in [scaled(extra_memory, 4), scaled(embodied, 4)] {
            variable_length(amount, &mut packed);
        }
    }
    packed
}

fn round_trips(table: &Table<'_>) -> Vec<u8> {
    let mut measured = BTreeMap::new();
    let mut regions = BTreeSet::new();
    for row in table.rows() {
        let [one, other] = [row[0], row[1]].map(|cell| {
            cell.split_once('/').unwrap_or_else(|| panic!("data/{}: {cell:?} is not cloud/region", tables::RTT.file))
        });
        regions.extend([one, other]);
        measured.insert((one.min(other), one.max(other)), scaled(row[2], 3));
    }
    let mut packed = Vec::new();
    variable_length(regions.len() as u64, &mut packed);
    for (cloud, region) in &regions {
        text(cloud, &mut packed);
        text(region, &mut packed);
    }
    for one in &regions {
        for other in regions.range((Bound::Excluded(one), Bound::Unbounded)) {
            variable_length(measured.get(&(*one, *other)).copied().unwrap_or(0), &mut packed);
        }
    }
    packed
}

/// Packs one column of the prices; empty cells have no figure.
fn figures(texts: &BTreeMap<&str, String>, column: usize, read: fn(&str) -> Option<u32>) -> Vec<u8> {
    let types = table(texts, &tables::MACHINE_TYPES);
    let regions = table(texts, &tables::REGIONS);
    let mut packed = Vec::new();
    for (cloud, layout) in tables::PRICES {
        let of_cloud = |rows: &Table<'_>| -> Vec<String> {
            rows.rows().filter(|row| row[0] == cloud).map(|row| row[1].to_owned()).collect()
        };
        let regions = of_cloud(&regions);
        let listed = table(texts, &layout);
        let listed: BTreeMap<(&str, &str), u32> = listed
            .rows()
            .filter(|row| !row[column].is_empty())
            .map(|row| ((row[1], row[0]), read(row[column]).unwrap_or_else(|| panic!("data/{}: {row:?}", layout.file))))
            .collect();
        for name in of_cloud(&types) {
            let row: Vec<Option<u32>> =
                regions.iter().map(|region| listed.get(&(name.as_str(), region.as_str())).copied()).collect();
            for eight in row.chunks(8) {
                packed.push(
                    eight.iter().enumerate().fold(0, |byte, (bit, price)| byte | u8::from(price.is_some()) << bit),
                );
            }
            let mut before = 0;
            for price in row.into_iter().flatten() {
                let difference = i64::from(price) - before;
                before = i64::from(price);
                variable_length(((difference << 1) ^ (difference >> 63)).cast_unsigned(), &mut packed);
            }
        }
    }
    packed
}

fn variable_length(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f).expect("seven bits") | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).expect("less than eight bits"));
}

fn text(text: &str, out: &mut Vec<u8>) {
    variable_length(text.len() as u64, out);
    out.extend(text.as_bytes());
}

/// A number of at least zero as text with at most `places` decimals, in units of 10^-`places`.
fn scaled(text: &str, places: usize) -> u64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let units = (fraction.len() <= places).then(|| format!("{whole}{fraction:0<places$}").parse().ok()).flatten();
    units.unwrap_or_else(|| panic!("{text:?} in data/ is no number of at most {places} decimals"))
}

/// USD as text with up to nine decimals, in micro-USD, rounded half away from zero.
fn micros(text: &str) -> Option<u32> {
    u32::try_from((scaled(text, 9) + 500) / 1000).ok()
}
