//! The rules whose findings come from a policy, and the search for a rule by name.

use crate::review::finding::{Rule, Severity};
use crate::review::rules::UNKNOWN;

macro_rules! rule {
    ($(#[$doc:meta])* $name:ident, $id:literal, $severity:ident, $title:literal, $explanation:literal) => {
        $(#[$doc])*
        pub(super) const $name: Rule =
            Rule { id: $id, severity: Severity::$severity, title: $title, explanation: $explanation };
    };
}

rule!(
    COST_LIMIT,
    "cost-limit",
    Error,
    "The fleet costs more than the policy allows",
    "The cost of all machines in a month of 730 hours is above `limits.monthly_cost_usd`. Make the fleet smaller or cheaper, or raise the limit."
);
rule!(
    COST_INCREASE,
    "cost-increase",
    Error,
    "The change adds more to the cost than the policy allows",
    "The cost in a month grows by more than `limits.cost_increase_usd` or `limits.cost_increase_percent`. Split the change, make it cheaper, or \
     waive the rule for a time."
);
rule!(
    CARBON_LIMIT,
    "carbon-limit",
    Error,
    "The fleet emits more than the policy allows",
    "Emissions in a month are above `limits.monthly_carbon_kg`. Regions with a cleaner grid and newer machine types emit less."
);
rule!(
    CARBON_INCREASE,
    "carbon-increase",
    Error,
    "The change adds more emissions than the policy allows",
    "Emissions in a month grow by more than `limits.carbon_increase_percent`."
);
rule!(
    LATENCY_LIMIT,
    "latency-limit",
    Error,
    "Users are farther from the fleet than the policy allows",
    "The round trip from a declared user group to the nearest region with machines is above `limits.max_rtt_ms`."
);
rule!(
    SURVIVAL_LIMIT,
    "survival-limit",
    Error,
    "A service does not outlive what the policy asks",
    "After the loss of the zone or region that holds most of the service, less is left than `survive` asks for. Spread it over more zones or regions."
);
rule!(
    PLACE_NOT_ALLOWED,
    "place-not-allowed",
    Error,
    "Machines stand where the policy does not allow it",
    "A region or machine type after the change is not within `allowed`, or is within `denied`."
);
rule!(
    ABOVE_OPTIMUM,
    "above-optimum",
    Error,
    "The plan costs more above the optimum than the policy allows",
    "The cheapest placement that keeps the same promises costs less by more than `limits.above_optimum_usd` or `limits.above_optimum_percent`. \
     `stowage review --fix` writes the better placement into the configuration where it can."
);
rule!(
    COVERAGE_LIMIT,
    "coverage-limit",
    Error,
    "Less of the fleet has a price than the policy asks",
    "The share of members with a known price is below `coverage.min_priced_percent`."
);
rule!(
    LIMIT_UNDECIDED,
    "limit-undecided",
    Error,
    "A limit of the policy cannot be decided",
    "A figure that the limit needs is not known."
);
rule!(
    WAIVER_EXPIRED,
    "waiver-expired",
    Warning,
    "A waiver has expired",
    "Its findings count again. Remove the waiver, or renew it with a new reason."
);
rule!(WAIVER_UNUSED, "waiver-unused", Note, "A waiver has nothing to waive", "No finding fits it any more. Remove it.");

/// The rules of policies, by name.
pub const RULES: &[Rule] = &[
    ABOVE_OPTIMUM,
    CARBON_INCREASE,
    CARBON_LIMIT,
    COST_INCREASE,
    COST_LIMIT,
    COVERAGE_LIMIT,
    LATENCY_LIMIT,
    LIMIT_UNDECIDED,
    PLACE_NOT_ALLOWED,
    SURVIVAL_LIMIT,
    WAIVER_EXPIRED,
    WAIVER_UNUSED,
];

/// Every rule there is: those of reviews, then those of policies.
pub(super) fn all() -> impl Iterator<Item = &'static Rule> {
    crate::review::RULES.iter().copied().chain(RULES)
}

/// The rule of that name.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

/// True for rules that say that something is not known: they leave the gate undecided, where others close it.
pub fn is_about_the_unknown(rule: &str) -> bool {
    rule == UNKNOWN.id || rule == LIMIT_UNDECIDED.id
}
