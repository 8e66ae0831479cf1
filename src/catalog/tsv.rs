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
        let mut lines = text.lines().enumerate();
        let header: Vec<&str> = loop {
            let Some((_, line)) = lines.next() else {
                return Err(Malformed { line: 1, message: "no header line".into() });
            };
            match line.strip_prefix('#') {
                Some(note) => {
                    if let Some((key, value)) = note.split_once(':') {
                        notes.push((key.trim(), value.trim()));
                    }
                }
                None => break line.split('\t').collect(),
            }
        };
        let first_line = notes_and_header(text) + 1;
        if header != columns {
            return Err(Malformed {
                line: first_line - 1,
                message: format!("columns are {header:?}, expected {columns:?}"),
            });
        }
        let width = header.len();
        // Growing step by step would touch twice the memory.
        let mut cells = Vec::with_capacity(width * lines.clone().count());
        for (index, line) in lines {
            let before = cells.len();
            cells.extend(line.split('\t'));
            let found = cells.len() - before;
            if found != width {
                return Err(Malformed { line: index + 1, message: format!("{found} cells, expected {width}") });
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

fn notes_and_header(text: &str) -> usize {
    text.lines().take_while(|line| line.starts_with('#')).count() + 1
}
