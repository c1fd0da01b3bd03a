//! A thousand certificates of one name each, from one stream of lines: how long that takes, which of our programs is the
//! largest, and what of it all is the CA's. Beside it lego, which is run once for each.

use std::error::Error;
use std::fs;
use std::time::Duration;

use sandbox::{Config, Sandbox, Tools, Zone};

use crate::clients::batch_hook;
use crate::figures::{Row, Table};
use crate::measure::{CLOSELY, Measured, cpu_of, measure};

/// How many certificates.
const CERTIFICATES: usize = 1_000;
/// How many lego gets: each takes it as long as the one before, so that the rest is reckoned.
const OF_LEGO: usize = 20;

/// The name of the CA's process. Pebble blocks itself before it has issued so many.
const CA: &str = "caddy";

/// Measures everything.
pub(crate) fn measure_all(release: bool) -> Result<(), Box<dyn Error>> {
    Tools::fetch(&["peers", "caddy"])?;
    let config = Config {
        release,
        caddy: true,
        ..Config::default()
    };
    let sandbox = Sandbox::try_with(config.zones([Zone::new("example.test")]))?;
    let mut table = Table::new(format!("{CERTIFICATES} certificates of one name"));
    let batch = batch_hook(&sandbox)?;
    let batch = [("EXEC_PATH".to_owned(), batch.to_string_lossy().into_owned())];
    for (name, tag, options, env) in [
        ("acme-issue --batch", "b", "--batch -j 20", &batch[..]),
        ("acme-issue -j 20", "s", "-j 20", &[][..]),
    ] {
        table.add(name, || ours(&sandbox, tag, options, env))?;
    }
    let name = format!("lego, {OF_LEGO} times, reckoned for {CERTIFICATES}");
    table.add(&name, || lego(&sandbox))?;
    println!("{table}");
    sandbox.assert_nothing_left();
    Ok(())
}

fn ours(
    sandbox: &Sandbox,
    tag: &str,
    options: &str,
    env: &[(String, String)],
) -> Result<Row, Box<dyn Error>> {
    // The account is there before.
    measure(
        sandbox,
        &format!("acme-issue -q -d first{tag}.example.test >/dev/null"),
        &[],
        None,
    )?;
    let documents = sandbox.work().join(format!("stream-{tag}.json"));
    let out = documents.display();
    // A CA that fails for some is not what is measured; how many failed is shown.
    let line = format!(
        "seq -f '{tag}%g.example.test' {CERTIFICATES} | acme-issue -q {options} >{out} || true"
    );
    let (measured, of_ca) = with_ca(sandbox, || measure(sandbox, &line, env, CLOSELY))?;
    let peaks = measured.memory.peaks.iter().map(|(_, peak)| *peak);
    let largest = peaks.max().unwrap_or(0);
    let written = fs::read_to_string(&documents)?;
    let issued = written.lines().filter(|line| !line.contains("\"error\":{"));
    let failed = CERTIFICATES.saturating_sub(issued.count());
    Ok(Row::of(measured, largest, failed).with_ca(of_ca))
}

fn lego(sandbox: &Sandbox) -> Result<Row, Box<dyn Error>> {
    let env = [
        (
            "LEGO_PATH".to_owned(),
            sandbox.work().join("lego.s").to_string_lossy().into_owned(),
        ),
        ("EXEC_SEQUENCE_INTERVAL".to_owned(), "1".to_owned()),
        ("EXEC_POLLING_INTERVAL".to_owned(), "1".to_owned()),
    ];
    let once = |name: &str| {
        format!(
            "lego --accept-tos --email a@example.test --server \"$LEGO_SERVER\" --dns exec -d {name} run >/dev/null 2>&1"
        )
    };
    measure(sandbox, &once("first.lego.example.test"), &env, None)?;
    let names = (0..OF_LEGO).map(|number| once(&format!("l{number}.example.test")));
    let line = names.collect::<Vec<_>>().join(" && ");
    let (mut measured, of_ca) = with_ca(sandbox, || measure(sandbox, &line, &env, CLOSELY))?;
    let largest = measured.memory.peak_of("lego");
    let times = (CERTIFICATES / OF_LEGO) as u32;
    measured.wall *= times;
    measured.cpu *= times;
    Ok(Row::of(measured, largest, 0).with_ca(of_ca * times))
}

/// What was measured, and how much CPU time the CA took meanwhile.
fn with_ca(
    sandbox: &Sandbox,
    measure: impl FnOnce() -> Result<Measured, Box<dyn Error>>,
) -> Result<(Measured, Duration), Box<dyn Error>> {
    let before = cpu_of(sandbox, CA);
    let measured = measure()?;
    Ok((measured, cpu_of(sandbox, CA).saturating_sub(before)))
}
