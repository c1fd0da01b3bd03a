//! One sandbox: servers that run, and commands that are run among them.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{fs, thread};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::servers::{ADDRESSES, Servers, Site};
use crate::{Authority, Config, Namespace, Output, Programs, Server, Tools};

/// A small internet that lasts as long as this value, or as its process where that ends first.
pub struct Sandbox {
    pub(crate) site: Site,
    servers: Servers,
    programs: Programs,
}

impl Sandbox {
    /// `example.test` on three servers.
    ///
    /// # Panics
    /// Something did not start; the message says what, with the end of its log.
    #[track_caller]
    pub fn start() -> Sandbox {
        Sandbox::with(Config::default())
    }

    /// What the configuration says.
    ///
    /// # Panics
    /// As [`Sandbox::start`], and where the programs do not build.
    #[track_caller]
    pub fn with(config: Config) -> Sandbox {
        if let Ok(Programs { errors, .. }) = Programs::build() {
            assert!(errors.is_empty(), "the programs do not build\n{errors}");
        }
        match Sandbox::try_with(config) {
            Ok(sandbox) => sandbox,
            Err(error) => panic!("{error}"),
        }
    }

    /// What the configuration says, with whatever programs could be built.
    ///
    /// # Errors
    /// Something did not start; the error says what, with the end of its log.
    pub fn try_with(config: Config) -> io::Result<Sandbox> {
        let tools = Tools::fetch(if config.pebble.testing {
            &["servers", "testing"]
        } else {
            &["servers"]
        })?;
        let programs = if config.release {
            Programs::release()?
        } else {
            Programs::build()?
        };
        let path = tools.path(&[
            programs.dir.clone(),
            source("../crates/programs/acme-issue"),
        ]);

        // The namespace removes it, since this process may not live to do so.
        let dir = tempfile::Builder::new()
            .prefix("acmepipe-")
            .tempdir()?
            .keep();
        for sub in ["etc", "data", "work"] {
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
        )?;
        let namespace = Namespace::new(&dir, &path, ADDRESSES).inspect_err(|_| {
            let _ = fs::remove_dir_all(&dir);
        })?;

        let secret = random_secret()?;
        let key = dir.join("update.key");
        let text =
            format!("key \"update\" {{\n\talgorithm hmac-sha256;\n\tsecret \"{secret}\";\n}};\n");
        fs::write(&key, text)?;
        let knot_key = dir.join("update.knot-key");
        fs::write(&knot_key, format!("hmac-sha256:update:{secret}\n"))?;
        let authority = Authority::create(&dir, &["ca.test", "198.51.100.5"])?;
        let mut env: Vec<(String, OsString)> = [
            ("PATH", path),
            ("LD_LIBRARY_PATH", tools.library_path()),
            ("LEGO_SERVER", "https://ca.test/dir".into()),
            ("LEGO_CA_CERTIFICATES", authority.root.clone().into()),
            ("LEGO_EMAIL", "hostmaster@example.test".into()),
            ("LEGO_ACCEPT_TOS", "true".into()),
            ("LEGO_PATH", dir.join("data").into()),
            ("EXEC_PATH", source("update-dns.sh").into()),
            ("DNS_SERVER", "198.51.100.11".into()),
            ("DNS_KEY", key.into()),
            ("DNS_KNOT_KEY", knot_key.into()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        if let Some(script) = script_for_many_primaries(&config, &dir)? {
            env.push(("EXEC_PATH".into(), script.into()));
        }

        let site = Site {
            namespace,
            config,
            tools,
            authority,
            secret,
            env,
        };
        let servers = Servers::start(&site)?;
        Ok(Sandbox {
            site,
            servers,
            programs,
        })
    }

    /// The directory of everything that this sandbox writes. It goes when the sandbox does, unless a test failed.
    pub fn dir(&self) -> &Path {
        self.site.namespace.dir()
    }

    /// Where the programs keep accounts and certificates: their `--path`.
    pub fn data(&self) -> PathBuf {
        self.dir().join("data")
    }

    /// The directory that commands run in.
    pub fn work(&self) -> PathBuf {
        self.dir().join("work")
    }

    /// Its /proc, as it looks from outside.
    pub fn proc(&self) -> PathBuf {
        self.site.namespace.proc()
    }

    /// Where packages were unpacked.
    pub fn tools_root(&self) -> PathBuf {
        self.site.tools.root()
    }

    /// Whether all programs are of today's source.
    pub fn programs_are_fresh(&self) -> bool {
        self.programs.errors.is_empty()
    }

    /// The variables that programs find, beside what the caller has.
    pub fn env(&self) -> impl Iterator<Item = (&str, &OsStr)> {
        self.site
            .env
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_os_str()))
    }

    /// A command that runs in the sandbox with its variables and nothing else of the caller's environment.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let pid = self
            .dir()
            .join(format!("pid-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
        let mut command = self.site.namespace.session(program, &self.work(), &pid);
        command
            .env_clear()
            .env("HOME", self.work())
            .env("LC_ALL", "C.UTF-8")
            .envs(self.env());
        command
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
            true => self.site.namespace.command(program, &cwd),
            false => self.site.namespace.session(program, &cwd, &pid),
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
    pub fn run<S: AsRef<OsStr>>(&self, program: &str, args: &[S]) -> Output {
        let mut command = self.command(program);
        command.args(args);
        self.output(command, "")
    }

    /// Runs a line of shell, with nothing on stdin.
    pub fn sh(&self, line: &str) -> Output {
        self.sh_with(line, "")
    }

    /// Runs a line of shell with this on stdin.
    pub fn sh_with(&self, line: &str, stdin: &str) -> Output {
        let mut command = self.command("sh");
        command.args(["-c", line]);
        self.output(command, stdin)
    }

    /// Runs the whole pipeline, with these arguments for `acme-order`.
    pub fn issue(&self, order: &str) -> Output {
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
    /// It cannot be started.
    #[track_caller]
    pub fn output(&self, mut command: Command, stdin: &str) -> Output {
        let shown = shown(&command);
        let started = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = match started {
            Ok(child) => child,
            Err(error) => panic!("{shown}: {error}"),
        };
        let pipe = child.stdin.take();
        let output = thread::scope(|scope| {
            scope.spawn(move || {
                if let Some(mut pipe) = pipe {
                    // A program that stops reading has its reasons, and its status.
                    let _ = pipe.write_all(stdin.as_bytes());
                }
            });
            child.wait_with_output()
        });
        match output {
            Ok(output) => Output::new(shown, output),
            Err(error) => panic!("{shown}: {error}"),
        }
    }

    /// Writes a shell script that can be run.
    ///
    /// # Panics
    /// It cannot be written.
    #[track_caller]
    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir().join(name);
        if let Err(error) = write_executable(&path, &format!("#!/bin/sh\n{text}\n")) {
            panic!("{}: {error}", path.display());
        }
        path
    }

    /// Kills a server.
    ///
    /// # Panics
    /// It is not there.
    #[track_caller]
    pub fn stop(&mut self, server: Server) {
        if let Err(error) = self.servers.stop(&self.site, server) {
            panic!("{server:?}: {error}");
        }
    }

    /// Starts a server that was stopped, with the zones as they were at first.
    ///
    /// # Panics
    /// It does not start.
    #[track_caller]
    pub fn restart(&mut self, server: Server) {
        if let Err(error) = self.servers.restart(&self.site, server) {
            panic!("{server:?}: {error}");
        }
    }

    /// Makes a server hang: its sockets take queries, and nothing comes back.
    ///
    /// # Panics
    /// It is not there.
    #[track_caller]
    pub fn pause(&self, server: Server) {
        self.signal(server, "STOP");
    }

    /// Lets a server go on that hung.
    ///
    /// # Panics
    /// It is not there.
    #[track_caller]
    pub fn resume(&self, server: Server) {
        self.signal(server, "CONT");
    }

    #[track_caller]
    fn signal(&self, server: Server, signal: &str) {
        if let Err(error) = self.servers.signal(&self.site, server, signal) {
            panic!("{server:?}: {error}");
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.servers.wake();
        if thread::panicking() {
            self.site.namespace.keep_dir();
            eprintln!(
                "{}everything of this sandbox is kept in {}",
                self.servers.log_tails(),
                self.dir().display()
            );
        }
    }
}

/// A file of this crate's directory.
fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn random_secret() -> io::Result<String> {
    let mut bytes = [0; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(STANDARD.encode(bytes))
}

/// Where not all zones have the same primary, a script in front of the usual one that knows which has which.
fn script_for_many_primaries(config: &Config, dir: &Path) -> io::Result<Option<PathBuf>> {
    let mut zones: Vec<_> = config.zones.iter().collect();
    if zones
        .iter()
        .all(|zone| zone.primary_address() == "198.51.100.11")
    {
        return Ok(None);
    }
    // The first pattern wins, so the deepest zone comes first.
    zones.sort_by_key(|zone| std::cmp::Reverse(zone.name.len()));
    let mut text = String::from("#!/bin/sh\ncase ${2-} in\n");
    for zone in zones {
        text.push_str(&format!(
            "{0}. | *.{0}.) DNS_SERVER={1} ;;\n",
            zone.name,
            zone.primary_address()
        ));
    }
    text.push_str(&format!(
        "esac\nexport DNS_SERVER\nexec '{}' \"$@\"\n",
        source("update-dns.sh").display()
    ));
    let path = dir.join("update-dns");
    write_executable(&path, &text)?;
    Ok(Some(path))
}

/// Writes a script that can be run.
pub(crate) fn write_executable(path: &Path, text: &str) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = fs::File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o755)
        .open(path)?;
    file.write_all(text.as_bytes())
}

fn shown(command: &Command) -> String {
    let args = command.get_args().map(OsStr::to_string_lossy);
    // What comes before is how it gets into the namespace.
    args.skip_while(|arg| arg != "--chdir")
        .skip(3)
        .collect::<Vec<_>>()
        .join(" ")
}
