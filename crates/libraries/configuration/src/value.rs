//! A value of the file, as the row of its option takes it. What is said of a wrong one does not show it: it may be a secret.

use command::{Kind, Opt, duration};
use toml::de::DeValue;

/// The value of an option, as texts that its command line would have.
///
/// # Errors
/// What the option takes.
pub(crate) fn of_option(option: &Opt, value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let key = option.long;
    match option.kind {
        Kind::Flag => match value {
            DeValue::Boolean(value) => Ok(vec![value.to_string()]),
            _ => Err(format!("`{key}` is true or false")),
        },
        Kind::Text { .. } | Kind::Path { .. } => Ok(vec![text(key, value)?]),
        Kind::List { .. } | Kind::Each { .. } => texts(key, value),
        Kind::Seconds { .. } => seconds(value)
            .map(|text| vec![text])
            .ok_or_else(|| format!("`{key}` is a number of seconds, at most a year")),
        Kind::Count { most, .. } => count(value, most)
            .map(|count| vec![count.to_string()])
            .ok_or_else(|| format!("`{key}` is a number from 1 to {most}")),
        Kind::Choice { of, .. } => {
            let word = text(key, value)?;
            let is_one = of.iter().any(|known| known.eq_ignore_ascii_case(&word));
            is_one
                .then(|| vec![word])
                .ok_or_else(|| format!("`{key}` is one of {}", of.join(", ")))
        }
    }
}

/// A text that is not empty.
///
/// # Errors
/// It is another thing.
pub(crate) fn text(key: &str, value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) if text.is_empty() => Err(format!("`{key}` is empty")),
        DeValue::String(text) if text.contains('\0') => {
            Err(format!("`{key}` has a zero byte in it"))
        }
        DeValue::String(text) => Ok(text.to_string()),
        _ => Err(format!("`{key}` is a text in quotes")),
    }
}

/// A text, or a list of them.
///
/// # Errors
/// It is another thing.
pub(crate) fn texts(key: &str, value: &DeValue<'_>) -> Result<Vec<String>, String> {
    match value {
        DeValue::Array(values) => values
            .iter()
            .map(|value| text(key, value.get_ref()))
            .collect(),
        DeValue::String(_) => Ok(vec![text(key, value)?]),
        _ => Err(format!("`{key}` is a text in quotes, or a list of them")),
    }
}

/// A list of texts in which commas are what they are on a command line.
///
/// # Errors
/// It is another thing.
pub(crate) fn list(key: &str, value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let texts = texts(key, value)?;
    let parts = texts.iter().flat_map(|text| text.split(','));
    Ok(parts
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect())
}

/// The mode of a key, in octal: a number or a text.
///
/// # Errors
/// It is another thing.
pub(crate) fn mode(key: &str, value: &DeValue<'_>) -> Result<String, String> {
    let text = match value {
        DeValue::Integer(number) if number.radix() == 8 => number.as_str(),
        DeValue::String(text) => text,
        _ => "",
    };
    match lifecycle::parse_mode(text) {
        Some(mode) => Ok(format!("{mode:04o}")),
        None => Err(format!(
            "`{key}` is an octal number such as 0o640 or \"0640\", by which only owner and group read and write"
        )),
    }
}

/// What a variable is set to.
///
/// # Errors
/// It is a list, a table or a time.
pub(crate) fn of_variable(name: &str, value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) if text.contains('\0') => {
            Err(format!("`{name}` has a zero byte in it"))
        }
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Ok(number.to_string()),
        DeValue::Float(number) => Ok(number.to_string()),
        DeValue::Boolean(value) => Ok(value.to_string()),
        _ => Err(format!("`{name}` is a text, a number, true or false")),
    }
}

fn seconds(value: &DeValue<'_>) -> Option<String> {
    let text = match value {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        DeValue::Float(number) => number.as_str(),
        _ => return None,
    };
    let number = text.parse().ok()?;
    duration::from_seconds(number).map(|_| text.to_owned())
}

fn count(value: &DeValue<'_>, most: usize) -> Option<usize> {
    let DeValue::Integer(number) = value else {
        return None;
    };
    let count = usize::from_str_radix(number.as_str(), number.radix()).ok()?;
    (1..=most).contains(&count).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    static FLAG: Opt = Opt::flag("flag", "");
    static TEXT: Opt = Opt::text("text", "TEXT", "");
    static LIST: Opt = Opt::list("list", "NAME", "");
    static SECONDS: Opt = Opt::seconds("seconds", None, "");
    static COUNT: Opt = Opt::count("count", 8, None, "");
    static CHOICE: Opt = Opt::new(
        "choice",
        Kind::Choice {
            name: "WORD",
            of: &["One", "Two"],
            default: None,
        },
        "",
    );

    #[test]
    fn a_value_is_what_its_option_takes() {
        for (option, value, expected) in [
            (&FLAG, "true", Ok(&["true"][..])),
            (&FLAG, "false", Ok(&["false"])),
            (&FLAG, "'yes'", Err("`flag` is true or false")),
            (&FLAG, "1", Err("`flag` is true or false")),
            (&TEXT, "'a,b'", Ok(&["a,b"])),
            (&TEXT, "7", Err("`text` is a text in quotes")),
            (&TEXT, "''", Err("`text` is empty")),
            (&TEXT, r#""a\u0000""#, Err("`text` has a zero byte in it")),
            (&LIST, "['a', 'b']", Ok(&["a", "b"])),
            (&LIST, "'a, b'", Ok(&["a, b"])),
            (&LIST, "['a', 1]", Err("`list` is a text in quotes")),
            (
                &LIST,
                "1",
                Err("`list` is a text in quotes, or a list of them"),
            ),
            (&SECONDS, "10", Ok(&["10"])),
            (&SECONDS, "0.5", Ok(&["0.5"])),
            (
                &SECONDS,
                "-1",
                Err("`seconds` is a number of seconds, at most a year"),
            ),
            (
                &SECONDS,
                "inf",
                Err("`seconds` is a number of seconds, at most a year"),
            ),
            (
                &SECONDS,
                "'10'",
                Err("`seconds` is a number of seconds, at most a year"),
            ),
            (&COUNT, "8", Ok(&["8"])),
            (&COUNT, "0", Err("`count` is a number from 1 to 8")),
            (&COUNT, "9", Err("`count` is a number from 1 to 8")),
            (&CHOICE, "'one'", Ok(&["one"])),
            (&CHOICE, "'three'", Err("`choice` is one of One, Two")),
        ] {
            let value = DeValue::parse(value).expect("TOML");
            let texts = of_option(option, value.get_ref());
            let texts = texts
                .as_ref()
                .map(|texts| texts.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(
                texts.map_err(String::as_str),
                expected.map(<[&str]>::to_vec)
            );
        }
    }
}
