//! How the programs get along with a CA that has limits: what they say of each, and what they ask it for.

#![allow(clippy::unwrap_used)]

mod limits;
mod names;
mod pauses;
mod requests;

use workshop::{Asked, Ended, FalseCa, Reply, Workshop, run};

/// Runs `acme-order` with these words, at this CA.
fn order(workshop: &Workshop, ca: &FalseCa, words: &[&str]) -> Ended {
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(words));
    run(command, "")
}

/// A reply for one path, and the CA's own for all others.
fn only(asked: &Asked, path: &str, reply: impl FnOnce() -> Reply) -> Option<Reply> {
    (asked.path == path).then(reply)
}
