//! What was captured once judges the same again, without any server.

use sandbox::{Fault, Host, Kind, Layout, own_servers};
use serde_json::Value;

const SERVER: &str = "198.51.100.11";

#[test]
fn a_capture_judges_the_same_as_the_servers_did() {
    let lines = own_servers(&[SERVER])
        + "_acme-challenge.a CNAME b\n*.wild TXT x\nforbid CAA 0 issue \";\"\n";
    let topology = Layout::new()
        .validating()
        .delegate("example.test", &[SERVER])
        .delegate("expired.test", &[SERVER])
        .host(
            Host::new(Kind::Nsd, SERVER)
                .zone("example.test", &lines)
                .broken("expired.test", Fault::Expired, &lines),
        )
        .start();
    let names = "example.test a.example.test wild.example.test '*.forbid.example.test' expired.test nobodys.test";
    let sorted = |documents: Vec<Value>| {
        let mut texts: Vec<String> = documents.iter().map(Value::to_string).collect();
        texts.sort();
        texts
    };
    // The link is a person's, and stays.
    let live = topology.sh(&format!(
        "ln -s capture link && dns01-check --save link --ca ca.test {names}; status=$?; [ -L link ] && exit $status"
    ));
    live.assert_status(1);
    // Where it is read nobody is to be asked.
    let from = "unshare --user --map-root-user --net dns01-check --from capture";
    let from = if topology
        .sh("unshare --user --map-root-user --net true")
        .status
        == 0
    {
        from.to_owned()
    } else {
        "dns01-check --resolver 127.0.0.9 --from capture".to_owned()
    };
    let again = topology.sh(&from);
    again.assert_status(1);
    assert_eq!(sorted(again.documents()), sorted(live.documents()));
    let drawn = topology
        .sh(&format!("{from} --format dot a.example.test"))
        .success()
        .stdout;
    for line in [
        "\"zone test.\" -> \"zone example.test.\" [label=\"NS\"];",
        "\"zone example.test.\" -> \"server 198.51.100.11\" [style=solid];",
        "\"name _acme-challenge.a.example.test.\" -> \"name b.example.test.\" [label=\"CNAME\"];",
    ] {
        assert!(drawn.contains(line), "{line} of {drawn}");
    }
    let one = topology.sh(&format!("{from} expired.test"));
    assert_eq!(one.documents().len(), 1);
    assert!(one.stdout.contains("SIGNATURE_EXPIRED"), "{one:?}");
    // What the file knows nothing of is not judged, also where it knows the zone.
    for name in ["other.elsewhere", "b.example.test"] {
        let refused = topology.sh(&format!("{from} example.test {name}"));
        refused.assert_status(2);
        let says = format!("the file has no answers about {name}; it was made for ");
        assert!(refused.stderr.contains(&says), "{refused:?}");
    }
    // Documents go to standard output, and FIFOs are others'.
    for path in ["-", "/dev/null", "fifo"] {
        let refused = topology.sh(&format!("[ -e fifo ] || mkfifo fifo; {from} --save {path}"));
        assert_ne!(refused.status, 0, "{path}");
        assert!(
            refused.stderr.contains("--save takes")
                || refused.stderr.contains("not a regular file"),
            "{refused:?}"
        );
    }
    topology
        .sh("echo x > none; dns01-check --from none")
        .assert_status(2);
}
