//! Stowage computes the provably cheapest placement of a distributed system.
//!
//! Text goes in, a checked and explained placement comes out:
//!
//! ```text
//! parse → model → formulate → solve → check → explain → render
//! ```
//!
//! [`place`] composes the chain; read it first. The command line ([`cli`]) and the Terraform plugin ([`provider`]) are thin edges
//! around it, and [`tfplugin`] is a plugin layer that knows nothing of placement. `docs/architecture.md` is the map.

pub mod catalog;
pub mod check;
pub mod cli;
pub mod diagnostic;
pub mod explain;
pub mod formulate;
pub mod frontier;
pub mod model;
pub mod parse;
pub mod place;
pub mod provider;
pub mod render;
pub mod review;
pub mod simulate;
pub mod solve;
pub mod tfplugin;
pub mod units;
pub mod verify;
