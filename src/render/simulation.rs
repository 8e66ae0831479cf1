//! A simulation: for machines ([`simulation`], whose parts [`SIMULATION`] declares) and for people ([`simulation_table`]).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde_json::{Value, json};

use super::language::{Field, Kind, known, nullable, schema_of};
use super::result::{map, number, or_null, usd};
use super::words::{count, monthly, names, rps};
use crate::model::{Problem, RegionId, UserId};
use crate::simulate::{Domain, Fate, Growth, Loss, MOST, Move, Shift, Simulation, Struck, Whose};
use crate::units::{Decimal, MilliRps};

/// Everything a simulation says.
pub const SIMULATION: &[Field] = &[
    known(
        "losses",
        &Kind::List(&Kind::Object(LOSS)),
        "Each zone, region and cloud that holds machines of the placement, and each machine type that pools have nodes of, lost alone, whatever was promised for \
         that.",
    ),
    known(
        "growth",
        &Kind::Map { key: "workload", of: &Kind::Object(GROWTH) },
        "How far the demand of each workload outside pools that users ask can grow, of all its user groups alike, until its machines, or those of what it calls, break \
         a rule.",
    ),
    known(
        "prices",
        &Kind::List(&Kind::Object(SHIFT)),
        "Each region and cloud in use with dearer machines: how far the placement stays the cheapest, found by solving again at 1.02, 1.05, 1.1, 1.2, \
         1.5 and 2 times its prices.",
    ),
];

const LOSS: &[Field] = &[
    known("kind", &Kind::Word(&["zone", "region", "cloud", "node_type"]), "What is lost."),
    known("name", &Kind::Text, "Its name: `cloud/region/zone`, `cloud/region`, the cloud, or `cloud/region/type`."),
    known("fate", FATES, "The worst that becomes of any workload."),
    known(
        "workloads",
        &Kind::Map { key: "workload", of: &Kind::Object(STRUCK) },
        "The workloads that have machines there.",
    ),
];

const FATES: &Kind = &Kind::Word(&["holds", "rerouted", "fails"]);

const STRUCK: &[Field] = &[
    known(
        "fate",
        FATES,
        "`holds`: every region still carries what is sent to it. `rerouted`: what is left anywhere carries everybody, at the degraded rate and within \
         `degraded_max_rtt_ms` if that is given. `fails`: it does not. In a pool, `holds`: the replicas on the other nodes are as many as are needed. \
         `rerouted`: they are not, but the nodes that are left can hold as many. `fails`: no way was found; members are packed again in the order of their names.",
    ),
    known(
        "uncarried_rps",
        &Kind::Map { key: "user group", of: &Kind::Number },
        "Requests per second that nobody carries, by user group; groups are served in the order of their names.",
    ),
    known(
        "uncarried_calls_rps",
        &Kind::Number,
        "Calls of other workloads per second that nobody carries; users are served first.",
    ),
    known(
        "missing_replicas",
        &Kind::Number,
        "Replicas that are needed and nowhere any more: in a pool, on none of the nodes that are left; of a workload whose replicas are counted, on none of its \
         machines.",
    ),
];

const GROWTH: &[Field] = &[
    known(
        "factor",
        &Kind::Number,
        "The largest factor that its machines carry, in steps of a thousandth; at most 1000.",
    ),
    known("breaks", &Kind::List(&Kind::Object(BREAK)), "What breaks first above it; empty at a factor of 1000."),
];

const BREAK: &[Field] = &[
    known("rule", &Kind::Text, "The rule, by its name in the documents."),
    nullable(
        "region",
        &Kind::Text,
        "The region it is about, as `cloud/region`. Null if it is about the workload as a whole.",
    ),
    nullable(
        "workload",
        &Kind::Text,
        "The workload in that region: the one that grows, or one that it calls. Null without a region.",
    ),
];

const SHIFT: &[Field] = &[
    known("kind", &Kind::Word(&["region", "cloud"]), "Whose machines become dearer."),
    known("name", &Kind::Text, "Its name: `cloud/region` or the cloud."),
    known(
        "stays_to",
        &Kind::Number,
        "The largest factor tried at which no placement is cheaper, within `gap_tolerance`; 1 if one is at the first.",
    ),
    nullable(
        "moves",
        &Kind::Object(MOVE),
        "The first factor tried at which another placement is cheaper. Null if none is.",
    ),
];

const MOVE: &[Field] = &[
    known("factor", &Kind::Number, "The factor."),
    known("stays_monthly_cost_usd", &Kind::Number, "What this placement costs then, in USD per month."),
    known("best_monthly_cost_usd", &Kind::Number, "What the cheapest costs then, in USD per month."),
    known("leaves", &Kind::List(&Kind::Text), "Regions the cheapest does without, as `cloud/region`."),
    known("enters", &Kind::List(&Kind::Text), "Regions it uses instead, as `cloud/region`."),
];

/// The JSON Schema of a simulation.
pub fn simulation_json_schema() -> Value {
    schema_of("Stowage simulation", SIMULATION)
}

/// A simulation for machines.
pub fn simulation(problem: &Problem, simulation: &Simulation) -> Value {
    let growth: BTreeMap<String, Value> = simulation
        .growth
        .iter()
        .map(|growth| (problem.workloads[growth.workload.index()].name.clone(), growth_value(problem, growth)))
        .collect();
    json!({
        "losses": simulation.losses.iter().map(|loss| loss_value(problem, loss)).collect::<Vec<_>>(),
        "growth": map(growth),
        "prices": simulation.shifts.iter().map(|shift| shift_value(problem, shift)).collect::<Vec<_>>(),
    })
}

fn loss_value(problem: &Problem, loss: &Loss) -> Value {
    let (kind, name) = named(problem, &loss.domain);
    let workload = |struck: &Struck| {
        let uncarried =
            struck.uncarried.iter().map(|(user, rate)| (user_name(problem, *user), number(rate.to_decimal())));
        let value = json!({
            "fate": fate(struck.fate),
            "uncarried_rps": map(uncarried.collect()),
            "uncarried_calls_rps": number(struck.uncarried_calls.to_decimal()),
            "missing_replicas": struck.missing_replicas,
        });
        (name_of(problem, struck.whose).to_owned(), value)
    };
    let workloads: BTreeMap<String, Value> = loss.struck.iter().map(workload).collect();
    json!({ "kind": kind, "name": name, "fate": fate(loss.fate()), "workloads": map(workloads) })
}

fn growth_value(problem: &Problem, growth: &Growth) -> Value {
    let broken = growth.breaks.iter().map(|&(rule, group)| {
        json!({
            "rule": rule,
            "region": group.map(|(_, region)| key(problem, region)),
            "workload": group.map(|(workload, _)| &problem.workloads[workload.index()].name),
        })
    });
    json!({ "factor": number(thousandths(growth.factor)), "breaks": broken.collect::<Vec<_>>() })
}

fn shift_value(problem: &Problem, shift: &Shift) -> Value {
    let (kind, name) = named(problem, &shift.domain);
    let keys = |regions: &[RegionId]| regions.iter().map(|&region| key(problem, region)).collect::<Vec<_>>();
    let moves = or_null(shift.moves.as_ref(), |moves: &Move| {
        json!({
            "factor": number(hundredths(moves.factor)),
            "stays_monthly_cost_usd": usd(moves.stays),
            "best_monthly_cost_usd": usd(moves.best),
            "leaves": keys(&moves.left),
            "enters": keys(&moves.entered),
        })
    });
    json!({ "kind": kind, "name": name, "stays_to": number(hundredths(shift.stays_to)), "moves": moves })
}

/// A simulation for people. Ends with a newline.
pub fn simulation_table(problem: &Problem, simulation: &Simulation) -> String {
    let losses = simulation.losses.iter().map(|loss| {
        let (kind, name) = named(problem, &loss.domain);
        let fails = loss.struck.iter().filter(|struck| struck.fate == Fate::Fails);
        let fails: Vec<String> = fails.map(|struck| failing(problem, struck)).collect();
        [format!("{kind} {name}"), fate(loss.fate()).to_owned(), fails.join("; ")]
    });
    let growth = simulation.growth.iter().map(|growth| {
        let broken: Vec<String> = growth
            .breaks
            .iter()
            .map(|&(rule, group)| match group {
                Some((workload, region)) if workload == growth.workload => {
                    format!("{rule} in {}", key(problem, region))
                }
                Some((workload, region)) => {
                    format!("{rule} of {} in {}", problem.workloads[workload.index()].name, key(problem, region))
                }
                None => rule.to_owned(),
            })
            .collect();
        let factor =
            if growth.factor == MOST { "1000 and more".to_owned() } else { thousandths(growth.factor).to_string() };
        [problem.workloads[growth.workload.index()].name.clone(), factor, names(broken)]
    });
    let prices = simulation.shifts.iter().map(|shift| {
        let (kind, name) = named(problem, &shift.domain);
        let moves = shift.moves.as_ref().map_or(String::new(), |moves| {
            let keys = |regions: &[RegionId]| names(regions.iter().map(|&region| key(problem, region)));
            // What moves may go where something is already.
            let moved = match (moves.entered.as_slice(), moves.left.as_slice()) {
                ([], []) => "to other machines".to_owned(),
                ([], left) => format!("out of {}", keys(left)),
                (entered, _) => format!("to {}", keys(entered)),
            };
            let saving = monthly(moves.stays - moves.best);
            format!("at {} moving {moved} saves {saving}", hundredths(moves.factor))
        });
        [format!("{kind} {name}"), hundredths(shift.stays_to).to_string(), moves]
    });
    let mut text = section(["lost", "what becomes of it", "who is not served"], losses);
    let _ = write!(text, "\n{}", section(["demand of", "carried up to", "what breaks first"], growth));
    let _ = write!(text, "\n{}", section(["dearer", "cheapest up to", "then"], prices));
    text
}

fn section(header: [&str; 3], rows: impl Iterator<Item = [String; 3]>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(header);
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 2));
    });
    table.add_rows(rows);
    table.trim_fmt() + "\n"
}

fn failing(problem: &Problem, struck: &Struck) -> String {
    let workload = name_of(problem, struck.whose);
    let all: u64 = struck.uncarried.values().map(|rate| rate.0).sum();
    let users = names(struck.uncarried.keys().map(|&user| user_name(problem, user)));
    let of_users = (all > 0).then(|| format!("{} of {users}", rps(MilliRps(all))));
    let calls = struck.uncarried_calls;
    let of_calls = (calls > MilliRps::ZERO).then(|| format!("{} of calls", rps(calls)));
    let missing = struck.missing_replicas;
    let number = count(usize::try_from(missing).unwrap_or(usize::MAX), "replica", "replicas");
    let of_replicas = (missing > 0).then(|| format!("{number} short"));
    format!("{workload}: {}", of_users.into_iter().chain(of_calls).chain(of_replicas).collect::<Vec<_>>().join(" and "))
}

fn name_of(problem: &Problem, whose: Whose) -> &str {
    match whose {
        Whose::Workload(workload) => &problem.workloads[workload.index()].name,
        Whose::Member { pool, member } => &problem.pools[pool.index()].members[member].workload.name,
    }
}

fn named(problem: &Problem, domain: &Domain) -> (&'static str, String) {
    match domain {
        Domain::Zone(region, zone) => {
            let place = &problem.regions[region.index()];
            ("zone", format!("{}/{}", place.key, place.zones[*zone]))
        }
        Domain::Region(region) => ("region", key(problem, *region)),
        Domain::Cloud(cloud) => ("cloud", cloud.clone()),
        Domain::NodeType(region, machine_type) => {
            let machine = &problem.machine_types[machine_type.index()].name;
            ("node_type", format!("{}/{machine}", key(problem, *region)))
        }
    }
}

fn key(problem: &Problem, region: RegionId) -> String {
    problem.regions[region.index()].key.to_string()
}

fn user_name(problem: &Problem, user: UserId) -> String {
    problem.users[user.index()].name.clone()
}

const fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Holds => "holds",
        Fate::Rerouted => "rerouted",
        Fate::Fails => "fails",
    }
}

fn thousandths(factor: u64) -> Decimal {
    Decimal::new(i128::from(factor), 3)
}

fn hundredths(factor: u32) -> Decimal {
    Decimal::new(i128::from(factor), 2)
}
