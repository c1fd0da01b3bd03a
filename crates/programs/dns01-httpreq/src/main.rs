//! `dns01-httpreq`: has an HTTP server add and remove the records of dns-01 challenges, as a program that `dns01-exec`, lego and
//! others call.

mod http_req;
mod message;
mod settings;

use dns_program::{main as run, serve};
use dns01_httpreq::PROGRAM;
use http_req::HttpReq;
use std::process::ExitCode;

fn main() -> ExitCode {
    run(&PROGRAM, |args| serve(&args, HttpReq::from_args))
}
