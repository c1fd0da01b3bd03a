//! The programs that `acme-renew` runs, as scripts.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use workshop::{Ended, Workshop, run};

/// A request, as acme-due writes one.
pub(crate) const REQUEST: &str = r#"{"version":1,"name":"a.test","order":{"identifiers":[{"type":"dns","value":"a.test"}]},"options":{"email":"me@x.test","key-type":"EC384"},"challenges":[]}"#;
/// What comes of it.
pub(crate) const ISSUED: &str = r#"{"version":1,"name":"a.test","order":{"url":"https://ca.test/1"},"certificate":{"not_after":"2027-01-01T00:00:00Z"},"challenges":[]}"#;
/// What comes of it where it fails.
pub(crate) const FAILED: &str = r#"{"version":1,"name":"a.test","challenges":[],"error":{"type":"acmepipe:ca:unreachable","detail":"nobody answers","hint":"Try again."}}"#;

/// The programs of a run, of which each notes that it ran, and with what.
pub(crate) struct Programs {
    pub(crate) workshop: Workshop,
    pub(crate) renew: PathBuf,
}

impl Programs {
    /// `acme-due` writes these lines, and `acme-issue` does as `issue` says once it has read what comes.
    pub(crate) fn with(due: &str, issue: &str) -> Programs {
        let workshop = Workshop::open();
        fs::create_dir(workshop.dir().join("data")).unwrap();
        let log = workshop.dir().join("log");
        let log = log.display();
        let due = format!("echo due \"$@\" >> {log}\nprintf '%s' '{due}'");
        let issue = format!("echo issue \"$@\" >> {log}\ncat > {log}.requests\n{issue}");
        // A signal does not keep it from passing on what comes.
        let deploy =
            format!("trap '' TERM\necho deploy \"$@\" >> {log}\nexec tee -a {log}.deployed");
        let directory = workshop.programs_with(&[
            ("acme-due", &due),
            ("acme-issue", &issue),
            ("acme-deploy", &deploy),
        ]);
        for hook in ["pre", "post"] {
            workshop.script(
                hook,
                &format!("echo {hook} \"$@\" $LEGO_HOOK_CERT_NAME $TOKEN >> {log}"),
            );
        }
        Programs {
            renew: directory.join("acme-renew"),
            workshop,
        }
    }

    /// `acme-renew` with hooks, targets and these options besides.
    pub(crate) fn command(&self, options: &[&str]) -> Command {
        let mut command = self.workshop.command(&self.renew);
        let hook = |name: &str| self.workshop.dir().join(name).display().to_string();
        command
            .args([
                "-x",
                "/bin/true",
                "--deploy-hook",
                "/bin/true",
                "--no-sleep",
            ])
            .args(["--pre-hook", &format!("{} 'a b'", hook("pre"))])
            .args(["--post-hook", &hook("post")])
            .args(options);
        command
    }

    pub(crate) fn run(&self, options: &[&str]) -> Ended {
        run(self.command(options), "")
    }

    /// The errors of the documents that acme-deploy got.
    pub(crate) fn failures(&self) -> Vec<Value> {
        let got = fs::read_to_string(self.workshop.dir().join("log.deployed")).unwrap();
        let error = |line| serde_json::from_str::<Value>(line).unwrap()["error"].clone();
        got.lines().map(error).collect()
    }

    /// Whether acme-due was told at last that the request for this name came to no order.
    pub(crate) fn has_taken_back(&self, name: &str) -> bool {
        let log = fs::read_to_string(self.workshop.dir().join("log")).unwrap();
        let last = log.lines().rfind(|line| line.starts_with("due "));
        last.is_some_and(|line| line.ends_with(&format!(" --not-tried -- {name}")))
    }

    /// The programs that ran, in order.
    pub(crate) fn ran(&self) -> Vec<String> {
        let log = fs::read_to_string(self.workshop.dir().join("log")).unwrap_or_default();
        let first = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
        log.lines().map(first).collect()
    }

    /// The line of a program that ran.
    pub(crate) fn line(&self, program: &str) -> String {
        let log = fs::read_to_string(self.workshop.dir().join("log")).unwrap();
        let mut lines = log.lines();
        let line = lines.find(|line| line.starts_with(program));
        line.unwrap_or_else(|| panic!("{log}")).to_owned()
    }
}
