//! Spot: how a group is put together from machines on demand and machines that the cloud may take back.
//!
//! All machines of a group hold the same number of replicas, so a group of T machines needs n of them to carry its load. Let B of them be spot, in
//! *pools*: one machine type in one zone. With Z zones, k zones that may be lost, j pools that may be taken back, and a largest share s of spot,
//!
//! > T − (machines in the k fullest zones) >= n
//! > T − (machines in the j fullest pools) >= n
//! > B <= s × T,   B = 0 or B is spread over at least m pools
//!
//! **Even is best.** Put the machines into zones in turn, one type after the other. Zones and the pools of each type are then as even as they can
//! be, and a more even vector has a smaller sum of its fullest parts; so only the totals T and B(i) of each spot type i matter.
//!
//! **Given T**, x = T − n machines may be in the j fullest pools. With c = floor(x / j) and e = x − j × c, at most e pools hold more than c, so any i
//! types hold at most i × Z × c + e machines, provided that Z >= j. Filling the cheapest type up to Z × c + e and each next one up to Z × c reaches
//! that bound for every i at once, after one machine has been put in each of m pools of the cheapest types where that many are asked for. It is
//! therefore the cheapest filling, type by type for as long as spot costs less than on demand. Regions with Z < j use no spot: every pool of a type
//! could go at once.
//!
//! **Zones.** Where m zones have to be in use, T >= m; where all zones have to hold as many machines, T is a multiple of Z (`spread`).
//!
//! **T** is tried upwards from the least that survives zones, until T machines of the cheapest kinds alone cost as much as the best found.

use super::cost::Femto;
use super::survive::instances_surviving;
use crate::model::{Region, TypeId, Workload};

/// A machine type that may be bought as spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The type.
    pub machine_type: TypeId,
    /// Monthly cost of one instance, carbon included.
    pub cost: Femto,
}

/// What a group of machines in one region must keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    /// Zones of the region.
    zones: u64,
    /// Zones that may be lost.
    lost_zones: u64,
    /// Largest share of spot, in millionths.
    share: u64,
    /// Fewest pools.
    pools: u64,
    /// Pools that may be taken back.
    lost_pools: u64,
    /// Fewest zones in use.
    least_zones: u64,
    /// Whether all zones hold as many machines: the only limit on skew that an even distribution can break.
    is_level: bool,
}

/// Machines of a group, by how they are bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mix {
    /// On demand.
    pub on_demand: u64,
    /// Spot, by position in [`Fit::spot`](super::Fit::spot).
    pub spot: Vec<u64>,
    /// Monthly cost of them all.
    pub cost: Femto,
}

impl Rules {
    /// The rules of a workload in a region.
    pub(super) fn of(workload: &Workload, region: &Region) -> Self {
        let plain = Self {
            least_zones: u64::from(workload.min_zones),
            is_level: workload.max_zone_skew == Some(0),
            ..Self::on_demand(region.zones.len(), workload.survive.zones)
        };
        match workload.spot.filter(|terms| u64::from(terms.survive_pools) <= plain.zones) {
            Some(terms) => Self {
                share: u64::from(terms.max_share.0),
                pools: u64::from(terms.min_pools),
                lost_pools: u64::from(terms.survive_pools),
                ..plain
            },
            None => plain,
        }
    }

    /// A region of `zones` zones of which some may be lost, without spot.
    pub(super) fn on_demand(zones: usize, lost: u32) -> Self {
        let (zones, lost_zones) = (zones as u64, u64::from(lost));
        Self { zones, lost_zones, share: 0, pools: 1, lost_pools: 0, least_zones: 1, is_level: false }
    }

    /// The same rules where only some of the zones are in use.
    #[must_use]
    pub(super) const fn in_zones(self, zones: u64) -> Self {
        Self { zones, ..self }
    }

    /// Whether any machine may be spot.
    pub(super) const fn allow_spot(&self) -> bool {
        self.share > 0
    }

    /// Least number of machines, in zones enough, such that `needed` are left after the loss of zones.
    pub(super) fn surviving(&self, needed: u64) -> u64 {
        self.leveled(instances_surviving(needed, self.zones, self.lost_zones).max(self.least_zones))
    }

    /// The least number of machines from `machines` on that can be spread as evenly as asked for.
    pub(super) fn leveled(&self, machines: u64) -> u64 {
        machines.next_multiple_of(self.step())
    }

    /// By how many machines such numbers differ.
    pub(super) const fn step(&self) -> u64 {
        if self.is_level { self.zones } else { 1 }
    }

    /// Machines left of `machines`, as even over the zones as can be, after the loss of the fullest zones that may be lost.
    pub(super) fn left_of(&self, machines: u64) -> u64 {
        machines - self.lost_zones * (machines / self.zones) - (machines % self.zones).min(self.lost_zones)
    }

    /// The cheapest machines of which `needed` carry the load, at `on_demand` a machine and spot types by price.
    pub(super) fn cheapest(&self, on_demand: Femto, spot: &[Spot], needed: u64) -> Mix {
        self.cheapest_from(on_demand, spot, needed, 0)
    }

    /// The same of at least `least` machines: where what does not carry the load stands by for other regions.
    pub(super) fn cheapest_from(&self, on_demand: Femto, spot: &[Spot], needed: u64, least: u64) -> Mix {
        let least = self.surviving(needed).max(self.leveled(least));
        let mut best = Mix { on_demand: least, spot: Vec::new(), cost: on_demand * Femto::from(least) };
        let mut total = least;
        while self.floor(on_demand, spot, total) < best.cost {
            let mix = self.cheapest_of(on_demand, spot, total, needed);
            if mix.cost < best.cost {
                best = mix;
            }
            total += self.step();
        }
        best
    }

    /// What `total` machines cost at least, whatever must be left of them.
    pub(super) fn floor(&self, on_demand: Femto, spot: &[Spot], total: u64) -> Femto {
        let cheapest = spot.first().filter(|cheapest| self.allow_spot() && cheapest.cost < on_demand);
        let most = cheapest.map_or(0, |_| self.most_spot(total));
        cheapest.map_or(0, |cheapest| cheapest.cost * Femto::from(most)) + on_demand * Femto::from(total - most)
    }

    /// The cheapest mix of `total` machines, as many as leave `needed` after the loss of zones, or more.
    pub(super) fn cheapest_of(&self, on_demand: Femto, spot: &[Spot], total: u64, needed: u64) -> Mix {
        let plain = Mix { on_demand: total, spot: Vec::new(), cost: on_demand * Femto::from(total) };
        if !self.allow_spot() || spot.first().is_none_or(|cheapest| cheapest.cost >= on_demand) {
            return plain;
        }
        let Some(counts) = self.fill(on_demand, spot, total, needed) else { return plain };
        let bought: u64 = counts.iter().sum();
        let paid: Femto = counts.iter().zip(spot).map(|(&count, spot)| spot.cost * Femto::from(count)).sum();
        let cost = paid + on_demand * Femto::from(total - bought);
        if cost < plain.cost { Mix { on_demand: total - bought, spot: counts, cost } } else { plain }
    }

    /// More machines than this are of no use where `needed` must be left.
    pub(super) const fn most_of_any_use(&self, needed: u64) -> u64 {
        let lost = self.lost_zones.saturating_add(self.lost_pools);
        needed.saturating_add(lost).saturating_add(self.pools).saturating_add(1).saturating_mul(self.zones)
    }

    /// Whether spot machines of each type, and `others`, as even over the zones as can be, keep all this while `needed` are needed.
    pub(super) fn are_kept(&self, others: u64, spot: &[u64], needed: u64) -> bool {
        let bought: u64 = spot.iter().sum();
        let total = others + bought;
        if total < self.least_zones || !total.is_multiple_of(self.step()) || self.left_of(total) < needed {
            return false;
        }
        let of_type = |&count: &u64| {
            let (each, more) = (count / self.zones, count % self.zones);
            (0..self.zones).map(move |zone| each + u64::from(zone < more)).filter(|&pool| pool > 0)
        };
        let mut pools: Vec<u64> = spot.iter().flat_map(of_type).collect();
        pools.sort_unstable_by(|a, b| b.cmp(a));
        let lost: u64 = pools.iter().zip(0..self.lost_pools).map(|(pool, _)| pool).sum();
        bought == 0 || bought <= self.most_spot(total) && pools.len() as u64 >= self.pools && total - lost >= needed
    }

    /// Zones of the region.
    pub(super) const fn zones(&self) -> u64 {
        self.zones
    }

    /// Zones that may be lost.
    pub(super) const fn lost_zones(&self) -> u64 {
        self.lost_zones
    }

    /// Largest share of spot, in millionths.
    pub(super) const fn share(&self) -> u64 {
        self.share
    }

    /// Fewest pools of spot, where there is any.
    pub(super) const fn pools(&self) -> u64 {
        self.pools
    }

    /// Pools that may be taken back.
    pub(super) const fn lost_pools(&self) -> u64 {
        self.lost_pools
    }

    /// Fewest zones in use.
    pub(super) const fn least_zones(&self) -> u64 {
        self.least_zones
    }

    /// Spot machines that `total` machines may include.
    fn most_spot(&self, total: u64) -> u64 {
        u64::try_from(u128::from(total) * u128::from(self.share) / 1_000_000).unwrap_or(total)
    }

    /// Spot machines by type, for `total` machines of which `needed` must stay; `None` if there can be none.
    fn fill(&self, on_demand: Femto, spot: &[Spot], total: u64, needed: u64) -> Option<Vec<u64>> {
        let spare = total - needed;
        // Machines of one type in pools of the largest size, and how many more one machine can be added to.
        let (of_type, extra) = match self.lost_pools {
            0 => (total, 0),
            lost => (self.zones * (spare / lost), spare % lost),
        };
        let types = spot.len() as u64;
        let most = self.most_spot(total).min(of_type.saturating_mul(types).saturating_add(extra));
        if self.pools > most || self.pools > self.zones * types {
            return None;
        }
        let mut counts: Vec<u64> =
            (0..types).map(|at| self.pools.saturating_sub(at * self.zones).min(self.zones)).collect();
        let mut left = most - self.pools;
        let mut room = extra;
        for (count, spot) in counts.iter_mut().zip(spot) {
            if spot.cost >= on_demand {
                break;
            }
            let added = left.min((of_type + room).saturating_sub(*count));
            *count += added;
            left -= added;
            // What went beyond the pools' common size has used up the room for more.
            room -= count.saturating_sub(of_type).min(room);
        }
        Some(counts)
    }
}

/// Machines of several kinds by zone: put into zones in turn, one kind after the other.
pub fn by_zone(kinds: impl IntoIterator<Item = u64>, zones: usize) -> Vec<Vec<u64>> {
    let mut next = 0;
    let spread = |count: u64| {
        let mut by_zone = vec![count / zones as u64; zones];
        for _ in 0..count % zones as u64 {
            by_zone[next] += 1;
            next = (next + 1) % zones;
        }
        by_zone
    };
    kinds.into_iter().map(spread).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every list of `parts` counts that sum to at most `most`.
    fn lists(parts: usize, most: u64) -> Vec<Vec<u64>> {
        if parts == 0 {
            return vec![Vec::new()];
        }
        (0..=most)
            .flat_map(|first| {
                lists(parts - 1, most - first).into_iter().map(move |mut rest| {
                    rest.insert(0, first);
                    rest
                })
            })
            .collect()
    }

    fn without_fullest(mut counts: Vec<u64>, lost: u64) -> u64 {
        counts.sort_unstable_by(|a, b| b.cmp(a));
        counts.iter().skip(usize::try_from(lost).unwrap()).sum()
    }

    /// Least cost over all counts by zone of on-demand machines and of two spot types.
    fn by_enumeration(rules: &Rules, prices: [Femto; 3], needed: u64, most: u64) -> Femto {
        let zones = usize::try_from(rules.zones).unwrap();
        let all = lists(3 * zones, most);
        let fits = all.into_iter().filter(|counts| {
            let total: u64 = counts.iter().sum();
            let pools = &counts[zones..];
            let spot: u64 = pools.iter().sum();
            let by_zone = (0..zones).map(|zone| counts.iter().skip(zone).step_by(zones).sum()).collect();
            without_fullest(by_zone, rules.lost_zones) >= needed
                && total - spot + without_fullest(pools.to_vec(), rules.lost_pools) >= needed
                && spot * 1_000_000 <= total * rules.share
                && (spot == 0 || pools.iter().filter(|count| **count > 0).count() as u64 >= rules.pools)
        });
        let cost = |counts: Vec<u64>| {
            counts.iter().enumerate().map(|(at, &count)| prices[at / zones] * Femto::from(count)).sum()
        };
        fits.map(cost).min().unwrap()
    }

    #[test]
    fn no_mix_is_cheaper() {
        let mut with_spot = 0;
        for (zones, needed, most) in [(1, 3, 7), (2, 3, 8), (3, 2, 6), (2, 4, 8)] {
            for (share, pools, lost_pools, lost_zones) in [
                (1_000_000, 1, 0, 0),
                (1_000_000, 1, 1, 0),
                (600_000, 2, 1, 0),
                (1_000_000, 3, 1, 1),
                (1_000_000, 1, 2, 0),
                (500_000, 1, 1, 1),
            ] {
                for spot in [[1, 2], [3, 3], [2, 9], [4, 6]] {
                    if lost_zones >= zones || lost_pools > zones {
                        continue;
                    }
                    let rules = Rules { zones, lost_zones, share, pools, lost_pools, least_zones: 1, is_level: false };
                    let offers = [0, 1].map(|at| Spot { machine_type: TypeId::at(at), cost: spot[at] });
                    let mix = rules.cheapest(7, &offers, needed);
                    let least = by_enumeration(&rules, [7, spot[0], spot[1]], needed, most);
                    assert_eq!(mix.cost, least, "{rules:?} {spot:?} {needed}: {mix:?}");
                    with_spot += usize::from(mix.spot.iter().sum::<u64>() > 0);
                }
            }
        }
        assert!(with_spot > 20, "{with_spot}");
    }

    #[test]
    fn kinds_and_zones_are_even() {
        assert_eq!(by_zone([4, 1, 4], 3), [vec![2, 1, 1], vec![0, 1, 0], vec![1, 1, 2]]);
    }
}
