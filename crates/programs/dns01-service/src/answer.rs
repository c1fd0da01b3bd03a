//! What is printed: the answer to `timeout`, and the table.

use crate::environment::times;
use command::{Args, Usage, masked, message};
use dns_program::Answer;
use serde_json::{Value, json};
use services::{Prepared, Service, Through};
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::process::ExitCode;

/// Prints how long propagation takes, and how the program is best called.
///
/// # Errors
/// There are words that do not belong there.
pub(crate) fn print(
    service: &Service,
    prepared: &Prepared,
    args: &Args,
) -> Result<ExitCode, Usage> {
    args.no_operands("`timeout` takes options only")?;
    let (timeout, interval) = times(service, args);
    let jobs = usize::try_from(service.jobs).unwrap_or(1);
    let answer = Answer {
        timeout,
        interval,
        batch: prepared.through == Through::Lexicon,
        jobs: NonZeroUsize::new(jobs)
            .filter(|jobs| jobs.get() > 1 && prepared.through == Through::AcmeSh),
        one_per_name: prepared.one_per_name,
    };
    Ok(write(&format!("{}\n", Value::from(answer.to_object()))))
}

/// Answers what is wrong, so that whoever asks knows it before anything is presented.
pub(crate) fn refuse(usage: &Usage) {
    let error = masked(&usage.to_string()).into_owned();
    write(&format!("{}\n", json!({"error": error})));
}

/// Prints a text.
pub(crate) fn write(text: &str) -> ExitCode {
    let mut stdout = std::io::stdout();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            message::error(&format!("cannot write to standard output: {error}"));
            ExitCode::FAILURE
        }
    }
}
