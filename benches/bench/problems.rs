//! Seeded problems: the same text for the same arguments, on every machine.

use std::fmt::Write as _;

const CITIES: [(&str, &str); 12] = [
    ("Frankfurt am Main", "DE"),
    ("New York City", "US"),
    ("Tokyo", "JP"),
    ("Singapore", "SG"),
    ("São Paulo", "BR"),
    ("London", "GB"),
    ("Paris", "FR"),
    ("Mumbai", "IN"),
    ("Sydney", "AU"),
    ("Los Angeles", "US"),
    ("Chicago", "US"),
    ("Warsaw", "PL"),
];

/// User groups that ask for one workload, at most.
const MOST_GROUPS: usize = 8;

/// A linear congruential generator (Knuth's MMIX constants): enough for shapes, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Workloads for three to eight of twelve cities each, round trips of 60 to 200 ms, one zone to survive, all regions and types of three clouds;
/// every region costs `fixed` USD a month.
pub(crate) fn json(workloads: usize, fixed: u32) -> String {
    problem(workloads, fixed, (60, 140), MOST_GROUPS)
}

/// The same with round trips of 30 to 60 ms, as interactive services promise.
pub(crate) fn near_users(workloads: usize) -> String {
    near_users_sharing(workloads, 0)
}

/// The same where every region costs `fixed` USD a month.
pub(crate) fn near_users_sharing(workloads: usize, fixed: u32) -> String {
    problem(workloads, fixed, (30, 30), MOST_GROUPS)
}

/// The same for three cities each, with round trips of 40 to 120 ms: a service for three continents.
pub(crate) fn three_user_groups(workloads: usize) -> String {
    problem(workloads, 0, (40, 80), 3)
}

/// What is asked in the hours of a day, in parts of the most.
const DAY: [u64; 24] = [2, 2, 2, 2, 3, 5, 9, 13, 17, 20, 22, 23, 24, 24, 23, 22, 20, 19, 17, 14, 11, 8, 5, 3];

/// The workloads of [`json`], asked by the hour.
pub(crate) fn hourly(workloads: usize) -> String {
    by_the_hour(&json(workloads, 0))
}

/// The workloads of [`surviving`], asked by the hour.
pub(crate) fn surviving_hourly(workloads: usize) -> String {
    by_the_hour(&surviving(workloads))
}

/// The same workloads, each user group asking as if its day began two hours before that of the city before it.
fn by_the_hour(problem: &str) -> String {
    let mut problem: serde_json::Value = serde_json::from_str(problem).unwrap();
    for workload in problem["workloads"].as_object_mut().unwrap().values_mut() {
        let workload = workload.as_object_mut().unwrap();
        let mut demand = workload.remove("demand_rps").unwrap();
        for (user, asked) in demand.as_object_mut().unwrap() {
            let (city, rate) = (user["user-".len()..].parse::<usize>().unwrap(), asked.as_u64().unwrap());
            *asked = (0..24).map(|hour| rate * DAY[(hour + 2 * city) % 24] / DAY[12]).collect();
        }
        workload.insert("hourly_demand_rps".to_owned(), demand);
    }
    problem.to_string()
}

/// Workloads for three to eight of twelve cities each that outlive any region, half of them a zone of each region too: round trips of 60 to 200 ms,
/// two thirds with a longer limit during the loss, a third without egress, small, middling and large demand; gap tolerance 0.5 %.
pub(crate) fn surviving(workloads: usize) -> String {
    let mut random = Random(2026);
    let mut text = users();
    for index in 0..workloads {
        let comma = if index == 0 { "" } else { "," };
        let (vcpu, memory) = (decimal(250 + 250 * random.below(16)), decimal(500 + 500 * random.below(16)));
        let rate = 50 + random.below(300);
        let near = 60 + random.below(140);
        let response = random.below(3) * 16;
        let zones = random.below(2);
        let (has_limit, longer) = (random.below(3) > 0, 50 + random.below(150));
        let largest = [50, 500, 5000][usize::try_from(random.below(3)).unwrap()];
        write!(
            text,
            "{comma}\"workload-{index:05}\":{{\"replica\":{{\"vcpu\":{vcpu},\"memory_gib\":{memory}}},\"rps_per_replica\":{rate},\
             \"max_rtt_ms\":{near},\"response_kib\":{response},\"survive\":{{\"regions\":1,\"zones\":{zones}}},"
        )
        .unwrap();
        if has_limit {
            write!(text, "\"degraded_max_rtt_ms\":{},", near + longer).unwrap();
        }
        text.push_str("\"demand_rps\":{");
        demand(&mut text, &mut random, largest, MOST_GROUPS);
        text.push_str("}}");
    }
    text.push_str("},\"gap_tolerance\":0.005}");
    text
}

/// One pool of so many replicas, of up to 60 kinds of 0.25 to 8 vCPU and 0.5 to 32 GiB, on nodes of which the system takes 0.2 vCPU and 1 GiB: any region and type of
/// three clouds; gap tolerance 0.5 %.
pub(crate) fn pool(replicas: u64) -> String {
    let mut random = Random(2026);
    let mut text = users();
    let kinds = (replicas / 10).clamp(3, 60);
    let mut left = replicas;
    for kind in 0..kinds {
        let comma = if kind == 0 { "" } else { "," };
        let (vcpu, memory) = (decimal(250 + 250 * random.below(32)), decimal(500 + 500 * random.below(64)));
        // Half to one and a half times an equal share.
        let share = left * (50 + random.below(101)) / 100 / (kinds - kind);
        let count = if kind + 1 == kinds { left } else { share.clamp(1, left - (kinds - kind - 1)) };
        left -= count;
        write!(
            text,
            "{comma}\"kind-{kind:02}\":{{\"pool\":\"main\",\"replica\":{{\"vcpu\":{vcpu},\"memory_gib\":{memory}}},\"replicas\":{{\"count\":{count}}}}}"
        )
        .unwrap();
    }
    text.push_str("},\"pools\":{\"main\":{\"reserved\":{\"vcpu\":0.2,\"memory_gib\":1}}},\"gap_tolerance\":0.005}");
    text
}

fn problem(workloads: usize, fixed: u32, (least_ms, spread_ms): (u64, u64), most_groups: usize) -> String {
    let mut random = Random(2026);
    let mut text = users();
    for index in 0..workloads {
        let comma = if index == 0 { "" } else { "," };
        write!(
            text,
            "{comma}\"workload-{index:05}\":{{\"replica\":{{\"vcpu\":{},\"memory_gib\":{}}},\"rps_per_replica\":{},\"max_rtt_ms\":{},\
             \"survive\":{{\"zones\":1}},\"response_kib\":{},\"demand_rps\":{{",
            decimal(250 + 250 * random.below(16)),
            decimal(500 + 500 * random.below(16)),
            50 + random.below(300),
            least_ms + random.below(spread_ms),
            random.below(3) * 16,
        )
        .unwrap();
        demand(&mut text, &mut random, 5000, most_groups);
        text.push_str("}}");
    }
    text.push('}');
    if fixed > 0 {
        write!(text, ",\"catalog\":{{\"fixed_monthly_usd\":{fixed}}}").unwrap();
    }
    text.push('}');
    text
}

/// Applications of ten workloads each: a front end that users of three to eight cities ask, and nine that it and each other call, none in a circle.
/// Pages are on their way for at most 100 to 200 ms over all calls, answers of calls take 1 to 16 KiB, every workload outlives a zone; gap
/// tolerance 1 %.
pub(crate) fn calling(workloads: usize) -> String {
    calls(workloads, false) + "}"
}

/// The same applications, each of whose front ends calls a service of the next application too: one graph of all workloads.
pub(crate) fn connected(workloads: usize) -> String {
    calls(workloads, true) + "}"
}

/// The same applications under a budget, and with quotas of vCPU in the three regions they like best: for 200 workloads nine tenths of what they
/// take there without.
pub(crate) fn limited(workloads: usize) -> String {
    let mut text = calls(workloads, false);
    text.push_str(",\"limits\":{\"quotas\":{");
    for (at, (region, vcpu)) in
        [("aws/us-east-1", 92), ("azure/centralindia", 48), ("aws/ap-south-1", 20)].into_iter().enumerate()
    {
        let comma = if at == 0 { "" } else { "," };
        write!(text, "{comma}\"{region}\":{{\"vcpu\":{}}}", vcpu * workloads).unwrap();
    }
    write!(text, "}},\"max_monthly_cost_usd\":{}}}}}", 7_000 * workloads).unwrap();
    text
}

/// Applications of ten, as far as the workloads and the tolerance; `is_connected` adds calls from each application to the next.
fn calls(workloads: usize, is_connected: bool) -> String {
    const OF_ONE: usize = 10;
    let mut random = Random(2026);
    let mut text = users();
    for index in 0..workloads {
        let comma = if index == 0 { "" } else { "," };
        let (vcpu, memory) = (decimal(250 + 250 * random.below(8)), decimal(500 + 500 * random.below(8)));
        let rate = 50 + random.below(300);
        write!(
            text,
            "{comma}\"workload-{index:05}\":{{\"replica\":{{\"vcpu\":{vcpu},\"memory_gib\":{memory}}},\"rps_per_replica\":{rate},\
             \"survive\":{{\"zones\":1}},"
        )
        .unwrap();
        let first = index / OF_ONE * OF_ONE;
        let last = (first + OF_ONE).min(workloads);
        if index == first {
            let (path, response) = (100 + random.below(100), random.below(3) * 16);
            write!(text, "\"max_path_rtt_ms\":{path},\"response_kib\":{response},\"demand_rps\":{{").unwrap();
            demand(&mut text, &mut random, 2000, MOST_GROUPS);
            text.push_str("},");
        }
        // The front end calls everybody, so that nobody is without requests; the others up to two of those after them.
        let behind = u64::try_from(last - index - 1).unwrap();
        let mut callees: Vec<usize> = (index + 1..last).filter(|_| index == first).collect();
        for _ in 0..if index == first { 0 } else { random.below(3).min(behind) } {
            callees.push(index + 1 + usize::try_from(random.below(behind)).unwrap());
        }
        if is_connected && index == first && last + 1 < workloads {
            let more = u64::try_from((workloads - last - 1).min(OF_ONE - 1)).unwrap();
            callees.push(last + 1 + usize::try_from(random.below(more)).unwrap());
        }
        callees.sort_unstable();
        callees.dedup();
        text.push_str("\"calls\":{");
        for (at, callee) in callees.into_iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let (often, kib) = (decimal(500 * (1 + random.below(4))), 1 + random.below(16));
            write!(text, "{comma}\"workload-{callee:05}\":{{\"per_request\":{often},\"kib\":{kib},\"request_kib\":1}}")
                .unwrap();
        }
        text.push_str("}}");
    }
    text.push_str("},\"gap_tolerance\":0.01");
    text
}

/// The twelve cities, up to where the workloads begin.
fn users() -> String {
    let mut text = String::from("{\"users\":{");
    for (index, (city, country)) in CITIES.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(text, "{comma}\"user-{index:02}\":{{\"city\":\"{city}\",\"country\":\"{country}\"}}").unwrap();
    }
    text.push_str("},\"workloads\":{");
    text
}

/// Demand of three to eight cities, each 50 to 50 + `largest`.
fn demand(text: &mut String, random: &mut Random, largest: u64, most_groups: usize) {
    let groups = (3 + usize::try_from(random.below(6)).unwrap()).min(most_groups);
    let start = usize::try_from(random.below(12)).unwrap();
    for group in 0..groups {
        let comma = if group == 0 { "" } else { "," };
        // Seven is coprime to twelve: no city twice.
        let city = (start + 7 * group) % CITIES.len();
        write!(text, "{comma}\"user-{city:02}\":{}", 50 + random.below(largest)).unwrap();
    }
}

fn decimal(thousandths: u64) -> String {
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

/// A problem as a Terraform configuration: JSON objects are HCL expressions.
pub(crate) fn configuration(problem: &str) -> String {
    let inner: serde_json::Value = serde_json::from_str(problem).unwrap();
    format!(
        "terraform {{\n  required_providers {{\n    stowage = {{ source = \"stowage/stowage\" }}\n  }}\n}}\n\n\
         data \"stowage_placement\" \"all\" {{\n  users = {}\n  workloads = {}\n}}\n\n\
         output \"cost\" {{\n  value = data.stowage_placement.all.monthly_cost_usd\n}}\n",
        inner["users"], inner["workloads"]
    )
}
