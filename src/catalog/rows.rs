//! The tables' rows as values. The same readers serve the embedded catalog and the validation of tables.

use std::cell::Cell;

use super::carbon::LARGEST_GRID;
use super::tables::{self, Layout};
use super::tsv::{Malformed, Table};
use crate::model::{Access, Architecture, Coordinates, MachineType, RegionKey, Resources, Source};
use crate::units::{Bytes, Decimal, Duration, Millicores, Money};

/// A region as the catalog knows it, without offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegionRow {
    pub(crate) key: RegionKey,
    pub(crate) place: String,
    pub(crate) country: String,
    pub(crate) coordinates: Coordinates,
    pub(crate) access: Access,
    pub(crate) zones: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CountryRow {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) coordinates: Coordinates,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JurisdictionRow {
    pub(crate) code: String,
    pub(crate) countries: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CityRow {
    pub(crate) country: String,
    pub(crate) name: String,
    pub(crate) population: u64,
    pub(crate) coordinates: Coordinates,
    pub(crate) other_names: Vec<String>,
}

/// A machine type and what its power follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypeRow {
    pub(crate) machine: MachineType,
    /// Processors it may run on; none where nothing is known.
    pub(crate) chips: Vec<String>,
    /// Memory beyond what its chips' measured power covers, in 10^-4 GB.
    pub(crate) extra_memory: i128,
    /// Its share of the server's embodied emissions, in 10^-4 kg.
    pub(crate) embodied: i128,
}

/// Power of a processor, in 10^-4 W per vCPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PowerRow {
    pub(crate) cloud: String,
    pub(crate) chip: String,
    pub(crate) min_watts: i128,
    pub(crate) max_watts: i128,
}

/// Intensity of a region's grid, in 10^-4 g/kWh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GridRow {
    pub(crate) key: RegionKey,
    pub(crate) grams: i128,
}

/// Hourly prices of a type in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PriceRow {
    pub(crate) region: String,
    pub(crate) machine_type: String,
    pub(crate) on_demand: Money,
    pub(crate) spot: Option<Money>,
}

/// What is the same of a service that runs functions wherever it is on sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FunctionServiceRow {
    pub(crate) cloud: String,
    pub(crate) service: String,
    pub(crate) requests_per_environment: u32,
    pub(crate) billing_increment: Duration,
    pub(crate) max_memory: Bytes,
    pub(crate) max_duration: Duration,
}

/// Prices of a service that runs functions in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FunctionRow {
    pub(crate) region: RegionKey,
    pub(crate) service: String,
    pub(crate) architecture: Architecture,
    pub(crate) million_requests: Money,
    pub(crate) million_gib_seconds: Money,
    pub(crate) million_vcpu_seconds: Option<Money>,
}

/// A measured round trip, in microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RttRow {
    pub(crate) one: RegionKey,
    pub(crate) other: RegionKey,
    pub(crate) micros: u32,
}

/// One line of a table, with typed access to its cells.
#[derive(Debug)]
struct Line<'a> {
    number: usize,
    cells: &'a [&'a str],
    columns: &'static [&'static str],
    /// After the column that was read last: nearly all are read in their order.
    next: Cell<usize>,
}

impl<'a> Line<'a> {
    fn text(&self, column: &str) -> &'a str {
        let next = self.next.get();
        // Mostly the two are one literal.
        let is_next = |name: &&str| std::ptr::eq(*name, column) || *name == column;
        let at = if self.columns.get(next).is_some_and(is_next) {
            Some(next)
        } else {
            self.columns.iter().position(|name| *name == column)
        };
        at.map_or("", |at| {
            self.next.set(at + 1);
            self.cells[at]
        })
    }

    fn name(&self, column: &str) -> Result<String, Malformed> {
        let text = self.text(column);
        if text.is_empty() { Err(self.fault(column, "is empty")) } else { Ok(text.to_owned()) }
    }

    fn list(&self, column: &str) -> Vec<String> {
        self.text(column).split(',').filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    fn key(&self, column: &str) -> Result<RegionKey, Malformed> {
        let (cloud, region) =
            self.text(column).split_once('/').ok_or_else(|| self.fault(column, "is not cloud/region"))?;
        Ok(RegionKey::new(cloud, region))
    }

    fn decimal(&self, column: &str) -> Result<Decimal, Malformed> {
        self.text(column).parse().map_err(|_| self.fault(column, "is not a number"))
    }

    /// A number of at least zero in units of 10^-`places`.
    fn units(&self, column: &str, places: u32) -> Result<i128, Malformed> {
        let units = self.decimal(column)?.in_units(places).map_err(|_| self.fault(column, "is too large"))?;
        if units < 0 { Err(self.fault(column, "is negative")) } else { Ok(units) }
    }

    fn coordinates(&self) -> Result<Coordinates, Malformed> {
        let degrees = |column: &str, limit: i32| {
            self.decimal(column)?
                .in_units(6)
                .ok()
                .and_then(|micro| i32::try_from(micro).ok())
                .filter(|micro| micro.abs() <= limit * 1_000_000)
                .ok_or_else(|| self.fault(column, "is no degree on Earth"))
        };
        Ok(Coordinates {
            latitude_microdegrees: degrees("latitude", 90)?,
            longitude_microdegrees: degrees("longitude", 180)?,
        })
    }

    fn money(&self, column: &str) -> Result<Money, Malformed> {
        let money = Money::from_usd(self.decimal(column)?).map_err(|_| self.fault(column, "is too large"))?;
        if money < Money::ZERO { Err(self.fault(column, "is negative")) } else { Ok(money) }
    }

    /// The price of 10^6 of what one of has a price in USD.
    fn price_of_a_million(&self, column: &str) -> Result<Money, Malformed> {
        self.units(column, 12).map(Money::from_micros)
    }

    fn architecture(&self) -> Result<Architecture, Malformed> {
        match self.text("architecture") {
            "x86_64" => Ok(Architecture::X86_64),
            "arm64" => Ok(Architecture::Arm64),
            _ => Err(self.fault("architecture", "is neither x86_64 nor arm64")),
        }
    }

    fn fault(&self, column: &str, what: &str) -> Malformed {
        Malformed { line: self.number, message: format!("{column} {:?} {what}", self.text(column)) }
    }
}

fn read<T>(
    text: &str,
    layout: Layout,
    mut row: impl FnMut(&Line<'_>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let table = Table::parse(text, layout.columns)?;
    let lines = table.rows().enumerate();
    let line =
        |(index, cells)| Line { number: table.first_line + index, cells, columns: layout.columns, next: Cell::new(0) };
    let mut rows = Vec::with_capacity(lines.len());
    for found in lines {
        rows.push(row(&line(found))?);
    }
    Ok(rows)
}

/// Version of the catalog and its sources.
pub(crate) fn sources(text: &str) -> Result<(String, Vec<(String, Source)>), Malformed> {
    let rows = read(text, tables::SOURCES, |line| {
        let source = Source { facts: line.name("facts")?, as_of: line.name("as_of")?, origin: line.name("origin")? };
        Ok((line.name("id")?, source))
    })?;
    let version = Table::parse(text, tables::SOURCES.columns)?.note("version").map(str::to_owned);
    Ok((version.ok_or(Malformed { line: 1, message: "no `# version:` line".into() })?, rows))
}

pub(crate) fn regions(text: &str) -> Result<Vec<RegionRow>, Malformed> {
    read(text, tables::REGIONS, |line| {
        let access = match line.text("access") {
            "public" => Access::Public,
            "restricted" => Access::Restricted,
            _ => return Err(line.fault("access", "is neither public nor restricted")),
        };
        let zones = line.list("zone_names");
        if zones.is_empty() {
            return Err(line.fault("zone_names", "names no zone"));
        }
        Ok(RegionRow {
            key: RegionKey::new(line.name("cloud")?, line.name("region")?),
            place: line.name("place")?,
            country: line.name("country")?,
            coordinates: line.coordinates()?,
            access,
            zones,
        })
    })
}

pub(crate) fn countries(text: &str) -> Result<Vec<CountryRow>, Malformed> {
    read(text, tables::COUNTRIES, |line| {
        Ok(CountryRow { code: line.name("country")?, name: line.name("name")?, coordinates: line.coordinates()? })
    })
}

pub(crate) fn jurisdictions(text: &str) -> Result<Vec<JurisdictionRow>, Malformed> {
    read(text, tables::JURISDICTIONS, |line| {
        Ok(JurisdictionRow { code: line.name("jurisdiction")?, countries: line.list("countries") })
    })
}

pub(crate) fn cities(text: &str) -> Result<Vec<CityRow>, Malformed> {
    read(text, tables::CITIES, |line| {
        Ok(CityRow {
            country: line.name("country")?,
            name: line.name("city")?,
            population: line.text("population").parse().map_err(|_| line.fault("population", "is not a count"))?,
            coordinates: line.coordinates()?,
            other_names: line.list("other_names"),
        })
    })
}

pub(crate) fn machine_types(text: &str) -> Result<Vec<TypeRow>, Malformed> {
    read(text, tables::MACHINE_TYPES, |line| {
        let fits = |column: &'static str| move |_| line.fault(column, "is out of range");
        let architecture = line.architecture()?;
        let is_burstable = match line.text("burstable") {
            "yes" => true,
            "no" => false,
            _ => return Err(line.fault("burstable", "is neither yes nor no")),
        };
        let machine = MachineType {
            cloud: line.name("cloud")?,
            name: line.name("type")?,
            family: line.name("family")?,
            vcpu: Millicores::from_decimal(line.decimal("vcpu")?).map_err(fits("vcpu"))?,
            memory: Bytes::from_gib(line.decimal("memory_gib")?).map_err(fits("memory_gib"))?,
            gpus: line.text("gpus").parse().map_err(|_| line.fault("gpus", "is not a count"))?,
            gpu_model: None,
            resources: Resources::default(),
            architecture,
            is_burstable,
        };
        if machine.vcpu.0 == 0 || machine.memory.0 == 0 {
            return Err(line.fault("type", "has no processor or no memory"));
        }
        Ok(TypeRow {
            machine,
            chips: line.list("chips"),
            extra_memory: line.units("extra_memory_gb", 4)?,
            embodied: line.units("embodied_kg", 4)?,
        })
    })
}

pub(crate) fn power(text: &str) -> Result<Vec<PowerRow>, Malformed> {
    read(text, tables::POWER, |line| {
        Ok(PowerRow {
            cloud: line.name("cloud")?,
            chip: line.name("chip")?,
            min_watts: line.units("min_watts", 4)?,
            max_watts: line.units("max_watts", 4)?,
        })
    })
}

pub(crate) fn grid(text: &str) -> Result<Vec<GridRow>, Malformed> {
    read(text, tables::GRID, |line| {
        let grams = line.units("g_per_kwh", 4)?;
        if grams > LARGEST_GRID {
            return Err(line.fault("g_per_kwh", "is above 5 kg"));
        }
        Ok(GridRow { key: RegionKey::new(line.name("cloud")?, line.name("region")?), grams })
    })
}

pub(crate) fn function_services(text: &str) -> Result<Vec<FunctionServiceRow>, Malformed> {
    read(text, tables::FUNCTION_SERVICES, |line| {
        let fits = |column: &'static str| move |_| line.fault(column, "is out of range");
        let ms = |column: &'static str| Duration::from_decimal(line.decimal(column)?).map_err(fits(column));
        let row = FunctionServiceRow {
            cloud: line.name("cloud")?,
            service: line.name("service")?,
            requests_per_environment: line
                .text("requests_per_environment")
                .parse()
                .map_err(|_| line.fault("requests_per_environment", "is not a count"))?,
            billing_increment: ms("billing_increment_ms")?,
            max_memory: Bytes::from_gib(line.decimal("max_memory_gib")?).map_err(fits("max_memory_gib"))?,
            max_duration: ms("max_duration_ms")?,
        };
        if row.requests_per_environment == 0 || row.billing_increment.0 == 0 {
            return Err(line.fault("service", "answers no request at a time, or bills none of it"));
        }
        Ok(row)
    })
}

pub(crate) fn functions(text: &str) -> Result<Vec<FunctionRow>, Malformed> {
    read(text, tables::FUNCTIONS, |line| {
        let vcpu = "usd_per_vcpu_second";
        let million_vcpu_seconds = if line.text(vcpu).is_empty() { None } else { Some(line.price_of_a_million(vcpu)?) };
        Ok(FunctionRow {
            region: RegionKey::new(line.name("cloud")?, line.name("region")?),
            service: line.name("service")?,
            architecture: line.architecture()?,
            million_requests: line.money("usd_per_million_requests")?,
            million_gib_seconds: line.price_of_a_million("usd_per_gib_second")?,
            million_vcpu_seconds,
        })
    })
}

pub(crate) fn rtt(text: &str) -> Result<Vec<RttRow>, Malformed> {
    read(text, tables::RTT, |line| {
        let micros = u32::try_from(line.units("ms", 3)?).map_err(|_| line.fault("ms", "is out of range"))?;
        Ok(RttRow { one: line.key("one")?, other: line.key("other")?, micros })
    })
}

/// Kilometres and milliseconds of the curve's knots.
pub(crate) fn rtt_curve(text: &str) -> Result<Vec<(f64, f64)>, Malformed> {
    read(text, tables::RTT_CURVE, |line| {
        let float = |column| line.text(column).parse().map_err(|_| line.fault(column, "is not a number"));
        Ok((float("km")?, float("ms")?))
    })
}

pub(crate) fn egress_internet(text: &str) -> Result<Vec<(RegionKey, Money)>, Malformed> {
    read(text, tables::EGRESS_INTERNET, |line| {
        Ok((RegionKey::new(line.name("cloud")?, line.name("region")?), line.money("usd_per_gb")?))
    })
}

/// Cloud, from, to, price.
pub(crate) fn egress_regions(text: &str) -> Result<Vec<(String, String, String, Money)>, Malformed> {
    read(text, tables::EGRESS_REGIONS, |line| {
        Ok((line.name("cloud")?, line.name("from")?, line.name("to")?, line.money("usd_per_gb")?))
    })
}

pub(crate) fn egress_zones(text: &str) -> Result<Vec<(String, Money)>, Malformed> {
    read(text, tables::EGRESS_ZONES, |line| Ok((line.name("cloud")?, line.money("usd_per_gb")?)))
}

pub(crate) fn prices(text: &str, layout: Layout) -> Result<Vec<PriceRow>, Malformed> {
    read(text, layout, |line| {
        let spot = if line.text("spot_usd_h").is_empty() { None } else { Some(line.money("spot_usd_h")?) };
        let on_demand = line.money("on_demand_usd_h")?;
        if on_demand == Money::ZERO {
            return Err(line.fault("on_demand_usd_h", "is zero: an unknown price has no row"));
        }
        if !["", "0", "1", "2", "3", "4"].contains(&line.text("interruption_band")) {
            return Err(line.fault("interruption_band", "is not a band from 0 to 4"));
        }
        Ok(PriceRow { region: line.name("region")?, machine_type: line.name("type")?, on_demand, spot })
    })
}
