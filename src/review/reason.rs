//! Why something about a plan cannot be told. Each variant carries what a reader needs to act.

use std::fmt;

use crate::diagnostic::quoted;
use crate::model::RegionKey;

/// Why a figure is unknown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The value depends on something that exists only after the apply.
    KnownAfterApply {
        /// The attribute.
        attribute: String,
    },
    /// The value is marked sensitive: it is not looked at.
    Sensitive {
        /// The attribute.
        attribute: String,
    },
    /// The plan says nothing of it.
    NotStated {
        /// The attribute or the thing.
        attribute: String,
    },
    /// The plan says something this review does not understand.
    Unreadable {
        /// The attribute.
        attribute: String,
        /// What was expected of it.
        expected: &'static str,
    },
    /// The catalog does not know the region.
    NoSuchRegion {
        /// The region.
        region: RegionKey,
    },
    /// The catalog does not know the machine type.
    NoSuchMachineType {
        /// The cloud.
        cloud: String,
        /// The type.
        machine_type: String,
    },
    /// The catalog has no price of the machine type in the region.
    Unpriced {
        /// The type.
        machine_type: String,
        /// The region.
        region: RegionKey,
        /// How it is bought: `on demand` or `spot`.
        purchase: &'static str,
    },
    /// No emissions are known for the machine type in the region.
    NoCarbon {
        /// The type.
        machine_type: String,
        /// The region.
        region: RegionKey,
    },
    /// The type of resource costs something that this review does not price.
    NotPriced {
        /// The resource type.
        kind: String,
    },
    /// What it costs depends on how much it is used.
    DependsOnUsage,
    /// Another figure that it follows from is unknown.
    Follows {
        /// That figure.
        from: &'static str,
    },
    /// Anything else, as a clause without a full stop.
    Because(String),
}

/// A clause that completes "unknown: …".
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KnownAfterApply { attribute } => write!(f, "`{attribute}` is known only after the apply"),
            Self::Sensitive { attribute } => write!(f, "`{attribute}` is sensitive and was not read"),
            Self::NotStated { attribute } => write!(f, "the plan does not state `{attribute}`"),
            Self::Unreadable { attribute, expected } => write!(f, "`{attribute}` is not {expected}"),
            Self::NoSuchRegion { region } => {
                write!(f, "the catalog does not know the region {}", quoted(&region.to_string(), '`'))
            }
            Self::NoSuchMachineType { cloud, machine_type } => {
                write!(f, "the catalog does not know the {cloud} machine type {}", quoted(machine_type, '`'))
            }
            Self::Unpriced { machine_type, region, purchase } => {
                let name = quoted(machine_type, '`');
                write!(f, "the catalog has no {purchase} price of {name} in {region}")
            }
            Self::NoCarbon { machine_type, region } => {
                write!(f, "no emissions are known for {} in {region}", quoted(machine_type, '`'))
            }
            Self::NotPriced { kind } => write!(f, "{kind} costs money and is not priced here"),
            Self::DependsOnUsage => f.write_str("the cost depends on use"),
            Self::Follows { from } => write!(f, "the {from} is unknown"),
            Self::Because(clause) => f.write_str(clause),
        }
    }
}
