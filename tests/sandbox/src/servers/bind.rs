//! BIND, a secondary.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use super::plan::Plan;
use super::server::Server;
use crate::site::Site;

/// Its limits on what a secondary may ask (20 queries a second, no zone more often than every five minutes) are
/// made for thousands of zones; here they would only make tests wait.
pub(super) fn secondary(site: &Site, dir: &Path) -> io::Result<Plan> {
    let at = dir.display();
    let mut text = format!(
        r#"options {{
    directory "{at}";
    listen-on {{ 198.51.100.13; }};
    listen-on-v6 {{ 2001:db8::13; }};
    transfer-source 198.51.100.13;
    recursion no;
    dnssec-validation no;
    empty-zones-enable no;
    allow-transfer {{ any; }};
    notify no;
    serial-query-rate 1000;
    min-refresh-time 1;
    min-retry-time 1;
    pid-file none;
    lock-file none;
    session-keyfile "{at}/session.key";
}};
controls {{ }};
"#
    );
    for zone in site.zone_names(Server::Ns3) {
        let _ = writeln!(
            text,
            "zone \"{zone}\" {{ type secondary; primaries {{ 198.51.100.11; }}; file \"{zone}.zone\"; }};"
        );
    }
    let conf = dir.join("named.conf");
    fs::write(&conf, text)?;
    let plan = Plan::new(["named", "-g", "-n", "1", "-c", &conf.to_string_lossy()]);
    Ok(plan.ready_with(Server::Ns3.address(), site.zone_names(Server::Ns3)))
}
