//! Secrets that no message shows, whoever printed them: what a server answers may quote what it was sent.

use std::borrow::Cow;
use std::sync::{PoisonError, RwLock};

/// What stands in place of a secret.
const MASK: &str = "***";
/// The shortest secret that is masked, in bytes. What is shorter would be found in words that have nothing to do with it.
const SHORTEST: usize = 4;

static SECRETS: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// Keeps a secret out of all messages from now on, as it is and as JSON has it.
pub fn hide(secret: &str) {
    let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
    let escaped = secret.replace('\\', "\\\\").replace('"', "\\\"");
    for secret in [secret, &escaped, &escaped.replace('/', "\\/")] {
        if secret.len() >= SHORTEST && !secrets.iter().any(|known| known == secret) {
            secrets.push(secret.to_owned());
        }
    }
    // One that is a part of another comes after it, or the rest of that would be shown.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
}

/// The text with `***` in place of each secret.
pub fn masked(text: &str) -> Cow<'_, str> {
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    mask(text, &secrets)
}

fn mask<'a>(text: &'a str, secrets: &[String]) -> Cow<'a, str> {
    let mut masked = Cow::Borrowed(text);
    for secret in secrets {
        if masked.contains(secret.as_str()) {
            masked = Cow::Owned(masked.replace(secret.as_str(), MASK));
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_wherever_it_stands_and_a_word_too_short_to_be_one_is_not() {
        for secret in ["tops", "topsecret", "k-9/=", "abc", r#"q"u\o/te"#] {
            hide(secret);
        }
        for (text, expected) in [
            ("Bearer topsecret; topsecrets", "Bearer ***; ***s"),
            ("tops and k-9/=", "*** and ***"),
            (
                r#"q"u\o/te "q\"u\\o/te" "q\"u\\o\/te""#,
                r#"*** "***" "***""#,
            ),
            ("abc top", "abc top"),
            ("", ""),
        ] {
            assert_eq!(masked(text), expected, "{text}");
        }
    }
}
