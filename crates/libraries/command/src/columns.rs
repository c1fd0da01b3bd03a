//! A table for people: columns as wide as what is in them. On a terminal, what makes a line too long is shortened.

use crate::text::{clean, shorten};
use std::io::{self, IsTerminal as _};

/// What stands where nothing is known.
pub const NOTHING: &str = "-";
/// What stands between two columns.
const GAP: &str = "  ";
/// No column is made narrower, in characters.
const NARROWEST: usize = 12;

/// What ends a cell. None has it inside, since cells are cleaned of control characters.
const END: char = '\n';

/// A table. A column in which no row says anything is left out.
#[derive(Debug)]
pub struct Table {
    columns: Vec<Column>,
    /// All cells, row by row: in one text, since there may be many.
    cells: String,
}

#[derive(Debug)]
struct Column {
    head: &'static str,
    /// That of its widest cell, in characters.
    width: usize,
    /// Whether a row says anything in it.
    says: bool,
}

impl Table {
    /// One without a row, with these heads.
    pub fn new(heads: &[&'static str]) -> Table {
        let column = |head: &&'static str| Column {
            head,
            width: head.len(),
            says: false,
        };
        Table {
            columns: heads.iter().map(column).collect(),
            cells: String::new(),
        }
    }

    /// Adds a row, which has a cell for each column.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut cells = cells.into_iter();
        for column in &mut self.columns {
            let cell = clean(&cells.next().unwrap_or_default());
            column.width = column.width.max(cell.chars().count());
            column.says |= !cell.is_empty() && cell != NOTHING;
            self.cells.push_str(&cell);
            self.cells.push(END);
        }
    }

    /// The text, in lines of at most `width` characters where there is a width; nothing without a row.
    pub fn text(&self, width: Option<usize>) -> String {
        if self.cells.is_empty() {
            return String::new();
        }
        let columns: Vec<&Column> = self.columns.iter().filter(|column| column.says).collect();
        let mut widths: Vec<usize> = columns.iter().map(|column| column.width).collect();
        if let Some(width) = width {
            narrow(&mut widths, width);
        }
        let heads = columns.iter().map(|column| column.head);
        let mut text = line(heads.zip(widths.iter().copied()));
        let mut cells = self.cells.split_terminator(END).peekable();
        while cells.peek().is_some() {
            let row: Vec<&str> = cells.by_ref().take(self.columns.len()).collect();
            let row = row.into_iter().zip(&self.columns);
            let shown = row.filter(|(_, column)| column.says).map(|(cell, _)| cell);
            text.push_str(&line(shown.zip(widths.iter().copied())));
        }
        text
    }
}

/// The width of the terminal that is written to, in characters; `None` where it is none, or does not tell.
pub fn width() -> Option<usize> {
    let stdout = io::stdout();
    if !stdout.is_terminal() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(&stdout).ok()?;
    (size.ws_col > 0).then_some(size.ws_col.into())
}

/// Makes the widest columns narrower until a line fits, or none can be.
fn narrow(widths: &mut [usize], most: usize) {
    let line = |widths: &[usize]| -> usize {
        widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1)
    };
    while line(widths) > most {
        match widths.iter_mut().max() {
            Some(widest) if *widest > NARROWEST => *widest -= 1,
            _ => return,
        }
    }
}

/// The line of these cells, each with the width of its column.
fn line<'a>(cells: impl Iterator<Item = (&'a str, usize)>) -> String {
    let mut line = String::new();
    for (cell, width) in cells {
        let cell = match cell.chars().count() > width {
            true => shorten(cell, width - 1),
            false => cell.to_owned(),
        };
        line.push_str(&format!("{cell:width$}{GAP}"));
    }
    format!("{}\n", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["NAME", "EMPTY", "STATE"]);
        table.row(["a-rather-long.example.com", "-", "good"].map(str::to_owned));
        table.row(["b\n", "-", "damaged"].map(str::to_owned));
        table
    }

    #[test]
    fn columns_are_as_wide_as_what_is_in_them_and_empty_ones_are_left_out() {
        assert_eq!(
            table().text(None),
            "NAME                       STATE\n\
             a-rather-long.example.com  good\n\
             b\\n                        damaged\n"
        );
        assert_eq!(Table::new(&["NAME"]).text(None), "");
    }

    #[test]
    fn what_does_not_fit_is_shortened_and_never_to_nothing() {
        for (width, first) in [
            (30, "a-rather-long.exampl…  good"),
            (80, "a-rather-long.example.com  good"),
            (1, "a-rather-lo…  good"),
        ] {
            let text = table().text(Some(width));
            assert_eq!(text.lines().nth(1), Some(first), "{width}");
        }
    }
}
