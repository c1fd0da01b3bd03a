//! `make bench`: the pipeline and other clients, with the same script, the same CA and the same name servers.
//!
//! Each gets certificates for the same number of names in one zone, in turn, in one sandbox; each has made its
//! account before. What is measured and how is in `measure`, how each client is called in `clients`.

mod clients;
mod measure;

use std::fs;
use std::process::ExitCode;

use sandbox::{Config, Programs, Sandbox, Tools, Zone};

use clients::{Client, clients};
use measure::{CLOSELY, Figures, Measured, NOW_AND_THEN, measure};

const HELP: &str = "\
usage: bench [--rounds N] [--only NAME]...

  --rounds N    so many times in turn; the fastest counts (default 1)
  --only NAME   only these clients, beside the pipeline
  --all         what takes minutes too: lego as it is by default
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut rounds = 1;
    let mut only = Vec::new();
    let mut all = false;
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Long("rounds") => rounds = parser.value()?.to_string_lossy().parse()?,
            lexopt::Arg::Long("only") => only.push(parser.value()?.to_string_lossy().into_owned()),
            lexopt::Arg::Long("all") => all = true,
            lexopt::Arg::Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            other => return Err(other.unexpected().into()),
        }
    }

    Tools::fetch(&["peers"])?;
    let config = Config {
        release: true,
        ..Config::default()
    };
    let sandbox = Sandbox::try_with(config.zones([Zone::new("example.test")]))?;
    let mut clients = clients(&sandbox)?;
    clients.retain(|client| all || !client.slow);
    clients.retain(|client| only.is_empty() || client.ours || only.contains(&client.name));
    sizes(&sandbox)?;
    certificates(&sandbox, &clients, rounds)
}

/// How big our programs are, and how soon they have started.
fn sizes(sandbox: &Sandbox) -> Result<(), Box<dyn std::error::Error>> {
    const PROGRAMS: [&str; 6] = [
        "acme-order",
        "dns-zone",
        "dns01-exec",
        "dns-wait-txt",
        "acme-validate",
        "acme-finalize",
    ];
    let dir = Programs::release()?.dir;
    println!("{:<28} {:>10} {:>14}", "program", "size", "--version");
    let mut sum = 0;
    for program in PROGRAMS {
        let size = fs::metadata(dir.join(program))?.len();
        sum += size;
        const TIMES: u32 = 50;
        let line = format!("for n in $(seq {TIMES}); do {program} --version; done >/dev/null");
        let took = measure(sandbox, &line, &[], None)?.wall / TIMES;
        println!(
            "{program:<28} {:>7} kB {:>11.1} ms",
            size / 1000,
            took.as_secs_f64() * 1000.0
        );
    }
    println!("{:<28} {:>7} kB\n", "all", sum / 1000);
    Ok(())
}

/// Certificates for 1, 10 and 100 names, and the script alone.
fn certificates(
    sandbox: &Sandbox,
    clients: &[Client],
    rounds: u32,
) -> Result<(), Box<dyn std::error::Error>> {
    for client in clients {
        let line = format!(
            "{}\n{}",
            client.account,
            client.line(&[format!("{}-0.example.test", client.tag())])
        );
        measure(sandbox, &line, &client.env, None)?;
    }
    for count in [1, 10, 100] {
        let mut figures = Figures::new(count);
        for round in 0..rounds {
            for client in clients.iter().filter(|client| count <= client.most) {
                let line = |run: &str| {
                    let tag = format!("{}-{count}-{round}{run}", client.tag());
                    let names: Vec<String> = (1..=count)
                        .map(|n| format!("n{n}.{tag}.example.test"))
                        .collect();
                    client.line(&names)
                };
                let looks = NOW_AND_THEN.filter(|_| !client.ours);
                let mut measured = measure(sandbox, &line(""), &client.env, looks)?;
                if client.ours {
                    let again = measure(sandbox, &line("-memory"), &client.env, CLOSELY)?;
                    measured.memory = again.memory;
                }
                figures.add(&client.name, measured);
            }
            for jobs in [1, 8] {
                figures.add(
                    &format!("the script alone, {jobs} at once"),
                    script(sandbox, count, jobs)?,
                );
            }
        }
        sandbox.assert_nothing_left();
        println!("{figures}");
    }
    Ok(())
}

/// What all clients have in common: the script once to present and once to clean up, for each name.
fn script(
    sandbox: &Sandbox,
    count: usize,
    jobs: usize,
) -> Result<Measured, Box<dyn std::error::Error>> {
    let step = |step: &str| {
        format!(
            "seq {count} | xargs -P {jobs} -I% \"$EXEC_PATH\" {step} _acme-challenge.s%.example.test. \
             gfj9Xq-Rg85nM0gfj9Xq-Rg85nM0gfj9Xq-Rg85nM00"
        )
    };
    measure(
        sandbox,
        &format!("{} && {}", step("present"), step("cleanup")),
        &[],
        None,
    )
}
