//! The steps of the pipeline under users of their own, by the lines of acme-renew(1): who has the keys cannot change DNS, and who
//! can change DNS cannot read a key.

use std::fs;

use sandbox::{Config, Programs, Sandbox};
use workshop::displays;

const NAME: &str = "a.example.test";
const PASSWD: &str = "root:x:0:0::/root:/bin/sh\n\
                      acmepipe:x:4711:4711::/:/bin/false\n\
                      acmepipe-dns:x:4712:4712::/:/bin/false\n\
                      nobody:x:65534:65534::/:/bin/false\n";
const GROUP: &str = "root:x:0:\nacmepipe:x:4711:\nacmepipe-dns:x:4712:\nnogroup:x:65534:\n";

/// The lines of the manual.
fn manual() -> String {
    let displays = displays("acme-renew.1").into_iter();
    let mut of_users = displays.filter(|display| display.contains("acmepipe-dns"));
    of_users.next().expect("an example")
}

/// A machine with these users, the programs where all can run them, and a directory for each user; `None` where only root can
/// be had.
fn machine() -> Option<Sandbox> {
    let sandbox = Sandbox::with(Config {
        users: true,
        ..Config::default()
    });
    let other = sandbox.sh("setpriv --reuid 4711 --regid 4711 --clear-groups true");
    if other.status != 0 {
        eprintln!(
            "NOT RUN: this machine lets us have no other users: {}",
            other.stderr
        );
        return None;
    }
    fs::write(sandbox.work().join("passwd"), PASSWD).expect("written");
    fs::write(sandbox.work().join("group"), GROUP).expect("written");
    let programs = Programs::names().expect("their names").join(" ");
    sandbox
        .sh(&format!(
            "set -e; mount --bind passwd /etc/passwd; mount --bind group /etc/group\n\
             mkdir bin; for name in {programs}; do cp \"$(command -v $name)\" bin/; done\n\
             cp \"$EXEC_PATH\" bin/update-dns.sh; chmod 755 .. . bin bin/*; chmod 644 \"$LEGO_CA_CERTIFICATES\"\n\
             mkdir -m 700 keys dns installed; chown acmepipe:acmepipe keys installed; chown acmepipe-dns:acmepipe-dns dns\n\
             chown acmepipe-dns \"$DNS_KEY\"; chmod 400 \"$DNS_KEY\""
        ))
        .success();
    let text = format!("email = \"me@example.test\"\n[[certificate]]\ndomains = [\"{NAME}\"]\n");
    fs::write(sandbox.work().join("acmepipe.toml"), text).expect("written");
    Some(sandbox)
}

#[test]
fn the_steps_run_under_users_of_their_own_who_cannot_read_each_others_secrets() {
    let Some(sandbox) = machine() else {
        return;
    };
    let work = sandbox.work();
    let at = |name: &str| work.join(name).display().to_string();
    let mut lines = manual();
    for (theirs, ours) in [
        ("/etc/acme/update-dns.sh", "bin/who.sh"),
        ("/etc/acmepipe.toml", "acmepipe.toml"),
        ("/etc/ssl/acme", "installed"),
        ("/var/lib/acmepipe-dns", "dns"),
        ("/var/lib/acmepipe", "keys"),
    ] {
        assert!(lines.contains(theirs), "{theirs}: {lines}");
        lines = lines.replace(theirs, &at(ours));
    }
    let who = format!(
        "id -un >>{}/who\nexec \"${{0%/*}}/update-dns.sh\" \"$@\"",
        at("dns")
    );
    sandbox::write_script(&work.join("bin/who.sh"), &who).expect("written");
    let line = format!(
        "export PATH={}:$PATH\nunset LEGO_PATH LEGO_ACCEPT_TOS EXEC_PATH\n{lines}",
        at("bin")
    );

    // What the service leaves of root's rights.
    let run = || {
        let mut command = sandbox.command("setpriv");
        let rights = ["--no-new-privs", "--bounding-set=-all,+setuid,+setgid"];
        command.args(rights).args(["sh", "-c", &line]);
        sandbox.output(command, "").success()
    };
    let document = run().document();
    assert!(document["certificate"].is_object(), "{document}");
    assert_eq!(document["deploy"][0]["status"], "done", "{document}");
    let said = |line: &str| sandbox.sh(line).success().stdout;
    assert_eq!(said("sort -u dns/who"), "acmepipe-dns\n");
    let owners =
        said("find keys dns installed -exec stat -c '%n %U' {} + | sed 's|/[^ ]*||' | sort -u");
    assert_eq!(
        owners,
        "dns acmepipe-dns\ninstalled acmepipe\nkeys acmepipe\n"
    );
    let key = format!("keys/certificates/{NAME}/privkey.pem");
    for (user, secret) in [("acmepipe-dns", &*key), ("acmepipe", "\"$DNS_KEY\"")] {
        let read = format!("setpriv --reuid {user} --clear-groups cat {secret}");
        let denied = sandbox.sh(&read);
        let is_denied = denied.status == 1 && denied.stderr.contains("Permission denied");
        assert!(is_denied, "{user}: {denied:?}");
    }
    let left = said("setpriv --reuid acmepipe-dns --clear-groups bin/dns01-exec list --path dns");
    assert_eq!(left, "");
    sandbox.assert_nothing_left();
    // What is there is not due.
    assert_eq!(run().stdout, "");
}
