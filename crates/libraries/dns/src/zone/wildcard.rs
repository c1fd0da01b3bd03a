//! Whether a CNAME is made by a wildcard.

use std::net::SocketAddr;

use hickory_proto::rr::{Name, RecordType};

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

/// Whether a name that nobody has, right below `parent`, is an alias of `target`.
async fn has_cname(client: &Client, servers: &[SocketAddr], parent: &Name, target: &Name) -> bool {
    let label = format!("acmepipe-{:04x}", random_id());
    let Ok(name) = parent.prepend_label(label.as_str()) else {
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
