//! Zone files: the zones of the configuration, and above them the root and `test.`, with delegations and glue.

use std::fmt::Write as _;

use crate::{Config, Zone};

/// Hosts of the sandbox, below `test.`
const HOSTS: &str = "\
a.root.test. A 198.51.100.1
ca.test. A 198.51.100.5
caddy.test. A 198.51.100.6
ns1.test. A 198.51.100.11
ns1.test. AAAA 2001:db8::11
ns2.test. A 198.51.100.12
ns2.test. AAAA 2001:db8::12
ns3.test. A 198.51.100.13
ns3.test. AAAA 2001:db8::13
ns4.test. A 198.51.100.21
lame.test. A 198.51.100.31
dead.test. A 198.51.100.32
silent.test. A 203.0.113.1
far.test. AAAA 2001:db8:ffff::1
";

/// The root zone.
pub(super) fn root() -> String {
    "$TTL 3600\n\
     . SOA a.root.test. hostmaster.test. 1 7200 3600 1209600 60\n\
     . NS a.root.test.\n\
     a.root.test. A 198.51.100.1\n\
     test. NS a.root.test.\n"
        .to_owned()
}

/// The zone `test.`
pub(super) fn test(config: &Config) -> String {
    let mut text = "$TTL 3600\n\
                    test. SOA a.root.test. hostmaster.test. 1 7200 3600 1209600 60\n\
                    test. NS a.root.test.\n"
        .to_owned();
    text.push_str(HOSTS);
    let top = config
        .zones
        .iter()
        .filter(|zone| parent(config, zone).is_none());
    delegations(&mut text, top);
    text
}

/// One of the zones of the configuration.
pub(super) fn zone(config: &Config, zone: &Zone) -> String {
    let Zone {
        name,
        minimum,
        refresh,
        ..
    } = zone;
    let mut text = format!("$ORIGIN {name}.\n$TTL 3600\n");
    let _ = writeln!(
        text,
        "@ SOA {}. hostmaster.test. 1 {refresh} 1 1209600 {minimum}",
        zone.ns()[0]
    );
    for host in zone.ns() {
        let _ = writeln!(text, "@ NS {host}.");
    }
    text.push_str("@ A 192.0.2.1\nwww A 192.0.2.1\n");
    for line in &zone.records {
        text.push_str(line);
        text.push('\n');
    }
    let below = config
        .zones
        .iter()
        .filter(|other| parent(config, other).is_some_and(|up| up.name == *name));
    delegations(&mut text, below);
    text
}

fn delegations<'a>(text: &mut String, zones: impl Iterator<Item = &'a Zone>) {
    for zone in zones {
        for host in zone.ns() {
            let _ = writeln!(text, "{}. NS {host}.", zone.name);
        }
    }
}

/// The closest zone above one, among those of the configuration.
fn parent<'a>(config: &'a Config, zone: &Zone) -> Option<&'a Zone> {
    config
        .zones
        .iter()
        .filter(|other| zone.is_below(other))
        .max_by_key(|other| other.name.len())
}
