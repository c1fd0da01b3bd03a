//! Why the system cannot run a file, by what is in it (execve(2)): a pure function of facts, and what gathers them.

mod binfmt_misc;
mod elf;
mod facts;
mod script;
mod unrunnable;

pub use unrunnable::Unrunnable;

use facts::{Facts, is_marked_script, is_text, is_utf16};
use std::ffi::OsStr;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// How much of a file the system looks at to see what kind it is, in bytes (BINPRM_BUF_SIZE).
const LONGEST_HEAD: usize = 256;

/// Why the system itself cannot run this file; nothing where it can, where the file cannot be read, and where the file
/// alone does not tell. Handlers that are registered with the system (binfmt_misc) may run it all the same.
pub(crate) fn unrunnable(program: &Path) -> Option<Unrunnable> {
    let file = File::open(program).ok()?;
    // What cannot be read is not empty.
    file.read_at(&mut [0], 0).ok()?;
    judge(&Facts {
        read: &|offset, length| read_at(&file, offset, length),
        exists: &may_exist,
        is_in_path: &may_be_in_path,
        architecture: std::env::consts::ARCH,
    })
}

/// As [`unrunnable`], and nothing either where a registered handler may run it.
pub(crate) fn certainly_unrunnable(program: &Path) -> Option<Unrunnable> {
    let why = unrunnable(program)?;
    let head = read_at(&File::open(program).ok()?, 0, LONGEST_HEAD);
    (!binfmt_misc::may_run(program, &head)).then_some(why)
}

fn judge(facts: &Facts<'_>) -> Option<Unrunnable> {
    let head = (facts.read)(0, LONGEST_HEAD);
    match head.as_slice() {
        [] => Some(Unrunnable::Empty),
        [b'#', b'!', line @ ..] => script::judge(line, head.len() == LONGEST_HEAD, facts),
        marked if is_marked_script(marked) => Some(Unrunnable::ByteOrderMark),
        text if is_utf16(text) => Some(Unrunnable::Utf16),
        [0x7f, b'E', b'L', b'F', ..] => elf::judge(facts),
        text if is_text(text) => Some(Unrunnable::Text),
        _ => None,
    }
}

/// What is there of these bytes.
fn read_at(file: &File, offset: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while filled < length {
        match file.read_at(&mut bytes[filled..], offset.saturating_add(filled as u64)) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    bytes.truncate(filled);
    bytes
}

fn may_exist(path: &Path) -> bool {
    let missing = [ErrorKind::NotFound, ErrorKind::NotADirectory];
    std::fs::metadata(path).map_or_else(|error| !missing.contains(&error.kind()), |_| true)
}

fn may_be_in_path(name: &OsStr) -> bool {
    // Without the variable, env(1) has a default of its own.
    let Some(path) = std::env::var_os("PATH") else {
        return true;
    };
    std::env::split_paths(&path).any(|directory| may_exist(&directory.join(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found out about a file with these bytes, on an x86-64 machine.
    pub(super) fn judged(bytes: &[u8]) -> Option<Unrunnable> {
        let exists = ["/bin/sh", "/usr/bin/env", "/bin/cr\r", "/lib64/ld.so", "sh"];
        judge(&Facts {
            read: &|offset, length| {
                let from = usize::try_from(offset)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                let to = from.saturating_add(length).min(bytes.len());
                bytes[from..to].to_vec()
            },
            exists: &|path| exists.iter().any(|known| path == Path::new(known)),
            is_in_path: &|name| name == "python3",
            architecture: "x86_64",
        })
    }

    #[test]
    fn what_is_neither_script_nor_program_is_told_from_what_may_be_something_else() {
        for (bytes, expected) in [
            (&b""[..], Some(Unrunnable::Empty)),
            (b"\n", Some(Unrunnable::Text)),
            (b"echo \"$2\"\n", Some(Unrunnable::Text)),
            (b" #!/bin/sh\n", Some(Unrunnable::Text)),
            (b"# caf\xe9\n", Some(Unrunnable::Text)),
            (b"#", Some(Unrunnable::Text)),
            (b"\xef\xbb\xbf#!/bin/sh\n", Some(Unrunnable::ByteOrderMark)),
            (b"\xef\xbb\xbfecho\n", Some(Unrunnable::Text)),
            (b"\xff\xfe#\0!\0/\0", Some(Unrunnable::Utf16)),
            (b"\xfe\xff\0#\0!\0/", Some(Unrunnable::Utf16)),
            (b"#\0!\0/\0", Some(Unrunnable::Utf16)),
            (b"\0#\0!\0/", Some(Unrunnable::Utf16)),
            (b"\0#\0", None),
            // A program of Windows, an old one of this system, and one of a system without a memory management unit.
            (b"MZ\x90\0", None),
            (b"\x0b\x01\x64\0", None),
            (b"bFLT\0\0\0\x04", None),
        ] {
            assert_eq!(
                judged(bytes),
                expected,
                "{:?}",
                bytes.escape_ascii().to_string()
            );
        }
    }

    #[test]
    fn what_this_machine_runs_is_not_refused() {
        for program in ["/bin/sh", "/usr/bin/env", "/proc/self/exe"] {
            assert_eq!(unrunnable(Path::new(program)), None, "{program}");
        }
        assert_eq!(unrunnable(Path::new("/no/such/file")), None);
        assert_eq!(unrunnable(Path::new("/")), None);
    }
}
