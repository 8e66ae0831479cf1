//! Generates the code of the plugin protocol from `proto/`, without protoc.

pub fn generate() {}
