//! The messages and services of the plugin protocol, generated from `proto/` at build time.

/// Terraform's and OpenTofu's provider protocol, version 6.10.
pub mod tfplugin6 {
    #![expect(
        clippy::all,
        clippy::pedantic,
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        unused_qualifications,
        reason = "generated code"
    )]
    tonic::include_proto!("tfplugin6");
}

/// go-plugin's own services: controller, broker, stdio.
pub mod plugin {
    #![expect(
        clippy::all,
        clippy::pedantic,
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        unused_qualifications,
        reason = "generated code"
    )]
    tonic::include_proto!("plugin");
}

/// The descriptors of every message and service above, as an encoded `FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/protocol.bin"));
