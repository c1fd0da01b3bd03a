//! Sets a way up, and hears what is said of it.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;
use workshop::write_script;

use super::way::Way;
use crate::Topology;

/// How many are run at once: most of the time they wait.
const AT_ONCE: usize = 4;

/// How long the programs want to be waited for, in seconds.
const TIMEOUT: usize = 8;

/// What the programs that write records have in common: `put SERVER NAME VALUE [ZONE [TTL]]`, `drop SERVER NAME`, and
/// `insert NAME VALUE ZONE`, which goes into PowerDNS's database.
pub const TOOLS: &str = "\
put() { printf 'server 198.51.100.%s\\n%s\\nupdate add %s %s TXT \"%s\"\\nsend\\n' \"$1\" \"${4:+zone $4}\" \"$2\" \"${5:-0}\" \"$3\" | nsupdate; }
insert() { sqlite3 -cmd '.timeout 10000' ../198.51.100.17/zones.db \"INSERT INTO records (domain_id, name, type, content, ttl, auth) \
SELECT id, '${1%.}', 'TXT', '\\\"$2\\\"', 60, 1 FROM domains WHERE name = '$3'\"; }
drop() { printf 'server 198.51.100.%s\\nupdate delete %s TXT\\nsend\\n' \"$1\" \"$2\" | nsupdate; }
";

/// What was said of a way.
#[derive(Debug)]
pub struct Told {
    /// The way.
    pub way: Way,
    /// What a person reads before the CA is asked.
    pub before: String,
    /// The hints after the CA has failed; nothing where it was not asked.
    pub after: Option<String>,
    /// What the CA says, whether the pipeline would ask it or not; empty where it finds nothing wrong.
    pub ca: String,
    /// The codes of `dns01-check` before the order, with their severity.
    pub codes: Vec<String>,
    /// What a person reads of what it finds, from warnings up.
    pub found: String,
}

/// Runs all ways, several at once; what was said comes in their order.
///
/// # Panics
/// A program gives no document.
pub fn run_all(topology: &Topology, ways: &[Way]) -> Vec<Told> {
    side_by_side(topology, ways, run)
}

/// Does it for each of them, several at once; what comes of it is in their order.
pub(super) fn side_by_side<T: Copy + Sync, R: Send>(
    topology: &Topology,
    all: &[T],
    run: impl Fn(&Topology, usize, T) -> R + Sync,
) -> Vec<R> {
    // The account is there before many ask for it at once.
    topology.sh("acme-account register >account").success();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(one) = all.get(index) else { break };
                    let result = run(topology, index, *one);
                    if let Ok(mut done) = done.lock() {
                        done.push((index, result));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, one)| one).collect()
}

/// Writes a program that writes records as these lines of shell do.
pub(super) fn write_program(topology: &Topology, name: &str, lines: &str) -> PathBuf {
    let path = topology.work().join(name);
    let text = format!(
        "set -eu\n{TOOLS}case $1 in\npresent) {lines} ;;\ncleanup) ;;\n\
         timeout) echo '{{\"timeout\": {TIMEOUT}, \"interval\": 1}}' ;;\nesac"
    );
    if let Err(error) = write_script(&path, &text) {
        panic!("{}: {error}", path.display());
    }
    path
}

fn run(topology: &Topology, index: usize, way: Way) -> Told {
    let script = write_program(topology, &format!("write-{index}"), way.script);
    if !way.first.is_empty() {
        topology.sh(&format!("{TOOLS}{}", way.first));
    }
    let names = way.names.split_whitespace();
    let (operands, options): (Vec<String>, Vec<String>) = names
        .map(|name| (format!("'{name}'"), format!("-d '{name}'")))
        .unzip();
    let checked = topology.sh(&format!("dns01-check {}", operands.join(" ")));
    let prepare = format!(
        "acme-order {} | dns-zone | dns01-exec present --exec {}",
        options.join(" "),
        script.display()
    );
    let prepared = topology.sh(&prepare);
    let waited = topology.sh_with("dns-wait-txt", &prepared.stdout);
    let document = waited.document();
    let is_asked = problems(&document).is_empty();
    let validate = format!("{TOOLS}{}\nacme-validate", way.meanwhile);
    let asked = match is_asked {
        true => waited.stdout.clone(),
        // So that the CA is asked all the same.
        false => without_errors(&prepared.document(), &way, &script, topology),
    };
    let has_challenges = |document: &Value| {
        let challenges = document["challenges"].as_array();
        challenges.is_some_and(|challenges| !challenges.is_empty())
    };
    let validated = match has_challenges(&document) {
        true => topology.sh_with(&validate, &asked).document(),
        // Nothing was ordered.
        false => Value::Null,
    };
    let text = |members: &[&str]| {
        let all = problems(&validated);
        let texts = all.iter().flat_map(|problem| {
            members
                .iter()
                .filter_map(|member| problem[*member].as_str())
        });
        texts.map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    Told {
        way,
        before: prepared.stderr + &waited.stderr + &said(&document),
        after: is_asked.then(|| text(&["hint"])),
        ca: text(&["detail"]),
        codes: codes(&checked.documents()),
        found: found(&checked.documents()),
    }
}

/// The document of what was prepared without its errors, and with the record as far as the program writes it.
fn without_errors(
    document: &Value,
    way: &Way,
    script: &std::path::Path,
    topology: &Topology,
) -> String {
    let mut clean = document.clone();
    let mut is_presented = true;
    if let Value::Object(members) = &mut clean {
        members.remove("error");
    }
    for challenge in clean["challenges"].as_array_mut().into_iter().flatten() {
        if let Value::Object(members) = challenge {
            members.remove("error");
            is_presented &= members.contains_key("present");
        }
    }
    if is_presented || way.script.contains("exit") {
        return clean.to_string();
    }
    let present = format!("dns01-exec present --exec {}", script.display());
    let presented = topology.sh_with(&present, &clean.to_string());
    let mut document = presented.document();
    if let Value::Object(members) = &mut document {
        members.remove("error");
    }
    for challenge in document["challenges"].as_array_mut().into_iter().flatten() {
        if let Value::Object(members) = challenge {
            members.remove("error");
        }
    }
    document.to_string()
}

/// The errors of a document's challenges, or its own where they have none.
fn problems(document: &Value) -> Vec<&Value> {
    let challenges = document["challenges"].as_array().into_iter().flatten();
    let of_challenges: Vec<&Value> = challenges
        .map(|challenge| &challenge["error"])
        .filter(|error| error.is_object())
        .collect();
    match of_challenges.is_empty() && document["error"].is_object() {
        true => vec![&document["error"]],
        false => of_challenges,
    }
}

/// What a person reads of the errors of a document.
fn said(document: &Value) -> String {
    let texts = problems(document).into_iter().flat_map(|problem| {
        ["detail", "hint"].map(|member| problem[member].as_str().unwrap_or_default().to_owned())
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// The findings of documents.
fn findings(documents: &[Value]) -> impl Iterator<Item = &Value> {
    documents
        .iter()
        .filter_map(|document| document["findings"].as_array())
        .flatten()
}

fn text_of(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_default().to_owned()
}

/// Severity and code of the findings that somebody should know of.
fn codes(documents: &[Value]) -> Vec<String> {
    let told = findings(documents).filter(|finding| finding["severity"] != "info");
    let mut codes: Vec<String> = told
        .map(|finding| {
            format!(
                "{} {}",
                text_of(finding, "severity"),
                text_of(finding, "code")
            )
        })
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

/// What the findings say that are warnings or errors.
fn found(documents: &[Value]) -> String {
    let told = findings(documents)
        .filter(|finding| matches!(finding["severity"].as_str(), Some("warning" | "error")));
    let texts = told.flat_map(|finding| ["detail", "hint"].map(|member| text_of(finding, member)));
    texts.collect::<Vec<_>>().join("\n")
}
