//! Our programs without the sandbox: for tests that need neither CA nor name servers.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::umask::close_to_others;
use crate::{
    Ended, Programs, Recorder, Terminal, copy_to_run, run, unignore_signals, write_script,
};

/// A directory with scripts in it, in which programs are run.
pub struct Workshop {
    dir: tempfile::TempDir,
    programs: Programs,
}

impl Workshop {
    /// An empty one.
    ///
    /// # Panics
    /// The programs do not build.
    #[track_caller]
    pub fn open() -> Workshop {
        unignore_signals();
        close_to_others();
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
        if let Err(error) = write_script(&path, text) {
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
        let ours = std::iter::once(self.programs.dir.clone());
        let path = ours.chain(std::env::split_paths(&system));
        let path = std::env::join_paths(path).unwrap_or_default();
        // `Command` would look for the program in our own PATH.
        let ours = self.programs.path(&program.as_ref().to_string_lossy());
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

    /// Runs a line of bash with job control in front of a terminal, with this program of the user's.
    #[track_caller]
    pub fn in_terminal(&self, program: &Path, line: &str) -> Terminal {
        let mut command = self.command("--ctty");
        command
            .args(["bash", "-mc", line])
            .env("EXEC_PATH", program);
        Terminal::run(command)
    }

    /// A directory with our programs, of which these are shell scripts instead; where such a one is only to check its command
    /// line, it finds it right.
    #[track_caller]
    pub fn programs_with(&self, scripts: &[(&str, &str)]) -> PathBuf {
        let others: Vec<&str> = scripts.iter().map(|(name, _)| *name).collect();
        let directory = self.dir().join(format!("with-{}", others.join("-")));
        let check = r#"case "$*" in *--generate=check*) exit 0 ;; esac"#;
        let fill = || -> io::Result<()> {
            fs::create_dir_all(&directory)?;
            let mut programs = Programs::names()?;
            programs.retain(|program| !others.contains(&&**program));
            let programs: Vec<_> = programs
                .iter()
                .map(|name| self.programs.path(name))
                .collect();
            copy_to_run(&programs, &directory)?;
            for (name, text) in scripts {
                write_script(&directory.join(name), &format!("{check}\n{text}"))?;
            }
            Ok(())
        };
        fill().unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        directory
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

    /// A line of shell, in which `dns01-exec` calls this program of the user's.
    pub fn pipeline(&self, program: &Path, line: &str) -> Command {
        let mut command = self.shell(line);
        command.env("EXEC_PATH", program);
        command
    }

    /// A line of shell.
    pub fn shell(&self, line: &str) -> Command {
        let mut command = self.command("sh");
        command.args(["-c", line]);
        command
    }
}
