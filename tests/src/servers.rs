//! The servers of a sandbox: one file each on how it is configured, and here how they start, stop and are asked
//! whether they are ready.

mod bind;
mod knot;
mod nsd;
mod pebble;
mod unbound;
mod zonefile;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::{Authority, Config, Hosts, Namespace, Tools, Zone};

/// The addresses that the sandbox has.
pub(crate) const ADDRESSES: &[&str] = &[
    "198.51.100.1/24",
    "198.51.100.5/24",
    "198.51.100.11/24",
    "198.51.100.12/24",
    "198.51.100.13/24",
    "198.51.100.21/24",
    "198.51.100.31/24",
    "198.51.100.32/24",
    "2001:db8::11/128",
    "2001:db8::12/128",
    "2001:db8::13/128",
];

/// How long a server may take to answer, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// NSD with the root zone and `test.`
    Root,
    /// Knot, the primary.
    Ns1,
    /// NSD, a secondary.
    Ns2,
    /// BIND, a secondary.
    Ns3,
    /// Knot, for [`Hosts::Ns4`].
    Ns4,
    /// Unbound.
    Resolver,
    /// Pebble.
    Ca,
}

impl Server {
    fn name(self) -> &'static str {
        match self {
            Server::Root => "root",
            Server::Ns1 => "ns1",
            Server::Ns2 => "ns2",
            Server::Ns3 => "ns3",
            Server::Ns4 => "ns4",
            Server::Resolver => "resolver",
            Server::Ca => "ca",
        }
    }

    /// Where it answers queries.
    fn address(self) -> &'static str {
        match self {
            Server::Root => "198.51.100.1",
            Server::Ns1 => "198.51.100.11",
            Server::Ns2 => "198.51.100.12",
            Server::Ns3 => "198.51.100.13",
            Server::Ns4 => "198.51.100.21",
            Server::Resolver => "127.0.0.1",
            Server::Ca => "198.51.100.5",
        }
    }

    /// What starts when this one is ready: a secondary that finds no primary, and a resolver that finds no root,
    /// would wait before they try again.
    fn dependents(self) -> &'static [Server] {
        match self {
            Server::Root => &[Server::Resolver],
            Server::Ns1 => &[Server::Ns2, Server::Ns3],
            _ => &[],
        }
    }

    fn holds(self, zone: &Zone) -> bool {
        match self {
            Server::Ns1 | Server::Ns2 | Server::Ns3 => zone.hosts == Hosts::Three,
            Server::Ns4 => zone.hosts == Hosts::Ns4,
            _ => false,
        }
    }
}

/// What one server is started from.
struct Plan {
    /// Program and arguments.
    command: Vec<String>,
    env: Vec<(&'static str, String)>,
    /// Commands that succeed as soon as it is ready.
    ready: Vec<Vec<String>>,
}

impl Plan {
    fn new<S: Into<String>>(command: impl IntoIterator<Item = S>) -> Plan {
        Plan {
            command: command.into_iter().map(Into::into).collect(),
            env: Vec::new(),
            ready: Vec::new(),
        }
    }

    /// Ready when it answers for these zones with authority.
    fn ready_with<'a>(mut self, server: Server, zones: impl IntoIterator<Item = &'a str>) -> Plan {
        for zone in zones {
            let ask = format!(
                "kdig +tcp +norec +timeout=1 +retry=0 @{} {zone}. SOA | grep -q '^;; Flags: qr aa'",
                server.address()
            );
            self.ready.push(vec!["sh".into(), "-c".into(), ask]);
        }
        self
    }
}

/// The running servers. Their namespace ends them.
pub(crate) struct Servers {
    running: Vec<(Server, Child)>,
    logs: PathBuf,
}

/// What is needed to start any of them.
pub(crate) struct Site {
    pub(crate) namespace: Namespace,
    pub(crate) config: Config,
    pub(crate) tools: Tools,
    pub(crate) authority: Authority,
    /// The TSIG secret, in base64.
    pub(crate) secret: String,
    /// The variables of every command.
    pub(crate) env: Vec<(String, OsString)>,
}

impl Site {
    /// The directory of one server.
    fn dir(&self, server: Server) -> PathBuf {
        self.namespace.dir().join(server.name())
    }

    fn pid_file(&self, server: Server) -> PathBuf {
        self.dir(server).join("pid")
    }

    fn zones(&self, server: Server) -> impl Iterator<Item = &Zone> {
        self.config
            .zones
            .iter()
            .filter(move |zone| server.holds(zone))
    }

    fn needs(&self, server: Server) -> bool {
        matches!(server, Server::Ca | Server::Root | Server::Resolver)
            || self.zones(server).next().is_some()
    }

    fn zone_names(&self, server: Server) -> impl Iterator<Item = &str> {
        self.zones(server).map(|zone| zone.name.as_str())
    }

    fn plan(&self, server: Server) -> io::Result<Plan> {
        let dir = self.dir(server);
        fs::create_dir_all(&dir)?;
        match server {
            Server::Root => nsd::root(self, &dir),
            Server::Ns1 | Server::Ns4 => knot::primary(self, server, &dir),
            Server::Ns2 => nsd::secondary(self, &dir),
            Server::Ns3 => bind::secondary(self, &dir),
            Server::Resolver => unbound::resolver(self, &dir),
            Server::Ca => pebble::ca(self, &dir),
        }
    }
}

impl Servers {
    /// Starts all that the configuration needs, and returns when every one of them answers.
    pub(crate) fn start(site: &Site) -> io::Result<Servers> {
        let logs = site.namespace.dir().join("log");
        fs::create_dir_all(&logs)?;
        let started = launch_all(
            site,
            &[Server::Ca, Server::Root, Server::Ns1, Server::Ns4],
            &logs,
        );
        let mut servers = Servers {
            running: Vec::new(),
            logs,
        };
        let mut failed = None;
        for result in started {
            match result {
                Ok(running) => servers.running.push(running),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(servers), Err)
    }

    /// Starts one again that was stopped.
    pub(crate) fn restart(&mut self, site: &Site, server: Server) -> io::Result<()> {
        let child = launch(site, server, &self.logs)?;
        self.running.push((server, child));
        Ok(())
    }

    /// Ends one and waits until it is gone.
    pub(crate) fn stop(&mut self, site: &Site, server: Server) -> io::Result<()> {
        self.signal(site, server, "KILL")?;
        for (_, child) in self.running.iter_mut().filter(|(each, _)| *each == server) {
            child.wait()?;
        }
        self.running.retain(|(each, _)| *each != server);
        Ok(())
    }

    /// Sends a signal to all processes of one.
    pub(crate) fn signal(&self, site: &Site, server: Server, signal: &str) -> io::Result<()> {
        site.namespace.signal(&site.pid_file(server), signal)?;
        if signal == "CONT" {
            self.wake();
        }
        Ok(())
    }

    /// Lets every `nsenter` go on: it stops when what it started stops, and asleep it could not wait for its end.
    pub(crate) fn wake(&self) {
        for (_, child) in &self.running {
            let _ = kill_process(Pid::from_child(child), Signal::CONT);
        }
    }

    /// The last lines of every log.
    pub(crate) fn log_tails(&self) -> String {
        self.running
            .iter()
            .map(|(server, _)| tail(&log_path(&self.logs, *server)))
            .collect()
    }
}

fn log_path(logs: &Path, server: Server) -> PathBuf {
    logs.join(format!("{}.log", server.name()))
}

/// Starts these side by side, and after each what depends on it.
fn launch_all(site: &Site, servers: &[Server], logs: &Path) -> Vec<io::Result<(Server, Child)>> {
    let one = |server: Server| match launch(site, server, logs) {
        Ok(child) => {
            let mut started = vec![Ok((server, child))];
            started.extend(launch_all(site, server.dependents(), logs));
            started
        }
        Err(error) => vec![Err(error)],
    };
    thread::scope(|scope| {
        let threads: Vec<_> = servers
            .iter()
            .filter(|&&server| site.needs(server))
            .map(|&server| scope.spawn(move || one(server)))
            .collect();
        let join = |thread: thread::ScopedJoinHandle<_>| {
            thread
                .join()
                .unwrap_or_else(|_| vec![Err(io::Error::other("a thread panicked"))])
        };
        threads.into_iter().flat_map(join).collect()
    })
}

/// Starts one and returns when it answers.
fn launch(site: &Site, server: Server, logs: &Path) -> io::Result<Child> {
    let plan = site.plan(server)?;
    let log_path = log_path(logs, server);
    let log = File::options().create(true).append(true).open(&log_path)?;
    let dir = site.dir(server);
    let (said, says) = io::pipe()?;
    let [program, args @ ..] = plan.command.as_slice() else {
        return Err(io::Error::other("no command"));
    };
    let mut command = site
        .namespace
        .session(program, &dir, &site.pid_file(server));
    command
        .args(args)
        .envs(site.env.iter().map(|(name, value)| (name, value)))
        .envs(plan.env)
        .stdin(Stdio::null())
        .stdout(says.try_clone()?)
        .stderr(says);
    let mut child = command.spawn()?;
    // With the writing ends that it holds gone, the reader ends when the server does.
    drop(command);
    let env = site.env.to_vec();
    thread::spawn(move || match server {
        Server::Ns1 => knot::follow(said, log, &dir, &env),
        _ => drop(io::copy(&mut { said }, &mut { log })),
    });
    let began = Instant::now();
    for question in &plan.ready {
        let mut pause = Duration::from_millis(2);
        loop {
            if answers(site, question)? {
                break;
            }
            if child.try_wait()?.is_some() || began.elapsed() > PATIENCE {
                return Err(io::Error::other(format!(
                    "{} did not start\n{}",
                    server.name(),
                    tail(&log_path)
                )));
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
    Ok(child)
}

fn answers(site: &Site, question: &[String]) -> io::Result<bool> {
    let [program, args @ ..] = question else {
        return Ok(true);
    };
    let status = site
        .namespace
        .command(program, site.namespace.dir())
        .args(args)
        .envs(site.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    Ok(status.success())
}

fn tail(path: &Path) -> String {
    const BYTES: i64 = 3000;
    let read = || -> io::Result<String> {
        let mut file = File::open(path)?;
        let length = i64::try_from(file.metadata()?.len()).unwrap_or(i64::MAX);
        file.seek(SeekFrom::End(-length.min(BYTES)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    format!(
        "--- {}\n{}\n",
        path.display(),
        read().unwrap_or_default().trim_end()
    )
}
