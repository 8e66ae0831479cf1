//! A policy file to a [`Policy`], or everything that is wrong with it, each with its place.

use super::language::POLICY;
use super::{Coverage, Date, Limits, Policy, Sizes, Survive, Treatment, Unknowns, Waiver, rules};
use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile, nearest, quoted};
use crate::model::Glob;
use crate::parse;
use crate::parse::conform::{self, Item, Place};
use crate::review::finding::Severity;
use crate::units::{Carbon, Decimal, DecimalError, Money, Ratio, RoundTrip};

/// What rules of Rego policies begin with; which there are is known only when they have run.
pub(super) const REGO_PREFIX: &str = "rego/";

/// Characters of a fingerprint: 128 bits in hexadecimal.
const FINGERPRINT_LENGTH: usize = 32;

/// Reads a policy; `catalog` knows the names of places and machine types. Beside it come findings that do not stop the work.
///
/// # Errors
/// Everything that is wrong with the file.
pub fn read(source: &SourceFile, catalog: &Catalog) -> Result<(Policy, Diagnostics), Diagnostics> {
    let node = parse::document(source, POLICY)?;
    let mut decoder = Decoder { diagnostics: Diagnostics::new() };
    let root = conform::object(&node, POLICY, &Place::root(), &mut decoder.diagnostics);
    if !POLICY.iter().any(|argument| root.get(argument.name).is_some_and(|item| item.is_given))
        && !decoder.diagnostics.has_errors()
    {
        let fault = Diagnostic::error("empty-policy", format!("the policy {} says nothing", quoted(&source.name, '`')));
        return Err(fault
            .help("write a limit, such as limits = { monthly_cost_usd = 20000 }, or leave the file out")
            .into());
    }
    let places = parse::selector(&root, catalog, &mut decoder.diagnostics);
    let policy = decoder.policy(&root, places);
    if decoder.diagnostics.has_errors() { Err(decoder.diagnostics) } else { Ok((policy, decoder.diagnostics)) }
}

struct Decoder {
    diagnostics: Diagnostics,
}

impl Decoder {
    fn policy(&mut self, root: &Item<'_>, places: Option<crate::model::Selector>) -> Policy {
        Policy {
            limits: root.get("limits").map(|limits| self.limits(limits)).unwrap_or_default(),
            sizes: match root.get("sizes").and_then(Item::text) {
                Some("max") => Sizes::Max,
                _ => Sizes::Expected,
            },
            survive: root.get("survive").map(|survive| self.survive(survive)).unwrap_or_default(),
            places,
            coverage: root.get("coverage").map(|coverage| self.coverage(coverage)).unwrap_or_default(),
            severities: self.severities(root),
            waivers: self.waivers(root),
        }
    }

    fn limits(&mut self, limits: &Item<'_>) -> Limits {
        Limits {
            monthly_cost: self.quantity(limits.get("monthly_cost_usd"), Money::from_usd),
            cost_increase: self.quantity(limits.get("cost_increase_usd"), Money::from_usd),
            cost_increase_ratio: self.quantity(limits.get("cost_increase_percent"), percent),
            monthly_carbon: self.quantity(limits.get("monthly_carbon_kg"), Carbon::from_decimal),
            carbon_increase_ratio: self.quantity(limits.get("carbon_increase_percent"), percent),
            max_rtt: self.quantity(limits.get("max_rtt_ms"), RoundTrip::from_decimal),
            above_optimum: self.quantity(limits.get("above_optimum_usd"), Money::from_usd),
            above_optimum_ratio: self.quantity(limits.get("above_optimum_percent"), percent),
        }
    }

    fn survive(&mut self, survive: &Item<'_>) -> Survive {
        let one = |name: &str| survive.get(name).and_then(Item::number).is_some_and(|number| !number.is_zero());
        Survive {
            zone: one("zones"),
            region: one("regions"),
            min_left: self.quantity(survive.get("min_left_percent"), percent).unwrap_or_default(),
        }
    }

    fn coverage(&mut self, coverage: &Item<'_>) -> Coverage {
        Coverage {
            unknown: match coverage.get("unknown").and_then(Item::text) {
                Some("warn") => Unknowns::Warn,
                Some("accept") => Unknowns::Accept,
                _ => Unknowns::Undecided,
            },
            min_priced: self.quantity(coverage.get("min_priced_percent"), percent),
        }
    }

    fn severities(&mut self, root: &Item<'_>) -> std::collections::BTreeMap<String, Treatment> {
        let mut severities = std::collections::BTreeMap::new();
        let Some(map) = root.get("severity") else { return severities };
        for (rule, item) in map.entries() {
            let Some(word) = item.text() else { continue };
            if rules::is_about_the_unknown(rule) {
                let fault = Diagnostic::error("rule", format!("the severity of {} is not set here", quoted(rule, '`')));
                self.diagnostics.push(map.blame_key(rule, fault.help("set coverage.unknown = \"warn\" or \"accept\"")));
            } else if let Some(fault) = unknown_rule(rule) {
                self.diagnostics.push(map.blame_key(rule, fault));
            }
            let treatment = match word {
                "error" => Treatment::As(Severity::Error),
                "warning" => Treatment::As(Severity::Warning),
                "note" => Treatment::As(Severity::Note),
                _ => Treatment::Off,
            };
            severities.insert(rule.to_owned(), treatment);
        }
        severities
    }

    fn waivers(&mut self, root: &Item<'_>) -> std::collections::BTreeMap<String, Waiver> {
        let entries = root.get("waivers").into_iter().flat_map(Item::entries);
        entries.filter_map(|(name, item)| Some((name.to_owned(), self.waiver(item)?))).collect()
    }

    fn waiver(&mut self, item: &Item<'_>) -> Option<Waiver> {
        let rule = item.get("rule").and_then(|rule| {
            let name = rule.text()?;
            if let Some(fault) = unknown_rule(name) {
                self.diagnostics.push(rule.blame(fault));
            }
            Some(name.to_owned())
        });
        let fingerprint = item.get("fingerprint").and_then(|item| Some((item, item.text()?)));
        if let Some((item, text)) = fingerprint
            && (text.len() != FINGERPRINT_LENGTH || !text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            let fault = Diagnostic::error("fingerprint", format!("{} is not a fingerprint", quoted(text, '`')));
            self.diagnostics.push(item.blame(fault.help("copy it from the report: 32 hexadecimal digits")));
        }
        let (reason, owner) = (self.said(item.get("reason")), self.said(item.get("owner")));
        let expires = item.get("expires").and_then(|item| self.date(item));
        Some(Waiver {
            rule: rule?,
            address: item.get("address").and_then(Item::text).map(|text| Glob(text.to_owned())),
            fingerprint: fingerprint.map(|(_, text)| text.to_ascii_lowercase()),
            reason: reason?,
            owner: owner?,
            expires: expires?,
        })
    }

    /// A text that says something.
    fn said(&mut self, item: Option<&Item<'_>>) -> Option<String> {
        let (item, text) = item.and_then(|item| Some((item, item.text()?)))?;
        if text.trim().is_empty() {
            let fault = Diagnostic::error("empty", "the text is empty");
            self.diagnostics.push(item.blame(fault.help("say why, and who answers for it")));
            return None;
        }
        Some(text.to_owned())
    }

    fn date(&mut self, item: &Item<'_>) -> Option<Date> {
        let text = item.text()?;
        let date = date(text);
        if date.is_none() {
            let fault = Diagnostic::error("date", format!("{} is not a date", quoted(text, '`')));
            self.diagnostics.push(item.blame(fault.help("write year, month and day, such as 2027-01-31")));
        }
        date
    }

    fn quantity<T>(&mut self, item: Option<&Item<'_>>, unit: fn(Decimal) -> Result<T, DecimalError>) -> Option<T> {
        let item = item?;
        unit(item.number()?)
            .map_err(|error| self.diagnostics.push(item.blame(Diagnostic::error("number", error.to_string()))))
            .ok()
    }
}

/// A day as `2027-01-31`, and nothing else that may mean one.
pub(super) fn date(text: &str) -> Option<Date> {
    let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    text.parse::<Date>().ok().filter(|_| is_plain)
}

/// 1 percent is 10,000 millionths.
fn percent(number: Decimal) -> Result<Ratio, DecimalError> {
    u32::try_from(number.in_units(4)?).map(Ratio).map_err(|_| DecimalError::OutOfRange)
}

fn unknown_rule(name: &str) -> Option<Diagnostic> {
    if name.starts_with(REGO_PREFIX) || rules::find(name).is_some() {
        return None;
    }
    let fault = Diagnostic::error("rule", format!("there is no rule {}", quoted(name, '`')));
    let mut names: Vec<&str> = rules::all().map(|rule| rule.id).collect();
    names.sort_unstable();
    Some(match nearest(name, names.iter().copied()) {
        Some(meant) => fault.help(format!("did you mean `{meant}`?")),
        None => fault.help(format!("the rules are {}, and rego/PACKAGE.RULE", names.join(", "))),
    })
}
