//! One BIND, the primary and only server of a hundred zones.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sandbox::{Config, Hosts, Sandbox, Server, Zone};

use super::names::{ADDRESS, Names, ZONES};

/// The label of the names whose values are there from the start.
pub(super) const THERE: &str = "there";

/// A sandbox in which BIND stands in the place of the server that the zones are delegated to.
///
/// # Errors
/// Something did not start.
pub(crate) fn start(names: usize, release: bool) -> Result<Sandbox, Box<dyn Error>> {
    let zones = (0..ZONES).map(|zone| Zone::new(&format!("z{zone}.test")).on(Hosts::Ns4));
    let config = Config {
        release,
        ..Config::default()
    };
    let mut sandbox = Sandbox::try_with(config.zones(zones))?;
    sandbox.stop(Server::Ns4);
    let dir = sandbox.work().join("bind");
    fs::create_dir(&dir)?;
    fs::write(dir.join("named.conf"), configuration(&sandbox, &dir))?;
    let there = Names::new(THERE, names);
    for zone in 0..ZONES {
        fs::write(
            dir.join(format!("z{zone}.test.zone")),
            contents(&there, zone),
        )?;
    }
    // It goes into the background once it has started, and ends with the namespace.
    let line = format!(
        "named -n 1 -c bind/named.conf && \
         until dig +norec +noall +comments @{ADDRESS} z{}.test SOA | grep -q ' aa'; do sleep 0.05; done",
        ZONES - 1
    );
    let started = sandbox.sh(&line);
    if started.status != 0 {
        return Err(format!("named did not start: {}", started.stderr).into());
    }
    Ok(sandbox)
}

fn configuration(sandbox: &Sandbox, dir: &Path) -> String {
    let (key, at) = (sandbox.dir().join("update.key"), dir.display());
    let mut text = format!(
        r#"include "{}";
options {{
    directory "{at}";
    listen-on {{ {ADDRESS}; }};
    listen-on-v6 {{ none; }};
    recursion no;
    dnssec-validation no;
    empty-zones-enable no;
    notify no;
    pid-file none;
    lock-file none;
    session-keyfile "{at}/session.key";
}};
controls {{ }};
statistics-channels {{ inet 127.0.0.1 port 8053; }};
"#,
        key.display()
    );
    for zone in 0..ZONES {
        let _ = writeln!(
            text,
            "zone \"z{zone}.test\" {{ type primary; file \"z{zone}.test.zone\"; allow-update {{ key update; }}; }};"
        );
    }
    text
}

/// A zone with the values that are there.
fn contents(there: &Names, zone: usize) -> String {
    let mut text =
        "$TTL 3600\n@ SOA ns4.test. hostmaster.test. 1 7200 3600 1209600 60\n@ NS ns4.test.\n"
            .to_owned();
    for number in (zone..there.count).step_by(ZONES) {
        let (name, value) = (there.relative(number), there.value(number));
        let _ = writeln!(text, "{name} TXT {value}");
    }
    text
}

/// How many queries it has had so far.
///
/// # Errors
/// It does not say.
pub(super) fn queries(sandbox: &Sandbox) -> Result<u64, Box<dyn Error>> {
    let line = "curl -sS http://127.0.0.1:8053/json/v1/server | jq .opcodes.QUERY";
    let said = sandbox.sh(line);
    let number = said.stdout.trim().parse();
    number.map_err(|error| format!("{error}: {said:?}").into())
}
