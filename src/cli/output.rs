//! Standard output for data, standard error for talk. A reader who has gone away is no error.

use std::io::{self, ErrorKind, Write as _};

use anyhow::Context as _;

/// Writes data to standard output.
pub(super) fn write(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).context("standard output cannot be written"),
        _ => Ok(()),
    }
}

/// Writes a line, or lines, to standard error.
pub(super) fn say(text: &str) {
    // There is nobody left to tell if this fails.
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}
