//! A block as columns and rows in whole numbers, each row knowing the rule it comes from.
//!
//! > minimise    sum over columns j of cost(j) × value(j)
//! > subject to  sum over j of factor(i, j) × value(j)  <=, >= or =  bound(i)     for every row i
//! > with        0 <= value(j) <= most(j), whole where the column says so
//!
//! The searches of `solve` know the rules of one service and of shared regions. Every other rule is rows of a program: a file per rule adds them
//! (`rows`), or finds those a solution breaks (`tighten`) where there are too many to write down. Units are those of the model: traffic in
//! milli-rps, money in femto-USD, machines and regions in pieces.
//!
//! Whatever a solver proposes is judged here, in whole numbers: [`Program::is_satisfied_by`] and [`Program::cost`] for values,
//! [`Program::lower_bound`] for prices of rows.

mod columns;
mod duality;

pub use duality::Bound;

use std::collections::BTreeMap;

use super::{
    Block, Class, Femto, Part, Service, budget, calls, capacity, carbon, demand, functions, latency, mixed, order, pin,
    quotas, regions, replicas, single_region_per_user, spread, state, stock, survive,
};
use crate::model::{MachineSet, Problem, RegionId};

/// Fewer requests than this, in milli-rps, are counted in whole milli-rps while searching where that would be felt: how each region rounds its calls up,
/// and what a limit leaves of a milli-rps. Of more it would not, and whole values are made of the solver's afterwards.
pub(super) const FEW_REQUESTS: u64 = 1_000;

/// What a column decides. Positions of services, candidates, classes and steps are those of [`Program::services`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// The machines of one step of a candidate's curve are bought.
    Use {
        /// Which service.
        service: usize,
        /// Which of its candidates.
        candidate: usize,
        /// Which step of the candidate's curve.
        step: usize,
    },
    /// A candidate holds machines: it is on one of its steps.
    InUse {
        /// Which service.
        service: usize,
        /// Which of its candidates.
        candidate: usize,
    },
    /// Requests of a class of users that a candidate answers, in milli-rps.
    Traffic {
        /// Which service.
        service: usize,
        /// Which of its classes.
        class: usize,
        /// Which of its candidates.
        candidate: usize,
    },
    /// The region of a candidate, the first there, answers all of a class that may not be divided.
    Route {
        /// Which service.
        service: usize,
        /// Which of its classes.
        class: usize,
        /// Which of its candidates.
        candidate: usize,
    },
    /// Machines of a type that a candidate with limited machines buys in a zone.
    Machines {
        /// Which service.
        service: usize,
        /// Which of its candidates.
        candidate: usize,
        /// Which of the candidate's types.
        fit: usize,
        /// Which zone.
        zone: usize,
    },
    /// A candidate with limited machines has some in a zone, where a number of zones is asked for.
    Filled {
        /// Which service.
        service: usize,
        /// Which of its candidates.
        candidate: usize,
        /// Which zone.
        zone: usize,
    },
    /// A candidate with limited machines has some of a type, where the number of types is limited.
    Typed {
        /// Which service.
        service: usize,
        /// Which of its candidates.
        candidate: usize,
        /// Which of the candidate's types.
        fit: usize,
    },
    /// Something about the machines of a candidate that decides them by kind and period (see `mixed`).
    Mix {
        /// Which service.
        service: usize,
        /// Which of its candidates.
        candidate: usize,
        /// Which of the types on demand that kinds stand beside.
        fit: usize,
        /// Which of the different periods; 0 for what is the same in all.
        period: usize,
        /// What.
        part: Part,
    },
    /// A region holds replicas of some service.
    Open {
        /// Which region.
        region: RegionId,
    },
    /// A service is in a region of which more than one of its candidates stand in.
    Presence {
        /// Which service.
        service: usize,
        /// Which region.
        region: RegionId,
    },
    /// Environments that may run at a time, where these are limited or stand in for other regions.
    Environments {
        /// Which service.
        service: usize,
        /// Which of its candidates.
        candidate: usize,
    },
    /// Replicas that each of the largest domains that may be lost holds (see `survive::places`).
    LossLevel {
        /// Which set of user groups that is outlived, in the order written down.
        number: usize,
    },
    /// Replicas that one domain holds above the level.
    LossExcess {
        /// Which set of user groups.
        number: usize,
        /// Which domain.
        domain: usize,
    },
    /// Calls from a candidate of the caller to one of the callee, in milli-rps.
    Calls {
        /// Which service calls.
        service: usize,
        /// Which of its calls.
        call: usize,
        /// From which of its candidates.
        from: usize,
        /// To which candidate of the callee.
        to: usize,
    },
    /// Such calls are made at all, where limits on paths ask for it (see `calls::paths`).
    Way {
        /// Which service calls.
        service: usize,
        /// Which of its calls.
        call: usize,
        /// From which of its candidates.
        from: usize,
        /// To which candidate of the callee.
        to: usize,
    },
    /// A candidate answers any of a class of users, where limits on paths ask for it.
    Entry {
        /// Which service.
        service: usize,
        /// Which of its classes.
        class: usize,
        /// Which of its candidates.
        candidate: usize,
    },
    /// Longest sum of round trips of calls that are waited for behind a candidate, in microseconds.
    Wait {
        /// Which service.
        service: usize,
        /// Which of its candidates.
        candidate: usize,
    },
    /// Writes that begin in a group of regions, in milli-rps, or copies of them that a candidate gets (see `state::regions`).
    Written {
        /// Which service.
        service: usize,
        /// Which group of regions, in the order written down.
        group: usize,
        /// To which of its candidates; `None` for the writes themselves.
        to: Option<usize>,
    },
    /// A cloud holds replicas of some service; clouds are numbered by name.
    OpenCloud {
        /// Position among the names of all clouds.
        cloud: usize,
    },
}

/// Position of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnId(u32);

impl ColumnId {
    /// The position in [`Program::columns`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A decision, what a unit of it costs and how much of it there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// What is decided.
    pub decision: Decision,
    /// Cost of one unit.
    pub cost: Femto,
    /// Largest value.
    pub most: u64,
    /// True if only whole values mean anything to the solver. Traffic is whole too, but in units so small that it is rounded afterwards.
    pub is_whole: bool,
}

/// How a row's sum compares with its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// Not above it.
    AtMost,
    /// Not below it.
    AtLeast,
    /// Equal to it.
    Equal,
}

/// A sum of columns and what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The rule it comes from, by the name of its file.
    pub rule: &'static str,
    /// Columns with their factors; no column twice.
    pub terms: Vec<(ColumnId, i128)>,
    /// How the sum compares with the bound.
    pub sense: Sense,
    /// What the sum is compared with.
    pub bound: i128,
}

/// A service in a program.
#[derive(Clone, Copy, Debug)]
struct Member<'a> {
    /// The service.
    pub service: &'a Service,
    /// Position of its first class in the program's list.
    first_class: usize,
    classes: usize,
}

/// Columns and rows of one block.
#[derive(Debug)]
pub struct Program<'a> {
    problem: &'a Problem,
    members: Vec<Member<'a>>,
    classes: Vec<Class>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    by_decision: BTreeMap<Decision, ColumnId>,
    /// Who calls whom.
    pub(super) calls: calls::Calls,
    /// Sets of user groups that are carried, and copies that are left, whichever regions or clouds are lost.
    pub(super) outlived: Vec<survive::Outlived>,
    /// What is written from groups of regions to candidates.
    pub(super) written: Vec<state::Written>,
}

/// Writes a block down as a program, but for the rows that [`Program::tighten`] finds when they are needed.
pub fn program<'a>(problem: &'a Problem, block: &Block, services: &[&'a Service]) -> Program<'a> {
    let mut program = Program::of(problem, services);
    functions::columns(&mut program);
    calls::columns(&mut program);
    capacity::rows(&mut program);
    demand::rows(&mut program);
    latency::rows(&mut program);
    calls::rows(&mut program);
    functions::rows(&mut program);
    regions::rows(&mut program, block);
    spread::rows(&mut program);
    single_region_per_user::rows(&mut program);
    pin::rows(&mut program);
    replicas::rows(&mut program);
    state::rows(&mut program);
    stock::rows(&mut program);
    mixed::rows(&mut program);
    // After the machines that it counts.
    quotas::rows(&mut program);
    budget::rows(&mut program);
    carbon::rows(&mut program);
    survive::rows(&mut program);
    // After all columns: it may change what they cost.
    order::rows(&mut program);
    program
}

impl<'a> Program<'a> {
    /// Services with their classes and the columns they all have: steps in use and traffic.
    fn of(problem: &'a Problem, services: &[&'a Service]) -> Self {
        let mut program = Self {
            problem,
            members: Vec::with_capacity(services.len()),
            classes: Vec::new(),
            columns: Vec::new(),
            rows: Vec::new(),
            by_decision: BTreeMap::new(),
            calls: calls::Calls::default(),
            outlived: Vec::new(),
            written: Vec::new(),
        };
        for &service in services {
            let classes = service.classes();
            program.members.push(Member { service, first_class: program.classes.len(), classes: classes.len() });
            program.classes.extend(classes);
        }
        columns::add(&mut program);
        program
    }

    /// The problem it is part of.
    pub fn problem(&self) -> &'a Problem {
        self.problem
    }

    /// The services, in the order of the block.
    pub fn services(&self) -> impl Iterator<Item = &'a Service> + '_ {
        self.members.iter().map(|member| member.service)
    }

    /// One service.
    pub fn service(&self, service: usize) -> &'a Service {
        self.members[service].service
    }

    /// The classes of a service: groups of users that all its candidates answer alike.
    pub fn classes(&self, service: usize) -> &[Class] {
        let member = self.members[service];
        &self.classes[member.first_class..member.first_class + member.classes]
    }

    /// All columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// All rows written down so far.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The column of a decision, if there is one.
    pub fn column(&self, decision: Decision) -> Option<ColumnId> {
        self.by_decision.get(&decision).copied()
    }

    /// The column at a position, and what it decides.
    pub(super) fn decision(&self, index: usize) -> (ColumnId, Decision) {
        (ColumnId(u32::try_from(index).unwrap_or(u32::MAX)), self.columns[index].decision)
    }

    /// The *use* columns of a candidate, by step.
    pub fn uses(&self, service: usize, candidate: usize) -> impl Iterator<Item = ColumnId> + '_ {
        let steps = self.service(service).candidates[candidate].curve.steps().len();
        // They stand one after another.
        let first = self.column(Decision::Use { service, candidate, step: 0 }).map(ColumnId::index);
        let column = |index: usize| ColumnId(u32::try_from(index).unwrap_or(u32::MAX));
        first.into_iter().flat_map(move |first| (first..first + steps).map(column))
    }

    /// The column that says whether a candidate is in use.
    pub fn in_use(&self, service: usize, candidate: usize) -> Option<ColumnId> {
        self.column(Decision::InUse { service, candidate })
    }

    /// The column that says whether a service is in a region; nothing if none of its candidates stands there.
    pub fn present(&self, service: usize, region: RegionId) -> Option<ColumnId> {
        let of_several = self.column(Decision::Presence { service, region });
        of_several.or_else(|| {
            let candidates = &self.service(service).candidates;
            self.in_use(service, candidates.iter().position(|candidate| candidate.region == region)?)
        })
    }

    /// The *traffic* columns to a candidate, by class, where it answers the class.
    pub fn traffic(&self, service: usize, candidate: usize) -> impl Iterator<Item = (usize, ColumnId)> + '_ {
        (0..self.members[service].classes)
            .filter_map(move |class| Some((class, self.column(Decision::Traffic { service, class, candidate })?)))
    }

    /// What is asked of a candidate in a period: its *traffic* columns, each with the share that its class has of its largest demand then. `shares` are by position in the
    /// service's demand.
    pub(super) fn asked_in<'p>(
        &'p self,
        service: usize,
        candidate: usize,
        shares: &'p [u32],
    ) -> impl Iterator<Item = (ColumnId, u32)> + 'p {
        let share = move |class| shares[self.position_of(service, class)];
        self.traffic(service, candidate).map(move |(class, column)| (column, share(class)))
    }

    /// The position in the demand of a service of the first user group of a class.
    pub(super) fn position_of(&self, service: usize, class: usize) -> usize {
        self.service(service).position_of(&self.classes(service)[class])
    }

    /// Adds a column, or finds the one its decision has.
    pub(super) fn add_column(&mut self, column: Column) -> ColumnId {
        if let Some(known) = self.column(column.decision) {
            return known;
        }
        let id = ColumnId(u32::try_from(self.columns.len()).unwrap_or(u32::MAX));
        self.columns.push(column);
        self.by_decision.insert(column.decision, id);
        id
    }

    /// Lets the solver know traffic of few requests as whole.
    pub(super) fn count_few_requests(&mut self) {
        for column in &mut self.columns {
            column.is_whole |= matches!(column.decision, Decision::Traffic { .. }) && column.most < FEW_REQUESTS;
        }
    }

    /// Puts these costs in the place of those that columns have; columns that are not named cost nothing.
    pub(super) fn set_costs(&mut self, costs: Vec<(ColumnId, Femto)>) {
        for column in &mut self.columns {
            column.cost = 0;
        }
        for (column, cost) in costs {
            self.columns[column.index()].cost = cost;
        }
    }

    /// Adds a row; terms of one column are summed.
    pub(super) fn add_row(
        &mut self,
        rule: &'static str,
        terms: impl IntoIterator<Item = (ColumnId, i128)>,
        sense: Sense,
        bound: i128,
    ) {
        let mut summed: BTreeMap<ColumnId, i128> = BTreeMap::new();
        for (column, factor) in terms {
            *summed.entry(column).or_default() += factor;
        }
        let terms = summed.into_iter().filter(|&(_, factor)| factor != 0).collect();
        self.rows.push(Row { rule, terms, sense, bound });
    }

    /// Writes down rows, with columns they need, that `values` break, though they keep all that are written down; false if there are none.
    pub fn tighten(&mut self, values: &[u64]) -> bool {
        let broken = stock::violated(self, values);
        let is_broken = !broken.is_empty();
        let rows = broken.into_iter();
        self.rows.extend(rows.map(|(terms, bound)| Row { rule: "stock", terms, sense: Sense::AtMost, bound }));
        let is_too_long = calls::tighten(self, values);
        survive::tighten(self, values) || is_broken || is_too_long
    }

    /// The machines that a candidate with limited ones buys in `values`, by type, then zone; `None` if its curve says what it buys.
    pub fn machines(&self, service: usize, candidate: usize, values: &[u64]) -> Option<Vec<Vec<u64>>> {
        let stocked = self.service(service).candidates[candidate].stocked.as_ref()?;
        Some(stock::machines(self, service, candidate, stocked, values))
    }

    /// Sets the machines that a candidate with limited ones buys, by type, then zone.
    pub fn buy(&self, service: usize, candidate: usize, machines: &[Vec<u64>], values: &mut [u64]) {
        for (fit, by_zone) in machines.iter().enumerate() {
            for (zone, &count) in by_zone.iter().enumerate() {
                if let Some(column) = self.column(Decision::Machines { service, candidate, fit, zone }) {
                    values[column.index()] = count;
                }
            }
        }
    }

    /// The machine sets that a candidate which decides its machines by kind and period buys in `values`, where it is sent so much of each user group, by
    /// position in the demand; `None` if its curve says what it buys.
    pub fn sets(&self, service: usize, candidate: usize, values: &[u64], sent: &[u64]) -> Option<Vec<MachineSet>> {
        let called = self.received(service, candidate).map(|column| values[column.index()]).sum();
        mixed::sets(self, (service, candidate), values, sent, called)
    }

    /// True if the service outlives every loss of regions and clouds with what `values` buy.
    pub fn outlives(&self, service: usize, values: &[u64]) -> bool {
        survive::outlives(self, service, values)
    }

    /// Sets the columns that follow from others to what they must be.
    pub fn complete(&self, values: &mut [u64]) {
        single_region_per_user::complete(self, values);
        calls::complete(self, values);
        // After the calls, which are load and may bring candidates into use.
        functions::complete(self, values);
        state::complete(self, values);
        for outlived in &self.outlived {
            outlived.complete(values);
        }
    }

    /// Environments that `values` let run of a function, where these are decided.
    pub fn environments(&self, service: usize, candidate: usize, values: &[u64]) -> Option<u64> {
        self.column(Decision::Environments { service, candidate }).map(|column| values[column.index()])
    }

    /// Takes away what costs nothing and is needed for nothing.
    pub fn trim(&self, values: &mut Vec<u64>) {
        functions::trim(self, values);
    }

    /// True if `values`, one for each column, are within bounds and keep every row written down.
    pub fn is_satisfied_by(&self, values: &[u64]) -> bool {
        self.columns.iter().zip(values).all(|(column, &value)| value <= column.most)
            && self.rows.iter().all(|row| row.is_kept_by(values))
    }

    /// What `values` cost.
    pub fn cost(&self, values: &[u64]) -> Femto {
        self.columns.iter().zip(values).map(|(column, &value)| column.cost * i128::from(value)).sum()
    }
}

impl Row {
    /// The sum at `values`.
    pub fn sum(&self, values: &[u64]) -> i128 {
        self.terms.iter().map(|&(column, factor)| factor * i128::from(values[column.index()])).sum()
    }

    /// True if the row holds at `values`.
    pub fn is_kept_by(&self, values: &[u64]) -> bool {
        let sum = self.sum(values);
        match self.sense {
            Sense::AtMost => sum <= self.bound,
            Sense::AtLeast => sum >= self.bound,
            Sense::Equal => sum == self.bound,
        }
    }
}
