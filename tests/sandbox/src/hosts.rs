//! Hosts that ssh reaches, for pipelines over several of them, as acmepipe-fleet(7) says.

use std::fmt::Write as _;
use std::fs;
use std::io;

use crate::{Config, Sandbox, source};

/// What `dns01-exec` runs on the hosts that change DNS records.
const FOR_DNS: [(&str, &str); 2] = [
    ("EXEC_PATH", "dns01-rfc2136"),
    ("RFC2136_NAMESERVER", "198.51.100.11"),
];

/// Has GNU parallel, which was unpacked and not installed, find its modules and these hosts.
const FOR_PARALLEL: &str = r#"
PERL5LIB=$(for each in "$TOOLS"/usr/share/perl* "$TOOLS"/usr/lib/*/perl*; do
             [ -d "$each" ] && printf %s: "$each" "$each"/*
           done)
export PERL5LIB PARALLEL_SSH="ssh -F ssh_config" PARALLEL_HOME=$PWD/parallel
"#;

impl Sandbox {
    /// A sandbox with hosts of these names, each with whether it changes DNS records and has what it needs for that.
    /// `ssh -F ssh_config NAME` is a session there; the rest is said by `tests/start-hosts`.
    ///
    /// # Errors
    /// What [`Sandbox::try_with`] fails with; a host did not start.
    pub fn with_hosts(hosts: &[(&str, bool)], release: bool) -> io::Result<Sandbox> {
        let sandbox = Sandbox::try_with(Config {
            ssh: true,
            // Pebble blocks itself where so many orders come at once.
            caddy: true,
            release,
            ..Config::default()
        })?;
        for (name, changes_dns) in hosts {
            let home = sandbox.work().join(name);
            fs::create_dir(&home)?;
            fs::write(home.join("variables"), variables(&sandbox, *changes_dns))?;
        }
        let names: Vec<&str> = hosts.iter().map(|(name, _)| *name).collect();
        let started = sandbox.sh(&format!(
            "chmod 600 \"$DNS_KEY\"; {} {} >started 2>&1",
            source("start-hosts").display(),
            names.join(" ")
        ));
        if started.status != 0 {
            return Err(io::Error::other(fs::read_to_string(
                sandbox.work().join("started"),
            )?));
        }
        Ok(sandbox)
    }

    /// What a line of shell begins with that calls `parallel`.
    pub fn for_parallel(&self) -> String {
        format!("TOOLS='{}'{FOR_PARALLEL}", self.tools_root().display())
    }
}

/// The variables of a host, a line each.
fn variables(sandbox: &Sandbox, changes_dns: bool) -> String {
    let mut variables = String::new();
    let mut add = |name: &str, value: &str| {
        let _ = writeln!(variables, "{name}={value}");
    };
    for (variable, value) in sandbox.env() {
        let value = value.to_string_lossy();
        match variable {
            "LEGO_SERVER" | "LEGO_CA_CERTIFICATES" => add(variable, &value),
            "DNS_KEY" if changes_dns => add("RFC2136_TSIG_FILE", &value),
            _ => {}
        }
    }
    if changes_dns {
        for (variable, value) in FOR_DNS {
            add(variable, value);
        }
    }
    variables
}
