//! `stowage gate`: review a plan, judge it by a policy, and end with one exit code. It fails closed: whatever goes wrong is not 0.

use anyhow::Context as _;

use super::arguments::{GateOptions, PolicyOptions};
use super::exit::Exit;
use super::faults::{Faults, warn};
use super::plan::{self, Beside};
use super::sources::source;
use super::written;
use crate::catalog::Catalog;
use crate::diagnostic::SourceFile;
use crate::render;
use crate::render::review::Reviewed;
use crate::review::policy::rego::{Input, Rego};
use crate::review::policy::{self, Baseline, Context, Date, Judgement, Policy};
use crate::review::{Report, compared};

/// Policy, Rego and baseline, read and ready to judge any plan.
#[derive(Clone, Debug)]
pub(super) struct Judge {
    policy: Policy,
    rego: Option<Rego>,
    baseline: Baseline,
    is_strict: bool,
}

impl Judge {
    /// Reads what the options name, everything that is wrong with it included.
    pub(super) fn read(options: &PolicyOptions) -> anyhow::Result<Self> {
        let policy = match &options.policy {
            None => Policy::default(),
            Some(path) => {
                let file = source(path)?;
                let files = std::slice::from_ref(&file);
                let (policy, warnings) =
                    policy::read(&file, Catalog::embedded()).map_err(|faults| Faults::new(faults, files))?;
                warn(warnings, files);
                policy
            }
        };
        let sources = options.rego.iter().map(|path| source(path)).collect::<anyhow::Result<Vec<_>>>()?;
        let rego = if sources.is_empty() {
            None
        } else {
            Some(Rego::read(&sources).map_err(|faults| Faults::new(faults, &sources))?)
        };
        let baseline = match &options.baseline {
            None => Baseline::default(),
            Some(path) => {
                let file = source(path)?;
                Baseline::read(&file).map_err(|faults| Faults::new(faults, std::slice::from_ref(&file)))?
            }
        };
        Ok(Self { policy, rego, baseline, is_strict: options.strict })
    }

    /// Judges a report of a plan on a day.
    pub(super) fn judge(&self, plan: &SourceFile, report: &Report, today: Date) -> anyhow::Result<Judgement> {
        let found = match &self.rego {
            None => Vec::new(),
            Some(rego) => {
                let input = Input::new(&plan.text, &render::report(report)).map_err(anyhow::Error::msg)?;
                rego.findings(input).map_err(|faults| Faults::new(faults, &[]))?
            }
        };
        let context =
            Context { today, baseline: &self.baseline, is_strict: self.is_strict, catalog: Catalog::embedded() };
        Ok(policy::judge(report, &self.policy, found, &context))
    }
}

/// The day by the system's clock, in UTC.
pub(super) fn system_day() -> Date {
    jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date()
}

pub(super) fn gate(options: &GateOptions) -> anyhow::Result<Exit> {
    let mut judge = Judge::read(&options.policy)?;
    let today = options.policy.today.unwrap_or_else(system_day);
    let plan = plan::plan(&options.plan.plan)?;
    let beside = Beside::read(&options.plan)?;
    let mut report = beside.review(&plan)?;
    if let Some(path) = &options.compare_to {
        let base =
            beside.review(&plan::plan(path)?).with_context(|| format!("the plan {} to compare to", path.display()))?;
        report = compared(&base, report);
    }
    let mut judgement = judge.judge(&plan, &report, today)?;
    if let Some(path) = &options.write_baseline {
        let text = Baseline::written(&judgement);
        written::file(path, &text)?;
        let file = SourceFile::new(path.to_string_lossy(), text);
        judge.baseline = Baseline::read(&file).map_err(|faults| Faults::new(faults, std::slice::from_ref(&file)))?;
        judgement = judge.judge(&plan, &report, today)?;
    }
    let title = plan::title(&options.plan);
    written::write(&Reviewed { title: &title, report: &report, judgement: &judgement }, &options.output)?;
    Ok(Exit::of_decision(judgement.decision(), options.policy.fail_on_warn))
}
