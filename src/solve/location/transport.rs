//! Traffic of many user groups to few regions of given capacity, at the least cost, in whole milli-rps.
//!
//! Everybody goes where that costs least. What a region cannot hold is sent on, over the cheapest chain of regions each of which gives up to the next the
//! part that costs least to move, until all have room: successive shortest paths over the regions alone, whose number is small. As in `flow` the result is
//! exact; there every user group is a node, which is slower for hundreds of them.

use crate::formulate::Femto;

/// What is to be sent where.
pub(super) struct Transport<'a> {
    /// Demand by class.
    pub(super) demand: &'a [u64],
    /// Capacity by region.
    pub(super) capacity: &'a [u64],
    /// Money per unit, by class, then region, one row after the other; `None` where the region does not answer the class.
    pub(super) cost: &'a [Option<Femto>],
}

/// The cheapest move of some class from one region to another: what a unit of it costs more there, and which class.
type Move = Option<(Femto, usize)>;

struct Traffic<'a> {
    transport: &'a Transport<'a>,
    /// By class, then region.
    sent: Vec<u64>,
    load: Vec<u64>,
    /// By region left, then region reached.
    moves: Vec<Move>,
}

/// Traffic by class, then region, one row after the other; `None` if it cannot be carried.
pub(super) fn cheapest(transport: &Transport<'_>) -> Option<Vec<u64>> {
    let regions = transport.capacity.len();
    let mut sent = vec![0; transport.cost.len()];
    let mut load = vec![0; regions];
    for (class, &demand) in transport.demand.iter().enumerate() {
        let costs = &transport.cost[class * regions..(class + 1) * regions];
        let known = costs.iter().enumerate().filter_map(|(region, cost)| cost.map(|cost| (cost, region)));
        let (_, region) = known.min()?;
        sent[class * regions + region] = demand;
        load[region] += demand;
    }
    let mut traffic = Traffic { transport, sent, load, moves: vec![None; regions * regions] };
    let is_full = |traffic: &Traffic<'_>, region: usize| traffic.load[region] > transport.capacity[region];
    if !(0..regions).any(|region| is_full(&traffic, region)) {
        return Some(traffic.sent);
    }
    for region in 0..regions {
        traffic.find_moves(region);
    }
    for region in 0..regions {
        while is_full(&traffic, region) {
            let path = traffic.way_out(region)?;
            traffic.send_on(&path);
        }
    }
    Some(traffic.sent)
}

impl Traffic<'_> {
    fn regions(&self) -> usize {
        self.load.len()
    }

    /// The cheapest moves out of a region.
    fn find_moves(&mut self, from: usize) {
        let regions = self.regions();
        let moves = &mut self.moves[from * regions..(from + 1) * regions];
        moves.fill(None);
        for class in 0..self.transport.demand.len() {
            let row = class * regions;
            if self.sent[row + from] > 0 {
                consider(moves, &self.transport.cost[row..row + regions], from, class);
            }
        }
    }

    /// The cheapest chain of regions from one that is too full to one with room (Bellman–Ford: moves may save something); `None` if there is none.
    fn way_out(&self, from: usize) -> Option<Vec<usize>> {
        let regions = self.regions();
        let mut best: Vec<Option<(Femto, usize)>> = vec![None; regions];
        best[from] = Some((0, from));
        let mut changed = vec![from];
        while !changed.is_empty() {
            let mut next = Vec::new();
            for &here in &changed {
                let Some((cost, _)) = best[here] else { continue };
                let moves = &self.moves[here * regions..(here + 1) * regions];
                for (there, (way, found)) in moves.iter().zip(&mut best).enumerate() {
                    let Some((more, _)) = *way else { continue };
                    if found.is_none_or(|(known, _)| cost + more < known) {
                        *found = Some((cost + more, here));
                        if !next.contains(&there) {
                            next.push(there);
                        }
                    }
                }
            }
            changed = next;
        }
        let has_room = |&region: &usize| self.load[region] < self.transport.capacity[region];
        let ends = (0..regions).filter(has_room).filter_map(|region| best[region].map(|(cost, _)| (cost, region)));
        let (_, mut at) = ends.min()?;
        let mut path = vec![at];
        while at != from {
            at = best[at]?.1;
            path.push(at);
        }
        path.reverse();
        Some(path)
    }

    /// Sends as much as there is of everything along a chain.
    fn send_on(&mut self, path: &[usize]) {
        let regions = self.regions();
        let (first, last) = (path[0], path[path.len() - 1]);
        let steps: Vec<(usize, usize, usize)> = path
            .windows(2)
            .filter_map(|pair| self.moves[pair[0] * regions + pair[1]].map(|(_, class)| (pair[0], pair[1], class)))
            .collect();
        let excess = self.load[first] - self.transport.capacity[first];
        let room = self.transport.capacity[last] - self.load[last];
        let there = steps.iter().map(|&(from, _, class)| self.sent[class * regions + from]).min().unwrap_or(0);
        let amount = excess.min(room).min(there);
        self.load[first] -= amount;
        self.load[last] += amount;
        for &(from, to, class) in &steps {
            self.sent[class * regions + from] -= amount;
            self.sent[class * regions + to] += amount;
        }
        for &(from, to, class) in &steps {
            let row = class * regions;
            if self.sent[row + from] == 0 {
                self.find_moves(from);
            }
            let moves = &mut self.moves[to * regions..(to + 1) * regions];
            consider(moves, &self.transport.cost[row..row + regions], to, class);
        }
    }
}

/// Takes note of what a class that `from` answers costs more elsewhere, where that is the least.
fn consider(moves: &mut [Move], costs: &[Option<Femto>], from: usize, class: usize) {
    let Some(here) = costs[from] else { return };
    for (to, (known, cost)) in moves.iter_mut().zip(costs).enumerate() {
        if let Some(cost) = cost
            && to != from
            && known.is_none_or(|known| (cost - here, class) < known)
        {
            *known = Some((cost - here, class));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::flow;
    use super::*;
    use crate::formulate::Reach;

    #[test]
    fn it_costs_what_the_flow_over_all_groups_costs() {
        let mut state = 99_u64;
        let mut next = |most: u32| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u32::try_from(state >> 33).unwrap_or(0) % most
        };
        let (mut carried, mut refused) = (0, 0);
        for _ in 0..400 {
            let (classes, regions) = (1 + next(7) as usize, 1 + next(4) as usize);
            let demand: Vec<u64> = (0..classes).map(|_| u64::from(1 + next(9))).collect();
            let capacity: Vec<u64> = (0..regions).map(|_| u64::from(next(25))).collect();
            let cost: Vec<Option<Femto>> =
                (0..classes * regions).map(|_| (next(5) > 0).then(|| Femto::from(next(20)))).collect();
            let reach: Vec<Reach> =
                cost.iter().map(|cost| if cost.is_some() { Reach::InTime } else { Reach::No }).collect();
            let known: Vec<Femto> = cost.iter().map(|cost| cost.unwrap_or(0)).collect();
            let theirs = flow::cheapest(&flow::Transport {
                demand: &demand,
                capacity: &capacity,
                reach: &reach,
                cost: &known,
                distance: &[],
                late_allowance: 0,
            });
            let ours = cheapest(&Transport { demand: &demand, capacity: &capacity, cost: &cost });
            let Some(ours) = ours else {
                assert!(theirs.is_none());
                refused += 1;
                continue;
            };
            let of =
                |sent: &[u64]| sent.iter().zip(&known).map(|(&sent, cost)| Femto::from(sent) * cost).sum::<Femto>();
            assert_eq!(Some(of(&ours)), theirs.map(|rows| of(&rows.concat())));
            for (row, &demand) in ours.chunks(regions).zip(&demand) {
                assert_eq!(row.iter().sum::<u64>(), demand);
            }
            for (region, &capacity) in capacity.iter().enumerate() {
                assert!(ours.iter().skip(region).step_by(regions).sum::<u64>() <= capacity);
            }
            carried += 1;
        }
        assert!(carried > 50 && refused > 50, "{carried} carried, {refused} refused");
    }
}
