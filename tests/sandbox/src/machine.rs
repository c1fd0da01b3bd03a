//! A machine of its own for servers and commands: its namespace, the tools that were fetched, and the variables that
//! every command finds.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use workshop::Programs;

use crate::{Namespace, Tools};

/// What is needed to start any server, and any command among them.
pub(crate) struct Machine {
    pub(crate) namespace: Namespace,
    pub(crate) tools: Tools,
    /// The variables of every command.
    pub(crate) env: Vec<(String, OsString)>,
}

impl Machine {
    /// Makes one with these sets of tools, our programs, and these addresses beside those of every loopback interface; with
    /// `users`, see [`Namespace::new`].
    ///
    /// # Errors
    /// A tool could not be fetched, this machine makes no namespaces, or a file could not be written.
    pub(crate) fn make(
        sets: &[&str],
        programs: &Programs,
        addresses: &[&str],
        users: bool,
    ) -> io::Result<Machine> {
        let tools = Tools::fetch(sets)?;
        let path = tools.path(&programs.dir);
        // The namespace removes it, since this process may not live to do so.
        let dir = tempfile::Builder::new()
            .prefix("acmepipe-")
            .tempdir()?
            .keep();
        let namespace = system_files(&dir)
            .and_then(|()| Namespace::new(&dir, &path, addresses, users))
            .inspect_err(|_| {
                let _ = fs::remove_dir_all(&dir);
            })?;
        let env = vec![
            ("PATH".to_owned(), path),
            ("LD_LIBRARY_PATH".to_owned(), tools.library_path()),
        ];
        Ok(Machine {
            namespace,
            tools,
            env,
        })
    }

    /// The directory of everything that is written in it.
    pub(crate) fn dir(&self) -> &Path {
        self.namespace.dir()
    }

    /// The directory that commands run in.
    pub(crate) fn work(&self) -> PathBuf {
        self.dir().join("work")
    }

    /// The directory of one server.
    pub(crate) fn server_dir(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    /// The file with the number of one server's session.
    pub(crate) fn pid_file(&self, name: &str) -> PathBuf {
        self.server_dir(name).join("pid")
    }

    /// The file of one server's output.
    pub(crate) fn log_file(&self, name: &str) -> PathBuf {
        self.dir().join("log").join(format!("{name}.log"))
    }

    /// A command that runs in here with the machine's variables and nothing else of the caller's environment.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let pid = self
            .dir()
            .join(format!("pid-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
        let mut command = self.namespace.session(program, &self.work(), &pid);
        command
            .env_clear()
            .env("HOME", self.work())
            .env("LC_ALL", "C.UTF-8")
            .envs(self.env());
        command
    }

    /// The variables, beside what the caller has.
    pub(crate) fn env(&self) -> impl Iterator<Item = (&str, &OsStr)> {
        self.env
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_os_str()))
    }
}

/// The directories of a machine, and what takes the place of the system's files in it.
fn system_files(dir: &Path) -> io::Result<()> {
    for sub in ["etc", "data", "log", "work"] {
        fs::create_dir(dir.join(sub))?;
    }
    fs::write(dir.join("etc/resolv.conf"), "nameserver 127.0.0.1\n")?;
    fs::write(
        dir.join("etc/hosts"),
        "127.0.0.1 localhost\n::1 localhost\n",
    )?;
    // Services of the machine would else be asked for names, over sockets that reach into the sandbox.
    fs::write(
        dir.join("etc/nsswitch.conf"),
        "hosts: files dns\npasswd: files\ngroup: files\n",
    )
}
