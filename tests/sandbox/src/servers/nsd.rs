//! NSD: once with the root zone and `test.`, once as a secondary.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use super::plan::Plan;
use super::server::Server;
use super::zonefile;
use crate::site::Site;

pub(super) fn root(site: &Site, dir: &Path) -> io::Result<Plan> {
    // The second address is that of lame.test: it answers, for zones below `test.` with a referral.
    let mut text = server(dir, &["198.51.100.1", "198.51.100.31"]);
    for (zone, file, content) in [
        (".", "root.zone", zonefile::root()),
        ("test.", "test.zone", zonefile::test(&site.config)),
    ] {
        fs::write(dir.join(file), content)?;
        let _ = write!(text, "zone:\n  name: \"{zone}\"\n  zonefile: \"{file}\"\n");
    }
    Ok(plan(dir, &text)?.ready_with(Server::Root.address(), ["test"]))
}

pub(super) fn secondary(site: &Site, dir: &Path) -> io::Result<Plan> {
    let mut text = server(dir, &["198.51.100.12", "2001:db8::12"]);
    for zone in site.zone_names(Server::Ns2) {
        let _ = write!(
            text,
            "zone:\n  name: \"{zone}\"\n  zonefile: \"{zone}.zone\"\n  request-xfr: 198.51.100.11 NOKEY\n  \
             allow-notify: 198.51.100.11 NOKEY\n  provide-xfr: 0.0.0.0/0 NOKEY\n"
        );
    }
    Ok(plan(dir, &text)?.ready_with(Server::Ns2.address(), site.zone_names(Server::Ns2)))
}

fn plan(dir: &Path, text: &str) -> io::Result<Plan> {
    let conf = dir.join("nsd.conf");
    fs::write(&conf, text)?;
    Ok(Plan::new(["nsd", "-d", "-c", &conf.to_string_lossy()]))
}

/// A reload timeout of 0: after a transfer it would else wait up to a second before it serves it. A rate limit of 0:
/// it would else drop queries from the second hundred in a second on.
fn server(dir: &Path, addresses: &[&str]) -> String {
    let at = dir.display();
    let mut text = String::from("server:\n");
    for address in addresses {
        let _ = writeln!(text, "  ip-address: {address}");
    }
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
  xfrd-reload-timeout: 0
  rrl-ratelimit: 0
  verbosity: 1
remote-control:
  control-enable: no
"#
    );
    text
}
