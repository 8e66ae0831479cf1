//! What is minimised, and what is minimised next where the first leaves a choice.

use std::fmt;

use crate::units::Ratio;

/// Something that is minimised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// What the objective counts in USD each month.
    #[default]
    Cost,
    /// What all machines emit in a month.
    Carbon,
    /// The time that requests spend on their way, all of them together.
    Latency,
}

impl Target {
    /// All of them, in the order of their positions in lists of values.
    pub const ALL: [Self; 3] = [Self::Cost, Self::Carbon, Self::Latency];

    /// The word for it in `objective.order`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Carbon => "carbon",
            Self::Latency => "latency",
        }
    }

    /// What is meant by such a word.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name() == name)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A lexicographic order: each target is minimised among the placements that are as good in all before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// At least two, none twice, cost among them.
    pub targets: Vec<Target>,
    /// Share of the least value of a target that those after it may spend.
    pub tolerance: Ratio,
}

impl Order {
    /// Whether `target` is among its targets.
    pub fn has(&self, target: Target) -> bool {
        self.targets.contains(&target)
    }
}
