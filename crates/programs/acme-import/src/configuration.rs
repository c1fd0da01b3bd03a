//! Where the configuration goes: never over a file that is there.

mod contents;

use crate::options::Options;
use crate::taken::Taken;
use ::configuration::Configuration;
use command::message;
use std::path::{Path, PathBuf};

/// The largest file that is compared, in bytes; no configuration is larger.
const LARGEST: u64 = 4 << 20;
/// Behind the name of a configuration that is written beside another.
const BESIDE: &str = ".import";

/// Writes the configuration for what is here, unless it is written already.
///
/// # Errors
/// In words: it cannot be written, or other files are in its places.
pub(crate) fn keep(options: &Options, taken: &[Taken]) -> Result<(), String> {
    if !options.writes || taken.is_empty() {
        return Ok(());
    }
    let path = (!options.is_usual_path).then_some(options.path.as_path());
    let text = contents::text(taken, path);
    let output = &options.output;
    if names_all(output, taken) || put(output, &text)? {
        return Ok(());
    }
    let beside = beside(output);
    let (output, shown) = (output.display(), beside.display());
    if !put(&beside, &text)? {
        return Err(format!(
            "no configuration was written: {output} is there, and so is {shown}, with something else in it"
        ));
    }
    message::warning(&format!(
        "{output} is there and stays as it is: what {shown} has is renewed once it stands in there"
    ));
    Ok(())
}

/// Whether a configuration is there that has all of these, since a person has gone on with it.
fn names_all(place: &Path, taken: &[Taken]) -> bool {
    let Ok(there) = Configuration::read(place, &[]) else {
        return false;
    };
    let has = |one: &Taken| {
        let mut names = there.certificates.iter().map(|known| &known.name);
        names.any(|name| *name == one.name)
    };
    taken.iter().all(has)
}

/// Puts it there, or finds it there. Returns false where something else is.
fn put(place: &Path, text: &str) -> Result<bool, String> {
    let failed = |error: std::io::Error| format!("cannot write {}: {error}", place.display());
    // What is there is not to be touched, nor the directory that it is in.
    let is_there = place.symlink_metadata().is_ok();
    if !is_there && files::write_new(place, text.as_bytes()).map_err(failed)? {
        message::note(&format!("wrote the configuration {}", place.display()));
        return Ok(true);
    }
    let there = files::read_bounded(place, LARGEST);
    Ok(there.is_ok_and(|there| there == text.as_bytes()))
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

    #[test]
    fn a_file_that_is_there_stays_as_it_is() {
        let dir = tempfile::tempdir().expect("a directory");
        let place = dir.path().join("acmepipe.toml");
        assert_eq!(put(&place, "one"), Ok(true));
        assert_eq!(put(&place, "one"), Ok(true));
        assert_eq!(put(&place, "two"), Ok(false));
        assert_eq!(fs::read(&place).expect("there"), b"one");
        assert_eq!(beside(&place), dir.path().join("acmepipe.toml.import"));
        let nowhere = dir.path().join("none/acmepipe.toml");
        assert!(put(&nowhere, "one").is_err());
    }
}
