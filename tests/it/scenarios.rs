//! Small cases a person can solve by hand: one file each under `tests/scenarios/RULE/`, one check function for all.

mod case;
pub(crate) mod pools;

use std::path::{Path, PathBuf};

use stowage::model::{MachineSet, Problem, Purchase, RegionId};
use stowage::place::{Answer, Outcome, place};
use stowage::verify::{Proof, Verdict, verdict};

use case::{Case, Expect};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect();
    files.sort();
    files
}

#[test]
fn every_scenario_comes_out_as_solved_by_hand() {
    let files = files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios")));
    let failures: Vec<String> = files.iter().filter_map(|file| check(file).err()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(files.len() >= 20, "only {} scenarios", files.len());
}

fn check(file: &Path) -> Result<(), String> {
    if file.extension().is_some_and(|extension| extension == "hcl") {
        return pools::check(file);
    }
    let text = std::fs::read_to_string(file).unwrap();
    let case: Case = toml::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    let problem = case.problem();
    let answer = place(&problem).map_err(|error| format!("{}: {error}", file.display()))?;
    let result = stowage::render::result(&problem, &answer);
    let verdict = verdict(&result, &problem, Proof::Claimed);
    if !matches!(verdict, Verdict::Holds { .. }) {
        return Err(format!("{}: the result does not verify: {verdict:?}", file.display()));
    }
    let found = found(&problem, &answer);
    if found == case.expect {
        return Ok(());
    }
    Err(format!("{}\n{}\nexpected {:#?}\nfound {found:#?}", file.display(), case.shows, case.expect))
}

/// What came out, in the words of a scenario's `[expect]`.
fn found(problem: &Problem, answer: &Answer) -> Expect {
    let outcome = &answer.outcome;
    let mut expect = Expect { outcome: outcome.name().to_owned(), ..Expect::default() };
    if let Some((placement, _)) = outcome.placement() {
        expect.cost_usd_month = Some(placement.cost().usd().to_string());
        for ((workload, region), placed) in placement.groups() {
            let name =
                format!("{}/{}", problem.workloads[workload.index()].name, problem.regions[region.index()].key.region);
            let machines = placed.group.machines.iter().map(|set| machines(problem, set));
            let function = placed.group.function.map(|function| {
                let service = &problem.regions[region.index()].functions[function.offer.index()].service;
                format!("{service} [{}] {} rps", function.count, function.rate.to_decimal())
            });
            let copies = placed.group.copies.map(|copies| format!("{copies} of the data"));
            expect.groups.insert(name, machines.chain(function).chain(copies).collect::<Vec<_>>().join(" + "));
        }
    }
    let decisions = answer.stability.iter().flat_map(|stability| &stability.decisions);
    let kept = decisions.filter(|decision| decision.is_kept).flat_map(|decision| &decision.workloads);
    expect.kept = kept.map(|workload| problem.workloads[workload.index()].name.clone()).collect();
    let region = |region: &RegionId| problem.regions[region.index()].key.region.clone();
    for alternative in &answer.alternatives {
        let places = alternative.workloads.iter().map(|(workload, regions)| {
            let regions: Vec<String> = regions.iter().map(region).collect();
            format!("{}: {}", problem.workloads[workload.index()].name, regions.join(" "))
        });
        let places: Vec<String> = places.collect();
        expect.alternatives.push(format!("{}, {}", places.join("; "), alternative.cost.usd()));
    }
    for binding in &answer.bindings {
        expect.bindings.push(format!("{} {:?}: {}", binding.rule, binding.change, binding.saving.usd()));
    }
    for objective in stowage::render::result(problem, answer)["objectives"].as_array().into_iter().flatten() {
        let (name, value, best) = (&objective["objective"], &objective["value"], &objective["best"]);
        assert_eq!(objective["proven"], true, "{objective}");
        expect.objectives.push(format!("{}: {value}, {best}", name.as_str().unwrap()));
    }
    if let Outcome::Infeasible(conflict) = outcome {
        for workload in &conflict.workloads {
            let name = problem.workloads[workload.workload.index()].name.clone();
            let rules = workload.rules.iter().map(|rule| rule.rule.to_string()).collect();
            expect.conflict.insert(name, rules);
        }
        if let Some(together) = &conflict.together {
            for rule in &together.rules {
                let change = rule.relaxation.as_ref().map(|relaxation| format!("{:?}", relaxation.change));
                expect.together.insert(rule.rule.to_string(), change.unwrap_or_default());
            }
        }
    }
    expect
}

/// A machine set: its type, how it is bought unless on demand, and its instances by zone.
fn machines(problem: &Problem, set: &MachineSet) -> String {
    let machine = &problem.machine_types[set.machine_type.index()].name;
    let purchase = match set.purchase {
        Purchase::OnDemand => "",
        Purchase::Spot => " spot",
        Purchase::Committed(..) => " committed",
    };
    let sizes: Vec<u64> = set.by_period.iter().map(|by_zone| by_zone.iter().sum()).collect();
    let sizes = if sizes.is_empty() { String::new() } else { format!(" by period {sizes:?}") };
    format!("{machine}{purchase} {:?}{sizes}", set.instances_by_zone)
}
