//! A table for people: columns as wide as what is in them. On a terminal, what makes a line too long is shortened.

use command::text::{clean, shorten};

/// What stands where nothing is known.
pub(crate) const NOTHING: &str = "-";
/// What stands between two columns.
const GAP: &str = "  ";
/// No column is made narrower, in characters.
const NARROWEST: usize = 12;

/// A table. A column in which no row says anything is left out.
#[derive(Debug)]
pub(crate) struct Table {
    heads: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(heads: &[&'static str]) -> Table {
        Table {
            heads: heads.to_vec(),
            rows: Vec::new(),
        }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells = cells.into_iter().map(|cell| clean(&cell));
        self.rows.push(cells.collect());
    }

    /// The text, in lines of at most `width` characters where there is a width; nothing without a row.
    pub(crate) fn text(&self, width: Option<usize>) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let columns: Vec<usize> = (0..self.heads.len()).filter(|&at| self.says(at)).collect();
        let mut widths: Vec<usize> = columns.iter().map(|&at| self.width(at)).collect();
        if let Some(width) = width {
            narrow(&mut widths, width);
        }
        let heads: Vec<String> = self.heads.iter().map(|head| (*head).to_owned()).collect();
        let lines = [&heads].into_iter().chain(&self.rows);
        lines.map(|cells| line(cells, &columns, &widths)).collect()
    }

    fn says(&self, at: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(at));
        cells.any(|cell| !cell.is_empty() && cell != NOTHING)
    }

    fn width(&self, at: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(at));
        let widths = cells.map(|cell| cell.chars().count());
        widths.max().unwrap_or(0).max(self.heads[at].len())
    }
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

fn line(cells: &[String], columns: &[usize], widths: &[usize]) -> String {
    let mut line = String::new();
    for (&at, &width) in columns.iter().zip(widths) {
        let cell = cells.get(at).map_or("", String::as_str);
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
