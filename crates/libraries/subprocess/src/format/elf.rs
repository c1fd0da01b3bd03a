//! The header of a compiled program: elf(5).

use super::facts::Facts;
use super::unrunnable::Unrunnable;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The longest header.
const HEADER: usize = 64;
/// The most that the system reads of program headers, in bytes.
const MOST_PROGRAM_HEADERS: usize = 65_536;
/// The longest name of a loader, its NUL included (PATH_MAX).
const LONGEST_NAME: usize = 4096;
/// The type of the program header that names the loader.
const PT_INTERP: u64 = 3;

/// Kinds of machines, by `e_machine`, with what they are called.
const MACHINES: [(u64, &str); 11] = [
    (3, "32-bit x86"),
    (8, "MIPS"),
    (20, "32-bit PowerPC"),
    (21, "64-bit PowerPC"),
    (22, "IBM Z"),
    (40, "32-bit ARM"),
    (43, "64-bit SPARC"),
    (62, "x86-64"),
    (183, "64-bit ARM"),
    (243, "RISC-V"),
    (258, "LoongArch"),
];

/// The kinds of programs that a kernel for this machine may run, the machine's own first; empty where that is not known.
fn own(architecture: &str) -> &'static [u64] {
    match architecture {
        "x86_64" => &[62, 3, 6],
        "x86" => &[3, 6, 62],
        "aarch64" => &[183, 40],
        "arm" => &[40, 183],
        "riscv64" | "riscv32" => &[243],
        "loongarch64" => &[258],
        "s390x" => &[22],
        _ => &[],
    }
}

/// Numbers in the order of bytes that a file says.
struct Numbers<'a> {
    bytes: &'a [u8],
    is_big_endian: bool,
}

impl Numbers<'_> {
    /// The number of this many bytes at this place, if the file has it.
    fn at(&self, place: usize, length: usize) -> Option<u64> {
        let bytes = self.bytes.get(place..place.checked_add(length)?)?;
        let join = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(match self.is_big_endian {
            true => bytes.iter().fold(0, join),
            false => bytes.iter().rev().fold(0, join),
        })
    }
}

/// Judges a compiled program. Whatever is odd about it is left to the system.
pub(super) fn judge(facts: &Facts<'_>) -> Option<Unrunnable> {
    let header = (facts.read)(0, HEADER);
    let is_64_bit = match header.get(4)? {
        1 => false,
        2 => true,
        _ => return None,
    };
    let numbers = Numbers {
        bytes: &header,
        is_big_endian: *header.get(5)? == 2,
    };
    let machine = numbers.at(18, 2)?;
    let own = own(facts.architecture);
    if !own.is_empty() && !own.contains(&machine) {
        return Some(Unrunnable::OtherMachine {
            its: name(machine),
            this: name(own[0]),
        });
    }
    let loader = loader(&numbers, is_64_bit, facts)?;
    let path = Path::new(OsStr::from_bytes(&loader));
    (!(facts.exists)(path)).then(|| Unrunnable::MissingLoader(path.to_owned()))
}

fn name(machine: u64) -> String {
    let known = MACHINES.iter().find(|(number, _)| *number == machine);
    known.map_or_else(
        || format!("machine {machine}"),
        |(_, name)| (*name).to_owned(),
    )
}

/// The name of the loader that a program header points to, if one does.
fn loader(header: &Numbers<'_>, is_64_bit: bool, facts: &Facts<'_>) -> Option<Vec<u8>> {
    // Where the members are, and how long: of the header, then of a program header.
    let (at, size, count, entry) = match is_64_bit {
        true => (header.at(32, 8)?, header.at(54, 2)?, header.at(56, 2)?, 56),
        false => (header.at(28, 4)?, header.at(42, 2)?, header.at(44, 2)?, 32),
    };
    let length = entry * usize::try_from(count).ok()?;
    if size != entry as u64 || length > MOST_PROGRAM_HEADERS {
        return None;
    }
    let bytes = (facts.read)(at, length);
    let named = bytes.chunks_exact(entry).find_map(|bytes| {
        let numbers = Numbers { bytes, ..*header };
        (numbers.at(0, 4)? == PT_INTERP).then(|| match is_64_bit {
            true => Some((numbers.at(8, 8)?, numbers.at(32, 8)?)),
            false => Some((numbers.at(4, 4)?, numbers.at(16, 4)?)),
        })
    });
    let (at, length) = named.flatten()?;
    let length = usize::try_from(length)
        .ok()
        .filter(|length| *length <= LONGEST_NAME)?;
    let name = (facts.read)(at, length);
    let end = name
        .iter()
        .position(|byte| *byte == 0)
        .filter(|end| *end > 0)?;
    // The system refuses one that does not end where it says.
    (name.len() == length && name.ends_with(&[0])).then(|| name[..end].to_vec())
}

#[cfg(test)]
mod tests {
    use super::super::tests::judged;
    use super::*;

    /// A program for this machine that names this loader, in a file with nothing else.
    fn program(machine: u16, is_64_bit: bool, is_big_endian: bool, loader: &[u8]) -> Vec<u8> {
        let mut file = vec![0; 200];
        let mut put = |place: usize, length: usize, number: u64| {
            let bytes = match is_big_endian {
                true => number.to_be_bytes()[8 - length..].to_vec(),
                false => number.to_le_bytes()[..length].to_vec(),
            };
            file[place..place + length].copy_from_slice(&bytes);
        };
        put(18, 2, machine.into());
        // The first program header is of another type.
        let (word, header, at, size, count) = match is_64_bit {
            true => (8, 64, 32, 54, 56),
            false => (4, 52, 28, 42, 44),
        };
        let entry = if is_64_bit { 56 } else { 32 };
        put(at, word, header);
        put(size, 2, entry);
        put(count, 2, 2);
        let second = usize::try_from(header + entry).unwrap();
        put(second, 4, PT_INTERP);
        put(second + word, word, 200);
        put(second + 4 * word, word, loader.len() as u64);
        file[..4].copy_from_slice(b"\x7fELF");
        file[4] = 1 + u8::from(is_64_bit);
        file[5] = 1 + u8::from(is_big_endian);
        file.extend_from_slice(loader);
        file
    }

    #[test]
    fn a_program_is_judged_by_its_machine_and_its_loader() {
        let other = |its: &str| {
            Some(Unrunnable::OtherMachine {
                its: its.into(),
                this: "x86-64".into(),
            })
        };
        let missing = |path: &str| Some(Unrunnable::MissingLoader(path.into()));
        let (there, musl) = (&b"/lib64/ld.so\0"[..], &b"/lib/ld-musl-x86_64.so.1\0"[..]);
        for (machine, is_64_bit, is_big_endian, loader, expected) in [
            (62, true, false, there, None),
            (62, true, false, musl, missing("/lib/ld-musl-x86_64.so.1")),
            (3, false, false, there, None),
            (
                3,
                false,
                false,
                b"/lib/ld-linux.so.2\0",
                missing("/lib/ld-linux.so.2"),
            ),
            (62, true, false, b"/a\0b\0", missing("/a")),
            (183, true, false, musl, other("64-bit ARM")),
            (40, false, false, musl, other("32-bit ARM")),
            (22, true, true, musl, other("IBM Z")),
            (999, true, false, musl, other("machine 999")),
            // The system refuses these by itself.
            (62, true, false, b"/no/end", None),
            (62, true, false, b"\0", None),
            (62, true, false, b"", None),
            (62, true, false, &[b'x'; 5000], None),
        ] {
            let file = program(machine, is_64_bit, is_big_endian, loader);
            assert_eq!(judged(&file), expected, "{machine}");
        }
    }

    #[test]
    fn a_header_that_is_cut_off_or_lies_is_left_to_the_system() {
        let whole = program(62, true, false, b"/no/such\0");
        assert!(judged(&whole).is_some());
        for length in 4..whole.len() {
            assert_eq!(judged(&whole[..length]), None, "{length}");
        }
        for place in 4..whole.len() {
            let mut file = whole.clone();
            file[place] ^= 0xff;
            // Whatever it comes to, nothing panics and nothing large is read.
            let _ = judged(&file);
        }
        let mut file = whole.clone();
        file[32..40].fill(0xff);
        assert_eq!(judged(&file), None);
    }
}
