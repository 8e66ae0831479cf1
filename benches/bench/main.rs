//! Sizes and speed, as anyone can measure them: `make bench`, or `make bench ONLY=plan` for the rows of one family (see [`rows`]).
//!
//! Whole processes are timed from outside, several times each, and the median is printed with the least and the greatest. Comparisons run in
//! turns, A B A B, and are given as the median of the ratios, because machines drift. Each family writes its page of `docs/performance/`.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark is an edge: it reads clocks and files, prints figures for reading, and stops at the first surprise"
)]

mod compact;
mod gate;
mod page;
mod plan;
mod problems;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use stowage::catalog::Catalog;
use stowage::parse::{self, SourceFile};
use stowage::place::place;

/// The allocator of the program, so that memory is what it takes there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Counted runs of each command, after one that is not.
const RUNS: usize = 9;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["solve-here", file] => solve_here(Path::new(file)),
        ["gate-here", file] => gate::here(Path::new(file), false),
        ["gate-distance-here", file] => gate::here(Path::new(file), true),
        ["catalog-here"] => catalog_here(),
        ["compact-here", file] => compact_here(Path::new(file)),
        [only] => rows(only),
        _ => rows(""),
    }
}

/// The families of rows whose names contain `only`, the longest last.
fn rows(only: &str) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, problem: String| {
        let file = folder.path().join(format!("{}.json", name.replace(' ', "-")));
        std::fs::write(&file, problem).unwrap();
        file
    };
    let solve = |name: &str, what: &str, problem: String, runs: usize| solve_row(what, &write(name, problem), runs);
    let families: [(&str, &dyn Fn()); 13] = [
        ("handshake", &|| {
            row("plugin start to handshake", &mut handshakes(), "bar 5 ms; process start included");
        }),
        ("catalog", &|| {
            let note = "decode and full supply; bar 20 ms";
            row("catalog: first lookup", &mut readings("catalog-here", "first lookup"), note);
        }),
        ("plan", &|| plan::rows(folder.path())),
        ("gate", &|| gate::rows(folder.path())),
        ("near", &|| {
            for (workloads, runs) in [(1, RUNS), (20, RUNS), (200, 3), (1_000, 3), (10_000, 1)] {
                let what = format!("solve, {workloads} workloads, round trips of 30–60 ms");
                let time = solve(&format!("near {workloads}"), &what, problems::near_users(workloads), runs);
                page::grown("workloads", workloads as u64, time);
            }
        }),
        ("far", &|| {
            for (workloads, runs) in [(1, RUNS), (20, RUNS), (200, 3), (1_000, 3)] {
                let what = format!("solve, {workloads} workloads, round trips of 60–200 ms");
                let time = solve(&format!("far {workloads}"), &what, problems::json(workloads, 0), runs);
                page::grown("workloads", workloads as u64, time);
            }
        }),
        ("compact", &|| {
            for workloads in [1, 20, 100] {
                compact_rows(workloads, &write(&format!("compact {workloads}"), problems::near_users(workloads)));
            }
        }),
        ("surviving", &|| {
            let what = "solve, 50 workloads that outlive a region; bar 60 s, gap 0.5 %, 1 GiB";
            solve("surviving", what, problems::surviving(50), 3);
        }),
        ("pools", &|| {
            for (replicas, runs) in [(10, RUNS), (100, RUNS), (1_000, 3), (3_000, 1)] {
                let what = format!("solve, a pool of {replicas} replicas, any region and type; gap 0.5 %");
                let time = solve(&format!("pool {replicas}"), &what, problems::pool(replicas), runs);
                page::grown("replicas", replicas, time);
            }
        }),
        ("shared", &|| {
            for (round_trips, problem) in
                [("30–60 ms", problems::near_users_sharing as fn(usize, u32) -> String), ("60–200 ms", problems::json)]
            {
                for workloads in [5, 20, 200] {
                    let what =
                        format!("solve, {workloads} workloads within {round_trips} that share regions at 40 USD");
                    let file = format!("shared {workloads} {}", &round_trips[..2]);
                    solve(&file, &what, problem(workloads, 40), 3);
                }
            }
        }),
        ("hourly", &|| {
            for workloads in [1, 20, 200] {
                let what = format!("solve, {workloads} workloads asked by the hour, user groups apart");
                solve(&format!("hourly {workloads}"), &what, problems::hourly(workloads), 3);
            }
            for workloads in [1, 12] {
                let what = format!("solve, {workloads} workloads asked by the hour that outlive a region");
                solve(&format!("hourly surviving {workloads}"), &what, problems::surviving_hourly(workloads), 3);
            }
        }),
        ("calling", &|| {
            for workloads in [20, 100, 200, 500] {
                let what = format!(
                    "solve, {workloads} workloads that call each other, ten by ten; bar for 200: 60 s, gap 1 %"
                );
                let time = solve(&format!("calling {workloads}"), &what, problems::calling(workloads), 1);
                page::grown("workloads", workloads as u64, time);
                let what = format!("the same {workloads} with quotas and a budget");
                solve(&format!("limited {workloads}"), &what, problems::limited(workloads), 1);
            }
            let what = "solve, 200 workloads that call each other in one graph; bar 60 s, gap 1 %";
            solve("connected", what, problems::connected(200), 1);
        }),
        ("threads", &|| {
            for (what, problem) in [
                ("200 workloads, round trips of 30–60 ms", problems::near_users(200)),
                ("200 workloads, round trips of 60–200 ms", problems::json(200, 0)),
                ("50 workloads that outlive a region", problems::surviving(50)),
                ("a pool of 1000 replicas", problems::pool(1_000)),
                ("100 workloads that call each other, ten by ten", problems::calling(100)),
                ("the same 100 with quotas and a budget", problems::limited(100)),
            ] {
                thread_rows(what, &write(what, problem));
            }
        }),
    ];
    println!("| what | median | least – greatest | note |\n|---|---|---|---|");
    for (name, family) in families.iter().filter(|(name, _)| name.contains(only)) {
        family();
        page::finish(name);
    }
}

/// The times of a whole `stowage solve`, after one that is not counted unless there is but one, and the peak memory of the same work.
fn solve_row(what: &str, file: &Path, runs: usize) -> Duration {
    let mut command = Command::new(stowage());
    command.args(["solve", "--format", "json", "--quiet"]).arg(file).stdout(Stdio::null());
    let uncounted = usize::from(runs > 1);
    let mut times = (0..runs + uncounted).map(|_| timed(&mut command)).skip(uncounted).collect::<Vec<_>>();
    let here = run_self(&["solve-here", file.to_str().unwrap()]);
    row(what, &mut times, here.trim())
}

/// The times of one problem with one, two and eight threads, whose results must be the same bytes.
fn thread_rows(what: &str, file: &Path) {
    let mut first: Option<Vec<u8>> = None;
    for threads in [1, 2, 8] {
        let started = Instant::now();
        let mut command = Command::new(stowage());
        command.args(["solve", "--format", "json", "--quiet", "--threads", &threads.to_string()]).arg(file);
        let output = command.output().unwrap();
        let time = started.elapsed();
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        let same = first.get_or_insert_with(|| output.stdout.clone());
        assert!(*same == output.stdout, "{what}: {threads} threads say something else than one");
        let note = format!("{} bytes, the same", output.stdout.len());
        row(&format!("solve, {what}, {threads} threads"), &mut [time], &note);
    }
}

/// Solves in this process and says what was seen.
fn solve_here(file: &Path) {
    let source = SourceFile::new(file.display().to_string(), std::fs::read(file).unwrap());
    let started = Instant::now();
    let tree = parse::json(&source).unwrap();
    let problem = parse::problem(&tree, Catalog::embedded(), None).unwrap().problem;
    let parsed = started.elapsed();
    let started = Instant::now();
    let answer = place(&problem).unwrap();
    println!(
        "{}, gap {} ppm; parse {} ms, place {} ms, peak {}; {} of {} pairs kept, {} blocks",
        answer.outcome.name(),
        answer.outcome.gap_millionths().map_or_else(|| "–".to_owned(), |gap| gap.to_string()),
        parsed.as_millis(),
        started.elapsed().as_millis(),
        peak_memory(),
        answer.sizes.kept,
        answer.sizes.pairs,
        answer.sizes.blocks,
    );
}

/// The most that the compact formulation may take.
const COMPACT_LIMIT: Duration = Duration::from_secs(120);

/// The rows of a problem given whole to HiGHS, beside ours of the same minute.
fn compact_rows(workloads: usize, file: &Path) {
    let mut command = Command::new(stowage());
    command.args(["solve", "--format", "json", "--quiet"]).arg(file);
    let output = command.output().unwrap();
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut ours = (0..3).map(|_| timed(command.stdout(Stdio::null()))).collect::<Vec<_>>();
    let what = format!("solve, {workloads} workloads, round trips of 30–60 ms");
    let ours = row(&what, &mut ours, &format!("{} USD a month", result["monthly_cost_usd"]));
    let started = Instant::now();
    let here = run_self(&["compact-here", file.to_str().unwrap()]);
    let compact = started.elapsed();
    let ratio = compact.as_secs_f64() / ours.as_secs_f64();
    let note = format!("{}; {ratio:.0} × ours", here.trim());
    row(&format!("the same as a compact formulation, {workloads} workloads"), &mut [compact], &note);
}

/// Gives a problem whole to HiGHS and says what was seen.
fn compact_here(file: &Path) {
    let source = SourceFile::new(file.display().to_string(), std::fs::read(file).unwrap());
    let problem = parse::problem(&parse::json(&source).unwrap(), Catalog::embedded(), None).unwrap().problem;
    let ended = compact::solve(&problem, COMPACT_LIMIT);
    let (columns, rows, memory) = (ended.columns, ended.rows, peak_memory());
    let found = ended.found.map_or_else(
        || "nothing found".to_owned(),
        |(cost, gap)| format!("{cost:.2} USD a month, gap {:.0} ppm", gap * 1e6),
    );
    let how = if ended.is_proven { "proven" } else { "ended by its limit" };
    println!(
        "{how}, {found}; {columns} columns, {rows} rows, peak {memory}; {} ms without reading",
        ended.time.as_millis()
    );
}

fn catalog_here() {
    let started = Instant::now();
    let supply = Catalog::embedded().supply(&[], &|_| true).unwrap();
    assert!(!supply.regions.is_empty());
    println!("first lookup {}", started.elapsed().as_micros());
}

/// The peak resident memory of this process, where the system tells.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok())
        .map_or_else(|| "unknown".to_owned(), |kib| format!("{} MiB", kib / 1024))
}

/// Readings in microseconds that this program prints about itself in a fresh process.
fn readings(mode: &str, label: &str) -> Vec<Duration> {
    (0..RUNS)
        .map(|_| {
            let text = run_self(&[mode]);
            let micros = text.trim().strip_prefix(label).unwrap().trim().parse().unwrap();
            Duration::from_micros(micros)
        })
        .collect()
}

fn run_self(arguments: &[&str]) -> String {
    let output = Command::new(std::env::current_exe().unwrap()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// From starting the plugin as a host does to its handshake line.
fn handshakes() -> Vec<Duration> {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap().pem();
    let handshake = || {
        let started = Instant::now();
        let mut child = Command::new(stowage())
            .env("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
            .env("PLUGIN_PROTOCOL_VERSIONS", "6")
            .env("PLUGIN_CLIENT_CERT", &certificate)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let elapsed = started.elapsed();
        assert!(line.starts_with("1|6|"), "{line}");
        child.kill().unwrap();
        child.wait().unwrap();
        elapsed
    };
    (0..=RUNS * 3).map(|_| handshake()).skip(1).collect()
}

/// The time of a whole process, which must succeed.
fn timed(command: &mut Command) -> Duration {
    let started = Instant::now();
    let status = command.status().unwrap();
    let elapsed = started.elapsed();
    assert!(status.success(), "{command:?} ended with {status}");
    elapsed
}

fn stowage() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_stowage"))
}

/// Tells the median, and gives it back.
fn row(what: &str, times: &mut [Duration], note: &str) -> Duration {
    times.sort_unstable();
    let (least, greatest) = (times[0], times[times.len() - 1]);
    let median = times[times.len() / 2];
    page::add(format!("| {what} | {} | {} – {} | {note} |", ms(median), ms(least), ms(greatest)));
    median
}

fn ms(time: Duration) -> String {
    let micros = time.as_micros();
    if micros < 10_000 {
        format!("{}.{} ms", micros / 1000, micros % 1000 / 100)
    } else {
        format!("{} ms", micros / 1000)
    }
}
