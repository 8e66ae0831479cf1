//! Tells what is wrong with a set of tables: form, references, order, plausibility.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::rows::{self, RegionRow};
use super::tables::{self, Layout};
use super::tsv::Malformed;
use crate::model::RegionKey;
use crate::units::Money;

/// The tables [`validate`] expects, relative to `data/`.
pub const TABLES: &[&str] = &{
    let mut files = [""; tables::ALL.len()];
    let mut at = 0;
    while at < files.len() {
        files[at] = tables::ALL[at].file;
        at += 1;
    }
    files
};

/// Something that is wrong with a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The table, relative to `data/`.
    pub table: String,
    /// Counted from 1, where a line is to blame.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.table, self.message),
            None => write!(f, "{}: {}", self.table, self.message),
        }
    }
}

/// Every problem of the tables, given by their names relative to `data/`; empty if they make a catalog.
pub fn validate(tables: &BTreeMap<String, Vec<u8>>) -> Vec<Problem> {
    let mut check = Check { tables, problems: Vec::new() };
    check.run();
    check.problems
}

#[derive(Debug)]
struct Check<'a> {
    tables: &'a BTreeMap<String, Vec<u8>>,
    problems: Vec<Problem>,
}

impl<'a> Check<'a> {
    fn run(&mut self) {
        let sources = self.read(tables::SOURCES, rows::sources).unwrap_or_default().1;
        let sources: BTreeSet<String> = sources.into_iter().map(|(id, _)| id).collect();
        for layout in tables::ALL {
            self.order_and_sources(layout, &sources);
        }
        let regions = self.read(tables::REGIONS, rows::regions).unwrap_or_default();
        let places: BTreeMap<RegionKey, &RegionRow> = regions.iter().map(|row| (row.key.clone(), row)).collect();
        let countries = self.read(tables::COUNTRIES, rows::countries).unwrap_or_default();
        let codes: BTreeSet<&str> = countries.iter().map(|row| row.code.as_str()).collect();
        for row in regions.iter().filter(|row| !codes.contains(row.country.as_str())) {
            self.problem(tables::REGIONS, format!("{}: country {:?} is not in countries.tsv", row.key, row.country));
        }
        for row in self.read(tables::JURISDICTIONS, rows::jurisdictions).unwrap_or_default() {
            for code in row.countries.iter().filter(|code| !codes.contains(code.as_str())) {
                self.problem(tables::JURISDICTIONS, format!("{}: country {code:?} is not in countries.tsv", row.code));
            }
        }
        for row in self.read(tables::CITIES, rows::cities).unwrap_or_default() {
            if !codes.contains(row.country.as_str()) {
                self.problem(
                    tables::CITIES,
                    format!("{}: country {:?} is not in countries.tsv", row.name, row.country),
                );
            }
        }
        self.types_and_prices(&places);
        self.regional(&places);
        self.round_trips(&places);
    }

    fn types_and_prices(&mut self, places: &BTreeMap<RegionKey, &RegionRow>) {
        let power = self.read(tables::POWER, rows::power).unwrap_or_default();
        let types = self.read(tables::MACHINE_TYPES, rows::machine_types).unwrap_or_default();
        let chips: BTreeSet<(&str, &str)> = power.iter().map(|row| (row.cloud.as_str(), row.chip.as_str())).collect();
        for row in &types {
            for chip in row.chips.iter().filter(|chip| !chips.contains(&(row.machine.cloud.as_str(), chip.as_str()))) {
                let message = format!("{}: processor {chip:?} is not in power.tsv", row.machine.name);
                self.problem(tables::MACHINE_TYPES, message);
            }
        }
        let names: BTreeSet<(&str, &str)> =
            types.iter().map(|row| (row.machine.cloud.as_str(), row.machine.name.as_str())).collect();
        for (cloud, layout) in tables::PRICES {
            let prices = self.read(layout, |text| rows::prices(text, layout)).unwrap_or_default();
            let mut sold: BTreeSet<&str> = BTreeSet::new();
            for rows::PriceRow { region, machine_type: name, on_demand, spot } in &prices {
                let fault = if !places.contains_key(&RegionKey::new(cloud, region.as_str())) {
                    "the region is not in regions.tsv"
                } else if !names.contains(&(cloud, name.as_str())) {
                    "the type is not in machine_types.tsv"
                } else if spot.is_some_and(|spot| spot >= *on_demand) {
                    "the spot price is not below on-demand"
                } else if *on_demand > Money::from_micros(u32::MAX.into()) {
                    "the price is above 4,294 USD per hour, the most that can be packed"
                } else {
                    sold.insert(name);
                    continue;
                };
                self.problem(layout, format!("{region} {name}: {fault}"));
            }
            for (_, name) in names.iter().filter(|(of, name)| *of == cloud && !sold.contains(name)) {
                self.problem(tables::MACHINE_TYPES, format!("{cloud} {name}: no region sells it"));
            }
        }
    }

    fn regional(&mut self, places: &BTreeMap<RegionKey, &RegionRow>) {
        let grid = self.read(tables::GRID, rows::grid).unwrap_or_default();
        let internet = self.read(tables::EGRESS_INTERNET, rows::egress_internet).unwrap_or_default();
        let between = self.read(tables::EGRESS_REGIONS, rows::egress_regions).unwrap_or_default();
        self.read(tables::EGRESS_ZONES, rows::egress_zones);
        let services = self.read(tables::FUNCTION_SERVICES, rows::function_services).unwrap_or_default();
        let functions = self.read(tables::FUNCTIONS, rows::functions).unwrap_or_default();
        for row in &functions {
            if !services.iter().any(|limits| limits.cloud == row.region.cloud && limits.service == row.service) {
                let message = format!("{} {}: the service is not in function_services.tsv", row.region, row.service);
                self.problem(tables::FUNCTIONS, message);
            }
        }
        let named = grid
            .iter()
            .map(|row| (tables::GRID, row.key.clone()))
            .chain(internet.iter().map(|(key, _)| (tables::EGRESS_INTERNET, key.clone())))
            .chain(functions.iter().map(|row| (tables::FUNCTIONS, row.region.clone())))
            .chain(between.iter().flat_map(|(cloud, from, to, _)| {
                [from, to].map(|region| (tables::EGRESS_REGIONS, RegionKey::new(cloud.as_str(), region.as_str())))
            }));
        for (layout, key) in named.filter(|(_, key)| !places.contains_key(key)) {
            self.problem(layout, format!("{key} is not in regions.tsv"));
        }
    }

    fn round_trips(&mut self, places: &BTreeMap<RegionKey, &RegionRow>) {
        for row in self.read(tables::RTT, rows::rtt).unwrap_or_default() {
            let pair = format!("{} to {}", row.one, row.other);
            let (Some(one), Some(other)) = (places.get(&row.one), places.get(&row.other)) else {
                self.problem(tables::RTT, format!("{pair}: a region is not in regions.tsv"));
                continue;
            };
            let km = one.coordinates.distance_km(other.coordinates);
            if f64::from(row.micros) / 10.0 < km {
                self.problem(tables::RTT, format!("{pair}: faster than light in fibre over {km:.0} km"));
            }
            if row.one >= row.other {
                self.problem(tables::RTT, format!("{pair}: a pair stands once, its lesser end first"));
            }
        }
        let curve = self.read(tables::RTT_CURVE, rows::rtt_curve).unwrap_or_default();
        if curve.windows(2).any(|pair| pair[0].0 >= pair[1].0 || pair[0].1 > pair[1].1) {
            self.problem(tables::RTT_CURVE, "distances and round trips must rise".into());
        }
    }

    /// Rows are sorted and unlike, and name sources that exist.
    fn order_and_sources(&mut self, layout: Layout, sources: &BTreeSet<String>) {
        let Some(table) = self.read(layout, |text| super::tsv::Table::parse(text, layout.columns)) else { return };
        let is_ordered_by_number = layout.file == tables::RTT_CURVE.file;
        for (index, (before, row)) in table.rows().zip(table.rows().skip(1)).enumerate() {
            if before >= row && !is_ordered_by_number {
                let line = table.first_line + index + 1;
                self.problems.push(Problem {
                    table: layout.file.into(),
                    line: Some(line),
                    message: "not after the line before it: rows are sorted and unlike".into(),
                });
            }
        }
        let of_table = table.note("source").into_iter().flat_map(|ids| ids.split(", "));
        let column = layout.columns.iter().position(|column| *column == "source");
        let of_rows = column.into_iter().flat_map(|at| table.rows().map(move |row| row[at]));
        let unknown: BTreeSet<&str> = of_table.chain(of_rows).filter(|id| !sources.contains(*id)).collect();
        for id in unknown {
            self.problem(layout, format!("source {id:?} is not in sources.tsv"));
        }
    }

    fn read<T>(&mut self, layout: Layout, reader: impl FnOnce(&'a str) -> Result<T, Malformed>) -> Option<T> {
        let Some(bytes) = self.tables.get(layout.file) else {
            self.once(layout, None, "the table is missing".into());
            return None;
        };
        let Ok(text) = std::str::from_utf8(bytes) else {
            self.once(layout, None, "not UTF-8 text".into());
            return None;
        };
        match reader(text) {
            Ok(rows) => Some(rows),
            Err(Malformed { line, message }) => {
                self.once(layout, Some(line), message);
                None
            }
        }
    }

    fn problem(&mut self, layout: Layout, message: String) {
        self.problems.push(Problem { table: layout.file.into(), line: None, message });
    }

    /// A table is read more than once; its problem is told once.
    fn once(&mut self, layout: Layout, line: Option<usize>, message: String) {
        let problem = Problem { table: layout.file.into(), line, message };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}
