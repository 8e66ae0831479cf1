//! Every format is read back by a parser or held against its schema, also where names try to break out of it, and shown as a snapshot.

use serde_json::{Value, json};

use super::{change, folder, instance, parsed, plan, run_in};

/// A policy that two findings break, that waives one of them, and that leaves one figure unknown.
const POLICY: &str = r#"limits  = { monthly_cost_usd = 100, max_rtt_ms = 30 }
survive = { zones = 1 }
waivers = {
  lab = {
    rule    = "survival-limit"
    address = "aws_instance.lab"
    reason  = "A lab may be lost"
    owner   = "lab@example.org"
    expires = "2027-03-31"
  }
}
"#;

const CONFIGURATION: &str = "# Machines\nresource \"aws_instance\" \"web\" {\n  instance_type = \"m5.large\"\n}\n";

fn example() -> Value {
    let frankfurt = instance("eu-central-1a", "m5.large");
    plan(&[
        change("aws_instance.web", &["update"], instance("eu-central-1a", "c5.large"), frankfurt.clone()),
        change("aws_instance.lab", &["create"], Value::Null, frankfurt.clone()),
        change("aws_instance.old", &["no-op"], frankfurt.clone(), frankfurt),
        change("aws_instance.odd", &["create"], Value::Null, instance("eu-central-1b", "m99.mega")),
    ])
}

/// The output of a format for a plan.
fn written(plan: &Value, format: &str) -> String {
    let folder = folder(&[("plan.json", &plan.to_string()), ("policy.hcl", POLICY), ("main.tf", CONFIGURATION)]);
    let arguments =
        ["gate", "plan.json", "--policy", "policy.hcl", "--today", "2026-11-24", "--no-distance", "--format", format];
    let ran = run_in(folder.path(), &arguments, "");
    assert_eq!(ran.code, 2, "{format}: {}", ran.stderr);
    ran.stdout
}

/// Names that would end a string, a cell, a comment, a command or an element in some format.
const HOSTILE: &str = "</td><script>alert(1)</script> | `x` ]]> --> ::error::\n::set-output name=a::b \u{1b}[31m \u{0} \u{202e} %0A ,:=\"'&amp; @everyone #1\n\n<script>alert(2)</script>\n\n# Big\n";

fn hostile() -> Value {
    let mut plan = plan(&[change("aws_instance.web", &["create"], Value::Null, instance("eu-central-1a", HOSTILE))]);
    plan["resource_changes"][0]["address"] = json!(format!("aws_instance.web[{HOSTILE:?}]"));
    plan["resource_changes"][0]["index"] = json!(HOSTILE);
    plan["resource_changes"].as_array_mut().unwrap().push(change(
        "aws_instance.dear",
        &["create"],
        Value::Null,
        instance("eu-central-1a", "m5.24xlarge"),
    ));
    plan
}

/// Figures that move with the catalog and the version are left out of snapshots.
fn stable(text: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let catalog = stowage::catalog::Catalog::embedded().stamp();
    text.replace(&catalog.digest, "DIGEST")
        .replace(&format!("version {}", catalog.version), "version CATALOG")
        .replace(&catalog.as_of, "AS-OF")
        .replace(version, "VERSION")
}

#[test]
fn people_read_a_table_and_a_comment() {
    insta::assert_snapshot!("table", stable(&written(&example(), "table")));
    insta::assert_snapshot!("markdown", stable(&written(&example(), "markdown")));
}

#[test]
fn pipelines_read_sarif_junit_and_issues() {
    insta::assert_snapshot!("sarif", stable(&written(&example(), "sarif")));
    insta::assert_snapshot!("junit", stable(&written(&example(), "junit")));
    insta::assert_snapshot!("gitlab", stable(&written(&example(), "gitlab")));
    insta::assert_snapshot!("github", stable(&written(&example(), "github")));
    let judged = parsed(&written(&example(), "json"));
    insta::assert_snapshot!(
        "json",
        stable(&format!(
            "{:#}\n",
            json!({ "decision": judged["decision"], "errors": judged["errors"], "findings": judged["findings"] })
        ))
    );
}

#[test]
fn browsers_read_one_file() {
    insta::assert_snapshot!("html", stable(&written(&example(), "html")).split_once("</style>").unwrap().1);
}

#[test]
fn sarif_conforms_to_the_schema_of_oasis() {
    // The published pattern of languages closes a bracket that it never opened, which is no pattern at all.
    let schema = include_str!("sarif-schema-2.1.0.json").replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}$");
    let schema: Value = parsed(&schema);
    let validator = jsonschema::validator_for(&schema).unwrap();
    for plan in [example(), hostile()] {
        let log = parsed(&written(&plan, "sarif"));
        let faults: Vec<String> =
            validator.iter_errors(&log).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
        assert!(faults.is_empty(), "{faults:?}");
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for result in run["results"].as_array().unwrap() {
            assert_eq!(rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()]["id"], result["ruleId"]);
        }
    }
    let log = parsed(&written(&example(), "sarif"));
    let results = log["runs"][0]["results"].as_array().unwrap();
    let place = |result: &Value| result["locations"][0]["physicalLocation"].clone();
    let web = results
        .iter()
        .find(|result| result["message"]["text"].as_str().is_some_and(|text| text.starts_with("aws_instance.web (")));
    assert_eq!(place(web.unwrap())["artifactLocation"]["uri"], "main.tf");
    assert!(results.iter().any(|result| {
        result["suppressions"][0]["justification"].as_str().is_some_and(|text| text.contains("A lab may be lost"))
    }));
}

#[test]
fn junit_is_read_back_by_a_parser() {
    for plan in [example(), hostile()] {
        let report = quick_junit::Report::deserialize_from_str(&written(&plan, "junit")).unwrap();
        assert_eq!(report.test_suites.len(), 1);
        let suite = &report.test_suites[0];
        let count = |wanted: fn(&quick_junit::TestCaseStatus) -> bool| {
            suite.test_cases.iter().filter(|case| wanted(&case.status)).count()
        };
        let failed = count(|status| matches!(status, quick_junit::TestCaseStatus::NonSuccess { .. }));
        assert_eq!(failed, suite.failures + suite.errors);
        assert!(suite.failures >= 1 && suite.errors >= 1, "{suite:?}");
    }
}

/// As <https://docs.gitlab.com/ci/testing/code_quality/> lists them.
#[test]
fn gitlab_gets_what_it_requires() {
    let schema = json!({
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "location", "severity"],
            "properties": {
                "description": { "type": "string", "minLength": 1 },
                "check_name": { "type": "string", "minLength": 1 },
                "fingerprint": { "type": "string", "minLength": 1 },
                "severity": { "enum": ["info", "minor", "major", "critical", "blocker"] },
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": { "type": "string", "pattern": "^[^/].*$" },
                        "lines": { "type": "object", "required": ["begin"], "properties": { "begin": { "type": "integer", "minimum": 1 } } },
                    },
                },
            },
        },
    });
    for plan in [example(), hostile()] {
        let issues = parsed(&written(&plan, "gitlab"));
        assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&issues), "{issues:#}");
        let mut fingerprints: Vec<&str> =
            issues.as_array().unwrap().iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
        let all = fingerprints.len();
        fingerprints.sort_unstable();
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), all);
    }
}

/// Every line is one command, and no name begins another.
#[test]
fn github_gets_one_command_a_line() {
    for plan in [example(), hostile()] {
        let text = written(&plan, "github");
        assert!(text.lines().count() >= 2);
        for line in text.lines() {
            let rest = ["::error ", "::warning ", "::notice "]
                .into_iter()
                .find_map(|begin| line.strip_prefix(begin))
                .unwrap_or_else(|| panic!("{line}"));
            let (properties, _) = rest.split_once("::").unwrap();
            for property in properties.split(',') {
                let (name, value) = property.split_once('=').unwrap();
                assert!(["file", "line", "title"].contains(&name) && !value.contains(':'), "{line}");
            }
        }
    }
}

#[test]
fn markdown_is_read_by_a_parser_and_holds_no_markup_of_the_plan() {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    for plan in [example(), hostile()] {
        let text = written(&plan, "markdown");
        assert!(text.starts_with("<!-- stowage-gate: plan.json -->\n"), "{text}");
        let mut tables = 0;
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
            assert!(!matches!(event, Event::Start(Tag::Link { .. } | Tag::Image { .. })), "a link: {text}");
            if let Event::Html(html) | Event::InlineHtml(html) = &event {
                let html = html.trim();
                let is_ours =
                    ["<!-- stowage-gate: ", "<details>", "</details>"].iter().any(|own| html.starts_with(own));
                assert!(is_ours && !html.contains("script"), "{html}");
            }
            if let Event::Start(Tag::Table(columns)) = event {
                assert_eq!(columns.len(), 6);
                tables += 1;
            }
        }
        assert_eq!(tables, 1, "{text}");
    }
}

/// What a message has in backticks is code; names that hold backticks stay text, whatever they are.
#[test]
fn names_in_messages_are_code() {
    use pulldown_cmark::{Event, Parser};
    let text = written(&example(), "markdown");
    assert!(!text.contains("\\`"), "{text}");
    let codes: Vec<String> = Parser::new(&text)
        .filter_map(|event| if let Event::Code(code) = event { Some(code.to_string()) } else { None })
        .collect();
    for name in ["limits.monthly_cost_usd", "m99.mega", "aws_instance.odd"] {
        assert!(codes.iter().any(|code| code == name), "{name}: {codes:?}");
    }
    let page = written(&example(), "html");
    assert!(page.contains("<code>m99.mega</code>") && !page.contains('`'), "{page}");
    let headings = |text: &str| text.lines().filter(|line| line.starts_with('#')).count();
    assert_eq!(headings(&written(&hostile(), "markdown")), headings(&text), "no name begins a heading");
}

/// A comment stays within what GitHub accepts, and says that it left something out.
#[test]
fn markdown_is_capped() {
    let many: Vec<Value> = (0..2_000)
        .map(|number| {
            change(
                &format!("aws_instance.a_long_name_to_fill_the_page_{number}"),
                &["create"],
                Value::Null,
                instance("eu-central-1a", "m5.large"),
            )
        })
        .collect();
    let text = written(&plan(&many), "markdown");
    assert!(text.len() <= stowage::render::review::LARGEST_COMMENT, "{}", text.len());
    assert!(text.contains("left out here"), "{}", &text[text.len() - 500..]);
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
}

#[test]
fn html_fetches_nothing_and_escapes_everything() {
    for plan in [example(), hostile()] {
        let page = written(&plan, "html");
        for forbidden in ["<script", "http:", "https:", "src=", "url(", "@import", "<link"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert!(page.contains("default-src 'none'"));
        assert_eq!(left_open(&page), Vec::<&str>::new());
    }
}

/// Elements that a page leaves open: each end must be that of the innermost element that is open.
#[track_caller]
fn left_open(page: &str) -> Vec<&str> {
    let mut open = Vec::new();
    // What the page does not escape is markup of its own, and holds no `>` inside an attribute.
    for tag in page.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap_or_else(|| panic!("<{tag}"));
        let name = tag.split(' ').next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "</{name}>"),
            None if ["!DOCTYPE", "meta"].contains(&name) => {}
            None => open.push(name),
        }
    }
    open
}

#[test]
fn tables_obey_no_control_character() {
    let text = written(&hostile(), "table");
    assert!(!text.chars().any(|character| character.is_control() && character != '\n'), "{text:?}");
}

#[test]
fn several_formats_are_written_at_once() {
    let folder = folder(&[("plan.json", &example().to_string()), ("policy.hcl", POLICY)]);
    let outputs = [
        "json=out/report.json",
        "sarif=out/report.sarif",
        "junit=out/report.xml",
        "markdown=out/comment.md",
        "html=out/report.html",
        "gitlab=out/quality.json",
        "github=out/notes.txt",
        "table=out/table.txt",
    ];
    let mut arguments = vec!["gate", "plan.json", "--policy", "policy.hcl", "--no-distance"];
    for output in &outputs {
        arguments.extend(["--output", *output]);
    }
    let ran = run_in(folder.path(), &arguments, "");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    for output in outputs {
        let path = folder.path().join(output.split_once('=').unwrap().1);
        assert!(std::fs::metadata(&path).unwrap().len() > 100, "{output}");
    }
    assert_eq!(ran.stdout, std::fs::read_to_string(folder.path().join("out/table.txt")).unwrap());
}
