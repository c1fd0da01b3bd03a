//! `make bench`: the pipeline and other clients, with the same scripts, the same CA and the same name servers.
//!
//! Each gets certificates for the same number of names in one zone, in turn, in one sandbox; each has made its
//! account before. What is measured and how is in `measure`, how each client is called in `clients`. What looks up very
//! many names is in `dns`, what checks them in `check`, what renews very many certificates in `life`, and what gets very
//! many in `stream`, and what updates cost alone in `updates`, and what several hosts gain in `hosts`.

mod check;
mod clients;
mod dns;
mod figures;
mod hosts;
mod keys;
mod life;
mod measure;
mod stream;
mod updates;

use std::fs;
use std::process::ExitCode;

use lexopt::ValueExt as _;
use sandbox::{Config, Programs, Sandbox, Tools, Zone, source};

use clients::{Client, clients};
use measure::{CLOSELY, Figures, NOW_AND_THEN, measure};

const HELP: &str = "\
usage: bench [--rounds N] [--only NAME]...
       bench --dns [--names N] [--debug]
       bench --check [--debug]
       bench --life [--debug]
       bench --keys [--debug]
       bench --stream [--debug]
       bench --updates [--debug]
       bench --hosts [--debug]

  --rounds N    so many times in turn; the fastest counts (default 1)
  --only NAME   only these clients, beside the pipeline
  --all         what takes minutes too: lego as it is by default
  --dns         only how fast names are looked up and values waited for
  --check       only how long a thousand names of 50 zones are checked
  --life        only what many certificates cost that are there, or due
  --keys        only how long private keys take, beside openssl
  --stream      only a thousand certificates of one name in one stream
  --updates     only a hundred records that come and go by dynamic updates
  --hosts       only certificates over one host, and over three
  --names N     so many names there (default 10000)
  --debug       these with the programs that tests run, to try this out
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
    let Some(options) = Options::read()? else {
        print!("{HELP}");
        return Ok(());
    };
    let only = [
        options.dns,
        options.check,
        options.life,
        options.keys,
        options.stream,
        options.updates,
        options.hosts,
    ];
    let all = !only.contains(&true);
    if all {
        compare_clients(&options)?;
    }
    if options.dns || all && options.only.is_empty() {
        dns::measure_all(options.names, !options.debug)?;
    }
    if options.check || all && options.only.is_empty() {
        check::measure_all(!options.debug)?;
    }
    if options.life || all && options.only.is_empty() {
        life::measure_all(!options.debug)?;
    }
    if options.keys || all && options.only.is_empty() {
        keys::measure_all(!options.debug)?;
    }
    if options.stream || all && options.only.is_empty() {
        stream::measure_all(!options.debug)?;
    }
    if options.updates || all && options.only.is_empty() {
        updates::measure_all(!options.debug)?;
    }
    if options.hosts || all && options.only.is_empty() {
        hosts::measure_all(!options.debug)?;
    }
    Ok(())
}

/// What is asked for on the command line.
struct Options {
    rounds: u32,
    only: Vec<String>,
    all: bool,
    dns: bool,
    check: bool,
    life: bool,
    keys: bool,
    stream: bool,
    updates: bool,
    hosts: bool,
    names: usize,
    debug: bool,
}

impl Options {
    /// Those that are given, unless it is `--help`.
    fn read() -> Result<Option<Options>, lexopt::Error> {
        let mut options = Options {
            rounds: 1,
            only: Vec::new(),
            all: false,
            dns: false,
            check: false,
            life: false,
            keys: false,
            stream: false,
            updates: false,
            hosts: false,
            names: 10_000,
            debug: false,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                lexopt::Arg::Long("rounds") => options.rounds = parser.value()?.parse()?,
                lexopt::Arg::Long("only") => options.only.push(parser.value()?.string()?),
                lexopt::Arg::Long("all") => options.all = true,
                lexopt::Arg::Long("dns") => options.dns = true,
                lexopt::Arg::Long("check") => options.check = true,
                lexopt::Arg::Long("life") => options.life = true,
                lexopt::Arg::Long("keys") => options.keys = true,
                lexopt::Arg::Long("stream") => options.stream = true,
                lexopt::Arg::Long("updates") => options.updates = true,
                lexopt::Arg::Long("hosts") => options.hosts = true,
                lexopt::Arg::Long("names") => options.names = parser.value()?.parse()?,
                lexopt::Arg::Long("debug") => options.debug = true,
                lexopt::Arg::Long("help") => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(options))
    }
}

/// Certificates from each client.
fn compare_clients(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    Tools::fetch(&["peers"])?;
    let config = Config {
        release: true,
        ..Config::default()
    };
    let sandbox = Sandbox::try_with(config.zones([Zone::new("example.test")]))?;
    let mut clients = clients(&sandbox)?;
    clients.retain(|client| options.all || !client.slow);
    let only = &options.only;
    clients.retain(|client| only.is_empty() || client.ours || only.contains(&client.name));
    sizes(&sandbox)?;
    accounts(&sandbox, &clients)?;
    for count in [1, 10, 100] {
        certificates(&sandbox, &clients, Script::Nsupdate, count, options.rounds)?;
    }
    // A script that costs less, for those that take 100 names and wait for the secondaries: with it uacme would be
    // there before them.
    clients
        .retain(|client| client.most >= 100 && client.name != "uacme" && !client.has_own_script());
    certificates(&sandbox, &clients, Script::Knsupdate, 100, options.rounds)
}

/// The script that all clients have in common, by what it calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Nsupdate,
    Knsupdate,
}

impl Script {
    fn tag(self) -> &'static str {
        match self {
            Script::Nsupdate => "",
            Script::Knsupdate => "-knsupdate",
        }
    }

    /// Beside the sandbox's own variables, which are for the one with nsupdate.
    fn env(self) -> Vec<(String, String)> {
        if self == Script::Nsupdate {
            return Vec::new();
        }
        let path = source("update-dns-knot.sh");
        // It has to be told the zone. Only dns01-exec would do that by itself.
        vec![
            ("EXEC_PATH".to_owned(), path.to_string_lossy().into_owned()),
            ("DNS01_ZONE".to_owned(), "example.test.".to_owned()),
        ]
    }
}

/// How big our programs are, and how soon they have started.
fn sizes(sandbox: &Sandbox) -> Result<(), Box<dyn std::error::Error>> {
    let programs = Programs::release()?;
    println!("{:<28} {:>10} {:>14}", "program", "size", "--version");
    let mut sum = 0;
    for program in Programs::names()? {
        let size = fs::metadata(programs.path(&program))?.len();
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

/// Has each client make its account, and get one certificate that nobody measures.
fn accounts(sandbox: &Sandbox, clients: &[Client]) -> Result<(), Box<dyn std::error::Error>> {
    for client in clients {
        let line = format!(
            "{}\n{}",
            client.account,
            client.line(&[format!("{}-0.example.test", client.tag())])
        );
        measure(sandbox, &line, &client.env, None)?;
    }
    Ok(())
}

/// Certificates for so many names, and the script alone.
fn certificates(
    sandbox: &Sandbox,
    clients: &[Client],
    script: Script,
    count: usize,
    rounds: u32,
) -> Result<(), Box<dyn std::error::Error>> {
    let heading = format!(
        "{count} name{}{}",
        if count == 1 { "" } else { "s" },
        match script {
            Script::Nsupdate => "",
            Script::Knsupdate => ", with knsupdate",
        }
    );
    let mut figures = Figures::new(heading);
    for round in 0..rounds {
        for client in clients.iter().filter(|client| count <= client.most) {
            let line = |run: &str| {
                let tag = format!("{}-{count}-{round}{}{run}", client.tag(), script.tag());
                let names: Vec<String> = (1..=count)
                    .map(|n| format!("n{n}.{tag}.example.test"))
                    .collect();
                client.line(&names)
            };
            let env = [script.env(), client.env.clone()].concat();
            let mut measured = measure(sandbox, &line(""), &env, None)?;
            // To look at processes takes time of its own.
            let looks = if client.ours { CLOSELY } else { NOW_AND_THEN };
            measured.memory = measure(sandbox, &line("-memory"), &env, looks)?.memory;
            figures.add(&client.name, measured);
        }
        for jobs in [1, 8] {
            let line = script_alone(count, jobs);
            let measured = measure(sandbox, &line, &script.env(), None)?;
            figures.add(&format!("the script alone, {jobs} at once"), measured);
        }
    }
    sandbox.assert_nothing_left();
    println!("{figures}");
    Ok(())
}

/// What all clients have in common: the script once to present and once to clean up, for each name.
fn script_alone(count: usize, jobs: usize) -> String {
    let step = |step: &str| {
        format!(
            "seq {count} | xargs -P {jobs} -I% \"$EXEC_PATH\" {step} _acme-challenge.s%.example.test. \
             gfj9Xq-Rg85nM0gfj9Xq-Rg85nM0gfj9Xq-Rg85nM00"
        )
    };
    format!("{} && {}", step("present"), step("cleanup"))
}
