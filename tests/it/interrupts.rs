//! A search that nobody waits for any more ends soon.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use stowage::catalog::Catalog;
use stowage::model::Problem;
use stowage::parse::{self, SourceFile};
use stowage::place::{Interrupt, Outcome, place_until};

/// Workloads that share few regions, with no gap allowed: minutes of work. `survive` is what each outlives.
fn slow(survive: &str) -> Problem {
    let mut text = String::from("{\"users\":{");
    for user in 0..12 {
        let comma = if user == 0 { "" } else { "," };
        let (latitude, longitude) = (user * 37 % 100 - 45, user * 61 % 300 - 150);
        write!(text, "{comma}\"u{user}\":{{\"latitude\":{latitude},\"longitude\":{longitude}}}").unwrap();
    }
    text += "},\"workloads\":{";
    for workload in 0..24 {
        let comma = if workload == 0 { "" } else { "," };
        let (vcpu, memory) = (300 + workload % 7 * 350, 500 + workload % 11 * 900);
        write!(
            text,
            "{comma}\"w{workload}\":{{\"replica\":{{\"vcpu\":{}.{:03},\"memory_gib\":{}.{:03}}},\"rps_per_replica\":{},\"max_rtt_ms\":{},\
             \"rtt_share\":0.7,\"survive\":{survive},\"demand_rps\":{{",
            vcpu / 1000,
            vcpu % 1000,
            memory / 1000,
            memory % 1000,
            20 + workload % 13 * 11,
            90 + workload % 5 * 20,
        )
        .unwrap();
        for user in 0..12 {
            let comma = if user == 0 { "" } else { "," };
            write!(text, "{comma}\"u{user}\":{}", 10 + (workload * 7 + user * 13) % 97).unwrap();
        }
        text += "}}";
    }
    text += "},\"limits\":{\"max_regions\":6},\"catalog\":{\"fixed_monthly_usd\":120},\"gap_tolerance\":0}";
    let node = parse::json(&SourceFile::new("slow.json", text)).unwrap();
    parse::problem(&node, Catalog::embedded(), None).unwrap().problem
}

#[test]
fn a_search_that_was_interrupted_before_it_began_finds_nothing() {
    let raised = AtomicBool::new(true);
    let answer = place_until(&slow("{\"zones\":1}"), Interrupt::when(&raised)).unwrap();
    assert_eq!(answer.outcome, Outcome::Undecided);
}

/// Without the interrupt these run for minutes: a search by regions, and HiGHS at work on a program.
#[test]
fn a_search_at_work_ends_when_it_is_interrupted() {
    for survive in ["{\"zones\":1}", "{\"zones\":1,\"regions\":1}"] {
        let problem = slow(survive);
        let raised = AtomicBool::new(false);
        thread::scope(|scope| {
            let running = scope.spawn(|| place_until(&problem, Interrupt::when(&raised)).unwrap());
            thread::sleep(Duration::from_secs(2));
            assert!(!running.is_finished(), "the problem is slow");
            raised.store(true, Ordering::Relaxed);
            let answer = running.join().unwrap();
            assert!(
                matches!(answer.outcome, Outcome::Undecided | Outcome::Feasible { .. }),
                "{}",
                answer.outcome.name()
            );
        });
    }
}
