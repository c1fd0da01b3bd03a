//! What it costs to check very many names that have zones in common, and one name with a server that says nothing.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;

use sandbox::{Config, Sandbox, Zone};
use serde_json::Value;

use crate::figures::{Row, Table};
use crate::measure::{CLOSELY, measure};

/// How many names there are, and how many zones they are in.
const NAMES: usize = 1000;
const ZONES: usize = 50;

/// A zone for each server that is named beside the three that serve it, and what that one does.
const BESIDE: [(&str, &str); 3] = [
    ("dead", "one of four servers down"),
    ("silent", "one of four servers silent"),
    ("lame", "one of four servers lame"),
];

/// Measures everything.
pub(crate) fn measure_all(release: bool) -> Result<(), Box<dyn Error>> {
    let zones = (0..ZONES).map(|zone| Zone::new(&format!("z{zone}.test")));
    let beside = BESIDE.map(|(server, _)| {
        Zone::new(&format!("beside-{server}.test")).also_ns(&format!("{server}.test"))
    });
    let config = Config {
        release,
        ..Config::default()
    };
    let sandbox = Sandbox::try_with(config.zones(zones.chain(beside)))?;
    let names: Vec<String> = (0..NAMES)
        .map(|name| format!("h{}.z{}.test", name / ZONES, name % ZONES))
        .collect();
    fs::write(sandbox.work().join("names"), names.join("\n"))?;

    let mut table = Table::new(format!("dns01-check, three servers for {ZONES} zones"));
    let mut add =
        |row: &str, arguments: &str, count| table.add(row, || check(&sandbox, arguments, count));
    add(&format!("{NAMES} names"), "$(cat names)", NAMES)?;
    let save = "--save capture $(cat names)";
    add(&format!("{NAMES} names, with --save"), save, NAMES)?;
    add(
        &format!("{NAMES} names, with --from"),
        "--from capture",
        NAMES,
    )?;
    add("one name", "h0.z0.test", 1)?;
    for (server, what) in BESIDE {
        add(
            &format!("one name, {what}"),
            &format!("beside-{server}.test"),
            1,
        )?;
    }
    println!("{table}");
    println!("queries for {NAMES} names: {}\n", queries(&sandbox)?);
    Ok(())
}

/// Checks names, once for the time that it takes and once for its memory.
fn check(sandbox: &Sandbox, arguments: &str, count: usize) -> Result<Row, Box<dyn Error>> {
    let line = format!("dns01-check --json {arguments} >checked");
    let measured = measure(sandbox, &line, &[], None)?;
    let memory = measure(sandbox, &line, &[], CLOSELY)?.memory;
    let text = fs::read_to_string(sandbox.work().join("checked"))?;
    let documents: Vec<Value> = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    if documents.len() != count {
        return Err(format!("{} documents of {count}: {arguments}", documents.len()).into());
    }
    let failing = documents.iter().filter(|one| one["verdict"] == "will-fail");
    let peak = memory.peak_of("dns01-check");
    Ok(Row::of(measured, peak, failing.count()))
}

/// How many probes went to each of the servers that have the zones, by what was saved.
fn queries(sandbox: &Sandbox) -> Result<String, Box<dyn Error>> {
    let text = fs::read_to_string(sandbox.work().join("capture"))?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let probe: Value = serde_json::from_str(line)?;
        let server = probe["server"].as_str().unwrap_or_default();
        *counts.entry(server.to_owned()).or_default() += 1;
    }
    let of_zones = counts.iter().filter(|(_, count)| **count > NAMES);
    let said = of_zones.map(|(server, count)| format!("{count} to {server}"));
    Ok(said.collect::<Vec<_>>().join(", "))
}
