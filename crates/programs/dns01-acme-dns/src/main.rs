//! `dns01-acme-dns`: has an acme-dns server answer dns-01 challenges, as a program that `dns01-exec`, lego and others call, and
//! registers accounts at such a server.

mod account;
mod accounts;
mod acme_dns;
mod api;
mod lock;
mod network;
mod register;
mod settings;
mod storage;
mod web_storage;

use acme_dns::AcmeDns;
use dns_program::{main as run, serve};
use dns01_acme_dns::{PROGRAM, REGISTER};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(&PROGRAM, |args| match args.command() {
        REGISTER => register::run(&args),
        _ => serve(&args, AcmeDns::from_args),
    })
}
