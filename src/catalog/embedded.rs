//! The catalog in the program: compressed sections, opened one by one when first needed.
//!
//! The build script packs the sections from tables it has read itself, and a test reads every one; what cannot be read here would be a
//! broken build.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::carbon::{Footprint, footprint};
use super::locate::{City, cities};
use super::pack::{self, Figure};
use super::rows::{self, CountryRow, JurisdictionRow, RegionRow};
use super::rtt::Network;
use super::supply::Supply;
use super::tables;
use super::tsv::Malformed;
use crate::model::{CatalogStamp, FunctionOffer, MachineType, RegionKey, Source};
use crate::units::Money;

static BASE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog/base.zst"));
static CITIES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog/cities.zst"));
static TYPES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog/types.zst"));
static PRICES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog/prices.zst"));
static SPOT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog/spot.zst"));
static INTERRUPTIONS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog/interruptions.zst"));
static RTT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog/rtt.zst"));
static DIGEST: &str = include_str!(concat!(env!("OUT_DIR"), "/catalog/digest.txt"));

const BROKEN: &str = "the build script has read and packed this section";

/// The embedded catalog. Immutable; sections are opened when first asked for.
#[derive(Debug)]
pub struct Catalog {
    base: OnceLock<Base>,
    types: OnceLock<Types>,
    prices: OnceLock<Vec<Vec<Figure>>>,
    spot: OnceLock<Vec<Vec<SpotPrice>>>,
    functions: OnceLock<BTreeMap<RegionKey, Vec<FunctionOffer>>>,
    cities: OnceLock<Vec<City>>,
    egress: OnceLock<BTreeMap<(RegionKey, RegionKey), Money>>,
    network: OnceLock<Network>,
    pub(super) public: OnceLock<Supply>,
}

/// What a machine type costs as spot: position of the type in the table of types, price, and how often it is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SpotPrice {
    pub(super) machine_type: u32,
    pub(super) hourly: Money,
    /// At most this many percent in a month, if known.
    pub(super) interruption_percent: Option<u8>,
}

/// The most of the instances that are taken back in a month, by band; the last band has no limit of its own.
const INTERRUPTION_PERCENT: [u8; 5] = [5, 10, 15, 20, 100];

/// The small tables that nearly everything needs.
#[derive(Debug)]
pub(super) struct Base {
    texts: BTreeMap<String, String>,
    version: String,
    sources: Vec<Source>,
    /// By key.
    pub(super) regions: Vec<RegionRow>,
    pub(super) countries: Vec<CountryRow>,
    pub(super) jurisdictions: Vec<JurisdictionRow>,
    pub(super) internet_egress: BTreeMap<RegionKey, Money>,
    pub(super) zone_egress: Vec<(String, Money)>,
    /// In 10^-4 g/kWh.
    pub(super) grid: BTreeMap<RegionKey, i128>,
}

/// Machine types, by cloud and name, with what an hour of each costs the climate.
#[derive(Debug)]
struct Types {
    machines: Arc<[MachineType]>,
    footprints: Vec<Option<Footprint>>,
}

fn unpack(section: &[u8]) -> Vec<u8> {
    // Sections say how long they are.
    let length = zstd::zstd_safe::get_frame_content_size(section).ok().flatten().expect(BROKEN);
    zstd::bulk::decompress(section, usize::try_from(length).expect(BROKEN)).expect(BROKEN)
}

fn unpack_text(section: &[u8]) -> String {
    String::from_utf8(unpack(section)).expect(BROKEN)
}

fn read<T>(outcome: Result<T, Malformed>) -> T {
    outcome.expect(BROKEN)
}

impl Base {
    fn open() -> Self {
        let bytes = unpack(BASE);
        let texts: BTreeMap<String, String> = pack::texts(&bytes)
            .expect(BROKEN)
            .into_iter()
            .map(|(file, text)| (file.to_owned(), text.to_owned()))
            .collect();
        let text = |layout: tables::Layout| texts[layout.file].as_str();
        let (version, sources) = read(rows::sources(text(tables::SOURCES)));
        Self {
            version,
            sources: sources.into_iter().map(|(_, source)| source).collect(),
            regions: read(rows::regions(text(tables::REGIONS))),
            countries: read(rows::countries(text(tables::COUNTRIES))),
            jurisdictions: read(rows::jurisdictions(text(tables::JURISDICTIONS))),
            internet_egress: read(rows::egress_internet(text(tables::EGRESS_INTERNET))).into_iter().collect(),
            zone_egress: read(rows::egress_zones(text(tables::EGRESS_ZONES))),
            grid: read(rows::grid(text(tables::GRID))).into_iter().map(|row| (row.key, row.grams)).collect(),
            texts,
        }
    }

    pub(super) fn region(&self, key: &RegionKey) -> Option<&RegionRow> {
        self.regions.binary_search_by(|row| row.key.cmp(key)).ok().map(|at| &self.regions[at])
    }
}

impl Types {
    fn open(base: &Base) -> Self {
        let rows = pack::machine_types(&unpack(TYPES)).expect(BROKEN);
        let power = read(rows::power(&base.texts[tables::POWER.file]));
        let by_chip = power.iter().map(|row| ((row.cloud.as_str(), row.chip.as_str()), row)).collect();
        let footprints = rows.iter().map(|row| footprint(row, &by_chip)).collect();
        Self { machines: rows.into_iter().map(|row| row.machine).collect(), footprints }
    }
}

impl Catalog {
    const fn new() -> Self {
        Self {
            base: OnceLock::new(),
            types: OnceLock::new(),
            prices: OnceLock::new(),
            spot: OnceLock::new(),
            functions: OnceLock::new(),
            cities: OnceLock::new(),
            egress: OnceLock::new(),
            network: OnceLock::new(),
            public: OnceLock::new(),
        }
    }

    /// The catalog of this program.
    pub fn embedded() -> &'static Self {
        static CATALOG: Catalog = Catalog::new();
        &CATALOG
    }

    /// Opens the tables that nearly every problem is judged by, so that the first one need not wait for it.
    pub fn open_names(&self) {
        rayon::join(|| self.cities(), || self.types());
    }

    /// Opens the tables that nearly every placement needs.
    pub fn open(&self) {
        // Two halves of about the same length; names may be open already.
        rayon::join(|| self.public_supply(), || (self.network(), self.cities()));
    }

    /// Version, date, digest and sources. The date is that of the newest facts.
    pub fn stamp(&self) -> CatalogStamp {
        let base = self.base();
        CatalogStamp {
            version: base.version.clone(),
            as_of: base.sources.iter().map(|source| source.as_of.clone()).max().unwrap_or_default(),
            digest: DIGEST.to_owned(),
            sources: base.sources.clone(),
            is_overlaid: false,
        }
    }

    /// Bytes the catalog takes in the program.
    pub fn packed_size(&self) -> usize {
        [BASE, CITIES, TYPES, PRICES, SPOT, INTERRUPTIONS, RTT].iter().map(|section| section.len()).sum()
    }

    pub(super) fn base(&self) -> &Base {
        self.base.get_or_init(Base::open)
    }

    fn opened_types(&self) -> &Types {
        self.types.get_or_init(|| Types::open(self.base()))
    }

    /// Machine types, by cloud and name.
    pub(super) fn types(&self) -> &Arc<[MachineType]> {
        &self.opened_types().machines
    }

    /// Footprints, one for each of [`Self::types`].
    pub(super) fn footprints(&self) -> &[Option<Footprint>] {
        &self.opened_types().footprints
    }

    /// Position of a type in [`Self::types`].
    pub(super) fn type_id(&self, cloud: &str, name: &str) -> Option<u32> {
        let key = |machine: &MachineType| (machine.cloud.as_str(), machine.name.as_str()).cmp(&(cloud, name));
        self.types().binary_search_by(key).ok().and_then(|at| u32::try_from(at).ok())
    }

    pub(super) fn has_type(&self, cloud: &str, name: &str) -> bool {
        self.type_id(cloud, name).is_some()
    }

    /// Services that run functions, by region; each with its limits.
    pub(super) fn functions(&self) -> &BTreeMap<RegionKey, Vec<FunctionOffer>> {
        self.functions.get_or_init(|| {
            let base = self.base();
            let services = read(rows::function_services(&base.texts[tables::FUNCTION_SERVICES.file]));
            let mut functions: BTreeMap<RegionKey, Vec<FunctionOffer>> = BTreeMap::new();
            for row in read(rows::functions(&base.texts[tables::FUNCTIONS.file])) {
                let is_of = |limits: &&rows::FunctionServiceRow| {
                    limits.cloud == row.region.cloud && limits.service == row.service
                };
                let limits = services.iter().find(is_of).expect(BROKEN);
                functions.entry(row.region).or_default().push(FunctionOffer {
                    service: row.service,
                    architecture: row.architecture,
                    million_requests: row.million_requests,
                    million_gib_seconds: row.million_gib_seconds,
                    million_vcpu_seconds: row.million_vcpu_seconds,
                    requests_per_environment: limits.requests_per_environment,
                    billing_increment: limits.billing_increment,
                    max_memory: Some(limits.max_memory),
                    max_duration: Some(limits.max_duration),
                    carbon_of_million_gib_seconds: None,
                });
            }
            functions
        })
    }

    /// Prices of each region of the base, each by type.
    pub(super) fn prices(&self) -> &[Vec<Figure>] {
        self.prices.get_or_init(|| self.figures(PRICES))
    }

    /// Spot prices of each region of the base, each by type.
    pub(super) fn spot(&self) -> &[Vec<SpotPrice>] {
        self.spot.get_or_init(|| {
            let bands = self.figures(INTERRUPTIONS);
            let of_region = |(prices, bands): (Vec<Figure>, Vec<Figure>)| {
                let bands: BTreeMap<u32, u32> = bands.into_iter().collect();
                let price = |(machine_type, micros): Figure| SpotPrice {
                    machine_type,
                    hourly: Money::from_micros(micros.into()),
                    interruption_percent: bands
                        .get(&machine_type)
                        .and_then(|&band| INTERRUPTION_PERCENT.get(band as usize).copied()),
                };
                prices.into_iter().map(price).collect()
            };
            self.figures(SPOT).into_iter().zip(bands).map(of_region).collect()
        })
    }

    /// A packed section of figures, for each region of the base.
    fn figures(&self, section: &[u8]) -> Vec<Vec<Figure>> {
        let regions = &self.base().regions;
        let clouds: Vec<(Vec<u32>, Vec<usize>)> = tables::PRICES
            .iter()
            .map(|(cloud, _)| {
                let types = (0_u32..).zip(&**self.types()).filter(|(_, machine)| machine.cloud == *cloud);
                let places = regions.iter().enumerate().filter(|(_, row)| row.key.cloud == *cloud);
                (types.map(|(id, _)| id).collect(), places.map(|(at, _)| at).collect())
            })
            .collect();
        pack::figures(&unpack(section), &clouds, regions.len()).expect(BROKEN)
    }

    pub(super) fn cities(&self) -> &[City] {
        self.cities.get_or_init(|| cities(read(rows::cities(&unpack_text(CITIES))), &self.base().regions))
    }

    pub(super) fn egress(&self) -> &BTreeMap<(RegionKey, RegionKey), Money> {
        self.egress.get_or_init(|| {
            let rows = read(rows::egress_regions(&self.base().texts[tables::EGRESS_REGIONS.file]));
            rows.into_iter()
                .map(|(cloud, from, to, price)| {
                    ((RegionKey::new(cloud.clone(), from), RegionKey::new(cloud, to)), price)
                })
                .collect()
        })
    }

    pub(super) fn network(&self) -> &Network {
        self.network.get_or_init(|| {
            let places = self.base().regions.iter().map(|row| (row.key.clone(), row.coordinates)).collect();
            let curve = read(rows::rtt_curve(&self.base().texts[tables::RTT_CURVE.file]));
            let (hubs, micros) = pack::round_trips(&unpack(RTT)).expect(BROKEN);
            Network::new(hubs, &micros, curve, &places)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_types_are_those_of_the_table() {
        let listed = rows::machine_types(include_str!("../../data/machine_types.tsv")).unwrap();
        assert!(pack::machine_types(&unpack(TYPES)).unwrap() == listed);
    }

    #[test]
    fn packed_round_trips_are_those_of_the_table() {
        let (regions, micros) = pack::round_trips(&unpack(RTT)).unwrap();
        let pairs = (0..regions.len()).flat_map(|one| (one + 1..regions.len()).map(move |other| (one, other)));
        let packed = pairs.zip(micros).filter(|(_, micros)| *micros > 0);
        let packed: BTreeMap<_, u32> =
            packed.map(|((one, other), micros)| ((regions[one].clone(), regions[other].clone()), micros)).collect();
        let listed = rows::rtt(include_str!("../../data/rtt.tsv")).unwrap();
        let listed: BTreeMap<_, u32> = listed
            .into_iter()
            .map(|row| ((row.one.clone().min(row.other.clone()), row.one.max(row.other)), row.micros))
            .collect();
        assert!(packed == listed && regions.is_sorted());
    }
}
