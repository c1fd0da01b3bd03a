//! How servers start: each when what it depends on is ready, and in its session of the namespace.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::log;
use super::plan::Plan;
use super::server::Server;
use super::{bind, knot, nsd, pebble, unbound};
use crate::site::Site;

/// How long a server may take to answer, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts these side by side, and after each what depends on it.
pub(super) fn launch_all(
    site: &Site,
    servers: &[Server],
    logs: &Path,
) -> Vec<io::Result<(Server, Child)>> {
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
pub(super) fn launch(site: &Site, server: Server, logs: &Path) -> io::Result<Child> {
    let plan = plan(site, server)?;
    let log_path = log::path(logs, server);
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
                    log::tail(&log_path)
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

/// How one is configured.
fn plan(site: &Site, server: Server) -> io::Result<Plan> {
    let dir = site.dir(server);
    fs::create_dir_all(&dir)?;
    match server {
        Server::Root => nsd::root(site, &dir),
        Server::Ns1 | Server::Ns4 => knot::primary(site, server, &dir),
        Server::Ns2 => nsd::secondary(site, &dir),
        Server::Ns3 => bind::secondary(site, &dir),
        Server::Resolver => unbound::resolver(site, &dir),
        Server::Ca => pebble::ca(site, &dir),
    }
}
