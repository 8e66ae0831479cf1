//! How far a plan is from the cheapest placement, and the change that gets there.

use super::figure::Figure;
use crate::model::RegionKey;
use crate::units::Money;

/// Where the demand of a distance comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// A placement in the plan states the problem; its address.
    Placement(String),
    /// A file states the problem; its name.
    Declared(String),
    /// The machines of the plan are taken as the demand.
    Fleet,
}

/// One group of the cheapest placement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BetterGroup {
    /// The workload or the service.
    pub workload: String,
    /// Where.
    pub region: RegionKey,
    /// On what.
    pub machine_type: String,
    /// How many, in all zones.
    pub instances: u64,
    /// Cost in a month.
    pub monthly_cost: Money,
}

/// How far the plan is from the cheapest placement that keeps its promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distance {
    /// Where the demand comes from.
    pub basis: Basis,
    /// What was assumed of the demand and the promises, in sentences.
    pub assumptions: Vec<String>,
    /// Cost in a month of the part of the plan that is compared.
    pub cost: Money,
    /// Cost in a month of the best placement found.
    pub optimum: Money,
    /// Proven: no placement that keeps the promises costs less.
    pub bound: Money,
    /// True if the best placement is proven cheapest within the gap tolerance.
    pub is_proven: bool,
    /// The best placement, by workload and region.
    pub placement: Vec<BetterGroup>,
    /// The change of the configuration that makes it, if one could be written.
    pub patch: Figure<Patch>,
}

impl Distance {
    /// What the better placement saves in a month; never below zero.
    pub fn difference(&self) -> Money {
        (self.cost - self.optimum).max(Money::ZERO)
    }

    /// The distance in one sentence: `11.1 % above the cheapest placement that keeps your promises: 25.19 USD per month`.
    pub fn sentence(&self) -> String {
        let place = match self.basis {
            Basis::Fleet => "; every group stays in its region",
            Basis::Declared(_) | Basis::Placement(_) => "",
        };
        let limit = if self.is_proven { "" } else { ", as far as the work limit let us see" };
        if self.cost < self.bound {
            let cheapest = self.bound;
            return format!(
                "the fleet costs {} USD per month, and no placement that keeps the promises costs less than {cheapest}",
                self.cost
            );
        }
        if self.difference() == Money::ZERO {
            return format!("nothing that keeps your promises costs less{limit}{place}");
        }
        let best = if self.is_proven { "the cheapest placement" } else { "a placement" };
        let relative =
            self.tenths_of_percent().map_or_else(String::new, |tenths| format!("{}.{} % ", tenths / 10, tenths % 10));
        format!("{relative}above {best} that keeps your promises: {} USD per month{place}", self.difference())
    }

    /// Tenths of a percent above the optimum, rounded half up; none for an optimum of zero.
    pub fn tenths_of_percent(&self) -> Option<i128> {
        let optimum = self.optimum.micros();
        (optimum > 0).then(|| (self.difference().micros() * 2_000 + optimum) / (2 * optimum))
    }
}

/// A changed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchedFile {
    /// As it was named to the review.
    pub name: String,
    /// Its text.
    pub before: String,
    /// Its text after the change; comments and formatting are kept.
    pub after: String,
}

/// Changes of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// The files that change, by name.
    pub files: Vec<PatchedFile>,
    /// All changes as one unified diff.
    pub diff: String,
}
