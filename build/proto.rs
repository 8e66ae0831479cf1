//! Generates the code of the plugin protocol from `proto/`, without protoc.
//!
//! `OUT_DIR` receives `tfplugin6.rs` and `plugin.rs` (messages, servers, and clients for the wire tests) and `protocol.bin`, the
//! descriptors as a `FileDescriptorSet`, which a test compares with the recorded names and numbers.

#![expect(clippy::disallowed_methods, reason = "a build script is an edge")]

use std::path::PathBuf;

const FILES: [&str; 4] =
    ["tfplugin6.proto", "go_plugin_controller.proto", "go_plugin_broker.proto", "go_plugin_stdio.proto"];

pub(crate) fn generate() {
    println!("cargo:rerun-if-changed=proto");
    println!("cargo:rerun-if-changed=build/proto.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for a build script"));

    let mut compiler = protox::Compiler::new(["proto"]).expect("the folder proto/ is part of the sources");
    compiler.include_imports(true).include_source_info(false);
    compiler.open_files(FILES).unwrap_or_else(|error| panic!("proto/ does not compile: {error:?}"));
    std::fs::write(out.join("protocol.bin"), compiler.encode_file_descriptor_set()).expect("OUT_DIR is writable");

    tonic_prost_build::configure()
        .build_server(true)
        .build_client(true)
        .btree_map(".")
        .compile_fds(compiler.file_descriptor_set())
        .expect("the generated code can be written to OUT_DIR");
}
