//! What is left of a program whose parent was killed.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;

use workshop::{Workshop, wait_for};

/// Whether a process runs: it is there, and has not ended without anybody having asked how.
fn runs(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit_once(") ")
        .map(|(_, rest)| rest.starts_with('Z'));
    state == Some(false)
}

#[test]
fn a_program_ends_with_the_parent_that_wants_it_to_and_with_no_other() {
    let workshop = Workshop::open();
    let dir = workshop.dir();
    let started = r#"mkfifo one two
        ACMEPIPE_PARENT=$$ acme-order <one >one.out 2>&1 & echo $! >one.pid
        ACMEPIPE_PARENT=1 acme-order <two >two.out 2>&1 & echo $! >two.pid
        touch started; wait"#;
    let mut shell = workshop.shell(started).spawn().expect("a shell");
    wait_for("the programs", || dir.join("started").exists());
    // They wait for input as long as these are open.
    let inputs = ["one", "two"].map(|name| File::options().write(true).open(dir.join(name)));
    let pids = ["one.pid", "two.pid"].map(|name| {
        let pid = fs::read_to_string(dir.join(name)).expect("written");
        pid.trim().to_owned()
    });
    // A program handles signals once it has begun with its work.
    let handles = |pid: &String| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        caught.is_some_and(|caught| {
            u64::from_str_radix(caught.trim(), 16).unwrap_or(0) >> 14 & 1 == 1
        })
    };
    wait_for("both to listen", || pids.iter().all(handles));
    shell.kill().expect("killed");
    assert_eq!(shell.wait().expect("ended").signal(), Some(9));
    wait_for("the end of the first", || !runs(&pids[0]));
    assert!(runs(&pids[1]), "it is not meant");
    drop(inputs);
    wait_for("the end of the second", || !runs(&pids[1]));
}
