//! Where servers are asked: at each of their addresses, and last at those that did not answer before.

use crate::fault::{Failed, Fault};
use crate::server::Server;
use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How many addresses of a server are asked.
const MOST_ADDRESSES: usize = 16;
/// How often an address is asked that does not answer, while others do: each time takes as long as a server may take.
const MOST_SILENCES: usize = 2;

/// An address of a server, and how long it may take.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    pub(crate) time: Duration,
}

/// What is known of servers since the first message.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    addresses: RefCell<HashMap<Server, Result<Vec<SocketAddr>, String>>>,
    /// What was wrong each time with those that did not answer; none of those that did in the end.
    silent: RefCell<HashMap<SocketAddr, Vec<Fault>>>,
}

/// What is left for the addresses of a server: of the time, and how many of them.
struct Left<'a> {
    server: &'a Server,
    time: Duration,
    addresses: u32,
}

impl Places {
    /// What the first place says that does not fail: each address of each server, and those last that were silent before.
    ///
    /// # Errors
    /// What was wrong with each.
    pub(crate) fn first_of<T>(
        &self,
        servers: &[Server],
        timeout: Duration,
        mut ask: impl FnMut(&Place) -> Result<T, Fault>,
    ) -> Result<T, Vec<Failed>> {
        let (mut failed, mut put_off) = (Vec::new(), Vec::new());
        for server in servers {
            let addresses = match self.addresses(server) {
                Ok(addresses) => addresses,
                Err(why) => {
                    let (server, fault) = (server.to_string(), Fault::NoAddress(why));
                    failed.push(Failed { server, fault });
                    continue;
                }
            };
            let mut left = Left {
                server,
                time: timeout,
                addresses: u32::try_from(addresses.len()).unwrap_or(u32::MAX),
            };
            let is_silent = |address: &SocketAddr| self.silent.borrow().contains_key(address);
            let (silent, others): (Vec<_>, Vec<_>) = addresses.into_iter().partition(is_silent);
            for address in others {
                match self.ask(&mut left, address, &mut ask) {
                    Ok(reply) => return Ok(reply),
                    Err(one) => failed.push(one),
                }
            }
            put_off.push((left, silent));
        }
        for (mut left, silent) in put_off {
            for address in silent {
                match self.ask(&mut left, address, &mut ask) {
                    Ok(reply) => return Ok(reply),
                    Err(one) => failed.push(one),
                }
            }
        }
        Err(failed)
    }

    /// What a place says, unless it was silent too often.
    fn ask<T>(
        &self,
        left: &mut Left<'_>,
        address: SocketAddr,
        ask: &mut impl FnMut(&Place) -> Result<T, Fault>,
    ) -> Result<T, Failed> {
        // Each gets its share of what is left, so that one that is down does not use it up.
        let time = left.time / left.addresses.max(1);
        left.addresses = left.addresses.saturating_sub(1);
        let failed = |fault: Fault| Failed {
            server: left.server.at(&address),
            fault,
        };
        let faults = self.silent.borrow().get(&address).cloned();
        let mut faults = faults.unwrap_or_default();
        if faults.len() >= MOST_SILENCES {
            return Err(failed(faults.swap_remove(0)));
        }
        let began = Instant::now();
        let said = ask(&Place { address, time });
        let mut silent = self.silent.borrow_mut();
        match &said {
            Err(fault) if !fault.is_answer() => {
                silent.entry(address).or_default().push(fault.clone());
                left.time = left.time.saturating_sub(began.elapsed().min(time));
            }
            _ => drop(silent.remove(&address)),
        }
        said.map_err(failed)
    }

    /// The addresses of a server, which the system is asked for once.
    fn addresses(&self, server: &Server) -> Result<Vec<SocketAddr>, String> {
        let mut known = self.addresses.borrow_mut();
        let addresses = known.entry(server.clone()).or_insert_with(|| {
            let mut addresses = server.addresses()?;
            addresses.truncate(MOST_ADDRESSES);
            match addresses.is_empty() {
                true => Err("it has none".to_owned()),
                false => Ok(addresses),
            }
        });
        addresses.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::op::ResponseCode;

    const TIMEOUT: Duration = Duration::from_secs(8);
    /// The numbers of two servers: the first has two addresses, the other one.
    const ALL: [&str; 3] = ["two 1", "two 2", "one 3"];

    /// Two servers, and what is known of their addresses.
    fn servers() -> (Vec<Server>, Places) {
        let places = Places::default();
        let address = |last: u8| SocketAddr::from(([192, 0, 2, last], 53));
        let known = [
            ("two", vec![address(1), address(2)]),
            ("one", vec![address(3)]),
        ];
        let servers = known.map(|(name, addresses)| {
            let server = Server::parse(name).unwrap();
            let mut known = places.addresses.borrow_mut();
            known.insert(server.clone(), Ok(addresses));
            server
        });
        (servers.to_vec(), places)
    }

    /// The last number of each address that is asked, where it does this.
    fn asked(
        servers: &[Server],
        places: &Places,
        says: impl Fn(u8) -> Result<(), Fault>,
    ) -> (Vec<u8>, Result<(), Vec<Failed>>) {
        let mut asked = Vec::new();
        let said = places.first_of(servers, TIMEOUT, |place| {
            let SocketAddr::V4(address) = place.address else {
                panic!("no address of IPv4")
            };
            let number = address.ip().octets()[3];
            asked.push(number);
            says(number)
        });
        (asked, said)
    }

    #[test]
    fn each_address_is_asked_as_a_server_is_until_one_does_it() {
        for (fault, expected) in [
            (Fault::Refused(ResponseCode::Refused), ALL),
            (Fault::Refused(ResponseCode::ServFail), ALL),
            (Fault::Malformed("no reply".to_owned()), ALL),
            (Fault::Timeout, ALL),
        ] {
            let (servers, places) = servers();
            let says = |number| match number {
                2 => Ok(()),
                _ => Err(fault.clone()),
            };
            assert_eq!(
                asked(&servers, &places, says),
                (vec![1, 2], Ok(())),
                "{fault:?}"
            );
            let (_, places) = self::servers();
            let (asked, failed) = asked(&servers, &places, |_| Err(fault.clone()));
            assert_eq!(asked, [1, 2, 3]);
            let failed: Vec<String> = failed
                .unwrap_err()
                .into_iter()
                .map(|one| one.server)
                .collect();
            let expected = expected.map(|at| {
                let (name, number) = at.split_once(' ').unwrap();
                format!("{name} (192.0.2.{number})")
            });
            assert_eq!(failed, expected);
        }
    }

    #[test]
    fn what_did_not_answer_is_asked_last_and_no_more_after_the_second_time() {
        let (servers, places) = servers();
        let silent = |number| match number {
            1 | 2 => Err(Fault::Timeout),
            _ => Ok(()),
        };
        assert_eq!(asked(&servers, &places, silent), (vec![1, 2, 3], Ok(())));
        assert_eq!(asked(&servers, &places, silent), (vec![3], Ok(())));
        // The others say no, so they are asked once more. One answers now, and is one of the first again.
        let back = |number| match number {
            1 => Err(Fault::Timeout),
            _ => Err(Fault::Refused(ResponseCode::Refused)),
        };
        let (numbers, failed) = asked(&servers, &places, back);
        assert_eq!((numbers, failed.unwrap_err().len()), (vec![3, 1, 2], 3));
        let (numbers, failed) = asked(&servers, &places, back);
        assert_eq!(numbers, [2, 3]);
        let failed = failed.unwrap_err();
        assert_eq!(
            (&*failed[2].server, &failed[2].fault),
            ("two (192.0.2.1)", &Fault::Timeout)
        );
    }
}
