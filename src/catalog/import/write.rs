//! Writing of the normalised tables.

use crate::catalog::tables::Layout;

/// Rows on their way to a table.
#[derive(Debug)]
pub(super) struct Writer {
    layout: Layout,
    notes: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Writer {
    /// A table that rests on `sources` (ids of `sources.tsv`).
    pub(super) fn new(layout: Layout, sources: &[&str]) -> Self {
        let notes = if sources.is_empty() { Vec::new() } else { vec![format!("# source: {}", sources.join(", "))] };
        Self { layout, notes, rows: Vec::new() }
    }

    /// Adds a `# key: value` line.
    pub(super) fn note(&mut self, key: &str, value: &str) {
        self.notes.push(format!("# {key}: {value}"));
    }

    /// Adds a row; tabs and line ends inside cells become spaces.
    pub(super) fn push<const N: usize>(&mut self, cells: [String; N]) {
        assert_eq!(N, self.layout.columns.len(), "one cell per column of {}", self.layout.file);
        self.rows.push(cells.map(|cell| cell.replace(['\t', '\n', '\r'], " ")).to_vec());
    }

    /// The table's path and text, rows sorted by their cells from the left.
    pub(super) fn sorted(mut self) -> (String, String) {
        self.rows.sort();
        self.in_order()
    }

    /// The table's path and text, rows in the order they came.
    pub(super) fn in_order(self) -> (String, String) {
        let mut text = String::new();
        for line in self.notes.into_iter().chain([self.layout.columns.join("\t")]) {
            text.push_str(&line);
            text.push('\n');
        }
        for row in self.rows {
            text.push_str(&row.join("\t"));
            text.push('\n');
        }
        (self.layout.file.to_owned(), text)
    }
}
