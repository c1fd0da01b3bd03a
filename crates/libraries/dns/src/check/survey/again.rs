//! The record once more, where every server has just served it: behind one address may be several machines, and not all of
//! them may have it.

use std::net::SocketAddr;

use hickory_proto::rr::RecordType;

use crate::check::capture::Capture;
use crate::check::probe::{Probe, Way};
use crate::check::roots::Roots;
use crate::check::survey::repeated::Repeated;
use crate::check::survey::view::View;
use crate::check::target::{KnownZone, Target};
use crate::name::is_within;

/// What each address of the zone that holds the record says to the same question for it, and what is to be asked before that
/// is known.
pub(in crate::check) fn again(
    target: &Target,
    known: &[KnownZone],
    capture: &Capture,
    roots: &Roots,
) -> (Vec<Repeated>, Vec<Probe>) {
    let view = View::new(capture, roots);
    let holding = known
        .iter()
        .filter(|zone| is_within(&target.name, &zone.name));
    let holding = holding.max_by_key(|zone| zone.name.num_labels());
    let servers = holding.into_iter().flat_map(|zone| &zone.servers);
    let repeated = servers.flat_map(|server| {
        let addresses = server.addresses.iter().copied();
        addresses.map(|address: SocketAddr| {
            let ask = |way| view.probe(address, way, &target.name, RecordType::TXT);
            Repeated {
                server: server.name.clone(),
                address,
                first: ask(Way::Udp),
                again: (1..=Way::MOST_AGAIN)
                    .map(|time| ask(Way::Again(time)))
                    .collect(),
                tcp: None,
            }
        })
    });
    let repeated = repeated.collect();
    (repeated, view.into_wanted())
}
