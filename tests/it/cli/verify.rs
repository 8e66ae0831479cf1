//! `stowage verify`, from files as people have them.

use super::{SMALL, folder, impossible, run_in};

#[test]
fn a_result_is_checked_alone_or_beside_its_problem() {
    let folder = folder(&[("shop.hcl", SMALL), ("other.hcl", &SMALL.replace("300", "301"))]);
    let result = run_in(folder.path(), &["solve", "shop.hcl", "--format", "json"], b"").stdout;
    std::fs::write(folder.path().join("result.json"), &result).unwrap();
    let verify = |arguments: &[&str], input: &str| {
        let ran = run_in(folder.path(), &[&["verify"], arguments].concat(), input.as_bytes());
        (ran.code, ran.stdout + &ran.stderr)
    };
    for arguments in [&["result.json"][..], &["shop.hcl", "result.json"]] {
        let (code, said) = verify(arguments, "");
        assert!(code == 0 && said.contains("the result holds") && said.contains("--prove"), "{said}");
    }
    let (code, said) = verify(&["result.json", "--prove"], "");
    assert!(code == 0 && said.contains("the proof was made again"), "{said}");
    assert_eq!(verify(&["-", "--quiet"], &result), (0, String::new()));

    let (code, said) = verify(&["other.hcl", "result.json"], "");
    assert!(code == 2 && said.contains("does not hold"), "{said}");
    let changed = result.replacen("\"instances\": ", "\"instances\": 1", 1);
    let (code, said) = verify(&["-"], &changed);
    assert!(code == 2 && said.contains(".instances: is 1"), "{said}");
    let (code, said) = verify(&["-"], &result.replace("catalog_sha256\\\":\\\"", "catalog_sha256\\\":\\\"0"));
    assert!(code == 3 && said.contains("verify with version 0."), "{said}");
    for (input, part) in [("{}", "holds no result"), ("[", "is no JSON")] {
        let (code, said) = verify(&["-"], input);
        assert!(code == 1 && said.contains(part), "{said}");
    }
}

#[test]
fn that_there_is_no_placement_is_always_proved_again() {
    let folder = folder(&[("shop.hcl", &impossible())]);
    let result = run_in(folder.path(), &["solve", "shop.hcl", "--format", "json", "-q"], b"").stdout;
    let ran = run_in(folder.path(), &["verify", "-"], result.as_bytes());
    assert!(ran.code == 0 && ran.stdout.contains("the proof was made again"), "{}", ran.stdout);
    let possible = result.replace("0.001", "40");
    assert_eq!(run_in(folder.path(), &["verify", "-"], possible.as_bytes()).code, 2);
}

#[test]
fn results_of_several_blocks_are_checked_each() {
    let block = |name: &str| format!("data \"stowage_placement\" \"{name}\" {{\n{SMALL}\n}}\n");
    let folder = folder(&[("main.tf", &(block("first") + &block("second")))]);
    let result = run_in(folder.path(), &["solve", ".", "--format", "json"], b"").stdout;
    std::fs::write(folder.path().join("result.json"), &result).unwrap();
    let ran = run_in(folder.path(), &["verify", ".", "result.json"], b"");
    assert_eq!((ran.code, ran.stdout.matches("holds: every rule").count()), (0, 2), "{}", ran.stderr);
}
