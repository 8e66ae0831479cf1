//! A judged review in the formats of people and pipelines. Each is a function from values to text; equal values give equal text.
//!
//! | function | for |
//! |---|---|
//! | [`table`] | a terminal |
//! | [`json`] | programs, as [`json_schema`] says |
//! | [`markdown`] | a comment on a pull request |
//! | [`html`] | a browser: one file that fetches nothing |
//! | [`sarif`] | code scanning (SARIF 2.1.0) |
//! | [`junit`] | test reports of pipelines |
//! | [`gitlab`] | GitLab's code quality report |
//! | [`github`] | GitHub's workflow commands, which become annotations |
//!
//! Names and messages come from the plan, so each format escapes them for its own language.

mod code_quality;
mod document;
mod fleet;
mod github;
mod html;
mod junit;
mod markdown;
mod sarif;
mod summary;
mod table;

pub use code_quality::gitlab;
pub use document::{GATE, json, json_schema};
pub use github::github;
pub use html::html;
pub use junit::junit;
pub use markdown::{LARGEST_COMMENT, markdown};
pub use sarif::sarif;
pub use summary::outcome;
pub use table::table;

use crate::review::policy::Judgement;
use crate::review::{Finding, Report};

/// A review with its judgement.
#[derive(Clone, Copy, Debug)]
pub struct Reviewed<'a> {
    /// What the plan is called: its file, or the workspace it is of.
    pub title: &'a str,
    /// What the review says.
    pub report: &'a Report,
    /// What the policy says of it.
    pub judgement: &'a Judgement,
}

/// The message of a finding with the way out: `…; …`.
fn said(finding: &Finding) -> String {
    finding.help.as_ref().map_or_else(|| finding.message.clone(), |help| format!("{}; {help}", finding.message))
}

/// What a finding is about: its address and attribute.
fn about(finding: &Finding) -> String {
    match (&finding.address, &finding.attribute) {
        (Some(address), Some(attribute)) => format!("{address} ({attribute})"),
        (Some(address), None) => address.clone(),
        (None, Some(attribute)) => attribute.clone(),
        (None, None) => String::new(),
    }
}
