//! `PlanResourceChange`: says what one object will be. Called again, in another process, when the plan is applied.
//!
//! The adapter starts from the host's proposal. If the object is new or anything differs from before, every computed attribute
//! that the configuration leaves open is unknown; then the resource refines the plan, and the result is held against the rules of
//! the host.

use super::bugs;
use crate::tfplugin::call::Call;
use crate::tfplugin::consistency::{forced_replacements, plan_errors, with_computed_unknown, without_write_only};
use crate::tfplugin::diagnostic::Diagnostics;
use crate::tfplugin::engine::{Engine, read_value, write_value};
use crate::tfplugin::path::AttributePath;
use crate::tfplugin::proto::tfplugin6::plan_resource_change::{Request, Response};
use crate::tfplugin::provider::{Object, Plan, Proposal};
use crate::tfplugin::value::{Value, ValueError};

const SUMMARY: &str = "Invalid plan";

pub(crate) fn answer(engine: &Engine, request: &Request, call: &Call) -> Result<Response, Diagnostics> {
    let entry = engine.resource(&request.type_name)?;
    let compiled = entry.declared();
    call.is_about(&compiled.schema.block);
    let block = &compiled.schema.block;
    let prior = read_value(request.prior_state.as_ref(), &compiled.ty)?;
    let proposed = read_value(request.proposed_new_state.as_ref(), &compiled.ty)?;
    let config = read_value(request.config.as_ref(), &compiled.ty)?;
    let prior = (!prior.is_null()).then(|| Object { state: prior, private: request.prior_private.clone() });

    if proposed.is_null() {
        if let Some(prior) = prior {
            call.report_all(entry.handler.plan_delete(&prior, call));
        }
        return Ok(Response {
            planned_state: Some(write_value(&Value::Null)),
            planned_private: request.prior_private.clone(),
            ..Response::default()
        });
    }

    let is_unchanged = prior.as_ref().is_some_and(|prior| prior.state == proposed);
    let open = if is_unchanged { proposed.clone() } else { with_computed_unknown(block, proposed.clone(), &config) };
    let start = Plan {
        state: without_write_only(block, open),
        requires_replace: Vec::new(),
        private: request.prior_private.clone(),
    };
    let proposal = Proposal { prior: prior.as_ref(), config: &config, proposed: &proposed };
    let plan = entry.handler.plan(&proposal, start, call)?;

    let state = plan.state.conform(&compiled.ty).map_err(|error| bugs(SUMMARY, [error]))?;
    let before = prior.as_ref().map_or(&Value::Null, |prior| &prior.state);
    let errors = if let Value::Object(_) = &state {
        plan_errors(block, before, &config, &state)
    } else {
        vec![ValueError::new(&AttributePath::root(), "the plan is no object")]
    };
    if !errors.is_empty() {
        return Err(bugs(SUMMARY, errors));
    }
    let mut requires_replace = plan.requires_replace;
    requires_replace.extend(forced_replacements(block, before, &state));
    Ok(Response {
        planned_state: Some(write_value(&state)),
        requires_replace: requires_replace.iter().map(AttributePath::to_proto).collect(),
        planned_private: plan.private,
        ..Response::default()
    })
}
