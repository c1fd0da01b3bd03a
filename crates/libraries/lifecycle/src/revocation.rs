//! Which certificates of one name were revoked, when, and why.

mod of_store;

use crate::state::State;
use certificates::rfc3339;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::SystemTime;

/// What is noted of a certificate that is moved aside since it was revoked; its reason follows.
const NOTE: &str = "revoked";
const BEFORE_REASON: &str = "revoked: ";

/// A certificate that was revoked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// Its serial number, in hexadecimal digits.
    pub serial: String,
    /// When, where that is known.
    #[serde(
        default,
        with = "crate::time::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub at: Option<SystemTime>,
    /// Why, by the name that RFC 5280 has for it, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The contents of `revocation.json`: all certificates of one name that were revoked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationState {
    /// The last: all that an earlier release kept.
    #[serde(flatten)]
    last: Revocation,
    /// Those before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    before: Vec<Revocation>,
}

impl Revocation {
    /// What is noted of it where it is moved aside.
    pub fn note(&self) -> String {
        match &self.reason {
            Some(reason) => format!("{BEFORE_REASON}{reason}"),
            None => NOTE.to_owned(),
        }
    }

    /// What such a note tells of the certificate with this serial number; `None` where it was moved aside for another reason.
    fn from_note(serial: String, at: Option<&str>, note: &str) -> Option<Revocation> {
        let reason = note.strip_prefix(BEFORE_REASON).map(str::to_owned);
        (reason.is_some() || note == NOTE).then(|| Revocation {
            serial,
            at: at.and_then(|at| humantime::parse_rfc3339(at).ok()),
            reason,
        })
    }
}

impl fmt::Display for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it was revoked")?;
        if let Some(at) = self.at.map(rfc3339) {
            write!(f, " on {}", at.split('T').next().unwrap_or(&at))?;
        }
        match &self.reason {
            Some(reason) => write!(f, " as {reason}"),
            None => Ok(()),
        }
    }
}

impl RevocationState {
    /// What is known of the certificate with this serial number, where it was revoked.
    pub fn of(&self, serial: &str) -> Option<&Revocation> {
        let mut all = self.before.iter().chain([&self.last]);
        all.find(|one| one.serial == serial && !serial.is_empty())
    }

    /// Whether none was revoked.
    pub fn is_empty(&self) -> bool {
        self.last.serial.is_empty()
    }

    /// Adds one. What is known of it already stays: the CA publishes the first reason. One of which nothing is known but that it
    /// was revoked gets what is known now.
    pub fn add(&mut self, revocation: Revocation) {
        if revocation.serial.is_empty() {
            return;
        }
        let mut all = std::iter::once(&mut self.last).chain(&mut self.before);
        let known = all.find(|one| one.serial == revocation.serial);
        match known {
            Some(known) if known.at.is_none() && known.reason.is_none() => *known = revocation,
            Some(_) => {}
            None => self.push(revocation),
        }
    }

    fn push(&mut self, revocation: Revocation) {
        let last = std::mem::replace(&mut self.last, revocation);
        if !last.serial.is_empty() {
            self.before.push(last);
        }
    }
}

impl State for RevocationState {
    const FILE: &'static str = "revocation.json";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn revocation(serial: &str, at: Option<u64>, reason: Option<&str>) -> Revocation {
        Revocation {
            serial: serial.into(),
            at: at.map(|at| SystemTime::UNIX_EPOCH + Duration::from_secs(at)),
            reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn the_first_that_is_known_of_each_certificate_stays_and_is_read_back() {
        let mut state = RevocationState::default();
        assert!(state.is_empty() && state.of("").is_none());
        let first = revocation("1", Some(0), Some("superseded"));
        let second = revocation("2", None, None);
        for one in [
            first.clone(),
            second.clone(),
            revocation("1", None, Some("keyCompromise")),
            Revocation::default(),
        ] {
            state.add(one);
        }
        let state: RevocationState = serde_json::from_str(&state.text()).expect("ours");
        assert_eq!(state.of("1"), Some(&first));
        assert_eq!(state.of("2"), Some(&second));
        let mut fuller = state.clone();
        fuller.add(revocation("2", Some(0), None));
        assert_eq!(fuller.of("2").map(|one| one.at), Some(first.at));
        assert_eq!((state.of("3"), state.of("")), (None, None));
        assert!(!state.is_empty());
    }

    #[test]
    fn only_one_of_which_nothing_else_is_known_gets_what_is_known_now() {
        for (kept, is_kept) in [
            (revocation("1", None, None), false),
            (revocation("1", Some(0), None), true),
            (revocation("1", None, Some("superseded")), true),
        ] {
            let now = revocation("1", Some(7), Some("keyCompromise"));
            let mut state = RevocationState::default();
            state.add(kept.clone());
            state.add(now.clone());
            let expected = if is_kept { kept } else { now };
            assert_eq!(state.of("1"), Some(&expected));
        }
    }

    #[test]
    fn what_an_earlier_release_kept_is_read() {
        let text = r#"{"serial": "f4a1", "reason": "keyCompromise"}"#;
        let state: RevocationState = serde_json::from_str(text).expect("read");
        let expected = revocation("f4a1", None, Some("keyCompromise"));
        assert_eq!(state.of("f4a1"), Some(&expected));
    }

    #[test]
    fn a_note_tells_what_it_was_made_from_and_one_of_another_kind_nothing() {
        for (one, note, words) in [
            (
                revocation("1", Some(0), Some("superseded")),
                "revoked: superseded",
                "it was revoked on 1970-01-01 as superseded",
            ),
            (
                revocation("1", Some(0), None),
                "revoked",
                "it was revoked on 1970-01-01",
            ),
            (revocation("1", None, None), "revoked", "it was revoked"),
        ] {
            let at = one.at.map(rfc3339);
            assert_eq!((&*one.note(), &*one.to_string()), (note, words));
            let read = Revocation::from_note("1".into(), at.as_deref(), note);
            assert_eq!(read, Some(one));
        }
        for other in ["", "revoked by hand", "moved"] {
            assert_eq!(Revocation::from_note("1".into(), None, other), None);
        }
    }
}
