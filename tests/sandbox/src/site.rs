//! What a sandbox is made of before anything runs in it: its machine, keys, and the variables that every command finds.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use workshop::{Authority, Programs, write_script};

use crate::machine::Machine;
use crate::servers::Server;
use crate::tools::source;
use crate::{Config, Zone};

/// The addresses that the sandbox has.
const ADDRESSES: &[&str] = &[
    "198.51.100.1/24",
    "198.51.100.5/24",
    "198.51.100.6/24",
    "198.51.100.11/24",
    "198.51.100.12/24",
    "198.51.100.13/24",
    "198.51.100.21/24",
    "198.51.100.31/24",
    "198.51.100.32/24",
    "2001:db8::11/128",
    "2001:db8::12/128",
    "2001:db8::13/128",
];

/// What is needed to start any of the servers, and any command among them.
pub(crate) struct Site {
    pub(crate) machine: Machine,
    pub(crate) config: Config,
    pub(crate) authority: Authority,
    /// The TSIG secret, in base64.
    pub(crate) secret: String,
}

impl Site {
    /// Makes the namespace and everything that is written once.
    ///
    /// # Errors
    /// A tool could not be fetched, this machine makes no namespaces, or a file could not be written.
    pub(crate) fn prepare(config: Config, programs: &Programs) -> io::Result<Site> {
        let more = [
            (config.pebble.testing, "testing"),
            (config.caddy, "caddy"),
            (config.ssh, "hosts"),
        ];
        let wanted = more.iter().filter(|(is_wanted, _)| *is_wanted);
        let mut sets = vec!["servers"];
        sets.extend(wanted.map(|(_, set)| set));
        let mut machine = Machine::make(&sets, programs, ADDRESSES, config.users)?;
        let dir = machine.dir().to_owned();
        let secret = random_secret()?;
        let key = dir.join("update.key");
        let text =
            format!("key \"update\" {{\n\talgorithm hmac-sha256;\n\tsecret \"{secret}\";\n}};\n");
        fs::write(&key, text)?;
        let knot_key = dir.join("update.knot-key");
        fs::write(&knot_key, format!("hmac-sha256:update:{secret}\n"))?;
        let authority = Authority::create(
            &dir,
            &["ca.test", "198.51.100.5", "caddy.test", "198.51.100.6"],
        )?;
        let env: [(&str, OsString); 9] = [
            ("LEGO_SERVER", config.directory().into()),
            ("LEGO_CA_CERTIFICATES", authority.root.clone().into()),
            ("LEGO_EMAIL", "hostmaster@example.test".into()),
            ("LEGO_ACCEPT_TOS", "true".into()),
            ("LEGO_PATH", dir.join("data").into()),
            ("EXEC_PATH", source("update-dns.sh").into()),
            ("DNS_SERVER", "198.51.100.11".into()),
            ("DNS_KEY", key.into()),
            ("DNS_KNOT_KEY", knot_key.into()),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value));
        machine.env.extend(env);
        if let Some(script) = script_for_many_primaries(&config, &dir)? {
            machine.env.push(("EXEC_PATH".into(), script.into()));
        }

        Ok(Site {
            machine,
            config,
            authority,
            secret,
        })
    }

    pub(crate) fn zones(&self, server: Server) -> impl Iterator<Item = &Zone> {
        self.config
            .zones
            .iter()
            .filter(move |zone| server.holds(zone))
    }

    pub(crate) fn zone_names(&self, server: Server) -> impl Iterator<Item = &str> {
        self.zones(server).map(|zone| zone.name.as_str())
    }

    pub(crate) fn needs(&self, server: Server) -> bool {
        match server {
            Server::Ca | Server::Root | Server::Resolver => true,
            Server::Caddy => self.config.caddy,
            _ => self.zones(server).next().is_some(),
        }
    }
}

fn random_secret() -> io::Result<String> {
    let mut bytes = [0; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(STANDARD.encode(bytes))
}

/// Where not all zones have the same primary, a script in front of the usual one that knows which has which.
fn script_for_many_primaries(config: &Config, dir: &Path) -> io::Result<Option<PathBuf>> {
    let mut zones: Vec<_> = config.zones.iter().collect();
    if zones
        .iter()
        .all(|zone| zone.primary_address() == "198.51.100.11")
    {
        return Ok(None);
    }
    // The first pattern wins, so the deepest zone comes first.
    zones.sort_by_key(|zone| std::cmp::Reverse(zone.name.len()));
    let mut text = String::from("case ${2-} in\n");
    for zone in zones {
        text.push_str(&format!(
            "{0}. | *.{0}.) DNS_SERVER={1} ;;\n",
            zone.name,
            zone.primary_address()
        ));
    }
    text.push_str(&format!(
        "esac\nexport DNS_SERVER\nexec '{}' \"$@\"",
        source("update-dns.sh").display()
    ));
    let path = dir.join("update-dns");
    write_script(&path, &text)?;
    Ok(Some(path))
}
