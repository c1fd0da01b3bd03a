//! A small internet for tests: a real CA and real name servers in namespaces of their own, so that port 53 is
//! port 53, every sandbox has the same addresses, and what is in it ends with the process that started it.
//!
//! | address | name | what |
//! |---|---|---|
//! | 127.0.0.1 | | Unbound, the recursive resolver of the CAs and of the programs |
//! | 198.51.100.1 | `a.root.test` | NSD with the root zone and `test.` |
//! | 198.51.100.5 | `ca.test` | Pebble: <https://ca.test/dir>, and its management at port 15000 |
//! | 198.51.100.6 | `caddy.test` | Caddy, a second CA, where a test asks for it: <https://caddy.test/acme/local/directory> |
//! | 198.51.100.11, 2001:db8::11 | `ns1.test` | Knot, the primary, which takes updates |
//! | 198.51.100.12, 2001:db8::12 | `ns2.test` | NSD, a secondary |
//! | 198.51.100.13, 2001:db8::13 | `ns3.test` | BIND, a secondary |
//! | 198.51.100.21 | `ns4.test` | Knot again, for zones that have servers of their own |

mod certificate;
mod commands;
mod config;
mod hosts;
mod machine;
mod namespace;
mod sandbox;
mod servers;
mod site;
mod tools;
mod topology;
mod traces;
pub mod ways;

pub use certificate::{Certificate, is_known_as_replaced};
pub use config::{Config, Hosts, Pebble, Zone};
pub use namespace::Namespace;
pub use sandbox::Sandbox;
pub use servers::Server;
pub use tools::{Tools, source};
pub use topology::{
    Asked, Denial, Fault, Host, Kind, Layout, Resolver, Started, Topology, own_servers,
};
pub use workshop::{Call, Ended, Programs, Random, Recorder, run_within, wait_for, write_script};
