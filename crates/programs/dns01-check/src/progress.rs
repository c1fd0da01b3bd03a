//! What is still being waited for, for a person: one line at the end of the terminal.

use std::cell::Cell;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use command::message;
use dns::address;
use tokio::time::timeout;

use crate::source::Source;

/// How often the line changes; what takes less time shows none.
const PAUSE: Duration = Duration::from_millis(500);

/// So many servers have a place on the line.
const SHOWN: usize = 3;

/// How many names there are, and how many are done.
#[derive(Default)]
pub(crate) struct Progress {
    begun: Cell<usize>,
    done: Cell<usize>,
}

impl Progress {
    /// Does the work of one name, and says meanwhile how far all of them are.
    pub(crate) async fn during<T>(&self, source: &Source, work: impl Future<Output = T>) -> T {
        self.begun.set(self.begun.get() + 1);
        let mut work = pin!(work);
        let done = loop {
            match timeout(PAUSE, &mut work).await {
                Ok(done) => break done,
                Err(_) => message::progress(|| self.line(&source.waits_for())),
            }
        };
        self.done.set(self.done.get() + 1);
        done
    }

    fn line(&self, servers: &[SocketAddr]) -> String {
        let (begun, done) = (self.begun.get(), self.done.get());
        let mut line = match begun {
            1 => String::new(),
            _ => format!("{done} of {begun} names checked; "),
        };
        let shown: Vec<String> = servers.iter().take(SHOWN).map(address::format).collect();
        line += &match shown.as_slice() {
            [] => "waiting for answers".to_owned(),
            shown => format!("waiting for {}", shown.join(", ")),
        };
        if servers.len() > SHOWN {
            line += &format!(" and {} more", servers.len() - SHOWN);
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_has_the_names_that_are_done_and_some_of_the_servers() {
        let server = |last: u8| ([192, 0, 2, last], 53).into();
        let servers: Vec<_> = (1..=5).map(server).collect();
        for (begun, done, count, line) in [
            (1, 0, 0, "waiting for answers"),
            (1, 0, 1, "waiting for 192.0.2.1"),
            (
                9,
                7,
                3,
                "7 of 9 names checked; waiting for 192.0.2.1, 192.0.2.2, 192.0.2.3",
            ),
            (
                2,
                0,
                5,
                "0 of 2 names checked; waiting for 192.0.2.1, 192.0.2.2, 192.0.2.3 and 2 more",
            ),
        ] {
            let progress = Progress::default();
            progress.begun.set(begun);
            progress.done.set(done);
            assert_eq!(progress.line(&servers[..count]), line);
        }
    }
}
