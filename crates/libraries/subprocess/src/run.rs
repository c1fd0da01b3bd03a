//! One run of a program, from its start until nothing of it is left.

use crate::command::{Command, Limits};
use crate::error::{Cause, Error};
use crate::kill::{kill_all, terminate};
use crate::lines::{Event, Lines};
use crate::pipes::{Pipes, Progress};
use crate::spawn;
use crate::terminal::{LOOK, Terminal};
use rustix::process::Pid;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

/// How long a program that was asked to end (SIGTERM) may take to do so before it is killed.
pub const GRACE: Duration = Duration::from_secs(2);

/// A run that succeeded: the program's status was 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Success {
    /// The first bytes of its standard output, as many as [`Limits::kept_stdout`] says.
    pub stdout: Vec<u8>,
    /// The last lines that it printed for people.
    pub last_lines: Vec<String>,
    /// How long it ran, and what it started held its output.
    pub elapsed: Duration,
}

/// How long a program runs until that is told for the first time.
const FIRST_NOTICE: Duration = Duration::from_secs(10);
/// How much longer it runs until that is told again.
const NEXT_NOTICE: u32 = 3;

/// Runs a program, in a process group of its own, and waits until it has ended and nobody holds its output any more, which
/// does not matter where that is an [`Answer`](crate::Stdout::Answer). Calls `on_event` for each line that it prints for people, while it runs, and where it runs long.
///
/// When the limit comes, or it asks on the terminal and cannot have that, the program and its group are sent SIGTERM;
/// [`GRACE`] later, or as soon as they have ended, all that it started is killed. A process that another thread starts by
/// other means at that very moment may look as if the program had started it. Where a person answers its question with
/// Ctrl-C, the process group that lent it the terminal gets that signal too.
///
/// # Errors
/// The program did not start, ended with another status than 0, was killed, or exceeded the limit. The error has the
/// last lines that it printed.
pub fn run(
    command: &Command,
    limits: &Limits,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Success, Error> {
    let start = Instant::now();
    let mut child = spawn::spawn(command).map_err(|error| Error {
        cause: Cause::of_start(error, &command.program),
        last_lines: Vec::new(),
        stdout: Vec::new(),
        is_interrupted: false,
    })?;
    let leader = Pid::from_child(&child);
    let mut lines = Lines::new(command.stdout, limits.kept_stdout, on_event);
    let input = command.stdin.as_deref().unwrap_or_default();
    let mut pipes = Pipes::of(&mut child, input, command.stdout);
    let variable = &command.mark.variable;
    let mut terminal = Terminal::of_this_process(leader, command.questions, variable);
    let progress = follow(&mut pipes, &mut lines, &mut terminal, start, limits.time);
    // This comes before it is waited for: until then its number is its own.
    let is_interrupted = terminal.is_some_and(|mut terminal| terminal.give_back());
    if !matches!(progress, Ok(Progress::Ended)) {
        terminate(leader);
        let _ = pipes.follow(&mut lines, Instant::now() + GRACE);
        // This is for a program that has obeyed, too: what it started may not have.
        let _nothing_spawns = spawn::lock();
        kill_all(leader, &pipes.names(), &command.mark);
    }
    drop(pipes);
    let status = child.wait();
    let elapsed = start.elapsed();
    let (stdout, last_lines) = lines.finish();
    let result = match (progress, status) {
        (Err(error), _) | (_, Err(error)) => Err(Cause::NotFollowed(error)),
        (Ok(progress), Ok(status)) => judge(progress, status, elapsed, limits.time),
    };
    match result {
        Ok(()) => Ok(Success {
            stdout,
            last_lines,
            elapsed,
        }),
        Err(cause) => Err(Error {
            cause,
            last_lines,
            stdout,
            is_interrupted,
        }),
    }
}

/// Follows a program until it has ended and nobody holds its output any more, until the limit, or until it asks on the
/// terminal and cannot have that.
fn follow(
    pipes: &mut Pipes<'_>,
    lines: &mut Lines<'_>,
    terminal: &mut Option<Terminal>,
    start: Instant,
    limit: Duration,
) -> io::Result<Progress> {
    let mut notice = FIRST_NOTICE;
    loop {
        let look = terminal.as_ref().map(|_| Instant::now() + LOOK);
        let next = (start + notice).min(start + limit);
        let progress = pipes.follow(lines, look.map_or(next, |look| look.min(next)))?;
        if progress == Progress::Ended || start.elapsed() >= limit {
            return Ok(progress);
        }
        if let Some(terminal) = terminal {
            if progress == Progress::OutputHeld {
                // Nobody is left who asks.
                let _ = terminal.give_back();
            } else if !terminal.look() {
                return Ok(Progress::Asking);
            }
        }
        if start.elapsed() >= notice {
            if !terminal.as_ref().is_some_and(Terminal::is_wanted) {
                lines.tell_still_runs(notice);
            }
            notice *= NEXT_NOTICE;
        }
    }
}

/// The result of a run, by how far the program had come when it ended or the limit came, and by its status now.
fn judge(
    progress: Progress,
    status: ExitStatus,
    elapsed: Duration,
    limit: Duration,
) -> Result<(), Cause> {
    match progress {
        Progress::Running => Err(Cause::TimedOut { limit }),
        Progress::OutputHeld => Err(Cause::OutputHeld { limit }),
        Progress::Asking => Err(Cause::AskedOnTerminal),
        Progress::Ended => match (status.code(), status.signal()) {
            (Some(0), _) => Ok(()),
            (Some(status), _) => Err(Cause::Exited { status, elapsed }),
            (None, signal) => Err(Cause::Killed {
                // What has ended without a status was ended by a signal (waitid(2)).
                signal: signal.unwrap_or_default(),
                elapsed,
            }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Mark, Questions, Stdout};
    use crate::environments::with_variable_prefix;
    use crate::process::Process;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// A shell that runs this.
    fn shell(script: &str) -> Command {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        let number = RUNS.fetch_add(1, Ordering::Relaxed);
        Command {
            program: "/bin/sh".into(),
            arguments: ["-c", script].map(Into::into).into(),
            removed_variables: Vec::new(),
            variables: Vec::new(),
            stdin: None,
            stdout: Stdout::Messages,
            mark: Mark {
                variable: "SUBPROCESS_RUN".to_owned(),
                value: format!("{}.{number};", std::process::id()),
            },
            questions: Questions::Refused,
        }
    }

    fn limits(milliseconds: u64) -> Limits {
        Limits {
            time: Duration::from_millis(milliseconds),
            kept_stdout: 1000,
        }
    }

    const LONG: u64 = 60_000;

    fn failure(command: &Command, limits: Limits) -> Error {
        run(command, &limits, &mut |_| ()).expect_err("it fails")
    }

    #[test]
    fn what_a_run_came_to_is_told_by_its_progress_and_status() {
        let second = Duration::from_secs(1);
        let judged = |progress: Progress, raw: i32| match judge(
            progress,
            ExitStatus::from_raw(raw),
            second,
            2 * second,
        ) {
            Ok(()) => "success".to_owned(),
            Err(cause) => format!("{cause:?}"),
        };
        for (progress, raw, expected) in [
            (Progress::Ended, 0, "success"),
            (Progress::Ended, 3 << 8, "Exited { status: 3, elapsed: 1s }"),
            (Progress::Ended, 11, "Killed { signal: 11, elapsed: 1s }"),
            (Progress::Running, 0, "TimedOut { limit: 2s }"),
            (Progress::Running, 15, "TimedOut { limit: 2s }"),
            (Progress::Asking, 15, "AskedOnTerminal"),
            (Progress::OutputHeld, 0, "OutputHeld { limit: 2s }"),
            (Progress::OutputHeld, 3 << 8, "OutputHeld { limit: 2s }"),
        ] {
            assert_eq!(judged(progress, raw), expected);
        }
    }

    #[test]
    fn a_program_reads_its_input_and_has_its_variables_and_prints() {
        let mut command = shell("cat; echo \"$A|${HOME-none}\"; echo error >&2");
        command.variables = vec![("A".into(), "1".into())];
        command.removed_variables = vec!["HOME".into()];
        // More than a pipe holds.
        let input = "x".repeat(300_000);
        command.stdin = Some(format!("{input}\n").into_bytes());
        let mut lines = Vec::new();
        let success = run(&command, &limits(LONG), &mut |line| {
            if let Event::Line(line) = line {
                lines.push(line.to_owned());
            }
        });
        let success = success.expect("it succeeds");
        assert_eq!(success.stdout, input.as_bytes()[..1000]);
        lines.sort_by_key(String::len);
        assert_eq!(lines[..2], ["error", "1|none"]);
        command.stdout = Stdout::Data;
        run(&command, &limits(LONG), &mut |line| {
            assert_eq!(line, Event::Line("error"));
        })
        .expect("it succeeds");
    }

    #[test]
    fn an_answer_is_whole_once_the_program_has_ended_whoever_holds_its_output() {
        // The second answer is more than a pipe holds; what the last leaves behind prints until nobody reads.
        for (script, answer, is_left) in [
            ("(sleep 1000 &) ; echo answer", "answer\n".to_owned(), true),
            (
                "(sleep 1000 &) ; printf %0200000d 0",
                "0".repeat(200_000),
                true,
            ),
            (
                "(sleep 1000 >&2 &) ; echo answer",
                "answer\n".to_owned(),
                true,
            ),
            ("echo answer; (yes &)", "answer\n".to_owned(), false),
        ] {
            let mut command = shell(script);
            command.stdout = Stdout::Answer;
            let limits = Limits {
                time: Duration::from_millis(LONG),
                kept_stdout: answer.len(),
            };
            let success = run(&command, &limits, &mut |_| ()).expect(script);
            assert!(success.stdout == answer.as_bytes(), "{script}");
            if is_left {
                end_left(&command);
            }
        }
        let mut command = shell("(sleep 1000 &) ; echo why >&2; exit 3");
        command.stdout = Stdout::Answer;
        let error = failure(&command, limits(LONG));
        assert!(
            matches!(error.cause, Cause::Exited { status: 3, .. }),
            "{error:?}"
        );
        assert_eq!(error.last_lines, ["why"]);
        end_left(&command);
    }

    /// Ends the process that this has left behind.
    fn end_left(command: &Command) {
        let left = with_variable_prefix(&command.mark.line(), 0.0);
        assert_eq!(left.len(), 1, "{left:?}");
        left[0].kill();
    }

    #[test]
    fn what_becomes_another_program_at_that_moment_is_ended_too() {
        // Out of its group, its parent gone, without a pipe: its environment alone tells whose it is, which is empty while
        // it becomes another program, as this does most of its time.
        let mut command = shell("(setsid sh -c \"$AGAIN\" >/dev/null 2>&1 &) ; sleep 1000");
        command.variables = vec![("AGAIN".into(), "exec sh -c \"$AGAIN\"".into())];
        for _ in 0..20 {
            let error = failure(&command, limits(50));
            assert!(matches!(error.cause, Cause::TimedOut { .. }), "{error:?}");
            let left = with_variable_prefix(&command.mark.line(), 0.0);
            left.iter().for_each(Process::kill);
            assert_eq!(left, []);
        }
    }

    #[test]
    fn a_program_need_not_read_its_input() {
        let mut command = shell("exec <&-; sleep 0.1");
        command.stdin = Some(vec![b'x'; 1 << 20]);
        run(&command, &limits(LONG), &mut |_| ()).expect("it succeeds");
    }

    #[test]
    fn each_way_to_fail_has_its_cause() {
        let error = failure(&shell("echo out; echo err >&2; exit 3"), limits(LONG));
        assert!(matches!(error.cause, Cause::Exited { status: 3, .. }));
        assert_eq!(error.last_lines, ["out", "err"]);
        let error = failure(&shell("kill -USR1 $$"), limits(LONG));
        assert!(matches!(error.cause, Cause::Killed { signal: 10, .. }));
        let mut missing = shell("");
        missing.program = "/no/such/program".into();
        let error = failure(&missing, limits(LONG));
        assert!(
            matches!(error.cause, Cause::NotStarted { why: None, .. }),
            "{error:?}"
        );
        missing.program = "/".into();
        let error = failure(&missing, limits(LONG));
        assert!(
            matches!(error.cause, Cause::NotStarted { why: None, .. }),
            "{error:?}"
        );
    }

    #[test]
    fn when_the_limit_comes_all_that_was_started_is_ended() {
        std::thread::scope(|scope| {
            for (script, held) in [
                ("sleep 1000", false),
                ("trap '' TERM; while :; do sleep 0.1; done", false),
                ("sleep 1000 & exit 0", true),
                ("sleep 1000 & exit 3", true),
                // Out of its group, its parent gone, and only the pipe left that tells whose it is.
                ("(setsid env -i /bin/sleep 1000 &) ; exit 0", true),
                // Not even that, and deaf.
                (
                    "(setsid sh -c 'trap \"\" TERM; sleep 1000; :' >/dev/null 2>&1 &) ; sleep 1000",
                    false,
                ),
            ] {
                scope.spawn(move || ends_all(script, held));
            }
        });
    }

    fn ends_all(script: &str, held: bool) {
        let command = shell(&format!("echo began; {script}"));
        let error = failure(&command, limits(1000));
        match error.cause {
            Cause::TimedOut { limit } => assert!(!held && limit == limits(1000).time),
            Cause::OutputHeld { limit } => assert!(held && limit == limits(1000).time),
            cause => panic!("{script}: {cause:?}"),
        }
        assert_eq!(error.last_lines, ["began"], "{script}");
        // Killed is not ended yet.
        let deadline = Instant::now() + Duration::from_secs(10);
        let mark = command.mark.line();
        while !with_variable_prefix(&mark, 0.0).is_empty() {
            assert!(Instant::now() < deadline, "{script}: something still runs");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
