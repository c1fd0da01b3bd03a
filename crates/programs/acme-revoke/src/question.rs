//! What a person is asked on a terminal before a certificate is revoked: that cannot be undone.

use crate::reason::{self, REASONS, Reason};
use crate::subject::Subject;
use acme_revoke::{REASON, YES};
use command::question::{ask, is_possible, is_yes};
use command::text::clean;
use command::{Args, Usage};
use std::fmt::Write as _;
use std::io;

/// How often a reason is asked for that is none.
const TRIES: u32 = 3;

/// Asks for the reason, where none is given, and whether to revoke. Returns whether a person agrees.
///
/// # Errors
/// Nobody can be asked, and `--yes` is not given.
pub(crate) fn agree(
    args: &Args,
    subjects: &[Subject],
    reason: &mut Option<Reason>,
) -> Result<bool, Usage> {
    if args.flag(&YES)? {
        return Ok(true);
    }
    if !is_possible() {
        return Err(Usage::new(
            "a certificate that is revoked stays so, and nobody can be asked: say --yes",
        ));
    }
    if !args.is_given(&REASON) {
        match ask_reason()? {
            Some(answer) => *reason = Some(answer),
            None => return Ok(false),
        }
    }
    let mut question = String::new();
    for subject in subjects {
        let _ = writeln!(question, "{}", subject.in_words());
    }
    let why = reason.map_or(String::new(), |reason| format!(" ({})", reason.name));
    let what = match subjects.len() {
        1 => "it".to_owned(),
        count => format!("these {count}"),
    };
    let _ = write!(
        question,
        "Revoke {what}{why}? That cannot be undone. [y/N] "
    );
    let answer = ask(&question)?;
    Ok(answer.is_some_and(|answer| is_yes(&answer)))
}

fn ask_reason() -> io::Result<Option<Reason>> {
    let mut question = String::from("Why is it revoked?\n");
    for Reason {
        number,
        name,
        about,
    } in REASONS
    {
        let _ = writeln!(question, "  {number}  {name}: {about}");
    }
    question.push_str("Reason [0] ");
    for _ in 0..TRIES {
        let Some(answer) = ask(&question)? else {
            return Ok(None);
        };
        let answer = if answer.is_empty() { "0" } else { &answer };
        match reason::parse(answer) {
            Ok(reason) => return Ok(Some(reason)),
            Err(why) => question = format!("{}\nReason [0] ", clean(&why)),
        }
    }
    Ok(None)
}
