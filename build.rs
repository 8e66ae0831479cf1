//! What is made at build time: the plugin protocol's code, the packed catalog, and where the linker finds the C++ runtime.

#[path = "build/catalog.rs"]
mod catalog;
#[path = "build/proto.rs"]
mod proto;
#[path = "build/runtime.rs"]
mod runtime;

fn main() {
    proto::generate();
    catalog::pack();
    runtime::link_statically();
}
