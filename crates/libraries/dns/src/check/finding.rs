//! What is found: a code that stays, how severe it is, and what a person and a script need to know.

use std::fmt;
use std::net::SocketAddr;
use std::time::SystemTime;

use hickory_proto::rr::{Name, RecordType};

use crate::address;

/// A kind of finding.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// What scripts know it by. It keeps its meaning.
    pub name: &'static str,
    /// How severe it is by itself; where it leaves no way for a CA, a finding is an error.
    pub severity: Severity,
    /// What it means, as a sentence.
    pub meaning: &'static str,
    /// What Zonemaster or DNSViz calls the nearest to it; empty where neither has one.
    pub nearest: &'static str,
}

/// How severe a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It is so, and nothing follows from it.
    Info,
    /// Somebody should know.
    Notice,
    /// A CA may fail, now or soon.
    Warning,
    /// A CA will fail.
    Error,
}

/// What all findings of a name come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing speaks against it.
    Ok,
    /// A CA may fail.
    MayFail,
    /// A CA will fail.
    WillFail,
}

/// A value that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    /// A text.
    Text(String),
    /// A number.
    Number(u64),
    /// Several numbers.
    Numbers(Vec<u64>),
    /// A time.
    Time(SystemTime),
    /// Several texts.
    List(Vec<String>),
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind it is.
    pub code: &'static Code,
    /// How severe it is.
    pub severity: Severity,
    /// The name or zone that it is about.
    pub name: Name,
    /// The servers that it is about.
    pub servers: Vec<(Name, SocketAddr)>,
    /// What is in `detail`, for scripts.
    pub args: Vec<(&'static str, Arg)>,
    /// What was found.
    pub detail: String,
    /// What can be done about it.
    pub hint: Option<String>,
    /// The command that shows it.
    pub reproduce: Option<String>,
}

impl Severity {
    /// All of them, the least first.
    pub const ALL: [Severity; 4] = [
        Severity::Info,
        Severity::Notice,
        Severity::Warning,
        Severity::Error,
    ];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Notice => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl Verdict {
    /// What these findings come to.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Verdict {
        match findings.iter().map(|finding| finding.severity).max() {
            Some(Severity::Error) => Verdict::WillFail,
            Some(Severity::Warning) => Verdict::MayFail,
            _ => Verdict::Ok,
        }
    }

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::MayFail => "may-fail",
            Verdict::WillFail => "will-fail",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Finding {
    /// A finding of this kind about a name.
    pub(super) fn new(code: &'static Code, name: &Name, detail: impl Into<String>) -> Finding {
        Finding {
            code,
            severity: code.severity,
            name: name.clone(),
            servers: Vec::new(),
            args: Vec::new(),
            detail: detail.into(),
            hint: None,
            reproduce: None,
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Finding {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn severity(mut self, severity: Severity) -> Finding {
        self.severity = severity;
        self
    }

    pub(super) fn servers(
        mut self,
        servers: impl IntoIterator<Item = (Name, SocketAddr)>,
    ) -> Finding {
        self.servers.extend(servers);
        self
    }

    pub(super) fn arg(mut self, name: &'static str, arg: impl Into<Arg>) -> Finding {
        self.args.push((name, arg.into()));
        self
    }

    /// The question that shows it, put to the first of its servers, or where it has none to a resolver, which has to recurse.
    pub(super) fn dig(mut self, flags: &str, name: &Name, record_type: RecordType) -> Finding {
        let first = self.servers.first().map(|(_, server)| *server);
        let is_resolver = first.is_none_or(|server| speaks_tls(server.port()));
        let at = first.map(|server| format!(" {}", dig_at(server)));
        let flags = if flags.is_empty() {
            String::new()
        } else {
            format!(" {flags}")
        };
        let norec = if is_resolver { "" } else { " +norec" };
        self.reproduce = Some(format!(
            "dig{norec}{flags}{} {} {record_type}",
            at.unwrap_or_default(),
            name.to_ascii()
        ));
        self
    }
}

/// Whether it is a resolver's port for DNS over TLS or HTTPS (RFC 7858, RFC 8484).
fn speaks_tls(port: u16) -> bool {
    matches!(port, 853 | 443)
}

/// Whom dig(1) is to ask, and how.
pub(super) fn dig_at(server: SocketAddr) -> String {
    let ip = server.ip();
    match server.port() {
        address::PORT => format!("@{ip}"),
        853 => format!("+tls @{ip}"),
        443 => format!("+https @{ip}"),
        port => format!("@{ip} -p {port}"),
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Arg {
        Arg::Text(text)
    }
}

impl From<&Name> for Arg {
    fn from(name: &Name) -> Arg {
        Arg::Text(name.to_ascii())
    }
}

impl From<u64> for Arg {
    fn from(number: u64) -> Arg {
        Arg::Number(number)
    }
}

impl From<Vec<u64>> for Arg {
    fn from(numbers: Vec<u64>) -> Arg {
        Arg::Numbers(numbers)
    }
}

impl From<SystemTime> for Arg {
    fn from(time: SystemTime) -> Arg {
        Arg::Time(time)
    }
}

impl From<Vec<String>> for Arg {
    fn from(list: Vec<String>) -> Arg {
        Arg::List(list)
    }
}
