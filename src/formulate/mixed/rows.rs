//! The columns and rows of mixed groups, and the machine sets that values of them are.

use std::collections::BTreeMap;

use super::{Kind, Mixed, MixedFit, Part, Period, commitment};
use crate::formulate::cost::Femto;
use crate::formulate::program::{Column, ColumnId, Decision, Program, Sense};
use crate::formulate::service::Candidate;
use crate::model::{CommitmentId, MachineSet, Purchase};

/// Adds the machines of all mixed candidates, and the limits on commitments.
pub(in crate::formulate) fn rows(program: &mut Program<'_>) {
    let mut committed: BTreeMap<CommitmentId, Vec<ColumnId>> = BTreeMap::new();
    for service in 0..program.services().count() {
        for candidate in 0..program.service(service).candidates.len() {
            let Some(mixed) = &program.service(service).candidates[candidate].mixed else { continue };
            buy(program, (service, candidate), mixed, &mut committed);
        }
    }
    for (commitment, columns) in committed {
        let quantity = program.problem().commitments[commitment.index()].quantity;
        program.add_row("commitments", columns.into_iter().map(|column| (column, 1)), Sense::AtMost, quantity.into());
    }
}

/// A candidate of a service.
type At = (usize, usize);

fn buy(program: &mut Program<'_>, at: At, mixed: &Mixed, committed: &mut BTreeMap<CommitmentId, Vec<ColumnId>>) {
    let mut chosen = Vec::new();
    let mut left: BTreeMap<usize, Vec<(ColumnId, i128)>> = BTreeMap::new();
    for (fit, of) in mixed.fits.iter().enumerate() {
        let beside = of.layout.map_or(0, |layout| layout.cost);
        let column = add(program, at, (fit, 0, Part::Chosen), beside, 1);
        chosen.push((column, 1));
        let needed = mixed.needed(fit, mixed.most);
        let most = mixed.rules_of(fit).most_of_any_use(needed).max(of.layout.map_or(0, |layout| layout.least));
        for (number, kind) in of.kinds.iter().enumerate() {
            let Some(commitment) = commitment(kind.purchase) else { continue };
            let most = most.min(kind.cap);
            let base = add(program, at, (fit, 0, Part::Kind(number)), kind.cost, most);
            program.add_row("mixed", [(base, 1), (column, -i128::from(most))], Sense::AtMost, 0);
            committed.entry(commitment).or_default().push(base);
        }
        for period in mixed.decided() {
            let carried = buy_in_period(program, at, mixed, (fit, period), (column, needed, most));
            let replicas = i128::from(of.replicas) * i128::from(mixed.rate_per_replica);
            left.entry(period).or_default().push((carried, -replicas));
        }
    }
    let in_use = program.in_use(at.0, at.1).map(|in_use| (in_use, -1));
    program.add_row("mixed", chosen.into_iter().chain(in_use), Sense::Equal, 0);
    for (decided, left) in left {
        for period in mixed.carrying(decided) {
            let (sent, scale) = load(program, at, mixed, period);
            let left = left.iter().map(|&(column, factor)| (column, factor * scale));
            program.add_row("mixed", sent.into_iter().chain(left), Sense::AtMost, 0);
        }
    }
}

/// The load of a candidate in a period, in parts of a milli-rps.
fn load(
    program: &Program<'_>,
    (service, candidate): At,
    mixed: &Mixed,
    period: usize,
) -> (Vec<(ColumnId, i128)>, i128) {
    if mixed.is_constant() {
        return (program.load(service, candidate).map(|column| (column, 1)).collect(), 1);
    }
    let Period { shares, called, .. } = &mixed.periods[period];
    let sent = program.asked_in(service, candidate, shares);
    let received = program.received(service, candidate).map(|column| (column, *called));
    (sent.chain(received).map(|(column, share)| (column, i128::from(share))).collect(), 1_000_000)
}

fn add(
    program: &mut Program<'_>,
    (service, candidate): At,
    (fit, period, part): (usize, usize, Part),
    cost: Femto,
    most: u64,
) -> ColumnId {
    let decision = Decision::Mix { service, candidate, fit, period, part };
    program.add_column(Column { decision, cost, most, is_whole: true })
}

/// Adds the machines of one fit in one period, and what they must keep to; the column of those left after any loss.
fn buy_in_period(
    program: &mut Program<'_>,
    at: At,
    mixed: &Mixed,
    (fit, period): (usize, usize),
    (chosen, needed, most): (ColumnId, u64, u64),
) -> ColumnId {
    let rules = &mixed.rules_of(fit);
    let paid = mixed.periods[period].paid;
    let mut all: Vec<(ColumnId, i128)> = Vec::new();
    let mut spot: Vec<(usize, ColumnId)> = Vec::new();
    for (number, kind) in mixed.fits[fit].kinds.iter().enumerate() {
        if commitment(kind.purchase).is_some() {
            let (service, candidate) = at;
            let decision = Decision::Mix { service, candidate, fit, period: 0, part: Part::Kind(number) };
            all.extend(program.column(decision).map(|column| (column, 1)));
            continue;
        }
        // Rounded down, so that the bound holds.
        let cost = (kind.cost * paid).div_euclid(mixed.hours);
        let column = add(program, at, (fit, period, Part::Kind(number)), cost, most);
        program.add_row("mixed", [(column, 1), (chosen, -i128::from(most))], Sense::AtMost, 0);
        all.push((column, 1));
        if kind.purchase == Purchase::Spot {
            spot.push((number, column));
        }
    }
    let less = |of: &[(ColumnId, i128)]| of.iter().map(|&(column, factor)| (column, -factor)).collect::<Vec<_>>();
    let left = add(program, at, (fit, period, Part::Left), 0, needed);
    program.add_row("mixed", [(left, 1), (chosen, -1)], Sense::AtLeast, 0);
    program.add_row("mixed", [(left, 1), (chosen, -i128::from(needed))], Sense::AtMost, 0);
    let (zones, lost) = (i128::from(rules.zones()), i128::from(rules.lost_zones()));
    let mut survives = less(&all);
    survives.push((left, 1));
    if lost > 0 {
        let fullest = add(program, at, (fit, period, Part::Fullest), 0, needed);
        program.add_row("mixed", [(fullest, zones - lost), (left, -1)], Sense::AtLeast, 0);
        survives.push((fullest, lost));
    }
    program.add_row("mixed", survives, Sense::AtMost, 0);
    if let Some(layout) = mixed.fits[fit].layout {
        let enough = all.iter().copied().chain([(chosen, -i128::from(layout.least))]);
        program.add_row("state", enough, Sense::AtLeast, 0);
    }
    if rules.least_zones() > 1 {
        let enough = all.iter().copied().chain([(chosen, -i128::from(rules.least_zones()))]);
        program.add_row("mixed", enough, Sense::AtLeast, 0);
    }
    if rules.step() > 1 {
        let level = add(program, at, (fit, period, Part::Level), 0, most);
        let alike = all.iter().copied().chain([(level, -i128::from(rules.step()))]);
        program.add_row("mixed", alike, Sense::Equal, 0);
    }
    if !spot.is_empty() {
        keep_terms(program, at, mixed, (fit, period), &Bought { all, spot, left, most });
    }
    left
}

/// The machines of a fit in a period.
struct Bought {
    all: Vec<(ColumnId, i128)>,
    /// Kinds of spot among them.
    spot: Vec<(usize, ColumnId)>,
    /// Those left after any loss.
    left: ColumnId,
    /// More than this are of no use.
    most: u64,
}

/// Adds the terms on which spot is used.
fn keep_terms(program: &mut Program<'_>, at: At, mixed: &Mixed, (fit, period): (usize, usize), bought: &Bought) {
    let rules = &mixed.rules;
    let zones = i128::from(rules.zones());
    let Bought { all, spot, .. } = bought;
    let (left, most) = (bought.left, bought.most);
    let columns = || spot.iter().map(|&(_, column)| column);
    let share = all.iter().map(|&(column, factor)| (column, -factor * i128::from(rules.share())));
    program.add_row("spot", columns().map(|column| (column, 1_000_000)).chain(share), Sense::AtMost, 0);
    if rules.lost_pools() > 0 {
        let pool = add(program, at, (fit, period, Part::Pool), 0, most);
        let mut fullest = vec![(pool, i128::from(rules.lost_pools())), (left, 1)];
        for &(kind, column) in spot {
            let excess = add(program, at, (fit, period, Part::Excess(kind)), 0, most);
            program.add_row("spot", [(column, 1), (pool, -zones), (excess, -1)], Sense::AtMost, 0);
            fullest.push((excess, 1));
        }
        fullest.extend(all.iter().map(|&(column, factor)| (column, -factor)));
        program.add_row("spot", fullest, Sense::AtMost, 0);
    }
    if rules.pools() > 1 {
        let has_spot = add(program, at, (fit, period, Part::HasSpot), 0, 1);
        let mut in_use = vec![(has_spot, -i128::from(rules.pools()))];
        for &(kind, column) in spot {
            let pools = add(program, at, (fit, period, Part::Pools(kind)), 0, rules.zones());
            program.add_row("spot", [(pools, 1), (column, -1)], Sense::AtMost, 0);
            program.add_row("spot", [(column, 1), (has_spot, -i128::from(most))], Sense::AtMost, 0);
            in_use.push((pools, 1));
        }
        program.add_row("spot", in_use, Sense::AtLeast, 0);
    }
}

/// What a sum over everything is multiplied by, so that what runs in some hours only adds whole parts of it.
pub(in crate::formulate) fn scale(program: &Program<'_>) -> i128 {
    let candidates = program.services().flat_map(|service| &service.candidates);
    let hours = candidates.filter_map(|candidate| candidate.mixed.as_ref()).map(|mixed| mixed.hours);
    hours.fold(1, |scale, hours| {
        let (mut divisor, mut rest) = (scale, hours);
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        scale / divisor * hours
    })
}

/// What a column of a mixed candidate adds each month to the sum at `position` of those that are limited, times `scale`.
pub(in crate::formulate) fn counted_by(
    candidate: &Candidate,
    (fit, period, part): (usize, usize, Part),
    position: usize,
    scale: i128,
) -> Option<i128> {
    let mixed = candidate.mixed.as_ref()?;
    let Part::Kind(kind) = part else {
        // Storage and writes are paid for.
        let beside = mixed.fits[fit].layout.filter(|layout| layout.is_counted && part == Part::Chosen && position == 0);
        return beside.map(|layout| layout.cost * scale);
    };
    let kind = &mixed.fits[fit].kinds[kind];
    let each = *kind.counted.get(position)? * scale;
    let is_base = commitment(kind.purchase).is_some();
    Some(if is_base { each } else { each / mixed.hours * mixed.periods[period].paid })
}

/// What a mixed candidate takes of the quota at `quota` among those of its region, as columns with what a unit of each takes.
pub(in crate::formulate) fn taken_by(
    program: &mut Program<'_>,
    at: At,
    quota: usize,
    most: u64,
) -> Vec<(ColumnId, i128)> {
    let (service, candidate) = at;
    let Some(mixed) = &program.service(service).candidates[candidate].mixed else { return Vec::new() };
    let in_period = |program: &Program<'_>, period: usize| -> Vec<(ColumnId, i128)> {
        let of_fit = |(fit, of): (usize, &MixedFit)| {
            let of_kind = |(number, kind): (usize, &Kind)| {
                let period = if commitment(kind.purchase).is_some() { 0 } else { period };
                let decision = Decision::Mix { service, candidate, fit, period, part: Part::Kind(number) };
                program.column(decision).map(|column| (column, i128::from(kind.taken[quota])))
            };
            of.kinds.iter().enumerate().filter_map(of_kind).collect::<Vec<_>>()
        };
        mixed.fits.iter().enumerate().flat_map(of_fit).collect()
    };
    let decided: Vec<usize> = mixed.decided().collect();
    if let [only] = decided[..] {
        return in_period(program, only);
    }
    let peak = add(program, at, (0, 0, Part::Peak(quota)), 0, most);
    for period in decided {
        let taken = in_period(program, period);
        program.add_row("quotas", taken.into_iter().chain([(peak, -1)]), Sense::AtMost, 0);
    }
    vec![(peak, 1)]
}

/// The replicas of a mixed candidate in a decided period: columns, and how many a unit of each holds.
pub(in crate::formulate) fn held(
    program: &Program<'_>,
    (service, candidate): At,
    mixed: &Mixed,
    period: usize,
) -> Vec<(ColumnId, u64)> {
    let of_fit = |(fit, of): (usize, &MixedFit)| {
        let of_kind = |(number, kind): (usize, &Kind)| {
            let period = if commitment(kind.purchase).is_some() { 0 } else { period };
            let decision = Decision::Mix { service, candidate, fit, period, part: Part::Kind(number) };
            program.column(decision).map(|column| (column, of.replicas))
        };
        of.kinds.iter().enumerate().filter_map(of_kind).collect::<Vec<_>>()
    };
    mixed.fits.iter().enumerate().flat_map(of_fit).collect()
}

/// The machine sets that a mixed candidate buys in `values`, where it is sent so much of each user group, by position in the demand; `None` if its curve says
/// what it buys.
pub(in crate::formulate) fn sets(
    program: &Program<'_>,
    at: At,
    values: &[u64],
    sent: &[u64],
    called: u64,
) -> Option<Vec<MachineSet>> {
    let (service, candidate) = at;
    let placed = &program.service(service).candidates[candidate];
    let mixed = placed.mixed.as_ref()?;
    let value = |fit: usize, period: usize, part: Part| {
        let column = program.column(Decision::Mix { service, candidate, fit, period, part });
        column.map_or(0, |column| values[column.index()])
    };
    let fit = (0..mixed.fits.len()).find(|&fit| value(fit, 0, Part::Chosen) > 0)?;
    let in_period = |period: usize| {
        let of_kind = |(number, kind): (usize, &Kind)| {
            value(fit, if commitment(kind.purchase).is_some() { 0 } else { period }, Part::Kind(number))
        };
        mixed.fits[fit].kinds.iter().enumerate().map(of_kind).collect()
    };
    let counts: Vec<Vec<u64>> = (0..mixed.periods.len()).map(in_period).collect();
    let zones = program.problem().regions[placed.region.index()].zones.len();
    Some(mixed.sets(fit, &counts, sent, called, zones))
}
