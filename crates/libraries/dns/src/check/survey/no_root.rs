//! Why the resolvers that are to name the root's servers lead to none.

use hickory_proto::rr::{Name, RecordType};

use crate::check::probe::Way;
use crate::check::survey::said::{Said, ns_of};
use crate::check::survey::view::View;
use crate::check::survey::zones::MOST_SERVERS;
use crate::resolver::Resolver;
use crate::transport::{ReplyFault, ServerFault};
use crate::zone::Error;

impl View<'_> {
    /// Why no server of the root is known, with the resolvers by their addresses; nothing where one is, or may yet be.
    pub(in crate::check) fn no_root(&self) -> Option<Error> {
        let root = Name::root();
        if !self.root().servers.is_empty() {
            return None;
        }
        let mut faults = Vec::new();
        let mut without_address = Vec::new();
        for resolver in &self.roots.resolvers {
            let ask = |name: &Name, kind| self.probe(*resolver, Way::Resolver, name, kind);
            let said = ask(&root, RecordType::NS);
            let names = said.reply().map_or(Vec::new(), |reply| ns_of(reply, &root));
            let names = &names[..names.len().min(MOST_SERVERS)];
            let kinds = [RecordType::A, RecordType::AAAA];
            let hosts = names
                .iter()
                .flat_map(|name| kinds.map(|kind| (name, kind, ask(name, kind))));
            let hosts: Vec<(&Name, RecordType, Said)> = hosts.collect();
            if said.is_pending() || hosts.iter().any(|(_, _, said)| said.is_pending()) {
                return None;
            }
            let mut hosts = hosts.into_iter();
            let why = hosts.find_map(|(name, kind, said)| Some((name, kind, fault(&said)?)));
            match why {
                _ if names.is_empty() => {
                    let why = fault(&said).unwrap_or(ReplyFault::NoNs.into());
                    let question = (root.clone(), RecordType::NS);
                    faults.push((question, (Resolver::from(*resolver), why)));
                }
                Some((name, kind, why)) => {
                    faults.push(((name.clone(), kind), (Resolver::from(*resolver), why)));
                }
                None => without_address = names.to_vec(),
            }
        }
        // One question is named, and who fails at another is not said to fail at it.
        let question = faults.first().map(|(question, _)| question.clone());
        let question = question.unwrap_or_else(|| (root.clone(), RecordType::NS));
        let of_question = faults.into_iter().filter(|(one, _)| *one == question);
        let faults = of_question.map(|(_, fault)| fault).collect();
        Some(match without_address.is_empty() {
            true => Error::NoResolver {
                name: question.0,
                record_type: question.1,
                faults,
            },
            false => Error::NoAddresses {
                zone: root,
                servers: without_address,
            },
        })
    }
}

/// What is wrong with what a resolver says.
fn fault(said: &Said) -> Option<ServerFault> {
    match (said.fault(), said.reply()) {
        (Some(fault), _) => Some(fault.clone().into()),
        (None, Some(reply)) if !reply.is_about_name() => Some(reply.code_fault().into()),
        _ => None,
    }
}
