//! Services that share commitments: how many committed machines each may take in each region.
//!
//! A node has a *cap* on the machines of every commitment in every region of every service. With caps given, regions and services share nothing more than they
//! do without commitments, and their optimum, solved as ever, is a bound on all placements within the caps. If it takes no more of any commitment than
//! there is, it is a placement. If not, take one that takes u machines of a commitment of which too many are taken: either it may take at most u − 1, or it takes u or
//! more, and then all others are capped at what that leaves. Both ends of a range only move towards each other, so the search ends.
//!
//! At every node the machines taken are cut down to what there is, those that save most last, which gives a placement to compare with.
//!
//! Where services call each other a node may take long. If ways are many, commitments have prices instead (`prices`).

use std::cmp::Reverse;
use std::collections::BTreeMap;

mod prices;

use super::{Effort, Ended, Found, Shares, calls, solve_services};
use crate::formulate::{Block, Caps, Femto, Service, reduce_block};
use crate::model::{CommitmentId, Problem, RegionId};

/// Nodes that may be solved in one search, so that its work has a bound.
const MOST_NODES: usize = 400;

/// Ways from any candidate to any other, summed over nodes, where services call each other: a node takes as long as its ways are many.
const WAYS_WORK: usize = 1_000_000;

/// Fewest nodes where services call each other.
const LEAST_NODES: usize = 4;

/// A service (by position), a region, a commitment.
type User = (usize, RegionId, CommitmentId);

#[derive(Clone, Default)]
struct Node {
    /// Least and most that a user may take; without an entry there is no limit but the commitment's.
    ranges: BTreeMap<User, (u64, u64)>,
    bound: Femto,
}

/// A placement within all quantities.
type Placed = (Vec<Shares>, Femto);

/// Solves services of which some may use commitments.
pub(super) fn solve(problem: &Problem, block: &Block, services: &[&Service], effort: Effort) -> Ended {
    let quantity = |commitment: CommitmentId| u64::from(problem.commitments[commitment.index()].quantity);
    if block.has_calls && !calls::are_few(problem, services, effort) {
        return prices::solve(problem, block, services, effort);
    }
    let candidates: usize = services.iter().map(|service| service.candidates.len()).sum();
    let most_nodes = if block.has_calls {
        (WAYS_WORK / candidates.saturating_mul(candidates).max(1)).clamp(LEAST_NODES, MOST_NODES)
    } else {
        MOST_NODES
    };
    let mut best: Option<Placed> = None;
    let mut least_cut = Femto::MAX;
    let mut is_complete = true;
    let mut nodes = vec![Node::default()];
    let mut solved = 0;
    while let Some(node) = nodes.pop() {
        if best.as_ref().is_some_and(|(_, cost)| node.bound >= *cost) {
            continue;
        }
        if solved == most_nodes || effort.interrupt.is_raised() {
            is_complete = false;
            least_cut = nodes.iter().map(|node| node.bound).fold(least_cut.min(node.bound), Femto::min);
            break;
        }
        solved += 1;
        let found = match within(problem, block, services, &node, effort) {
            Ended::Optimal(found) | Ended::Feasible(found) => found,
            // Caps only make machines dearer: if there is nothing within them, there is nothing at all.
            Ended::Infeasible => return Ended::Infeasible,
            Ended::Undecided => {
                is_complete = false;
                least_cut = least_cut.min(node.bound);
                continue;
            }
        };
        let taken = taken(services, &found.shares);
        let (shares, cost) = cut_down(problem, services, services, &found, &taken);
        if best.as_ref().is_none_or(|(_, known)| cost < *known) {
            best = Some((shares, cost));
        }
        let excess = |(&commitment, &all): (&CommitmentId, &u64)| {
            Some((commitment, all.checked_sub(quantity(commitment))?)).filter(|(_, excess)| *excess > 0)
        };
        let Some((commitment, _)) = all_of(&taken).iter().filter_map(excess).max_by_key(|(_, excess)| *excess) else {
            // The optimum within the caps is a placement: nothing below this node is better than its bound.
            least_cut = least_cut.min(found.bound);
            continue;
        };
        let range = |user: &User| node.ranges.get(user).copied().unwrap_or((0, quantity(user.2)));
        let users = taken.iter().map(|(user, taken)| (user, taken.count)).filter(|(user, _)| user.2 == commitment);
        let Some((&user, amount)) = users.filter(|(user, amount)| *amount > range(user).0).max_by_key(|at| at.1) else {
            least_cut = least_cut.min(found.bound);
            continue;
        };
        let (low, high) = range(&user);
        let mut fewer = Node { ranges: node.ranges.clone(), bound: found.bound };
        fewer.ranges.insert(user, (low, amount - 1));
        let mut more = Node { ranges: node.ranges.clone(), bound: found.bound };
        more.ranges.insert(user, (amount, high));
        if leave_room(&mut more, services, commitment, quantity(commitment)) {
            nodes.push(more);
        }
        nodes.push(fewer);
    }
    let Some((shares, cost)) = best else { return Ended::Undecided };
    let bound = if is_complete { least_cut.min(cost) } else { least_cut.max(0).min(cost) };
    Ended::of(Found { shares, cost, bound }, effort)
}

/// Caps everybody at what the others' least amounts leave of a commitment; false if they leave too little.
fn leave_room(node: &mut Node, services: &[&Service], commitment: CommitmentId, quantity: u64) -> bool {
    let all = users_of(services, commitment);
    let range = |node: &Node, user: &User| node.ranges.get(user).copied().unwrap_or((0, quantity));
    let least: u64 = all.iter().map(|user| range(node, user).0).sum();
    if least > quantity {
        return false;
    }
    for user in all {
        let (low, high) = range(node, &user);
        let high = high.min(quantity - (least - low));
        if low > high {
            return false;
        }
        node.ranges.insert(user, (low, high));
    }
    true
}

/// Everybody who could use a commitment.
fn users_of(services: &[&Service], commitment: CommitmentId) -> Vec<User> {
    let mut users = Vec::new();
    for (at, service) in services.iter().enumerate() {
        let with = service.candidates.iter().filter(|candidate| candidate.curve.commitments().contains(&commitment));
        users.extend(with.map(|candidate| (at, candidate.region, commitment)));
    }
    users
}

fn caps_of(ranges: &BTreeMap<User, (u64, u64)>, service: usize, region: RegionId) -> Caps {
    let here = ranges.iter().filter(|((owner, place, _), _)| *owner == service && *place == region);
    here.map(|(user, range)| (user.2, range.1)).collect()
}

/// The optimum within the caps of a node; shares say what they may take.
fn within(problem: &Problem, block: &Block, services: &[&Service], node: &Node, effort: Effort) -> Ended {
    let mut capped: Vec<Service> = services.iter().map(|service| (*service).clone()).collect();
    for (at, service) in capped.iter_mut().enumerate() {
        for candidate in &mut service.candidates {
            let caps = caps_of(&node.ranges, at, candidate.region);
            if !caps.is_empty() {
                candidate.curve = candidate.curve.capped(&caps);
            }
        }
    }
    unshared(problem, block, capped, services, effort).map(|mut found| {
        for (at, shares) in found.shares.iter_mut().enumerate() {
            for share in shares {
                share.caps = caps_of(&node.ranges, at, services[at].candidates[share.candidate].region);
            }
        }
        found
    })
}

/// The optimum where commitments are not shared, of services that differ from `services` in their curves only.
fn unshared(
    problem: &Problem,
    block: &Block,
    mut changed: Vec<Service>,
    services: &[&Service],
    effort: Effort,
) -> Ended {
    let own = Block { services: (0..changed.len()).collect(), is_committed: false, ..block.clone() };
    reduce_block(&own, &mut changed);
    let references: Vec<&Service> = changed.iter().collect();
    solve_services(problem, &own, &references, effort).restored(&changed, services)
}

/// Committed machines of one commitment.
#[derive(Clone, Copy, Debug)]
struct Taken {
    count: u64,
    /// What one of them saves each month if it always runs, beyond its price where commitments have prices.
    saving: Femto,
}

/// Committed machines that shares take within their caps.
fn taken(services: &[&Service], shares: &[Shares]) -> BTreeMap<User, Taken> {
    let mut taken = BTreeMap::new();
    for (at, (service, shares)) in services.iter().zip(shares).enumerate() {
        // Functions are not committed, nor are machines that are decided one by one.
        for share in shares.iter().filter(|share| !service.candidates[share.candidate].curve.fits().is_empty()) {
            let candidate = &service.candidates[share.candidate];
            let curve = candidate.curve.capped(&share.caps);
            let load = share.carried;
            let fit = curve.cheapest(load).0;
            for (offer, count) in fit.committed.iter().zip(curve.committed(fit, load)) {
                if count > 0 {
                    let none = Taken { count: 0, saving: fit.cost - offer.cost };
                    taken.entry((at, candidate.region, offer.commitment)).or_insert(none).count += count;
                }
            }
        }
    }
    taken
}

/// How many of each commitment are taken.
fn all_of(taken: &BTreeMap<User, Taken>) -> BTreeMap<CommitmentId, u64> {
    let mut all = BTreeMap::new();
    for ((.., commitment), taken) in taken {
        *all.entry(*commitment).or_default() += taken.count;
    }
    all
}

/// The same traffic and calls with no more committed machines than there are, those that save most, and what that costs. `found` was found for `priced`
/// instead of `services`, and takes `taken`.
fn cut_down(
    problem: &Problem,
    services: &[&Service],
    priced: &[&Service],
    found: &Found,
    taken: &BTreeMap<User, Taken>,
) -> Placed {
    let mut order: Vec<(&User, &Taken)> = taken.iter().collect();
    order.sort_by_key(|(user, taken)| (Reverse(taken.saving), **user));
    let mut left: Vec<u64> = problem.commitments.iter().map(|commitment| commitment.quantity.into()).collect();
    let mut granted: BTreeMap<User, u64> = BTreeMap::new();
    for (&user, taken) in order {
        let left = &mut left[user.2.index()];
        let grant = taken.count.min(*left);
        *left -= grant;
        granted.insert(user, grant);
    }
    let mut shares = found.shares.clone();
    let mut cost = found.cost;
    for (at, shares) in shares.iter_mut().enumerate() {
        for share in shares {
            let [candidate, priced] = [services, priced].map(|services| &services[at].candidates[share.candidate]);
            let granted =
                |commitment: CommitmentId| granted.get(&(at, candidate.region, commitment)).copied().unwrap_or(0);
            let before = priced.curve.capped(&share.caps).cost(share.carried);
            share.caps =
                candidate.curve.commitments().into_iter().map(|commitment| (commitment, granted(commitment))).collect();
            cost += candidate.curve.capped(&share.caps).cost(share.carried) - before;
        }
    }
    (shares, cost)
}
