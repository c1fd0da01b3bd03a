//! How large a document is, in each of the ways in which a reader bounds it.

use super::document::Document;
use super::limits::{DEEPEST, LARGEST, MOST_CHALLENGES, MOST_VALUES};
use std::fmt;

/// What JSON text takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Size {
    /// How many bytes.
    pub(super) bytes: usize,
    /// How many members and elements, as a reader counts them: commas and brackets in strings count as well.
    pub(super) values: usize,
    /// How deep it is nested.
    pub(super) depth: usize,
}

impl Size {
    /// The size of a text that is given in pieces.
    pub(super) fn of<'a>(pieces: impl IntoIterator<Item = &'a str>) -> Size {
        let mut size = Size::default();
        let (mut depth, mut in_string) = (0usize, false);
        for piece in pieces {
            size.bytes += piece.len();
            let mut bytes = piece.bytes();
            while let Some(byte) = bytes.next() {
                match byte {
                    b'[' | b'{' => {
                        size.values += 1;
                        depth += usize::from(!in_string);
                        size.depth = size.depth.max(depth);
                    }
                    b',' => size.values += 1,
                    b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
                    b'"' => in_string = !in_string,
                    // JSON has it in strings only, and what it escapes counts for nothing.
                    b'\\' => drop(bytes.next()),
                    _ => {}
                }
            }
        }
        size
    }

    fn is_within(self, bounds: &Bounds) -> bool {
        self.bytes <= bounds.bytes && self.values <= bounds.values && self.depth <= bounds.depth
    }

    /// The size without so much, as far as bytes and values go.
    pub(super) fn without(self, other: Size) -> Size {
        Size {
            bytes: self.bytes.saturating_sub(other.bytes),
            values: self.values.saturating_sub(other.values),
            depth: self.depth,
        }
    }
}

/// What a reader bounds.
pub(super) struct Bounds {
    pub(super) bytes: usize,
    pub(super) values: usize,
    pub(super) depth: usize,
    pub(super) challenges: usize,
}

/// What the programs take.
pub(super) const TAKEN: Bounds = Bounds {
    bytes: LARGEST,
    values: MOST_VALUES,
    depth: DEEPEST,
    challenges: MOST_CHALLENGES,
};

/// How large a document is within or beyond its bounds.
pub(super) struct Extent<'a> {
    pub(super) bounds: &'a Bounds,
    pub(super) size: Size,
    /// How many challenges it has that a program would look at.
    challenges: usize,
}

impl<'a> Extent<'a> {
    pub(super) fn of(document: &Document, bounds: &'a Bounds) -> Extent<'a> {
        Extent {
            bounds,
            size: Size::of(document.line().iter().map(|piece| &**piece)),
            // A program gives an error to a document of too many, and does nothing about one that has an error.
            challenges: match document.has_error() {
                true => 0,
                false => document.texts().1.len(),
            },
        }
    }

    /// Whether the next program takes the document.
    pub(super) fn fits(&self) -> bool {
        self.size.is_within(self.bounds) && self.challenges <= self.bounds.challenges
    }

    /// Whether it does, as far as its text goes.
    pub(super) fn has_room(&self) -> bool {
        self.size.is_within(self.bounds)
    }
}

/// What is too much.
impl fmt::Display for Extent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (size, bounds) = (&self.size, self.bounds);
        let mut separator = "";
        for (has, most, what) in [
            (size.bytes, bounds.bytes, "bytes"),
            (size.values, bounds.values, "values"),
            (size.depth, bounds.depth, "levels"),
            (self.challenges, bounds.challenges, "challenges"),
        ] {
            if has > most {
                write!(f, "{separator}{has} {what}, more than {most}")?;
                separator = "; ";
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_counts_outside_of_strings_only() {
        let deep = |levels| "[".repeat(levels) + &"]".repeat(levels);
        let (most, more) = (deep(DEEPEST), deep(DEEPEST + 1));
        for (json, expected) in [
            (most.clone(), true),
            (more.clone(), false),
            (format!("[{},{}]", deep(1), deep(DEEPEST - 1)), true),
            (format!(r#""{more}""#), true),
            (format!(r#""\"{more}""#), true),
            (format!(r#"["\\",{most}]"#), false),
            (format!(r#"["]",{most}]"#), false),
        ] {
            assert_eq!(
                Size::of([json.as_str()]).is_within(&TAKEN),
                expected,
                "{json}"
            );
        }
    }

    #[test]
    fn what_is_too_much_is_said_and_nothing_else() {
        let size = Size {
            bytes: LARGEST + 1,
            values: 7,
            depth: DEEPEST,
        };
        let bounds = &TAKEN;
        let excess = |challenges| {
            let extent = Extent {
                bounds,
                size,
                challenges,
            };
            extent.to_string()
        };
        assert_eq!(excess(MOST_CHALLENGES), "8388609 bytes, more than 8388608");
        assert_eq!(
            excess(4001),
            "8388609 bytes, more than 8388608; 4001 challenges, more than 4000"
        );
    }
}
