//! The text form of a catalog table: tab-separated, one header line, `# key: value` lines before it.
//!
//! Shared with the build script, which packs the same tables: nothing here names the rest of the crate.

/// A table, borrowed from its text.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    /// The `# key: value` lines.
    pub(crate) notes: Vec<(&'a str, &'a str)>,
    /// Cells, row after row.
    cells: Vec<&'a str>,
    /// Cells of a row.
    width: usize,
    /// Number of the first row's line, counted from 1.
    pub(crate) first_line: usize,
}

/// Where and why a text is not a table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// Counted from 1.
    pub(crate) line: usize,
    /// What is wrong there.
    pub(crate) message: String,
}

impl<'a> Table<'a> {
    /// Reads a table whose columns must be exactly `columns`.
    pub(crate) fn parse(text: &'a str, columns: &[&str]) -> Result<Self, Malformed> {
        let mut notes = Vec::new();
        let mut rest = text;
        let mut number = 0;
        let header: Vec<&str> = loop {
            let Some((line, after)) = first_line_of(rest) else {
                return Err(Malformed { line: 1, message: "no header line".into() });
            };
            (rest, number) = (after, number + 1);
            match line.strip_prefix('#') {
                Some(note) => {
                    if let Some((key, value)) = note.split_once(':') {
                        notes.push((key.trim(), value.trim()));
                    }
                }
                None => break line.split('\t').collect(),
            }
        };
        let first_line = number + 1;
        if header != columns {
            return Err(Malformed { line: number, message: format!("columns are {header:?}, expected {columns:?}") });
        }
        let width = header.len();
        // Cells are short: a search for each separator would take longer than to look at every byte. Growing step by step would touch twice the memory.
        let separators = rest.bytes().filter(|byte| matches!(byte, b'\t' | b'\n')).count();
        let mut cells = Vec::with_capacity(separators + 1);
        while let Some((line, after)) = first_line_of(rest) {
            (rest, number) = (after, number + 1);
            let before = cells.len();
            let mut start = 0;
            for (at, byte) in line.bytes().enumerate() {
                if byte == b'\t' {
                    cells.push(&line[start..at]);
                    start = at + 1;
                }
            }
            cells.push(&line[start..]);
            let found = cells.len() - before;
            if found != width {
                return Err(Malformed { line: number, message: format!("{found} cells, expected {width}") });
            }
        }
        Ok(Self { notes, cells, width, first_line })
    }

    /// The rows, each as long as the columns.
    pub(crate) fn rows(&self) -> std::slice::Chunks<'_, &'a str> {
        self.cells.chunks(self.width)
    }

    /// The value of a `# key: value` line.
    pub(crate) fn note(&self, key: &str) -> Option<&'a str> {
        self.notes.iter().find(|(k, _)| *k == key).map(|&(_, value)| value)
    }
}

/// The first line of a text without its end, and what follows; nothing if the text is empty.
fn first_line_of(text: &str) -> Option<(&str, &str)> {
    if text.is_empty() {
        return None;
    }
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    Some((line.strip_suffix('\r').unwrap_or(line), rest))
}
