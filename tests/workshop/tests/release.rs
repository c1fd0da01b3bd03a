//! What `tests/package/release` says of a machine that programs were built for, and scripts beside it that ask it.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use workshop::{Ended, Workshop, root, run};

/// What it prints, of programs that were built for this target.
fn release(word: &str, target: &str) -> Ended {
    let workshop = Workshop::open();
    fs::write(workshop.dir().join("target"), format!("{target}\n")).expect("written");
    let mut command = Command::new(root().join("tests/package/release"));
    command
        .arg(word)
        .arg(workshop.dir())
        .current_dir(root())
        .env_clear()
        .env("PATH", "/usr/bin:/bin");
    run(command, "")
}

#[test]
fn a_machine_has_the_name_that_archives_debian_and_rpm_give_it() {
    // A name that there is none for is empty.
    let cases = [
        ("x86_64-unknown-linux-gnu", "x86_64", "amd64", "x86_64"),
        (
            "x86_64-unknown-linux-musl",
            "x86_64-musl",
            "amd64",
            "x86_64",
        ),
        ("x86_64-unknown-linux-gnux32", "x86_64", "x32", ""),
        ("aarch64-unknown-linux-gnu", "aarch64", "arm64", "aarch64"),
        ("armv7-unknown-linux-gnueabihf", "armv7", "armhf", "armv7hl"),
        (
            "armv7-unknown-linux-musleabihf",
            "armv7-musl",
            "armhf",
            "armv7hl",
        ),
        ("arm-unknown-linux-gnueabihf", "arm", "armhf", "armv6hl"),
        ("arm-unknown-linux-gnueabi", "arm", "armel", ""),
        ("armv5te-unknown-linux-gnueabi", "armv5te", "armel", ""),
        ("i686-unknown-linux-gnu", "i686", "i386", "i686"),
        (
            "powerpc64le-unknown-linux-gnu",
            "powerpc64le",
            "ppc64el",
            "ppc64le",
        ),
        (
            "riscv64gc-unknown-linux-gnu",
            "riscv64gc",
            "riscv64",
            "riscv64",
        ),
        ("s390x-unknown-linux-gnu", "s390x", "s390x", "s390x"),
        ("mips64-unknown-linux-gnuabi64", "mips64", "", ""),
        ("x86_64-unknown-freebsd", "x86_64", "", ""),
    ];
    for (target, machine, deb, rpm) in cases {
        for (word, name) in [("machine", machine), ("deb", deb), ("rpm", rpm)] {
            let ended = release(word, target);
            assert_eq!(ended.stdout.trim_end(), name, "{word} of {target}");
            let is_named = !name.is_empty();
            assert_eq!(ended.status == 0, is_named, "{word} of {target}: {ended:?}");
            assert!(is_named || ended.stderr.contains(target), "{ended:?}");
        }
    }
}

#[test]
fn a_cdpath_leads_no_script_elsewhere() {
    let workshop = Workshop::open();
    symlink(root().join("tests"), workshop.dir().join("tests")).expect("linked");
    fs::create_dir(workshop.dir().join("built")).expect("made");
    let target = "mips64-unknown-linux-gnuabi64\n";
    fs::write(workshop.dir().join("built/target"), target).expect("written");
    let mut command = Command::new("tests/package/rpm");
    command
        .args(["out", "built"])
        .current_dir(workshop.dir())
        .env("CDPATH", ".")
        .env("SOURCE_DATE_EPOCH", "0");
    let ended = run(command, "");
    // It has found what was built.
    let says = "no name is known for mips64-unknown-linux-gnuabi64";
    assert!(ended.stderr.contains(says), "{ended:?}");
}
