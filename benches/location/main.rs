//! Location: published instances of facility location, solved in process, with time, cost, bound and the published optimum beside them.
//!
//! `cargo bench --bench location -- FOLDER [FAMILY [NAME]]`, where FOLDER holds the families `orlib_cap`, `sscflp_holmberg`, `pmedian` and
//! `gqap`; a whole folder writes the page.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark is an edge: it reads clocks and files, prints, and stops at the first surprise"
)]

mod gqap;
mod instances;
#[path = "../published.rs"]
mod published;

use std::path::Path;
use std::time::Instant;

use instances::Instance;
use published::{Row, Table};
use stowage::place::place;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [folder, rest @ ..] = arguments.as_slice() else {
        println!("name the folder of the instances: cargo bench --bench location -- FOLDER [FAMILY [NAME]]");
        return;
    };
    let wanted = |instance: &Instance| {
        rest.first().is_none_or(|family| *family == instance.family)
            && rest.get(1).is_none_or(|name| instance.name.contains(name.as_str()))
    };
    let mut table = Table::begin("location");
    for instance in instances::published(Path::new(folder)).iter().filter(|instance| wanted(instance)) {
        solve(instance, &mut table);
    }
    if rest.is_empty() {
        table.finish();
    }
}

fn solve(instance: &Instance, table: &mut Table) {
    let start = Instant::now();
    let answer = place(&instance.problem).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let found = answer.outcome.placement().map(|(placement, bound)| [placement.cost(), bound]);
    let Instance { family, name, published, .. } = instance;
    table.add(&Row { family, name, published, published_seconds: "", found, seconds });
}
