//! Waivers: which findings each covers, and what is to be said of those that no longer do their work.

use std::collections::BTreeMap;

use super::{Date, Waiver, rules};
use crate::diagnostic::quoted;
use crate::review::finding::Finding;

impl Waiver {
    /// True if the finding is one of those this waiver accepts, whether or not it has expired.
    pub(super) fn covers(&self, finding: &Finding) -> bool {
        let at = |address: &str| self.address.as_ref().is_none_or(|glob| glob.matches(address));
        self.rule == finding.rule
            && at(finding.address.as_deref().unwrap_or_default())
            && self.fingerprint.as_ref().is_none_or(|fingerprint| *fingerprint == finding.fingerprint)
    }
}

/// What has expired, and what has nothing to waive; `used` says, in the order of names, which have covered something.
pub(super) fn findings(waivers: &BTreeMap<String, Waiver>, used: &[bool], today: Date) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ((name, waiver), &is_used) in waivers.iter().zip(used) {
        let address = format!("waivers[{}]", quoted(name, '"'));
        if waiver.expires < today {
            let message = format!(
                "the waiver {} of {} expired on {} (owner {})",
                quoted(name, '`'),
                waiver.rule,
                waiver.expires,
                quoted(&waiver.owner, '`')
            );
            let finding = Finding::of(&rules::WAIVER_EXPIRED, message).at(address);
            findings.push(finding.help("remove the waiver, or renew it with its owner"));
        } else if !is_used {
            let message = format!("the waiver {} of {} has nothing to waive", quoted(name, '`'), waiver.rule);
            findings.push(Finding::of(&rules::WAIVER_UNUSED, message).at(address).help("remove the waiver"));
        }
    }
    findings
}
