//! Certificates of one name each, of which one host proves the names, or three do, through GNU parallel and ssh as in
//! acmepipe-fleet(7). All hosts are on this machine, so that its processors are shared: what three gain is that more of
//! them wait at once.

use std::error::Error;
use std::fs;

use sandbox::Sandbox;

use crate::figures::{Row, Table};
use crate::measure::measure;

/// How many certificates.
const CERTIFICATES: usize = 300;
/// How many documents a host has at a time, as in the page.
const AT_A_TIME: usize = 25;

/// Measures everything.
pub(crate) fn measure_all(release: bool) -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::with_hosts(&[("a", true), ("b", true), ("c", true)], release)?;
    let account = "acme-account register >/dev/null
                   for host in a b c; do cp -r \"$LEGO_PATH\"/accounts $host/data/; done";
    sandbox.sh(account).success();
    let mut table = Table::new(format!("{CERTIFICATES} certificates, CPU of this host"));
    for (tag, name, hosts) in [
        ("o", "one host", "a"),
        ("t", "three hosts", "a,b,c"),
        ("h", "one host, three batches at a time", "3/a"),
    ] {
        table.add(name, || over_hosts(&sandbox, tag, hosts))?;
    }
    println!("{table}");
    sandbox.assert_nothing_left();
    Ok(())
}

/// Orders, has these hosts prove the names, and fetches the certificates.
fn over_hosts(sandbox: &Sandbox, tag: &str, hosts: &str) -> Result<Row, Box<dyn Error>> {
    let jobs = if hosts.contains('/') { "" } else { "-j 1" };
    let line = format!(
        "{}
         seq -f '{tag}%g.example.test' {CERTIFICATES} | acme-order |
           parallel --will-cite --pipe -N {AT_A_TIME} {jobs} -S {hosts} \
             'dns-zone | dns01-exec present | dns-wait-txt | acme-validate | dns01-exec cleanup || [ $? = 1 ]' |
           acme-finalize >done || true",
        sandbox.for_parallel()
    );
    let measured = measure(sandbox, &line, &[], None)?;
    let done = fs::read_to_string(sandbox.work().join("done"))?;
    let issued = done.lines().filter(|line| !line.contains("\"error\":{"));
    let failed = CERTIFICATES.saturating_sub(issued.count());
    Ok(Row::of(measured, 0, failed))
}
