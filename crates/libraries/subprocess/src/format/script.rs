//! The first line of a script, as the system reads it (load_script of binfmt_script.c).

use super::facts::Facts;
use super::unrunnable::Unrunnable;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Where env(1) is, which looks for the interpreter itself.
const ENV: [&str; 2] = ["/usr/bin/env", "/bin/env"];

/// Judges a script by what stands after `#!`. `is_cut` tells that the file goes on behind these bytes.
pub(super) fn judge(after: &[u8], is_cut: bool, facts: &Facts<'_>) -> Option<Unrunnable> {
    let end = after.iter().position(|byte| matches!(byte, b'\n' | 0));
    let line = trim_start(&after[..end.unwrap_or(after.len())]);
    let blank = line.iter().position(is_blank);
    if end.or(blank).is_none() && is_cut {
        // The name may go on.
        return None;
    }
    let (interpreter, argument) = line.split_at(blank.unwrap_or(line.len()));
    if interpreter.is_empty() {
        return Some(Unrunnable::NoInterpreter);
    }
    let path = Path::new(OsStr::from_bytes(interpreter));
    if (facts.exists)(path) {
        let is_env = ENV.iter().any(|env| path == Path::new(env));
        return is_env.then(|| judge_env(trim(argument), facts)).flatten();
    }
    Some(match interpreter.strip_suffix(b"\r") {
        Some(name) => Unrunnable::CarriageReturn(text(name)),
        None => Unrunnable::MissingInterpreter(path.to_owned()),
    })
}

/// Judges what env(1) is to look for. It gets all that stands after its own name as one word.
fn judge_env(word: &[u8], facts: &Facts<'_>) -> Option<Unrunnable> {
    let is_name = !word.is_empty()
        && !word.starts_with(b"-")
        && !word.iter().any(|byte| matches!(byte, b'=' | b'/'));
    if !is_name || (facts.is_in_path)(OsStr::from_bytes(word)) {
        return None;
    }
    Some(match word.strip_suffix(b"\r") {
        Some(name) => Unrunnable::CarriageReturn(text(name)),
        None => Unrunnable::NotInPath(text(word)),
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn trim_start(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !is_blank(byte));
    &bytes[start.unwrap_or(bytes.len())..]
}

fn trim(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| !is_blank(byte));
    trim_start(&bytes[..end.map_or(0, |last| last + 1)])
}

#[cfg(test)]
mod tests {
    use super::super::tests::judged;
    use super::*;

    #[test]
    fn a_script_is_judged_by_the_interpreter_that_its_first_line_names() {
        let missing = |path: &str| Some(Unrunnable::MissingInterpreter(path.into()));
        let carriage_return = |name: &str| Some(Unrunnable::CarriageReturn(name.to_owned()));
        let not_in_path = |name: &str| Some(Unrunnable::NotInPath(name.to_owned()));
        for (line, expected) in [
            ("#!/bin/sh\n", None),
            ("#!/bin/sh", None),
            ("#! \t/bin/sh -e \nexit\r\n", None),
            ("#!/bin/sh -e\r\n", None),
            ("#!sh\n", None),
            ("#!/bin/sh\0x\n", None),
            ("#!/bin/cr\r\n", None),
            ("#!/bin/sh\r\nexit\r\n", carriage_return("/bin/sh")),
            ("#!/bin/sh\r", carriage_return("/bin/sh")),
            ("#!/usr/bin/env python3\r\n", carriage_return("python3")),
            ("#!\n/bin/sh\n", Some(Unrunnable::NoInterpreter)),
            ("#!", Some(Unrunnable::NoInterpreter)),
            ("#! \t\n", Some(Unrunnable::NoInterpreter)),
            ("#!/bin/zsh\n", missing("/bin/zsh")),
            ("#!/bin/zsh -e\n", missing("/bin/zsh")),
            ("#!/bin/zsh\0x\n", missing("/bin/zsh")),
            ("#!/usr/bin/env python3\n", None),
            ("#!/usr/bin/env perl\n", not_in_path("perl")),
            ("#!/usr/bin/env python3 -u\n", not_in_path("python3 -u")),
            // What env does with these is not known here.
            ("#!/usr/bin/env\n", None),
            ("#!/usr/bin/env -S perl -w\n", None),
            ("#!/usr/bin/env A=1\n", None),
            ("#!/usr/bin/env ./perl\n", None),
        ] {
            assert_eq!(judged(line.as_bytes()), expected, "{line:?}");
        }
    }

    #[test]
    fn a_name_that_goes_on_beyond_what_the_system_reads_is_not_judged() {
        let line = |length: usize, after: &str| format!("#!{}{after}", "/".repeat(length));
        assert_eq!(judged(line(254, "x\n").as_bytes()), None);
        assert_eq!(judged(line(300, "").as_bytes()), None);
        for known in [line(253, "\n"), line(253, " x"), line(100, "")] {
            let verdict = judged(known.as_bytes());
            assert!(
                matches!(verdict, Some(Unrunnable::MissingInterpreter(_))),
                "{known}"
            );
        }
    }
}
