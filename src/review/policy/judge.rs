//! The judgement: every finding with what is done about it, and the one decision that follows.
//!
//! Findings come from the review, from unknown figures, from the limits of the policy, from its waivers and from Rego. Each counts unless its
//! rule is off, a waiver that still holds names it, or the baseline has it. Then:
//!
//! | of those that count | decision |
//! |---|---|
//! | an error that is not about the unknown | violated |
//! | otherwise an error about the unknown | undecided |
//! | otherwise a warning | warned |
//! | otherwise | passed |

use super::{Baseline, Date, Policy, Treatment, Unknowns, limits, places, rules, waivers};
use crate::catalog::Catalog;
use crate::review::finding::{Finding, Severity};
use crate::review::report::Report;
use crate::review::rules::UNKNOWN;

/// What a judgement depends on beside report and policy.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The day that expiries are held against.
    pub today: Date,
    /// Findings that were accepted before.
    pub baseline: &'a Baseline,
    /// Whether everything unknown leaves the gate undecided, whatever the policy says.
    pub is_strict: bool,
    /// The grounds that regions stand on.
    pub catalog: &'a Catalog,
}

/// Whether a finding counts, and if not, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    Counts,
    /// The waiver of this name covers it.
    Waived {
        /// Name of the waiver.
        waiver: String,
        /// Why it is accepted.
        reason: String,
        /// Who answers for it.
        owner: String,
        /// The last day.
        expires: Date,
    },
    /// The baseline has it.
    Accepted,
}

impl Standing {
    /// The word for it in reports.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Waived { .. } => "waived",
            Self::Accepted => "accepted",
        }
    }

    /// Every word of [`Standing::name`].
    pub const NAMES: &'static [&'static str] = &["counts", "waived", "accepted"];
}

/// A finding with its standing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The finding, with the severity that the policy gives it.
    pub finding: Finding,
    /// Whether it counts.
    pub standing: Standing,
}

impl Judged {
    /// True if it counts and has this severity.
    pub fn counts_as(&self, severity: Severity) -> bool {
        self.standing == Standing::Counts && self.finding.severity == severity
    }
}

/// What follows from a judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing stands in the way.
    Passed,
    /// A person should look.
    Warned,
    /// What would have to be known is not.
    Undecided,
    /// The policy is violated.
    Violated,
}

impl Decision {
    /// The word for it in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Undecided => "undecided",
            Self::Violated => "violated",
        }
    }

    /// Every word of [`Decision::name`].
    pub const NAMES: &'static [&'static str] = &["passed", "warned", "undecided", "violated"];
}

/// Every finding with its standing: the gravest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// The findings.
    pub findings: Vec<Judged>,
    /// False where there was no policy to judge by: then the decision says what the findings alone would lead to.
    pub is_judged: bool,
}

impl Judgement {
    /// The findings of a report as they are, where there is no policy to judge them by.
    pub fn unjudged(report: &Report) -> Self {
        let judged = |finding: &Finding| Judged { finding: finding.clone(), standing: Standing::Counts };
        Self { findings: report.findings.iter().map(judged).collect(), is_judged: false }
    }

    /// The decision: see the table of this module.
    pub fn decision(&self) -> Decision {
        let errors = || self.findings.iter().filter(|judged| judged.counts_as(Severity::Error));
        if errors().any(|judged| !rules::is_about_the_unknown(&judged.finding.rule)) {
            Decision::Violated
        } else if errors().next().is_some() {
            Decision::Undecided
        } else if self.findings.iter().any(|judged| judged.counts_as(Severity::Warning)) {
            Decision::Warned
        } else {
            Decision::Passed
        }
    }

    /// How many findings count with this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|judged| judged.counts_as(severity)).count()
    }

    /// How many findings do not count.
    pub fn settled(&self) -> usize {
        self.findings.iter().filter(|judged| judged.standing != Standing::Counts).count()
    }
}

/// Judges a report by a policy; `rego` are the findings of its Rego part.
pub fn judge(report: &Report, policy: &Policy, rego: Vec<Finding>, context: &Context<'_>) -> Judgement {
    let mut judge = Judge { policy, context, used: vec![false; policy.waivers.len()], findings: Vec::new() };
    let (unknown, known): (Vec<&Finding>, Vec<&Finding>) =
        report.findings.iter().partition(|finding| finding.rule == UNKNOWN.id);
    for finding in unknown {
        judge.take(weighed(finding.clone(), policy));
    }
    // An unknown figure that somebody has answered for does not leave a limit undecided once more.
    let is_settled =
        !report.coverage.unknown.is_empty() && judge.findings.iter().all(|judged| !judged.counts_as(Severity::Error));
    for finding in limits::findings(report, policy, is_settled) {
        judge.take(unsure(finding, policy));
    }
    for finding in places::findings(report, policy, context.catalog) {
        judge.take(unsure(finding, policy));
    }
    known.into_iter().cloned().chain(rego).for_each(|finding| judge.take(finding));
    for finding in waivers::findings(&policy.waivers, &judge.used, context.today) {
        judge.take(finding);
    }
    judge.findings.sort_by(|a, b| {
        (a.standing != Standing::Counts, a.finding.order()).cmp(&(b.standing != Standing::Counts, b.finding.order()))
    });
    Judgement { findings: judge.findings, is_judged: true }
}

struct Judge<'a> {
    policy: &'a Policy,
    context: &'a Context<'a>,
    /// Which waivers, in the order of their names, have covered something.
    used: Vec<bool>,
    findings: Vec<Judged>,
}

impl Judge<'_> {
    fn take(&mut self, mut finding: Finding) {
        match self.policy.severities.get(&finding.rule) {
            Some(Treatment::Off) => return,
            Some(Treatment::As(severity)) => finding.severity = *severity,
            None => {}
        }
        let mut standing = self.standing(&finding);
        // Whatever a policy, a waiver or a baseline says of it.
        if self.context.is_strict && rules::is_about_the_unknown(&finding.rule) {
            finding.severity = Severity::Error;
            standing = Standing::Counts;
        }
        self.findings.push(Judged { finding, standing });
    }

    fn standing(&mut self, finding: &Finding) -> Standing {
        for (index, (name, waiver)) in self.policy.waivers.iter().enumerate() {
            if !waiver.covers(finding) {
                continue;
            }
            self.used[index] = true;
            if waiver.expires >= self.context.today {
                return Standing::Waived {
                    waiver: name.clone(),
                    reason: waiver.reason.clone(),
                    owner: waiver.owner.clone(),
                    expires: waiver.expires,
                };
            }
        }
        if self.context.baseline.accepts(finding) { Standing::Accepted } else { Standing::Counts }
    }
}

/// The finding that a figure is unknown. What no price depends on is a note.
fn weighed(mut finding: Finding, policy: &Policy) -> Finding {
    let bears_on_cost = !matches!(finding.attribute.as_deref(), Some("carbon" | "zones"));
    finding.severity = if bears_on_cost { severity(policy.coverage.unknown) } else { Severity::Note };
    finding
}

/// A finding of a limit, with the severity that the policy gives to what is not known.
fn unsure(mut finding: Finding, policy: &Policy) -> Finding {
    if rules::is_about_the_unknown(&finding.rule) {
        finding.severity = severity(policy.coverage.unknown);
    }
    finding
}

const fn severity(unknown: Unknowns) -> Severity {
    match unknown {
        Unknowns::Undecided => Severity::Error,
        Unknowns::Warn => Severity::Warning,
        Unknowns::Accept => Severity::Note,
    }
}
