//! The provider: in process ([`values`]), under the real Terraform ([`acceptance`], [`trouble`]), through its [`examples`], and in its
//! documents ([`docs`], whose tables are [`reference`]'s).
//!
//! Without terraform on the path these tests fail: they prove what nothing else does.

#![expect(clippy::unwrap_used, reason = "what is missing fails the test at its line")]

mod acceptance;
mod docs;
mod examples;
mod previous;
mod reference;
pub(crate) mod terraform;
mod trouble;
mod values;
