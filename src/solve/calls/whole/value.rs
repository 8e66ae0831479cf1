//! What prices prove about an application, and what they lead to.

use super::places::{BESIDE, CENTRE, FAR, NEAR, Seller, Toll};
use super::service::{OfService, Place};
use super::{App, Circle, NEVER};

/// Parts of all demand that the sum over circles is found over.
pub(super) const CELLS: u32 = 240;

/// As many, as a count.
const ALL: usize = CELLS as usize;

/// Traffic is in a cell if it is beyond it by no more than this part of one.
const SAME: f64 = 1e-9;

/// Prices that a bound follows from.
#[derive(Clone)]
pub(super) struct Prices {
    /// By class: of a milli-rps.
    pub(super) class: Vec<f64>,
    /// By circle and service: of a milli-rps of load that comes from another circle.
    pub(super) load: Vec<Vec<f64>>,
    /// By circle, place and service: potentials; none in the centre, whose place is left out.
    pub(super) way: Vec<Vec<Vec<f64>>>,
}

impl Prices {
    /// All of them, in one order.
    pub(super) fn all(&mut self) -> impl Iterator<Item = &mut f64> {
        let by_circle = self.load.iter_mut().chain(self.way.iter_mut().flatten()).flatten();
        self.class.iter_mut().chain(by_circle)
    }
}

/// What prices lead to.
pub(super) struct Seen {
    pub(super) least: f64,
    /// By circle: the traffic that enters there.
    pub(super) traffic: Vec<f64>,
    /// What the bound rises by as prices rise, in the order of [`Prices::all`].
    pub(super) slopes: Prices,
}

/// What a circle is worth, by cells of traffic: (cost, traffic).
type Table = Vec<(f64, f64)>;

/// A circle at some prices.
struct Priced<'a> {
    circle: &'a Circle,
    /// By service.
    of_service: Vec<OfService>,
    tolls: Vec<Toll>,
    sellers: Vec<[Seller; 2]>,
    /// What load pays between places for a request, all of it in the centre.
    in_centre: f64,
    /// Classes that can enter, those of the highest profit first.
    classes: Vec<(f64, usize)>,
}

impl<'a> Priced<'a> {
    fn of(app: &App, circle: &'a Circle, at: usize, prices: &Prices) -> Self {
        let tolls: Vec<Toll> = (0..app.ratio.len()).map(|service| app.toll(circle, service, &prices.way[at])).collect();
        let sellers = circle.sellers(&prices.load);
        let of_service = |(service, (toll, sellers)): (usize, (&Toll, &[Seller; 2]))| {
            let by = |place: usize| toll.by[place] - toll.by[CENTRE];
            let offers = [BESIDE, FAR].into_iter().zip(sellers).filter(|(_, seller)| service > 0 && seller.0 < NEVER);
            let away = offers.map(|(place, seller)| (by(place) + seller.0, place)).min_by(|a, b| a.0.total_cmp(&b.0));
            OfService::of(&circle.steps[service], &circle.near[service], prices.load[at][service], by(NEAR), away)
        };
        let of_service: Vec<OfService> = tolls.iter().zip(&sellers).enumerate().map(of_service).collect();
        let in_centre = tolls.iter().zip(&app.ratio).map(|(toll, ratio)| toll.by[CENTRE] * ratio).sum();
        let profit = |(class, entry): (usize, &Option<f64>)| Some((prices.class[class] - (*entry)?, class));
        let mut classes: Vec<(f64, usize)> = circle.entry.iter().enumerate().filter_map(profit).collect();
        classes.sort_by(|a, b| b.0.total_cmp(&a.0));
        Self { circle, of_service, tolls, sellers, in_centre, classes }
    }

    /// The least of what the circle is worth, by cells of traffic. Between events every part of it is concave.
    fn table(&self, app: &App) -> Table {
        let total: f64 = app.demand.iter().sum();
        let most: f64 = self.classes.iter().map(|&(_, class)| app.demand[class]).sum();
        let traffic = self.events(app, most);
        let mut values = Vec::with_capacity(traffic.len());
        let (mut classes, mut before, mut earned) = (self.classes.iter().peekable(), 0.0, 0.0);
        for &traffic in &traffic {
            while let Some(&(profit, of)) = classes.next_if(|of| before + app.demand[of.1] <= traffic) {
                earned += profit * app.demand[of];
                before += app.demand[of];
            }
            let of_rest = classes.peek().map_or(0.0, |&&(profit, _)| profit * (traffic - before));
            values.push(self.in_centre * traffic - earned - of_rest);
        }
        for (service, of_service) in self.of_service.iter().enumerate() {
            of_service.add(&self.circle.steps[service], app.ratio[service], &traffic, &mut values);
        }
        let mut table = vec![(NEVER, 0.0); ALL + 1];
        let (mut cells, mut edge, mut before) = (0, 0.0, (NEVER, 0.0));
        for now in values.into_iter().zip(traffic) {
            // What is concave in a part of a cell is least at the ends of that.
            while cells < CELLS && now.1 > edge {
                cells += 1;
                edge = (f64::from(cells) + SAME) / f64::from(CELLS) * total;
                table[cells as usize] = before;
            }
            let known = &mut table[cells as usize];
            if now.0 < known.0 {
                *known = now;
            }
            before = now;
        }
        // What costs no less than more traffic is of no use.
        let mut least = NEVER;
        for entry in table.iter_mut().rev() {
            if entry.0 < least {
                least = entry.0;
            } else {
                entry.0 = NEVER;
            }
        }
        table
    }

    /// Traffic up to the most at which the worth of the circle may have an end of a concave part, in ascending order.
    fn events(&self, app: &App, most: f64) -> Vec<f64> {
        let mut events = Vec::with_capacity(2 * self.circle.events.len());
        for (service, of_service) in self.of_service.iter().enumerate() {
            if let Some(near) = of_service.near {
                let steps = self.circle.steps[service].iter().map(|step| step.0);
                events.extend(steps.chain([0.0]).map(|capacity| (capacity + near.kink) / app.ratio[service]));
            }
        }
        let mut filled = 0.0;
        for &(_, class) in &self.classes {
            filled += app.demand[class];
            events.push(filled);
        }
        // Two ordered runs are put together faster than they would be sorted.
        events.sort_unstable_by(f64::total_cmp);
        events.extend_from_slice(&self.circle.events);
        events.sort_by(f64::total_cmp);
        events.retain(|&at| at > 0.0 && at <= most);
        events
    }
}

/// The cells that a share of all traffic fills at least.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of cells")]
fn filled(share: f64) -> usize {
    ((share * f64::from(CELLS) - f64::from(CELLS) * SAME).ceil().max(1.0) as usize).min(ALL)
}

impl App {
    /// What follows from prices if traffic enters in some circles only; with all of them `least` is a bound.
    pub(super) fn priced(&self, prices: &Prices, circles: &[usize]) -> Seen {
        let zero = |of: &Vec<Vec<f64>>| of.iter().map(|of| vec![0.0; of.len()]).collect();
        let mut slopes =
            Prices { class: self.demand.clone(), load: zero(&prices.load), way: prices.way.iter().map(zero).collect() };
        let valued: Vec<Priced> = circles.iter().map(|&at| Priced::of(self, &self.circles[at], at, prices)).collect();
        let tables: Vec<Table> = valued.iter().map(|valued| valued.table(self)).collect();
        let (least, chosen) = self.divided(prices, &valued, &tables);
        let mut traffic = vec![0.0; self.circles.len()];
        for ((&circle, valued), &entering) in circles.iter().zip(&valued).zip(&chosen).filter(|(_, at)| **at > 0.0) {
            traffic[circle] = entering;
            let mut left: f64 = entering;
            for &(_, class) in &valued.classes {
                let served = left.min(self.demand[class]);
                left -= served;
                slopes.class[class] -= served;
            }
            for (service, of_service) in valued.of_service.iter().enumerate() {
                let all = self.ratio[service] * entering;
                let (place, load) = match of_service.place(&valued.circle.steps[service], all) {
                    Place::Centre { spare } => {
                        slopes.load[circle][service] -= spare;
                        (CENTRE, 0.0)
                    }
                    Place::Near { load, is_much } => {
                        if !is_much {
                            let setup =
                                of_service.near.filter(|near| near.setup > 0.0).map_or(0.0, |near| near.capacity);
                            slopes.load[circle][service] += load - setup;
                        }
                        (NEAR, load)
                    }
                    Place::Away { load, place } => {
                        if let (_, Some(seller)) = valued.sellers[service][place - BESIDE] {
                            slopes.load[seller][service] += load;
                        }
                        (place, load)
                    }
                };
                for (place, load) in [(CENTRE, all - load), (place, load)] {
                    let ways = &mut slopes.way[circle];
                    if place != CENTRE {
                        ways[place - 1][service] += load;
                    }
                    for (&(to, made), &at) in self.calls[service].iter().zip(&valued.tolls[service].to[place]) {
                        if at != CENTRE {
                            ways[at - 1][to] -= made * load;
                        }
                    }
                }
            }
        }
        let paid: f64 = prices.class.iter().zip(&self.demand).map(|(price, demand)| price * demand).sum();
        Seen { least: paid + least, traffic, slopes }
    }

    /// The least sum over circles that carries all demand, and the traffic of each.
    fn divided(&self, prices: &Prices, valued: &[Priced<'_>], tables: &[Table]) -> (f64, Vec<f64>) {
        let total: f64 = self.demand.iter().sum();
        let mut dearest: Vec<usize> = (0..self.demand.len()).collect();
        dearest.sort_by(|&a, &b| prices.class[b].total_cmp(&prices.class[a]));
        // The first of the classes, by price, that a circle answers: what comes before it needs others.
        let level = |at: usize| {
            let enters = |class: &usize| valued[at].circle.entry[*class].is_some();
            dearest.iter().position(enters).unwrap_or(dearest.len())
        };
        let mut order: Vec<(usize, usize)> = (0..valued.len()).map(|at| (level(at), at)).collect();
        order.sort_unstable();
        let mut sums = vec![vec![NEVER; ALL + 1]];
        sums[0][0] = 0.0;
        for (position, &(_, at)) in order.iter().enumerate() {
            let before = &sums[position];
            let mut with = before.clone();
            // By cells: the least of so many and more.
            let mut least_from = before.clone();
            for cells in (0..ALL).rev() {
                least_from[cells] = least_from[cells].min(least_from[cells + 1]);
            }
            for (more, &(cost, _)) in tables[at].iter().enumerate().filter(|(_, entry)| entry.0 < NEVER) {
                for (known, sum) in with[more..].iter_mut().zip(before) {
                    let sum = sum + cost;
                    // Not `f64::min`, which would look for what is no number.
                    *known = if sum < *known { sum } else { *known };
                }
                with[ALL] = with[ALL].min(least_from[ALL - more] + cost);
            }
            let next = order.get(position + 1).map_or(dearest.len(), |next| next.0);
            let needed: f64 = dearest[..next].iter().map(|&class| self.demand[class]).sum();
            if needed > 0.0 {
                with[..filled(needed / total)].fill(NEVER);
            }
            sums.push(with);
        }
        let mut traffic = vec![0.0; valued.len()];
        let mut cells = ALL;
        for (position, &(_, at)) in order.iter().enumerate().rev() {
            let (before, target) = (&sums[position], sums[position + 1][cells]);
            if before[cells] <= target {
                continue;
            }
            let from = |(more, entry): (usize, &(f64, f64))| {
                let sources = if cells == ALL {
                    cells.saturating_sub(more)..=ALL
                } else {
                    cells.checked_sub(more)?..=cells - more
                };
                let source = sources.into_iter().find(|&source| before[source] + entry.0 <= target)?;
                Some((source, entry.1))
            };
            if let Some((source, entering)) = tables[at].iter().enumerate().skip(1).find_map(from) {
                (traffic[at], cells) = (entering, source);
            }
        }
        (sums[order.len()][ALL], traffic)
    }
}
