//! The looks that are taken for one value: at each address of each server, over and over, for as long as it is waited for.

use std::rc::Rc;

use hickory_proto::rr::RecordType;

use crate::propagation::observation::Observation;
use crate::propagation::observed::ServerState;
use crate::propagation::sought::{Kind, Look, News, Sought};
use crate::propagation::target::{Polling, Target};
use crate::propagation::watcher::{Subscription, Watchers};
use crate::transport::Question;

/// The looks for one value, until it is dropped.
pub(super) struct Looks {
    news: Rc<News>,
    subscriptions: Vec<Subscription>,
    queries: usize,
}

impl Looks {
    /// Has a first look taken at each of these addresses at once.
    pub(super) fn start(
        watchers: &Watchers,
        target: &Target,
        polling: Polling,
        wanted: ServerState,
        observations: &[Observation],
    ) -> Self {
        let news = Rc::new(News::default());
        let interval = polling.interval;
        let value = Rc::new(Sought {
            question: Question::new(&target.name, RecordType::TXT),
            kind: Kind::Value(target.value.clone()),
            zone: target.zone.clone().map(Rc::new),
            wanted,
            interval,
        });
        let aliases = target.aliases.iter().map(|alias| {
            Rc::new(Sought {
                question: Question::new(&alias.name, RecordType::CNAME),
                kind: Kind::Cname(Box::new(alias.target.clone())),
                zone: Some(Rc::new(alias.zone.clone())),
                wanted,
                interval,
            })
        });
        let aliases: Vec<_> = aliases.collect();
        let subscribe = |(index, one): (usize, &Observation)| {
            let is_at = |alias: &&Rc<Sought>| Some(alias.question.name()) == one.alias.as_ref();
            let sought = aliases.iter().find(is_at).unwrap_or(&value).clone();
            watchers.subscribe(one.address, sought, index, news.clone())
        };
        Self {
            subscriptions: observations.iter().enumerate().map(subscribe).collect(),
            news,
            queries: 0,
        }
    }

    /// What the next address answers.
    pub(super) async fn next(&mut self) -> Look {
        let look = self.news.next().await;
        self.queries += usize::from(look.queried);
        look
    }

    /// Has a look taken again now.
    pub(super) fn again(&self, index: usize) {
        if let Some(subscription) = self.subscriptions.get(index) {
            subscription.look();
        }
    }

    /// How many queries were sent.
    pub(super) fn queries(&self) -> usize {
        self.queries
    }
}
