//! Runs a command to its end.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::Ended;

/// Longer than any program takes that does not hang, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(180);

/// Runs a command to its end, with this on stdin.
///
/// # Panics
/// It cannot be started, or has not ended after three minutes.
#[track_caller]
pub fn run(command: Command, stdin: impl AsRef<[u8]>) -> Ended {
    run_within(PATIENCE, command, stdin)
}

/// Runs a command to its end, with this on stdin.
///
/// # Panics
/// It cannot be started, or has not ended within `limit`.
#[track_caller]
pub fn run_within(limit: Duration, mut command: Command, stdin: impl AsRef<[u8]>) -> Ended {
    let shown = shown(&command);
    let to_write = stdin.as_ref();
    let began = Instant::now();
    let started = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = started.unwrap_or_else(|error| panic!("{shown}: {error}"));
    let (input, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        // A program that stops reading has its reasons, and its status.
        scope.spawn(move || input.map(|mut input| input.write_all(to_write).is_ok()));
        let stdout = scope.spawn(move || text(stdout));
        let stderr = scope.spawn(move || text(stderr));
        let (in_time, peak) = wait(&mut child, began, limit);
        let (status, elapsed) = (child.wait(), began.elapsed());
        let (stdout, stderr) = (
            stdout.join().unwrap_or_default(),
            stderr.join().unwrap_or_default(),
        );
        assert!(
            in_time,
            "{shown}: has not ended after {limit:?}\n{stdout:.4000}\n{stderr:.4000}"
        );
        let status = status.map_or(-1, |status| {
            status
                .code()
                .unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
        });
        Ended {
            status,
            stdout,
            stderr,
            elapsed,
            peak,
            command: shown,
        }
    })
}

/// Waits until the answer is yes.
///
/// # Panics
/// It is still no after 20 seconds.
#[track_caller]
pub fn wait_for(what: &str, mut answer: impl FnMut() -> bool) {
    let began = Instant::now();
    while !answer() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "it never came true: {what}"
        );
        thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until the clock shows the next second: what programs keep to the second, such as when they tried, is then before
/// whatever follows.
///
/// # Panics
/// The clock stands still.
#[track_caller]
pub fn wait_for_next_second() {
    let second = || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.unwrap_or_default().as_secs()
    };
    let began = second();
    wait_for("the next second", || second() != began);
}

/// All that comes out of a pipe.
fn text(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        // What came before an error is what there is to show.
        let _ = pipe.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits for it, and ends its process group where that takes too long. Whether it ended by itself, and the peak of its
/// memory.
fn wait(child: &mut Child, began: Instant, limit: Duration) -> (bool, u64) {
    let mut most = 0;
    while matches!(child.try_wait(), Ok(None)) {
        most = peak(child.id()).unwrap_or(most);
        if began.elapsed() > limit {
            let _ = Command::new("kill")
                .args(["-KILL", "--"])
                .arg(format!("-{}", child.id()))
                .status();
            return (false, most);
        }
        thread::sleep(Duration::from_millis(2));
    }
    (true, most)
}

/// The peak of a process's resident memory so far, in bytes; none where it has ended.
fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes << 10)
}

/// The program with its arguments, without what brings it into a session or a namespace of its own.
fn shown(command: &Command) -> String {
    let all = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = all.map(OsStr::to_string_lossy).collect();
    let own = match words.iter().position(|word| word.contains("setsid")) {
        // `setsid PROGRAM`, or a line of shell that has it, the file of its number, PROGRAM.
        Some(at) if words[at] == "setsid" => at + 1,
        Some(at) => at + 2,
        None => 0,
    };
    words.get(own..).unwrap_or_default().join(" ")
}
