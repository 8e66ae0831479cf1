//! What expressions are worth: a table of texts and results. Results were compared with `terraform console` of Terraform 1.11.4.

use std::collections::BTreeMap;

use stowage::diagnostic::SourceFile;
use stowage::parse::hcl;
use stowage::parse::tree::{Node, Value};

/// The value of `x` in a file, as JSON with ordered keys, or what is wrong with it.
fn computed(text: &str) -> String {
    let file = SourceFile::new("x.hcl", text);
    match hcl(&[file], &BTreeMap::new(), None) {
        Ok(stated) => shown(stated[0].problem.get("x").unwrap()),
        Err(found) => found.to_string(),
    }
}

fn shown(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(",")),
        Value::Map(entries) => {
            let entries: Vec<_> = entries.iter().map(|entry| format!("{}:{}", entry.key, shown(&entry.node))).collect();
            format!("{{{}}}", entries.join(","))
        }
        Value::Faulty(fault) => format!("fault: {}", fault.message),
    }
}

/// Expression and result.
const TABLE: &[(&str, &str)] = &[
    // Numbers are exact.
    ("0.1 + 0.2", "0.3"),
    ("0.1 * 3 == 0.3", "true"),
    ("10 / 4", "2.5"),
    ("-7 % 3", "-1"),
    ("18446744073709551615 + 1", "18446744073709551616"),
    ("12345678901234567890.5", "12345678901234567890.5"),
    ("\"5\" * 2", "10"),
    ("1 / 0", "fault: the result is not a number: division by zero"),
    ("5 % 0", "fault: the result is not a number: division by zero"),
    ("1e300", "fault: the number `1e300` is too large or too precise"),
    // Conditions, templates, indices, splats.
    ("1 < 2 && !false ? \"yes\" : nope", "\"yes\""),
    ("\"${1 + 1}\"", "2"),
    ("\"a ${1 + 1} b $${c}\"", "\"a 2 b ${c}\""),
    ("\"%{ for n in [1, 2] ~} <${n}> %{ endfor ~}\"", "\"<1> <2> \""),
    ("\"%{ if true }yes%{ else }no%{ endif }\"", "\"yes\""),
    ("[10, 20][1]", "20"),
    ("[{ a = 1 }, { a = 2 }][*].a", "[1,2]"),
    ("[{ a = 1 }, { a = 2 }].*.a", "[1,2]"),
    ("null[*]", "[]"),
    ("{ b = 1, a = 2 }", "{b:1,a:2}"),
    ("{ (\"k${1}\") = 1 }", "{k1:1}"),
    ("[1][3]", "fault: the list has 1 items, and none at position 3"),
    ("{ alpha = 1 }.alhpa", "fault: the map has no key `alhpa`"),
    // for
    ("[for k, v in { b = 1, a = 2 } : \"${k}${v}\" if v > 0]", "[\"a2\",\"b1\"]"),
    ("{ for n in [\"a\", \"b\", \"a\"] : n => 1... }", "{a:[1,1],b:[1]}"),
    ("{ for n in [\"a\", \"a\"] : n => 1 }", "fault: the key `a` is made twice"),
    // Functions.
    ("max(1, 2.5, -3)", "2.5"),
    ("min([3, 2]...)", "2"),
    ("[ceil(1.2), ceil(-1.2), floor(-1.2), abs(-3), signum(-0.5)]", "[2,-1,-2,3,-1]"),
    ("ceil(0.1 * 30)", "3"),
    ("[pow(2, 10), pow(4, 0.5), log(8, 2), parseint(\"ff\", 16)]", "[1024,2,3,255]"),
    ("sum([1, 2.5, \"3\"])", "6.5"),
    ("sum([])", "fault: sum: the list is empty"),
    ("[length([1, 2]), length(\"äb\"), length({ a = 1 })]", "[2,2,1]"),
    ("[keys({ b = 1, a = 2 }), values({ b = 1, a = 2 })]", "[[\"a\",\"b\"],[2,1]]"),
    ("merge({ a = 1, b = 2 }, null, { b = 3 })", "{a:1,b:3}"),
    ("concat([1], [2, 3], [])", "[1,2,3]"),
    ("[lookup({ a = 1 }, \"a\"), lookup({}, \"a\", 7)]", "[1,7]"),
    ("zipmap([\"a\", \"b\"], [1, 2])", "{a:1,b:2}"),
    ("toset([\"b\", \"a\", \"b\"])", "[\"a\",\"b\"]"),
    ("[tonumber(\"0.5\"), tostring(1.50), tobool(\"true\")]", "[0.5,\"1.5\",true]"),
    ("tonumber(\"x\")", "fault: tonumber: a number is expected, not a string"),
    ("flatten([[1, [2]], [], 3])", "[1,2,3]"),
    ("distinct([\"a\", \"b\", \"a\"])", "[\"a\",\"b\"]"),
    ("[contains([\"a\"], \"a\"), index([\"a\", \"b\"], \"b\"), element([1, 2, 3], 4)]", "[true,1,2]"),
    ("[sort([\"b\", \"a\"]), reverse([1, 2]), compact([\"a\", \"\", null])]", "[[\"a\",\"b\"],[2,1],[\"a\"]]"),
    ("[slice([1, 2, 3], 1, 3), chunklist([1, 2, 3], 2)]", "[[2,3],[[1,2],[3]]]"),
    ("[range(3), range(1, 4, 2), range(2, 0)]", "[[0,1,2],[1,3],[2,1]]"),
    ("range(100000)", "fault: range: a range has at most 1024 numbers"),
    ("[one([]), one([1]), coalesce(null, \"\", \"x\"), coalescelist([], [1])]", "[null,1,\"x\",[1]]"),
    ("[anytrue([false, true]), alltrue([true, false]), alltrue([])]", "[true,false,true]"),
    (
        "[setunion([\"b\"], [\"a\"]), setintersection([\"a\", \"b\"], [\"b\"]), setsubtract([\"a\", \"b\"], [\"b\"])]",
        "[[\"a\",\"b\"],[\"b\"],[\"a\"]]",
    ),
    ("setproduct([1, 2], [\"x\"])", "[[1,\"x\"],[2,\"x\"]]"),
    ("matchkeys([1, 2], [\"a\", \"b\"], [\"b\"])", "[2]"),
    ("transpose({ a = [\"x\", \"y\"], b = [\"y\"] })", "{x:[\"a\"],y:[\"a\",\"b\"]}"),
    (
        "[join(\"-\", [\"a\", 1]), split(\",\", \"a,b\"), replace(\"aXa\", \"X\", \"-\")]",
        "[\"a-1\",[\"a\",\"b\"],\"a-a\"]",
    ),
    (
        "[upper(\"ab\"), lower(\"AB\"), title(\"hello world\"), substr(\"hello\", 1, 3), strrev(\"abc\")]",
        "[\"AB\",\"ab\",\"Hello World\",\"ell\",\"cba\"]",
    ),
    (
        "[trimspace(\" a \"), trim(\"--a-\", \"-\"), trimprefix(\"v1\", \"v\"), trimsuffix(\"a.tf\", \".tf\"), chomp(\"a\\n\")]",
        "[\"a\",\"a\",\"1\",\"a\",\"a\"]",
    ),
    ("[startswith(\"ab\", \"a\"), endswith(\"ab\", \"a\"), strcontains(\"ab\", \"b\")]", "[true,false,true]"),
    (
        "format(\"%s-%03d %5.2f %q %v%% %-3s|\", \"a\", 7, 1.25, \"q\", [1], \"x\")",
        "\"a-007  1.25 \\\"q\\\" [1]% x  |\"",
    ),
    ("jsondecode(\"{\\\"a\\\": [1, 0.1]}\").a[1]", "0.1"),
    ("jsonencode({ b = [1, null], a = \"x\" })", "\"{\\\"a\\\":\\\"x\\\",\\\"b\\\":[1,null]}\""),
    ("[try(local.none, 1), can(1 / 0), try([1][2], \"d\")]", "[1,false,\"d\"]"),
    ("file(\"x\")", "fault: the function `file` is not computed here"),
    ("flaten([])", "fault: the function `flaten` is not computed here"),
    ("\"a\\n  ${~ 1 ~}  \\n b\"", "\"a1b\""),
    ("\"x %{ if true ~}\\n  y\\n%{ endif ~}\\n z\"", "\"x y\\nz\""),
    (
        "[title(\"it's a_b-c d.e\"), substr(\"hello\", -3, 2), substr(\"hello\", 1, -1)]",
        "[\"It'S A_b-C D.E\",\"ll\",\"ello\"]",
    ),
    (
        "format(\"%5s|%-5s|%05d|%+d|%.3f|%v\", \"a\", \"b\", 42, 7, 2.0/3, { a = 1 })",
        "\"    a|b    |00042|+7|0.667|{\\\"a\\\":1}\"",
    ),
    ("[pow(2, -1), log(100, 10), parseint(\"-11\", 2), 7 % -3, 7.5 % 2, floor(-5 / 2)]", "[0.5,2,-3,1,1.5,-3]"),
    ("tostring(100000000000000000000)", "\"100000000000000000000\""),
    ("{ a = 1 }[\"a\"]", "1"),
    ("[[1, 2], [3]][*][0]", "[1,3]"),
    ("[{ a = [1, 2] }].*.a[0]", "[1,2]"),
    ("[{ a = [1, 2] }][*].a[0]", "[1]"),
    ("[5 == \"5\", null == null]", "[false,true]"),
    ("range(5, 1, -2)", "[5,3]"),
    ("range(1, 5, -1)", "fault: range: the step does not lead from the start to the end"),
    ("[split(\",\", \"\"), trimspace(\"\\n a \\t\"), strrev(\"añb\")]", "[[\"\"],\"a\",\"bña\"]"),
    ("format(\"%d\", 2.5)", "fault: format: argument 2 must be a whole number"),
    ("tolist(toset([3, 10, 2]))", "[2,3,10]"),
    ("lookup({ a = 1 }, \"b\", null)", "null"),
    ("setproduct([\"b\", \"a\"], [\"x\"])", "[[\"b\",\"x\"],[\"a\",\"x\"]]"),
    // References that only Terraform can follow.
    ("aws_instance.web[0].id", "fault: the value of `aws_instance.web[0].id` is known only to Terraform"),
    ("each.key", "fault: the value of `each.key` is known only to Terraform"),
    ("frankfurt", "fault: the value of `frankfurt` is known only to Terraform"),
];

#[test]
fn expressions_have_the_values_terraform_gives_them() {
    for (expression, expected) in TABLE {
        assert_eq!(computed(&format!("x = {expression}\n")), *expected, "{expression}");
    }
}

#[test]
fn heredocs_lose_their_indentation() {
    assert_eq!(computed("x = <<-EOT\n    a\n      b ${1 + 1}\n  EOT\n"), r#""a\n  b 2\n""#);
}

/// Lines 1 to `end`, without it.
fn lines(end: usize, line: impl Fn(usize) -> String) -> String {
    (1..end).map(line).collect::<Vec<_>>().concat()
}

#[test]
fn locals_are_computed_in_any_order_and_never_in_circles() {
    let chain = lines(5_000, |n| format!("  l{n} = local.l{} + 1\n", n - 1));
    assert_eq!(computed(&format!("x = local.l4999\nlocals {{\n  l0 = 0\n{chain}}}\n")), "4999");
    let circle = "x = local.a\nlocals {\n  a = local.b\n  b = [local.c]\n  c = local.a\n}\n";
    assert_eq!(computed(circle), "fault: locals depend on each other: local.a → local.b → local.c → local.a");
}

#[test]
fn expressions_cannot_run_away() {
    let deep = lines(200, |n| format!("  l{n} = [local.l{}]\n", n - 1));
    let wide = lines(60, |n| format!("  l{n} = [local.l{0}, local.l{0}]\n", n - 1));
    let long = lines(40, |n| format!("  l{n} = \"${{local.l{0}}}${{local.l{0}}}\"\n", n - 1));
    for (locals, last, expected) in [
        (deep, 199, "fault: the value is nested more than 64 deep"),
        (wide, 59, "fault: the expressions take too many steps to compute"),
        (long, 39, "fault: the text would be too long"),
    ] {
        let start = if expected.contains("text") { "\"aaaaaaaa\"" } else { "1" };
        assert_eq!(computed(&format!("x = local.l{last}\nlocals {{\n  l0 = {start}\n{locals}}}\n")), expected);
    }
}

#[test]
fn variables_have_values_from_the_command_line_then_files_then_defaults() {
    let file = SourceFile::new(
        "main.tf",
        "x = [var.a, var.b, var.c, var.d]\n\
         variable \"a\" { default = 1 }\n\
         variable \"b\" { default = 1 }\n\
         variable \"c\" {\n  type = object({ n = number, o = optional(string, \"o\") })\n  default = { n = 1 }\n}\n\
         variable \"d\" { type = string }\n",
    );
    let values = SourceFile::new("terraform.tfvars", "a = 2\nb = 2\n");
    let more = SourceFile::new("more.auto.tfvars.json", r#"{ "b": 3 }"#);
    let given = BTreeMap::from([("c", "{ n = \"4\" }"), ("d", "five")].map(|(name, text)| (name.into(), text.into())));
    let stated = hcl(&[file, values, more], &given, None).unwrap();
    assert_eq!(shown(stated[0].problem.get("x").unwrap()), r#"[2,3,{n:4,o:"o"},"five"]"#);
}

#[test]
fn files_are_read_where_they_may_be() {
    let read = |name: &str| match name {
        "./a.json" => Ok(Some(br#"{ "n": 3 }"#.to_vec())),
        "t.tftpl" => Ok(Some(b"%{ for x in xs ~}\n<${x}:${n}>\n%{ endfor ~}\n".to_vec())),
        "only" => Ok(Some(b"${n}".to_vec())),
        "no.tftpl" => Ok(Some(b"${".to_vec())),
        "bytes" => Ok(Some(vec![0xff])),
        "closed" => Err("permission denied".to_owned()),
        _ => Ok(None),
    };
    for (text, expected) in [
        ("jsondecode(file(\"${path.module}/a.json\")).n", "3"),
        ("jsondecode(file(\"${path.root}/a.json\")).n", "3"),
        ("fileexists(\"./a.json\")", "true"),
        ("fileexists(\"b.json\")", "false"),
        ("templatefile(\"t.tftpl\", { xs = [1, 2], n = \"z\" })", r#""<1:z>\n<2:z>\n""#),
        ("templatefile(\"only\", { n = 7 })", "7"),
        ("try(file(\"b.json\"), null)", "null"),
        ("file(\"b.json\")", "fault: file: there is no file `b.json`"),
        ("file(\"bytes\")", "fault: file: `bytes` is not UTF-8"),
        ("file(\"closed\")", "fault: file: `closed` cannot be read: permission denied"),
        ("file(\"a\", \"b\")", "fault: file: the arguments are a path, and for a template a map of its variables"),
        ("file([])", "fault: a path is expected here, not a list"),
        ("templatefile(\"only\", 3)", "fault: a map is expected here, not a number"),
        ("templatefile(\"only\", {})", "fault: templatefile: `only`: the value of `n` is known only to Terraform"),
        ("path.cwd", "fault: the value of `path.cwd` is known only to Terraform"),
    ] {
        let file = SourceFile::new("x.hcl", format!("x = {text}"));
        let stated = hcl(&[file], &BTreeMap::new(), Some(&read)).unwrap();
        assert_eq!(shown(stated[0].problem.get("x").unwrap()), expected, "{text}");
    }
    let file = SourceFile::new("x.hcl", "x = templatefile(\"no.tftpl\", {})");
    let stated = hcl(&[file], &BTreeMap::new(), Some(&read)).unwrap();
    assert!(shown(stated[0].problem.get("x").unwrap()).contains("`no.tftpl` is no template"));
}
