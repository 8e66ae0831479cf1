//! `data "stowage_placement"`: a problem in, the cheapest placement out.
//!
//! The work runs on a thread of its own ([`Computation`]), so that a stop is answered at once; the thread is interrupted and ends soon after.
//! What is returned depends on the configuration, the catalog and the version alone.
//!
//! While a plan is made, the host asks for a block to be validated and then, of the same process, to be read. The work begins with the first.

use std::sync::{Arc, Mutex, PoisonError};

use super::computation::Computation;
use super::{Configuration, report, schema, tree};
use crate::catalog::Catalog;
use crate::diagnostic::{Path, Step};
use crate::parse::{self, OnInfeasible, Parsed};
use crate::place::{Interrupt, Outcome, place_until};
use crate::render;
use crate::tfplugin::{Call, DataSource, Diagnostic, Diagnostics, Schema, Value};

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
        let given = call.configured::<Configuration>();
        let overlay = given.as_ref().and_then(|given| given.overlay.as_ref());
        let (node, catalog) = (tree::node(config), Catalog::embedded());
        let judged = match &given {
            Some(given) if given.is_known && config.is_wholly_known() => {
                parse::problem(&node, catalog, overlay).map(|parsed| Begun::begin(config, Arc::clone(given), parsed))
            }
            // Without the provider's configuration nothing will be read; with a part of the block unknown, not this.
            _ => parse::judge(&node, catalog, overlay),
        };
        judged.map_or_else(report::findings, |()| Diagnostics::new())
    }

    fn read(&self, config: &Value, call: &Call) -> Result<Value, Diagnostics> {
        let configuration = call.configured::<Configuration>().unwrap_or_default();
        if configuration.overlay.is_some() && !configuration.is_known {
            return Err(unknown_overlay().into());
        }
        let computation = if let Some(begun) = Begun::take(config, &configuration) {
            begun
        } else {
            let own = config.clone();
            Computation::start(move |interrupt| compute(parsed(&own, &configuration)?, &own, interrupt))?
        };
        let computed = computation.wait(call)??;
        for warning in computed.warnings {
            call.report(warning);
        }
        Ok(computed.state)
    }
}

/// A block that was validated, and the work on it.
struct Begun {
    config: Value,
    configuration: Arc<Configuration>,
    computation: Computation<Result<Computed, Diagnostics>>,
}

/// The newest last.
static BEGUN: Mutex<Vec<Begun>> = Mutex::new(Vec::new());

/// The host works on ten blocks at a time; of most of them it asks for the next step at once.
const MOST_BEGUN: usize = 4;

impl Begun {
    fn begin(config: &Value, configuration: Arc<Configuration>, parsed: Parsed) {
        let own = config.clone();
        // Without a thread the read begins the work.
        let Ok(computation) = Computation::start(move |interrupt| compute(parsed, &own, interrupt)) else { return };
        let mut begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner);
        begun.push(Self { config: config.clone(), configuration, computation });
        if begun.len() > MOST_BEGUN {
            begun.remove(0);
        }
    }

    /// The work on the same block under the same configuration of the provider.
    fn take(config: &Value, configuration: &Arc<Configuration>) -> Option<Computation<Result<Computed, Diagnostics>>> {
        let mut begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |begun: &Self| begun.config == *config && Arc::ptr_eq(&begun.configuration, configuration);
        let at = begun.iter().position(is_same)?;
        Some(begun.remove(at).computation)
    }
}

fn parsed(config: &Value, configuration: &Arc<Configuration>) -> Result<Parsed, Diagnostics> {
    parse::problem(&tree::node(config), Catalog::embedded(), configuration.overlay.as_ref()).map_err(report::findings)
}

/// An answer, ready for the host.
struct Computed {
    state: Value,
    warnings: Diagnostics,
}

fn compute(parsed: Parsed, config: &Value, interrupt: Interrupt<'_>) -> Result<Computed, Diagnostics> {
    let Parsed { problem, on_infeasible, warnings } = parsed;
    let answer = place_until(&problem, interrupt)
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
    Ok(Computed { state: schema::result(&result, config)?, warnings })
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
