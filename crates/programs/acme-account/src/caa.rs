//! `acme-account caa`: CAA records that tie names to an account and to dns-01.

use crate::caa_records::{Issuer, Record, is_method, records};
use crate::failure::Failure;
use crate::output;
use crate::place::Place;
use acme_account::{JSON, METHOD};
use command::{Args, Usage};
use names::Names;

type Work = Box<dyn FnOnce() -> Result<(), Failure>>;

/// The only method that these programs use.
const DEFAULT_METHOD: &str = "dns-01";

pub(crate) fn prepare(args: &Args, place: Place) -> Result<Work, Failure> {
    let written: Vec<String> = args
        .operands
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    if written.is_empty() {
        return Err(Usage::new("say for which names: example.com '*.example.com'").into());
    }
    let names = Names::parse(written.iter().map(String::as_str)).map_err(Usage::new)?;
    let mut methods = args.list(&METHOD)?;
    if let Some(wrong) = methods.iter().find(|method| !is_method(method)) {
        return Err(Usage::new(format!("--method takes a method, not `{wrong}`")).into());
    }
    if methods.is_empty() {
        methods.push(DEFAULT_METHOD.to_owned());
    }
    let is_json = args.flag(&JSON)?;
    Ok(Box::new(move || {
        let account = place.kept()?;
        let issuer = Issuer {
            identities: &account.ca().directory().meta.caa_identities,
            account: account.url(),
            methods: &methods.join(","),
        };
        let records = records(&names.ordered, &issuer)
            .map_err(|why| Failure::failed(format!("{}: {why}", place.directory)))?;
        match is_json {
            true => output::print_documents(records.iter().map(Record::document)),
            false => output::print(&records.iter().map(Record::line).collect::<String>()),
        }
    }))
}
