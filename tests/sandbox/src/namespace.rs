//! Network, mount and process namespaces that end with the process that made them.
//!
//! One process holds them: the init of the PID namespace, a shell that reads from a pipe of ours. When we are gone,
//! however we went, its pipe ends; it kills what still runs, removes the directory and exits, and with it go
//! the mounts and the network.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// `$1` is the directory, the rest are addresses. Its files in `etc` replace the system's.
/// `$$` is asked before the kill that would else reach every process of the machine.
const INIT: &str = r#"
set -e
dir=$1; shift
[ $$ = 1 ]
ip link set lo up
for address; do echo "address add $address dev lo"; done | ip -batch -
# Packets to it vanish, which is how a host looks that is gone. Which of these kinds there are depends on the kernel.
for type in dummy ifb veth bridge; do
    ip link add void type $type 2>/dev/null || continue
    ip link set void arp off up
    ip route add 203.0.113.0/24 dev void
    break
done
# In some containers /proc cannot be mounted. Then ours shows all processes, and nothing else is different.
mount -t proc proc /proc 2>/dev/null || :
for file in "$dir"/etc/*; do
    [ ! -e "/etc/${file##*/}" ] || mount --bind "$file" "/etc/${file##*/}"
done
echo ready
keep=
while read -r line; do keep=$line; done
kill -KILL -1 2>/dev/null || :
# What a test has mounted would stay as a directory that cannot be removed.
while read -r _ where _; do
    case $where in "$dir"/*) umount -l "$where" ;; esac
done 2>/dev/null </proc/mounts || :
[ -n "$keep" ] || rm -rf "$dir"
"#;

/// The namespaces, and a directory that lives as long.
#[derive(Debug)]
pub struct Namespace {
    holder: Child,
    pipe: Option<ChildStdin>,
    dir: PathBuf,
    user: bool,
}

impl Namespace {
    /// Makes them, with these addresses on the loopback interface. With `users`, others than root can be had in them as far
    /// as this machine lets us: if root makes them, or who has subordinate ids (subuid(5)).
    ///
    /// `dir` is removed at the end. The files in its `etc` stand in the place of the system's.
    ///
    /// # Errors
    /// This machine allows neither root nor users to make namespaces, or a tool is missing: said in one line.
    pub fn new(dir: &Path, path: &OsStr, addresses: &[&str], users: bool) -> io::Result<Namespace> {
        let mut said = String::new();
        for options in attempts(users) {
            let mut command = Command::new("unshare");
            command
                .args(*options)
                .args([
                    "--net",
                    "--mount",
                    "--pid",
                    "--fork",
                    "--kill-child",
                    "sh",
                    "-c",
                    INIT,
                    "sandbox",
                ])
                .arg(dir)
                .args(addresses)
                .env("PATH", path)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                // Ctrl-C is for us. The holder has to outlive us for a moment, to clean up.
                .process_group(0);
            let mut holder = command
                .spawn()
                .map_err(|error| io::Error::other(format!("unshare: {error}")))?;
            let pipe = holder.stdin.take();
            let mut line = String::new();
            if let Some(stdout) = holder.stdout.take() {
                BufReader::new(stdout).read_line(&mut line)?;
            }
            if line == "ready\n" {
                return Ok(Namespace {
                    holder,
                    pipe,
                    dir: dir.to_owned(),
                    user: !options.is_empty(),
                });
            }
            if let Some(mut stderr) = holder.stderr.take() {
                stderr.read_to_string(&mut said)?;
            }
            holder.wait()?;
        }
        Err(io::Error::other(format!(
            "the sandbox needs root, or user namespaces for everyone (sysctl kernel.unprivileged_userns_clone, \
             user.max_user_namespaces), and this machine gave neither: {}",
            said.trim().replace('\n', "; ")
        )))
    }

    /// A program that will run in here, in directory `cwd`, in a session and process group of its own. The file `pid`
    /// gets the group's number, for [`Namespace::signal`].
    ///
    /// A group of the caller's would have no number in here, and signals from outside would reach `nsenter` too,
    /// which has to live on: only it can wait for what it started.
    pub fn session(&self, program: impl AsRef<OsStr>, cwd: &Path, pid: &Path) -> Command {
        let mut command = self.command("sh", cwd);
        command
            .args(["-c", "echo $$ >\"$0\"; exec setsid \"$@\""])
            .arg(pid)
            .arg(program)
            .process_group(0);
        command
    }

    /// Sends a signal, by its name without `SIG`, to all processes of a session.
    ///
    /// # Errors
    /// They are gone.
    pub fn signal(&self, pid: &Path, signal: &str) -> io::Result<()> {
        let mut command = self.command("sh", &self.dir);
        let output = command
            .args(["-c", "kill -s \"$1\" -- -$(cat \"$0\")"])
            .arg(pid)
            .arg(signal)
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(io::Error::other(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ))
    }

    /// A command that will run in here, in directory `cwd`. What it starts ends with the namespace at the latest.
    pub fn command(&self, program: impl AsRef<OsStr>, cwd: &Path) -> Command {
        let proc = format!("/proc/{}/ns", self.holder.id());
        let mut command = Command::new("nsenter");
        if self.user {
            command
                .arg(format!("--user={proc}/user"))
                .arg("--preserve-credentials");
        }
        command
            .arg(format!("--net={proc}/net"))
            .arg(format!("--mount={proc}/mnt"))
            .arg(format!("--pid={proc}/pid_for_children"))
            // Entering a mount namespace leads to its root; `--wd` would lead back out of it.
            .args(["--", "env", "--chdir"])
            .arg(cwd)
            .arg("--")
            .arg(program);
        command
    }

    /// The directory that goes when the namespace does.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The /proc that is mounted in it, with its own process numbers.
    pub fn proc(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root/proc", self.holder.id()))
    }

    /// Leaves the directory where it is at the end, for a person to look into.
    pub fn keep_dir(&mut self) {
        if let Some(pipe) = &mut self.pipe {
            // The worst that can follow is that the directory is gone.
            let _ = pipe.write_all(b"keep\n");
        }
    }
}

/// The user namespaces to try, the best first.
fn attempts(users: bool) -> &'static [&'static [&'static str]] {
    const ROOT: &[&str] = &["--user", "--map-root-user"];
    const SUBORDINATE: &[&str] = &["--user", "--map-root-user", "--map-auto"];
    // Root needs none.
    const NONE: &[&str] = &[];
    match users {
        // The one with root alone works for everyone, where it is allowed.
        false => &[ROOT, NONE],
        true => &[SUBORDINATE, NONE, ROOT],
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ = self.holder.wait();
    }
}
