//! The line of the file that sets an option with which a program finds something wrong: that program does not read the file.

use command::{Args, Usage};
use configuration::{Configuration, Setting};
use dns01_exec::EXEC;
use std::path::PathBuf;

/// The options that the file sets, and where.
pub(crate) struct Lines {
    file: PathBuf,
    /// The word for each in what programs say, and its line.
    options: Vec<(String, usize)>,
}

impl Lines {
    /// Those of this file. An option that the command line gives as well is that of the command line.
    pub(crate) fn of(configuration: &Configuration, line: &Args) -> Lines {
        let settings = configuration.settings.iter();
        let settings = settings.filter(|setting| !line.is_given(setting.option));
        Lines {
            file: configuration.path.clone(),
            options: settings.map(|one| (word(one), one.line)).collect(),
        }
    }

    /// What a program said, behind the line of the first option in it that the file sets; as it is where there is none.
    pub(crate) fn add_to(&self, usage: Usage) -> Usage {
        let said = usage.to_string();
        let options = self.options.iter();
        let found = options.filter_map(|(word, line)| Some((place(&said, word)?, line)));
        match found.min() {
            Some((_, line)) => Usage::new(format!("{}: line {line}: {said}", self.file.display())),
            None => usage,
        }
    }
}

/// What is said of an option: its name, or of a program that cannot be run where that is.
fn word(setting: &Setting) -> String {
    match setting.values.first() {
        Some(program) if setting.option.long == EXEC.long => program.clone(),
        _ => format!("--{}", setting.option.long),
    }
}

/// Where a word stands in a text by itself.
fn place(text: &str, word: &str) -> Option<usize> {
    let mut places = text.match_indices(word);
    let is_whole = |at: usize| {
        let after = text[at + word.len()..].chars().next();
        !after.is_some_and(|next| next.is_ascii_alphanumeric() || next == '-')
    };
    places.find_map(|(at, _)| is_whole(at).then_some(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_option_that_is_named_and_that_the_file_sets_has_its_line() {
        let lines = Lines {
            file: "/f".into(),
            options: [("--kid", 3), ("--eab", 2), ("--key", 1), ("/no/such", 4)]
                .map(|(word, line)| (word.to_owned(), line))
                .to_vec(),
        };
        for (said, expected) in [
            ("x: --eab needs --kid", "/f: line 2: x: --eab needs --kid"),
            ("x: --kid is wrong", "/f: line 3: x: --kid is wrong"),
            ("x: --key-type is wrong", "x: --key-type is wrong"),
            (
                "x: --key-type and --key",
                "/f: line 1: x: --key-type and --key",
            ),
            ("/no/such: not there", "/f: line 4: /no/such: not there"),
            ("kid", "kid"),
        ] {
            let usage = lines.add_to(Usage::new(said));
            assert_eq!(usage.to_string(), expected);
        }
    }
}
