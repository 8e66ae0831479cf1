//! Text and host values in, a [`Problem`](crate::model::Problem) out, or every diagnostic at once.
//!
//! ```text
//! HCL ──┐
//! JSON ─┼→ tree → conform (language) → decode → resolve (catalog) → Problem
//! host ─┘
//! ```
//!
//! [`tree`] is the neutral form that every source makes. [`language`] declares all arguments as data; the conformity check, the JSON Schema
//! and the Terraform schema follow from it. Decoding gives values their types and names their meaning, and the catalog gives places,
//! prices and round trips. Nothing here opens a file: callers hand in names and texts.

mod canonical;
pub(crate) mod conform;
mod document;
mod hcl;
mod json;
pub mod language;
mod number;
mod problem;
pub mod tree;

pub use crate::diagnostic::SourceFile;
pub use document::document;
pub use hcl::{ReadFile, Stated, hcl};
pub use json::json;
pub(crate) use problem::selector;
pub use problem::{OnInfeasible, Parsed, judge, overlay, problem};

use crate::diagnostic::{Diagnostic, Span};

/// The text of a file; what is not UTF-8 is a finding at its first wrong byte.
fn utf8(file: &SourceFile) -> Result<&str, Box<Diagnostic>> {
    std::str::from_utf8(&file.text).map_err(|error| {
        let at = error.valid_up_to();
        let before = &file.text[..at];
        let line = before.split(|&byte| byte == b'\n').count();
        let byte = before.rsplit(|&byte| byte == b'\n').next().map_or(0, <[u8]>::len) + 1;
        let fault = Diagnostic::error("encoding", format!("the text is not UTF-8: byte {byte} of line {line}"));
        Box::new(fault.spanned(Some(Span::new(&file.name, at..at + 1))).help("save the file as UTF-8"))
    })
}
