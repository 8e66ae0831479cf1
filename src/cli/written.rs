//! A judged review in every format that was asked for: one to standard output, any number to files.

use std::path::Path;

use anyhow::Context as _;

use super::arguments::{OutputOptions, ReviewFormat};
use super::output;
use crate::render::review::{self, Reviewed};

/// Writes the review. Files come first, so that a reader of standard output finds them.
pub(super) fn write(reviewed: &Reviewed<'_>, options: &OutputOptions) -> anyhow::Result<()> {
    for (format, path) in &options.output {
        file(path, &text(*format, reviewed)?)?;
    }
    output::write(&text(options.format, reviewed)?)
}

/// Writes a file, with the folders it is in.
pub(super) fn file(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

/// The review in a format.
fn text(format: ReviewFormat, reviewed: &Reviewed<'_>) -> anyhow::Result<String> {
    Ok(match format {
        ReviewFormat::Table => review::table(reviewed),
        ReviewFormat::Json => pretty(&review::json(reviewed))?,
        ReviewFormat::Markdown => review::markdown(reviewed),
        ReviewFormat::Sarif => pretty(&review::sarif(reviewed))?,
        ReviewFormat::Junit => review::junit(reviewed)?,
        ReviewFormat::Gitlab => pretty(&review::gitlab(reviewed))?,
        ReviewFormat::Github => review::github(reviewed),
        ReviewFormat::Html => review::html(reviewed)?,
    })
}

fn pretty(value: &serde_json::Value) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
