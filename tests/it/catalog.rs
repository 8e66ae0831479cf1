//! The catalog: its tables, their packing, what is read from them, and the import that makes them.

mod embedded;
mod imports;
mod overlays;
mod places;
mod round_trips;
