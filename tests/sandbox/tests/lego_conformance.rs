//! A script cannot tell `dns01-exec` from lego: both call the same recorder, for the same names and the same CA.
//!
//! lego is Debian's, fetched with `tests/fetch-servers`. Where that does not work, these tests say so and pass.

#![allow(clippy::unwrap_used)]

use std::process::Command;

use sandbox::{Call, Config, Ended, Recorder, Sandbox, Tools};

/// Plain, wildcard beside its base, IDN, an alias of the record's name, and a zone below another.
const NAMES: [&str; 6] = [
    "www.example.test",
    "wild.example.test",
    "*.wild.example.test",
    "bücher.example.test",
    "cname.example.test",
    "*.deep.sub.example.test",
];

/// Does what the call asks for in RAW mode too, where a script has to find name and value itself.
const UPDATE: &str = r#"
[ "$1" != timeout ] || exit 64
if [ "$2" = -- ]; then
    value=$(printf %s "$5" | openssl dgst -sha256 -binary | openssl base64 -A | tr +/ -_ | tr -d =)
    case $3 in cname.example.test) name=cname.auth.test. ;; *) name=_acme-challenge.$3. ;; esac
    set -- "$1" "$name" "$value"
fi
exec "$UPDATE" "$@"
"#;

/// One tool's run: how it ended, and how it called.
struct Ran {
    output: Ended,
    calls: Vec<Call>,
}

struct Both {
    sandbox: Sandbox,
}

impl Both {
    /// A sandbox with lego in it; nothing where there is none to be had.
    fn start() -> Option<Both> {
        if let Err(error) = Tools::fetch(&["peers"]) {
            eprintln!("lego is not at hand, so nothing was compared with it: {error}");
            return None;
        }
        Some(Both {
            sandbox: Sandbox::with(Config::demo()),
        })
    }

    fn recorder(&self, tool: &str, text: &str) -> Recorder {
        let dir = self.sandbox.work().join(tool);
        std::fs::create_dir_all(&dir).unwrap();
        Recorder::below(&dir, text)
    }

    /// What both find in their environment.
    fn command(&self, recorder: &Recorder, line: &str, mode: &str) -> Command {
        let mut command = self.sandbox.command("sh");
        let update = self
            .sandbox
            .env()
            .filter(|(name, _)| *name == "EXEC_PATH")
            .last()
            .map(|(_, path)| path.to_owned());
        command
            .args(["-c", line])
            .env("UPDATE", update.unwrap_or_default())
            .env("EXEC_PATH", &recorder.script);
        if !mode.is_empty() {
            command.env("EXEC_MODE", mode);
        }
        command
            .env("EXEC_POLLING_INTERVAL", "1")
            .env("EXEC_PROPAGATION_TIMEOUT", "20")
            .env("EXEC_SEQUENCE_INTERVAL", "0")
            // Later versions do it without being asked.
            .env("LEGO_EXPERIMENTAL_CNAME_SUPPORT", "true")
            .env("OF_THE_USER", "a b");
        command
    }

    fn lego(&self, names: &[&str], mode: &str, text: &str) -> Ran {
        let recorder = self.recorder(&format!("lego{mode}"), text);
        let line = format!(
            "lego --server \"$LEGO_SERVER\" --accept-tos --email \"$LEGO_EMAIL\" --path lego --dns exec \
             --dns.resolvers 127.0.0.1:53 {} run",
            domains(names)
        );
        let output = self
            .sandbox
            .output(self.command(&recorder, &line, mode), "");
        Ran {
            output,
            calls: recorder.calls(),
        }
    }

    fn ours(&self, names: &[&str], mode: &str, text: &str) -> Ran {
        let recorder = self.recorder(&format!("ours{mode}"), text);
        let line = format!(
            "acme-order {} | {} | {}",
            domains(names),
            Sandbox::PREPARE,
            Sandbox::FINISH
        );
        let output = self
            .sandbox
            .output(self.command(&recorder, &line, mode), "");
        Ran {
            output,
            calls: recorder.calls(),
        }
    }
}

fn domains(names: &[&str]) -> String {
    names.iter().map(|name| format!("-d '{name}' ")).collect()
}

/// The arguments of each call, with what is random in them replaced by its kind, sorted.
fn shape(calls: &[Call]) -> Vec<String> {
    let is_random = |word: &str| {
        word.len() == 43
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let kind = |word: &String| match word.split_once('.') {
        Some((token, thumbprint)) if is_random(token) && is_random(thumbprint) => {
            "KEYAUTH".to_owned()
        }
        _ if is_random(word) => "RANDOM".to_owned(),
        _ => word.clone(),
    };
    let mut shapes: Vec<_> = calls
        .iter()
        .map(|call| {
            call.arguments
                .iter()
                .map(kind)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    shapes.sort();
    shapes
}

/// Without `timeout`, which lego never asks.
fn protocol(mut ran: Ran) -> Ran {
    ran.calls.retain(|call| call.arguments != ["timeout"]);
    ran
}

fn compare(mode: &str, names: &[&str]) {
    let Some(both) = Both::start() else {
        return;
    };
    let (lego, ours) = (
        both.lego(names, mode, UPDATE),
        protocol(both.ours(names, mode, UPDATE)),
    );
    lego.output.assert_status(0);
    ours.output.assert_status(0);
    assert!(ours.output.document()["certificate"]["serial"].is_string());

    // Arguments, and how often with each.
    assert_eq!(shape(&ours.calls), shape(&lego.calls));
    assert_eq!(ours.calls.len(), 2 * names.len());
    for ran in [&lego, &ours] {
        // Order: each value is presented once, and cleaned up with the same arguments later.
        for (index, call) in ran.calls.iter().enumerate() {
            let again: Vec<_> = (0..ran.calls.len())
                .filter(|other| ran.calls[*other].arguments[1..] == call.arguments[1..])
                .collect();
            assert_eq!(again.len(), 2, "{:?}", call.arguments);
            assert_eq!(
                call.arguments[0],
                if index == again[0] {
                    "present"
                } else {
                    "cleanup"
                }
            );
        }
        for call in &ran.calls {
            assert_eq!(
                (call.stdin.as_str(), call.input.as_str()),
                ("/dev/null", "")
            );
            assert_eq!(call.directory, ran.calls[0].directory);
        }
    }
    assert_eq!(ours.calls[0].directory, lego.calls[0].directory);

    // The environment is the caller's; ours says more, and nothing less.
    for (our, theirs) in ours.calls.iter().zip(&lego.calls) {
        let differs = |name: &String| our.environment.get(name) != theirs.environment.get(name);
        // The shell's own, and where the recorder is.
        let odd: Vec<&String> = theirs
            .environment
            .keys()
            .chain(our.environment.keys())
            .filter(|name| differs(name) && !matches!(name.as_str(), "_" | "EXEC_PATH"))
            .filter(|name| !name.starts_with("DNS01_") && *name != "ACMEPIPE_CALL")
            .collect();
        assert!(odd.is_empty(), "the environments differ in {odd:?}");
        assert_eq!(our.environment["OF_THE_USER"], "a b");
    }
    both.sandbox.assert_nothing_left();
}

/// The record's name, or in RAW mode the domain.
fn name(call: &Call) -> &str {
    match call.arguments[1].as_str() {
        "--" => &call.arguments[2],
        name => name,
    }
}

#[test]
fn in_default_mode_the_calls_are_those_of_lego() {
    compare("", &NAMES);
}

#[test]
fn in_raw_mode_the_calls_are_those_of_lego() {
    // RAW mode knows of no alias: the script has to. lego takes seconds for each name.
    compare("RAW", &NAMES[2..5]);
}

#[test]
fn a_present_that_fails_fails_the_certificate_as_it_does_with_lego() {
    let Some(both) = Both::start() else {
        return;
    };
    let text =
        format!("case $1$2 in present_acme-challenge.bad.*) echo no; exit 3;; esac\n{UPDATE}");
    let names = ["good.example.test", "bad.example.test"];
    let (lego, ours) = (
        both.lego(&names, "", &text),
        protocol(both.ours(&names, "", &text)),
    );
    lego.output.assert_status(1);
    ours.output.assert_status(1);
    assert!(
        lego.output.stderr.contains("exit status 3"),
        "{}",
        lego.output.stderr
    );
    let error = ours.output.document()["error"].clone();
    assert!(
        error["detail"].as_str().unwrap().contains("exited 3"),
        "{error:#}"
    );
    for ran in [&lego, &ours] {
        let presented = ran
            .calls
            .iter()
            .filter(|call| call.arguments[0] == "present");
        assert_eq!(
            presented.filter(|call| name(call).contains("bad")).count(),
            1,
            "it is tried once"
        );
    }
    // What lego removes we remove, and what failed too: it may have been added before the script failed.
    let removed = |ran: &Ran| -> Vec<String> {
        let mut names: Vec<_> = ran
            .calls
            .iter()
            .filter(|call| call.arguments[0] == "cleanup")
            .map(|call| name(call).to_owned())
            .collect();
        names.sort();
        names
    };
    let ours = removed(&ours);
    assert!(
        removed(&lego).iter().all(|name| ours.contains(name)),
        "{ours:?}"
    );
    assert!(
        ours.contains(&"_acme-challenge.bad.example.test.".to_owned()),
        "{ours:?}"
    );
    both.sandbox.assert_nothing_left();
}

#[test]
fn a_cleanup_that_fails_leaves_the_certificate_as_it_does_with_lego_and_is_said() {
    let Some(both) = Both::start() else {
        return;
    };
    let text = format!("[ $1 != cleanup ] || {{ echo no; exit 3; }}\n{UPDATE}");
    let names = ["kept.example.test"];
    let lego = both.lego(&names, "", &text);
    // It warns, and says that all is well.
    lego.output.assert_status(0);
    assert!(
        lego.output.stderr.contains("exit status 3"),
        "{}",
        lego.output.stderr
    );
    let ours = protocol(both.ours(&names, "", &text));
    ours.output.assert_status(1);
    let document = ours.output.document();
    assert!(document["certificate"]["serial"].is_string());
    assert!(
        document["error"]["detail"]
            .as_str()
            .unwrap()
            .contains("may still be there"),
        "{:#}",
        document["error"]
    );
    let cleanups = |ran: &Ran| {
        ran.calls
            .iter()
            .filter(|call| call.arguments[0] == "cleanup")
            .count()
    };
    assert_eq!(cleanups(&lego), 1);
    assert!(cleanups(&ours) > 1, "it is tried again");
}
