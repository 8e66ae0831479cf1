//! Is a result true? Checked without trust in what made it.
//!
//! The problem and the decisions are read from the certificate (the problem also from where the reader has it), and `check` judges them again: every
//! rule, every cost. Then the whole result is written again from that placement and compared, value by value, with the one that was
//! given: what was not found again is a [`Difference`]. So a changed count, type, share, cost, text or digest is found wherever it stands.
//!
//! One thing cannot be recounted: that nothing costs less than the bound. It is compared with the cost, the gap and the outcome; with
//! [`Proof::Again`] the problem is solved again and the bound has to be reached. That there is no placement is always proved again, and a problem with
//! pools, `previous`, an order, `alternatives` or `bindings` is always solved again: its result says what the search found beside the placement.

mod compare;
mod read;

use serde_json::Value;

use crate::catalog::Catalog;
use crate::check;
use crate::diagnostic::{Diagnostics, SourceFile};
use crate::model::Problem;
use crate::parse::{self, tree::Node};
use crate::place::{Answer, Outcome, place, restated};
use crate::render;
use crate::units::Money;

pub use compare::Difference;

/// What is done about the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The bound is compared with what the result says, and trusted.
    Claimed,
    /// The problem is solved again.
    Again,
}

/// What became of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was found again.
    Holds {
        /// Whether the bound, or that there is no placement, was proved again.
        is_proven: bool,
    },
    /// Nothing is wrong, but something could not be settled.
    Unsettled(String),
    /// Some of it is not true.
    Broken(Vec<Difference>),
}

/// The `catalog` object of a certificate's provider and the problem that a result is an answer to.
#[derive(Clone, Debug)]
pub struct Stated {
    /// The problem.
    pub problem: Node,
    /// The provider's `catalog`, if it had one.
    pub overlay: Option<Node>,
}

/// Reads the problem that the certificate of `result` holds.
///
/// # Errors
/// The certificate holds none, or one that is no JSON.
pub fn stated(result: &Value) -> Result<Stated, Vec<Difference>> {
    let certificate = certificate(result)?;
    let node = |name: &'static str| -> Result<Option<Node>, Vec<Difference>> {
        if certificate[name].is_null() {
            return Ok(None);
        }
        let read = parse::json(&SourceFile::new(format!("certificate.{name}"), certificate[name].to_string()));
        read.map(Some).map_err(|faults| vec![Difference::new(format!("certificate.{name}"), faults.to_string())])
    };
    let Some(problem) = node("problem")? else {
        let message = "the certificate holds no problem: name the problem's file before the result";
        return Err(vec![Difference::new("certificate.problem", message)]);
    };
    Ok(Stated { problem, overlay: node("provider_catalog")? })
}

fn certificate(result: &Value) -> Result<Value, Vec<Difference>> {
    let text = result["certificate"].as_str();
    let read = text.and_then(|text| serde_json::from_str(text).ok());
    read.ok_or_else(|| vec![Difference::new("certificate", "is no JSON text")])
}

/// Checks `result` as an answer to the problem that `stated` states.
///
/// # Errors
/// What is wrong with the problem itself.
pub fn verify(result: &Value, stated: &Stated, catalog: &Catalog, proof: Proof) -> Result<Verdict, Diagnostics> {
    let problem = parse::problem(&stated.problem, catalog, stated.overlay.as_ref())?.problem;
    Ok(verdict(result, &problem, proof))
}

/// Checks `result` as an answer to `problem`.
pub fn verdict(result: &Value, problem: &Problem, proof: Proof) -> Verdict {
    let certificate = match certificate(result) {
        Ok(certificate) => certificate,
        Err(differences) => return Verdict::Broken(differences),
    };
    let made_by = certificate["version"].as_str().unwrap_or_default();
    let catalog = certificate["catalog_sha256"].as_str().unwrap_or_default();
    if catalog != problem.catalog.digest {
        return Verdict::Unsettled(format!(
            "the result was made from the catalog {catalog}, and this program holds {}: verify with version {made_by}",
            problem.catalog.digest
        ));
    }
    let is_same_version = made_by == env!("CARGO_PKG_VERSION");
    let answer = match claimed(result, &certificate, problem) {
        Ok(Some(answer)) => answer,
        Ok(None) => return proved(result, problem, is_same_version),
        Err(differences) => return Verdict::Broken(differences),
    };
    let differences = compare::differences(result, &render::result(problem, &answer), is_same_version);
    if !differences.is_empty() {
        return Verdict::Broken(differences);
    }
    let is_proven = match (proof, answer.outcome.placement()) {
        (Proof::Again, Some((_, bound))) => match bound_again(problem, bound) {
            Ok(()) => true,
            Err(verdict) => return verdict,
        },
        _ => false,
    };
    if is_same_version {
        return Verdict::Holds { is_proven };
    }
    Verdict::Unsettled(format!(
        "all figures hold, but the texts were made by version {made_by}, and this is {}: verify with that version",
        env!("CARGO_PKG_VERSION")
    ))
}

/// The answer that the result claims, its placement accepted and its bound consistent; nothing where only a fresh answer can tell.
fn claimed(result: &Value, certificate: &Value, problem: &Problem) -> Result<Option<Answer>, Vec<Difference>> {
    let is_optimal = match result["outcome"].as_str() {
        Some("optimal") => true,
        Some("feasible") => false,
        Some("infeasible" | "undecided") => return Ok(None),
        _ => return Err(vec![Difference::new("outcome", "is no outcome")]),
    };
    let asks_beside =
        problem.previous.is_some() || problem.order.is_some() || problem.alternatives > 0 || problem.bindings;
    if !problem.pools.is_empty() || asks_beside {
        return Ok(None);
    }
    let assignment = read::assignment(certificate, problem)?;
    let lines = i128::try_from(5 * assignment.groups.len() + problem.regions.len()).unwrap_or(i128::MAX);
    let placement = check::placement(problem, assignment).map_err(|found| {
        found.iter().map(|violation| Difference::new("groups", violation.to_string())).collect::<Vec<_>>()
    })?;
    let bound = read::money(&result["bound_monthly_cost_usd"])
        .ok_or_else(|| vec![Difference::new("bound_monthly_cost_usd", "is no amount")])?;
    let cost = placement.cost();
    if bound > cost {
        return Err(vec![Difference::new("bound_monthly_cost_usd", "is above the cost of the placement")]);
    }
    // Each cost line was rounded by half a micro-USD at most, after the gap was proven.
    let distance = ((cost - bound).micros() - if is_optimal { lines } else { 0 }) * 1_000_000;
    let is_within = distance <= cost.micros() * i128::from(problem.gap_tolerance.0);
    if is_within != is_optimal {
        let message =
            format!("`{}` contradicts the gap and `gap_tolerance`", result["outcome"].as_str().unwrap_or_default());
        return Err(vec![Difference::new("outcome", message)]);
    }
    Ok(Some(restated(problem, placement, bound, is_optimal)))
}

/// A result against a fresh answer.
fn proved(result: &Value, problem: &Problem, is_same_version: bool) -> Verdict {
    let Ok(fresh) = place(problem) else {
        return Verdict::Unsettled("the problem could not be solved again".to_owned());
    };
    let differences = compare::differences(result, &render::result(problem, &fresh), is_same_version);
    if !differences.is_empty() {
        return Verdict::Broken(differences);
    }
    match fresh.outcome {
        Outcome::Undecided => Verdict::Unsettled("again the work limit ended the search: nothing is proven".to_owned()),
        Outcome::Infeasible(_) | Outcome::Optimal { .. } | Outcome::Feasible { .. } if is_same_version => {
            Verdict::Holds { is_proven: true }
        }
        Outcome::Infeasible(_) | Outcome::Optimal { .. } | Outcome::Feasible { .. } => {
            Verdict::Unsettled("the texts were made by another version: verify with that one".to_owned())
        }
    }
}

/// Proves again that nothing costs less than `bound`.
fn bound_again(problem: &Problem, bound: Money) -> Result<(), Verdict> {
    let fresh = place(problem).map_err(|error| Verdict::Unsettled(error.to_string()))?;
    match fresh.outcome.placement() {
        Some((_, proven)) if proven >= bound => Ok(()),
        Some((cheaper, _)) if cheaper.cost() < bound => Err(Verdict::Broken(vec![Difference::new(
            "bound_monthly_cost_usd",
            format!("is above {} USD, which a placement costs", cheaper.cost().usd()),
        )])),
        Some((_, proven)) => Err(Verdict::Unsettled(format!("no bound above {} USD was proven again", proven.usd()))),
        None => Err(Verdict::Unsettled("the problem could not be solved again".to_owned())),
    }
}
