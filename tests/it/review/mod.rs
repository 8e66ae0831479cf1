//! Reviews of plans.
//!
//! Two kinds of plans are read here. Where only Terraform's own resources and this provider are needed, the real Terraform makes them
//! (`terraform.rs`). The providers of the clouds cannot be had here, so plans with their resources are written in the shape that
//! `terraform show -json` documents (<https://developer.hashicorp.com/terraform/internals/json-format>), with the attributes that the
//! providers' schemas document: `plans.rs` puts them together. Every figure of money in these tests is worked out by hand beside it.

mod broken;
mod distance;
mod document;
mod fleet_aws;
mod fleet_azure;
mod fleet_google;
mod fleet_others;
mod hazards;
mod money;
mod mutations;
mod plans;
mod secrets;
mod terraform;
