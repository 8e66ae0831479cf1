//! From the sources' files to the project's own tables: pure functions over bytes.
//!
//! [`import`] reads the files named in [`INPUTS`], repairs the faults that are known of them and reports each by kind, count and an
//! example. A fault that is not known is an error: a table is never written from what was not understood.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::Coordinates;

mod carbon;
mod egress;
mod functions;
mod grid;
mod latency;
mod places;
mod population;
mod prices;
mod regions;
mod shapes;
mod sheet;
mod sources;
mod write;

use sheet::Sheet;

/// The files that are read, relative to the folder of sources, with `/`.
pub const INPUTS: &[&str] = &[
    "carbon/ccf_coefficients/aws-instances.csv",
    "carbon/ccf_coefficients/azure-instances.csv",
    "carbon/ccf_coefficients/coefficients-aws-embodied.csv",
    "carbon/ccf_coefficients/coefficients-aws-use.csv",
    "carbon/ccf_coefficients/coefficients-azure-embodied.csv",
    "carbon/ccf_coefficients/coefficients-azure-use.csv",
    "carbon/ccf_coefficients/coefficients-gcp-embodied.csv",
    "carbon/ccf_coefficients/coefficients-gcp-use.csv",
    "carbon/ccf_coefficients/gcp-instances.csv",
    "carbon/ccf_coefficients/grid-emissions-factors-aws.csv",
    "carbon/ccf_coefficients/grid-emissions-factors-azure.csv",
    "carbon/global_energy_mix.json",
    "carbon/google_region_carbon_2024.csv",
    "catalogue/gcp_machinetypes.csv",
    "catalogue/gcp_zones.csv",
    "catalogue/instance_types.csv",
    "catalogue/latency_rtt_ms.csv",
    "catalogue/prices.csv",
    "catalogue/regions.csv",
    "egress/aws_transfer_costs.csv",
    "egress/gcp_internet_egress_worldwide.csv",
    "egress/internet_egress_tiers_2026-05.json",
    "egress/skyplane_cost_crosscloud.csv",
    "latency/skyplane_latency_2022-04.csv",
    "population/cities_300k.csv",
    "population/countries.csv",
    "regions/countries_latlon.json",
    "regions/npm_aws_regions.json",
];

/// What an import gives.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// Text of each table, by its path relative to `data/`.
    pub tables: BTreeMap<String, String>,
    /// Faults that were found and handled, by table and kind.
    pub findings: Vec<Finding>,
}

/// A kind of fault that was found and handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The table it concerns.
    pub table: String,
    /// What was wrong and what was done.
    pub fault: String,
    /// How often.
    pub count: usize,
    /// The first case.
    pub example: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({}, such as {})", self.table, self.fault, self.count, self.example)
    }
}

/// Why sources could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// A file of [`INPUTS`] was not given.
    #[error("{path}: missing; the importer needs it")]
    MissingFile {
        /// The file.
        path: String,
    },
    /// A file holds bytes that are no text.
    #[error("{path}: not UTF-8 text")]
    NotText {
        /// The file.
        path: String,
    },
    /// A file is not JSON.
    #[error("{path}: not JSON: {message}")]
    NotJson {
        /// The file.
        path: String,
        /// What the reader said.
        message: String,
    },
    /// A column is missing from a header.
    #[error("{path}: no column {column:?} in the header")]
    MissingColumn {
        /// The file.
        path: String,
        /// The column.
        column: &'static str,
    },
    /// A row was not understood.
    #[error("{path}:{line}: {message}")]
    BadRow {
        /// The file.
        path: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
}

/// Reads the sources, by path, and gives the tables.
pub fn import(files: &BTreeMap<String, Vec<u8>>) -> Result<Import, ImportError> {
    let files = Files(files);
    let mut findings = Findings::default();
    let mut tables = BTreeMap::new();
    let places = regions::import(files, &mut findings, &mut tables)?;
    let mut shapes = shapes::read(files, &mut findings)?;
    prices::import(files, &places, &mut shapes, &mut findings, &mut tables)?;
    latency::import(files, &places, &mut findings, &mut tables)?;
    egress::import(files, &places, &mut findings, &mut tables)?;
    functions::import(&places, &mut tables);
    grid::import(files, &places, &mut findings, &mut tables)?;
    carbon::import(files, &shapes, &mut findings, &mut tables)?;
    population::import(files, &mut findings, &mut tables)?;
    tables.extend([sources::table()]);
    Ok(Import { tables, findings: findings.0.into_values().collect() })
}

/// The given files.
#[derive(Clone, Copy, Debug)]
struct Files<'a>(&'a BTreeMap<String, Vec<u8>>);

impl<'a> Files<'a> {
    fn text(self, path: &str) -> Result<&'a str, ImportError> {
        let bytes = self.0.get(path).ok_or_else(|| ImportError::MissingFile { path: path.into() })?;
        std::str::from_utf8(bytes).map_err(|_| ImportError::NotText { path: path.into() })
    }

    fn sheet(
        self,
        path: &'static str,
        delimiter: char,
        columns: &[&'static str],
    ) -> Result<Sheet<'static>, ImportError> {
        Sheet::parse(path, self.text(path)?, delimiter, columns)
    }

    fn json(self, path: &str) -> Result<serde_json::Value, ImportError> {
        serde_json::from_str(self.text(path)?)
            .map_err(|error| ImportError::NotJson { path: path.into(), message: error.to_string() })
    }
}

/// Faults so far, by table and kind.
#[derive(Debug, Default)]
struct Findings(BTreeMap<(String, String), Finding>);

impl Findings {
    fn note(&mut self, table: &str, fault: &str, example: &str) {
        let entry = self.0.entry((table.into(), fault.into())).or_insert_with(|| Finding {
            table: table.into(),
            fault: fault.into(),
            count: 0,
            example: example.into(),
        });
        entry.count += 1;
    }
}

/// A point given in degrees, to a millionth.
#[expect(
    clippy::cast_possible_truncation,
    reason = "at most 180 million; a float outside saturates and validate finds it"
)]
fn coordinates(latitude: f64, longitude: f64) -> Coordinates {
    Coordinates {
        latitude_microdegrees: (latitude * 1e6).round() as i32,
        longitude_microdegrees: (longitude * 1e6).round() as i32,
    }
}
