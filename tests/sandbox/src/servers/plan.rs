//! What one server is started from.

use super::server::Server;

/// A command, and how to see that it is ready.
pub(super) struct Plan {
    /// Program and arguments.
    pub(super) command: Vec<String>,
    pub(super) env: Vec<(&'static str, String)>,
    /// Commands that succeed as soon as it is ready.
    pub(super) ready: Vec<Vec<String>>,
}

impl Plan {
    pub(super) fn new<S: Into<String>>(command: impl IntoIterator<Item = S>) -> Plan {
        Plan {
            command: command.into_iter().map(Into::into).collect(),
            env: Vec::new(),
            ready: Vec::new(),
        }
    }

    /// Ready when it answers for these zones with authority.
    pub(super) fn ready_with<'a>(
        mut self,
        server: Server,
        zones: impl IntoIterator<Item = &'a str>,
    ) -> Plan {
        for zone in zones {
            let ask = format!(
                "kdig +tcp +norec +timeout=1 +retry=0 @{} {zone}. SOA | grep -q '^;; Flags: qr aa'",
                server.address()
            );
            self.ready.push(vec!["sh".into(), "-c".into(), ask]);
        }
        self
    }
}
