//! Whether a record is made by a wildcard.

use std::net::SocketAddr;

use hickory_proto::rr::{Name, RData, RecordType};

use crate::transport::{Client, Question, Reply, random_id};

/// Whether the CNAME at `name` is made by a wildcard: then a name beside it has the same, and a name below it, too, since
/// nothing is at `name` itself (RFC 4592 §2.2.1). One of both alone is not enough: there may be a wildcard with the same target
/// beside it or below it.
pub(crate) async fn makes_cname(
    client: &Client,
    servers: &[SocketAddr],
    name: &Name,
    target: &Name,
) -> bool {
    has_cname(client, servers, name, target).await
        && has_cname(client, servers, &name.base_name(), target).await
}

/// Whether the TXT records of `name`, with these values, are made by a wildcard.
pub(crate) async fn makes_txt(
    client: &Client,
    servers: &[SocketAddr],
    name: &Name,
    values: &[String],
) -> bool {
    let Some(beside) = nobodys(&name.base_name()) else {
        return false;
    };
    let question = Question::new(&beside, RecordType::TXT);
    let read = |reply: &Reply| match reply.fault() {
        Some(fault) => Err(fault),
        None => {
            let has = |value: &String| {
                reply.answers_of(&beside).any(|data| match data {
                    RData::TXT(txt) => txt.txt_data.concat() == value.as_bytes(),
                    _ => false,
                })
            };
            Ok(!values.is_empty() && values.iter().all(has))
        }
    };
    let same = client.ask_authoritative(servers, &question, read).await;
    same.unwrap_or(false)
}

/// A name right below `parent` that nobody has.
fn nobodys(parent: &Name) -> Option<Name> {
    let label = format!("acmepipe-{:04x}", random_id());
    parent.prepend_label(label.as_str()).ok()
}

/// Whether a name that nobody has, right below `parent`, is an alias of `target`.
async fn has_cname(client: &Client, servers: &[SocketAddr], parent: &Name, target: &Name) -> bool {
    let Some(name) = nobodys(parent) else {
        return false;
    };
    let question = Question::new(&name, RecordType::SOA);
    let read = |reply: &Reply| match (reply.cname_of(&name), reply.fault()) {
        (None, Some(fault)) => Err(fault),
        (cname, _) => Ok(cname == Some(target)),
    };
    let same = client.ask_authoritative(servers, &question, read).await;
    same.unwrap_or(false)
}
