//! The user's program: finding it, running it once with a time limit, and what it printed.

use crate::kill;
use crate::lines::Lines;
use crate::owner::Owner;
use pipeline::{Failure, Usage};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, WaitId, WaitIdOptions, pidfd_open, waitid};
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long a program that was asked to end may take before it is made to.
const GRACE: Duration = Duration::from_secs(2);

/// One call of the program.
pub(crate) struct Call {
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Vec<(&'static str, String)>,
    /// What it reads; without it, stdin is `/dev/null`.
    pub(crate) stdin: Option<Vec<u8>>,
    /// How much of what it prints on stdout is kept, in bytes.
    pub(crate) keep: usize,
    /// Whether what it prints on stdout is for us alone, and not shown.
    pub(crate) silent: bool,
    /// How long it may take.
    pub(crate) limit: Duration,
}

/// A call that succeeded.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The first bytes of stdout.
    pub(crate) output: Vec<u8>,
    pub(crate) elapsed: Duration,
}

/// Held while a process is made: until it runs its program it holds copies of all our pipes, and would look as if
/// it belonged to a program that hangs.
static SPAWNING: Mutex<()> = Mutex::new(());

/// The calls of this process so far.
static CALLS: AtomicU64 = AtomicU64::new(0);

/// Variables that are ours to set; one that is inherited would be about something else.
const OURS: [&str; 7] = [
    "DNS01_ZONE",
    "DNS01_NAME",
    "DNS01_FQDN",
    "DNS01_DOMAIN",
    "DNS01_WILDCARD",
    "DNS01_NAMESERVERS",
    "DNS01_PRESENT_OUTPUT",
];

/// The file that will be run: the path itself, or what PATH has for a name without a slash.
///
/// # Errors
/// It does not exist, or cannot be executed.
pub(crate) fn find(program: &Path) -> Result<PathBuf, Usage> {
    if program.to_str().is_none() {
        // Documents and the journal name it, and those are UTF-8.
        let program = program.display();
        return Err(Usage::new(format!(
            "{program}: the program's path is not UTF-8"
        )));
    }
    let has_slash = program.as_os_str().as_encoded_bytes().contains(&b'/');
    if has_slash {
        return match check(program) {
            Ok(()) => Ok(std::path::absolute(program)?),
            Err(error) => Err(Usage::new(format!("{}: {error}", program.display()))),
        };
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|candidate| check(candidate).is_ok());
    let program = program.display();
    found.ok_or_else(|| {
        Usage::new(format!(
            "{program}: not found in PATH; a program in this directory is ./{program}"
        ))
    })
}

fn check(program: &Path) -> io::Result<()> {
    if !std::fs::metadata(program)?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    rustix::fs::access(program, rustix::fs::Access::EXEC_OK)
        .map_err(|error| io::Error::other(format!("not executable ({error})")))
}

/// Runs the program and waits until it has ended and nobody holds its output any more. What it prints goes to
/// stderr line by line, marked with its name.
///
/// # Errors
/// `acmepipe:exec:start`, `:timeout` or `:status`, with the last lines that it printed.
pub(crate) fn run(program: &Path, call: &Call) -> Result<Ended, Failure> {
    let start = Instant::now();
    let cannot = |error: io::Error| {
        let failure = Failure::new(
            "acmepipe:exec:start",
            format!("{} could not be run: {error}", program.display()),
        );
        match error.kind() {
            // It was there a moment ago.
            io::ErrorKind::NotFound => {
                failure.hint("the interpreter that its first line names is not there")
            }
            _ if Errno::from_io_error(&error) == Some(Errno::NOEXEC) => {
                failure.hint("a script has to begin with a line like #!/bin/sh")
            }
            _ => failure,
        }
    };
    let number = CALLS.fetch_add(1, Ordering::Relaxed);
    let call_name = format!("{}.{number};", owner());
    let mut child = spawn(program, call, &call_name).map_err(cannot)?;
    let mark = program.file_name().unwrap_or_default().to_string_lossy();
    let mut lines = Lines::new(&mark, call.keep, call.silent);
    let pid = Pid::from_child(&child);
    let followed = follow(&mut child, call, &mut lines, start + call.limit);
    let in_time = followed.as_ref().is_ok_and(|in_time| *in_time);
    if !in_time {
        kill::ask(pid);
        let _ = follow(&mut child, call, &mut lines, Instant::now() + GRACE);
        // Also where it has obeyed: what it started may not have.
        let _between_spawns = lock(&SPAWNING);
        kill::everything(pid, &pipes(&child), &format!("{}={call_name}", kill::MARK));
    }
    drop((child.stdin.take(), child.stdout.take(), child.stderr.take()));
    let status = child.wait().map_err(cannot)?;
    let elapsed = start.elapsed();
    let (output, tail) = lines.finish();
    followed.map_err(cannot)?;
    if in_time && status.success() {
        return Ok(Ended { output, elapsed });
    }
    Err(explain(program, call, status, elapsed, in_time, &tail))
}

/// This process, as the journal knows it.
fn owner() -> &'static str {
    static OWNER: OnceLock<String> = OnceLock::new();
    OWNER.get_or_init(|| Owner::this_process().mark())
}

fn spawn(program: &Path, call: &Call, call_name: &str) -> io::Result<Child> {
    let mut command = Command::new(program);
    for name in OURS {
        command.env_remove(name);
    }
    command
        .args(&call.arguments)
        .envs(call.environment.iter().map(|(name, value)| (name, value)))
        .env(kill::MARK, call_name)
        .stdin(if call.stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own: an interrupt from the terminal is for us, and ending it means ending the group.
        .process_group(0);
    let _alone = lock(&SPAWNING);
    command.spawn()
}

fn lock(mutex: &Mutex<()>) -> MutexGuard<'_, ()> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pipes(child: &Child) -> Vec<OwnedFd> {
    let stdout = child
        .stdout
        .as_ref()
        .map(|pipe| pipe.as_fd().try_clone_to_owned());
    let stderr = child
        .stderr
        .as_ref()
        .map(|pipe| pipe.as_fd().try_clone_to_owned());
    [stdout, stderr].into_iter().flatten().flatten().collect()
}

/// Reads what the program prints, and gives it its stdin, until it has ended and its output too; false where that
/// has not come to pass by `deadline`.
fn follow(
    child: &mut Child,
    call: &Call,
    lines: &mut Lines,
    deadline: Instant,
) -> io::Result<bool> {
    let exit = watch_exit(Pid::from_child(child))?;
    let mut to_write = call.stdin.as_deref().unwrap_or_default();
    let mut exited = false;
    loop {
        if to_write.is_empty() {
            child.stdin = None;
        }
        if exited && child.stdout.is_none() && child.stderr.is_none() {
            return Ok(true);
        }
        let Some(left) = deadline.checked_duration_since(Instant::now()) else {
            return Ok(false);
        };
        let ready = wait(child, (!exited).then_some(&exit), left)?;
        exited |= ready.exit;
        if ready.stdout && !read(&mut child.stdout, |bytes| lines.stdout(bytes))? {
            child.stdout = None;
        }
        if ready.stderr && !read(&mut child.stderr, |bytes| lines.stderr(bytes))? {
            child.stderr = None;
        }
        if ready.stdin {
            // A pipe that polls as writable takes this much without blocking (pipe(7)).
            let most = to_write.len().min(rustix::pipe::PIPE_BUF);
            let written = child
                .stdin
                .as_mut()
                .map_or(Ok(0), |pipe| pipe.write(&to_write[..most]));
            // A program need not read all of its stdin.
            to_write = &to_write[written.unwrap_or(to_write.len())..];
        }
    }
}

#[derive(Default)]
struct Ready {
    stdin: bool,
    stdout: bool,
    stderr: bool,
    exit: bool,
}

fn wait(child: &Child, exit: Option<&OwnedFd>, left: Duration) -> io::Result<Ready> {
    let stdin = child
        .stdin
        .as_ref()
        .map(|pipe| PollFd::new(pipe, PollFlags::OUT));
    let stdout = child
        .stdout
        .as_ref()
        .map(|pipe| PollFd::new(pipe, PollFlags::IN));
    let stderr = child
        .stderr
        .as_ref()
        .map(|pipe| PollFd::new(pipe, PollFlags::IN));
    let exit = exit.map(|pipe| PollFd::new(pipe, PollFlags::IN));
    let asked = [stdin, stdout, stderr, exit];
    let here: Vec<usize> = (0..asked.len())
        .filter(|index| asked[*index].is_some())
        .collect();
    let mut fds: Vec<PollFd<'_>> = asked.into_iter().flatten().collect();
    let timeout = Timespec::try_from(left).ok();
    match poll(&mut fds, timeout.as_ref()) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let is_ready = |which: usize| {
        let place = here.iter().position(|index| *index == which);
        place.is_some_and(|place| !fds[place].revents().is_empty())
    };
    Ok(Ready {
        stdin: is_ready(0),
        stdout: is_ready(1),
        stderr: is_ready(2),
        exit: is_ready(3),
    })
}

/// Reads what is there; false at the end.
fn read<R: Read>(pipe: &mut Option<R>, mut take: impl FnMut(&[u8])) -> io::Result<bool> {
    let Some(pipe) = pipe else {
        return Ok(false);
    };
    let mut buffer = [0; 8192];
    match pipe.read(&mut buffer) {
        Ok(0) => Ok(false),
        Ok(length) => {
            take(&buffer[..length]);
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(true),
        Err(error) => Err(error),
    }
}

/// A descriptor that polls as ready once the process has ended. The process stays a zombie, so its number stays its own
/// until it is waited for.
fn watch_exit(pid: Pid) -> io::Result<OwnedFd> {
    if let Ok(descriptor) = pidfd_open(pid, PidfdFlags::empty()) {
        return Ok(descriptor);
    }
    // Before Linux 5.3, and where a filter of system calls does not know it: a thread that waits.
    let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    std::thread::Builder::new()
        .name("exit".into())
        .stack_size(64 << 10)
        .spawn(move || {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), options) {}
            drop(writer);
        })?;
    Ok(reader)
}

fn explain(
    program: &Path,
    call: &Call,
    status: ExitStatus,
    elapsed: Duration,
    in_time: bool,
    tail: &str,
) -> Failure {
    let command = call
        .arguments
        .first()
        .map(|word| word.to_string_lossy())
        .unwrap_or_default();
    let who = format!("{} {command}", program.display());
    let (kind, mut detail) = if !in_time {
        let limit = call.limit.as_secs_f64();
        let detail = match status.code() {
            Some(0) => format!(
                "{who} ended, but a process that it left behind held its output after {limit} s; \
                 it was killed"
            ),
            _ => format!("{who} had not ended after {limit} s; it was killed"),
        };
        ("acmepipe:exec:timeout", detail)
    } else {
        let end = match (status.code(), status.signal()) {
            (Some(code), _) => format!("exited {code}"),
            (None, Some(signal)) => match signal_hook::low_level::signal_name(signal) {
                Some(name) => format!("was killed by {name}"),
                None => format!("was killed by signal {signal}"),
            },
            (None, None) => status.to_string(),
        };
        (
            "acmepipe:exec:status",
            format!("{who} {end} after {:.2} s", elapsed.as_secs_f64()),
        )
    };
    if tail.is_empty() {
        detail += " and printed nothing";
    } else {
        detail += ": ";
        detail += tail;
    }
    let failure = Failure::new(kind, detail);
    match hint(call, tail) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// What the words of nsupdate and knsupdate mean (RFC 2136 §2.2, RFC 8945 §5.2), and a value that looks like an
/// option.
fn hint(call: &Call, tail: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 8] = [
        (
            "could not read key",
            "there is no such file with a TSIG key, or it cannot be read",
        ),
        (
            "BADSIG",
            "the server knows the TSIG key's name, but not this secret",
        ),
        (
            "BADKEY",
            "the server does not know the TSIG key by this name and algorithm",
        ),
        (
            "BADTIME",
            "the clocks of this machine and of the server are more than 300 s apart",
        ),
        (
            "NOTZONE",
            "the name is not in the zone that the update was for",
        ),
        (
            "NOTAUTH",
            "the server that was asked is not authoritative for the zone",
        ),
        (
            "NOTIMP",
            "this server does not do dynamic updates, as NSD for instance",
        ),
        (
            "REFUSED",
            "the server's configuration does not allow this update",
        ),
    ];
    let known = WORDS
        .iter()
        .find(|(word, _)| tail.contains(word))
        .map(|(_, hint)| *hint);
    let last = call.arguments.last().map(|word| word.as_encoded_bytes());
    let dash = last.filter(|last| last.starts_with(b"-")).map(|_| {
        "the value begins with a hyphen: a script has to quote it and to pass it on after `--`, so \
         that no command takes it for an option"
    });
    known.or(dash)
}
