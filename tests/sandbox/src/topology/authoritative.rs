//! How each kind of authoritative server is configured.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use super::layout::{Host, Kind};
use super::site::Site;
use super::zone::{Denial, Fault, HostedZone};
use crate::servers::plan::Plan;

/// Writes the files of a server, and says how it starts.
pub(super) fn plan(site: &Site, host: &Host, dir: &Path) -> io::Result<Plan> {
    for zone in &host.zones {
        write_zone(site, host.kind, zone, dir)?;
    }
    let mut plan = match host.kind {
        Kind::Knot => knot(host, dir)?,
        Kind::Bind => bind(host, dir)?,
        Kind::Nsd => nsd(host, dir)?,
        Kind::PowerDns => powerdns(site, host, dir)?,
    };
    plan.ready.push(ready(host));
    Ok(plan)
}

/// The file of a zone.
pub(super) fn file(zone: &HostedZone) -> String {
    format!("{}zone", zone.origin())
}

/// Writes one zone's file, with DS records for those below it that are signed. PowerDNS signs by itself.
pub(super) fn write_zone(site: &Site, kind: Kind, zone: &HostedZone, dir: &Path) -> io::Result<()> {
    let signer = &site.signer;
    let ds = |name: &str| signer.ds(name).unwrap_or_default();
    let mut text = zone.text(site.serial, ds);
    if zone.signing.is_some() && !zone.lines.contains("%DS") {
        for below in signer.signed_below(&zone.name) {
            text += &signer.ds(below)?;
        }
    }
    match kind {
        Kind::PowerDns => fs::write(dir.join(file(zone)), text),
        _ => signer.write(zone, &text, &dir.join(file(zone))),
    }
}

/// One command that succeeds when it answers for all of its zones with authority.
fn ready(host: &Host) -> Vec<String> {
    let zones: Vec<String> = host.zones.iter().map(HostedZone::origin).collect();
    let ask = format!(
        "for zone in {}; do kdig +tcp +norec +timeout=1 +retry=0 @{} $zone SOA | grep -q '^;; Flags: qr aa' || exit; done",
        zones.join(" "),
        host.name()
    );
    vec!["sh".into(), "-c".into(), ask]
}

fn knot(host: &Host, dir: &Path) -> io::Result<Plan> {
    let mut text = format!(
        r#"server:
    rundir: "{at}"
    listen: [ {listen} ]
    udp-workers: 1
    tcp-workers: 2
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: "{at}"
    journal-db-mode: asynchronous
    journal-db-max-size: 64M
{config}template:
  - id: default
    storage: "{at}"
    file: "%s.zone"
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    semantic-checks: off
zone:
"#,
        at = dir.display(),
        listen = host.addresses.join(", "),
        config = host.config,
    );
    for zone in &host.zones {
        let file = file(zone);
        let _ = write!(
            text,
            "  - domain: {}\n    file: \"{file}\"\n{}",
            zone.origin(),
            host.zone_config
        );
    }
    let conf = write(dir, "knot.conf", &text)?;
    Ok(Plan::new(["knotd", "-c", &conf]))
}

fn bind(host: &Host, dir: &Path) -> io::Result<Plan> {
    let of = |six: bool| -> String {
        let all = host.addresses.iter();
        all.filter(|address| address.contains(':') == six)
            .map(|address| format!("{address}; "))
            .collect()
    };
    let (four, six) = (of(false), of(true));
    let none = |list: String| {
        if list.is_empty() {
            "none; ".into()
        } else {
            list
        }
    };
    let mut text = format!(
        r#"options {{
    directory "{at}";
    listen-on {{ {four}}};
    listen-on-v6 {{ {six}}};
    recursion no;
    dnssec-validation no;
    empty-zones-enable no;
    notify no;
    pid-file none;
    lock-file none;
    session-keyfile "{at}/session.key";
    {config}
}};
controls {{ }};
"#,
        at = dir.display(),
        four = none(four),
        six = none(six),
        config = host.config,
    );
    for zone in &host.zones {
        let _ = writeln!(
            text,
            "zone \"{}\" {{ type primary; file \"{}\"; check-names ignore; check-integrity no; {} }};",
            zone.origin(),
            file(zone),
            host.zone_config
        );
    }
    let conf = write(dir, "named.conf", &text)?;
    Ok(Plan::new(["named", "-g", "-n", "1", "-c", &conf]))
}

/// Without rate limit, unless the test has one: NSD's would else drop queries from the second hundred in a second on.
fn nsd(host: &Host, dir: &Path) -> io::Result<Plan> {
    let at = dir.display();
    let mut text = String::from("server:\n");
    for address in &host.addresses {
        let _ = writeln!(text, "  ip-address: {address}");
    }
    let rate = if host.config.contains("rrl-ratelimit") {
        ""
    } else {
        "rrl-ratelimit: 0"
    };
    let _ = write!(
        text,
        r#"  username: ""
  zonesdir: "{at}"
  database: ""
  pidfile: ""
  xfrdfile: "{at}/xfrd.state"
  xfrdir: "{at}"
  zonelistfile: "{at}/zone.list"
  server-count: 1
  tcp-count: 100
  {rate}
  verbosity: 1
  {config}
remote-control:
  control-enable: no
"#,
        config = host.config,
    );
    for zone in &host.zones {
        let _ = write!(
            text,
            "zone:\n  name: \"{}\"\n  zonefile: \"{}\"\n{}",
            zone.origin(),
            file(zone),
            host.zone_config
        );
    }
    let conf = write(dir, "nsd.conf", &text)?;
    Ok(Plan::new(["nsd", "-d", "-c", &conf]))
}

/// Zones go into the database once; what a test changes it changes by SQL.
fn powerdns(site: &Site, host: &Host, dir: &Path) -> io::Result<Plan> {
    let root = site.machine.tools.root();
    let schema = "usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql";
    let mut sql = fs::read_to_string(root.join(schema))?;
    // A writer then holds up no reader.
    sql.insert_str(0, "PRAGMA journal_mode=WAL;\n");
    for zone in &host.zones {
        let output = Command::new("zone2sql")
            .args(["--gsqlite", "--transactions"])
            .arg(format!("--zone-name={}", zone.name))
            .arg(format!("--zone={}", dir.join(file(zone)).display()))
            .envs(site.machine.env())
            .output()?;
        sql += &String::from_utf8_lossy(&output.stdout);
    }
    let database = dir.join("zones.db");
    let is_new = !database.exists();
    if is_new {
        site.run_sql(&database, &sql)?;
    }
    let is_signed = host.zones.iter().any(|zone| zone.signing.is_some());
    let text = format!(
        "launch=gsqlite3\ngsqlite3-database={}\ngsqlite3-dnssec={}\nmodule-dir={}\nsocket-dir={}\nlocal-address={}\n\
         daemon=no\nguardian=no\nsecurity-poll-suffix=\n{}",
        database.display(),
        if is_signed { "yes" } else { "no" },
        library(&root)?.display(),
        dir.display(),
        host.addresses.join(","),
        host.config
    );
    fs::write(dir.join("pdns.conf"), text)?;
    let config = format!("--config-dir={}", dir.display());
    if is_new && is_signed {
        for zone in &host.zones {
            sign_in_powerdns(site, zone, &config)?;
        }
    }
    Ok(Plan::new(["pdns_server", &config]))
}

/// Gives a PowerDNS the key of a zone, and has it note the order of the zone's names.
fn sign_in_powerdns(site: &Site, zone: &HostedZone, config: &str) -> io::Result<()> {
    let run = |words: &[&str]| -> io::Result<()> {
        let output = Command::new("pdnsutil")
            .arg(config)
            .args(words)
            .envs(site.machine.env())
            .output()?;
        match output.status.success() {
            true => Ok(()),
            false => Err(io::Error::other(
                String::from_utf8_lossy(&output.stderr).into_owned(),
            )),
        }
    };
    if let (Some((denial, _)), Some(key)) = (zone.signing, site.signer.private_key(&zone.name)) {
        let key = key.to_string_lossy();
        run(&["import-zone-key", &zone.name, &key, "active", "ksk"])?;
        if denial == Denial::Nsec3 {
            run(&["set-nsec3", &zone.name, "1 0 0 -"])?;
        }
    }
    match zone.has(Fault::NotRectified) {
        true => Ok(()),
        false => run(&["rectify-zone", &zone.name]),
    }
}

/// Where PowerDNS has its backends: below the directory of the machine's architecture.
fn library(root: &Path) -> io::Result<std::path::PathBuf> {
    let entries = fs::read_dir(root.join("usr/lib"))?.flatten();
    let mut places = entries.map(|entry| entry.path().join("pdns"));
    let missing = || io::Error::other("PowerDNS has no backends");
    places.find(|path| path.is_dir()).ok_or_else(missing)
}

fn write(dir: &Path, name: &str, text: &str) -> io::Result<String> {
    let path = dir.join(name);
    fs::write(&path, text)?;
    Ok(path.to_string_lossy().into_owned())
}
