//! Gets a certificate in a set-up.

use super::super::points::Points;
use super::super::run::{side_by_side, write_program};
use crate::Topology;

/// A set-up that looks wrong.
#[derive(Clone, Copy, Debug)]
pub struct Odd {
    /// What it is.
    pub what: &'static str,
    /// The name in the certificate. No two of them are the same.
    pub name: &'static str,
    /// What happens before: a line of shell.
    pub first: &'static str,
    /// Whether one of the servers does not answer.
    pub has_dead_server: bool,
    /// What the program does to write a record: lines of shell, with the name in `$2` and the value in `$3`.
    pub script: &'static str,
    /// Options of `dns-wait-txt`.
    pub wait: &'static str,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// The set-up.
    pub odd: Odd,
    /// Whether the pipeline got a certificate.
    pub is_issued: bool,
    /// What the pipeline said.
    pub said: String,
    /// The verdict of `dns01-check` before the order.
    pub verdict: String,
    /// What it found: whole documents.
    pub found: String,
}

impl Outcome {
    /// What it gets: all for a certificate, and all for a check that does not say that there will be none.
    pub fn points(&self) -> Points {
        let is_let_through = ["ok", "may-fail"].contains(&self.verdict.as_str());
        let all_if = |is_well| if is_well { Points::MOST } else { 0 };
        Points {
            alone: all_if(self.is_issued),
            with_check: all_if(self.is_issued && is_let_through),
            by_check: all_if(is_let_through),
        }
    }
}

/// Runs all of them, several at once; what came of each is in their order.
///
/// # Panics
/// A program gives no document.
pub fn run_all(topology: &Topology, all: &[Odd]) -> Vec<Outcome> {
    side_by_side(topology, all, run)
}

fn run(topology: &Topology, index: usize, odd: Odd) -> Outcome {
    let program = write_program(topology, &format!("write-odd-{index}"), odd.script);
    if !odd.first.is_empty() {
        topology.sh(odd.first);
    }
    if odd.has_dead_server {
        // The CA's resolver gets to know it: Pebble waits for an answer no longer than 2 s, and asks once.
        let ask = "kdig @127.0.0.1 +timeout=5 +retry=0";
        topology.sh(&format!(
            "for one in 1 2 3 4 5 6; do {ask} $one.{} A; done",
            odd.name
        ));
    }
    let checked = topology.sh(&format!("dns01-check {}", odd.name));
    let verdict = checked.document()["verdict"].clone();
    let ended = topology.sh(&format!(
        "acme-order -d {} | dns-zone | dns01-exec present --exec {} | dns-wait-txt {} | acme-finalize",
        odd.name,
        program.display(),
        odd.wait
    ));
    let document = ended.document();
    Outcome {
        odd,
        is_issued: ended.status == 0 && document["certificate"]["url"].is_string(),
        said: format!("{}\n{document:#}", ended.stderr),
        verdict: verdict.as_str().unwrap_or("none").to_owned(),
        found: checked.stdout,
    }
}
