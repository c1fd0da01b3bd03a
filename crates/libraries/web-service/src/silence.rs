//! When a server is asked no more, since it does not answer: a batch of a hundred records must not wait for each of them.

use dns_program::Failure;
use std::time::Duration;

/// What is known of whether a server answers.
#[derive(Debug, Default)]
pub(crate) struct Silence {
    has_answered: bool,
    /// How long was waited since its last answer.
    in_vain: Duration,
    /// Why it is asked no more, without what was asked.
    why: Option<Failure>,
}

impl Silence {
    /// Notes an answer, whatever it says.
    pub(crate) fn answered(&mut self) {
        self.has_answered = true;
        self.in_vain = Duration::ZERO;
    }

    /// Notes that a request was not answered, after so long a time where it might take `limit`. One that has never answered is
    /// asked no more. One that has may have lost a connection, which takes no time, or be late once; after a second time it
    /// is asked no more either.
    pub(crate) fn waited(&mut self, time: Duration, limit: Duration, why: Failure) {
        self.in_vain += time;
        if !self.has_answered || self.in_vain >= limit + limit / 2 {
            self.why = Some(why);
        }
    }

    /// The failure of a request that is not sent, if the server is asked no more.
    pub(crate) fn failure(&self, request: &str) -> Option<Failure> {
        let why = self.why.as_ref()?;
        let detail = format!(
            "{request}: not sent, since the server did not answer an earlier request: {}",
            why.detail
        );
        Some(Failure {
            detail,
            ..why.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_never_answered_or_was_late_twice_is_asked_no_more() {
        // What became of requests that may take ten seconds: `a` for an answer, or the seconds without one.
        for (requests, is_silent) in [
            ("", false),
            ("0", true),
            ("10", true),
            ("a 10", false),
            ("a 10 10", true),
            ("a 10 a 10", false),
            ("a 0 0 0 0", false),
            ("a 0 10 0", false),
            ("a 3 3 3 3 3", true),
        ] {
            let mut silence = Silence::default();
            for request in requests.split_whitespace() {
                match request.parse() {
                    Ok(seconds) => silence.waited(
                        Duration::from_secs(seconds),
                        Duration::from_secs(10),
                        Failure::new("no answer").hint("wait"),
                    ),
                    Err(_) => silence.answered(),
                }
            }
            let failure = silence.failure("GET x");
            assert_eq!(failure.is_some(), is_silent, "{requests}");
            if let Some(failure) = failure {
                let says = "GET x: not sent, since the server did not answer an earlier request: no answer";
                assert_eq!(failure, Failure::new(says).hint("wait"));
            }
        }
    }
}
