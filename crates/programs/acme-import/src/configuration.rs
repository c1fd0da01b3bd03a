//! Where the configuration goes: into a file of its own, or at the end of the one that is there. What a person has written there
//! is never changed, and nothing is written that acme-renew would refuse.

mod addition;
mod contents;

use crate::options::Options;
use crate::taken::Taken;
use ::configuration::Configuration;
use addition::There;
use command::message;
use std::path::{Path, PathBuf};

pub(crate) use contents::check;

/// The largest file that is read, in bytes; no configuration is larger.
const LARGEST: u64 = 4 << 20;
/// Behind the name of a configuration that is written beside another.
const BESIDE: &str = ".import";

/// Writes the configuration for what is here, unless it is written already.
///
/// # Errors
/// In words: it cannot be written, or acme-renew would refuse it.
pub(crate) fn keep(options: &Options, taken: &[Taken]) -> Result<(), String> {
    if !options.writes || taken.is_empty() {
        return Ok(());
    }
    let path = (!options.is_usual_path).then_some(options.path.as_path());
    let text = contents::text(taken, path);
    let output = &options.output;
    if output.symlink_metadata().is_err() && put(output, &text)? {
        let way = contents::way_of_new(taken);
        let comments = taken.iter().filter(|one| contents::is_elsewhere(one, &way));
        let comments: Vec<&str> = comments.map(|one| one.name.as_str()).collect();
        warn_of_comments(output, &comments);
        return Ok(());
    }
    let Err(why) = add(options, taken) else {
        return Ok(());
    };
    let beside = beside(output);
    let shown = beside.display();
    if beside.symlink_metadata().is_ok() || !put(&beside, &text)? {
        let there = files::read_bounded(&beside, LARGEST);
        if !there.is_ok_and(|there| there == text.as_bytes()) {
            return Err(format!(
                "{why}; and nothing is written beside it, since {shown} is there, with something else in it"
            ));
        }
    }
    message::warning(&format!(
        "{why}; what {shown} has is renewed once it stands in there"
    ));
    Ok(())
}

/// Puts a file there that acme-renew will read. Returns false where another process was quicker.
fn put(place: &Path, text: &str) -> Result<bool, String> {
    let failed = |error: std::io::Error| format!("cannot write {}: {error}", place.display());
    if let Some(directory) = place.parent() {
        files::trust_mode_of_dir(directory).map_err(failed)?;
    }
    let read = Configuration::of_text(place, text, &addition::SETTINGS);
    read.map_err(|why| format!("no configuration was written, since it would be refused: {why}"))?;
    if !files::write_new(place, text.as_bytes()).map_err(failed)? {
        return Ok(false);
    }
    message::note(&format!("wrote the configuration {}", place.display()));
    Ok(true)
}

/// Adds to the file that is there what it lacks.
///
/// # Errors
/// In words: why it stays as it is.
fn add(options: &Options, taken: &[Taken]) -> Result<(), String> {
    let place = options.output.as_path();
    let shown = place.display();
    let stays = |why: String| format!("{shown} stays as it is: {why}");
    let old = files::read_trusted(place, LARGEST).map_err(|error| stays(error.to_string()))?;
    let old = String::from_utf8(old).map_err(|_| stays("it is not UTF-8".to_owned()))?;
    let there = There {
        place,
        text: &old,
        kept: &options.path,
        is_usual: options.is_usual_path,
    };
    let addition = there.lacking(taken).map_err(stays)?;
    if addition.text.is_empty() {
        return Ok(());
    }
    let new = format!("{old}{}", addition.text);
    files::rewrite_file(place, old.as_bytes(), new.as_bytes())
        .map_err(|error| stays(error.to_string()))?;
    if !addition.names.is_empty() {
        let names = addition.names.join(", ");
        message::note(&format!("added to the configuration {shown}: {names}"));
    }
    warn_of_comments(place, &addition.comments);
    Ok(())
}

/// Says which certificates are not renewed by a file that has them as comments.
fn warn_of_comments<T: AsRef<str>>(place: &Path, names: &[T]) {
    for name in names {
        message::warning(&format!(
            "{}: its records are at another service than those of others, so it is only a comment in {}: give it a file of its own",
            name.as_ref(),
            place.display()
        ));
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(BESIDE);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn only_what_acme_renew_reads_is_put_where_nothing_is() {
        let dir = tempfile::tempdir().expect("a directory");
        let place = dir.path().join("acmepipe.toml");
        let one = "[[certificate]]\ndomains = 'a.test'\n";
        let refused = put(&place, &one.repeat(2)).expect_err("twice the same");
        assert!(refused.contains("has the name `a.test` too"), "{refused}");
        assert!(!place.exists());
        assert_eq!(put(&place, one), Ok(true));
        assert_eq!(put(&place, "# another\n"), Ok(false));
        assert_eq!(fs::read(&place).expect("there"), one.as_bytes());
        assert_eq!(beside(&place), dir.path().join("acmepipe.toml.import"));
        let nowhere = dir.path().join("none/acmepipe.toml");
        assert!(put(&nowhere, one).is_err());
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).expect("ours");
        assert!(put(&dir.path().join("open.toml"), one).is_err());
    }
}
