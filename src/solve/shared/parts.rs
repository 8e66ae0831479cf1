//! Fixed costs of regions divided among the services that could use them.

use std::collections::BTreeMap;

use super::{Block, Femto, Found, Node, RegionId, Service};

/// Weight of the newest uses in the average that a step follows.
const NEWEST: f64 = 0.3;

/// The part of each candidate in the fixed cost of its region, by service.
#[derive(Clone)]
pub(super) struct Parts {
    by_service: Vec<Vec<Femto>>,
    /// The price of one region more, where their number is limited.
    of_one_more: Femto,
}

/// How far each candidate is in use, by service.
pub(super) type Uses = Vec<Vec<f64>>;

pub(super) fn uses(services: &[&Service], found: &[Found]) -> Uses {
    let of = |(service, found): (&&Service, &Found)| {
        let mut uses = vec![0.0; service.candidates.len()];
        found.shares.iter().flatten().for_each(|share| uses[share.candidate] = 1.0);
        uses
    };
    services.iter().zip(found).map(of).collect()
}

/// Moves an average a little towards what came last.
pub(super) fn average(average: &mut Uses, newest: &Uses) {
    for (average, newest) in average.iter_mut().flatten().zip(newest.iter().flatten()) {
        *average += NEWEST * (newest - *average);
    }
}

impl Parts {
    /// Every candidate the same part.
    pub(super) fn even(block: &Block, services: &[&Service]) -> Self {
        let mut even = Self {
            by_service: services.iter().map(|service| vec![0; service.candidates.len()]).collect(),
            of_one_more: 0,
        };
        for (region, users) in users(services) {
            let part = even.whole(block, region) / Femto::try_from(users.len()).unwrap_or(1);
            even.divide(even.whole(block, region), &users, &vec![part; users.len()]);
        }
        even
    }

    /// Gives the candidates of a region these parts of its cost, and what is missing to the whole to the first of those with the greatest.
    fn divide(&mut self, whole: Femto, users: &[(usize, usize)], parts: &[Femto]) {
        let mut left = whole;
        for (&(service, candidate), &part) in users.iter().zip(parts) {
            let part = part.clamp(0, left);
            self.by_service[service][candidate] = part;
            left -= part;
        }
        let greatest = users.iter().rev().max_by_key(|(service, candidate)| self.by_service[*service][*candidate]);
        if let Some(&(service, candidate)) = greatest {
            self.by_service[service][candidate] += left;
        }
    }

    pub(super) fn of(&self, service: usize) -> &[Femto] {
        &self.by_service[service]
    }

    /// What an undecided region costs, which the parts make up.
    pub(super) fn whole(&self, block: &Block, region: RegionId) -> Femto {
        block.fixed.get(&region).copied().unwrap_or(0) + self.of_one_more
    }

    /// What the prices of regions within the limit add to the parts and to those opened, which no placement pays.
    pub(super) fn spared(&self, block: &Block, opened: usize) -> Femto {
        let count = |regions: usize| Femto::try_from(regions).unwrap_or(0);
        block.max_regions.map_or(0, |most| self.of_one_more * (count(most) - count(opened)))
    }

    /// The same parts, as far as they go, of what the regions cost alone.
    pub(super) fn without_price(&self, block: &Block, services: &[&Service]) -> Self {
        let mut without = Self { of_one_more: 0, ..self.clone() };
        for (region, users) in users(services) {
            let parts: Vec<Femto> =
                users.iter().map(|&(service, candidate)| self.by_service[service][candidate]).collect();
            without.divide(without.whole(block, region), &users, &parts);
        }
        without
    }

    /// Parts moved along the `average` of uses: a candidate in use takes more of its region's cost over than one that is not. `length` scales the step,
    /// which aims at a bound higher by `missing`.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "parts may be any that add up to no more than the whole"
    )]
    pub(super) fn moved(
        &self,
        block: &Block,
        services: &[&Service],
        node: &Node,
        average: &Uses,
        length: f64,
        missing: Femto,
    ) -> Self {
        let users = users(services);
        let undecided =
            || users.iter().filter(|(region, _)| !node.opened.contains(region) && !node.closed.contains(region));
        let use_of = |&(service, candidate): &(usize, usize)| average[service][candidate];
        // Regions beyond their number, as far as the services agree.
        let used = |users: &Vec<(usize, usize)>| users.iter().map(use_of).fold(0.0, f64::max);
        let over = block.max_regions.map_or(0.0, |most| {
            undecided().map(|(_, users)| used(users)).sum::<f64>() + node.opened.len() as f64 - most as f64
        });
        let away = |users: &Vec<(usize, usize)>| {
            let mean = users.iter().map(use_of).sum::<f64>() / users.len() as f64;
            users.iter().map(|user| (use_of(user) - mean) * (use_of(user) - mean)).sum::<f64>()
        };
        let square = undecided().map(|(_, users)| away(users)).sum::<f64>() + over * over;
        if square <= 0.0 {
            return self.clone();
        }
        let step = length * missing as f64 / square;
        let mut moved = self.clone();
        moved.of_one_more = ((self.of_one_more as f64 + step * over) as Femto).max(0);
        for (&region, users) in undecided() {
            let wished: Vec<f64> =
                users.iter().map(|user| self.by_service[user.0][user.1] as f64 + step * use_of(user)).collect();
            let whole = moved.whole(block, region);
            let parts: Vec<Femto> = divided(&wished, whole as f64).into_iter().map(|part| part as Femto).collect();
            moved.divide(whole, users, &parts);
        }
        moved
    }
}

/// The candidates that stand in each region, by service and position.
fn users(services: &[&Service]) -> BTreeMap<RegionId, Vec<(usize, usize)>> {
    let mut users: BTreeMap<RegionId, Vec<(usize, usize)>> = BTreeMap::new();
    for (at, service) in services.iter().enumerate() {
        for (position, candidate) in service.candidates.iter().enumerate() {
            users.entry(candidate.region).or_default().push((at, position));
        }
    }
    users
}

/// The point nearest to `wished` whose parts are not negative and add up to `whole`: each wish less the same amount, or nothing.
fn divided(wished: &[f64], whole: f64) -> Vec<f64> {
    let mut sorted = wished.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let (mut sum, mut count, mut less) = (0.0, 0.0, 0.0);
    for wish in sorted {
        sum += wish;
        count += 1.0;
        let level = (sum - whole) / count;
        if level >= wish {
            break;
        }
        less = level;
    }
    wished.iter().map(|wish| (wish - less).max(0.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::divided;

    #[test]
    fn parts_add_up_to_the_whole_and_are_as_wished_but_for_the_same_amount() {
        assert_eq!(divided(&[1.0, 1.0], 4.0), [2.0, 2.0]);
        assert_eq!(divided(&[5.0, 1.0], 4.0), [4.0, 0.0]);
        assert_eq!(divided(&[5.0, 4.0, 0.0], 4.0), [2.5, 1.5, 0.0]);
        assert_eq!(divided(&[0.0, 0.0], 0.0), [0.0, 0.0]);
    }
}
