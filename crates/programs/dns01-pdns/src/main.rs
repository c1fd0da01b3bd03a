//! `dns01-pdns`: adds and removes the records of dns-01 challenges at a PowerDNS server, by its HTTP API, as a program that
//! `dns01-exec`, lego and others call.

mod api;
mod made;
mod plan;
mod power_dns;
mod reading;
mod server_lock;
mod settings;
mod txt;
mod version;
mod zone;

use dns_program::{main as run, serve};
use dns01_pdns::PROGRAM;
use power_dns::PowerDns;
use std::process::ExitCode;

fn main() -> ExitCode {
    run(&PROGRAM, |args| serve(&args, PowerDns::from_args))
}
