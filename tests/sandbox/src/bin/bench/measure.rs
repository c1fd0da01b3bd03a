//! Wall time, CPU time and memory of a line of shell in the sandbox.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sandbox::{Sandbox, run_within};

/// Not the client's own: the script that all have in common, which is run by dash, what it starts, what the lines here
/// are made of, and NSD, which forks for every transfer. By their files: programs may call themselves anything.
const NOT_COUNTED: [&str; 10] = [
    "dash",
    "nsupdate",
    "knsupdate",
    "jq",
    "nsd",
    "setsid",
    "env",
    "seq",
    "xargs",
    "cat",
];

/// How often the processes of a client are looked at that lives long: one time in twenty of a core at most.
pub(crate) const NOW_AND_THEN: Option<Duration> = Some(Duration::from_millis(50));

/// How often those are looked at that live short. Peaks are the kernel's own; only what comes after the last look is
/// missed. It takes a quarter of a core.
pub(crate) const CLOSELY: Option<Duration> = Some(Duration::from_millis(5));

/// Longer than the slowest client takes, which waits a minute after each of a hundred names.
const PATIENCE: Duration = Duration::from_secs(3 * 3600);

/// What a line took.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    /// From start to end.
    pub(crate) wall: Duration,
    /// Of all its processes, those of the script included.
    pub(crate) cpu: Duration,
    /// Memory in kB, without the script's.
    pub(crate) memory: Memory,
}

/// Resident memory in kB.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Sum over the peaks of all processes, whether they lived at one time or not.
    pub(crate) sum: u64,
    /// Sum over the peaks of those that lived at one time, when it was highest.
    pub(crate) together: u64,
    /// The peak of each process, with the name of its file.
    pub(crate) peaks: Vec<(String, u64)>,
}

/// Runs a line and measures it: its memory too, if there is a pause between two looks at its processes.
pub(crate) fn measure(
    sandbox: &Sandbox,
    line: &str,
    env: &[(String, String)],
    looks: Option<Duration>,
) -> Result<Measured, Box<dyn std::error::Error>> {
    // `times` says what was used by all that the shell has waited for.
    let script = format!("({line}\n)\nstatus=$?\ntimes >&2\nexit $status");
    let mut command = sandbox.command("sh");
    command
        .args(["-c", &script])
        .envs(env.iter().map(|(name, value)| (name, value)));

    let ((output, wall), memory) = watched(sandbox, looks, || {
        let began = Instant::now();
        let output = run_within(PATIENCE, command, "");
        (output, began.elapsed())
    });
    if output.status != 0 {
        return Err(format!(
            "status {} of: {line:.300}\n{}{}",
            output.status, output.stdout, output.stderr
        )
        .into());
    }
    let times = output.stderr.lines().last().unwrap_or_default();
    let cpu = times
        .split_whitespace()
        .filter_map(minutes_and_seconds)
        .sum();
    Ok(Measured { wall, cpu, memory })
}

/// Does some work, and says what memory the processes took that began meanwhile, if there is a pause between two looks.
pub(crate) fn watched<T>(
    sandbox: &Sandbox,
    looks: Option<Duration>,
    work: impl FnOnce() -> T,
) -> (T, Memory) {
    let done = AtomicBool::new(false);
    let others: HashSet<PathBuf> = processes(sandbox).collect();
    thread::scope(|scope| {
        let watch = looks.map(|pause| {
            let (others, done) = (&others, &done);
            scope.spawn(move || watch(sandbox, others, done, pause))
        });
        let result = work();
        done.store(true, Ordering::Relaxed);
        let memory = watch.and_then(|watch| watch.join().ok());
        (result, memory.unwrap_or_default())
    })
}

/// `1m2.30s`
fn minutes_and_seconds(text: &str) -> Option<Duration> {
    let (minutes, seconds) = text.strip_suffix('s')?.split_once('m')?;
    Some(Duration::from_secs_f64(
        minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?,
    ))
}

/// All processes of the sandbox, by their directory in its /proc.
fn processes(sandbox: &Sandbox) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(sandbox.proc()).into_iter().flatten().flatten();
    let numbered = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|name| name.as_encoded_bytes()[0].is_ascii_digit())
    };
    entries.map(|entry| entry.path()).filter(numbered)
}

/// What the processes of a program have taken of the CPU so far, by the name of its file. The kernel counts hundredths of a
/// second (proc_pid_stat(5)).
pub(crate) fn cpu_of(sandbox: &Sandbox, program: &str) -> Duration {
    let ticks = |process: PathBuf| -> Option<u64> {
        let file = fs::read_link(process.join("exe")).ok()?;
        if file.file_name()? != program {
            return None;
        }
        let stat = fs::read_to_string(process.join("stat")).ok()?;
        // The name in parentheses may hold anything.
        let (_, fields) = stat.rsplit_once(')')?;
        let mut fields = fields.split_whitespace().skip(11);
        let mut next = || fields.next()?.parse::<u64>().ok();
        Some(next()? + next()?)
    };
    let ticks: u64 = processes(sandbox).filter_map(ticks).sum();
    Duration::from_millis(ticks * 10)
}

/// Looks again and again at the processes that are new, until it is done.
fn watch(
    sandbox: &Sandbox,
    others: &HashSet<PathBuf>,
    done: &AtomicBool,
    pause: Duration,
) -> Memory {
    let mut memory = Memory::default();
    let mut peaks: HashMap<PathBuf, (String, u64)> = HashMap::new();
    while !done.load(Ordering::Relaxed) {
        let mut together = 0;
        for process in processes(sandbox).filter(|process| !others.contains(process)) {
            if let Some(peak) = peak(&process) {
                together += peak.1;
                peaks.insert(process, peak);
            }
        }
        memory.together = memory.together.max(together);
        thread::sleep(pause);
    }
    memory.sum = peaks.values().map(|(_, peak)| peak).sum();
    memory.peaks = peaks.into_values().collect();
    memory.peaks.sort();
    memory
}

/// The file of a process and the peak of its resident memory in kB, unless it is not to be counted.
fn peak(process: &Path) -> Option<(String, u64)> {
    let file = fs::read_link(process.join("exe")).ok()?;
    let name = file.file_name()?.to_string_lossy();
    if NOT_COUNTED.iter().any(|other| *other == name) {
        return None;
    }
    let status = fs::read_to_string(process.join("status")).ok()?;
    let field = |name: &str| {
        let value = status.lines().find_map(|line| line.strip_prefix(name))?;
        value.split_whitespace().next()
    };
    // A child that was only forked yet shares the memory of its parent.
    let parent = process.with_file_name(field("PPid:")?).join("exe");
    if fs::read_link(parent).is_ok_and(|parent| parent == file) {
        return None;
    }
    Some((name.into_owned(), field("VmHWM:")?.parse().ok()?))
}

impl Memory {
    /// The largest peak among the processes of a program, in kB.
    pub(crate) fn peak_of(&self, program: &str) -> u64 {
        let peaks = self.peaks.iter().filter(|(name, _)| name == program);
        peaks.map(|(_, peak)| *peak).max().unwrap_or(0)
    }
}

/// A table of what each client took for so many names: of several runs the fastest.
pub(crate) struct Figures {
    heading: String,
    rows: Vec<(String, Measured)>,
}

impl Figures {
    pub(crate) fn new(heading: String) -> Self {
        Figures {
            heading,
            rows: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, client: &str, measured: Measured) {
        match self.rows.iter_mut().find(|(name, _)| name == client) {
            Some((_, best)) if best.wall <= measured.wall => {}
            Some((_, best)) => *best = measured,
            None => self.rows.push((client.to_owned(), measured)),
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{:<28} {:>10} {:>10} {:>10} {:>10} {:>10} {:>14}",
            self.heading, "wall", "CPU", "peaks", "at once", "largest", "to the first"
        )?;
        for (client, one) in &self.rows {
            let first = self.rows.first().map_or(one.wall, |(_, first)| first.wall);
            let largest = one.memory.peaks.iter().map(|(_, peak)| *peak).max();
            let largest = largest.unwrap_or(0);
            writeln!(
                out,
                "{client:<28} {:>8.2} s {:>8.2} s {:>7.1} MB {:>7.1} MB {:>7.1} MB {:>14.2}",
                one.wall.as_secs_f64(),
                one.cpu.as_secs_f64(),
                one.memory.sum as f64 / 1000.0,
                one.memory.together as f64 / 1000.0,
                largest as f64 / 1000.0,
                one.wall.as_secs_f64() / first.as_secs_f64(),
            )?;
        }
        for (client, one) in self.rows.iter().take(1) {
            write!(out, "memory of the {client} in kB:")?;
            for (program, peak) in &one.memory.peaks {
                write!(out, " {program} {peak}")?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}
