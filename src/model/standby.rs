//! Pools that stand by: what carries the load of a pool's members where the region, or the cloud, of the pool is lost.
//!
//! A pool is one cluster, and a cluster stands in one region. Where members outlive the loss of k regions or clouds, k more pools stand by for it, each in a
//! region (a cloud) of its own, so that whichever k are lost one is left. The pool of rank i holds what outlives the loss of i places: each is asked for what a
//! member needs at the degraded rate, under every rule on nodes and zones. Other members are there as far as those need them: daemons, and what a ratio or
//! `together` asks for.

use super::{Member, Pool, Region, Survival, Workload};
use crate::units::{Bytes, Ratio};

/// For whom a pool stands by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandBy {
    /// The pool that answers while nothing is lost.
    pub pool: String,
    /// So many places may be lost before this one is needed; at least 1.
    pub rank: u32,
    /// Whether it is in none of the clouds of the pool and of those that stand by before this one.
    pub is_in_another_cloud: bool,
}

impl Pool {
    /// The pools that stand by for this one, by rank: as many as the most places that any member outlives.
    pub fn standing_by(&self) -> Vec<Self> {
        let most = |of: fn(Survival) -> u32| {
            self.members.iter().map(|member| of(member.workload.survive)).max().unwrap_or_default()
        };
        let clouds = most(|survive| survive.clouds);
        (1..=most(Survival::places)).map(|rank| self.standby(rank, rank <= clouds)).collect()
    }

    fn standby(&self, rank: u32, is_in_another_cloud: bool) -> Self {
        let outlives = |member: &Member| member.workload.survive.places() >= rank;
        let is_left = |(members, _): &&(Vec<usize>, u64)| members.iter().all(|&at| outlives(&self.members[at]));
        let member = |member: &Member| if outlives(member) { needed(member) } else { at_need(member) };
        Self {
            name: standby_name(&self.name, rank),
            members: self.members.iter().map(member).collect(),
            at_least: self.at_least.iter().filter(is_left).cloned().collect(),
            stands_by: Some(StandBy { pool: self.name.clone(), rank, is_in_another_cloud }),
            ..self.clone()
        }
    }

    /// Asks nothing more of members that need not outlive as much as this pool stands by for.
    pub fn excuse(&mut self) {
        let rank = self.stands_by.as_ref().map_or(0, |by| by.rank);
        for member in self.members.iter_mut().filter(|member| member.workload.survive.places() < rank) {
            *member = at_need(member);
        }
    }

    /// Whether this pool may be in `region` while `other` is in `place`, as far as one stands by for the other or both for a third.
    pub fn may_stand(&self, region: &Region, other: &Self, place: &Region) -> bool {
        if self.family() != other.family() {
            return true;
        }
        let later = [self, other].into_iter().filter_map(|pool| pool.stands_by.as_ref()).max_by_key(|by| by.rank);
        let are_clouds_apart = later.is_some_and(|by| by.is_in_another_cloud);
        region.key != place.key && !(are_clouds_apart && region.key.cloud == place.key.cloud)
    }

    /// The name of the pool that answers where this one stands by, or its own.
    pub fn family(&self) -> &str {
        self.stands_by.as_ref().map_or(&self.name, |by| &by.pool)
    }
}

/// Pools that answer, and all that stand by for them, by name.
pub fn with_standing_by(answering: impl IntoIterator<Item = Pool>) -> Vec<Pool> {
    let mut pools: Vec<Pool> =
        answering.into_iter().flat_map(|pool| pool.standing_by().into_iter().chain([pool])).collect();
    pools.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    pools
}

/// The name of the pool that stands by for `pool` with a rank.
fn standby_name(pool: &str, rank: u32) -> String {
    format!("{pool}-standby-{rank}")
}

/// A member as it stands by: what it needs at the degraded rate, within the degraded round trip. Zones of other regions are up, and nothing is sent before.
fn needed(member: &Member) -> Member {
    let workload = &member.workload;
    let degraded = Workload {
        rate_per_replica: workload.degraded_rate_per_replica,
        max_rtt: workload.degraded_max_rtt,
        rtt_share: Ratio::ONE,
        survive: Survival { zones: 0, ..workload.survive },
        response: Bytes(0),
        ..workload.clone()
    };
    Member { workload: degraded, ..member.clone() }
}

/// A member that need not be outlived: no replica is asked for.
fn at_need(member: &Member) -> Member {
    let mut standing = member.clone();
    standing.replicas.min = 0;
    let workload = &mut standing.workload;
    workload.demand.clear();
    (workload.max_rtt, workload.min_zones) = (None, 1);
    (workload.survive, workload.response) = (Survival::default(), Bytes(0));
    standing
}
