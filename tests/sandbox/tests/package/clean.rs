//! A Debian with nothing in it but what judges packages, among the servers of a sandbox.

use std::collections::BTreeSet;
use std::path::PathBuf;

use sandbox::{Config, Ended, Sandbox, Tools};

/// Copies what is kept below `target` in memory, so that each test finds it as it was.
const START: &str = r#"
set -e
mkdir root layers
mount -t tmpfs -o mode=755 tmpfs layers
mkdir layers/upper layers/work
mount -t overlay -o "lowerdir=$0,upperdir=layers/upper,workdir=layers/work" overlay root
mount -t proc proc root/proc
cp /etc/resolv.conf /etc/hosts /etc/nsswitch.conf root/etc/
mkdir -p root/etc/acme
cp "$LEGO_CA_CERTIFICATES" root/etc/acme/ca.pem
cp "$DNS_KEY" root/etc/acme/tsig.key
cp "$@" root/mnt/
"#;

/// The script of the README, for a name server that takes updates.
const SCRIPT: &str = "#!/bin/sh\nexec dns01-rfc2136 \"$@\"\n";

/// What the pipeline needs to know of the sandbox; the README's own options say the rest.
const VARIABLES: [&str; 5] = [
    "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    "LEGO_SERVER=https://ca.test/dir",
    "LEGO_CA_CERTIFICATES=/etc/acme/ca.pem",
    "RFC2136_NAMESERVER=198.51.100.11",
    "RFC2136_TSIG_FILE=/etc/acme/tsig.key",
];

/// What package managers write for themselves, and the users, who stay: files elsewhere may be theirs.
const NOT_OURS: [&str; 9] = [
    "/var/lib/dpkg/",
    "/root/.rpmdb",
    "/var/log/",
    "/var/cache/",
    "/etc/passwd",
    "/etc/group",
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/.pwd.lock",
];

/// It goes when the value does.
pub(crate) struct Clean {
    sandbox: Sandbox,
}

impl Clean {
    /// Starts it with these packages in `/mnt`; `None` where this machine makes none, which is said.
    pub(crate) fn start(packages: &[PathBuf]) -> Option<Clean> {
        // What it unpacks belongs to many users.
        if !rustix::process::geteuid().is_root() {
            eprintln!("NOT RUN: only root can install packages in a Debian of its own");
            return None;
        }
        let clean = match Tools::fetch(&["clean"]) {
            Ok(tools) => tools.root().with_file_name("clean"),
            Err(error) => {
                eprintln!("NOT RUN: there is no Debian to install packages in: {error}");
                return None;
            }
        };
        let sandbox = Sandbox::with(Config {
            users: true,
            ..Config::default()
        });
        let mut command = sandbox.command("sh");
        command.args(["-c", START]).arg(clean).args(packages);
        let started = sandbox.output(command, "");
        if started.status != 0 {
            eprintln!("NOT RUN: {}", started.stderr);
            return None;
        }
        let clean = Clean { sandbox };
        clean.write("/etc/acme/update-dns.sh", SCRIPT);
        clean.sh("chmod 755 /etc/acme/update-dns.sh").success();
        Some(clean)
    }

    /// Runs a line of shell as root.
    #[track_caller]
    pub(crate) fn sh(&self, line: &str) -> Ended {
        self.run(&["env", "-i", "HOME=/root"], line)
    }

    /// Runs a line of shell as the service's user, with nothing that root has.
    #[track_caller]
    pub(crate) fn sh_of_service(&self, line: &str) -> Ended {
        let user = "setpriv --reuid acmepipe --regid acmepipe --clear-groups --no-new-privs \
                    env -i HOME=/var/lib/acmepipe";
        self.run(&user.split_whitespace().collect::<Vec<_>>(), line)
    }

    #[track_caller]
    fn run(&self, who: &[&str], line: &str) -> Ended {
        let mut command = self.sandbox.command("chroot");
        command.arg("root").args(who).args(VARIABLES);
        command.args(["sh", "-ec", &format!("cd /\n{line}")]);
        self.sandbox.output(command, "")
    }

    /// Writes a file in it: from inside, since nobody outside sees what is mounted there.
    #[track_caller]
    pub(crate) fn write(&self, path: &str, text: &str) {
        self.sandbox
            .sh_with(&format!("cat >root{path}"), text)
            .success();
    }

    /// All files, directories and links, with their modes and owners, but those of others.
    pub(crate) fn files(&self) -> BTreeSet<String> {
        let list = self
            .sh("find / -xdev -path /proc -prune -o -printf '%p %y %m %u:%g %l\\n'")
            .success();
        let is_others = |line: &str| NOT_OURS.iter().any(|others| line.starts_with(others));
        let lines = list.stdout.lines().filter(|line| !is_others(line));
        lines.map(str::to_owned).collect()
    }

    /// Panics where a record or a process is left.
    #[track_caller]
    pub(crate) fn assert_nothing_left(&self) {
        self.sandbox.assert_nothing_left();
    }
}
