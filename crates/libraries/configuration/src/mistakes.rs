//! What is wrong with a file: all of it, each mistake with its line.

use command::Usage;
use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// How many mistakes are shown: nobody mends more in one go.
const SHOWN: usize = 20;

/// The mistakes of a file and of those that it names.
pub(crate) struct Mistakes {
    path: PathBuf,
    /// Where each line begins, in bytes.
    lines: Vec<usize>,
    /// The line of each mistake, and what it is.
    found: Vec<(usize, String)>,
}

impl Mistakes {
    /// None yet, of the file at `path` with this text.
    pub(crate) fn new(path: &Path, text: &str) -> Mistakes {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Mistakes {
            path: path.to_owned(),
            lines: std::iter::once(0).chain(ends).collect(),
            found: Vec::new(),
        }
    }

    /// The directory that relative paths of the file count from.
    pub(crate) fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The line that a piece of the text begins on, from 1.
    pub(crate) fn line(&self, span: &Range<usize>) -> usize {
        self.lines.partition_point(|begin| *begin <= span.start)
    }

    /// Adds one at a piece of the text.
    pub(crate) fn add(&mut self, span: &Range<usize>, what: impl Into<String>) {
        self.add_on_line(self.line(span), what);
    }

    /// Adds one on a line.
    pub(crate) fn add_on_line(&mut self, line: usize, what: impl Into<String>) {
        self.found.push((line, what.into()));
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them as what a person reads, in the order of the file; those of one line as they were found, which for a file
    /// that the line names is the order of that.
    pub(crate) fn into_usage(mut self) -> Usage {
        self.found.sort_by_key(|(line, _)| *line);
        // A key can be looked at for more than one purpose.
        let mut seen = HashSet::new();
        self.found.retain(|mistake| seen.insert(mistake.clone()));
        let path = self.path.display();
        let mut said: Vec<String> = self
            .found
            .iter()
            .take(SHOWN)
            .map(|(line, what)| format!("{path}: line {line}: {what}"))
            .collect();
        let more = self.found.len().saturating_sub(SHOWN);
        if more > 0 {
            said.push(format!("{path}: and {more} more"));
        }
        Usage::new(said.join("\n"))
    }
}
