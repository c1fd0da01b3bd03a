//! Killed while a server has not answered: what it may have added is known, and is removed.

use std::fs;

use sandbox::wait_for;

use super::{BIND, KNOT, POWERDNS, SECRET, servers, values};

#[test]
fn a_run_that_is_killed_leaves_nothing_behind_and_no_process_shows_the_secret() {
    let topology = servers();
    let work = topology.work();
    fs::write(work.join("secret"), SECRET).unwrap();
    let program =
        "#!/bin/sh\n[ $1 != present-batch ] || echo $PPID >calls\nexec dns01-rfc2136 \"$@\"\n";
    sandbox::write_script(&work.join("program"), program).unwrap();
    let calls = work.join("calls");
    for (server, zone, algorithm) in [
        (BIND, "bind.test", "hmac-sha1"),
        (KNOT, "knot.test", "hmac-sha512"),
        (POWERDNS, "pdns.test", "hmac-sha224"),
    ] {
        let environment = format!(
            "export RFC2136_NAMESERVER={server} RFC2136_TSIG_KEY=ACME RFC2136_TSIG_ALGORITHM={algorithm} \
             RFC2136_TSIG_SECRET=$(cat secret) EXEC_PATH=./program"
        );
        let located = topology
            .sh(&format!("acme-order -d {zone} -d '*.{zone}' | dns-zone"))
            .success();
        topology.pause(server);
        let line = format!("{environment}; dns01-exec present");
        let presenting = topology.start(&line, &located.stdout);
        wait_for("the program is called", || {
            fs::read_to_string(&calls).is_ok_and(|text| text.ends_with('\n'))
        });
        let shown = topology
            .sh("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -F -f secret");
        assert_eq!(shown.stdout, "");
        topology.sh("kill -s KILL $(cat calls); rm calls").success();
        topology.resume(server);
        let killed = presenting.wait();
        assert!(!killed.stdout.contains("\"present\""), "{}", killed.stdout);
        let line = format!("{environment}; dns01-exec cleanup --leftovers");
        let cleaned = topology.sh(&line).success();
        let removed = cleaned.documents();
        assert_eq!(removed.len(), 2, "{zone}: {}", cleaned.stdout);
        assert_eq!(
            values(&topology, server, &format!("_acme-challenge.{zone}")),
            [] as [&str; 0]
        );
        let written = topology.sh("grep -r -l -F -f secret \"$LEGO_PATH\"");
        assert_eq!(written.stdout, "");
        for ended in [killed, cleaned] {
            assert!(!ended.stderr.contains(SECRET), "{}", ended.stderr);
        }
    }
}
