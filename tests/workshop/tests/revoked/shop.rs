//! A store, and a CA that issues and revokes.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use workshop::{Ended, FalseCa, Issuer, Reply, Workshop, run};

pub(crate) const NAME: &str = "a.example.test";

pub(crate) const CONFIGURED: &str = "\n[[certificate]]\ndomains = [\"a.example.test\"]\n";

/// A workshop with a CA that revokes certificates for this name.
pub(crate) struct Shop {
    pub(crate) workshop: Workshop,
    pub(crate) ca: FalseCa,
}

impl Shop {
    pub(crate) fn open() -> Shop {
        Shop::whose_ca(|_| None)
    }

    /// The CA says this of a revocation, by how many there were before.
    pub(crate) fn whose_ca(revoked: fn(usize) -> Option<Reply>) -> Shop {
        let workshop = Workshop::open();
        let ca = FalseCa::start(&workshop, move |asked| match asked.path.as_str() {
            "/revoke" => revoked(asked.before),
            _ => None,
        });
        Shop { workshop, ca }
    }

    pub(crate) fn run(&self, program: &str, arguments: &[&str], stdin: &str) -> Ended {
        let mut command = self.workshop.command(program);
        self.ca.trusted_by(command.args(arguments));
        run(command, stdin)
    }

    /// Has a certificate issued as if by this CA, and returns its version.
    pub(crate) fn issue(&self) -> String {
        self.issue_with(&[])
    }

    /// The same with these options of `acme-finalize`.
    pub(crate) fn issue_with(&self, options: &[&str]) -> String {
        let issuer = Issuer::new(&[NAME], 1, |params| {
            params.not_after = rcgen::date_time_ymd(2999, 1, 1);
        });
        let ca = FalseCa::start(&self.workshop, move |asked| issuer.reply(asked));
        let mut command = self.workshop.command("acme-order");
        ca.trusted_by(command.args(["-d", NAME]));
        let ordered = run(command, "").success();
        let mut command = self.workshop.command("acme-finalize");
        ca.trusted_by(command.args(["--keep-versions", "3"]).args(options));
        run(command, ordered.stdout).success();
        let path = self.store(NAME).join("order.json");
        let mut record: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        record["directory"] = json!(format!("{}/directory", self.ca.url()));
        fs::write(path, record.to_string()).unwrap();
        self.in_use().unwrap()
    }

    pub(crate) fn in_use(&self) -> Option<String> {
        let target = fs::read_link(self.store(NAME)).ok()?;
        Some(target.file_name()?.to_str()?.to_owned())
    }

    pub(crate) fn store(&self, below: &str) -> PathBuf {
        self.workshop.dir().join("data/certificates").join(below)
    }

    pub(crate) fn revoke(&self, arguments: &[&str]) -> Ended {
        self.run("acme-revoke", &[&["--yes"], arguments].concat(), "")
    }

    pub(crate) fn list(&self, arguments: &[&str]) -> Ended {
        self.run("acme-list", arguments, "")
    }

    /// Whether it is due, in words.
    pub(crate) fn check(&self) -> String {
        self.run("acme-due", &["--check"], "").success().stdout
    }

    /// A configuration with this text, as an option.
    pub(crate) fn configuration(&self, text: &str) -> (PathBuf, String) {
        let path = self.workshop.dir().join("acmepipe.toml");
        fs::write(&path, text).unwrap();
        let option = format!("--config={}", path.display());
        (path, option)
    }

    #[track_caller]
    pub(crate) fn assert_refuses(&self, version: &str, says: &str) {
        let before = self.in_use();
        let refused = self.list(&["--restore", version]);
        refused.assert_status(1);
        let said = &refused.stderr;
        assert!(said.contains(says) && said.contains(version), "{said}");
        assert_eq!(self.in_use(), before);
    }
}
