//! The nonces that a CA hands out (RFC 8555 §6.5).

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most nonces that are kept: more are never used at once.
const MOST: usize = 64;
/// The longest nonce, in characters.
const LONGEST: usize = 1024;

/// Nonces that came with replies and were not used yet.
#[derive(Debug, Default)]
pub(crate) struct Nonces(Mutex<Vec<String>>);

impl Nonces {
    /// The one that came last: it is the least likely to have been forgotten.
    pub(crate) fn take(&self) -> Option<String> {
        self.pool().pop()
    }

    /// Keeps one for a request to come.
    pub(crate) fn keep(&self, nonce: Option<String>) {
        let mut pool = self.pool();
        if pool.len() < MOST {
            pool.extend(nonce);
        }
    }

    fn pool(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a nonce is well-formed: others have to be ignored (RFC 8555 §6.5.1).
pub(crate) fn is_nonce(text: &str) -> bool {
    let is_base64url = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_base64url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_nonce_is_ignored() {
        for good in ["oFvnlFP1wIhRlYS2jTaXbA-_", "a", &"a".repeat(LONGEST)] {
            assert!(is_nonce(good), "{good}");
        }
        for bad in ["", "a b", "a=", "a\"b", "ä", &"a".repeat(LONGEST + 1)] {
            assert!(!is_nonce(bad), "{bad}");
        }
    }

    #[test]
    fn the_newest_is_taken_first_and_not_all_are_kept() {
        let nonces = Nonces::default();
        assert_eq!(nonces.take(), None);
        for number in 0..=MOST {
            nonces.keep(Some(number.to_string()));
        }
        nonces.keep(None);
        for number in (0..MOST).rev() {
            assert_eq!(nonces.take(), Some(number.to_string()));
        }
        assert_eq!(nonces.take(), None);
    }
}
