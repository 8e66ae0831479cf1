//! Packs the tables of `data/` into compressed sections that the library embeds.
//!
//! Sections: `base` (small tables, each as name and text), `cities` and `rtt` (one table each, as text), and binary ones: `prices` (on demand), `spot` and
//! `interruptions` (bands). The digest
//! is SHA-256 over every table of `data/`, in the order of their names: name, zero byte, length in decimal, zero byte, text.
//!
//! Binary sections, for each cloud in the order of `tables::PRICES` and each of its machine types in table order: a bitmap of the cloud's
//! regions in table order (bit 0 of byte 0 is the first), then for each region with a figure the figure (hourly price in micro-USD, or band), as a
//! zigzag variable-length difference from the figure before it (from 0 for the first).

#![expect(clippy::disallowed_methods, reason = "a build script reads and writes files")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
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

    let apart = [tables::CITIES.file, tables::RTT.file, tables::CORRECTIONS.file];
    let mut base = Vec::new();
    for (file, text) in texts.iter().filter(|(file, _)| !apart.contains(file) && !file.starts_with("prices/")) {
        for part in [*file, text] {
            base.extend(u32::try_from(part.len()).expect("tables are small").to_le_bytes());
            base.extend(part.as_bytes());
        }
    }
    write(&out, "base", &base);
    write(&out, "cities", texts[tables::CITIES.file].as_bytes());
    write(&out, "rtt", texts[tables::RTT.file].as_bytes());
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

/// USD as text with up to nine decimals, in micro-USD, rounded half away from zero.
fn micros(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let nano: u64 = format!("{whole}{fraction:0<9}").parse().ok()?;
    u32::try_from((nano + 500) / 1000).ok().filter(|_| fraction.len() <= 9)
}
