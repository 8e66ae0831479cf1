//! State: data that a workload keeps, in copies.

use crate::units::Bytes;

/// What a workload keeps, and how many copies of it. All of them stand in one region.
///
/// The data is in many pieces (partitions, shards, ranges), each of which has all the copies, no two on one machine. Data that is not divided is one
/// piece, and its `max_storage` no less than `storage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// One copy of everything; above zero.
    pub storage: Bytes,
    /// Copies of each piece; at least 1.
    pub replication_factor: u32,
    /// Copies of each piece that are left after the loss of the zones to be outlived; at least 1, at most the replication factor.
    pub quorum: u32,
    /// Bytes written with each request, which go to every other copy.
    pub write: Bytes,
    /// Most that one replica stores; above zero. `None` for no limit.
    pub max_storage: Option<Bytes>,
}
