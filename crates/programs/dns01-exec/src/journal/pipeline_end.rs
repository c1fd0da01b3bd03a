//! A `cleanup` at the end of a pipeline, and what it sees when it starts: what has ended by then is of another pipeline.

use crate::journal::owner::Owner;
use crate::journal::pipes::{Pipe, Pipes, Reach, Role};
use crate::journal::this_process::this_process;
use exec_cli::mark;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use subprocess::{Process, pipe_identity};

/// How far apart the programs of one pipeline start, in seconds: a shell needs milliseconds, on a busy machine more.
pub(super) const ONE_PIPELINE: f64 = 0.5;

/// The pauses between looks at all processes, in milliseconds: a shell needs so long to start the programs of a pipeline,
/// one that has just been forked does not have its pipes yet, and nothing tells when it has.
const PAUSES: [u64; 6] = [1, 2, 4, 8, 16, 32];

/// The pause between those after them, and how many there are at most: as long as the shell has a child that has not begun, as
/// on a busy machine.
const PAUSE_FOR_FORKS: (u64, usize) = (32, 60);

/// The end of a pipeline.
pub(crate) struct PipelineEnd {
    /// The process that cleans up.
    pub(super) me: Owner,
    /// The pipe that it reads.
    pub(super) stdin: Option<Pipe>,
    /// The marks of its siblings when it started: those that the same shell had started in the same process group.
    pub(super) siblings: BTreeSet<String>,
    /// What it has seen since.
    pub(super) seen: Arc<Mutex<Seen>>,
    /// What still looks around.
    pub(super) looks: Mutex<Option<JoinHandle<()>>>,
    /// When it started.
    pub(super) began: Instant,
}

/// What was seen of the processes around.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The marks of all.
    pub(super) marks: BTreeSet<String>,
    /// The marks of those that clean up.
    pub(super) cleanups: BTreeSet<String>,
    /// Where the documents come from that arrive here.
    pub(super) upstream: Reach,
    /// All processes with their pipes, at the last look.
    pub(super) last: Pipes,
    /// Whether each has become its program by then.
    pub(super) is_settled: bool,
}

impl PipelineEnd {
    /// That of this process, which has just started.
    pub(crate) fn of_this_process() -> PipelineEnd {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let mut me = this_process(&Pipes::default());
        let (mut looks, stdin) = (None, pipe_identity(std::io::stdin()));
        if let Some(stdin) = stdin.clone() {
            let pipes = Pipes::now();
            me = this_process(&pipes);
            lock(&seen).add(pipes, &stdin);
            looks = look_again(seen.clone(), stdin);
        }
        let siblings = Process::this().map(|me| me.siblings()).unwrap_or_default();
        let mark = |process: Process| mark::of_process(process.pid, process.started);
        PipelineEnd {
            me,
            stdin,
            siblings: siblings.into_iter().map(mark).collect(),
            seen,
            looks: Mutex::new(looks),
            began: Instant::now(),
        }
    }

    /// Waits until all programs of the pipeline have had the time to start, or one is known to present into it: where the
    /// pipes are broken, the input can end before that.
    pub(crate) fn wait_until_settled(&self) {
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(looks) = looks.take() {
            let _ = looks.join();
        }
    }

    /// Whether the caller has named the run.
    pub(crate) fn has_named_run(&self) -> bool {
        self.me.run.is_some()
    }

    /// Whether it reads from a pipe.
    pub(crate) fn reads_pipe(&self) -> bool {
        self.stdin.is_some()
    }

    /// Whether it reads from this pipe.
    pub(super) fn reads(&self, pipe: &Pipe) -> bool {
        self.stdin.as_ref() == Some(pipe)
    }

    /// Where the documents come from that arrive here.
    pub(super) fn upstream(&self) -> Reach {
        lock(&self.seen).upstream.clone()
    }

    /// Where the documents go that are written into these pipes, as far as was seen; it is open until all programs have
    /// started.
    pub(super) fn downstream_of(&self, pipes: &BTreeSet<Pipe>) -> Reach {
        let seen = lock(&self.seen);
        let reached = pipes.iter().map(|pipe| seen.last.downstream(pipe));
        let open = Reach {
            is_open: !seen.is_settled,
            ..Reach::default()
        };
        reached.fold(open, Reach::and)
    }

    /// Whether it started before what happened this long ago, as far as times in whole seconds tell.
    pub(super) fn is_older_than(&self, age: Option<Duration>) -> bool {
        age.is_some_and(|age| age < self.began.elapsed() + Duration::from_secs(2))
    }

    /// Whether the process with this mark was there when this one started, or started with it.
    pub(super) fn saw(&self, mark: &str) -> bool {
        lock(&self.seen).marks.contains(mark)
    }

    /// Whether the same shell had started another `cleanup` by then.
    pub(super) fn has_sibling_that_cleans_up(&self) -> bool {
        !lock(&self.seen).cleanups.is_disjoint(&self.siblings)
    }
}

impl Seen {
    /// Adds what is there now.
    pub(super) fn add(&mut self, pipes: Pipes, stdin: &Pipe) {
        for stage in &pipes.0 {
            self.marks.insert(stage.mark.clone());
            if stage.role == Role::CleansUp {
                self.cleanups.insert(stage.mark.clone());
            }
        }
        self.upstream = std::mem::take(&mut self.upstream).and(pipes.upstream(stdin));
        self.last = pipes;
    }
}

/// Looks at all processes a few times more, in the background, until one is seen that presents into this pipeline.
fn look_again(seen: Arc<Mutex<Seen>>, stdin: Pipe) -> Option<JoinHandle<()>> {
    let look = move || {
        let (pause, count) = PAUSE_FOR_FORKS;
        let later = std::iter::repeat_n(pause, count);
        for (index, pause) in PAUSES.into_iter().chain(later).enumerate() {
            let is_known = !lock(&seen).upstream.presents.is_empty();
            if is_known || (index >= PAUSES.len() && !has_sibling_to_begin()) {
                return;
            }
            thread::sleep(Duration::from_millis(pause));
            let pipes = Pipes::now();
            let mut seen = lock(&seen);
            seen.add(pipes, &stdin);
            seen.is_settled = index + 2 >= PAUSES.len();
        }
    };
    // Without the thread, what was seen at the start has to do.
    thread::Builder::new().spawn(look).ok()
}

/// Whether the same shell has a child of the same pipeline, as far as times tell, that runs and has not become another program,
/// as far as its arguments tell. A loop of the shell's looks the same, but mostly waits for something.
fn has_sibling_to_begin() -> bool {
    let Some(me) = Process::this() else {
        return false;
    };
    let shell = Process::with_pid(me.parent).map(|shell| shell.arguments());
    let is_near = |one: &Process| (one.started - me.started).abs() <= ONE_PIPELINE;
    let siblings = me.siblings().into_iter();
    let running = siblings.filter(|one| one.is_running && is_near(one));
    running.map(|one| one.arguments()).any(|arguments| {
        // One that is becoming another program has none for a moment.
        arguments.iter().all(Vec::is_empty) || Some(&arguments) == shell.as_ref()
    })
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
