//! What one server is started from.

use std::path::Path;

/// A command, and how to see that it is ready.
pub(crate) struct Plan {
    /// Program and arguments.
    pub(crate) command: Vec<String>,
    pub(crate) env: Vec<(&'static str, String)>,
    /// Commands that succeed as soon as it is ready.
    pub(crate) ready: Vec<Vec<String>>,
}

impl Plan {
    pub(crate) fn new<S: Into<String>>(command: impl IntoIterator<Item = S>) -> Plan {
        Plan {
            command: command.into_iter().map(Into::into).collect(),
            env: Vec::new(),
            ready: Vec::new(),
        }
    }

    /// Ready when it hands out this document to who trusts `root`. The URL has an address: the resolver starts at the
    /// same time.
    pub(crate) fn ready_at(mut self, url: &str, root: &Path) -> Plan {
        let root = root.to_string_lossy();
        let ask = [
            "curl",
            "-sf",
            "-o",
            "/dev/null",
            "-m",
            "2",
            "--cacert",
            &root,
            url,
        ];
        self.ready.push(ask.map(str::to_owned).to_vec());
        self
    }

    /// Ready when it answers for these zones with authority.
    pub(crate) fn ready_with<'a>(
        mut self,
        address: &str,
        zones: impl IntoIterator<Item = &'a str>,
    ) -> Plan {
        for zone in zones {
            let ask = format!(
                "kdig +tcp +norec +timeout=1 +retry=0 @{address} {zone}. SOA | grep -q '^;; Flags: qr aa'"
            );
            self.ready.push(vec!["sh".into(), "-c".into(), ask]);
        }
        self
    }
}
