//! What is not a plan, and what was probably meant.

use super::Document;
use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile, Span, quoted};

/// What makes a plan.
const MAKE_ONE: &str = "make it with `terraform plan -out plan.out` and `terraform show -json plan.out`";

/// Largest plan read, in bytes: what a review holds is proportional to it.
const LARGEST: usize = 1 << 30;

fn refused(file: &SourceFile, code: &'static str, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, format!("{}: {}", file.name, message.into())).help(MAKE_ONE)
}

/// The text of a plan.
pub(super) fn text(file: &SourceFile) -> Result<&str, Diagnostics> {
    if file.text.starts_with(b"PK") {
        let fault =
            refused(file, "binary-plan", "this is a plan in Terraform's own format, which only Terraform reads");
        return Err(fault.help(format!("give the output of `terraform show -json {}`", file.name)).into());
    }
    if file.text.len() > LARGEST {
        return Err(refused(file, "limit", "the plan is larger than 1 GiB").into());
    }
    let text = std::str::from_utf8(&file.text).map_err(|error| {
        let at = error.valid_up_to();
        refused(file, "encoding", "the text is not UTF-8").spanned(Some(Span::new(&file.name, at..at + 1)))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        let fault = refused(file, "empty", "there is no plan: the text is empty");
        return Err(fault.note("the command that should have written it probably failed").into());
    }
    if text.trim_start().starts_with("{\"@level\"") {
        let fault = refused(file, "not-a-plan", "this is the log of `terraform plan -json`, not a plan");
        return Err(fault.into());
    }
    Ok(text)
}

/// A text that is not JSON, or is cut off, or holds something where a plan holds something else.
pub(super) fn syntax(file: &SourceFile, text: &str, error: &serde_json::Error) -> Diagnostics {
    let message = if error.is_eof() {
        format!("the plan is cut off at line {}, column {}", error.line(), error.column())
    } else if error.is_data() {
        format!("this is not a plan: {} (line {}, column {})", told(error), error.line(), error.column())
    } else if text.trim_start().starts_with('{') {
        format!("the text is not JSON: {error}")
    } else {
        format!("the text is not a plan in JSON: {error}")
    };
    refused(file, "not-a-plan", message).into()
}

/// A part of the plan that is not what a plan holds there.
pub(super) fn part(file: &SourceFile, part: &str, error: &serde_json::Error) -> Diagnostics {
    refused(file, "not-a-plan", format!("`{part}` is not that of a plan: {}", told(error))).into()
}

/// What is wrong, in words that quote nothing of the text: it may hold secrets.
fn told(error: &serde_json::Error) -> &'static str {
    let text = error.to_string();
    if text.starts_with("missing field") {
        "something that every plan has is missing"
    } else if text.starts_with(NO_SUCH_ACTION) {
        NO_SUCH_ACTION
    } else {
        "another kind of value stands where a plan holds an object, a list or a text"
    }
}

/// What `actions` may not be.
pub(super) const NO_SUCH_ACTION: &str = "there is no such action on a resource";

/// Refuses what is JSON but no complete plan of a known format.
pub(super) fn check(file: &SourceFile, document: &Document<'_>) -> Result<(), Diagnostics> {
    if document.values.is_some() && document.planned_values.is_none() {
        return Err(refused(file, "not-a-plan", "this is a state, not a plan").into());
    }
    let Some(version) = &document.format_version else {
        return Err(refused(file, "not-a-plan", "this is not a plan: it has no `format_version`").into());
    };
    if !is_known(&version.0) {
        let message = format!("the format {} of the plan is not known", quoted(&version.0, '`'));
        let fault = refused(file, "format-version", message).note("formats 0.1 to 0.2 and 1.x are read");
        return Err(fault.help("use a newer release of Stowage").into());
    }
    if document.planned_values.is_none() {
        return Err(refused(file, "not-a-plan", "this is not a plan: it has no `planned_values`").into());
    }
    if document.errored == Some(true) {
        let fault =
            refused(file, "errored-plan", "Terraform failed while it made this plan, which is therefore partial");
        return Err(fault.help("repair what `terraform plan` reports, and plan again").into());
    }
    Ok(())
}

/// 0.1 and 0.2 came with Terraform 0.12 to 1.0; every 1.x only adds to 1.0.
fn is_known(version: &str) -> bool {
    let minor = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    matches!(version, "0.1" | "0.2") || version.strip_prefix("1.").is_some_and(minor)
}
