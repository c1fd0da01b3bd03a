//! Questions that a person is asked on a terminal.

use std::io::{self, IsTerminal as _, Write as _};

/// Whether somebody can be asked.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// The answer to a question; `None` where the input ends.
///
/// # Errors
/// The terminal cannot be read or written.
pub fn ask(question: &str) -> io::Result<Option<String>> {
    let mut terminal = io::stderr();
    terminal.write_all(question.as_bytes())?;
    terminal.flush()?;
    let mut answer = String::new();
    let length = io::stdin().read_line(&mut answer)?;
    Ok((length > 0).then(|| answer.trim().to_owned()))
}

/// Whether an answer is yes, and nothing else.
pub fn is_yes(answer: &str) -> bool {
    ["y", "yes"]
        .iter()
        .any(|yes| answer.eq_ignore_ascii_case(yes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_yes_is_one() {
        for (answer, expected) in [
            ("y", true),
            ("YES", true),
            ("", false),
            ("n", false),
            ("yes please", false),
            ("j", false),
        ] {
            assert_eq!(is_yes(answer), expected, "{answer}");
        }
    }
}
