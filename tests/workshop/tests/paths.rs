//! A path that no document can name, since it is not UTF-8, and one that is empty are refused by every program before it does
//! anything.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::Command;

use workshop::{FalseCa, Programs, Recorder, Workshop, challenge, order, run};

/// A name that is not UTF-8.
const NAME: &[u8] = b"d\xffta";

/// What every program needs beside the path: a CA, and a program of the user's.
struct Surroundings {
    workshop: Workshop,
    ca: FalseCa,
    recorder: Recorder,
}

impl Surroundings {
    fn new() -> Surroundings {
        let workshop = Workshop::open();
        Surroundings {
            ca: FalseCa::start(&workshop, |_| None),
            recorder: workshop.recorder(""),
            workshop,
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.workshop.command(words[0]);
        self.ca.trusted_by(&mut command);
        command
            .args(&words[1..])
            .env("EXEC_PATH", &self.recorder.script);
        command
    }

    /// The commands of all programs in whose help the option stands in one of these ways, with what else they need.
    fn commands_with(&self, option: &[&str]) -> Vec<Vec<&'static str>> {
        let programs = Programs::names().unwrap();
        let commands: [&[&str]; 27] = [
            &["acme-order", "-d", "a.example.test"],
            &["acme-validate"],
            &["acme-finalize"],
            &["acme-issue", "-d", "a.example.test"],
            &["dns-zone"],
            &["dns01-check"],
            &["dns-wait-txt"],
            &["dns01-exec", "present"],
            &["dns01-exec", "cleanup"],
            &["dns01-exec", "cleanup", "--leftovers"],
            &["dns01-exec", "list"],
            &["dns01-service", "list"],
            &["acme-due", "--no-sleep"],
            &["acme-deploy"],
            &["acme-renew", "--no-sleep"],
            &["acme-list"],
            &[
                "acme-revoke",
                "--yes",
                "--reason",
                "superseded",
                "a.example.test",
            ],
            &["dns01-rfc2136", "timeout"],
            &["dns01-pdns", "present"],
            &["dns01-httpreq", "timeout"],
            &["dns01-acme-dns", "timeout"],
            &["acme-account", "register"],
            &["acme-account", "show"],
            &["acme-account", "update", "--no-email"],
            &["acme-account", "list"],
            &["acme-account", "caa", "a.example.test"],
            &["acme-import"],
        ];
        for program in programs {
            let is_known = commands.iter().any(|words| words[0] == program);
            assert!(is_known, "{program} stands in no row of this test");
        }
        let has_option = |words: &&&[&str]| {
            let help = run(self.command(&[words, &["--help"][..]].concat()), "");
            let help = help.success().stdout;
            option.iter().any(|option| help.contains(option))
        };
        let with_option = commands.iter().filter(has_option);
        with_option.map(|words| words.to_vec()).collect()
    }

    /// The command says that the path is not UTF-8, and has done nothing.
    #[track_caller]
    fn assert_refused(&self, command: Command) {
        self.assert_refused_since(command, "not UTF-8");
    }

    /// The command says this, and has done nothing.
    #[track_caller]
    fn assert_refused_since(&self, command: Command, says: &str) {
        let before = self.files();
        let ended = run(command, order([challenge("example.test", "v")]));
        ended.assert_status(2);
        assert!(ended.stderr.contains(says), "{ended:?}");
        for document in ended.documents() {
            assert_eq!(document["error"]["type"], "acmepipe:usage");
        }
        assert_eq!(self.files(), before, "{ended:?}");
        assert_eq!(self.recorder.arguments(), [[""; 0]; 0], "{ended:?}");
        assert_eq!(self.ca.count("/directory"), 0, "{ended:?}");
    }

    fn files(&self) -> BTreeSet<OsString> {
        let entries = fs::read_dir(self.workshop.dir()).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    }

    fn path(&self) -> PathBuf {
        self.workshop.dir().join(OsStr::from_bytes(NAME))
    }
}

/// `--option=PATH`.
fn given(option: &str, path: &OsStr) -> OsString {
    let mut word = OsString::from(format!("--{option}="));
    word.push(path);
    word
}

#[test]
fn every_program_refuses_to_keep_files_where_no_document_can_name_them() {
    let all = Surroundings::new();
    let commands = all.commands_with(&["--path ", "--path,", "--path\n"]);
    assert_eq!(commands.len(), 20, "{commands:?}");
    let here = all.path();
    fs::create_dir(&here).unwrap();
    let path = here.join("data");
    for words in commands {
        let mut by_option = all.command(&words);
        by_option.arg(given("path", path.as_os_str()));
        all.assert_refused(by_option);

        let mut by_variable = all.command(&words);
        by_variable.env("LEGO_PATH", &path);
        all.assert_refused(by_variable);

        // It is none, and not the default.
        let mut by_empty_option = all.command(&words);
        by_empty_option.args(["--path", ""]);
        let says = "--path takes a path, not an empty one";
        all.assert_refused_since(by_empty_option, says);

        let mut from_here = all.command(&words);
        from_here.arg("--path=data").current_dir(&here);
        all.assert_refused(from_here);

        // Where root's files are is no matter of the environment.
        if !rustix::process::geteuid().is_root() {
            for variable in ["XDG_DATA_HOME", "HOME"] {
                let mut by_default = all.command(&words);
                by_default.env_remove("LEGO_PATH").env(variable, &path);
                all.assert_refused(by_default);
            }
        }
    }
    assert_eq!(fs::read_dir(here).unwrap().count(), 0);
}

#[test]
fn keys_and_programs_are_not_looked_for_where_no_document_can_name_them() {
    let all = Surroundings::new();
    let commands = all.commands_with(&["--accounts,", "--accounts\n"]);
    assert_eq!(commands.len(), 3, "{commands:?}");
    for words in commands {
        let mut command = all.command(&words);
        command.arg(given("accounts", all.path().as_os_str()));
        all.assert_refused(command);
    }
    let mut commands = all.commands_with(&["--exec ", " -x,"]);
    // There it is a command line, of a program that no document names.
    commands.retain(|words| words[0] != "acme-deploy");
    assert_eq!(commands.len(), 5, "{commands:?}");
    for words in commands {
        let mut by_option = all.command(&words);
        by_option.arg(given("exec", all.path().as_os_str()));
        all.assert_refused(by_option);
    }
}

#[test]
fn where_the_path_is_given_its_variable_does_not_matter() {
    let all = Surroundings::new();
    for words in [["dns01-exec", "list"], ["acme-finalize", "--timeout=5"]] {
        let mut command = all.command(&words);
        command
            .arg("--path=data")
            .env("LEGO_PATH", all.path())
            .env("XDG_DATA_HOME", all.path());
        run(command, "").assert_status(0);
    }
}
