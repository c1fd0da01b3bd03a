//! Handlers for further kinds of programs that are registered with the system: qemu for other machines, wine for those of
//! Windows (Linux's Documentation/admin-guide/binfmt-misc.rst).

use super::facts::{is_marked_script, is_text, is_utf16};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Where the system shows them, if it can have any.
const DIRECTORY: &str = "/proc/sys/fs/binfmt_misc";

/// Whether one of them may run this file, which begins with `head`.
pub(super) fn may_run(program: &Path, head: &[u8]) -> bool {
    match handlers() {
        Some(handlers) => handlers.iter().any(|one| takes(one, program, head)),
        None => may_be_taken_unseen(program, head),
    }
}

/// What the system shows of each; nothing where it may have some and does not show them, as in a container.
fn handlers() -> Option<Vec<String>> {
    let directory = Path::new(DIRECTORY);
    if !directory.exists() && directory.parent().is_some_and(Path::exists) {
        return Some(Vec::new());
    }
    let status = fs::read_to_string(directory.join("status")).ok()?;
    if status.trim() == "disabled" {
        return Some(Vec::new());
    }
    let entries = fs::read_dir(directory).ok()?;
    let names = entries.map(|entry| Some(entry.ok()?.file_name()));
    let names = names.collect::<Option<Vec<_>>>()?;
    let others = names
        .iter()
        .filter(|name| *name != "status" && *name != "register");
    others
        .map(|name| fs::read_to_string(directory.join(name)).ok())
        .collect()
}

/// Whether a handler that is not shown may take a file. Nobody registers one for what begins with `#!`, or for nothing; for
/// other text it goes by the name's ending.
fn may_be_taken_unseen(program: &Path, head: &[u8]) -> bool {
    let is_for_shell = || program.extension().is_none_or(|ending| ending == "sh");
    let is_script = head.is_empty() || head.starts_with(b"#!") || is_marked_script(head);
    let is_text = is_text(head) || is_utf16(head);
    !(is_script || is_text && is_for_shell())
}

/// Whether a handler takes a file. One that cannot be understood may take any.
fn takes(handler: &str, program: &Path, head: &[u8]) -> bool {
    if handler.lines().next() == Some("disabled") {
        return false;
    }
    let field = |name: &str| handler.lines().find_map(|line| line.strip_prefix(name));
    if let Some(extension) = field("extension .") {
        let name = program.as_os_str().as_bytes();
        let mut parts = name.rsplitn(2, |byte| *byte == b'.');
        let last = parts.next();
        return parts.next().is_some() && last == Some(extension.as_bytes());
    }
    let offset = field("offset ").and_then(|offset| offset.trim().parse::<usize>().ok());
    let magic = field("magic ").and_then(bytes);
    let (Some(offset), Some(magic)) = (offset, magic) else {
        return true;
    };
    let mask = match field("mask ") {
        Some(mask) => bytes(mask),
        None => Some(vec![0xff; magic.len()]),
    };
    let Some(mask) = mask.filter(|mask| mask.len() == magic.len()) else {
        return true;
    };
    // What a file is too short for counts as zeros.
    let there = head
        .iter()
        .copied()
        .chain(std::iter::repeat(0))
        .skip(offset);
    let mut pairs = there.zip(magic.iter().zip(&mask));
    pairs.all(|(byte, (magic, mask))| (byte ^ magic) & mask == 0)
}

/// The bytes that hexadecimal digits stand for.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.trim().as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let is_even = digits.len().is_multiple_of(2);
    is_even
        .then(|| digits.chunks(2).map(byte).collect())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_that_is_not_shown_takes_no_script() {
        for (program, head, expected) in [
            ("/x.py", &b"#!/bin/sh\r\n"[..], false),
            ("/x.py", b"\xef\xbb\xbf#!/bin/sh\n", false),
            ("/x.py", b"", false),
            ("/x", b"exit 0\n", false),
            ("/x.sh", b"exit 0\n", false),
            ("/x.sh", b"\xff\xfe#\0!\0", false),
            ("/x.py", b"\xff\xfe#\0!\0", true),
            ("/x.go", b"package main\n", true),
            ("/x", b"\x7fELF\x01", true),
            ("/x", b"MZ\x90\0", true),
        ] {
            let may = may_be_taken_unseen(Path::new(program), head);
            assert_eq!(may, expected, "{program} {head:?}");
        }
    }

    #[test]
    fn a_handler_takes_a_file_by_its_beginning_or_by_its_name() {
        let qemu = "enabled\ninterpreter /usr/bin/qemu-aarch64-static\nflags: OCF\noffset 0\nmagic 7f454c4602\nmask ffffffff00\n";
        let python = "enabled\ninterpreter /usr/bin/python3\nflags: \nextension .py\n";
        let pyc = "enabled\ninterpreter /usr/bin/python3.13\nflags: \noffset 1\nmagic 0d0d0a00\n";
        let disabled = qemu.replace("enabled", "disabled");
        for (handler, program, head, expected) in [
            (qemu, "/x", &b"\x7fELF\x01"[..], true),
            (qemu, "/x", b"\x7fELG\x01", false),
            (qemu, "/x", b"#!/bin/sh\r", false),
            (&disabled, "/x", b"\x7fELF\x01", false),
            (python, "/x.py", b"", true),
            (python, "/x.py.sh", b"", false),
            (python, "/py", b"", false),
            (pyc, "/x", b"\xf3\x0d\x0d\x0a", true),
            (pyc, "/x", b"\xf3\x0d\x0d", false),
            (pyc, "/x", b"", false),
            // Something that this does not know.
            ("enabled\n", "/x", b"", true),
            ("enabled\noffset 0\nmagic 7f4\n", "/x", b"", true),
            ("enabled\noffset 0\nmagic 7f45\nmask ff\n", "/x", b"", true),
        ] {
            assert_eq!(
                takes(handler, Path::new(program), head),
                expected,
                "{handler} {program}"
            );
        }
    }
}
