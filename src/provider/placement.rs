//! `data "stowage_placement"`: a problem in, the cheapest placement out.
//!
//! The work runs on a thread of its own, so that a stop is answered at once; the thread is then left to itself and ends with the process.
//! What is returned depends on the configuration, the catalog and the version alone.
//!
//! The host asks for the same block to be validated and then to be read, of the same process. What was parsed for the first is kept for the second.

use std::panic::resume_unwind;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::{Configuration, report, schema, tree};
use crate::catalog::Catalog;
use crate::diagnostic::{Path, Step};
use crate::parse::{self, OnInfeasible, Parsed};
use crate::place::{Outcome, place};
use crate::render;
use crate::tfplugin::{Call, DataSource, Diagnostic, Diagnostics, Schema, Value};

/// How often a running computation looks whether it should stop: too seldom to cost anything, too often to be noticed.
const LOOK_FOR_STOP: Duration = Duration::from_millis(20);

/// As much as the host's own calls get.
const STACK: usize = 8 << 20;

/// The data source.
#[derive(Clone, Copy, Debug)]
pub struct Placement;

impl DataSource for Placement {
    fn name(&self) -> &'static str {
        "stowage_placement"
    }

    fn schema(&self) -> Schema {
        schema::placement()
    }

    fn validate(&self, config: &Value, call: &Call) -> Diagnostics {
        let configuration = call.configured::<Configuration>().unwrap_or_default();
        match parse::problem(&tree::node(config), Catalog::embedded(), configuration.overlay.as_ref()) {
            Ok(parsed) => {
                Validated { config: config.clone(), configuration, parsed }.keep();
                Diagnostics::new()
            }
            Err(findings) => report::findings(findings),
        }
    }

    fn read(&self, config: &Value, call: &Call) -> Result<Value, Diagnostics> {
        let configuration = call.configured::<Configuration>().unwrap_or_default();
        if configuration.overlay.is_some() && !configuration.is_known {
            return Err(unknown_overlay().into());
        }
        let own = config.clone();
        let computed = beside(call, move || compute(parsed(&own, &configuration)?))??;
        for warning in computed.warnings {
            call.report(warning);
        }
        schema::result(&computed.result, config)
    }
}

/// The block that was validated last, and what was parsed.
struct Validated {
    config: Value,
    configuration: Arc<Configuration>,
    parsed: Parsed,
}

static VALIDATED: Mutex<Option<Validated>> = Mutex::new(None);

impl Validated {
    fn keep(self) {
        *VALIDATED.lock().unwrap_or_else(PoisonError::into_inner) = Some(self);
    }

    /// What was parsed, if it was the same block under the same configuration of the provider.
    fn take(config: &Value, configuration: &Arc<Configuration>) -> Option<Parsed> {
        let validated = VALIDATED.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let is_same = validated.config == *config && Arc::ptr_eq(&validated.configuration, configuration);
        is_same.then_some(validated.parsed)
    }
}

fn parsed(config: &Value, configuration: &Arc<Configuration>) -> Result<Parsed, Diagnostics> {
    if let Some(parsed) = Validated::take(config, configuration) {
        return Ok(parsed);
    }
    parse::problem(&tree::node(config), Catalog::embedded(), configuration.overlay.as_ref()).map_err(report::findings)
}

/// An answer, ready for the host.
struct Computed {
    result: serde_json::Value,
    warnings: Diagnostics,
}

fn compute(parsed: Parsed) -> Result<Computed, Diagnostics> {
    let Parsed { problem, on_infeasible, warnings } = parsed;
    let answer = place(&problem)
        .map_err(|disagreement| Diagnostic::error("Internal error of the provider", format!("{disagreement}.")))?;
    let result = render::result(&problem, &answer);
    let mut warnings = report::findings(warnings);
    match (&answer.outcome, on_infeasible) {
        (Outcome::Optimal { .. }, _) | (Outcome::Infeasible(_), OnInfeasible::Report) => {}
        // That is what was asked for.
        (Outcome::Feasible { .. }, _) if answer.is_gap_kept() => {}
        (Outcome::Undecided, OnInfeasible::Report) => warnings.push(undecided(Diagnostic::warning)),
        (Outcome::Feasible { .. }, _) => warnings.push(feasible(&result)),
        (Outcome::Infeasible(_), OnInfeasible::Error) => return Err(conflict(&result)),
        (Outcome::Undecided, OnInfeasible::Error) => return Err(undecided(Diagnostic::error).into()),
    }
    Ok(Computed { result, warnings })
}

/// The result of `work`, done on a thread of its own; an error as soon as the host asks to stop.
fn beside<T: Send + 'static>(call: &Call, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Diagnostics> {
    let (done, waiting) = mpsc::channel();
    let spawned = thread::Builder::new().name("placement".to_owned()).stack_size(STACK).spawn(move || {
        // Nobody waits any more after a stop.
        let _ = done.send(work());
    });
    let worker = spawned.map_err(|error| {
        Diagnostic::error("No thread for the computation", format!("The system refused a thread: {error}. Try again."))
    })?;
    loop {
        match waiting.recv_timeout(LOOK_FOR_STOP) {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Timeout) if call.is_cancelled() => return Err(Call::cancelled().into()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Err(panic) => resume_unwind(panic),
                Ok(()) => return Err(Call::cancelled().into()),
            },
        }
    }
}

/// The conflict in the words of the result, each part at the workload or the limit it is about.
fn conflict(result: &serde_json::Value) -> Diagnostics {
    let conflict = &result["conflict"];
    let text = |part: &serde_json::Value| part["text"].as_str().unwrap_or_default().to_owned();
    let attribute = |name: &str| Step::Attribute(name.to_owned());
    let mut found = Diagnostics::new();
    for (name, workload) in conflict["workloads"].as_object().into_iter().flatten() {
        let path = Path(vec![attribute("workloads"), Step::Key(name.clone())]);
        let summary = format!("No placement meets every rule of workload {}", crate::diagnostic::quoted(name, '"'));
        found.push(Diagnostic::error(summary, text(workload)).at(report::attribute_path(&path)));
    }
    let together = &conflict["together"];
    if !together.is_null() {
        let argument = together["rules"][0]["rule"].as_str().unwrap_or("limits");
        let path = Path(argument.split('.').map(attribute).collect());
        let summary = "No placement meets the rules over all workloads together";
        found.push(Diagnostic::error(summary, text(together)).at(report::attribute_path(&path)));
    }
    if found.is_empty() {
        found.push(Diagnostic::error("No placement meets every rule", text(conflict)));
    }
    found
}

fn feasible(result: &serde_json::Value) -> Diagnostic {
    let figure = |name: &str| result[name].to_string();
    Diagnostic::warning(
        "The placement is not proven optimal",
        format!(
            "The limit of work ended the search. The placement costs {} USD a month; nothing costs less than {} (gap {}).\n\nSplit the \
             problem into several that share no limits, or accept the gap by setting gap_tolerance.",
            figure("monthly_cost_usd"),
            figure("bound_monthly_cost_usd"),
            figure("gap")
        ),
    )
}

fn undecided(severity: fn(&'static str, &'static str) -> Diagnostic) -> Diagnostic {
    severity(
        "No placement was found within the limit of work",
        "Nothing is proven: there may be a placement or none. Split the problem into several that share no limits, or relax limits.",
    )
}

fn unknown_overlay() -> Diagnostic {
    Diagnostic::error(
        "The provider's catalog is not known yet",
        "The `catalog` of the provider block holds values that are known only after apply, so prices are not known while this plan is \
         made. Give it values that do not depend on something still to be created, or create that first.",
    )
}
