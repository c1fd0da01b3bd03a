//! What is looked for at an address, and what is seen there.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};

use hickory_proto::rr::Name;
use tokio::sync::Notify;

use crate::propagation::observed::{self, Observed, ServerState};
use crate::transport::{ExtendedErrors, NetworkFault, Question, Reply};

/// What is looked for in the same way at several servers.
pub(super) struct Sought {
    pub(super) question: Question,
    pub(super) kind: Kind,
    /// The zone that is asked for it, where that is known.
    pub(super) zone: Option<Rc<Name>>,
    /// The state that is waited for.
    pub(super) wanted: ServerState,
    /// The longest pause between two questions to a server.
    pub(super) interval: Duration,
}

/// What kind of record is looked for.
pub(super) enum Kind {
    /// A TXT record with this value.
    Value(String),
    /// A CNAME to this name.
    Cname(Box<Name>),
}

/// What an address answered.
pub(super) struct Look {
    /// Which of the observations it is of.
    pub(super) index: usize,
    pub(super) observed: Observed,
    /// What it says beside that.
    pub(super) errors: ExtendedErrors,
    /// When it was asked.
    pub(super) asked: Instant,
    /// Whether a query was sent for it: the address may be known not to answer.
    pub(super) queried: bool,
}

/// What was seen and is not yet taken in. There is one for each value: a channel would take 4 KiB.
#[derive(Default)]
pub(super) struct News {
    looks: RefCell<VecDeque<Look>>,
    added: Notify,
}

impl News {
    pub(super) fn add(&self, look: Look) {
        self.looks.borrow_mut().push_back(look);
        self.added.notify_one();
    }

    fn take(&self) -> Option<Look> {
        let mut looks = self.looks.borrow_mut();
        let look = looks.pop_front();
        if looks.is_empty() {
            // Thousands of them would keep the room that they once needed.
            *looks = VecDeque::new();
        }
        look
    }

    /// The next look; a call that is cancelled takes none.
    pub(super) async fn next(&self) -> Look {
        loop {
            if let Some(look) = self.take() {
                return look;
            }
            self.added.notified().await;
        }
    }
}

impl Sought {
    /// What a server's answer shows.
    pub(super) fn read(&self, answer: Result<Box<Reply>, NetworkFault>) -> Observed {
        let name = self.question.name();
        match &self.kind {
            Kind::Value(value) => observed::read(answer, name, value, self.zone.as_deref()),
            Kind::Cname(target) => observed::read_cname(answer, name, target, self.zone.as_deref()),
        }
    }
}
