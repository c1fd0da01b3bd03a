//! Runs our programs without servers: each test has a directory of its own, and a CA that is not one where it needs
//! one. The tests of this package need neither network, nor namespaces, nor root; `make check` runs them.
//!
//! The sandbox, in its own package, puts real servers around the same programs with what is here.

mod authority;
mod cargo;
mod documents;
mod ended;
mod false_ca;
mod files_dns;
mod issue;
mod issuer;
mod pages;
mod programs;
mod proxy;
mod random;
mod run;
mod scripts;
mod signals;
mod terminal;
mod umask;
mod web_server;
mod workshop;

pub use authority::Authority;
pub use cargo::{cargo, metadata, root, target_dir};
pub use documents::{challenge, order, orders};
pub use ended::Ended;
pub use false_ca::{Asked, FalseCa, Reply, authorization, directory_object, order_object};
pub use files_dns::FILES;
pub use issue::issue;
pub use issuer::Issuer;
pub use pages::{displays, without_roff};
pub use programs::Programs;
pub use proxy::Proxy;
pub use random::Random;
pub use run::{run, run_within, wait_for, wait_for_next_second};
pub use scripts::{Call, Recorder, copy_to_run, has_python, write_script};
pub use signals::unignore_signals;
pub use terminal::Terminal;
pub use web_server::{WebRequest, WebServer};
pub use workshop::Workshop;
