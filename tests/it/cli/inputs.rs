//! What is read, and what happens to what cannot be.

use super::{SMALL, folder, json, run, run_in};

#[test]
fn every_kind_of_input_states_the_same_problem() {
    let as_json = r#"
      { "users": { "frankfurt": { "city": "Frankfurt", "country": "DE" } },
        "workloads": { "web": { "replica": { "vcpu": 1, "memory_gib": 2 }, "rps_per_replica": 150,
                                "demand_rps": { "frankfurt": 300 }, "max_rtt_ms": 40 } },
        "allowed": { "clouds": ["aws"] } }"#;
    let block = format!("data \"stowage_placement\" \"shop\" {{\n{SMALL}\n}}\n");
    let folder = folder(&[("shop.hcl", SMALL), ("shop.json", as_json), ("problem.txt", as_json), ("main.tf", &block)]);
    let solve = |path: &str, input: &str| {
        let ran = run_in(folder.path(), &["solve", path, "--format", "json"], input.as_bytes());
        assert_eq!(ran.code, 0, "{path}: {}", ran.stderr);
        ran.stdout
    };
    let expected = solve("shop.hcl", "");
    for path in ["shop.json", "problem.txt", "main.tf", "."] {
        assert_eq!(solve(path, ""), expected, "{path}");
    }
    for input in [SMALL, as_json] {
        assert_eq!(solve("-", input), expected, "{input}");
    }
}

#[test]
fn variables_come_from_defaults_files_and_arguments_in_this_order() {
    let text = format!(
        "variable \"demand\" {{\n  type    = number\n  default = 100\n}}\n{}",
        SMALL.replace("= 300", "= var.demand")
    );
    let block = text.replace("users =", "data \"stowage_placement\" \"shop\" {\nusers =") + "}\n";
    let load = |files: &[(&str, &str)], more: &[&str]| {
        let ran = run(files, &[&["solve", ".", "--format", "json"], more].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let result = json(&ran.stdout);
        let groups = result["groups"].as_object().unwrap();
        assert_eq!(groups.len(), 1);
        groups.values().next().unwrap()["load_rps"].to_string()
    };
    let main = ("main.tf", block.as_str());
    let named = ("terraform.tfvars", "demand = 200\n");
    let automatic = ("x.auto.tfvars", "demand = 300\n");
    let chosen = ("more.tfvars.json", "{ \"demand\": 400 }\n");
    assert_eq!(load(&[main], &[]), "100");
    assert_eq!(load(&[main, named], &[]), "200");
    assert_eq!(load(&[main, named, automatic, chosen], &[]), "300");
    assert_eq!(load(&[main, named, automatic, chosen], &["--var-file", "more.tfvars.json"]), "400");
    assert_eq!(
        load(&[main, named, automatic, chosen], &["--var", "demand=500", "--var-file", "more.tfvars.json"]),
        "500"
    );
}

#[test]
fn what_cannot_be_read_says_which_and_what_to_do() {
    for (files, arguments, parts) in [
        (&[][..], &["solve", "none.hcl"][..], &["none.hcl cannot be read", "name an .hcl or .json file"][..]),
        (&[("shop.hcl", SMALL)], &["solve", "."], &["holds no .tf file", "did you mean ./shop.hcl?"]),
        (&[], &["solve", "."], &["holds no .tf file", "or - for standard input"]),
        (&[("a.json", "{}")], &["solve", "a.json", "--var", "x=1"], &["a JSON problem has no variables"]),
        (&[("a.hcl", SMALL)], &["solve", "a.hcl", "--var-file", "x.txt"], &["x.txt", "`.tfvars`"]),
        (&[("a.hcl", SMALL)], &["solve", "a.hcl", "--var-file", "x.tfvars"], &["x.tfvars cannot be read"]),
        (&[("a.hcl", SMALL)], &["solve", "a.hcl", "--var", "x=1"], &["not declared"]),
        (&[("a.hcl", SMALL)], &["solve", "a.hcl", "--block", "x"], &["no data block `x`", "leave --block out"]),
        (&[("a.hcl", "users = {")], &["solve", "a.hcl"], &["error[", "a.hcl:1"]),
        (&[("a.json", "{ \"users\": ")], &["solve", "a.json"], &["error[", "a.json:1"]),
        (&[("main.tf", "resource \"x\" \"y\" {}\n")], &["solve", "."], &["state no problem", "stowage_placement"]),
    ] {
        let ran = run(files, arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{arguments:?}: {}", ran.stderr);
        for part in parts {
            assert!(ran.stderr.contains(part), "{arguments:?}: {part}: {}", ran.stderr);
        }
    }
}

#[test]
fn every_fault_is_reported_at_once_with_its_line_and_the_way_out() {
    let text = SMALL.replace("= 300", "= -3").replace("\"Frankfurt\"", "\"Frankfrt\"").replace("\"aws\"", "\"asw\"");
    let ran = run(&[("shop.hcl", &text)], &["solve", "shop.hcl"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    for part in [
        "shop.hcl:1:",
        "Frankfrt",
        "Frankfurt",
        "shop.hcl:6:",
        "workloads[\"web\"].demand_rps[\"frankfurt\"]",
        "shop.hcl:10:",
        "asw",
        "help: ",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
}

#[test]
fn bytes_that_are_no_text_are_a_finding_at_their_place() {
    let mut bytes = SMALL.as_bytes().to_vec();
    bytes[60] = 0xff;
    for input in [bytes.as_slice(), b"{ \"users\": \xff }"] {
        let ran = run_in(folder(&[]).path(), &["solve", "-"], input);
        assert_eq!(ran.code, 1);
        assert!(ran.stderr.contains("not UTF-8") && ran.stderr.contains("<stdin>:"), "{}", ran.stderr);
    }
}

#[test]
fn configuration_in_json_syntax_is_not_passed_over_in_silence() {
    let block = format!("data \"stowage_placement\" \"shop\" {{\n{SMALL}\n}}\n");
    let ran = run(&[("main.tf", &block), ("more.tf.json", "{}")], &["solve"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("more.tf.json is not read"), "{}", ran.stderr);
}

#[test]
fn files_that_expressions_name_stand_beside_the_configuration() {
    let text = SMALL
        .replace("max_rtt_ms", "min_regions = jsondecode(file(\"${path.module}/limits.json\")).regions\n max_rtt_ms");
    assert_ne!(text, SMALL);
    let block = format!("data \"stowage_placement\" \"shop\" {{\n{text}\n}}\n");
    let there = folder(&[("main.tf", &block), ("limits.json", r#"{ "regions": 2 }"#)]);
    let elsewhere = folder(&[]);
    let path = there.path().display().to_string();
    let ran = run_in(elsewhere.path(), &["solve", &path, "--format", "json"], b"");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(json(&ran.stdout)["groups"].as_object().unwrap().len(), 2);
    let missing = run(&[("main.tf", &block)], &["solve"]);
    assert_eq!(missing.code, 1);
    assert!(
        missing.stderr.contains("there is no file `./limits.json`") && missing.stderr.contains("main.tf:"),
        "{}",
        missing.stderr
    );
}
