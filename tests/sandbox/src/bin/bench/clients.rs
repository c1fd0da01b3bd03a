//! How each client is called, each with the script of the sandbox through its own interface for hooks; `--batch`, which
//! no other has, with one of its own.

use std::fs;
use std::io;
use std::path::PathBuf;

use sandbox::{Sandbox, write_script};

/// The name server that takes updates.
const PRIMARY: &str = "198.51.100.11";

/// One client in one setting.
pub(crate) struct Client {
    /// As it is shown.
    pub(crate) name: String,
    /// One of ours.
    pub(crate) ours: bool,
    /// Takes minutes.
    pub(crate) slow: bool,
    /// For how many names it is worth the time.
    pub(crate) most: usize,
    /// Makes its account.
    pub(crate) account: String,
    /// Its variables.
    pub(crate) env: Vec<(String, String)>,
    /// What precedes the names, each of them, and what follows.
    words: (String, &'static str, String),
}

impl Client {
    /// The line of shell that gets a certificate for these names.
    pub(crate) fn line(&self, names: &[String]) -> String {
        let (before, each, after) = &self.words;
        let names: Vec<String> = names.iter().map(|name| format!("{each}{name}")).collect();
        format!("{before} {} {after}", names.join(" "))
    }

    /// A label for its names, so that no client finds what another one left in caches.
    pub(crate) fn tag(&self) -> String {
        self.name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_lowercase()
    }

    /// Whether it calls a script of its own instead of the one that all have in common.
    pub(crate) fn has_own_script(&self) -> bool {
        self.env.iter().any(|(name, _)| name == "EXEC_PATH")
    }

    fn new(name: &str, most: usize, before: &str, each: &'static str, after: &str) -> Client {
        Client {
            name: name.to_owned(),
            ours: false,
            slow: false,
            most,
            account: String::new(),
            env: Vec::new(),
            words: (before.to_owned(), each, after.to_owned()),
        }
    }

    fn account(mut self, line: &str) -> Client {
        self.account = line.to_owned();
        self
    }

    fn env(mut self, name: &str, value: impl Into<String>) -> Client {
        self.env.push((name.to_owned(), value.into()));
        self
    }
}

/// All of them.
///
/// # Errors
/// A hook or a setting could not be written.
pub(crate) fn clients(sandbox: &Sandbox) -> io::Result<Vec<Client>> {
    sandbox.trust_for_all();
    let root = sandbox.tools_root();
    let work = sandbox.work();
    let (root, at) = (root.display(), work.display());
    let ca = sandbox.dir().join("ca.pem").display().to_string();

    let pipeline = |jobs: &str| {
        format!(
            "| dns-zone | dns01-exec present {jobs} | dns-wait-txt | acme-finalize | dns01-exec cleanup {jobs} >/dev/null"
        )
    };
    let ours = |name: &str, jobs: &str| Client {
        ours: true,
        ..Client::new(name, 100, "acme-order", "-d ", &pipeline(jobs))
    };

    let batch_script = batch_hook(sandbox)?;

    let uacme_hook = hook(
        sandbox,
        "uacme",
        "[ \"$2\" = dns-01 ] || exit 1\ncase $1 in begin) step=present ;; *) step=cleanup ;; esac\n\
         exec \"$EXEC_PATH\" $step \"_acme-challenge.$3.\" \"$5\"",
    )?;
    let uacme = format!("uacme -c {at}/uacme.d -a \"$LEGO_SERVER\" -y");

    let certbot_hook = hook(
        sandbox,
        "certbot",
        // After the last one the CA is asked at once: a moment for the secondaries.
        "\"$EXEC_PATH\" \"$1\" \"_acme-challenge.$CERTBOT_DOMAIN.\" \"$CERTBOT_VALIDATION\" || exit\n\
         [ \"$1$CERTBOT_REMAINING_CHALLENGES\" != present0 ] || sleep 0.2",
    )?;
    // Its package is unpacked, not installed: Python has to be told where, and is the system's where there is one.
    let certbot = format!(
        "python=/usr/bin/python3; [ -x $python ] || python={root}/usr/bin/python3; $python {root}/usr/bin/certbot \
         --config-dir {at}/certbot.d --work-dir {at}/certbot.d --logs-dir {at}/certbot.d --non-interactive \
         --server \"$LEGO_SERVER\""
    );
    let certonly = format!(
        "{certbot} certonly --manual --preferred-challenges dns --manual-auth-hook '{0} present' \
         --manual-cleanup-hook '{0} cleanup'",
        certbot_hook.display()
    );

    let dehydrated_hook = hook(
        sandbox,
        "dehydrated",
        "case $1 in deploy_challenge) step=present ;; clean_challenge) step=cleanup ;; *) exit 0 ;; esac\n\
         exec \"$EXEC_PATH\" $step \"_acme-challenge.$2.\" \"$4\"",
    )?;
    fs::write(
        work.join("dehydrated.conf"),
        format!("CA=https://ca.test/dir\nBASEDIR={at}/dehydrated.d\nCURL_OPTS='--cacert {ca}'\n"),
    )?;
    fs::create_dir_all(work.join("dehydrated.d"))?;
    let dehydrated = format!("dehydrated --config {at}/dehydrated.conf");

    let lego = |name: &str, sequence: &str| {
        Client::new(
            name,
            10,
            "lego --accept-tos --email a@example.test --server \"$LEGO_SERVER\" --dns exec",
            "-d ",
            "run",
        )
        .env("LEGO_PATH", format!("{at}/lego.d"))
        .env("EXEC_SEQUENCE_INTERVAL", sequence)
    };

    let (lego_line, of_lego) = lego_updates(&at.to_string(), PRIMARY);
    Ok(vec![
        ours("pipeline", ""),
        ours("pipeline -j 8", "-j 8"),
        Client {
            env: of_updates(sandbox, PRIMARY),
            ..ours("pipeline, dns01-rfc2136", "")
        },
        ours("pipeline --batch", "--batch").env("EXEC_PATH", batch_script.to_string_lossy()),
        Client::new(
            "uacme",
            100,
            &format!("{uacme} -h {} issue", uacme_hook.display()),
            "",
            "",
        )
        .account(&format!("{uacme} new hostmaster@example.test")),
        Client::new("certbot", 100, &certonly, "-d ", "")
            .account(&format!(
                "{certbot} register --agree-tos --no-eff-email -m hostmaster@example.test"
            ))
            .env(
                "PYTHONPATH",
                format!("{root}/usr/lib/python3/dist-packages"),
            )
            .env("REQUESTS_CA_BUNDLE", &ca),
        Client::new(
            "dehydrated",
            10,
            &format!("{dehydrated} -c -t dns-01 -k {}", dehydrated_hook.display()),
            "-d ",
            "",
        )
        .account(&format!("{dehydrated} --register --accept-terms")),
        lego("lego, tuned", "1").env("EXEC_POLLING_INTERVAL", "1"),
        Client {
            env: of_lego,
            ..Client::new("lego, its rfc2136", 10, lego_line, "-d ", "run")
        },
        Client {
            slow: true,
            ..lego("lego", "60")
        },
    ])
}

/// lego with its own updates at this server, told to wait as little as it can: the line before the names, and its variables.
pub(crate) fn lego_updates(at: &str, server: &str) -> (&'static str, Vec<(String, String)>) {
    let lego_path = format!("{at}/lego.d");
    let variables = [
        ("LEGO_PATH", &*lego_path),
        ("RFC2136_NAMESERVER", server),
        ("RFC2136_TSIG_KEY", "update"),
        ("RFC2136_TSIG_ALGORITHM", "hmac-sha256."),
        ("RFC2136_SEQUENCE_INTERVAL", "1"),
        ("RFC2136_POLLING_INTERVAL", "1"),
        ("RFC2136_TTL", "0"),
    ];
    let line = "RFC2136_TSIG_SECRET=$(cut -d : -f 3 \"$DNS_KNOT_KEY\") lego --accept-tos --email a@example.test \
                --server \"$LEGO_SERVER\" --dns rfc2136";
    let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    (line, owned.into())
}

/// The variables for `dns01-rfc2136` as the program of `dns01-exec`, at this server.
pub(crate) fn of_updates(sandbox: &Sandbox, server: &str) -> Vec<(String, String)> {
    let key = sandbox.env().find(|(name, _)| *name == "DNS_KEY");
    let key = key.map_or_else(String::new, |(_, path)| path.to_string_lossy().into_owned());
    let variables = [
        ("EXEC_PATH", "dns01-rfc2136"),
        ("RFC2136_NAMESERVER", server),
        ("RFC2136_TSIG_FILE", &key),
    ];
    let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    owned.into()
}

/// The one script that knows no other client: a call for all names of a zone.
///
/// # Errors
/// It could not be written.
pub(crate) fn batch_hook(sandbox: &Sandbox) -> io::Result<PathBuf> {
    hook(
        sandbox,
        "batch",
        "set -eu\ncase $1 in present-batch) verb=add ;; cleanup-batch) verb=delete ;; *) exit 64 ;; esac\n\
         { echo \"server $DNS_SERVER\"; jq -r --arg verb $verb \
         '\"update \\($verb) \\(.effective_fqdn // .fqdn) 0 TXT \\(.value)\"'; echo send; } | nsupdate -k \"$DNS_KEY\"",
    )
}

/// Writes a hook that ends in a call of the script.
fn hook(sandbox: &Sandbox, client: &str, body: &str) -> io::Result<PathBuf> {
    let dir = sandbox.work().join(format!("{client}-hook"));
    fs::create_dir_all(&dir)?;
    let path = dir.join("hook");
    write_script(&path, body)?;
    Ok(path)
}
