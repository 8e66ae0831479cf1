//! Findings about a plan, each with a rule, a place and a fingerprint.

use sha2::{Digest, Sha256};

use super::report::Location;
use crate::units::hexadecimal;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The gate closes.
    Error,
    /// A person should look.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// The word for it in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }

    /// Every word of [`Severity::name`].
    pub const NAMES: &'static [&'static str] = &["error", "warning", "note"];
}

/// What kind of thing is found: reports group by it, policies name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, stable over versions, such as `capacity-gap-during-replace`.
    pub id: &'static str,
    /// Its severity unless a policy says otherwise.
    pub severity: Severity,
    /// What it says, in a few words.
    pub title: &'static str,
    /// Why it matters and what to do, in whole sentences (Markdown).
    pub explanation: &'static str,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Name of the rule.
    pub rule: String,
    /// How grave it is.
    pub severity: Severity,
    /// The resource instance or block, if it is about one.
    pub address: Option<String>,
    /// The attribute, if it is about one.
    pub attribute: Option<String>,
    /// Where that is written, if the configuration was given.
    pub location: Option<Location>,
    /// What is found, with names and numbers, without a full stop.
    pub message: String,
    /// The way out, if there is one.
    pub help: Option<String>,
    /// The same for the same rule at the same place, whatever the numbers: baselines of accepted findings name it.
    pub fingerprint: String,
}

/// Bytes of the digest in a fingerprint: 128 bits, so that two findings never share one by accident.
const FINGERPRINT_BYTES: usize = 16;

impl Finding {
    /// A finding of `rule` about the whole plan.
    pub fn of(rule: &Rule, message: impl Into<String>) -> Self {
        Self::new(rule.id, rule.severity, message)
    }

    /// A finding of the rule named `rule`.
    pub fn new(rule: impl Into<String>, severity: Severity, message: impl Into<String>) -> Self {
        let mut finding = Self {
            rule: rule.into(),
            severity,
            address: None,
            attribute: None,
            location: None,
            message: message.into(),
            help: None,
            fingerprint: String::new(),
        };
        finding.fingerprint = finding.digest();
        finding
    }

    /// At a resource instance or block.
    #[must_use]
    pub fn at(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self.fingerprint = self.digest();
        self
    }

    /// About an attribute.
    #[must_use]
    pub fn about(mut self, attribute: impl Into<String>) -> Self {
        self.attribute = Some(attribute.into());
        self.fingerprint = self.digest();
        self
    }

    /// With the place in the configuration. Lines move, so the fingerprint does not depend on it.
    #[must_use]
    pub fn written(mut self, location: Option<Location>) -> Self {
        self.location = location;
        self
    }

    /// With the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for part in [Some(self.rule.as_str()), self.address.as_deref(), self.attribute.as_deref()] {
            // A byte that no name holds keeps ("a", "bc") and ("ab", "c") apart.
            hash.update(part.unwrap_or_default());
            hash.update([0]);
        }
        hexadecimal(&hash.finalize()[..FINGERPRINT_BYTES])
    }

    /// The order of findings in a report.
    pub fn order(&self) -> impl Ord + '_ {
        (self.severity, &self.rule, &self.address, &self.attribute, &self.message)
    }
}
