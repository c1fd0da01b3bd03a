//! What a person is told of a run: what was renewed, what failed and why, and one line for all. Of a run in which there was
//! nothing to do, nothing.

use command::message;
use pipeline::catalogue::order::CERTIFICATE;
use pipeline::{Document, Problem, types};
use std::collections::HashSet;

/// How a run went so far, by the names of certificates.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Those for which requests were written.
    requested: HashSet<String>,
    renewed: HashSet<String>,
    failed: HashSet<String>,
}

impl Report {
    /// Notes for which certificates requests were written.
    pub(crate) fn requested(&mut self, requests: &[Document]) {
        self.requested.extend(requests.iter().map(Document::label));
    }

    /// Those of these requests that have led to nothing so far.
    pub(crate) fn missing(&self, requests: Vec<Document>) -> Vec<Document> {
        let is_missing = |request: &Document| {
            let name = request.label();
            !self.renewed.contains(&name) && !self.failed.contains(&name)
        };
        requests.into_iter().filter(is_missing).collect()
    }

    /// Tells what became of a certificate, by a document that came out. One that was renewed can have failed as well: at
    /// its cleanup, or where it is deployed.
    pub(crate) fn tell(&mut self, document: &Document) {
        let name = document.label();
        let certificate = document.member(&CERTIFICATE).unwrap_or_default();
        let until = certificate["not_after"].as_str();
        // One that is only deployed was renewed by an earlier run.
        if let Some(until) = until.filter(|_| self.requested.contains(&name))
            && self.renewed.insert(name.clone())
        {
            message::note(&format!("renewed {name} until {until}"));
        }
        if let Some(problem) = document.problem() {
            // acme-due has said that, once for all certificates of the CA.
            if !problem.is(&types::RENEWAL_CA_DOWN) {
                message::error(&failed(&name, &problem));
            }
            self.failed.insert(name);
        }
    }

    /// The line for all.
    pub(crate) fn sum_up(&self) {
        let (due, renewed) = (self.requested.len(), self.renewed.len());
        if let Some(line) = sum(due, renewed, self.failed.len()) {
            message::note(&line);
        }
    }
}

/// What is said of a failure: each of its sentences on a line, so that a long URL stands whole.
fn failed(name: &str, problem: &Problem) -> String {
    let hint = problem.hint.as_deref();
    let hint = hint.map(|hint| format!(": {hint}")).unwrap_or_default();
    format!("{name} failed: {}{hint}", problem.detail)
}

/// The line for a run; none where there was nothing to do.
fn sum(due: usize, renewed: usize, failed: usize) -> Option<String> {
    match (due, failed) {
        (0, 0) => None,
        (due, 0) => Some(format!("{due} due, {renewed} renewed")),
        (due, failed) => Some(format!("{due} due, {renewed} renewed, {failed} failed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_one_line_and_one_with_nothing_to_do_is_none() {
        for (due, renewed, failed, line) in [
            (0, 0, 0, None),
            (2, 2, 0, Some("2 due, 2 renewed")),
            (2, 1, 1, Some("2 due, 1 renewed, 1 failed")),
            (0, 0, 1, Some("0 due, 0 renewed, 1 failed")),
        ] {
            assert_eq!(sum(due, renewed, failed).as_deref(), line);
        }
    }
}
