//! Names that have a zone in common wait for the first of them, which finds it for all.

use std::sync::{Arc, Mutex, PoisonError};

use hickory_proto::rr::Name;
use tokio::sync::Semaphore;

use crate::check::table::Table;

/// Who came first, for each name and those above it, as far as top-level domains. A semaphore is closed when that one is done.
#[derive(Default)]
pub(super) struct Leaders(Mutex<Table<Name, Arc<Semaphore>>>);

/// The names for which others wait until this is gone.
pub(super) struct Lead(Vec<Arc<Semaphore>>);

impl Leaders {
    /// Waits for those that came first, and leads where nobody did.
    pub(super) async fn follow(&self, name: &Name) -> Lead {
        let mut lead = Lead(Vec::new());
        for labels in 2..=name.iter().len() {
            // Whoever leads at a name leads at all below it, and waits for nobody.
            if let Some(leader) = self.leader_or_lead(name.trim_to(labels), &mut lead) {
                // There is never a permit: it only ends.
                let _ = leader.acquire().await;
            }
        }
        lead
    }

    /// The one that came first; none where it is this one.
    fn leader_or_lead(&self, name: Name, lead: &mut Lead) -> Option<Arc<Semaphore>> {
        let mut leaders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leader) = leaders.get(&name) {
            return Some(leader.clone());
        }
        let own = Arc::new(Semaphore::new(0));
        leaders.insert(name, own.clone());
        lead.0.push(own);
        None
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        for led in &self.0 {
            led.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::name::parse;
    use crate::testing::block_on;

    #[test]
    fn names_in_a_zone_wait_for_the_first_one_and_others_do_not() {
        block_on(async {
            let leaders = Leaders::default();
            let follow = |name: &str| {
                let (leaders, name) = (&leaders, parse(name).unwrap());
                async move { leaders.follow(&name).await }.boxed_local()
            };
            let mut first = Some(follow("_x.a.example.test").await);
            let mut waits = ["_x.b.example.test", "example.test", "_x.a.example.test"].map(follow);
            assert!(waits.iter_mut().all(|one| one.now_or_never().is_none()));
            assert!(follow("_x.a.other.test").now_or_never().is_some());
            first.take();
            for one in waits {
                assert!(one.now_or_never().is_some());
            }
        });
    }

    #[test]
    fn who_has_waited_for_a_zone_leads_below_it() {
        block_on(async {
            let leaders = Leaders::default();
            let first = leaders.follow(&parse("a.example.test").unwrap()).await;
            drop(first);
            let (x, y) = (
                parse("x.sub.example.test").unwrap(),
                parse("y.sub.example.test").unwrap(),
            );
            let second = leaders.follow(&x).await;
            let mut third = leaders.follow(&y).boxed_local();
            assert!((&mut third).now_or_never().is_none());
            drop(second);
            assert!(third.now_or_never().is_some());
        });
    }
}
