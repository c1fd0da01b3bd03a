//! What a run costs for certificates that are there: where none of them is due, beside other clients, and where a
//! thousand are due at once.

mod others;
mod store;

use std::error::Error;
use std::{fs, io};

use sandbox::{Config, Pebble, Sandbox, Tools, Zone};

use crate::clients::batch_hook;
use crate::figures::{Row, Table};
use crate::measure::{CLOSELY, NOW_AND_THEN, measure};

/// How many certificates there are beside other clients.
const BESIDE_OTHERS: usize = 200;
/// How many where there is no other client that would take them.
const MANY: usize = 10_000;
/// How many are due at once.
const DUE: usize = 1_000;

/// Measures everything.
pub(crate) fn measure_all(release: bool) -> Result<(), Box<dyn Error>> {
    Tools::fetch(&["peers", "testing", "caddy"])?;
    none_due(&start(Config {
        release,
        pebble: Pebble {
            testing: true,
            ..Pebble::default()
        },
        ..Config::default()
    })?)?;
    // Pebble, the newest too, blocks itself before it has issued so many.
    all_due(&start(Config {
        release,
        caddy: true,
        ..Config::default()
    })?)
}

fn start(config: Config) -> io::Result<Sandbox> {
    Sandbox::try_with(config.zones([Zone::new("example.test")]))
}

/// Certificates of which none is due: the first run, which asks the CA about each, and the next, which need not.
fn none_due(sandbox: &Sandbox) -> Result<(), Box<dyn Error>> {
    for count in [BESIDE_OTHERS, MANY] {
        let path = store::fill(sandbox, count)?;
        let mut table = Table::new(format!("{count} certificates, none due"));
        let line = format!("acme-due -q --no-sleep --path {path}");
        for (row, looks) in [
            ("acme-due, the first run", NOW_AND_THEN),
            ("acme-due", CLOSELY),
            ("acme-due once more", CLOSELY),
        ] {
            table.add(row, || ours(sandbox, "acme-due", &line, looks))?;
        }
        let list = format!("acme-list --json --path {path} >/dev/null");
        table.add("acme-list --json", || {
            ours(sandbox, "acme-list", &list, CLOSELY)
        })?;
        if count == BESIDE_OTHERS {
            for other in others::clients(sandbox, count)? {
                table.add(other.name, || {
                    let measured = measure(sandbox, &other.line, &other.env, NOW_AND_THEN)?;
                    let peak = measured.memory.peak_of(other.process);
                    Ok(Row::of(measured, peak, 0))
                })?;
            }
        }
        println!("{table}");
    }
    Ok(())
}

/// Certificates that are all due at once, renewed with a call for all names of the zone.
fn all_due(sandbox: &Sandbox) -> Result<(), Box<dyn Error>> {
    let script = batch_hook(sandbox)?;
    let env = [(
        "EXEC_PATH".to_owned(),
        script.to_string_lossy().into_owned(),
    )];
    let path = sandbox.work().join("due-at-once");
    let path = path.display();
    let mut table = Table::new(format!("{DUE} certificates at once"));
    let documents = sandbox.work().join("due-at-once.json");
    let out = documents.display();
    // A CA that fails for some is not what is measured; how many failed is shown.
    let first = format!(
        "seq -f 'c%g.example.test' {DUE} | acme-issue -q --batch -j 20 --path {path} >{out} || true"
    );
    let renew = format!(
        "acme-renew -q --json --no-sleep --days 3650 --batch -j 20 --path {path} >{out} || true"
    );
    for (row, line) in [
        ("acme-issue, the first time", &first),
        ("acme-renew, all of them due", &renew),
    ] {
        table.add(row, || {
            let measured = measure(sandbox, line, &env, NOW_AND_THEN)?;
            // That of all programs of the pipeline, which run side by side.
            let memory = measured.memory.together;
            let written = fs::read_to_string(&documents)?;
            let failed = written.lines().filter(|line| line.contains("\"error\":{"));
            Ok(Row::of(measured, memory, failed.count()))
        })?;
    }
    println!("{table}");
    sandbox.assert_nothing_left();
    Ok(())
}

fn ours(
    sandbox: &Sandbox,
    program: &str,
    line: &str,
    looks: Option<std::time::Duration>,
) -> Result<Row, Box<dyn Error>> {
    let measured = measure(sandbox, line, &[], looks)?;
    let peak = measured.memory.peak_of(program);
    Ok(Row::of(measured, peak, 0))
}
