//! Debian's Pebble (2.4) blocks itself now and then: two requests wait for each other's locks, and behind them all that
//! ask its database. What answers at all is then not the database; that tells it from a machine with much else to do, and
//! from a CA that a test has stopped.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::server::Server;
use crate::site::Site;

/// `$1` is the file of Pebble's number, `$2` the certificate to trust, `$3` the file to write. At SIGQUIT Pebble logs where
/// each of its threads waits, and ends: programs that wait for it fail at once, and the test with them.
///
/// Every `sleep` is taken for one that a pipeline has left.
const WATCH: &str = r#"
pause() { timeout 5 tail -f /dev/null; }
ask() { curl -s -o /dev/null -m 10 --cacert "$root" "https://198.51.100.5$1"; }
hangs() { ask :15000/cert-status-by-serial/0; [ $? = 28 ]; }
pid=$1 root=$2 found=$3
while pause || :; do
    hangs && ask :443/dir && hangs || continue
    echo 'the CA answers, and its database does not' >"$found"
    kill -s QUIT -- "-$(cat "$pid")"
    pause
    kill -s KILL -- "-$(cat "$pid")"
    exit
done
"#;

/// The file that is there once Pebble has blocked itself.
pub(crate) fn found(dir: &Path) -> PathBuf {
    dir.join("deadlock")
}

/// Watches Pebble for as long as there is the namespace.
pub(super) fn start(site: &Site) -> io::Result<()> {
    let dir = site.machine.dir();
    let mut command = site.machine.namespace.command("sh", dir);
    command
        .args(["-c", WATCH, "watchdog"])
        .arg(site.machine.pid_file(Server::Ca.name()))
        .arg(&site.authority.root)
        .arg(found(dir))
        .envs(site.machine.env())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(drop)
}
