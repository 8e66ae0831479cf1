//! `stowage review`: what there is to say of a plan, and, with `--fix`, the better placement written into the configuration.
//!
//! It judges nothing: findings are told, and a plan that could be read ends with 0. A fix that was asked for and cannot be made is a failure.

use anyhow::{Context as _, bail};

use super::arguments::ReviewOptions;
use super::exit::Exit;
use super::output::say;
use super::plan::{self, Beside};
use super::written;
use crate::render::review::Reviewed;
use crate::review::policy::Judgement;
use crate::review::{Figure, Report};

pub(super) fn review(options: &ReviewOptions) -> anyhow::Result<Exit> {
    let plan = plan::plan(&options.plan.plan)?;
    let beside = Beside::read(&options.plan)?;
    let report = beside.review(&plan)?;
    let judgement = Judgement::unjudged(&report);
    let title = plan::title(&options.plan);
    written::write(&Reviewed { title: &title, report: &report, judgement: &judgement }, &options.output)?;
    if options.fix {
        fix(&report)?;
    }
    Ok(Exit::Fine)
}

/// Writes the files of the patch.
fn fix(report: &Report) -> anyhow::Result<()> {
    let distance = match &report.distance {
        Figure::Known(distance) => distance,
        Figure::Unknown(reason) => bail!("nothing is fixed: the distance to the optimum is unknown, {reason}"),
    };
    let patch = match &distance.patch {
        Figure::Known(patch) => patch,
        Figure::Unknown(_) if distance.difference() == crate::units::Money::ZERO => {
            say("nothing to fix: nothing that keeps the promises costs less");
            return Ok(());
        }
        Figure::Unknown(reason) => bail!("nothing is fixed: no patch can be made, {reason}"),
    };
    for file in &patch.files {
        let there = std::fs::read_to_string(&file.name).with_context(|| format!("{} cannot be read", file.name))?;
        if there != file.before {
            bail!("nothing is fixed: {} changed while the plan was reviewed; run it again", file.name);
        }
    }
    for file in &patch.files {
        std::fs::write(&file.name, &file.after).with_context(|| format!("{} cannot be written", file.name))?;
        say(&format!("fixed {}", file.name));
    }
    Ok(())
}
