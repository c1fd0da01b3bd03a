//! A healthy zone has no finding that is a warning, whatever server it is on.

use sandbox::{Denial, Host, Kind, Layout, own_servers};

use super::{assert_found, checked, finding};

const KINDS: [(Kind, &str, &str); 4] = [
    (Kind::Knot, "knot", "198.51.100.11"),
    (Kind::Bind, "bind", "198.51.100.12"),
    (Kind::Nsd, "nsd", "198.51.100.13"),
    (Kind::PowerDns, "powerdns", "198.51.100.14"),
];

#[test]
fn a_healthy_zone_of_each_server_has_no_finding_that_is_a_warning() {
    let mut layout = Layout::new().validating();
    let mut names = Vec::new();
    for (kind, name, address) in KINDS {
        let lines = own_servers(&[address]) + "www A 192.0.2.1\na.deep A 192.0.2.1\n";
        let (plain, nsec, nsec3) = (
            format!("{name}.test"),
            format!("{name}-nsec.test"),
            format!("{name}-nsec3.test"),
        );
        let host = Host::new(kind, address)
            .zone(&plain, &lines)
            .signed(&nsec, Denial::Nsec, &lines)
            .signed(&nsec3, Denial::Nsec3, &lines);
        names.extend([
            plain.clone(),
            format!("*.{plain}"),
            format!("a.deep.{plain}"),
        ]);
        for zone in [&nsec, &nsec3] {
            names.extend([
                zone.clone(),
                format!("www.{zone}"),
                format!("none.{zone}"),
                format!("deep.{zone}"),
            ]);
        }
        for zone in [plain, nsec, nsec3] {
            layout = layout.delegate(&zone, &[address]);
        }
        layout = layout.host(host);
    }
    let topology = layout.start();
    let expected: Vec<(&str, &[&str])> = names
        .iter()
        .map(|name| (name.as_str(), [].as_slice()))
        .collect();
    assert_found(&topology, "", &expected);
    topology.sh("dns01-check knot.test").success();
    let document = checked(&topology, "www.knot-nsec.test");
    assert_eq!(document["verdict"], "ok");
    assert_eq!(finding(&document, "ZONE")["name"], "knot-nsec.test.");
}
