//! Signals to this program, each handed on to the programs that it runs.

use command::Usage;
use rustix::process::{Pid, Signal, kill_process_group};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The signals that came.
#[derive(Clone, Default)]
pub struct Signals(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// The first that came.
    first: Option<i32>,
    /// The process group to which they are sent.
    group: Option<Pid>,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// Where the system gives no signal handler or thread.
    pub fn listen() -> Result<Signals, Usage> {
        let signals = Signals::default();
        let listener = signals.clone();
        command::on_each_signal(move |number| {
            let mut state = listener.lock();
            state.first.get_or_insert(number);
            state.hand_on();
        })?;
        Ok(signals)
    }

    /// Sends signals to this process group from now on, beginning with one that came already; to nobody without one.
    pub fn hand_on_to(&self, group: Option<Pid>) {
        let mut state = self.lock();
        state.group = group;
        if state.first.is_some() {
            state.hand_on();
        }
    }

    /// The first that came.
    pub fn first(&self) -> Option<i32> {
        self.lock().first
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn hand_on(&self) {
        if let Some(group) = self.group {
            // They may have ended by themselves meanwhile.
            let _ = kill_process_group(group, Signal::TERM);
        }
    }
}
