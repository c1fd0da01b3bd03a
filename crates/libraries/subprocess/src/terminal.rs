//! The terminal, lent to a program that asks on it. A program runs in a process group of its own, which is in the
//! background there: the system stops it when it asks, by SIGTTIN or SIGTTOU (termios(3)).

use crate::command::Questions;
use crate::process::{Process, process_group};
use nix::sys::signal::{SigSet, SigmaskHow, Signal as NixSignal};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr, tcsetpgrp};
use std::fs::File;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The variable by which a program that starts others of ours in a process group of their own says for which group a question
/// on the terminal is asked: for its own.
pub const TERMINAL: &str = "ACMEPIPE_TERMINAL";

/// How often is looked whether the program asks, or whether it is its turn. Nothing tells of either.
pub(crate) const LOOK: Duration = Duration::from_millis(100);

/// How long a shell takes at most to notice that its job has stopped.
const TIME_TO_NOTICE: Duration = Duration::from_secs(2);

/// The status of a shell whose command ended by Ctrl-C.
const INTERRUPTED: i32 = 130;

/// Held while the terminal changes hands.
static CHANGING_HANDS: Mutex<()> = Mutex::new(());

/// The terminal that controls this process, as one program uses it.
pub(crate) struct Terminal {
    file: File,
    /// The program, which leads its process group.
    leader: Pid,
    questions: Questions,
    /// The beginning of the line in the environment of every program that is run so.
    call: String,
    /// Whether the program was stopped since it asks.
    asks: bool,
    /// Since when it is stopped with the whole job, which a person did while it asked.
    suspended: Option<Suspended>,
    loan: Option<Loan>,
    /// Whether Ctrl-C ended the program while it had the terminal.
    is_interrupted: bool,
}

/// A job that a person has stopped.
struct Suspended {
    since: Instant,
    /// Whether another process group has had the terminal since: the shell, which has noticed.
    is_noticed: bool,
}

/// What the terminal was before it was lent.
struct Loan {
    /// The process group that had it.
    from: Pid,
    modes: Option<Termios>,
}

/// What is done about a program that asks.
#[derive(Debug, PartialEq)]
enum Turn {
    Lend,
    Wait,
    Refuse,
}

impl Terminal {
    /// The terminal that controls this process, if one does, for this program. The variable is that of its mark.
    pub(crate) fn of_this_process(
        leader: Pid,
        questions: Questions,
        variable: &str,
    ) -> Option<Terminal> {
        let mut open = File::options();
        Some(Terminal {
            file: open.read(true).write(true).open("/dev/tty").ok()?,
            leader,
            questions,
            call: format!("{variable}="),
            asks: false,
            suspended: None,
            loan: None,
            is_interrupted: false,
        })
    }

    /// Whether the program has the terminal, or waits for it.
    pub(crate) fn is_wanted(&self) -> bool {
        self.asks || self.loan.is_some()
    }

    /// Looks whether the program asks, and lends it the terminal when it is its turn. Returns false where it gets no
    /// answer.
    pub(crate) fn look(&mut self) -> bool {
        match stopping_signal(self.leader) {
            Some(Signal::TTIN | Signal::TTOU) => self.asks = true,
            Some(Signal::TSTP) => self.suspend(),
            _ => {}
        }
        !self.asks || self.answer()
    }

    fn answer(&mut self) -> bool {
        let _alone = CHANGING_HANDS
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Ok(foreground) = tcgetpgrp(&self.file) else {
            return false;
        };
        let is_call = || self.is_call(foreground);
        let turn = turn(
            foreground,
            self.leader,
            self.questions,
            self.suspended.is_some(),
            is_call,
        );
        if let Some(suspended) = &mut self.suspended {
            suspended.is_noticed |= turn != Turn::Lend;
            if !suspended.is_over() {
                return true;
            }
        }
        match turn {
            Turn::Lend => {
                self.lend(foreground);
                true
            }
            Turn::Wait => true,
            // It may have changed hands meanwhile.
            Turn::Refuse => tcgetpgrp(&self.file).is_ok_and(|now| now != foreground),
        }
    }

    fn lend(&mut self, foreground: Pid) {
        if foreground != self.leader {
            let modes = tcgetattr(&self.file).ok();
            if without_stopping(|| tcsetpgrp(&self.file, self.leader)).is_none() {
                return;
            }
            self.loan = Some(Loan {
                from: foreground,
                modes,
            });
        }
        (self.asks, self.suspended) = (false, None);
        let _ = kill_process_group(self.leader, Signal::CONT);
    }

    /// A person typed Ctrl-Z: the whole job stops, and the program goes on asking when that is in the foreground again.
    fn suspend(&mut self) {
        if let Some(lender) = self.take_back() {
            self.asks = true;
            self.suspended = Some(Suspended {
                since: Instant::now(),
                is_noticed: false,
            });
            let _ = kill_process_group(lender, Signal::TSTP);
        }
    }

    /// Gives the terminal back to whom it was lent by, and Ctrl-C with it, where that ended the program: it has not been
    /// waited for yet. Returns whether it was.
    pub(crate) fn give_back(&mut self) -> bool {
        if let Some(lender) = self.take_back()
            && is_interrupted(self.leader)
        {
            self.is_interrupted = true;
            let _ = kill_process_group(lender, Signal::INT);
        }
        self.is_interrupted
    }

    /// Takes the terminal back, as it was before. Returns the process group that lent it, where the program had it until
    /// now.
    fn take_back(&mut self) -> Option<Pid> {
        let _alone = CHANGING_HANDS
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let loan = self.loan.take()?;
        if tcgetpgrp(&self.file).ok() != Some(self.leader) {
            return None;
        }
        without_stopping(|| {
            tcsetpgrp(&self.file, loan.from)?;
            match &loan.modes {
                Some(modes) => tcsetattr(&self.file, OptionalActions::Now, modes),
                None => Ok(()),
            }
        });
        Some(loan.from)
    }

    /// Whether the terminal is lent to another program, or to one that is just ending.
    fn is_call(&self, foreground: Pid) -> bool {
        Process::with_pid(foreground.as_raw_nonzero().get()).is_some_and(|leader| {
            let starts = |line: &[u8]| line.starts_with(self.call.as_bytes());
            let is_call =
                |lines: Vec<u8>| lines.is_empty() || lines.split(|byte| *byte == 0).any(starts);
            leader.is_zombie || leader.environment().is_some_and(is_call)
        })
    }
}

impl Suspended {
    /// Whether the terminal can be lent again where the job has it: the shell has taken it and given it back. Some shells
    /// do not, and give the job no other sign.
    fn is_over(&self) -> bool {
        self.is_noticed || self.since.elapsed() > TIME_TO_NOTICE
    }
}

fn turn(
    foreground: Pid,
    leader: Pid,
    questions: Questions,
    is_suspended: bool,
    is_call: impl Fn() -> bool,
) -> Turn {
    let Questions::Asked { on_behalf_of } = questions else {
        return Turn::Refuse;
    };
    let foreground_is = |group: Option<Pid>| group == Some(foreground);
    let lenders = [
        process_group(),
        on_behalf_of.and_then(Pid::from_raw),
        Some(leader),
    ];
    if lenders.into_iter().any(foreground_is) {
        Turn::Lend
    } else if is_suspended || is_call() {
        Turn::Wait
    } else {
        Turn::Refuse
    }
}

/// The signal that has stopped a child since this was asked last.
fn stopping_signal(child: Pid) -> Option<Signal> {
    let options = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG;
    let status = waitid(WaitId::Pid(child), options).ok()??;
    Signal::from_named_raw(status.stopping_signal()?)
}

/// Whether Ctrl-C has ended a child, which has not been waited for yet.
fn is_interrupted(child: Pid) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    let status = waitid(WaitId::Pid(child), options).ok().flatten();
    status.is_some_and(|status| {
        status.terminating_signal() == Some(Signal::INT.as_raw())
            || status.exit_status() == Some(INTERRUPTED)
    })
}

/// Changes the terminal from the background too, for which the system would stop this process with its whole group.
fn without_stopping<T>(change: impl FnOnce() -> rustix::io::Result<T>) -> Option<T> {
    let signal = SigSet::from(NixSignal::SIGTTOU);
    let before = signal.thread_swap_mask(SigmaskHow::SIG_BLOCK).ok()?;
    let result = change();
    let _ = before.thread_set_mask();
    result.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_is_lent_where_its_owner_is_the_one_that_is_asked_for() {
        let group = |number: i32| Pid::from_raw(number).expect("a number");
        let (leader, other) = (group(1_000_001), group(1_000_002));
        let own = process_group().expect("a group that was made in this namespace");
        let asked = |on_behalf_of| Questions::Asked { on_behalf_of };
        for (foreground, questions, is_suspended, is_call, expected) in [
            (own, asked(None), false, false, Turn::Lend),
            (leader, asked(None), false, true, Turn::Lend),
            (other, asked(None), false, false, Turn::Refuse),
            (other, asked(Some(1_000_003)), false, false, Turn::Refuse),
            (other, asked(Some(1_000_002)), false, false, Turn::Lend),
            (other, asked(None), false, true, Turn::Wait),
            (other, asked(None), true, false, Turn::Wait),
            (own, asked(None), true, false, Turn::Lend),
            (own, Questions::Refused, false, false, Turn::Refuse),
            (other, Questions::Refused, false, true, Turn::Refuse),
        ] {
            let turn = turn(foreground, leader, questions, is_suspended, || is_call);
            assert_eq!(
                turn, expected,
                "{foreground:?} {questions:?} {is_suspended} {is_call}"
            );
        }
    }
}
