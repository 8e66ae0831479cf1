//! Instances as packings.

use std::fs::read_to_string;
use std::path::Path;

use serde_json::Value;
use stowage::formulate::{Femto, Kind, NodeType, Packing, Requires};
use stowage::model::TypeId;
use stowage::units::Ratio;

/// One instance.
pub(crate) struct Instance {
    pub(crate) family: &'static str,
    pub(crate) name: String,
    pub(crate) packing: Packing,
    /// As the table of optima writes it; empty where none is published.
    pub(crate) published: String,
    /// Seconds that others took, where they say.
    pub(crate) published_seconds: String,
    /// Femto-USD in one unit of the instance's costs.
    pub(crate) unit: Femto,
    pub(crate) tolerance: Ratio,
}

const UNIT: Femto = 1_000_000_000_000_000;

pub(crate) fn published(folder: &Path) -> Vec<Instance> {
    let mut all = sage(&folder.join("sage"));
    all.extend(vbp(&folder.join("vbp")));
    all.extend(cloudbalancing(&folder.join("cloudbalancing")));
    all
}

fn lines(path: &Path) -> Vec<Vec<String>> {
    read_to_string(path)
        .unwrap_or_default()
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect()
}

fn kind(size: Vec<u64>, least: u64, most: u64) -> Kind {
    Kind { size, least, most, lost: 0, max_skew: None, min_zones: 1, per_node: u64::MAX, is_daemon: false }
}

fn node_type(at: usize, capacity: Vec<u64>, cost: Femto, most: Option<u64>) -> NodeType {
    NodeType { machine_type: TypeId::at(at), capacity, cost, most, most_by_zone: None, adds: Vec::new() }
}

fn vbp(folder: &Path) -> Vec<Instance> {
    lines(&folder.join("optima.csv")).into_iter().map(|row| one_vbp(folder, &row)).collect()
}

fn one_vbp(folder: &Path, row: &[String]) -> Instance {
    let text = read_to_string(folder.join(format!("{}.vbp", row[0]))).unwrap();
    let mut numbers = text.split_whitespace().map(|word| word.parse::<u64>().unwrap());
    let mut next = || numbers.next().unwrap();
    let dimensions = next();
    let bin: Vec<u64> = (0..dimensions).map(|_| next()).collect();
    let items = next();
    let kinds = (0..items)
        .map(|_| {
            let size = (0..dimensions).map(|_| next()).collect();
            let count = next();
            kind(size, count, count)
        })
        .collect();
    Instance {
        family: "vbp",
        name: row[0].clone(),
        packing: Packing { zones: 1, kinds, node_types: vec![node_type(0, bin, UNIT, None)], ..Packing::default() },
        published: row[3].clone(),
        published_seconds: String::new(),
        unit: UNIT,
        tolerance: Ratio(0),
    }
}

fn cloudbalancing(folder: &Path) -> Vec<Instance> {
    let name = "100computers-300processes";
    let Ok(text) = read_to_string(folder.join(format!("{name}.json"))) else { return Vec::new() };
    let value: Value = serde_json::from_str(&text).unwrap();
    let numbers = |item: &Value, names: [&str; 3]| -> Vec<u64> {
        names.iter().map(|name| item[*name].as_u64().unwrap()).collect()
    };
    let mut types: Vec<(Vec<u64>, u64, u64)> = Vec::new();
    for computer in value["computerList"].as_array().unwrap() {
        let capacity = numbers(computer, ["cpuPower", "memory", "networkBandwidth"]);
        let cost = computer["cost"].as_u64().unwrap();
        match types.iter_mut().find(|(known, price, _)| *known == capacity && *price == cost) {
            Some((_, _, count)) => *count += 1,
            None => types.push((capacity, cost, 1)),
        }
    }
    let mut kinds: Vec<Kind> = Vec::new();
    for process in value["processList"].as_array().unwrap() {
        let size = numbers(process, ["requiredCpuPower", "requiredMemory", "requiredNetworkBandwidth"]);
        match kinds.iter_mut().find(|kind| kind.size == size) {
            Some(kind) => (kind.least, kind.most) = (kind.least + 1, kind.most + 1),
            None => kinds.push(kind(size, 1, 1)),
        }
    }
    let node_types = types
        .into_iter()
        .enumerate()
        .map(|(at, (capacity, cost, count))| node_type(at, capacity, Femto::from(cost) * UNIT, Some(count)))
        .collect();
    vec![Instance {
        family: "cloudbalancing",
        name: name.to_owned(),
        packing: Packing { zones: 1, kinds, node_types, ..Packing::default() },
        published: String::from("96770 (best peer)"),
        published_seconds: String::from("80"),
        unit: UNIT,
        tolerance: Ratio(1_000),
    }]
}

fn sage(folder: &Path) -> Vec<Instance> {
    lines(&folder.join("optima.csv")).into_iter().map(|row| one_sage(folder, &row)).collect()
}

fn one_sage(folder: &Path, row: &[String]) -> Instance {
    let (app, instances, offers) = (&row[0], row[1].parse::<i64>().ok(), &row[2]);
    let application: Value =
        serde_json::from_str(&read_to_string(folder.join(format!("{app}.json"))).unwrap()).unwrap();
    let offered: Value =
        serde_json::from_str(&read_to_string(folder.join(format!("offers_{offers}.json"))).unwrap()).unwrap();
    let components = application["components"].as_array().unwrap();
    let at = |id: &Value| usize::try_from(id.as_u64().unwrap()).unwrap() - 1;
    let mut kinds: Vec<Kind> = components
        .iter()
        .map(|component| {
            let size =
                [&component["Compute"]["CPU"], &component["Compute"]["Memory"], &component["Storage"]["StorageSize"]];
            Kind { per_node: 1, ..kind(size.iter().map(|value| value.as_u64().unwrap()).collect(), 1, u64::MAX) }
        })
        .collect();
    let mut packing = Packing { zones: 1, ..Packing::default() };
    let pair = |a: usize, b: usize| (a.min(b), a.max(b));
    for rule in application["restrictions"].as_array().unwrap() {
        let list = || rule["compsIdList"].as_array().unwrap().iter().map(at);
        let (alpha, beta) = (|| at(&rule["alphaCompId"]), || at(&rule["betaCompId"]));
        match rule["type"].as_str().unwrap() {
            "Conflicts" => packing.apart.extend(list().map(|other| pair(alpha(), other))),
            "OneToOneDependency" => packing.together.push(pair(alpha(), beta())),
            "FullDeployment" => {
                kinds[alpha()].is_daemon = true;
                packing.apart.extend(list().map(|other| pair(alpha(), other)));
            }
            // `betaCompIdInstances` of alpha are served by `alphaCompIdInstances` … of beta.
            "RequireProvideDependency" => packing.requires.push(Requires {
                of: alpha(),
                needs: beta(),
                count: rule["alphaCompIdInstances"].as_u64().unwrap(),
                every: rule["betaCompIdInstances"].as_u64().unwrap(),
            }),
            "OneToManyDependency" => packing.requires.push(Requires {
                of: beta(),
                needs: alpha(),
                count: 1,
                every: rule["number"].as_u64().unwrap(),
            }),
            "AlternativeComponents" => packing.one_of.push(vec![alpha(), beta()]),
            kind => {
                let stated = rule["bound"].as_i64().unwrap();
                let bound = u64::try_from(if stated < 0 { instances.unwrap() } else { stated }).unwrap();
                let listed: Vec<usize> = list().collect();
                match kind {
                    "LowerBound" if listed.len() == 1 => kinds[listed[0]].least = bound,
                    "UpperBound" => listed.iter().for_each(|&one| kinds[one].most = bound),
                    "EqualBound" => listed.iter().for_each(|&one| (kinds[one].least, kinds[one].most) = (bound, bound)),
                    "LowerBound" => packing.at_least.push((listed, bound)),
                    other => panic!("unknown restriction {other}"),
                }
            }
        }
    }
    packing.kinds = kinds;
    packing.apart.sort_unstable();
    packing.apart.dedup();
    packing.node_types = offered
        .as_object()
        .unwrap()
        .values()
        .enumerate()
        .map(|(at, offer)| {
            let capacity = ["cpu", "memory", "storage"].iter().map(|name| offer[*name].as_u64().unwrap()).collect();
            node_type(at, capacity, Femto::from(offer["price"].as_u64().unwrap()) * UNIT, None)
        })
        .collect();
    let name = instances.map_or_else(|| format!("{app} {offers}"), |count| format!("{app} {count} {offers}"));
    // Of five solvers, the quickest and the slowest that finished.
    let mut seconds: Vec<f64> = row[4..].iter().filter_map(|seconds| seconds.parse().ok()).collect();
    seconds.sort_by(f64::total_cmp);
    let published_seconds = match seconds[..] {
        [quickest, .., slowest] => format!("{quickest} – {slowest}"),
        _ => String::new(),
    };
    let published = row[3].clone();
    Instance { family: "sage", name, packing, published, published_seconds, unit: UNIT, tolerance: Ratio(0) }
}

/// A pool of `replicas` of `kinds` kinds on `types` machine types, as clouds sell them: sizes by powers of two, three ratios of memory to processor, prices
/// near the sum of what is in them.
pub(crate) fn generated(replicas: u64, kinds: u64, types: u64, seed: u64) -> Instance {
    const MIB: u64 = 1 << 20;
    let small = |number: u64| usize::try_from(number).unwrap();
    let mut state = seed;
    let mut below = |limit: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    let each = replicas / kinds;
    let kinds = (0..kinds)
        .map(|_| {
            let count = each / 2 + below(each);
            kind(vec![50 * (1 + below(80)), 128 * MIB * (1 + below(120))], count, u64::MAX)
        })
        .collect();
    let node_types = (0..types)
        .map(|at| {
            let vcpu = [2, 4, 8, 16, 32, 48, 64, 96][small(below(8))];
            let memory = vcpu * [2, 4, 8][small(below(3))];
            let micros = (vcpu * 24_000 + memory * 3_200) * (90 + below(21)) / 100;
            let capacity = vec![vcpu * 1_000 - 200, memory * 1_024 * MIB - 600 * MIB];
            node_type(small(at), capacity, Femto::from(micros) * 730 * 1_000_000_000, None)
        })
        .collect();
    Instance {
        family: "generated",
        name: format!("{replicas} replicas, {types} types"),
        packing: Packing { zones: 3, kinds, node_types, ..Packing::default() },
        published: String::new(),
        published_seconds: String::new(),
        unit: UNIT,
        tolerance: Ratio(5_000),
    }
}
