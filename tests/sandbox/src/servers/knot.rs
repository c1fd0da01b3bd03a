//! Knot, the primary: takes updates that are signed, and tells its secondaries at once.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use super::plan::Plan;
use super::server::Server;
use super::zonefile;
use crate::site::Site;

pub(super) fn primary(site: &Site, server: Server, dir: &Path) -> io::Result<Plan> {
    let at = dir.display();
    let address = server.address();
    let (listen, notify) = match server {
        Server::Ns1 if site.config.notify_ns3 => {
            ("198.51.100.11, 2001:db8::11", "notify: [ ns2, ns3 ]")
        }
        Server::Ns1 => ("198.51.100.11, 2001:db8::11", "notify: [ ns2 ]"),
        _ => (address, ""),
    };
    // Asynchronous: no fsync for each update. A journal that outlives the machine is not what is tested.
    let mut text = format!(
        r#"server:
    rundir: "{at}"
    listen: [ {listen} ]
    udp-workers: 1
    tcp-workers: 2
    background-workers: 2
log:
  - target: stderr
    any: info
database:
    storage: "{at}"
    journal-db-mode: asynchronous
    journal-db-max-size: 64M
key:
  - id: update
    algorithm: hmac-sha256
    secret: {secret}
remote:
  - id: ns2
    address: 198.51.100.12
    via: {address}
  - id: ns3
    address: 198.51.100.13
    via: {address}
acl:
  - id: update
    key: update
    action: update
  - id: transfer
    address: [ 0.0.0.0/0, ::/0 ]
    action: transfer
template:
  - id: default
    storage: "{at}"
    file: "%s.zone"
    zonefile-sync: -1
    {notify}
    acl: [ update, transfer ]
zone:
"#,
        secret = site.secret
    );
    for zone in site.zones(server) {
        let _ = writeln!(text, "  - domain: {}", zone.name);
        fs::write(
            dir.join(format!("{}.zone", zone.name)),
            zonefile::zone(&site.config, zone),
        )?;
    }
    let conf = dir.join("knot.conf");
    fs::write(&conf, text)?;
    Ok(Plan::new(["knotd", "-c", &conf.to_string_lossy()])
        .ready_with(server.address(), site.zone_names(server)))
}

/// Writes what Knot says to its log, and has it notify a zone's secondaries as soon as it says that the zone was
/// updated.
///
/// Versions before 3.3 wait a second with that, which is not what is measured here; in later ones it is a setting.
/// `knotc` runs outside of the namespaces, on the control socket in `dir`: one that reads its commands from a pipe,
/// since starting it for each would take a good part of the time that an update does.
pub(super) fn follow(
    mut said: impl Read,
    mut log: File,
    dir: &Path,
    env: &[(String, std::ffi::OsString)],
) {
    let mut control: Option<Child> = None;
    let mut buffer = [0; 65536];
    let mut text = String::new();
    while let Ok(count @ 1..) = said.read(&mut buffer) {
        let _ = log.write_all(&buffer[..count]);
        text += &String::from_utf8_lossy(&buffer[..count]);
        let rest = text.split_off(text.rfind('\n').map_or(0, |end| end + 1));
        let updates = text.lines().filter_map(updated_zone).count();
        if updates > 0 {
            let zones: BTreeSet<&str> = text.lines().filter_map(updated_zone).collect();
            let orders: String = zones.iter().map(|z| format!("zone-notify {z}\n")).collect();
            if tell(&mut control, &orders, dir, env).is_err() {
                // It has ended: another one is told.
                end(control.take());
                if let Err(error) = tell(&mut control, &orders, dir, env) {
                    eprintln!("sandbox: cannot tell knotc: {error}");
                }
            }
            // A NOTIFY costs two transfers. Where several updates were logged meanwhile, there are 20 of them a second
            // at most, as BIND's `notify-rate` has it, and else 50: who presents one record after another, and looks at
            // no name server, is not made to wait.
            let pause = if updates > 1 { 50 } else { 20 };
            thread::sleep(Duration::from_millis(pause));
        }
        text = rest;
    }
    end(control);
}

/// Gives orders to the running knotc, or to a new one.
fn tell(
    control: &mut Option<Child>,
    orders: &str,
    dir: &Path,
    env: &[(String, std::ffi::OsString)],
) -> io::Result<()> {
    if control.is_none() {
        *control = Some(knotc(dir, env)?);
    }
    let stdin = control.as_mut().and_then(|control| control.stdin.as_mut());
    stdin.map_or(Ok(()), |stdin| stdin.write_all(orders.as_bytes()))
}

/// It ends where its commands do.
fn end(control: Option<Child>) {
    if let Some(mut control) = control {
        drop(control.stdin.take());
        let _ = control.wait();
    }
}

/// The zone that a line of Knot's log says was updated: `… info: [example.test.] DDNS, finished, …`.
fn updated_zone(line: &str) -> Option<&str> {
    let (before, _) = line.split_once("] DDNS, finished")?;
    Some(before.rsplit_once('[')?.1)
}

fn knotc(dir: &Path, env: &[(String, std::ffi::OsString)]) -> io::Result<Child> {
    Command::new("knotc")
        .arg("--socket")
        .arg(dir.join("knot.sock"))
        .envs(env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}
