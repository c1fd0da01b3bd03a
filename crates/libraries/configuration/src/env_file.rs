//! Files with variables, as systemd's `EnvironmentFile=` has them: `NAME=VALUE` lines, with quotes, comments and lines that
//! go on after a backslash.

/// A variable of a file.
pub(crate) type Variable = (String, String);

/// What is wrong on a line of a file.
pub(crate) type Wrong = (usize, String);

/// The variables of a file, and what is wrong with it: each with its line. What is said does not show a value.
pub(crate) fn parse(text: &str) -> (Vec<Variable>, Vec<Wrong>) {
    let (mut variables, mut wrong) = (Vec::new(), Vec::new());
    let mut rest = Rest {
        characters: text.chars().collect(),
        at: 0,
        line: 1,
    };
    while let Some(first) = rest.skip_blanks() {
        let line = rest.line;
        if first == '#' || first == ';' {
            rest.take_line();
            continue;
        }
        match rest.assignment() {
            Ok(variable) => variables.push(variable),
            Err(why) => wrong.push((line, why)),
        }
    }
    (variables, wrong)
}

/// Whether programs can have a variable of this name.
pub(crate) fn is_name(name: &str) -> bool {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(is_inside)
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
}

/// What is not read yet.
struct Rest {
    characters: Vec<char>,
    at: usize,
    line: usize,
}

impl Rest {
    fn next(&mut self) -> Option<char> {
        let next = self.characters.get(self.at).copied()?;
        self.at += 1;
        self.line += usize::from(next == '\n');
        Some(next)
    }

    /// The first character that is no blank, which stays.
    fn skip_blanks(&mut self) -> Option<char> {
        loop {
            let next = self.characters.get(self.at).copied()?;
            if !next.is_whitespace() {
                return Some(next);
            }
            self.next();
        }
    }

    fn take_line(&mut self) -> String {
        let mut line = String::new();
        while let Some(next) = self.next().filter(|next| *next != '\n') {
            line.push(next);
        }
        line
    }

    fn assignment(&mut self) -> Result<Variable, String> {
        let mut name = String::new();
        loop {
            match self.next() {
                Some('=') => break,
                None | Some('\n') => return Err("is no NAME=VALUE".to_owned()),
                Some(next) => name.push(next),
            }
        }
        let name = name.trim();
        let name = name.strip_prefix("export ").unwrap_or(name).trim();
        let value = self.value()?;
        if !is_name(name) {
            return Err("has something before its `=` that is no variable's name".to_owned());
        }
        if value.contains('\0') {
            return Err(format!("{name} has a zero byte in it"));
        }
        Ok((name.to_owned(), value))
    }

    /// A value up to the end of its line. Quoted and other pieces may follow each other.
    fn value(&mut self) -> Result<String, String> {
        // Blanks at the end count only where they are quoted or escaped.
        let (mut value, mut end) = (String::new(), 0);
        loop {
            match self.next() {
                None | Some('\n') => break,
                Some(quote @ ('\'' | '"')) => {
                    self.quoted(quote, &mut value)?;
                    end = value.len();
                }
                Some('\\') => {
                    value.extend(self.next().filter(|next| *next != '\n'));
                    end = value.len();
                }
                Some(next) if next.is_whitespace() => {
                    if !value.is_empty() {
                        value.push(next);
                    }
                }
                Some(next) => {
                    value.push(next);
                    end = value.len();
                }
            }
        }
        value.truncate(end);
        Ok(value)
    }

    fn quoted(&mut self, quote: char, value: &mut String) -> Result<(), String> {
        loop {
            match self.next() {
                None => return Err(format!("has a {quote} that is not closed")),
                Some(next) if next == quote => return Ok(()),
                Some('\\') if quote == '"' => match self.next() {
                    Some(next @ ('"' | '\\' | '$' | '`')) => value.push(next),
                    Some('\n') | None => {}
                    Some(next) => value.extend(['\\', next]),
                },
                Some(next) => value.push(next),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_systemd_reads_it() {
        for (text, expected) in [
            ("A=b", "b"),
            ("  A = b c  \n", "b c"),
            ("A=", ""),
            ("# A=x\n; A=y\n\nA=z", "z"),
            ("A='it is'", "it is"),
            ("A=\"a \\\"b\\\" \\$c \\n\"", "a \"b\" $c \\n"),
            ("A='a\nb'", "a\nb"),
            ("A=a\\\nb", "ab"),
            ("A=a\\ \n", "a "),
            ("A=a#b", "a#b"),
            ("A=$HOME", "$HOME"),
            ("A='x'\"y\"z", "xyz"),
            ("export A=b", "b"),
            ("A=b\r\n", "b"),
        ] {
            let (variables, wrong) = parse(text);
            assert_eq!(wrong, [], "{text}");
            assert_eq!(variables, [("A".to_owned(), expected.to_owned())], "{text}");
        }
    }

    #[test]
    fn what_is_no_assignment_is_said_with_its_line_and_without_its_value() {
        let (variables, wrong) = parse("A=1\nsecret\n2B=secret\n-C=secret\nD=4\nE='secret\n");
        assert_eq!(variables.len(), 2, "{variables:?}");
        let lines: Vec<usize> = wrong.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 3, 4, 6]);
        assert!(
            wrong.iter().all(|(_, why)| !why.contains("secret")),
            "{wrong:?}"
        );
    }
}
