//! How servers start: each when what it depends on is ready, and in its session of the namespace.

use std::fs::{self, File};
use std::io::{self, PipeReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::log;
use super::plan::Plan;
use super::server::Server;
use super::{bind, caddy, knot, nsd, pebble, unbound};
use crate::machine::Machine;
use crate::site::Site;

/// How long a server may take to answer, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts these side by side, and after each what depends on it.
pub(super) fn launch_all(site: &Site, servers: &[Server]) -> Vec<io::Result<(String, Child)>> {
    let one = |server: Server| match launch(site, server) {
        Ok(child) => {
            let mut started = vec![Ok((server.name().to_owned(), child))];
            started.extend(launch_all(site, server.dependents()));
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

/// Starts one of a sandbox's and returns when it answers.
pub(super) fn launch(site: &Site, server: Server) -> io::Result<Child> {
    let name = server.name();
    let dir = site.machine.server_dir(name);
    fs::create_dir_all(&dir)?;
    let plan = plan(site, server, &dir)?;
    let env = site.machine.env.clone();
    start(&site.machine, name, plan, move |said, log| match server {
        Server::Ns1 => knot::follow(said, log, &dir, &env),
        _ => keep(said, log),
    })
}

/// Writes what a server says to its log.
pub(crate) fn keep(mut said: PipeReader, mut log: File) {
    let _ = io::copy(&mut said, &mut log);
}

/// Starts a server, whose directory is there, and returns when it answers. `follow` gets what it says, and its log.
pub(crate) fn start(
    machine: &Machine,
    name: &str,
    plan: Plan,
    follow: impl FnOnce(PipeReader, File) + Send + 'static,
) -> io::Result<Child> {
    let log_path = machine.log_file(name);
    let log = File::options().create(true).append(true).open(&log_path)?;
    let (said, says) = io::pipe()?;
    let [program, args @ ..] = plan.command.as_slice() else {
        return Err(io::Error::other("no command"));
    };
    let mut command =
        machine
            .namespace
            .session(program, &machine.server_dir(name), &machine.pid_file(name));
    command
        .args(args)
        .envs(machine.env())
        .envs(plan.env)
        .stdin(Stdio::null())
        .stdout(says.try_clone()?)
        .stderr(says);
    let mut child = command.spawn()?;
    // With the writing ends that it holds gone, the reader ends when the server does.
    drop(command);
    thread::spawn(move || follow(said, log));
    let began = Instant::now();
    for question in &plan.ready {
        let mut pause = Duration::from_millis(2);
        loop {
            if answers(machine, question)? {
                break;
            }
            if child.try_wait()?.is_some() || began.elapsed() > PATIENCE {
                return Err(io::Error::other(format!(
                    "{name} did not start\n{}",
                    log::tail(&log_path)
                )));
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
    Ok(child)
}

fn answers(machine: &Machine, question: &[String]) -> io::Result<bool> {
    let [program, args @ ..] = question else {
        return Ok(true);
    };
    let status = machine
        .namespace
        .command(program, machine.dir())
        .args(args)
        .envs(machine.env())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    Ok(status.success())
}

/// How one is configured.
fn plan(site: &Site, server: Server, dir: &Path) -> io::Result<Plan> {
    match server {
        Server::Root => nsd::root(site, dir),
        Server::Ns1 | Server::Ns4 => knot::primary(site, server, dir),
        Server::Ns2 => nsd::secondary(site, dir),
        Server::Ns3 => bind::secondary(site, dir),
        Server::Resolver => unbound::resolver(site, dir),
        Server::Ca => {
            let (config, machine) = (&site.config, &site.machine);
            pebble::ca(&config.pebble, &site.authority, &machine.tools, dir)
        }
        Server::Caddy => caddy::ca(site, dir),
    }
}
