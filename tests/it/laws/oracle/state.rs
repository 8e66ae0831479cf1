//! Machines that keep data, tried one by one: the data is in pieces of half a GiB, whose copies are put into the zones in every way.

use std::collections::BTreeSet;

use stowage::model::{Problem, Purchase, Region, State, Workload};

use super::{Machines, Usable, is_even, mean, parts, sets, survives, usable};

/// Bytes of a piece.
const PIECE: u64 = 1 << 29;

/// The cheapest machines of one type, exactly `committed` of them committed, that carry everything at all hours, outlive the loss of zones and
/// keep all copies, with what storage and writes cost.
pub(super) fn cheapest_machines(
    problem: &Problem,
    (workload, state): (&Workload, &State),
    region: &Region,
    sent: u64,
    committed: u64,
) -> Option<Machines> {
    let usable: Vec<Usable<'_>> =
        region.offers.iter().filter_map(|offer| usable(problem, workload, region, offer)).collect();
    let storage = state.storage.0 / PIECE * u64::from(state.replication_factor);
    let storage = i128::from(storage) * region.storage_per_gib?.micros() * 1_000_000_000 / 2;
    let mut best: Option<Machines> = None;
    for (on_demand, held, price) in usable.iter().filter(|(offer, _, _)| offer.purchase == Purchase::OnDemand) {
        let is_base =
            |(offer, other, _): &&Usable<'_>| matches!(offer.purchase, Purchase::Committed(..)) && other == held;
        let base = usable.iter().filter(is_base).min_by_key(|usable| usable.2);
        if committed > 0 && base.is_none() {
            continue;
        }
        let carries = held * workload.rate_per_replica.0;
        // Half of everything fits on a replica, so that twice the copies are enough for the data; each zone lost takes no more than the load needs.
        let lost = u64::from(workload.survive.zones);
        let most = sent.div_ceil(carries).max(1) * (1 + lost) + 2 * u64::from(state.replication_factor) + 3;
        for total in committed.max(1)..=most {
            let machines =
                base.map_or(0, |base| base.2) * i128::from(committed) + price * i128::from(total - committed);
            if best.as_ref().is_some_and(|best| machines + storage >= best.0) {
                break;
            }
            for by_zone in parts(total, region.zones.len()) {
                let Some(writes) = writes(workload, state, region, sent, &by_zone) else { continue };
                let cost = machines + storage + writes;
                if best.as_ref().is_some_and(|best| cost >= best.0)
                    || !survives(&by_zone, sent.max(1), carries, workload.survive.zones)
                    || !is_even(workload, &by_zone)
                    || !keeps_quorum(state, &by_zone, workload.survive.zones)
                    || !stores(state, &by_zone, *held)
                {
                    continue;
                }
                let bases = first(&by_zone, committed);
                let rest: Vec<u64> = by_zone.iter().zip(&bases).map(|(all, base)| all - base).collect();
                let periods = workload.profile.calendar.periods();
                let offers =
                    [(*on_demand, vec![rest; periods]), (base.map_or(*on_demand, |base| base.0), vec![bases; periods])];
                best = Some((cost, sets(offers.into_iter())));
            }
        }
    }
    best
}

/// The first `count` of machines by zone.
fn first(by_zone: &[u64], mut count: u64) -> Vec<u64> {
    let mut take = |there: &u64| {
        let taken = count.min(*there);
        count -= taken;
        taken
    };
    by_zone.iter().map(&mut take).collect()
}

/// Every way to put the copies of a piece into the zones that have machines, as even as they can be.
pub(in crate::laws) fn ways(state: &State, by_zone: &[u64]) -> Vec<Vec<u64>> {
    let used = by_zone.iter().filter(|machines| **machines > 0).count() as u64;
    let copies = u64::from(state.replication_factor);
    let is_even = |way: &Vec<u64>| {
        let (least, most) = (copies / used, copies.div_ceil(used));
        way.iter()
            .zip(by_zone)
            .all(|(here, machines)| if *machines == 0 { *here == 0 } else { (least..=most).contains(here) })
    };
    parts(copies, by_zone.len()).into_iter().filter(is_even).collect()
}

/// Whether enough copies of any piece are left after every loss of so many zones.
fn keeps_quorum(state: &State, by_zone: &[u64], lost: u32) -> bool {
    let losses = (0..1_usize << by_zone.len()).filter(|set| set.count_ones() == lost);
    ways(state, by_zone).into_iter().all(|way| {
        losses.clone().all(|set| {
            let left = way.iter().enumerate().filter(|(zone, _)| set & (1 << zone) == 0).map(|(_, copies)| copies);
            left.sum::<u64>() >= u64::from(state.quorum)
        })
    })
}

/// Whether all pieces can be stored, no two copies of one on the same machine: sums by zone that the first pieces can make, piece after piece.
pub(in crate::laws) fn stores(state: &State, by_zone: &[u64], held: u64) -> bool {
    let pieces = state.storage.0 / PIECE;
    let room = |machines: u64| state.max_storage.map_or(u64::MAX, |most| most.0 / PIECE * machines * held);
    let fits = |way: &Vec<u64>| way.iter().zip(by_zone).all(|(copies, machines)| copies <= machines);
    let ways: Vec<Vec<u64>> = ways(state, by_zone).into_iter().filter(fits).collect();
    let mut stored = BTreeSet::from([vec![0; by_zone.len()]]);
    for _ in 0..pieces {
        let with = |sums: &Vec<u64>| -> Vec<Vec<u64>> {
            let add = |way: &Vec<u64>| sums.iter().zip(way).map(|(sum, here)| sum + here).collect();
            ways.iter().map(add).collect()
        };
        let is_room = |sums: &Vec<u64>| sums.iter().zip(by_zone).all(|(sum, machines)| *sum <= room(*machines));
        stored = stored.iter().flat_map(with).filter(is_room).collect();
    }
    !stored.is_empty()
}

/// What writes to copies in other zones cost, on average over the copies that they reach first; `None` if that is unknown.
fn writes(workload: &Workload, state: &State, region: &Region, sent: u64, by_zone: &[u64]) -> Option<i128> {
    let way = ways(state, by_zone).into_iter().next()?;
    let copies: u64 = way.iter().sum();
    let elsewhere: u64 = way.iter().map(|here| here * (copies - here)).sum();
    if state.write.0 == 0 || elsewhere == 0 {
        return Some(0);
    }
    let price = region.zone_egress_per_gb?.micros();
    let full = i128::from(sent) * i128::from(state.write.0) * 2_628 * price;
    Some(mean(workload, full) * i128::from(elsewhere) / i128::from(copies))
}
