//! `sandbox COMMAND`: runs a command in a sandbox of its own.

use std::env;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitCode;

use lexopt::Arg::{Long, Short, Value};
use sandbox::{Config, Sandbox, Zone};

const HELP: &str = "\
usage: sandbox [--zone NAME]... [--] [COMMAND [ARGUMENT]...]

Starts a CA and name servers in a network namespace of its own, runs COMMAND (a shell if none is given) in it with the
programs in its PATH and LEGO_*, EXEC_PATH set for them, and exits with its status. Nothing is left afterwards.

  --zone NAME   a zone for this name, too: its last two labels, below test.
  --release     with the programs as make builds them
  --caddy       with Caddy as a second CA, which the programs ask
  --testing     with the newest Pebble, from Debian testing
  --help        this text

Zones: example.test on three servers, sub.example.test on a fourth, auth.test, where
_acme-challenge.cname.example.test leads, and _acme-challenge.delegated.example.test, a zone of its own.
";

fn main() -> ExitCode {
    match run() {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("sandbox: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<u8, Box<dyn std::error::Error>> {
    let mut config = Config::demo();
    let mut command: Vec<OsString> = Vec::new();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(0);
            }
            Long("release") => config.release = true,
            Long("caddy") => config.caddy = true,
            Long("testing") => config.pebble.testing = true,
            Long("zone") => {
                let zone = zone_for(&parser.value()?.to_string_lossy())?;
                if config.zones.iter().all(|each| each.name != zone.name) {
                    config.zones.push(zone);
                }
            }
            Value(program) => {
                command.push(program);
                command.extend(parser.raw_args()?);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let shell = command.is_empty();
    if shell {
        command.push(env::var_os("SHELL").unwrap_or_else(|| "/bin/sh".into()));
    }

    let sandbox = Sandbox::try_with(config)?;
    if !sandbox.programs_are_fresh() {
        eprintln!("sandbox: not all programs were built, some may be missing or old");
    }
    let [program, arguments @ ..] = command.as_slice() else {
        return Ok(0);
    };
    let status = sandbox.run_here(program, arguments, shell)?;
    let code = status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    Ok(u8::try_from(code).unwrap_or(1))
}

/// The zone that a name belongs to here: its last two labels.
fn zone_for(name: &str) -> Result<Zone, String> {
    let lower = name
        .trim_start_matches("*.")
        .trim_end_matches('.')
        .to_ascii_lowercase();
    let is_plain = |label: &&str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let labels: Vec<&str> = lower.rsplit('.').collect();
    match labels.as_slice() {
        ["test", registered, ..] if labels.iter().all(is_plain) => {
            Ok(Zone::new(&format!("{registered}.test")).minimum(1))
        }
        _ => Err(format!(
            "`{name}`: names in the sandbox are below .test, of letters, digits and hyphens (international ones as A-labels)"
        )),
    }
}
