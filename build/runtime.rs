//! Links the C++ runtime, which HiGHS needs, into the program instead of loading it at each start.
//!
//! A host starts the plugin three times for one plan, and looking up the runtime's symbols took most of each start; and the program runs where no C++ runtime
//! is installed. The linker takes `libstdc++` from the first folder that has it in either form: ours has the static one alone.

#![expect(clippy::disallowed_methods, reason = "a build script is an edge")]

use std::env;
use std::path::PathBuf;
use std::process::Command;

const ARCHIVE: &str = "libstdc++.a";

/// Puts a folder with the static runtime before the system's, where the compiler of this machine has one. Elsewhere the system's runtime is loaded.
pub(crate) fn link_statically() {
    println!("cargo::rerun-if-changed=build/runtime.rs");
    println!("cargo::rerun-if-env-changed=CXX");
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let is_gnu = variable("CARGO_CFG_TARGET_OS") == "linux" && variable("CARGO_CFG_TARGET_ENV") == "gnu";
    // Another machine's runtime is not where this machine's compiler looks.
    if !is_gnu || variable("HOST") != variable("TARGET") {
        return;
    }
    let compiler = env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    let Ok(asked) = Command::new(compiler).arg(format!("-print-file-name={ARCHIVE}")).output() else { return };
    let archive = PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim());
    // A compiler without the archive answers with its bare name.
    if !archive.is_absolute() || !archive.exists() {
        return;
    }
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for a build script")).join("runtime");
    std::fs::create_dir_all(&folder).expect("OUT_DIR is writable");
    std::fs::copy(archive, folder.join(ARCHIVE)).expect("OUT_DIR is writable");
    println!("cargo::rustc-link-search=native={}", folder.display());
}
