//! A program of this kind from its first instruction to its exit status.

use crate::answer::Answer;
use crate::batch::Batch;
use crate::change::{self, Order};
use crate::failure::Failure;
use crate::record::Record;
use crate::service::{Action, Service};
use crate::table::{CLEANUP, CLEANUP_BATCH, DRY_RUN, PRESENT, PRESENT_BATCH, TIMEOUT, ZONE};
use crate::words::words;
use command::{Args, Program, Usage, masked, message};
use pipeline::{DomainName, Object, Value};
use std::io::Write as _;
use std::process::ExitCode;

/// The exit status of a cleanup that is in vain before somebody changes something: `EX_CONFIG` of sysexits(3), with which
/// `dns01-exec` does not try again.
const IN_VAIN: u8 = 78;

/// As [`command::main`], where three words that name a record are no options, and a cleanup that lacks something exits 78.
pub fn main(
    program: &'static Program,
    body: impl FnOnce(Args) -> Result<ExitCode, Usage>,
) -> ExitCode {
    let body = |args: Args| {
        let is_cleanup = [CLEANUP, CLEANUP_BATCH].contains(&args.command());
        match body(args) {
            Err(usage) if is_cleanup => {
                message::error(&usage.to_string());
                Ok(ExitCode::from(IN_VAIN))
            }
            done => done,
        }
    };
    command::run_words(program, words(), body, |_| ())
}

/// Does what the command of the table says, at the service that `service` makes of the settings. The exit status is 0 where
/// all of it was done, or in a batch where stdout names each record of which that is not so.
///
/// # Errors
/// What is wrong with the command line or the settings: nothing was done. To `timeout` it is answered as well, so that
/// whoever asks knows it before anything is presented.
pub fn serve<S: Service>(
    args: &Args,
    service: impl FnOnce(&Args) -> Result<S, Usage>,
) -> Result<ExitCode, Usage> {
    let made = prepare(args, service);
    if command::is_only_checked() {
        return made.map(|_| ExitCode::SUCCESS);
    }
    if let (TIMEOUT, Err(usage)) = (args.command(), &made) {
        refuse(usage);
    }
    let (service, zone) = made?;
    let dry_run = args.flag(&DRY_RUN)?;
    let order = |action| Order { action, dry_run };
    match args.command() {
        PRESENT => one(&service, order(Action::Present), zone, args),
        CLEANUP => one(&service, order(Action::Cleanup), zone, args),
        PRESENT_BATCH => batch(&service, order(Action::Present), zone.as_ref(), args),
        CLEANUP_BATCH => batch(&service, order(Action::Cleanup), zone.as_ref(), args),
        TIMEOUT => timeout(service.answer(), args),
        other => unreachable!("`{other}` is none of the five commands"),
    }
}

/// The service, and the zone that is told. What the program need not do any more it gives up the right to.
fn prepare<S: Service>(
    args: &Args,
    service: impl FnOnce(&Args) -> Result<S, Usage>,
) -> Result<(S, Option<DomainName>), Usage> {
    // What was presented with these variables is to be removed with them.
    if ![CLEANUP, CLEANUP_BATCH].contains(&args.command()) {
        args.refuse_misspelt_variables()?;
    }
    let service = service(args)?;
    // A program that knows no zones has no such option.
    let zone = match service.has_zones() {
        true => args.text(&ZONE)?,
        false => None,
    };
    let zone = zone.map(|text| {
        let read = DomainName::parse(&text);
        read.map_err(|why| Usage::new(format!("{} {why}: {text:?}", args.name_given(&ZONE))))
    });
    let zone = zone.transpose()?;
    command::give_up_rights(args)?;
    Ok((service, zone))
}

fn one(
    service: &impl Service,
    order: Order,
    zone: Option<DomainName>,
    args: &Args,
) -> Result<ExitCode, Usage> {
    let record = match service.is_raw() {
        true => Record::from_raw_operands(&args.operands)?,
        false => Record::from_operands(&args.operands)?,
    };
    let mut is_printed = true;
    let done = change::all(service, order, &[(&record, zone)], |text| {
        is_printed &= print(text);
    });
    let failed: Vec<&Failure> = done.iter().filter_map(|done| done.as_ref().err()).collect();
    for failure in &failed {
        message::error(&failure.to_string());
    }
    match order.action {
        Action::Cleanup if failed.iter().any(|failure| failure.is_permanent) => {
            Ok(ExitCode::from(IN_VAIN))
        }
        _ => Ok(status(failed.is_empty() && is_printed)),
    }
}

fn batch(
    service: &impl Service,
    order: Order,
    zone: Option<&DomainName>,
    args: &Args,
) -> Result<ExitCode, Usage> {
    args.no_operands("a batch has its challenges on standard input")?;
    let batch = Batch::read(std::io::stdin());
    // What a person says counts more than what a challenge does.
    let told = zone.filter(|_| args.is_given(&ZONE));
    let records: Vec<(&Record, Option<DomainName>)> = batch
        .entries
        .iter()
        .map(|entry| {
            (
                &entry.record,
                told.or(entry.zone.as_ref()).or(zone).cloned(),
            )
        })
        .collect();
    let mut is_printed = true;
    let done = change::all(service, order, &records, |text| is_printed &= print(text));
    let failed = batch.entries.iter().zip(&done).filter_map(|(entry, done)| {
        let failure = done.as_ref().err()?;
        Some(entry.report(failure))
    });
    for report in batch.refused.iter().cloned().chain(failed) {
        is_printed &= print(&format!("{report}\n"));
    }
    Ok(status(is_printed && batch.are_all_named))
}

fn timeout(answer: Answer, args: &Args) -> Result<ExitCode, Usage> {
    args.no_operands("`timeout` takes options only")?;
    let answer = Value::from(answer.to_object());
    Ok(status(print(&format!("{answer}\n"))))
}

/// Answers what is wrong to whoever asks with `timeout`.
fn refuse(usage: &Usage) {
    let error = masked(&usage.to_string()).into_owned();
    let answer = Object::from_iter([("error".to_owned(), error.into())]);
    print(&format!("{}\n", Value::from(answer)));
}

/// Prints a text. Returns whether that worked, which is said where it did not.
fn print(text: &str) -> bool {
    let mut stdout = std::io::stdout();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Ok(()) => true,
        Err(error) => {
            message::error(&format!("cannot write to standard output: {error}"));
            false
        }
    }
}

fn status(is_well: bool) -> ExitCode {
    match is_well {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
