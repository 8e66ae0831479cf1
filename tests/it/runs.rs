//! The program, run as people and pipelines run it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a run left behind.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs `stowage` in `folder`, with `input` on its standard input and without the variables that
/// Terraform and pipelines set for it.
pub(crate) fn run_in(folder: &Path, arguments: &[&str], input: impl AsRef<[u8]>) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_stowage"))
        .args(arguments)
        .current_dir(folder)
        .env("HOME", folder)
        .env_remove("STOWAGE_RUN_TASK_HMAC_KEY")
        .env_remove("TF_CLI_CONFIG_FILE")
        .env_remove("TF_PLUGIN_MAGIC_COOKIE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that does not read its input closes it: no fault of the test.
    let _ = child.stdin.take().unwrap().write_all(input.as_ref());
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder with these files, and a run in it.
pub(crate) fn run(files: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let folder = folder(files);
    run_in(folder.path(), arguments, b"")
}

pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}
