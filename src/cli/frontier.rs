//! `stowage frontier`: what one promise costs at each of its values.

use anyhow::{Context as _, bail};

use super::arguments::{FrontierAgainst, FrontierFormat, FrontierOptions};
use super::exit::Exit;
use super::output::write;
use super::solve;
use crate::frontier::{Against, frontier};
use crate::render;

/// Computes and prints the frontier of the problem that the options name. The code is 2 if no value leaves a placement.
pub(super) fn perform(options: &FrontierOptions) -> anyhow::Result<Exit> {
    let (problems, _) = match solve::problems(&options.path, &options.statement, options.threads, options.quiet)? {
        Ok(problems) => problems,
        Err(exit) => return Ok(exit),
    };
    let [(_, problem)] = problems.as_slice() else {
        bail!("several problems are stated, and a frontier is of one; choose it with --block")
    };
    let against = match options.against {
        FrontierAgainst::Carbon => Against::Carbon,
        FrontierAgainst::MaxRtt => Against::MaxRtt,
        FrontierAgainst::SurviveZones => Against::SurviveZones,
        FrontierAgainst::SurviveRegions => Against::SurviveRegions,
    };
    let function = problem.workloads.iter().find(|workload| workload.function.is_some());
    let mut services = problem.regions.iter().flat_map(|region| &region.functions);
    let is_silent = services.all(|service| service.carbon_of_million_gib_seconds.is_none());
    if let Some(workload) = function.filter(|_| against == Against::Carbon && is_silent) {
        bail!(
            "{} runs as a function, and no service says what it emits: give `watts_per_gib` to one in `catalog.functions`, state the workload \
             without `function`, or name another value with --against",
            workload.name
        );
    }
    let in_pools = problem.pools.iter().flat_map(|pool| &pool.members).map(|member| &member.workload);
    let mut all = problem.workloads.iter().chain(in_pools);
    if against == Against::MaxRtt && all.all(|workload| workload.max_rtt.is_none()) {
        bail!("no workload has max_rtt_ms: give it to those whose users wait");
    }
    let found = frontier(problem, against)?;
    let members: usize =
        problem.pools.iter().filter(|pool| pool.stands_by.is_none()).map(|pool| pool.members.len()).sum();
    if against == Against::SurviveRegions && found.unchanged.len() == problem.workloads.len() + members {
        bail!(
            "no workload can outlive a region: give data state.multi_region = true, and beside calls demand that changes as its largest, `demand_rps`"
        );
    }
    let text = match options.format {
        FrontierFormat::Table => render::frontier_table(problem, &found),
        FrontierFormat::Json => serde_json::to_string_pretty(&render::frontier(problem, &found))? + "\n",
        FrontierFormat::Csv => render::frontier_csv(problem, &found),
        FrontierFormat::Svg => render::frontier_svg(&found).context("name another value, or --format table")?,
    };
    write(&text)?;
    let is_any = found.points.iter().any(|point| point.found.is_some());
    Ok(if is_any { Exit::Fine } else { Exit::Refused })
}
