//! Ending what is under way from another thread.

use crate::{Error, Result};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A switch shared by all who work: once thrown, waits end, requests under way are cut off, and no new one begins.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    thrown: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stopped: bool,
    agents: Vec<ureq::Agent>,
}

impl Stop {
    /// Throws the switch.
    pub fn stop(&self) {
        let agents = {
            let mut state = self.state();
            state.stopped = true;
            std::mem::take(&mut state.agents)
        };
        self.0.thrown.notify_all();
        for agent in agents {
            agent.shutdown();
        }
    }

    /// Whether the switch has been thrown.
    pub fn is_stopped(&self) -> bool {
        self.state().stopped
    }

    /// An error once the switch has been thrown.
    ///
    /// # Errors
    /// `acmepipe:interrupted`.
    pub fn check(&self) -> Result<()> {
        if self.is_stopped() {
            return Err(Error::interrupted());
        }
        Ok(())
    }

    /// Waits for `duration`, unless it is stopped meanwhile.
    ///
    /// # Errors
    /// `acmepipe:interrupted`.
    pub fn sleep(&self, duration: Duration) -> Result<()> {
        let (state, _) = self
            .0
            .thrown
            .wait_timeout_while(self.state(), duration, |state| !state.stopped)
            .unwrap_or_else(PoisonError::into_inner);
        if state.stopped {
            return Err(Error::interrupted());
        }
        Ok(())
    }

    /// Has `agent`'s connections closed when the switch is thrown.
    pub(crate) fn watch(&self, agent: &ureq::Agent) {
        self.state().agents.push(agent.clone());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn a_sleeper_wakes_when_stopped() {
        let stop = Stop::default();
        let other = stop.clone();
        let began = Instant::now();
        let sleeper = std::thread::spawn(move || other.sleep(Duration::from_secs(60)));
        std::thread::sleep(Duration::from_millis(20));
        stop.stop();
        let error = sleeper.join().expect("no panic").expect_err("stopped");
        assert!(error.is_interrupted());
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}
