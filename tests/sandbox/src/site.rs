//! What a sandbox is made of before anything runs in it: the namespace with its files, keys, and the variables that
//! every command finds.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use workshop::{Authority, Programs, write_script};

use crate::servers::Server;
use crate::tools::source;
use crate::{Config, Namespace, Tools, Zone};

/// The addresses that the sandbox has.
const ADDRESSES: &[&str] = &[
    "198.51.100.1/24",
    "198.51.100.5/24",
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
    pub(crate) namespace: Namespace,
    pub(crate) config: Config,
    pub(crate) tools: Tools,
    pub(crate) authority: Authority,
    /// The TSIG secret, in base64.
    pub(crate) secret: String,
    /// The variables of every command.
    pub(crate) env: Vec<(String, OsString)>,
}

impl Site {
    /// Makes the namespace and everything that is written once.
    ///
    /// # Errors
    /// A tool could not be fetched, this machine makes no namespaces, or a file could not be written.
    pub(crate) fn prepare(config: Config, programs: &Programs) -> io::Result<Site> {
        let tools = Tools::fetch(if config.pebble.testing {
            &["servers", "testing"]
        } else {
            &["servers"]
        })?;
        let path = tools.path(&programs.dir);
        // The namespace removes it, since this process may not live to do so.
        let dir = tempfile::Builder::new()
            .prefix("acmepipe-")
            .tempdir()?
            .keep();
        let namespace = system_files(&dir)
            .and_then(|()| Namespace::new(&dir, &path, ADDRESSES))
            .inspect_err(|_| {
                let _ = fs::remove_dir_all(&dir);
            })?;

        let secret = random_secret()?;
        let key = dir.join("update.key");
        let text =
            format!("key \"update\" {{\n\talgorithm hmac-sha256;\n\tsecret \"{secret}\";\n}};\n");
        fs::write(&key, text)?;
        let knot_key = dir.join("update.knot-key");
        fs::write(&knot_key, format!("hmac-sha256:update:{secret}\n"))?;
        let authority = Authority::create(&dir, &["ca.test", "198.51.100.5"])?;
        let mut env: Vec<(String, OsString)> = [
            ("PATH", path),
            ("LD_LIBRARY_PATH", tools.library_path()),
            ("LEGO_SERVER", "https://ca.test/dir".into()),
            ("LEGO_CA_CERTIFICATES", authority.root.clone().into()),
            ("LEGO_EMAIL", "hostmaster@example.test".into()),
            ("LEGO_ACCEPT_TOS", "true".into()),
            ("LEGO_PATH", dir.join("data").into()),
            ("EXEC_PATH", source("update-dns.sh").into()),
            ("DNS_SERVER", "198.51.100.11".into()),
            ("DNS_KEY", key.into()),
            ("DNS_KNOT_KEY", knot_key.into()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        if let Some(script) = script_for_many_primaries(&config, &dir)? {
            env.push(("EXEC_PATH".into(), script.into()));
        }

        Ok(Site {
            namespace,
            config,
            tools,
            authority,
            secret,
            env,
        })
    }

    /// The directory of one server.
    pub(crate) fn dir(&self, server: Server) -> PathBuf {
        self.namespace.dir().join(server.name())
    }

    pub(crate) fn pid_file(&self, server: Server) -> PathBuf {
        self.dir(server).join("pid")
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
        matches!(server, Server::Ca | Server::Root | Server::Resolver)
            || self.zones(server).next().is_some()
    }
}

/// The directories of a sandbox, and what takes the place of the system's files in it.
fn system_files(dir: &Path) -> io::Result<()> {
    for sub in ["etc", "data", "work"] {
        fs::create_dir(dir.join(sub))?;
    }
    fs::write(dir.join("etc/resolv.conf"), "nameserver 127.0.0.1\n")?;
    fs::write(
        dir.join("etc/hosts"),
        "127.0.0.1 localhost\n::1 localhost\n",
    )?;
    // Services of the machine would else be asked for names, over sockets that reach into the sandbox.
    fs::write(
        dir.join("etc/nsswitch.conf"),
        "hosts: files dns\npasswd: files\ngroup: files\n",
    )
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
