//! Commands among the servers of a sandbox.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use workshop::{Ended, run_within, write_script};

use crate::Sandbox;

/// Longer than any pipeline takes that does not hang, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(600);

impl Sandbox {
    /// A command that runs in the sandbox with its variables and nothing else of the caller's environment.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        self.site.machine.command(program)
    }

    /// Runs a command in the caller's environment and directory, with its stdin, stdout and stderr.
    ///
    /// SIGINT, SIGTERM and SIGHUP of this process go on to the command, unless it is a shell at a terminal, which
    /// has jobs and a terminal to control.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn run_here(
        &self,
        program: &OsStr,
        args: &[OsString],
        shell: bool,
    ) -> io::Result<ExitStatus> {
        let cwd = std::env::current_dir()?;
        let pid = self.dir().join("pid");
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let mut command = match shell {
            true => self.site.machine.namespace.command(program, &cwd),
            false => self.site.machine.namespace.session(program, &cwd, &pid),
        };
        let mut child = command.args(args).envs(self.env()).spawn()?;
        let handle = signals.handle();
        thread::scope(|scope| {
            scope.spawn(|| {
                for signal in signals.forever() {
                    let name = [(SIGINT, "INT"), (SIGTERM, "TERM")]
                        .into_iter()
                        .find(|(number, _)| *number == signal);
                    if !shell {
                        let _ = self
                            .site
                            .machine
                            .namespace
                            .signal(&pid, name.map_or("HUP", |(_, name)| name));
                    }
                }
            });
            let status = child.wait();
            handle.close();
            status
        })
    }

    /// Runs a program to its end, with nothing on stdin.
    #[track_caller]
    pub fn run<S: AsRef<OsStr>>(&self, program: &str, args: &[S]) -> Ended {
        let mut command = self.command(program);
        command.args(args);
        self.output(command, "")
    }

    /// Has the system's list of trusted CAs be the one of this sandbox, for clients that take no other.
    ///
    /// # Panics
    /// It cannot be.
    #[track_caller]
    pub fn trust_for_all(&self) {
        let list = "/etc/ssl/certs/ca-certificates.crt";
        // Once: a second mount would be on top of the certificate's own file, which could not be removed then.
        self.sh(&format!(
            "[ ! -e {list} ] || cmp -s \"$LEGO_CA_CERTIFICATES\" {list} || mount --bind \"$LEGO_CA_CERTIFICATES\" {list}"
        ))
        .success();
    }

    /// Runs a line of shell, with nothing on stdin.
    #[track_caller]
    pub fn sh(&self, line: &str) -> Ended {
        self.sh_with(line, "")
    }

    /// Runs a line of shell with this on stdin.
    #[track_caller]
    pub fn sh_with(&self, line: &str, stdin: &str) -> Ended {
        let mut command = self.command("sh");
        command.args(["-c", line]);
        self.output(command, stdin)
    }

    /// Runs the whole pipeline, with these arguments for `acme-order`.
    #[track_caller]
    pub fn issue(&self, order: &str) -> Ended {
        self.sh(&format!(
            "acme-order {order} | {} | {}",
            Sandbox::PREPARE,
            Sandbox::FINISH
        ))
    }

    /// The pipeline between `acme-order` and the moment when the CA may look.
    pub const PREPARE: &str = "dns-zone | dns01-exec present | dns-wait-txt";
    /// The rest of the pipeline.
    pub const FINISH: &str = "acme-finalize | dns01-exec cleanup";

    /// Runs a command of [`Sandbox::command`] to its end, with this on stdin.
    ///
    /// # Panics
    /// It cannot be started, or has not ended after ten minutes.
    #[track_caller]
    pub fn output(&self, command: Command, stdin: &str) -> Ended {
        run_within(PATIENCE, command, stdin)
    }

    /// Writes a shell script that can be run.
    ///
    /// # Panics
    /// It cannot be written.
    #[track_caller]
    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir().join(name);
        if let Err(error) = write_script(&path, text) {
            panic!("{}: {error}", path.display());
        }
        path
    }
}
