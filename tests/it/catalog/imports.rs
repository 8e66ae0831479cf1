//! Each known fault of the sources, and what becomes of it.
