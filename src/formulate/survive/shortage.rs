//! A set of demands that what is left cannot carry, by a minimum cut.
//!
//! Demands send to capacities they reach. Flow is sent along augmenting paths until there is none: either every demand is sent, or the demands
//! that a path from an unsent one reaches ask for more than all capacity that any of them reaches (max-flow min-cut).

/// The demands of a minimum cut, if not all can be sent.
pub fn shortage(demand: &[u64], capacity: &[u64], reaches: &[&[bool]]) -> Option<Vec<bool>> {
    let mut flow = vec![vec![0_u64; capacity.len()]; demand.len()];
    let mut unsent = demand.to_vec();
    let mut unused = capacity.to_vec();
    loop {
        let (seen, path) = path(&flow, &unsent, &unused, reaches);
        let Some(path) = path else {
            return unsent.iter().any(|&rate| rate > 0).then_some(seen);
        };
        let (first, _) = path[0];
        let (_, last) = path[path.len() - 1];
        // Steps forward have no limit; steps back undo flow from the next demand on the path.
        let back = path.windows(2).map(|pair| flow[pair[1].0][pair[0].1]);
        let amount = back.chain([unsent[first], unused[last]]).min().unwrap_or(0);
        for (at, &(from, to)) in path.iter().enumerate() {
            flow[from][to] += amount;
            if let Some(&(next, _)) = path.get(at + 1) {
                flow[next][to] -= amount;
            }
        }
        unsent[first] -= amount;
        unused[last] -= amount;
    }
}

/// Demands that can be reached from an unsent one, and a shortest path to unused capacity: pairs of a demand and the capacity it sends more to.
fn path(
    flow: &[Vec<u64>],
    unsent: &[u64],
    unused: &[u64],
    reaches: &[&[bool]],
) -> (Vec<bool>, Option<Vec<(usize, usize)>>) {
    let mut seen: Vec<bool> = unsent.iter().map(|&rate| rate > 0).collect();
    let mut queue: Vec<usize> = (0..unsent.len()).filter(|&demand| seen[demand]).collect();
    // By capacity: the demand it was reached from. By demand: the capacity.
    let mut reached_from: Vec<Option<usize>> = vec![None; unused.len()];
    let mut came_by: Vec<Option<usize>> = vec![None; unsent.len()];
    let mut at = 0;
    while at < queue.len() {
        let from = queue[at];
        at += 1;
        for to in 0..unused.len() {
            if !reaches[from][to] || reached_from[to].is_some() {
                continue;
            }
            reached_from[to] = Some(from);
            if unused[to] > 0 {
                return (seen, Some(trace(to, &reached_from, &came_by)));
            }
            for next in 0..unsent.len() {
                if !seen[next] && flow[next][to] > 0 {
                    seen[next] = true;
                    came_by[next] = Some(to);
                    queue.push(next);
                }
            }
        }
    }
    (seen, None)
}

fn trace(last: usize, reached_from: &[Option<usize>], came_by: &[Option<usize>]) -> Vec<(usize, usize)> {
    let mut path = Vec::new();
    let mut to = Some(last);
    while let Some((capacity, demand)) = to.and_then(|to| Some((to, reached_from[to]?))) {
        path.push((demand, capacity));
        to = came_by[demand];
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demands_that_share_too_little_are_named() {
        // The first two share a capacity of 3; the third has its own.
        let reaches: [&[bool]; 3] = [&[true, false], &[true, false], &[true, true]];
        assert_eq!(shortage(&[2, 1, 4], &[3, 4], &reaches), None);
        assert_eq!(shortage(&[2, 2, 1], &[3, 4], &reaches), Some(vec![true, true, false]));
        assert_eq!(shortage(&[1, 1, 6], &[3, 4], &reaches), Some(vec![true, true, true]));
    }
}
