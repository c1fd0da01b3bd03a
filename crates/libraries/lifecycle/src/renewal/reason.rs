//! Why a certificate is due, or is not, in words for a person.

use super::window::Window;
use crate::revocation::Revocation;
use certificates::rfc3339;
use std::fmt;
use std::time::SystemTime;

/// Why a certificate is due, or is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// There is no certificate yet.
    New,
    /// A file of it is missing or broken.
    Damaged {
        /// The file's name.
        file: String,
        /// What is wrong with it, as words that follow the name.
        why: String,
    },
    /// It was revoked.
    Revoked(Revocation),
    /// The configuration asks for something else.
    Changed(Change),
    /// It expired then.
    Expired(SystemTime),
    /// Its time has come.
    Due(Schedule),
    /// Its time has not come.
    NotYet {
        /// When it comes.
        at: SystemTime,
        /// By what.
        schedule: Schedule,
    },
    /// By this machine's clock it is not valid before this moment: the clock is wrong, most likely.
    NotYetValid(SystemTime),
    /// It was renewed a moment ago, and a person wants more days to be left than that may have brought: again at this moment.
    RenewedForDays(SystemTime),
    /// It is due, and waits since its CA is down.
    CaDown {
        /// What is wrong with the CA.
        why: String,
        /// Why it is due.
        because: Box<Reason>,
    },
    /// It is due, and waits after tries that led to no new certificate.
    Waiting {
        /// Until when.
        until: SystemTime,
        /// How often it was tried.
        tries: u32,
        /// Since when it is due, where its time has come.
        since: Option<SystemTime>,
        /// Why it is due.
        because: Box<Reason>,
    },
}

/// What decides when a valid certificate is renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// The CA's window.
    Window {
        /// The window.
        window: Window,
        /// The moment in it that was chosen.
        chosen: SystemTime,
    },
    /// A third of the lifetime.
    Third,
    /// Half of the lifetime.
    Half,
    /// So many days before its end, as a person says.
    Days(u32),
}

/// What the configuration asks for, and what the certificate was ordered as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Other names.
    Names {
        /// What the configuration asks for.
        desired: Vec<String>,
        /// What the certificate has.
        ordered: Vec<String>,
    },
    /// Another CA, key type or profile.
    Value {
        /// Which of these.
        what: &'static str,
        /// What the configuration asks for.
        desired: String,
        /// What the certificate has.
        ordered: String,
    },
}

impl Reason {
    /// Whether servers have no certificate that they can use: it is not there, damaged, revoked or expired, whatever it waits
    /// for.
    pub fn leaves_servers_without(&self) -> bool {
        match self {
            Reason::New | Reason::Damaged { .. } | Reason::Revoked(_) | Reason::Expired(_) => true,
            Reason::CaDown { because, .. } | Reason::Waiting { because, .. } => {
                because.leaves_servers_without()
            }
            Reason::Changed(_)
            | Reason::Due(_)
            | Reason::NotYet { .. }
            | Reason::NotYetValid(_)
            | Reason::RenewedForDays(_) => false,
        }
    }

    /// Whether the certificate is due, and waits.
    pub fn is_of_one_that_waits(&self) -> bool {
        matches!(self, Reason::CaDown { .. } | Reason::Waiting { .. })
    }

    /// Whether nothing is to be done about the certificate now, so that earlier tries are forgotten.
    pub(super) fn is_at_rest(&self) -> bool {
        matches!(self, Reason::NotYet { .. })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::New => f.write_str("there is no certificate yet"),
            Reason::Damaged { file, why } => write!(f, "{file} {why}"),
            Reason::Revoked(revocation) => revocation.fmt(f),
            Reason::Changed(change) => change.fmt(f),
            Reason::Expired(end) => write!(f, "it expired at {}", rfc3339(*end)),
            Reason::Due(schedule) => match schedule {
                Schedule::Window { .. } => schedule.fmt(f),
                Schedule::Days(_) => write!(f, "no more than {schedule} left"),
                left => write!(f, "{left} is left"),
            },
            Reason::NotYet { at, schedule } => match schedule {
                Schedule::Window { .. } => schedule.fmt(f),
                Schedule::Days(_) => {
                    write!(f, "more than {schedule} left, until {}", rfc3339(*at))
                }
                left => write!(f, "more than {left} is left, until {}", rfc3339(*at)),
            },
            Reason::NotYetValid(from) => write!(
                f,
                "by this machine's clock it is not valid before {}",
                rfc3339(*from)
            ),
            Reason::RenewedForDays(until) => write!(
                f,
                "it was renewed lately, and may not live for so many days: again from {} on",
                rfc3339(*until)
            ),
            Reason::CaDown { why, because } => {
                write!(f, "waits until the CA is there again: {why} ({because})")
            }
            Reason::Waiting {
                until,
                tries,
                because,
                ..
            } => {
                let tries = tries_in_words(*tries);
                let until = rfc3339(*until);
                write!(
                    f,
                    "waits until {until} after {tries} that led to no new certificate ({because})"
                )
            }
        }
    }
}

/// How often it was tried.
pub fn tries_in_words(tries: u32) -> String {
    match tries {
        1 => "a try".to_owned(),
        tries => format!("{tries} tries"),
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Schedule::Window { window, chosen } => write!(
                f,
                "the CA suggests renewal between {} and {}, chosen {}",
                rfc3339(window.start),
                rfc3339(window.end),
                rfc3339(*chosen)
            ),
            Schedule::Third => f.write_str("a third of its lifetime"),
            Schedule::Half => f.write_str("half of its lifetime"),
            Schedule::Days(1) => f.write_str("one day is"),
            Schedule::Days(days) => write!(f, "{days} days are"),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Names { desired, ordered } => write!(
                f,
                "its names in the configuration are {}, and the certificate has {}",
                desired.join(", "),
                ordered.join(", ")
            ),
            Change::Value {
                what,
                desired,
                ordered,
            } => write!(
                f,
                "its {what} in the configuration is {desired}, and the certificate was ordered with {ordered}"
            ),
        }
    }
}
