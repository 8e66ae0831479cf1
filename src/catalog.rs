//! What the world offers: regions, machine types, prices, round trips, carbon and traffic of AWS, Azure and Google Cloud.
//!
//! The tables of `data/` are packed into the program when it is built. [`Catalog::embedded`] opens them section by section, so that a
//! command which needs no prices reads none. A [`Market`] is what there is under the changes of any [`Overlay`]s; [`Catalog::supply`] turns it into the
//! model's regions, offers and machine types; [`Catalog::rtt`] gives round trips from any place on Earth; [`Catalog::locate`] finds
//! the place of a city or country. [`import`] makes the tables from their sources, [`validate`] tells what is wrong with them.
//!
//! `docs/catalog.md` has sources, dates, formulas and measured errors.

mod carbon;
mod declared;
mod egress;
mod embedded;
mod functions;
pub mod import;
mod links;
mod locate;
mod market;
mod names;
mod overlay;
mod pack;
mod rows;
mod rtt;
mod supply;
mod tables;
mod tsv;
mod validate;

use embedded::Base;

pub use declared::{OwnType, Site, SiteMachine};
pub use embedded::Catalog;
pub use functions::OwnFunction;
pub use locate::{LocateError, Located};
pub use market::Market;
pub use names::NameError;
pub use overlay::{
    CommitmentOffer, CommitmentPrice, Overlay, OverlayError, OverlayFault, PriceAdjustment, PriceChange, RegionOverlay,
    commitments,
};
pub use supply::Supply;
pub use validate::{Problem, TABLES, validate};
