//! Instances as placement problems of one workload whose replicas answer one request per second each: facilities are regions, customers are user groups,
//! what it costs to serve a customer is the price of latency.

use std::fs::read_to_string;
use std::path::Path;
use std::sync::Arc;

use stowage::model::{
    Coordinates, Demand, Limits, MachineType, Objective, Offer, Problem, Provenance, Purchase, Region, RegionKey,
    Replica, Rtt, RttTable, Stock, TypeId, UserGroup, UserId, Workload,
};

use stowage::units::{Bytes, Decimal, MilliRps, Millicores, Money, Ratio, RoundTrip};

use crate::gqap;

/// One instance.
pub(crate) struct Instance {
    pub(crate) family: &'static str,
    pub(crate) name: String,
    /// As the table of optima writes it.
    pub(crate) published: String,
    pub(crate) problem: Problem,
}

/// A place to serve from.
struct Facility {
    /// What it costs to open.
    fixed: Money,
    /// How much it may serve.
    capacity: u64,
}

/// Who is to be served.
struct Customer {
    demand: u64,
    /// Cost of serving one unit of the demand, by facility, in microseconds of latency.
    cost: Vec<u32>,
}

/// More than any instance asks for in all.
const UNLIMITED: u64 = 1_000_000;

pub(crate) fn published(folder: &Path) -> Vec<Instance> {
    let mut all = each(&folder.join("orlib_cap"), warehouses);
    all.extend(each(&folder.join("sscflp_holmberg"), single_source));
    all.extend(each(&folder.join("pmedian"), medians));
    all.extend(gqap::published(&folder.join("gqap")));
    all
}

/// The instances that a folder's table of optima lists.
fn each(folder: &Path, read: fn(&Path, &[&str]) -> Instance) -> Vec<Instance> {
    let table = read_to_string(folder.join("optima.csv")).unwrap_or_default();
    table.lines().skip(1).map(|line| read(folder, &line.split(',').collect::<Vec<_>>())).collect()
}

/// The numbers of a text.
fn numbers(text: &str) -> impl Iterator<Item = Decimal> {
    text.split_whitespace().map(|word| word.trim_end_matches('.').parse().unwrap())
}

fn whole(number: Decimal) -> u64 {
    u64::try_from(number.in_units(0).unwrap()).unwrap()
}

/// Capacitated warehouses of the OR-Library: a customer's whole demand has a cost at each warehouse, and may be divided.
fn warehouses(folder: &Path, row: &[&str]) -> Instance {
    let text = read_to_string(folder.join(format!("{}.txt", row[0]))).unwrap().replace("capacity", row[1]);
    let mut numbers = numbers(&text);
    let mut next = || numbers.next().unwrap();
    let (facilities, customers) = (whole(next()), whole(next()));
    let facility = |_| Facility { capacity: whole(next()), fixed: Money::from_usd(next()).unwrap() };
    let facilities: Vec<Facility> = (0..facilities).map(facility).collect();
    // Whole demand and costs by customer, in 10^-9 of the file's unit.
    let read: Vec<(u64, Vec<u64>)> = (0..customers)
        .map(|_| {
            let demand = whole(next());
            (demand, facilities.iter().map(|_| u64::try_from(next().in_units(9).unwrap()).unwrap()).collect())
        })
        .collect();
    let (customers, price) = priced(read);
    let name = if row[1].is_empty() { row[0].to_owned() } else { format!("{} {}", row[0], row[1]) };
    instance(("orlib_cap", name, row[4]), &facilities, &customers, price, None)
}

/// Capacitated facilities of Holmberg, Rönnqvist and Yuan: the same in another layout, and no demand may be divided.
fn single_source(folder: &Path, row: &[&str]) -> Instance {
    let text = read_to_string(folder.join(row[0])).unwrap();
    let mut numbers = numbers(&text);
    let (facilities, customers) = (whole(numbers.next().unwrap()), whole(numbers.next().unwrap()));
    let capacities: Vec<u64> = (0..facilities).map(|_| whole(numbers.next().unwrap())).collect();
    let opened = |capacity| Facility { capacity, fixed: Money::from_usd(numbers.next().unwrap()).unwrap() };
    let facilities: Vec<Facility> = capacities.into_iter().map(opened).collect();
    let mut read: Vec<(u64, Vec<u64>)> = (0..customers).map(|_| (whole(numbers.next().unwrap()), Vec::new())).collect();
    // A row of costs for each customer.
    for (_, costs) in &mut read {
        let cost = |_| u64::try_from(numbers.next().unwrap().in_units(9).unwrap()).unwrap();
        costs.extend(facilities.iter().map(cost));
    }
    let (customers, price) = priced(read);
    let mut instance = instance(("sscflp_holmberg", row[0].to_owned(), row[3]), &facilities, &customers, price, None);
    instance.problem.workloads[0].single_region_per_user = true;
    instance
}

/// Customers from their demand and what it costs to serve all of it from each facility, in 10^-9 of the file's unit; and the price of latency that goes
/// with them. It is as fine as lets the dearest unit cost fit: a microsecond at `price` micro-USD a millisecond costs `price` × 10^-9.
fn priced(read: Vec<(u64, Vec<u64>)>) -> (Vec<Customer>, Money) {
    let dearest = read.iter().flat_map(|(demand, costs)| costs.iter().map(move |cost| cost / demand)).max();
    let price = (dearest.unwrap_or(0) + 1).div_ceil(u64::from(u32::MAX));
    let in_price = |(demand, costs): (u64, Vec<u64>)| Customer {
        demand,
        cost: costs.iter().map(|cost| u32::try_from((cost / demand + price / 2) / price).unwrap()).collect(),
    };
    (read.into_iter().map(in_price).collect(), Money::from_micros(price.into()))
}

/// p-median problems of the OR-Library: every node of a graph is a customer and may be one of p facilities.
fn medians(folder: &Path, row: &[&str]) -> Instance {
    let text = read_to_string(folder.join(format!("{}.txt", row[0]))).unwrap();
    let mut numbers = numbers(&text).map(whole);
    let mut next = || numbers.next().unwrap();
    let (nodes, edges, most) = (next(), next(), next());
    let nodes = usize::try_from(nodes).unwrap();
    let mut distance = vec![vec![u64::from(u32::MAX); nodes]; nodes];
    for _ in 0..edges {
        let (one, other, length) = (next(), next(), next());
        let (one, other) = (usize::try_from(one - 1).unwrap(), usize::try_from(other - 1).unwrap());
        (distance[one][other], distance[other][one]) = (length, length);
    }
    for (node, row) in distance.iter_mut().enumerate() {
        row[node] = 0;
    }
    for via in 0..nodes {
        let through = distance[via].clone();
        for row in &mut distance {
            let first = row[via];
            for (known, second) in row.iter_mut().zip(&through) {
                *known = (*known).min(first + second);
            }
        }
    }
    let facilities: Vec<Facility> = (0..nodes).map(|_| Facility { fixed: Money::ZERO, capacity: UNLIMITED }).collect();
    let customers: Vec<Customer> = distance
        .into_iter()
        .map(|row| Customer { demand: 1, cost: row.into_iter().map(|ms| u32::try_from(ms * 1_000).unwrap()).collect() })
        .collect();
    let price = Money::from_micros(1_000_000);
    instance(("pmedian", row[0].to_owned(), row[3]), &facilities, &customers, price, Some(most))
}

fn instance(
    (family, name, published): (&'static str, String, &str),
    facilities: &[Facility],
    customers: &[Customer],
    price: Money,
    most: Option<u64>,
) -> Instance {
    let somewhere = Coordinates { latitude_microdegrees: 0, longitude_microdegrees: 0 };
    let user = |at: usize| UserGroup { name: format!("c{at:04}"), country: None, coordinates: Some(somewhere) };
    let demand =
        |(at, customer): (usize, &Customer)| Demand { user: UserId::at(at), rate: MilliRps(customer.demand * 1_000) };
    let demand = customers.iter().enumerate().map(demand).collect();
    let replica = Replica { vcpu: Millicores(1), memory: Bytes(1), ..Replica::default() };
    let row = |customer: &Customer| -> Vec<Option<Rtt>> {
        let rtt = |&cost: &u32| Some(Rtt { round_trip: RoundTrip(cost), provenance: Provenance::Declared });
        customer.cost.iter().map(rtt).collect()
    };
    // One machine of each facility's size: limited in number where its size is.
    let mut sizes: Vec<u64> = facilities.iter().map(|facility| facility.capacity).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let region = |(at, facility): (usize, &Facility)| {
        let machine_type = TypeId::at(sizes.binary_search(&facility.capacity).unwrap());
        let mut region =
            Region::new(RegionKey::new("site", format!("f{at:04}")), somewhere, "XX", vec!["a".to_owned()]);
        region.fixed_monthly = facility.fixed;
        region.offers = Arc::new([Offer {
            machine_type,
            purchase: Purchase::OnDemand,
            hourly: Money::ZERO,
            carbon_hourly: None,
            interruption_percent: None,
        }]);
        if facility.capacity < UNLIMITED {
            region.stock.push(Stock { machine_type, total: Some(1), by_zone: None });
        }
        region
    };
    let problem = Problem {
        users: (0..customers.len()).map(user).collect(),
        workloads: vec![Workload::new("all", replica, MilliRps(1_000), demand)],
        regions: facilities.iter().enumerate().map(region).collect(),
        machine_types: sizes
            .iter()
            .map(|&size| MachineType::new("site", format!("m{size:08}"), Millicores(size), Bytes(size)))
            .collect(),
        rtt: RttTable::from_rows(facilities.len(), customers.iter().map(row).collect()),
        limits: Limits { max_regions: most.map(|most| u32::try_from(most).unwrap()), ..Limits::default() },
        objective: Objective { latency_per_rps_ms: price, ..Objective::default() },
        gap_tolerance: Ratio(1),
        ..Problem::default()
    };
    Instance { family, name, published: published.to_owned(), problem }
}
