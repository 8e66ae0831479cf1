//! What is made at build time: the plugin protocol's code and the packed catalog.

#[path = "build/catalog.rs"]
mod catalog;
#[path = "build/proto.rs"]
mod proto;

fn main() {
    proto::generate();
    catalog::pack();
}
