//! `stowage diff`: what one plan adds to another, both as they leave the fleet.

use anyhow::Context as _;

use super::arguments::DiffOptions;
use super::exit::Exit;
use super::plan::{self, Beside};
use super::written;
use crate::render::review::Reviewed;
use crate::review::compared;
use crate::review::policy::Judgement;

pub(super) fn diff(options: &DiffOptions) -> anyhow::Result<Exit> {
    let head = plan::plan(&options.head.plan)?;
    let beside = Beside::read(&options.head)?;
    let base = beside.review(&plan::plan(&options.base)?).with_context(|| format!("{}", options.base.display()))?;
    let report = compared(&base, beside.review(&head)?);
    let judgement = Judgement::unjudged(&report);
    let title = plan::title(&options.head);
    let title = options.head.title.clone().unwrap_or_else(|| format!("{} to {title}", options.base.display()));
    written::write(&Reviewed { title: &title, report: &report, judgement: &judgement }, &options.output)?;
    Ok(Exit::Fine)
}
