//! Sets a way up, and hears what is said of it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;
use workshop::write_script;

use super::way::Way;
use crate::Topology;

/// How many are run at once: most of the time they wait.
const AT_ONCE: usize = 6;

/// What the programs that write records have in common: `put SERVER NAME VALUE [ZONE]` and `drop SERVER NAME`.
pub const TOOLS: &str = "\
put() { printf 'server 198.51.100.%s\\n%s\\nupdate add %s 0 TXT \"%s\"\\nsend\\n' \"$1\" \"${4:+zone $4}\" \"$2\" \"$3\" | nsupdate; }
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
}

/// Runs all ways, several at once; what was said comes in their order.
///
/// # Panics
/// A program gives no document.
pub fn run_all(topology: &Topology, ways: &[Way]) -> Vec<Told> {
    // The account is there before many ask for it at once.
    topology.sh("acme-account register >account").success();
    let (next, told) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(way) = ways.get(index) else { break };
                    let one = run(topology, index, *way);
                    if let Ok(mut told) = told.lock() {
                        told.push((index, one));
                    }
                }
            });
        }
    });
    let mut told = told.into_inner().unwrap_or_default();
    told.sort_by_key(|(index, _)| *index);
    told.into_iter().map(|(_, one)| one).collect()
}

fn run(topology: &Topology, index: usize, way: Way) -> Told {
    let script = topology.work().join(format!("write-{index}"));
    let text = format!(
        "set -eu\n{TOOLS}case $1 in\npresent) {} ;;\ncleanup) ;;\ntimeout) echo '{{\"timeout\": 8, \"interval\": 1}}' ;;\nesac",
        way.script
    );
    if let Err(error) = write_script(&script, &text) {
        panic!("{}: {error}", script.display());
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
    let validated = topology.sh_with(&validate, &asked).document();
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

/// The findings that somebody should know of.
fn codes(documents: &[Value]) -> Vec<String> {
    let findings = documents
        .iter()
        .flat_map(|document| document["findings"].as_array().into_iter().flatten());
    let told = findings.filter(|finding| finding["severity"] != "info");
    let mut codes: Vec<String> = told
        .map(|finding| {
            let text = |member: &str| finding[member].as_str().unwrap_or_default().to_owned();
            format!("{} {}", text("severity"), text("code"))
        })
        .collect();
    codes.sort();
    codes.dedup();
    codes
}
