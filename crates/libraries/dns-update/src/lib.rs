//! Dynamic updates of DNS zones (RFC 2136), signed with TSIG keys (RFC 8945).
//!
//! A [`Client`] knows the servers and the key. It finds the zone of a name, and adds and removes single TXT records, many
//! of them with one message. What goes wrong is a [`Fault`] with its data; words for it are up to whoever knows the
//! options.

mod client;
mod exchange;
mod fault;
mod key;
mod key_private;
mod key_text;
mod message;
mod places;
mod reply;
mod server;
mod tsig;

pub use client::{Client, Outcome};
pub use fault::{Failed, Fault, TsigFault};
pub use hickory_proto::op::ResponseCode;
pub use hickory_proto::rr::Name;
pub use key::{Algorithm, Key};
pub use key_private::{is_private, key_of_private};
pub use key_text::{FileKey, keys_of_file, keys_of_line};
pub use message::{Action, Txt, name, script};
pub use server::Server;
