//! Settings that a client keeps as lines of shell. They are read and never run.

use crate::model::Command;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Around a value that acme.sh has encoded.
const ENCODED: (&str, &str) = ("__ACME_BASE64__START_", "__ACME_BASE64__END_");

/// Lines with `NAME='value'`.
#[derive(Debug)]
pub(crate) struct Settings(Vec<(String, String)>);

impl Settings {
    /// Reads them. What a shell would make of a value, as of `$HOME`, is left as it is written.
    pub(crate) fn parse(text: &str) -> Settings {
        let lines = text.lines().filter_map(|line| {
            let (name, value) = line.trim().split_once('=')?;
            let name = name.trim_end();
            is_name(name).then(|| (name.to_owned(), decoded(unquoted(value))))
        });
        Settings(lines.collect())
    }

    /// The last value of this name that is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().rev();
        let (_, value) = values.find(|(known, _)| known == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }
}

fn is_name(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !text.is_empty() && text.bytes().all(is_inner)
}

/// The value without the quotes around it. acme.sh writes it between single quotes whatever is in it.
fn unquoted(value: &str) -> &str {
    let value = value.trim();
    for quote in ['\'', '"'] {
        let inside = value.strip_prefix(quote);
        if let Some(inside) = inside.and_then(|rest| rest.strip_suffix(quote)) {
            return inside;
        }
    }
    // A comment may follow what has no quotes.
    value.split(" #").next().unwrap_or_default().trim_end()
}

fn decoded(value: &str) -> String {
    let inside = value.strip_prefix(ENCODED.0);
    let inside = inside.and_then(|rest| rest.strip_suffix(ENCODED.1));
    let bytes = inside.and_then(|text| BASE64_STANDARD.decode(text).ok());
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.unwrap_or_else(|| value.to_owned())
}

/// The command that a line of shell is: its words, where it has nothing but plain ones.
pub(crate) fn command(line: &str) -> Command {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-_.,:@%+ =".contains(c);
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    // `NAME=value program` sets a variable.
    let is_program = words.first().is_some_and(|word| !word.contains('='));
    match line.chars().all(is_plain) && is_program {
        true => Command::Words(words),
        false => Command::Shell(line.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_acme_sh_and_people_write_them() {
        let text = "A='one'\n# B='no'\n  C=\"two\"  \nD=three # why\nE='a b'c'\nF=''\nA='last'\nno line\nG = 'x'\nH='$(reboot)'\n\
                    I='__ACME_BASE64__START_ZWNobyAiaGkn__ACME_BASE64__END_'\nJ='__ACME_BASE64__START_*__ACME_BASE64__END_'\nK='";
        let settings = Settings::parse(text);
        for (name, expected) in [
            ("A", Some("last")),
            ("B", None),
            ("C", Some("two")),
            ("D", Some("three")),
            ("E", Some("a b'c")),
            ("F", None),
            ("G", Some("x")),
            ("H", Some("$(reboot)")),
            ("I", Some("echo \"hi'")),
            ("J", Some("__ACME_BASE64__START_*__ACME_BASE64__END_")),
            ("K", Some("'")),
        ] {
            assert_eq!(settings.get(name), expected, "{name}");
        }
    }

    #[test]
    fn what_only_a_shell_understands_is_told_from_a_program_with_arguments() {
        let words = |line: &str| {
            let words = line.split(' ').map(str::to_owned).collect();
            Command::Words(words)
        };
        for line in ["systemctl reload nginx.service", "/usr/local/bin/x a=b"] {
            assert_eq!(command(line), words(line));
        }
        for line in [
            "a; b", "a && b", "a | b", "a > b", "echo $X", "echo `x`", "a 'b c'", "X=1 a", "",
            "a\nb", "a*", "~/x", "(a)",
        ] {
            assert_eq!(command(line), Command::Shell(line.to_owned()));
        }
    }
}
