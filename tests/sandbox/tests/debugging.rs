//! What acmepipe-debugging(7) shows is what the programs say.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use sandbox::{Config, Sandbox, Zone};
use workshop::without_roff;

/// A display of the page: commands, each with what it prints.
struct Transcript {
    /// What is said after the mark in front of it.
    condition: String,
    lines: Vec<String>,
}

/// The displays that are marked as transcripts.
fn transcripts() -> Vec<Transcript> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../man/acmepipe-debugging.7");
    let page = fs::read_to_string(path).unwrap();
    let mut transcripts = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(condition) = line.strip_prefix(".\\\" transcript") {
            assert_eq!(lines.next(), Some(".Bd -literal"));
            let display = lines.by_ref().take_while(|line| *line != ".Ed");
            transcripts.push(Transcript {
                condition: condition.trim().to_owned(),
                lines: display.map(without_roff).collect(),
            });
        }
    }
    transcripts
}

/// A line without what differs from run to run: values, durations, and where the script is.
fn without_chance(line: &str) -> String {
    let script = workshop::root().join("tests/update-dns.sh");
    let line = line.replace(&*script.to_string_lossy(), "/etc/acme/update-dns.sh");
    let fields: Vec<&str> = line.split('\t').collect();
    let line = match fields[..] {
        ["serving", seconds, name, address] if seconds.parse::<f64>().is_ok() => {
            format!("serving\tSECONDS\t{name}\t{address}")
        }
        [status, fqdn, value] if value.len() == 43 => format!("{status}\t{fqdn}\tVALUE"),
        _ => line,
    };
    let words: Vec<&str> = line.split(' ').collect();
    let words = words.iter().enumerate().map(|(index, word)| {
        let is_duration = words
            .get(index + 1)
            .is_some_and(|unit| matches!(*unit, "s" | "s:"));
        if is_duration && word.parse::<f64>().is_ok() {
            "SECONDS"
        } else {
            word
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Runs the commands of a transcript, and compares what they print, on both streams.
fn assert_shown(sandbox: &Sandbox, transcript: &Transcript, before: &str) {
    let mut lines = transcript.lines.iter().peekable();
    while let Some(line) = lines.next() {
        let command = line.strip_prefix("$ ").unwrap();
        let mut shown = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
            shown.push(without_chance(line));
        }
        let ended = sandbox.sh(&format!("{before} {{ {command}; }} 2>&1"));
        let said = ended.stdout.lines().map(without_chance);
        assert_eq!(said.collect::<Vec<_>>(), shown, "{command}");
    }
}

#[test]
fn the_page_shows_what_the_programs_say() {
    let sandbox = Sandbox::start();
    // Who reads it has an account.
    sandbox.sh("acme-account register").success();
    // A secret of the right length, and another.
    let wrong = r#"sed 's/secret ".*"/secret "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="/' "$DNS_KEY" > wrong.key; export DNS_KEY="$PWD/wrong.key";"#;
    let mut count = 0;
    for transcript in transcripts() {
        let before = match transcript.condition.as_str() {
            "" => "",
            "with a wrong key" => wrong,
            _ => continue,
        };
        assert_shown(&sandbox, &transcript, before);
        count += 1;
    }
    assert!(count >= 5, "{count}");
    sandbox.assert_nothing_left();
}

#[test]
fn the_page_shows_what_the_ca_says_where_there_is_no_record() {
    let sandbox = Sandbox::start();
    sandbox
        .sh("acme-order -d www.example.test | dns-zone > waited.json")
        .success();
    let transcripts = transcripts();
    let transcript = transcripts
        .iter()
        .find(|one| one.condition == "with no record");
    assert_shown(&sandbox, transcript.unwrap(), "");
}

#[test]
fn the_page_shows_a_secondary_that_is_behind() {
    let zone = Zone::new("example.test").refresh(3600);
    let config = Config {
        notify_ns3: false,
        ..Config::default().zones([zone])
    };
    let sandbox = Sandbox::with(config);
    sandbox
        .sh("acme-order -d www.example.test | dns-zone | dns01-exec present > presented.json")
        .success();
    let transcripts = transcripts();
    let transcript = transcripts
        .iter()
        .find(|one| one.condition == "with ns3 behind");
    assert_shown(&sandbox, transcript.unwrap(), "");
    sandbox.sh("dns01-exec cleanup < presented.json").success();
}
