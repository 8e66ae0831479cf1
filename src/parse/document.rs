//! One file in a language other than the problem's: HCL attributes or a JSON object, as a tree that conforms to a table of arguments.

use std::path::Path;

use super::language::Argument;
use super::tree::Node;
use crate::diagnostic::{Diagnostics, SourceFile};

/// Reads a file whose arguments `language` declares: JSON if its name ends so or its first character that is no space is `{`, HCL otherwise.
///
/// # Errors
/// What is neither, or not UTF-8. Whether the tree conforms is for the reader of the tree to find out.
pub fn document(source: &SourceFile, language: &[Argument]) -> Result<Node, Diagnostics> {
    if is_json(source) { super::json(source) } else { super::hcl::attributes(source, language) }
}

fn is_json(source: &SourceFile) -> bool {
    match Path::new(&*source.name).extension().and_then(|extension| extension.to_str()) {
        Some("json") => true,
        Some("hcl") => false,
        _ => source.text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{'),
    }
}
