//! The addresses of resolvers that are known by name: the system's resolvers are asked for them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use hickory_proto::rr::Name;
use tokio::sync::OnceCell;

/// The addresses of names, each looked up once.
#[derive(Default)]
pub(super) struct Addresses(Mutex<HashMap<Name, Arc<OnceCell<Vec<IpAddr>>>>>);

impl Addresses {
    /// Those of a name, as `find` finds them, unless they are known; where it fails they are looked for again the next time.
    pub(super) async fn of<E>(
        &self,
        name: &Name,
        find: impl Future<Output = Result<Vec<IpAddr>, E>>,
    ) -> Result<Vec<IpAddr>, E> {
        let cell = {
            let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            cells.entry(name.clone()).or_default().clone()
        };
        cell.get_or_try_init(|| find).await.cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;
    use crate::testing::block_on;

    #[test]
    fn a_name_is_looked_up_until_that_succeeds_and_then_no_more() {
        let (addresses, name) = (Addresses::default(), parse("dns.test").unwrap());
        let ip = IpAddr::from([192, 0, 2, 1]);
        for (found, expected) in [
            (Err("first"), Err("first")),
            (Ok(vec![ip]), Ok(vec![ip])),
            (Err("again"), Ok(vec![ip])),
        ] {
            let of = addresses.of(&name, async { found });
            assert_eq!(block_on(of), expected);
        }
    }
}
