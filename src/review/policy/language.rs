//! The language of policies and baselines, declared once as data, as the problem's is.

use crate::parse::language::{
    Argument, Key, Kind, defaulted, names, number, number_from, optional, required, schema_of, whole,
};

/// Everything a policy may say.
pub const POLICY: &[Argument] = &[
    optional(
        "limits",
        &Kind::Object(LIMITS),
        "Limits on figures of the whole plan. A limit that is not given does not exist.",
    ),
    defaulted(
        "sizes",
        &Kind::Word(&["expected", "max"]),
        "\"expected\"",
        "Which sizes of groups that scale the limits on cost and emissions are held against: those the plan asks for, or the largest that \
         autoscalers may reach.",
    ),
    optional(
        "survive",
        &Kind::Object(SURVIVE),
        "What each service must outlive. A service is what one block of the configuration declares.",
    ),
    optional("allowed", &Kind::Object(ALLOWED), "Where machines may stand after the change, and of which types."),
    optional(
        "denied",
        &Kind::Object(DENIED),
        "Where no machine may stand after the change, and of which types none may be.",
    ),
    optional("coverage", &Kind::Object(COVERAGE), "What is done about figures nobody knows."),
    optional(
        "severity",
        &Kind::Map {
            key: Key::Reference("rule"),
            of: &Kind::Word(&["error", "warning", "note", "off"]),
            at_most: 1_000,
        },
        "Severities by rule, where they shall differ from the rule's own: an `error` closes the gate, `off` leaves the findings out. Rules of \
         Rego policies are named `rego/PACKAGE.RULE`.",
    ),
    optional(
        "waivers",
        &Kind::Map { key: Key::Name("waiver"), of: &Kind::Object(WAIVER), at_most: 10_000 },
        "Findings that are accepted for a time, by a name of your choice.",
    ),
];

const LIMITS: &[Argument] = &[
    optional("monthly_cost_usd", USD, "Most the fleet may cost in a month of 730 hours, in USD."),
    optional(
        "cost_increase_usd",
        USD,
        "Most the change may add to the cost in a month, in USD; 0 lets no change cost more.",
    ),
    optional(
        "cost_increase_percent",
        PERCENT,
        "Most the change may add to the cost in a month, in percent of the cost before.",
    ),
    optional("monthly_carbon_kg", USD, "Most the fleet may emit in a month, in kg of CO₂ equivalent."),
    optional(
        "carbon_increase_percent",
        PERCENT,
        "Most the change may add to the emissions, in percent of those before.",
    ),
    optional(
        "max_rtt_ms",
        &number_from((1, 3), (60_000, 0)),
        "Longest round trip, in milliseconds, from each declared user group to the nearest region with machines.",
    ),
    optional(
        "above_optimum_usd",
        USD,
        "Most the plan may cost above the cheapest placement that keeps the same promises, in USD per month.",
    ),
    optional("above_optimum_percent", PERCENT, "The same in percent of the cheapest placement."),
];

const USD: &Kind = &number(0, (1_000_000_000, 0));
const PERCENT: &Kind = &number(0, (100_000, 0));

const SURVIVE: &[Argument] = &[
    defaulted("zones", &whole(0, 1), "0", "1 if each service must outlive the loss of any one zone."),
    defaulted("regions", &whole(0, 1), "0", "1 if each service must outlive the loss of any one region."),
    defaulted(
        "min_left_percent",
        &number(0, (100, 0)),
        "0",
        "Share of the expected instances, in percent, that must be left after the loss. 0 asks for any at all.",
    ),
];

const ALLOWED: &[Argument] = &[
    optional("clouds", &names(1), "Only these clouds: `aws`, `azure`, `gcp`."),
    optional(
        "jurisdictions",
        &names(1),
        "Only regions on the ground of these jurisdictions: `EU`, `EEA`, or a country's code.",
    ),
    optional("countries", &names(1), "Only regions in these countries, by ISO 3166-1 alpha-2 code."),
    optional(
        "regions",
        &names(1),
        "Only these regions, as `aws/eu-central-1`, or by bare name where one cloud has it.",
    ),
    optional("instance_types", &names(1), "Only these machine types; `*` stands for any characters, as in `*.large`."),
];

const DENIED: &[Argument] = &[
    optional("clouds", &names(0), "None of these clouds: `aws`, `azure`, `gcp`."),
    optional(
        "jurisdictions",
        &names(0),
        "No region on the ground of these jurisdictions: `EU`, `EEA`, or a country's code.",
    ),
    optional("countries", &names(0), "No region in these countries, by ISO 3166-1 alpha-2 code."),
    optional(
        "regions",
        &names(0),
        "None of these regions, as `aws/eu-central-1`, or by bare name where one cloud has it.",
    ),
    optional(
        "instance_types",
        &names(0),
        "None of these machine types; `*` stands for any characters, as in `*.large`.",
    ),
];

const COVERAGE: &[Argument] = &[
    defaulted(
        "unknown",
        &Kind::Word(&["undecided", "warn", "accept"]),
        "\"undecided\"",
        "What an unknown price, count, machine type or region does: leave the gate undecided (exit code 3), warn, or be accepted with a note, so \
         that known figures are judged as if they were all. `--strict` goes before this.",
    ),
    optional(
        "min_priced_percent",
        &number(0, (100, 0)),
        "Least share of the members that must have a price, in percent.",
    ),
];

const WAIVER: &[Argument] = &[
    required("rule", &Kind::Text, "The rule whose findings are accepted."),
    optional(
        "address",
        &Kind::Text,
        "Only findings at this address; `*` stands for any characters, as in `module.lab.*`.",
    ),
    optional("fingerprint", &Kind::Text, "Only the finding with this fingerprint, as reports give it."),
    required("reason", &Kind::Text, "Why they are accepted."),
    required("owner", &Kind::Text, "Who answers for it."),
    required(
        "expires",
        &Kind::Text,
        "The last day on which it holds, as `2027-01-31`. Findings count again from the day after.",
    ),
];

/// Everything a baseline says.
pub const BASELINE: &[Argument] = &[
    required("baseline_version", &Kind::Word(&["1"]), "Version of this document's language."),
    required(
        "accepted",
        &Kind::Map { key: Key::Reference("fingerprint"), of: &Kind::Object(ACCEPTED), at_most: 100_000 },
        "Findings that were there when the baseline was written, by fingerprint.",
    ),
];

const ACCEPTED: &[Argument] = &[
    required("rule", &Kind::Text, "The rule, for people."),
    optional("address", &Kind::Text, "The resource instance or block, for people."),
    required("message", &Kind::Text, "What was found when the baseline was written, for people."),
];

/// The JSON Schema of a policy.
pub fn policy_json_schema() -> serde_json::Value {
    schema_of("Stowage policy", POLICY)
}

/// The JSON Schema of a baseline.
pub fn baseline_json_schema() -> serde_json::Value {
    schema_of("Stowage baseline of accepted findings", BASELINE)
}
