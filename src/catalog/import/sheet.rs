//! Reading of the sources: delimited text with a header, quotes and a byte-order mark where their authors left one.

use super::ImportError;
use crate::units::Decimal;

/// A source in delimited form.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    path: &'a str,
    header: Vec<String>,
    rows: Vec<(usize, Vec<String>)>,
}

/// One line of a [`Sheet`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    sheet: &'a Sheet<'a>,
    line: usize,
    cells: &'a [String],
}

impl<'a> Sheet<'a> {
    /// Reads `text`, whose header must hold every one of `columns`.
    pub(super) fn parse(
        path: &'a str,
        text: &str,
        delimiter: char,
        columns: &[&'static str],
    ) -> Result<Self, ImportError> {
        let mut rows = text
            .trim_start_matches('\u{feff}')
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(index, line)| (index + 1, split(line, delimiter)));
        let header = rows.next().map(|(_, cells)| cells).unwrap_or_default();
        for &column in columns {
            if !header.iter().any(|name| name == column) {
                return Err(ImportError::MissingColumn { path: path.into(), column });
            }
        }
        let rows = rows.collect();
        Ok(Self { path, header, rows })
    }

    pub(super) fn rows(&'a self) -> impl Iterator<Item = Row<'a>> + 'a {
        self.rows.iter().map(|(line, cells)| Row { sheet: self, line: *line, cells })
    }
}

impl<'a> Row<'a> {
    /// The text of a cell, trimmed; empty where the row is short.
    pub(super) fn text(self, column: &str) -> &'a str {
        let at = self.sheet.header.iter().position(|name| name == column);
        at.and_then(|at| self.cells.get(at)).map_or("", |cell| cell.trim())
    }

    /// A number, `None` where the cell is empty or says that there is none. Reads a decimal comma.
    pub(super) fn optional(self, column: &str) -> Result<Option<Decimal>, ImportError> {
        let text = self.text(column);
        if ["", "N/A", "n/a", "-", "Unknown"].contains(&text) {
            return Ok(None);
        }
        text.replace(',', ".").parse().map(Some).map_err(|_| self.fault(format!("{column}: {text:?} is not a number")))
    }

    /// A number that must be there.
    pub(super) fn number(self, column: &str) -> Result<Decimal, ImportError> {
        self.optional(column)?.ok_or_else(|| self.fault(format!("{column}: no number")))
    }

    /// A number, `None` where the cell holds anything else.
    pub(super) fn if_number(self, column: &str) -> Option<f64> {
        self.text(column).replace(',', ".").parse::<Decimal>().ok().map(approximate)
    }

    /// The nearest float of a number that must be there.
    pub(super) fn float(self, column: &str) -> Result<f64, ImportError> {
        self.number(column).map(approximate)
    }

    pub(super) fn fault(self, message: String) -> ImportError {
        ImportError::BadRow { path: self.sheet.path.into(), line: self.line, message }
    }
}

/// The float nearest to a decimal, for statistics; never for money.
pub(super) fn approximate(value: Decimal) -> f64 {
    value.to_string().parse().unwrap_or(f64::NAN)
}

fn split(line: &str, delimiter: char) -> Vec<String> {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            c if c == delimiter && !quoted => cells.push(std::mem::take(&mut cell)),
            '\r' => {}
            c => cell.push(c),
        }
    }
    cells.push(cell);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_marks_and_decimal_commas_are_read() {
        let text = "\u{feff}a;b\r\n\"1;5\";\"0,29\"\r\n";
        let sheet = Sheet::parse("x.csv", text, ';', &["a", "b"]).unwrap();
        let row = sheet.rows().next().unwrap();
        assert_eq!(row.text("a"), "1;5");
        assert_eq!(row.number("b").unwrap().to_string(), "0.29");
    }

    #[test]
    fn a_cell_that_is_no_number_names_its_place() {
        let sheet = Sheet::parse("x.csv", "a,b\n1,many\n", ',', &["b"]).unwrap();
        let error = sheet.rows().next().unwrap().number("b").unwrap_err();
        assert_eq!(error.to_string(), "x.csv:2: b: \"many\" is not a number");
    }
}
