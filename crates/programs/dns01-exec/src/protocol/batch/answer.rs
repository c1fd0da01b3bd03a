//! What the program answers to a batch: which challenges failed by it, why, and what of it is for a person.

use crate::protocol::batch::parts::parts;
use crate::protocol::batch::report::{Place, Report};
use crate::protocol::permanent;
use command::text::{clean, shorten};
use pipeline::{Key, Problem, types};
use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};

#[cfg(test)]
mod tests;

/// How much of the program's answer is read, in bytes: thousands of lines.
pub(super) const LONGEST_ANSWER: usize = 1 << 20;
/// How much of what the program says of a challenge becomes its error, in characters.
const LONGEST_ERROR: usize = 1000;

/// What the program answered.
pub(super) struct Answer<'a> {
    /// What is to be shown to a person: all that is no report of a challenge of the batch.
    pub(super) shown: Vec<&'a str>,
    /// The reports of challenges of the batch.
    named: Vec<Report>,
    /// The numbers of those at each place.
    at: HashMap<Place, Vec<usize>>,
    /// The first failure of which nobody can say whose it is, and whether trying again is in vain, as each such failure says.
    unclear: Option<(String, bool)>,
    /// All that was reported, in a line.
    all: OnceCell<Option<String>>,
}

/// The places of the reports that are of a challenge.
fn places(key: &Key) -> impl Iterator<Item = Place> {
    let values = |name: String| [(name.clone(), None), (name, Some(key.value().to_owned()))];
    key.names().flat_map(values)
}

impl Answer<'_> {
    /// Reads the answer to a batch of challenges with these keys.
    pub(super) fn read<'a>(printed: &'a str, keys: Vec<&Key>) -> Answer<'a> {
        let known: HashSet<Place> = keys.into_iter().flat_map(places).collect();
        let mut answer = Answer {
            shown: Vec::new(),
            named: Vec::new(),
            at: HashMap::new(),
            unclear: None,
            all: OnceCell::new(),
        };
        for part in parts(printed) {
            let reports = Report::read(part);
            let mut is_shown = reports.is_empty();
            for report in reports {
                match report.place.clone().filter(|place| known.contains(place)) {
                    Some(place) => {
                        answer.at.entry(place).or_default().push(answer.named.len());
                        answer.named.push(report);
                    }
                    None => {
                        is_shown = true;
                        answer.fail(report.text, report.is_permanent);
                    }
                }
            }
            if is_shown {
                answer.shown.push(part);
            }
        }
        if printed.len() >= LONGEST_ANSWER {
            let rest = format!("{LONGEST_ANSWER} bytes or more, and no more were read");
            answer.fail(rest, false);
        }
        answer
    }

    /// Takes in a failure of which nobody can say whose it is.
    fn fail(&mut self, text: String, is_permanent: bool) {
        let (_, are_permanent) = self.unclear.get_or_insert((text, is_permanent));
        *are_permanent &= is_permanent;
    }

    /// Whether something failed of which nobody can say whose it is.
    pub(super) fn is_unclear(&self) -> bool {
        self.unclear.is_some()
    }

    /// The reports of the challenge with this key, in their order.
    fn of(&self, key: &Key) -> impl Iterator<Item = &Report> {
        let numbers = places(key).filter_map(|place| self.at.get(&place));
        let numbers: BTreeSet<usize> = numbers.flatten().copied().collect();
        numbers.into_iter().map(|number| &self.named[number])
    }

    /// Why the challenge with this key failed, if it did: the program named it, or named none of the batch.
    pub(super) fn problem(&self, key: &Key) -> Option<Problem> {
        if let Some(report) = self.of(key).next() {
            let error = shorten(&report.error, LONGEST_ERROR);
            let problem = Problem::new(&types::EXEC_BATCH, error);
            let problem = permanent::mark(problem, report.is_permanent);
            return Some(match &report.hint {
                Some(hint) => problem.hint(shorten(&clean(hint), LONGEST_ERROR)),
                None => problem,
            });
        }
        let (text, is_permanent) = self.unclear.as_ref()?;
        let text = shorten(text, LONGEST_ERROR);
        let detail = format!(
            "something failed, and it is not known for which challenge; the program printed {text}"
        );
        let hint = "A report has to have `fqdn` and `value` as the program read them.";
        let problem = Problem::new(&types::EXEC_BATCH, detail).hint(hint);
        Some(permanent::mark(problem, *is_permanent))
    }

    /// The problem of a call that failed as a whole, for the challenge with this key: with what the program reported of
    /// it, else with all that it reported. Trying again is in vain if the program says so of this one, or of nobody else.
    pub(super) fn reported_with(&self, key: &Key, problem: &Problem) -> Problem {
        let errors = |reports: &mut dyn Iterator<Item = &Report>| {
            let errors = reports.map(|report| report.error.clone());
            errors.collect::<Vec<String>>()
        };
        let own = joined(errors(&mut self.of(key)));
        let all = self.all.get_or_init(|| {
            let mut all = errors(&mut self.named.iter());
            all.extend(self.unclear.as_ref().map(|(text, _)| text.clone()));
            joined(all)
        });
        let Some(reported) = own.as_ref().or(all.as_ref()) else {
            return problem.clone();
        };
        let is_permanent = match (self.of(key).next(), &self.unclear) {
            (Some(report), _) => report.is_permanent,
            (None, Some((_, is_permanent))) => *is_permanent,
            (None, None) => false,
        };
        let detail = format!("{}; it reported: {reported}", problem.detail);
        let problem = Problem {
            detail,
            ..problem.clone()
        };
        permanent::mark(problem, is_permanent)
    }
}

/// Errors in a line, if there are any. What is said several times in a row is said once.
fn joined(mut errors: Vec<String>) -> Option<String> {
    errors.dedup();
    (!errors.is_empty()).then(|| shorten(&clean(&errors.join("; ")), LONGEST_ERROR))
}
