//! Whether a CNAME is made by a wildcard.

use std::net::SocketAddr;

use hickory_proto::rr::{Name, RecordType};

use crate::transport::{Client, Question, Reply, ReplyFault, random_id};

/// Whether the CNAME at `name` is made by a wildcard: a name below it has the same then, and has nothing where `name`
/// itself owns the CNAME (RFC 4592 §2.2.1).
pub(super) async fn makes_cname(
    client: &Client,
    servers: &[SocketAddr],
    name: &Name,
    target: &Name,
) -> bool {
    let label = format!("acmepipe-{:04x}", random_id());
    let Ok(below) = name.prepend_label(label.as_str()) else {
        return false;
    };
    let question = Question::new(&below, RecordType::SOA);
    let read = |reply: Box<Reply>| match reply.is_about_name() && reply.is_authoritative() {
        true => Ok(reply.cname_of(&below) == Some(target)),
        false => Err(ReplyFault::NotAuthoritative),
    };
    let same = client.ask_authoritative(servers, &question, read).await;
    same.unwrap_or(false)
}
