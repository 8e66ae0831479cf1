//! Packing: published instances and generated pools, solved in process, with time, cost, bound and the published optimum beside them.
//!
//! `cargo bench --bench packing -- FOLDER [FAMILY [NAME]]`, where FOLDER holds the families `sage`, `vbp` and `cloudbalancing`; a whole folder writes the page.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark is an edge: it reads clocks and files, prints, and stops at the first surprise"
)]

mod instances;
#[path = "../published.rs"]
mod published;

use std::path::Path;
use std::time::Instant;

use instances::Instance;
use published::{Row, Table};
use stowage::formulate::Femto;
use stowage::solve::{Packed, PackingEffort, pack};
use stowage::units::Money;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let mut table = Table::begin("packing");
    let Some(folder) = arguments.first() else {
        solve(&instances::generated(20_000, 60, 200, 1), &mut table);
        return;
    };
    let wanted = |instance: &Instance| {
        arguments.get(1).is_none_or(|family| *family == instance.family)
            && arguments.get(2).is_none_or(|name| instance.name.contains(name.as_str()))
    };
    let mut all = instances::published(Path::new(folder));
    all.push(instances::generated(20_000, 60, 200, 1));
    for instance in all.iter().filter(|instance| wanted(instance)) {
        solve(instance, &mut table);
    }
    if arguments.len() == 1 {
        table.finish();
    }
}

fn solve(instance: &Instance, table: &mut Table) {
    let start = Instant::now();
    let packed = pack(&instance.packing, PackingEffort { tolerance: instance.tolerance, ..PackingEffort::default() });
    let seconds = start.elapsed().as_secs_f64();
    let unit = |amount: Femto| Money::from_micros(amount * 1_000_000 / instance.unit);
    let found = match packed {
        Packed::Packed { cost, bound, .. } => Some([unit(cost), unit(bound)]),
        Packed::Infeasible | Packed::Undecided { .. } => None,
    };
    let Instance { family, name, published, published_seconds, .. } = instance;
    table.add(&Row { family, name, published, published_seconds, found, seconds });
}
