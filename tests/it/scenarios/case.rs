//! The form of a scenario file, and the problem it states.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use stowage::model::{
    Access, Architecture, ByZone, Calendar, Call, Commitment, CommitmentId, Coordinates, Demand, Filter, Function,
    FunctionOffer, Glob, Limits, Link, LinkTable, MachineType, Objective, Offer, Order, Previous, PreviousFunction,
    PreviousGroup, PreviousMachines, Problem, Profile, Provenance, Purchase, Quota, QuotaUnit, Region, RegionId,
    RegionKey, Replica, Replicas, Resources, Rtt, RttTable, Selector, SpotTerms, State, Stock, Stood, Survival, Target,
    Term, TypeId, UserGroup, UserId, Weights, Workload, rise_together,
};
use stowage::units::{Amount, Bytes, Carbon, Decimal, Duration, MilliRps, Millicores, Money, Ratio, RoundTrip};

const NOWHERE: Coordinates = Coordinates { latitude_microdegrees: 0, longitude_microdegrees: 0 };

/// A scenario. Numbers that carry money or fractions are text, so that they are exact.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// What the case shows, in a sentence.
    pub(super) shows: String,
    /// Machine types by name.
    types: BTreeMap<String, Type>,
    regions: BTreeMap<String, Place>,
    /// Round trips in ms, by user group, then region.
    users: BTreeMap<String, BTreeMap<String, u32>>,
    workloads: BTreeMap<String, Work>,
    /// Machines that can be bought for a year, by label.
    #[serde(default)]
    commitments: BTreeMap<String, CommitmentWords>,
    max_regions: Option<u32>,
    max_clouds: Option<u32>,
    max_monthly_cost_usd: Option<String>,
    max_monthly_carbon_kg: Option<String>,
    #[serde(default)]
    carbon_usd_per_tonne: i128,
    latency_usd_per_rps_ms: Option<String>,
    /// What is minimised one after another.
    #[serde(default)]
    order: Vec<String>,
    #[serde(default)]
    order_tolerance_percent: u32,
    move_usd_per_replica: Option<String>,
    previous: Option<Earlier>,
    #[serde(default)]
    alternatives: u32,
    #[serde(default)]
    bindings: bool,
    pub(super) expect: Expect,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Type {
    vcpu: u64,
    memory_gib: u64,
    #[serde(default)]
    arm: bool,
    #[serde(default)]
    burstable: bool,
    #[serde(default)]
    gpus: u32,
    gpu_model: Option<String>,
    /// Whole amounts by name.
    #[serde(default)]
    resources: BTreeMap<String, u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    #[serde(default = "test")]
    cloud: String,
    #[serde(default = "one")]
    zones: usize,
    /// USD per hour by type.
    offers: BTreeMap<String, String>,
    /// Spot price in USD per hour by type.
    #[serde(default)]
    spot: BTreeMap<String, String>,
    /// Percent of spot instances taken back in a month, by type.
    #[serde(default)]
    interruption_percent: BTreeMap<String, u8>,
    /// Milligrams of CO₂ equivalent per instance-hour by type.
    #[serde(default)]
    carbon_mg_hour: BTreeMap<String, i128>,
    /// Machines there are, by type.
    #[serde(default)]
    stock: BTreeMap<String, u64>,
    /// What an account may use here.
    #[serde(default)]
    quotas: Vec<QuotaWords>,
    /// Machines there are in each zone, by type.
    #[serde(default)]
    zone_stock: BTreeMap<String, Vec<u64>>,
    /// Services that run functions, by name.
    #[serde(default)]
    functions: BTreeMap<String, ServiceWords>,
    max_environments: Option<u64>,
    egress_usd_per_gb: Option<String>,
    zone_egress_usd_per_gb: Option<String>,
    storage_usd_per_gib: Option<String>,
    /// Ways to other regions; to itself there is one of no price and no round trip.
    #[serde(default)]
    links: BTreeMap<String, Way>,
    #[serde(default)]
    fixed_monthly_usd: i128,
    /// ISO code; empty if the place does not say.
    #[serde(default = "germany")]
    country: String,
    #[serde(default)]
    restricted: bool,
}

/// What a service that runs functions asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceWords {
    usd_per_million_requests: String,
    usd_per_million_gib_seconds: String,
    usd_per_million_vcpu_seconds: Option<String>,
    #[serde(default = "one_at_a_time")]
    requests_per_environment: u32,
    #[serde(default = "one_at_a_time")]
    billing_increment_ms: u32,
    max_memory_gib: Option<u64>,
    max_duration_ms: Option<u32>,
    carbon_mg_per_gib_second: Option<i128>,
    #[serde(default)]
    arm: bool,
}

fn one_at_a_time() -> u32 {
    1
}

impl ServiceWords {
    fn offer(&self, name: &str) -> FunctionOffer {
        FunctionOffer {
            service: name.to_owned(),
            architecture: if self.arm { Architecture::Arm64 } else { Architecture::X86_64 },
            million_requests: usd(&self.usd_per_million_requests),
            million_gib_seconds: usd(&self.usd_per_million_gib_seconds),
            million_vcpu_seconds: self.usd_per_million_vcpu_seconds.as_deref().map(usd),
            requests_per_environment: self.requests_per_environment,
            billing_increment: Duration(self.billing_increment_ms * 1000),
            max_memory: self.max_memory_gib.map(|gib| Bytes(gib << 30)),
            max_duration: self.max_duration_ms.map(|ms| Duration(ms * 1000)),
            carbon_of_million_gib_seconds: self.carbon_mg_per_gib_second.map(|mg| Carbon(mg * 1_000_000)),
        }
    }
}

/// How a workload runs as a function.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FunctionWords {
    memory_mib: u64,
    duration_ms: u32,
    vcpu: Option<u64>,
    #[serde(default = "one_at_a_time")]
    concurrency: u32,
}

/// What is known of the way to a region.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Way {
    usd_per_gb: Option<String>,
    rtt_ms: Option<u32>,
}

/// A quota of one unit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct QuotaWords {
    /// A pattern of types: each is a family of its own.
    families: Option<String>,
    vcpu: Option<u64>,
    instances: Option<u64>,
}

impl QuotaWords {
    fn quotas(&self, region: RegionId) -> impl Iterator<Item = Quota> {
        let vcpu = self.vcpu.map(|vcpu| (QuotaUnit::Vcpu, vcpu * 1000));
        let instances = self.instances.map(|instances| (QuotaUnit::Instances, instances));
        let families = self.families.clone().map(Glob);
        let quota = move |(unit, most)| Quota { region, families: families.clone(), unit, most };
        vcpu.into_iter().chain(instances).map(quota)
    }
}

fn one() -> usize {
    1
}

fn test() -> String {
    "test".into()
}

fn germany() -> String {
    "DE".into()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Work {
    /// Machines run what has a size.
    #[serde(default)]
    vcpu: u64,
    #[serde(default)]
    memory_gib: u64,
    function: Option<FunctionWords>,
    #[serde(default)]
    gpus: u32,
    #[serde(default)]
    resources: BTreeMap<String, u64>,
    #[serde(default)]
    reserved_vcpu: u64,
    #[serde(default)]
    reserved_resources: BTreeMap<String, u64>,
    #[serde(default)]
    rps_per_replica: u64,
    #[serde(default)]
    demand_rps: BTreeMap<String, u64>,
    /// How many replicas there are, where nobody asks.
    replicas: Option<ReplicasWords>,
    /// By callee.
    #[serde(default)]
    calls: BTreeMap<String, CallWords>,
    max_path_rtt_ms: Option<u32>,
    /// What part of the demand is asked for in each hour, in percent, the same for all.
    hours_percent: Option<Vec<u32>>,
    /// The same of single user groups, which rise and fall apart from the others then.
    #[serde(default)]
    hours_percent_of: BTreeMap<String, Vec<u32>>,
    /// What part of the demand is asked for in the low, expected and high case, in percent.
    cases_percent: Option<[u32; 3]>,
    /// Keeps out of commitments.
    #[serde(default)]
    no_commitments: bool,
    /// Whether spot is allowed, and on which terms.
    spot: Option<SpotWords>,
    max_rtt_ms: Option<u32>,
    rtt_share_percent: Option<u32>,
    #[serde(default)]
    survive_zones: u32,
    #[serde(default)]
    survive_regions: u32,
    #[serde(default)]
    survive_clouds: u32,
    degraded_max_rtt_ms: Option<u32>,
    /// What a replica serves while regions or clouds are lost, if it is not the same.
    degraded_rps_per_replica: Option<u64>,
    min_regions: Option<u32>,
    max_regions: Option<u32>,
    max_region_share_percent: Option<u32>,
    max_cloud_share_percent: Option<u32>,
    /// By cloud, or by cloud and region.
    #[serde(default)]
    weights: BTreeMap<String, u64>,
    #[serde(default)]
    weight_tolerance_percent: u32,
    min_zones: Option<u32>,
    max_zone_skew: Option<u64>,
    max_machine_types: Option<u32>,
    #[serde(default)]
    single_region_per_user: bool,
    #[serde(default)]
    pin: BTreeSet<String>,
    #[serde(default)]
    response_bytes: u64,
    state: Option<StateWords>,
    #[serde(default)]
    allow_burstable: bool,
    #[serde(default)]
    allowed: Lists,
    #[serde(default)]
    denied: Lists,
}

/// Exactly so many, or at least so many.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReplicasWords {
    Count(u64),
    Min(u64),
}

impl ReplicasWords {
    fn replicas(&self) -> Replicas {
        match *self {
            Self::Count(number) => Replicas { min: number, max: Some(number) },
            Self::Min(number) => Replicas { min: number, max: None },
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommitmentWords {
    quantity: u32,
    /// USD per hour by type, in every region that sells it on demand.
    offers: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CallWords {
    per_request_percent: u32,
    #[serde(default)]
    answer_bytes: u64,
    #[serde(default)]
    sent_bytes: u64,
    #[serde(default)]
    no_wait: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpotWords {
    max_share_percent: Option<u32>,
    max_interruption_percent: Option<u8>,
    min_pools: Option<u32>,
    #[serde(default)]
    survive_pools: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateWords {
    storage_gib: u64,
    replication_factor: u32,
    quorum: Option<u32>,
    #[serde(default)]
    write_bytes: u64,
    max_storage_gib: Option<u64>,
    #[serde(default)]
    multi_region: bool,
    max_quorum_rtt_ms: Option<u32>,
}

impl StateWords {
    fn state(&self) -> State {
        State {
            storage: Bytes(self.storage_gib << 30),
            replication_factor: self.replication_factor,
            quorum: self.quorum.unwrap_or(self.replication_factor / 2 + 1),
            write: Bytes(self.write_bytes),
            max_storage: self.max_storage_gib.map(|gib| Bytes(gib << 30)),
            is_multi_region: self.multi_region,
            max_quorum_rtt: self.max_quorum_rtt_ms.map(|ms| RoundTrip(ms * 1000)),
        }
    }
}

/// What stood before.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Earlier {
    min_improvement_usd: Option<String>,
    #[serde(default)]
    min_improvement_percent: u32,
    /// By `workload/cloud/region`.
    groups: BTreeMap<String, EarlierGroup>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EarlierGroup {
    /// Instances by type, then zone.
    #[serde(default)]
    machines: BTreeMap<String, Vec<u64>>,
    /// The service whose function answered everything.
    function: Option<String>,
    /// Parts of the requests by user group.
    traffic: BTreeMap<String, u64>,
    /// Parts of the calls by callee, then region.
    #[serde(default)]
    calls: BTreeMap<String, BTreeMap<String, u64>>,
    /// Copies of the data.
    copies: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    jurisdictions: Option<BTreeSet<String>>,
    countries: Option<BTreeSet<String>>,
    regions: Option<BTreeSet<String>>,
    instance_types: Option<BTreeSet<String>>,
    gpu_models: Option<BTreeSet<String>>,
    arm: Option<bool>,
}

/// What must come out.
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    pub(super) outcome: String,
    pub(super) cost_usd_month: Option<String>,
    /// `type [instances by zone]`, by `workload/region`.
    #[serde(default)]
    pub(super) groups: BTreeMap<String, String>,
    /// Workloads that stand as they did, in their order.
    #[serde(default)]
    pub(super) kept: Vec<String>,
    /// The next best, in their order: `workload: regions, USD per month`.
    #[serde(default)]
    pub(super) alternatives: Vec<String>,
    /// The limits that bind: `change: USD saved per month`.
    #[serde(default)]
    pub(super) bindings: Vec<String>,
    /// What became of the targets of the order: `target: value in the answer, least there is`.
    #[serde(default)]
    pub(super) objectives: Vec<String>,
    /// Conflicting rules by workload.
    #[serde(default)]
    pub(super) conflict: BTreeMap<String, Vec<String>>,
    /// Rules over all workloads that cannot hold, each with the change that would do.
    #[serde(default)]
    pub(super) together: BTreeMap<String, String>,
}

fn resources(amounts: &BTreeMap<String, u64>) -> Resources {
    amounts.iter().map(|(name, amount)| (name.clone(), Amount(amount * 1000))).collect()
}

fn usd(text: &str) -> Money {
    Money::from_usd(text.parse::<Decimal>().unwrap()).unwrap()
}

impl Case {
    /// The problem that the case states.
    pub(super) fn problem(&self) -> Problem {
        let types: Vec<&String> = self.types.keys().collect();
        let type_id =
            |name: &String| TypeId::at(types.iter().position(|known| *known == name).expect("a declared type"));
        let users: Vec<&String> = self.users.keys().collect();
        let position = |name: &String| users.iter().position(|known| *known == name);
        let user_id = |name: &String| {
            let is_counted = name == UserGroup::COUNTED;
            UserId::at(if is_counted { users.len() } else { position(name).expect("a declared user") })
        };
        let known = |ms: &u32| Rtt { round_trip: RoundTrip(ms * 1000), provenance: Provenance::Declared };
        let of_users =
            self.users.values().map(|row| self.regions.keys().map(|region| row.get(region).map(known)).collect());
        let counted = vec![Some(known(&0)); self.regions.len()];
        let rows = of_users.chain([counted]);
        let work = |(name, work): (&String, &Work)| Workload {
            stood: self.stood(name, user_id),
            ..work.workload(name, user_id)
        };
        let mut workloads: Vec<Workload> = self.workloads.iter().map(work).collect();
        rise_together(&mut workloads);
        Problem {
            users: users
                .iter()
                .map(|name| UserGroup { name: (*name).clone(), country: None, coordinates: Some(NOWHERE) })
                .chain([UserGroup::counted()])
                .collect(),
            workloads,
            regions: self.regions.iter().map(|(name, place)| place.region(name, type_id, &self.commitments)).collect(),
            machine_types: self.types.iter().map(|(name, made)| made.machine(name)).collect(),
            commitments: self
                .commitments
                .iter()
                .map(|(label, words)| Commitment { label: label.clone(), quantity: words.quantity })
                .collect(),
            rtt: RttTable::from_rows(self.regions.len(), rows.collect()),
            links: self.links(),
            quotas: self
                .regions
                .values()
                .enumerate()
                .flat_map(|(at, place)| place.quotas.iter().flat_map(move |words| words.quotas(RegionId::at(at))))
                .collect(),
            limits: Limits {
                max_regions: self.max_regions,
                max_clouds: self.max_clouds,
                max_monthly_cost: self.max_monthly_cost_usd.as_deref().map(usd),
                max_monthly_carbon: self
                    .max_monthly_carbon_kg
                    .as_deref()
                    .map(|kg| Carbon::from_decimal(kg.parse().unwrap()).unwrap()),
                ..Limits::default()
            },
            objective: Objective {
                carbon_per_tonne: Money::from_micros(self.carbon_usd_per_tonne * 1_000_000),
                latency_per_rps_ms: usd(self.latency_usd_per_rps_ms.as_deref().unwrap_or("0")),
                move_per_replica: usd(self.move_usd_per_replica.as_deref().unwrap_or("0")),
                ..Objective::default()
            },
            order: (!self.order.is_empty()).then(|| Order {
                targets: self.order.iter().map(|name| Target::named(name).unwrap()).collect(),
                tolerance: Ratio(self.order_tolerance_percent * 10_000),
            }),
            gap_tolerance: Ratio(10),
            previous: self.previous.as_ref().map(Earlier::previous),
            alternatives: self.alternatives,
            bindings: self.bindings,
            ..Problem::default()
        }
    }
}

impl Case {
    /// How the requests of a workload were divided before, where that has a price.
    fn stood(&self, workload: &str, user_id: impl Fn(&String) -> UserId) -> BTreeMap<RegionKey, Stood> {
        let groups =
            self.previous.iter().filter(|_| self.move_usd_per_replica.is_some()).flat_map(|stood| &stood.groups);
        let of = |(key, group): (&String, &EarlierGroup)| {
            let [name, cloud, region] = key.split('/').collect::<Vec<_>>()[..] else { panic!("{key}") };
            let place = |(key, &part): (&String, &u64)| {
                let (cloud, region) = key.split_once('/').expect("a cloud and a region");
                (RegionKey::new(cloud, region), part)
            };
            let stood = Stood {
                traffic: group.traffic.iter().map(|(user, &part)| (user_id(user), part)).collect(),
                calls: (group.calls.iter())
                    .map(|(callee, parts)| (callee.clone(), parts.iter().map(place).collect()))
                    .collect(),
                function: group.function.is_some().then_some((1, 1)),
            };
            (name == workload).then(|| (RegionKey::new(cloud, region), stood))
        };
        groups.filter_map(of).collect()
    }

    fn links(&self) -> LinkTable {
        let is_divided = |work: &Work| work.state.as_ref().is_some_and(|state| state.multi_region);
        if self.workloads.values().all(|work| work.calls.is_empty() && !is_divided(work)) {
            return LinkTable::default();
        }
        let known = |ms: u32| Rtt { round_trip: RoundTrip(ms * 1000), provenance: Provenance::Declared };
        let link = |from: &String, to: &String| match self.regions[from].links.get(to) {
            _ if from == to => Link { egress_per_gb: Some(Money::ZERO), rtt: Some(known(0)) },
            Some(way) => Link { egress_per_gb: way.usd_per_gb.as_deref().map(usd), rtt: way.rtt_ms.map(known) },
            None => Link::default(),
        };
        let row = |from| self.regions.keys().map(|to| link(from, to)).collect();
        LinkTable::from_rows(self.regions.keys().map(row).collect())
    }
}

impl Earlier {
    fn previous(&self) -> Previous {
        let set = |(name, zones): (&String, &Vec<u64>)| PreviousMachines {
            instance_type: name.clone(),
            purchase: Purchase::OnDemand.to_string(),
            commitment: None,
            instances: ByZone::InOrder(zones.clone()),
            by_period: Vec::new(),
            hourly: None,
        };
        let group = |(key, group): (&String, &EarlierGroup)| {
            let machines = group.machines.iter().map(set).collect();
            let function = group.function.as_ref().map(|service| PreviousFunction {
                service: service.clone(),
                architecture: Architecture::X86_64.to_string(),
                concurrency: 1,
                answered: 1,
                of: 1,
            });
            let group = PreviousGroup {
                machines,
                function,
                traffic: group.traffic.clone(),
                calls: group.calls.clone(),
                copies: group.copies,
            };
            (key.clone(), group)
        };
        Previous {
            groups: self.groups.iter().map(group).collect(),
            min_improvement: self.min_improvement_usd.as_deref().map_or(Money::ZERO, usd),
            min_improvement_share: Ratio(self.min_improvement_percent * 10_000),
            ..Previous::default()
        }
    }
}

impl Type {
    fn machine(&self, name: &str) -> MachineType {
        MachineType {
            gpus: self.gpus,
            gpu_model: self.gpu_model.clone(),
            resources: resources(&self.resources),
            architecture: if self.arm { Architecture::Arm64 } else { Architecture::X86_64 },
            is_burstable: self.burstable,
            ..MachineType::new("test", name, Millicores(self.vcpu * 1000), Bytes(self.memory_gib << 30))
        }
    }
}

impl Place {
    fn region(
        &self,
        name: &str,
        type_id: impl Fn(&String) -> TypeId,
        commitments: &BTreeMap<String, CommitmentWords>,
    ) -> Region {
        let is_known = !self.country.is_empty();
        let union = if self.country == "US" { None } else { Some("EU".to_owned()) };
        let zones = (0..self.zones).map(|zone| format!("{name}-{zone}")).collect();
        Region {
            country: is_known.then(|| self.country.clone()),
            jurisdictions: union.into_iter().chain([self.country.clone()]).filter(|_| is_known).collect(),
            access: if self.restricted { Access::Restricted } else { Access::Public },
            fixed_monthly: Money::from_micros(self.fixed_monthly_usd * 1_000_000),
            internet_egress_per_gb: self.egress_usd_per_gb.as_deref().map(usd),
            zone_egress_per_gb: self.zone_egress_usd_per_gb.as_deref().map(usd),
            storage_per_gib: self.storage_usd_per_gib.as_deref().map(usd),
            offers: self.on_sale(&type_id, commitments).into(),
            stock: self.stock(type_id),
            functions: self.functions.iter().map(|(name, words)| words.offer(name)).collect(),
            max_environments: self.max_environments,
            ..Region::new(RegionKey::new(self.cloud.clone(), name), NOWHERE, self.country.clone(), zones)
        }
    }
}

impl Place {
    fn stock(&self, type_id: impl Fn(&String) -> TypeId) -> Vec<Stock> {
        let names: BTreeSet<&String> = self.stock.keys().chain(self.zone_stock.keys()).collect();
        let of = |name: &String| Stock {
            machine_type: type_id(name),
            total: self.stock.get(name).copied(),
            by_zone: self.zone_stock.get(name).cloned(),
        };
        names.into_iter().map(of).collect()
    }

    fn on_sale(
        &self,
        type_id: impl Fn(&String) -> TypeId,
        commitments: &BTreeMap<String, CommitmentWords>,
    ) -> Vec<Offer> {
        let offer = |machine: &String, price: &String, purchase, interruption_percent| Offer {
            machine_type: type_id(machine),
            purchase,
            hourly: usd(price),
            carbon_hourly: self.carbon_mg_hour.get(machine).copied().map(Carbon),
            interruption_percent,
        };
        let on_demand = self.offers.iter().map(|(machine, price)| offer(machine, price, Purchase::OnDemand, None));
        let spot = self.spot.iter().map(|(machine, price)| {
            offer(machine, price, Purchase::Spot, self.interruption_percent.get(machine).copied())
        });
        let committed = commitments.values().enumerate().flat_map(|(at, words)| {
            let purchase = Purchase::Committed(CommitmentId::at(at), Term::OneYear);
            let here = words.offers.iter().filter(|(machine, _)| self.offers.contains_key(*machine));
            here.map(move |(machine, price)| (machine, price, purchase))
        });
        let committed = committed.map(|(machine, price, purchase)| offer(machine, price, purchase, None));
        let mut offers: Vec<Offer> = on_demand.chain(spot).chain(committed).collect();
        offers.sort_by_key(|offer| (offer.machine_type, offer.purchase));
        offers
    }
}

impl Work {
    fn workload(&self, name: &str, user_id: impl Fn(&String) -> UserId) -> Workload {
        let replica = Replica {
            vcpu: Millicores(self.vcpu * 1000),
            memory: Bytes(self.memory_gib << 30),
            gpus: self.gpus,
            resources: resources(&self.resources),
        };
        let replicas = self.replicas.as_ref().map(ReplicasWords::replicas);
        let of_users =
            self.demand_rps.iter().map(|(user, rps)| Demand { user: user_id(user), rate: MilliRps(rps * 1000) });
        let counted = replicas
            .map(|replicas| Demand { user: user_id(&UserGroup::COUNTED.to_owned()), rate: MilliRps(replicas.min) });
        let demand = of_users.chain(counted).collect();
        Workload {
            reserved: Replica {
                vcpu: Millicores(self.reserved_vcpu * 1000),
                resources: resources(&self.reserved_resources),
                ..Replica::default()
            },
            profile: self.profile(),
            replicas,
            runs_on_machines: self.vcpu > 0,
            function: self.function.as_ref().map(|words| Function {
                memory: Bytes(words.memory_mib << 20),
                vcpu: words.vcpu.map(|vcpu| Millicores(vcpu * 1000)),
                duration: Duration(words.duration_ms * 1000),
                concurrency: words.concurrency,
            }),
            max_path_rtt: self.max_path_rtt_ms.map(|ms| RoundTrip(ms * 1000)),
            calls: self.calls.iter().map(|(callee, words)| words.call(callee)).collect(),
            max_rtt: self.max_rtt_ms.map(|ms| RoundTrip(ms * 1000)),
            rtt_share: self.rtt_share_percent.map_or(Ratio::ONE, |percent| Ratio(percent * 10_000)),
            survive: Survival { zones: self.survive_zones, regions: self.survive_regions, clouds: self.survive_clouds },
            degraded_max_rtt: self.degraded_max_rtt_ms.map(|ms| RoundTrip(ms * 1000)),
            degraded_rate_per_replica: MilliRps(
                (self.degraded_rps_per_replica.unwrap_or(self.rps_per_replica) * 1000).max(1),
            ),
            min_regions: self.min_regions.unwrap_or(1),
            max_regions: self.max_regions,
            max_region_share: self.max_region_share_percent.map(|percent| Ratio(percent * 10_000)),
            max_cloud_share: self.max_cloud_share_percent.map(|percent| Ratio(percent * 10_000)),
            weights: (!self.weights.is_empty()).then(|| Weights {
                of: self.weights.iter().map(|(domain, weight)| (domain.clone(), weight * 1_000_000)).collect(),
                tolerance: Ratio(self.weight_tolerance_percent * 10_000),
            }),
            min_zones: self.min_zones.unwrap_or(1),
            max_zone_skew: self.max_zone_skew,
            max_machine_types: self.max_machine_types,
            single_region_per_user: self.single_region_per_user,
            response: Bytes(self.response_bytes),
            state: self.state.as_ref().map(StateWords::state),
            allow_burstable: self.allow_burstable,
            pinned: self.pin.iter().map(|name| RegionKey::new("test", name)).collect(),
            uses_commitments: self.spot.is_none() && !self.no_commitments,
            spot: self.spot.as_ref().map(|spot| SpotTerms {
                max_share: Ratio(spot.max_share_percent.unwrap_or(100) * 10_000),
                max_interruption_percent: spot.max_interruption_percent,
                min_pools: spot.min_pools.unwrap_or(1),
                survive_pools: spot.survive_pools,
            }),
            selectors: vec![Selector { allowed: self.allowed.filter(), denied: self.denied.filter() }],
            ..Workload::new(name, replica, MilliRps((self.rps_per_replica * 1000).max(1)), demand)
        }
    }
}

impl Work {
    fn profile(&self) -> Profile {
        let hours = self.hours_percent.clone().unwrap_or_else(|| vec![100]);
        let shape = |hours: &[u32]| -> Vec<Ratio> {
            let cases = self.cases_percent.unwrap_or([100; 3]).into_iter();
            cases
                .skip(if self.cases_percent.is_some() { 0 } else { 2 })
                .flat_map(|case| hours.iter().map(move |hour| Ratio(case * hour * 100)))
                .collect()
        };
        let calendar = Calendar { hours: hours.len(), has_cases: self.cases_percent.is_some() };
        if calendar == Calendar::CONSTANT {
            return Profile::default();
        }
        let of_user = |user: &String| shape(self.hours_percent_of.get(user).unwrap_or(&hours));
        Profile { calendar, shapes: self.demand_rps.keys().map(of_user).collect(), ..Profile::default() }
    }
}

impl CallWords {
    fn call(&self, callee: &str) -> Call {
        Call {
            callee: callee.to_owned(),
            per_request: Ratio(self.per_request_percent * 10_000),
            answer: Bytes(self.answer_bytes),
            sent: Bytes(self.sent_bytes),
            waits: !self.no_wait,
        }
    }
}

impl Lists {
    fn filter(&self) -> Filter {
        let architecture = |arm: bool| if arm { Architecture::Arm64 } else { Architecture::X86_64 };
        Filter {
            jurisdictions: self.jurisdictions.clone(),
            countries: self.countries.clone(),
            gpu_models: self.gpu_models.clone(),
            regions: self.regions.as_ref().map(|list| list.iter().map(|name| RegionKey::new("test", name)).collect()),
            architectures: self.arm.map(|arm| BTreeSet::from([architecture(arm)])),
            instance_types: self.instance_types.as_ref().map(|list| list.iter().cloned().map(Glob).collect()),
            ..Filter::default()
        }
    }
}
