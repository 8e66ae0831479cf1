//! Findings as a JUnit report: each a test case whose class is the rule.
//!
//! | finding | test case |
//! |---|---|
//! | an error that counts | failed |
//! | an error about the unknown that counts | in error: nothing was decided |
//! | a warning or note that counts | passed, with the message as its output |
//! | waived or accepted | skipped |
//!
//! A plan without findings has one test case that passed, so that an empty report is never taken for a good one.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Reviewed, about, said};
use crate::review::Severity;
use crate::review::policy::{Judged, Standing, is_about_the_unknown};

/// The report as XML.
///
/// # Errors
/// Nothing known: writing to memory does not fail, and the library leaves out what XML cannot hold.
pub fn junit(reviewed: &Reviewed<'_>) -> Result<String, quick_junit::SerializeError> {
    let mut suite = TestSuite::new(reviewed.title);
    suite.add_test_cases(reviewed.judgement.findings.iter().map(test_case));
    if reviewed.judgement.findings.is_empty() {
        let mut passed = TestCase::new("the plan has no findings", TestCaseStatus::success());
        passed.set_classname("stowage");
        suite.add_test_case(passed);
    }
    let mut report = Report::new("stowage gate");
    report.add_test_suite(suite);
    report.to_string()
}

fn test_case(judged: &Judged) -> TestCase {
    let finding = &judged.finding;
    let mut status = match (&judged.standing, finding.severity) {
        (Standing::Counts, Severity::Error) if is_about_the_unknown(&finding.rule) => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
        (Standing::Counts, Severity::Error) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        (Standing::Counts, Severity::Warning | Severity::Note) => TestCaseStatus::success(),
        (Standing::Waived { .. } | Standing::Accepted, _) => TestCaseStatus::skipped(),
    };
    status.set_message(&finding.message).set_type(&finding.rule).set_description(said(finding));
    let is_success = matches!(status, TestCaseStatus::Success { .. });
    let about = about(finding);
    let name = if about.is_empty() { finding.message.clone() } else { about };
    let mut case = TestCase::new(name, status);
    case.set_classname(&finding.rule);
    if is_success {
        case.set_system_out(format!("{}: {}", finding.severity.name(), said(finding)));
    }
    case
}
