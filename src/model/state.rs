//! State: data that a workload keeps, in copies.

use crate::units::{Bytes, RoundTrip};

/// What a workload keeps, and how many copies of it. All of them stand in one region, unless they may be divided over regions.
///
/// The data is in many pieces (partitions, shards, ranges), each of which has all the copies, no two on one machine. Data that is not divided is one
/// piece, and its `max_storage` no less than `storage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// One copy of everything; above zero.
    pub storage: Bytes,
    /// Copies of each piece; at least 1.
    pub replication_factor: u32,
    /// Copies of each piece that are left after any loss to be outlived, and that a write waits for; at least 1, at most the replication factor.
    pub quorum: u32,
    /// Bytes written with each request, which go to every other copy.
    pub write: Bytes,
    /// Most that one replica stores; above zero. `None` for no limit.
    pub max_storage: Option<Bytes>,
    /// Whether copies may be in several regions. Each region in use then holds as many copies of every piece as are decided for it, at least one. Goes
    /// with no calls.
    pub is_multi_region: bool,
    /// Longest round trip from any region in use to the nearest copies that make a quorum, its own among them; `None` promises nothing.
    pub max_quorum_rtt: Option<RoundTrip>,
}
