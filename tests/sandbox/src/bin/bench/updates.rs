//! What the DNS part of a certificate costs: a hundred records that are presented, seen on the name server, and removed
//! again, with `dns01-rfc2136` and with scripts that call nsupdate. lego's own updates can only be had with a certificate, so
//! they are measured beside ours in a whole order, of ten names: it takes seconds for each, however little it is
//! told to wait. The name server is BIND, as in `dns`: Knot has updates wait for a second where others have come before.

use std::error::Error;
use std::fs;

use sandbox::{Sandbox, Tools};
use serde_json::Value;

use crate::clients::{batch_hook, lego_updates, of_updates};
use crate::dns::{ADDRESS, start};
use crate::figures::{Row, Table};
use crate::measure::{CLOSELY, measure};

/// How many records, all of one zone and one order.
const NAMES: usize = 100;

/// How many are in the order that lego gets.
const OF_LEGO: usize = 10;

/// Measures everything.
pub(crate) fn measure_all(release: bool) -> Result<(), Box<dyn Error>> {
    let sandbox = start(0, release)?;
    prepare(&sandbox)?;
    let updates = of_updates(&sandbox, ADDRESS);
    let script = [("DNS_SERVER".to_owned(), ADDRESS.to_owned())];
    let batch = batch_hook(&sandbox)?.to_string_lossy().into_owned();
    let batch = [script.clone(), [("EXEC_PATH".to_owned(), batch)]].concat();
    let whole = |options: &str| {
        format!(
            "dns01-exec present {options} <order | dns-wait-txt | dns01-exec cleanup {options} >done"
        )
    };
    let mut table = Table::new(format!("{NAMES} records presented, waited for, removed"));
    for (name, options, env) in [
        ("dns01-rfc2136", "", &updates[..]),
        ("nsupdate in a script, --batch", "--batch", &batch),
        ("nsupdate in a script, -j 8", "-j 8", &script),
        ("nsupdate in a script", "", &script),
    ] {
        table.add(name, || of_line(&sandbox, &whole(options), env))?;
    }
    println!("{table}");
    let mut table = Table::new(format!("{NAMES} records added and removed, nothing else"));
    let alone = "dns01-rfc2136 present-batch <challenges >done && dns01-rfc2136 cleanup-batch <challenges >>done";
    table.add("dns01-rfc2136", || of_line(&sandbox, alone, &updates))?;
    let nsupdate = "nsupdate -k \"$DNS_KEY\" add >done && nsupdate -k \"$DNS_KEY\" delete >>done";
    table.add("nsupdate, one message for all", || {
        of_line(&sandbox, nsupdate, &[])
    })?;
    println!("{table}");
    whole_orders(&sandbox, &updates)
}

/// Compares whole orders, since lego does not send updates by themselves.
fn whole_orders(sandbox: &Sandbox, updates: &[(String, String)]) -> Result<(), Box<dyn Error>> {
    let heading = format!("{OF_LEGO} names, a whole order with the CA");
    let names = |at: &str| -> String {
        let name = |number| format!(" -d n{number}.{at}.z0.test");
        (1..=OF_LEGO).map(name).collect()
    };
    let mut table = Table::new(heading);
    let ours = format!("acme-issue -q --force{} >done", names("ours"));
    table.add("acme-issue with dns01-rfc2136", || {
        of_line(sandbox, &ours, updates)
    })?;
    if let Err(error) = Tools::fetch(&["peers"]) {
        println!("{table}\nlego is not at hand, so it was not measured: {error}");
        return Ok(());
    }
    let (lego, env) = lego_updates(&sandbox.work().display().to_string(), ADDRESS);
    let theirs = format!("{lego}{} run >log 2>&1 && : >done", names("lego"));
    table.add("lego, its rfc2136", || of_line(sandbox, &theirs, &env))?;
    println!("{table}");
    Ok(())
}

/// Writes the challenges, the order that has them, and what nsupdate is told for the same.
fn prepare(sandbox: &Sandbox) -> Result<(), Box<dyn Error>> {
    let line = format!(
        "seq -f '_acme-challenge.n%g.z0.test' {NAMES} | xargs dns-zone | \
         jq -c '.value = \"gfj9Xq-Rg85nM0gfj9Xq-Rg85nM0gfj9Xq-Rg85nM00\"' >challenges && \
         jq -cs '{{version: 1, challenges: .}}' challenges >order && \
         for verb in add delete; do {{ echo \"server {ADDRESS}\"; jq -r --arg verb $verb \
         '\"update \\($verb) \\(.fqdn) 0 TXT \\(.value)\"' challenges; echo send; }} >$verb; done"
    );
    measure(sandbox, &line, &[], None).map(drop)
}

/// Once for the time that it takes, and once for memory.
fn of_line(sandbox: &Sandbox, line: &str, env: &[(String, String)]) -> Result<Row, Box<dyn Error>> {
    let measured = measure(sandbox, line, env, None)?;
    let peaks = measure(sandbox, line, env, CLOSELY)?.memory.peaks;
    let peak = peaks.iter().map(|(_, peak)| *peak).max().unwrap_or(0);
    let written = fs::read_to_string(sandbox.work().join("done"))?;
    let documents = written.lines().map(serde_json::from_str::<Value>);
    let documents: Vec<Value> = documents.collect::<Result<_, _>>()?;
    let failed = documents.iter().filter(|one| one["error"] != Value::Null);
    Ok(Row::of(measured, peak, failed.count()))
}
