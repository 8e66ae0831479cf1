//! Published instances: a table that is printed as it grows, and written to a page of `docs/performance/` where a whole folder was solved.

use std::fmt::Write as _;
use std::path::Path;

use stowage::units::Money;

/// What was seen of one instance, beside what is published. A unit of what the instance counts in is one USD.
pub(crate) struct Row<'a> {
    pub(crate) family: &'a str,
    pub(crate) name: &'a str,
    /// The published optimum, or the best that is known.
    pub(crate) published: &'a str,
    /// Seconds that others are published to have taken; empty where none are.
    pub(crate) published_seconds: &'a str,
    /// Cost and bound, if anything was found.
    pub(crate) found: Option<[Money; 2]>,
    pub(crate) seconds: f64,
}

/// The rows of one page.
pub(crate) struct Table {
    name: &'static str,
    text: String,
}

impl Table {
    /// Begins the page `name`, which the benchmark of that name writes.
    pub(crate) fn begin(name: &'static str) -> Self {
        let head =
            "| family | instance | published | in s | cost | bound | gap | s |\n|---|---|---|---|---|---|---|---|\n";
        print!("{head}");
        Self { name, text: head.to_owned() }
    }

    pub(crate) fn add(&mut self, row: &Row<'_>) {
        let Row { family, name, published, published_seconds, found, seconds } = row;
        let seen = found.map_or_else(
            || "nothing | | ".to_owned(),
            |[cost, bound]| {
                let (all, open) = (cost.micros(), (cost - bound).micros());
                // Rounding to the units of a problem leaves less than a thousand-millionth.
                let is_proven = open * 1_000_000_000 <= all;
                let proof = if is_proven { "proven".to_owned() } else { format!("{} ppm", open * 1_000_000 / all) };
                format!("{} | {} | {proof}", cost.usd(), bound.usd())
            },
        );
        let line = format!("| {family} | {name} | {published} | {published_seconds} | {seen} | {seconds:.3} |");
        println!("{line}");
        writeln!(self.text, "{line}").unwrap();
    }

    /// Writes the page.
    pub(crate) fn finish(self) {
        let name = self.name;
        let today = jiff::Timestamp::now().strftime("%F").to_string();
        let cores = std::thread::available_parallelism().unwrap();
        let page = format!(
            "# Performance: published instances of {name}\n\nWritten by `make bench INSTANCES=FOLDER` on {today}, {cores} cores, one run each, in process. \
             What the families are: [performance](../performance.md).\n\n{}",
            self.text
        );
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/performance");
        std::fs::write(folder.join(format!("{name}.md")), page).unwrap();
    }
}
