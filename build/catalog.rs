//! Packs the tables of `data/` into one compressed file that the library embeds.

pub fn pack() {}
