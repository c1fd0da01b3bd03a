//! The names that are asked for, and the documents that they are in.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io;

use sandbox::Sandbox;
use serde_json::{Value, json};

/// How many zones there are.
pub(super) const ZONES: usize = 100;

/// The address of the sandbox's `ns4.test`, which the zones are delegated to.
pub(crate) const ADDRESS: &str = "198.51.100.21";

/// The most challenges that a document may have, by acmepipe(7).
const MOST: usize = 4000;

/// How names are handed to a program.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// A document for each zone.
    Orders,
    /// Each challenge as a document.
    Lines,
    /// As many as may be in one document.
    OneOrder,
}

impl Form {
    /// How many of so many names there are then.
    pub(super) fn takes(self, count: usize) -> usize {
        match self {
            Form::OneOrder => count.min(MOST),
            Form::Orders | Form::Lines => count,
        }
    }

    /// As it is shown.
    pub(super) fn say(self, names: &Names) -> String {
        let count = names.count;
        match self {
            Form::Orders => format!("{} documents", ZONES.min(count)),
            Form::Lines => format!("{count} documents"),
            Form::OneOrder => format!("{count} in one document"),
        }
    }
}

/// So many names, spread over the zones, all with a label of their own.
pub(super) struct Names {
    label: String,
    pub(super) count: usize,
}

impl Names {
    pub(super) fn new(label: &str, count: usize) -> Names {
        Names {
            label: label.to_owned(),
            count,
        }
    }

    /// The name of the record, relative to its zone.
    pub(super) fn relative(&self, number: usize) -> String {
        format!("_acme-challenge.{}{}", self.label, number / ZONES)
    }

    /// The number of the zone that it is in.
    pub(super) fn zone(number: usize) -> usize {
        number % ZONES
    }

    /// The name of the record, with its final dot.
    pub(super) fn full(&self, number: usize) -> String {
        format!("{}.z{}.test.", self.relative(number), Names::zone(number))
    }

    /// As long as a real one.
    pub(super) fn value(&self, number: usize) -> String {
        format!("{:->43}", format!("{}-{number}", self.label))
    }

    /// Writes the documents to a file in the working directory, and says which. Where they are to be waited for, they
    /// have what `dns-zone` would have found.
    pub(super) fn write(&self, sandbox: &Sandbox, form: Form, found: bool) -> io::Result<String> {
        let order = |numbers: &mut dyn Iterator<Item = usize>| {
            let challenges: Vec<Value> = numbers.map(|one| self.challenge(one, found)).collect();
            json!({"version": 1, "challenges": challenges})
        };
        let documents: Vec<Value> = match form {
            Form::Orders => (0..ZONES.min(self.count))
                .map(|zone| order(&mut (zone..self.count).step_by(ZONES)))
                .collect(),
            Form::Lines => (0..self.count)
                .map(|one| self.challenge(one, found))
                .collect(),
            Form::OneOrder => vec![order(&mut (0..self.count))],
        };
        let mut text = String::new();
        for document in documents {
            let _ = writeln!(text, "{document}");
        }
        let name = format!("{}-{form:?}.json", self.label);
        fs::write(sandbox.work().join(&name), text)?;
        Ok(name)
    }

    /// Without `present`: whether a value of the run has replaced another one is not to be looked into.
    fn challenge(&self, number: usize, found: bool) -> Value {
        let mut challenge = json!({"fqdn": self.full(number), "value": self.value(number)});
        if found {
            challenge["effective_fqdn"] = self.full(number).into();
            challenge["zone"] = format!("z{}.test.", Names::zone(number)).into();
            challenge["primary"] = "ns4.test.".into();
            challenge["serial"] = 1.into();
            challenge["nameservers"] = json!([{"name": "ns4.test.", "addresses": [ADDRESS]}]);
        }
        challenge
    }

    /// Writes a question for each name, as dig and dnsperf read them.
    pub(super) fn write_questions(&self, sandbox: &Sandbox, kind: &str) -> io::Result<()> {
        let (mut dig, mut dnsperf) = (String::new(), String::new());
        for number in 0..self.count {
            let name = self.full(number);
            let _ = writeln!(dig, "@{ADDRESS} +norec {name} {kind}");
            let _ = writeln!(dnsperf, "{name} {kind}");
        }
        fs::write(sandbox.work().join("dig.questions"), dig)?;
        fs::write(sandbox.work().join("dnsperf.questions"), dnsperf)
    }
}

/// How many challenges have an error, in documents that came out.
pub(super) fn failures(output: &str) -> Result<usize, Box<dyn Error>> {
    let mut failed = 0;
    for line in output.lines() {
        let document: Value = serde_json::from_str(line)?;
        let challenges = match document["challenges"].as_array() {
            Some(challenges) => challenges.as_slice(),
            None => std::slice::from_ref(&document),
        };
        failed += challenges
            .iter()
            .filter(|one| one["error"].is_object())
            .count();
    }
    Ok(failed)
}
