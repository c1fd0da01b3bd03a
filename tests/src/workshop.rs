//! Our programs without the sandbox: for tests that need neither CA nor name servers.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use serde_json::{Value, json};

use crate::Programs;
use crate::sandbox::write_executable;

/// Longer than anything takes that does not hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// A directory with scripts in it, in which programs are run.
pub struct Workshop {
    dir: tempfile::TempDir,
    programs: Programs,
}

/// What came out of a program.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its exit status, or 128 plus the signal that ended it.
    pub status: i32,
    /// What it printed on stdout.
    pub stdout: String,
    /// What it printed on stderr.
    pub stderr: String,
    /// How long it took.
    pub elapsed: Duration,
}

impl Ended {
    /// The documents on stdout, which must hold one per line and nothing else.
    #[track_caller]
    pub fn documents(&self) -> Vec<Value> {
        let parse = |line: &str| match serde_json::from_str::<Value>(line) {
            Ok(value) if value.is_object() => value,
            _ => panic!(
                "not a document on stdout: {line:.200}\n--- stderr\n{:.2000}",
                self.stderr
            ),
        };
        self.stdout.lines().map(parse).collect()
    }

    /// The only document on stdout.
    #[track_caller]
    pub fn document(&self) -> Value {
        let mut documents = self.documents();
        assert!(
            documents.len() == 1,
            "{} documents: {self:?}",
            documents.len()
        );
        documents.remove(0)
    }

    /// The error of the first challenge of the only document.
    #[track_caller]
    pub fn challenge_error(&self) -> Value {
        self.document()["challenges"][0]["error"].clone()
    }

    /// Panics unless the status is this one, with all that was printed.
    #[track_caller]
    pub fn assert_status(&self, status: i32) -> &Self {
        assert!(
            self.status == status,
            "exited {} instead of {status}\n--- stdout\n{:.4000}--- stderr\n{:.4000}",
            self.status,
            self.stdout,
            self.stderr
        );
        self
    }
}

impl Workshop {
    /// An empty one.
    ///
    /// # Panics
    /// The programs do not build.
    #[track_caller]
    pub fn open() -> Workshop {
        let programs = Programs::build().unwrap_or_else(|error| panic!("{error}"));
        assert!(
            programs.errors.is_empty(),
            "the programs do not build\n{}",
            programs.errors
        );
        let dir = tempfile::Builder::new().prefix("acmepipe-").tempdir();
        Workshop {
            dir: dir.unwrap_or_else(|error| panic!("no temporary directory: {error}")),
            programs,
        }
    }

    /// Where everything is: the directory that programs run in.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a shell script that can be run.
    #[track_caller]
    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir().join(name);
        if let Err(error) = write_executable(&path, &format!("#!/bin/sh\n{text}\n")) {
            panic!("{}: {error}", path.display());
        }
        path
    }

    /// A script that records how it is called, and then does as `text` says.
    #[track_caller]
    pub fn recorder(&self, text: &str) -> Recorder {
        Recorder::below(self.dir(), text)
    }

    /// A command that finds our programs, in a session and an environment of its own: what runs in one session is taken
    /// for one run.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let system = std::env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(self.programs.dir.clone()).chain(std::env::split_paths(&system));
        let path = std::env::join_paths(path).unwrap_or_default();
        // `Command` would look for the program in our own PATH.
        let ours = self.programs.dir.join(program.as_ref());
        let mut command = Command::new("setsid");
        command
            .arg(if ours.is_file() {
                ours.as_os_str()
            } else {
                program.as_ref()
            })
            .env_clear()
            .env("PATH", path)
            .env("LC_ALL", "C.UTF-8")
            .env("LEGO_PATH", self.dir().join("data"));
        command.current_dir(self.dir());
        command
    }

    /// `dns01-exec` with these arguments, for this program of the user's.
    pub fn exec(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = self.command("dns01-exec");
        command.args(arguments).env("EXEC_PATH", program);
        command
    }

    /// Runs `dns01-exec present`, with both durations given so that the program is not asked for them.
    pub fn present(&self, program: &Path, options: &[&str], stdin: impl AsRef<[u8]>) -> Ended {
        self.call(program, "present", options, stdin)
    }

    /// Runs `dns01-exec cleanup` in the same way.
    pub fn cleanup(&self, program: &Path, options: &[&str], stdin: impl AsRef<[u8]>) -> Ended {
        self.call(program, "cleanup", options, stdin)
    }

    fn call(
        &self,
        program: &Path,
        command: &str,
        options: &[&str],
        stdin: impl AsRef<[u8]>,
    ) -> Ended {
        let arguments = [&[command, "--timeout=60", "--interval=2"], options].concat();
        run(self.exec(program, &arguments), stdin)
    }

    /// A line of shell.
    pub fn shell(&self, line: &str) -> Command {
        let mut command = self.command("sh");
        command.args(["-c", line]);
        command
    }
}

/// A challenge of `example.test.` that waits to be presented.
pub fn challenge(name: &str, value: &str) -> Value {
    json!({
        "identifier": {"type": "dns", "value": name}, "wildcard": false, "status": "pending",
        "token": format!("-token-{value}"), "key_authorization": format!("-token-{value}.thumb_print"),
        "fqdn": format!("_acme-challenge.{name}."), "value": value, "zone": "example.test.",
    })
}

/// An order with these challenges, as text.
pub fn order(challenges: impl IntoIterator<Item = Value>) -> String {
    let challenges: Vec<_> = challenges.into_iter().collect();
    json!({"version": 1, "name": "example.test", "challenges": challenges}).to_string()
}

/// Waits until the answer is yes.
///
/// # Panics
/// It is still no after 20 seconds.
#[track_caller]
pub fn wait_for(what: &str, answer: impl Fn() -> bool) {
    let began = Instant::now();
    while !answer() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "it never came true: {what}"
        );
        thread::sleep(Duration::from_millis(5));
    }
}

/// Runs a command to its end, with this on stdin.
///
/// # Panics
/// It cannot be started, or has not ended after a minute.
#[track_caller]
pub fn run(mut command: Command, stdin: impl AsRef<[u8]>) -> Ended {
    let to_write = stdin.as_ref();
    let began = Instant::now();
    let started = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = started.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (input, mut stdout, mut stderr) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let text = |pipe: &mut dyn Read| {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    };
    thread::scope(|scope| {
        scope.spawn(move || {
            // A program that stops reading has its reasons, and its status.
            input.map(|mut input| input.write_all(to_write).is_ok())
        });
        let stdout =
            scope.spawn(move || stdout.as_mut().map(|pipe| text(pipe)).unwrap_or_default());
        let stderr =
            scope.spawn(move || stderr.as_mut().map(|pipe| text(pipe)).unwrap_or_default());
        let in_time = wait(&mut child, began);
        let (status, elapsed) = (child.wait(), began.elapsed());
        let (stdout, stderr) = (
            stdout.join().unwrap_or_default(),
            stderr.join().unwrap_or_default(),
        );
        assert!(
            in_time,
            "{command:?}: has not ended after {PATIENCE:?}\n{stdout:.4000}\n{stderr:.4000}"
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
        }
    })
}

/// Waits for it, and ends its process group where that takes too long.
fn wait(child: &mut Child, began: Instant) -> bool {
    while matches!(child.try_wait(), Ok(None)) {
        if began.elapsed() > PATIENCE {
            let _ = Command::new("kill")
                .args(["-KILL", "--"])
                .arg(format!("-{}", child.id()))
                .status();
            return false;
        }
        thread::sleep(Duration::from_millis(2));
    }
    true
}

/// A script that keeps how it was called.
pub struct Recorder {
    /// To run.
    pub script: PathBuf,
    dir: PathBuf,
}

/// One call of a [`Recorder`].
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Its arguments, without the program's name.
    pub arguments: Vec<String>,
    /// Its environment.
    pub environment: BTreeMap<String, String>,
    /// The file that its stdin is.
    pub stdin: String,
    /// What it read from there.
    pub input: String,
    /// The directory that it ran in.
    pub directory: String,
}

impl Recorder {
    /// Writes one below `dir` that does as `text` says when it has recorded its call.
    ///
    /// # Panics
    /// It cannot be written.
    #[track_caller]
    pub fn below(dir: &Path, text: &str) -> Recorder {
        let calls = dir.join("calls");
        let script = dir.join("recorder.sh");
        let here = calls.display();
        let record = format!(
            "#!/bin/sh\nd=$(mktemp -d '{here}/XXXXXXXX') || exit 99\n\
             [ $# = 0 ] || printf '%s\\0' \"$@\" >$d/arguments\nenv -0 >$d/environment\n\
             readlink /proc/self/fd/0 >$d/stdin\ncat >$d/input\npwd >$d/directory\necho $d >>'{here}/order'\n{text}\n"
        );
        let written = fs::create_dir_all(&calls).and_then(|()| write_executable(&script, &record));
        written.unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
        Recorder { script, dir: calls }
    }

    /// The calls so far, in the order in which they began.
    pub fn calls(&self) -> Vec<Call> {
        let order = fs::read_to_string(self.dir.join("order")).unwrap_or_default();
        let parse = |dir: &str| {
            let read = |file: &str| {
                let bytes = fs::read(Path::new(dir).join(file)).unwrap_or_default();
                String::from_utf8_lossy(&bytes).into_owned()
            };
            let pair = |text: &str| {
                text.split_once('=')
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
            };
            Call {
                arguments: read("arguments")
                    .split_terminator('\0')
                    .map(str::to_owned)
                    .collect(),
                environment: read("environment")
                    .split_terminator('\0')
                    .filter_map(pair)
                    .collect(),
                stdin: read("stdin").trim_end().to_owned(),
                input: read("input"),
                directory: read("directory").trim_end().to_owned(),
            }
        };
        order.lines().map(parse).collect()
    }

    /// The arguments of the calls so far.
    pub fn arguments(&self) -> Vec<Vec<String>> {
        self.calls()
            .into_iter()
            .map(|call| call.arguments)
            .collect()
    }

    /// Forgets the calls so far.
    pub fn clear(&self) {
        let _ = fs::remove_file(self.dir.join("order"));
    }
}
