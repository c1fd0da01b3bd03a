//! What a person is told of a run, beside what its programs say failed: what was renewed, and one line for all. Of a run in
//! which there was nothing to do, nothing.

use command::message;
use pipeline::catalogue::order::{CERTIFICATE, ORDER};
use pipeline::{Document, Kind, types};
use std::collections::HashSet;

/// How a run went so far, by the names of certificates.
#[derive(Debug, Default)]
pub(crate) struct Report {
    due: HashSet<String>,
    renewed: HashSet<String>,
    failed: HashSet<String>,
    /// How many records could not be removed that earlier runs have left.
    left: usize,
    /// Those whose order was not placed, since a signal came before that.
    not_placed: HashSet<String>,
}

impl Report {
    /// Notes which certificates are due: those with a request, and those that wait for another try, or for their CA.
    pub(crate) fn due(&mut self, documents: &[Document]) {
        let is_due = |document: &&Document| match document.problem() {
            Some(problem) => {
                problem.is(&types::RENEWAL_WAITING) || problem.is(&types::RENEWAL_CA_DOWN)
            }
            None => true,
        };
        let due = documents.iter().filter(is_due);
        self.due.extend(due.map(Document::label));
    }

    /// Whether any certificate was renewed.
    pub(crate) fn has_renewed(&self) -> bool {
        !self.renewed.is_empty()
    }

    /// Those of these requests that have led to nothing so far.
    pub(crate) fn missing(&self, requests: Vec<Document>) -> Vec<Document> {
        let is_missing = |request: &Document| {
            let name = request.label();
            !self.renewed.contains(&name) && !self.failed.contains(&name)
        };
        requests.into_iter().filter(is_missing).collect()
    }

    /// Notes that a certificate was renewed of whose order nothing came back.
    pub(crate) fn renewed(&mut self, name: String) {
        message::note(&format!("renewed {name}"));
        self.renewed.insert(name);
    }

    /// Tells what became of a certificate, by a document that came out. One that was renewed can have failed as well: at
    /// its cleanup, or where it is deployed. A failure is only counted: the program where it failed has said it.
    pub(crate) fn tell(&mut self, document: &Document) {
        let name = document.label();
        let certificate = document.member(&CERTIFICATE).unwrap_or_default();
        let until = certificate["not_after"].as_str();
        let order = document.member(&ORDER).unwrap_or_default();
        // One without an order is only deployed: an earlier run has renewed it.
        if let Some(until) = until.filter(|_| order["url"].is_string())
            && self.renewed.insert(name.clone())
        {
            message::note(&format!("renewed {name} until {until}"));
        }
        let Some(problem) = document.problem() else {
            return;
        };
        if *document.kind() == Kind::Challenge {
            self.left += 1;
            return;
        }
        if problem.is(&types::INTERRUPTED) && !order["url"].is_string() {
            self.not_placed.insert(name.clone());
        }
        self.failed.insert(name);
    }

    /// Those of these requests of which a signal kept an order from being placed. Where nothing came back, a program was killed,
    /// maybe after that.
    pub(crate) fn not_placed(&self, requests: Vec<Document>) -> Vec<Document> {
        let is_not_placed = |request: &Document| self.not_placed.contains(&request.label());
        requests.into_iter().filter(is_not_placed).collect()
    }

    /// The line for all.
    pub(crate) fn sum_up(&self) {
        let (due, renewed) = (self.due.len(), self.renewed.len());
        if let Some(line) = sum(due, renewed, self.failed.len(), self.left) {
            message::note(&line);
        }
    }
}

/// The line for a run; none where there was nothing to do.
fn sum(due: usize, renewed: usize, failed: usize, left: usize) -> Option<String> {
    if (due, failed, left) == (0, 0, 0) {
        return None;
    }
    let failed = (failed > 0).then(|| format!(", {failed} failed"));
    let left = match left {
        0 => None,
        1 => Some(", a record of an earlier run is left".to_owned()),
        left => Some(format!(", {left} records of earlier runs are left")),
    };
    let (failed, left) = (failed.unwrap_or_default(), left.unwrap_or_default());
    Some(format!("{due} due, {renewed} renewed{failed}{left}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_one_line_and_one_with_nothing_to_do_is_none() {
        for (due, renewed, failed, left, line) in [
            (0, 0, 0, 0, None),
            (2, 2, 0, 0, Some("2 due, 2 renewed")),
            (2, 1, 1, 0, Some("2 due, 1 renewed, 1 failed")),
            (0, 0, 1, 0, Some("0 due, 0 renewed, 1 failed")),
            (
                1,
                1,
                0,
                1,
                Some("1 due, 1 renewed, a record of an earlier run is left"),
            ),
            (
                1,
                0,
                1,
                2,
                Some("1 due, 0 renewed, 1 failed, 2 records of earlier runs are left"),
            ),
        ] {
            assert_eq!(sum(due, renewed, failed, left).as_deref(), line);
        }
    }
}
