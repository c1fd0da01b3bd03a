//! CAs that are down: what is said of each, once for all its certificates, and what of a certificate that is needed now.

use command::message;
use lifecycle::Reason;
use pipeline::{Problem, types};
use std::collections::BTreeMap;

/// What is to be done where nothing can be.
const HINT: &str = "A later run orders it, once the CA answers: this counts as no try.";

/// The CAs that are down, by their directories.
#[derive(Debug, Default)]
pub(crate) struct Outages(BTreeMap<String, Outage>);

/// A CA that is down.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outage {
    /// Why, in words.
    why: String,
    /// How many certificates are due there and wait.
    waiting: usize,
    /// Whether servers have nothing that they can use in place of one of these.
    is_pressing: bool,
}

impl Outages {
    /// Takes note that a CA is down, and of what that means for one of its certificates.
    pub(crate) fn add(&mut self, directory: &str, why: &str, reason: &Reason) {
        let outage = self.0.entry(directory.to_owned()).or_default();
        why.clone_into(&mut outage.why);
        if matches!(reason, Reason::CaDown { .. }) {
            outage.waiting += 1;
            outage.is_pressing |= reason.leaves_servers_without();
        }
    }

    /// Says it of each. It is an error only where a certificate is needed now.
    pub(crate) fn say(&self) {
        for outage in self.0.values() {
            match outage.is_pressing {
                true => message::error(&outage.in_words()),
                false => message::warning(&outage.in_words()),
            }
        }
    }
}

impl Outage {
    fn in_words(&self) -> String {
        let why = &self.why;
        let waiting = match self.waiting {
            0 => return format!("the CA is down: {why}"),
            1 => "one certificate that is due waits".to_owned(),
            count => format!("{count} certificates that are due wait"),
        };
        format!("the CA is down, so {waiting} for it, which counts as no try: {why}")
    }
}

/// The problem of a certificate that servers need now, and that waits for its CA; `None` for any other.
pub(crate) fn problem(reason: &Reason) -> Option<Problem> {
    let Reason::CaDown { why, because } = reason else {
        return None;
    };
    let detail = format!("due ({because}), and its CA is down: {why}");
    let is_needed = because.leaves_servers_without();
    is_needed.then(|| Problem::new(&types::RENEWAL_CA_DOWN, detail).hint(HINT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lifecycle::Schedule;

    fn down(because: Reason) -> Reason {
        Reason::CaDown {
            why: "refused".into(),
            because: Box::new(because),
        }
    }

    #[test]
    fn a_ca_that_is_down_is_one_line_for_all_its_certificates() {
        let due = || down(Reason::Due(Schedule::Third));
        for (reasons, expected, is_pressing) in [
            // One that is about to expire is tried all the same.
            (
                vec![Reason::Due(Schedule::Third)],
                "the CA is down: refused",
                false,
            ),
            (
                vec![due()],
                "the CA is down, so one certificate that is due waits for it, which counts as no try: refused",
                false,
            ),
            (
                vec![down(Reason::New), due(), Reason::Due(Schedule::Third)],
                "the CA is down, so 2 certificates that are due wait for it, which counts as no try: refused",
                true,
            ),
        ] {
            let mut outages = Outages::default();
            for reason in &reasons {
                outages.add("https://ca", "refused", reason);
            }
            let outage = &outages.0["https://ca"];
            assert_eq!(outage.in_words(), expected);
            assert_eq!(outage.is_pressing, is_pressing, "{expected}");
        }
    }

    #[test]
    fn a_certificate_that_is_needed_now_is_an_error_while_its_ca_is_down() {
        let detail = |reason: &Reason| problem(reason).map(|problem| problem.detail);
        assert_eq!(
            detail(&down(Reason::New)).as_deref(),
            Some("due (there is no certificate yet), and its CA is down: refused")
        );
        assert_eq!(detail(&down(Reason::Due(Schedule::Third))), None);
        assert_eq!(detail(&Reason::New), None);
    }
}
