//! How the program ends, and what goes where.

use super::{SMALL, folder, impossible, json, run, run_in};

#[test]
fn a_placement_is_0_with_data_on_stdout_and_silence_on_stderr() {
    let ran = run(&[("shop.hcl", SMALL)], &["solve", "shop.hcl"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    for part in ["web", "aws/", "USD/month", "optimal", "Catalog"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}

#[test]
fn what_is_impossible_is_2_and_shows_the_lines_and_the_way_out() {
    let ran = run(&[("shop.hcl", &impossible())], &["solve", "shop.hcl"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (2, ""));
    for part in [
        "error[conflict]: no placement keeps every promise of workload `web`",
        "--> shop.hcl:3:3",
        "max_rtt_ms      = 0.001",
        "help: set max_rtt_ms = ",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}

#[test]
fn a_list_that_rules_out_what_a_promise_needs_is_named_with_the_region_to_add() {
    let text = SMALL.replace("{ clouds = [\"aws\"] }", "{ regions = [\"aws/us-west-2\"] }");
    let ran = run(&[("shop.hcl", &text)], &["solve", "shop.hcl"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    for part in [
        "max_rtt_ms      = 40",
        "regions = [\"aws/us-west-2\"]",
        "leaves 1 of ",
        "help: add \"",
        "\" to allowed.regions (cost ",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let apart = SMALL.replace("max_rtt_ms      = 40", "allowed = { clouds = [\"gcp\"] }");
    let ran = run(&[("shop.hcl", &apart)], &["solve", "shop.hcl"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    for part in [
        "allowed = { clouds = [\"gcp\"] }",
        "allowed = { clouds = [\"aws\"] }",
        "add \"aws\" to allowed.clouds of the workload (cost",
        "add \"gcp\" to allowed.clouds of the problem (cost",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}

#[test]
fn what_is_impossible_is_data_as_json_and_talk_beside_it() {
    let files = [("shop.hcl", impossible())];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let ran = run(&files, &["solve", "shop.hcl", "--format", "json"]);
    assert_eq!(ran.code, 2);
    assert_eq!(json(&ran.stdout)["outcome"], "infeasible");
    assert!(ran.stderr.contains("error[conflict]"), "{}", ran.stderr);
    let quiet = run(&files, &["solve", "shop.hcl", "--format", "json", "--quiet"]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (2, ""));
    assert_eq!(quiet.stdout, ran.stdout);
}

#[test]
fn of_several_problems_the_worst_counts() {
    let block = |name: &str, text: &str| format!("data \"stowage_placement\" \"{name}\" {{\n{text}\n}}\n");
    let good = block("good", SMALL);
    let text = good.clone() + &block("bad", &impossible());
    let ran = run(&[("main.tf", &text)], &["solve", "."]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let broken = text + &block("worse", &SMALL.replace("300", "-1"));
    assert_eq!(run(&[("main.tf", &broken)], &["solve", "."]).code, 1);
    assert_eq!(run(&[("main.tf", &good)], &["solve"]).code, 0);
}

#[test]
fn wrong_usage_is_1_and_help_is_0() {
    for (arguments, part) in [
        (&[][..], "Usage: stowage"),
        (&["sovle"], "'solve'"),
        (&["solve", "a", "b"], "unexpected argument 'b'"),
        (&["solve", "--format", "yaml"], "[possible values: table, json, markdown]"),
        (&["solve", "--threads", "0"], "0 is not in 1..=1024"),
        (&["solve", "--var", "demand"], "write NAME=VALUE"),
        (&["catalog", "import", "x"], "--to <DATA_DIR>"),
        (&["serve"], "--debug"),
        (&["completion", "cobol"], "[possible values: bash"),
    ] {
        let ran = run(&[], arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(part), "{arguments:?}: {}", ran.stderr);
    }
    for arguments in [&["--help"][..], &["solve", "--help"], &["--version"]] {
        let ran = run(&[], arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert!(ran.stdout.contains("stowage"), "{}", ran.stdout);
    }
}

#[test]
fn a_frontier_of_emissions_is_refused_where_no_service_says_what_functions_emit() {
    let text = "users = { here = { city = \"Frankfurt am Main\", country = \"DE\" } }\n\
                workloads = { web = { function = { memory_gib = 1, duration_ms = 10 }, demand_rps = { here = 1 } } }\n";
    let ran = run(&[("shop.hcl", text)], &["frontier", "shop.hcl", "--against", "carbon"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("web runs as a function, and no service says what it emits"), "{}", ran.stderr);
}

#[test]
fn a_reader_who_leaves_is_no_error() {
    let folder = folder(&[("shop.hcl", SMALL)]);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_stowage"))
        .args(["solve", "shop.hcl", "--format", "json"])
        .current_dir(folder.path())
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn warnings_are_talk_and_quiet_keeps_them_back() {
    let text = SMALL.replace("users = {", "users = { idle = { country = \"FR\" },");
    let folder = folder(&[("shop.hcl", &text)]);
    let ran = run_in(folder.path(), &["solve", "shop.hcl"], b"");
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("warning[") && ran.stderr.contains("idle"), "{}", ran.stderr);
    assert_eq!(run_in(folder.path(), &["solve", "shop.hcl", "-q"], b"").stderr, "");
}
