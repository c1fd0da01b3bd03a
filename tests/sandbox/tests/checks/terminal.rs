//! What a person sees on a terminal.

use sandbox::{Host, Kind, Layout, own_servers};
use workshop::Terminal;

const GOOD: &str = "198.51.100.11";
const SILENT: &str = "198.51.100.12";
const SERVER: &str = "198.51.100.99";

#[test]
fn a_name_that_is_an_alias_is_told_to_be_one() {
    let lines = own_servers(&[SERVER]) + "_acme-challenge CNAME x\n";
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        .start();
    let shown = topology.sh("dns01-check --format text example.test").stdout;
    assert!(shown.contains("info: ALIAS\n"), "{shown}");
    assert!(!shown.contains("ZONE"), "{shown}");
}

#[test]
fn a_line_says_which_server_is_waited_for_and_is_gone_in_the_end() {
    let lines = own_servers(&[GOOD, SILENT]);
    let topology = Layout::new()
        .delegate("example.test", &[GOOD, SILENT])
        .middlebox(GOOD, SERVER, "")
        .middlebox(SILENT, SERVER, "silent")
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        .start();
    let mut command = topology.command("setsid");
    command.args(["--ctty", "dns01-check", "example.test"]);
    let terminal = Terminal::run(command);
    terminal.wait_for("dns01-check: waiting for ");
    terminal.wait_for(SILENT);
    let shown = terminal.finish();
    // It is taken away, and what is found stands in its place.
    let (_, after) = shown.rsplit_once("waiting for ").unwrap();
    let (_, after) = after.split_once("\r\x1b[K").unwrap();
    assert!(after.contains("SERVER_SILENT"), "{shown:?}");
}
