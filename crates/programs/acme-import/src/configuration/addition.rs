//! What the configuration that is there lacks, as text for its end. Tables can follow whatever a file has; what is for all
//! certificates could only be said above them, which is a person's.

use super::contents::{self, Way};
use crate::taken::Taken;
use ::configuration::{Certificate, Configuration};
use acme_import::PATH;
use command::{Completion, Kind, Opt};
use std::fs;
use std::path::{Path, PathBuf};

/// The keys for all certificates that decide whether others fit beside them.
pub(super) const SETTINGS: [&Opt; 3] = [&PATH, &DNS, &EXEC];
static DNS: Opt = Opt::text("dns", "CODE", "");
static EXEC: Opt = Opt::new(
    "exec",
    Kind::Path {
        name: "PROGRAM",
        completion: Completion::Files,
    },
    "",
);

/// A configuration that is there.
pub(super) struct There<'a> {
    pub(super) place: &'a Path,
    pub(super) text: &'a str,
    /// The directory that certificates are kept below, and whether programs find it by themselves.
    pub(super) kept: &'a Path,
    pub(super) is_usual: bool,
}

/// What it lacks.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Addition {
    /// What follows its last line; nothing where it lacks nothing.
    pub(super) text: String,
    /// The names of the certificates that are renewed by that.
    pub(super) names: Vec<String>,
    /// And of those that are comments.
    pub(super) comments: Vec<String>,
}

impl There<'_> {
    /// What it lacks of these certificates.
    ///
    /// # Errors
    /// In words: why nothing can be added.
    pub(super) fn lacking(&self, taken: &[Taken]) -> Result<Addition, String> {
        let says = self.read(self.text)?;
        let setting = |option: &Opt| {
            let mut settings = says.settings.iter();
            let found = settings.find(|one| one.option.long == option.long)?;
            found.values.first().map(String::as_str)
        };
        let is_for_these = match setting(&PATH) {
            Some(path) => real(Path::new(path)) == real(self.kept),
            None => self.is_usual,
        };
        if !is_for_these {
            return Err(format!("its `path` is not {}", self.kept.display()));
        }
        let way = Way {
            service: setting(&DNS),
            has_program: setting(&EXEC).is_some(),
        };
        let is_there = |one: &Taken| says.certificates.iter().any(|known| known.name == one.name);
        let mut addition = Addition::default();
        let mut from = "";
        for one in taken.iter().filter(|one| !is_there(one)) {
            let table = contents::table(one, &way);
            let is_comment = contents::is_elsewhere(one, &way);
            if is_comment && self.text.contains(&table) {
                continue;
            }
            if from != one.from {
                from = &one.from;
                addition.text += &format!("\n{}", contents::heading(from));
            }
            addition.text += &format!("\n{table}");
            let names = match is_comment {
                true => &mut addition.comments,
                false => &mut addition.names,
            };
            names.push(one.name.clone());
        }
        if !addition.text.is_empty() && !self.text.is_empty() && !self.text.ends_with('\n') {
            addition.text.insert(0, '\n');
        }
        self.check(&addition, taken)?;
        Ok(addition)
    }

    /// Refuses an addition with which a program would refuse the file, or find another certificate in it than was taken.
    fn check(&self, addition: &Addition, taken: &[Taken]) -> Result<(), String> {
        let whole = self.read(&format!("{}{}", self.text, addition.text));
        let whole = whole.map_err(|why| format!("with these certificates {why}"))?;
        let is_added = |one: &&Taken| addition.names.contains(&one.name);
        for one in taken.iter().filter(is_added) {
            let mut all = whole.certificates.iter();
            let read = all.find(|known| known.name == one.name);
            if let Some(key) = read.and_then(|read| changed_key(read, one)) {
                return Err(format!(
                    "the `{key}` that it has for all certificates would count for {} as well",
                    one.name
                ));
            }
        }
        Ok(())
    }

    fn read(&self, text: &str) -> Result<Configuration, String> {
        Configuration::of_text(self.place, text, &SETTINGS).map_err(|why| {
            let why = why.to_string();
            let first = why.lines().next().unwrap_or_default();
            let place = format!("{}: ", self.place.display());
            let first = first.strip_prefix(&place).unwrap_or(first);
            format!("acme-renew would refuse it: {first}")
        })
    }
}

/// A key for all certificates that makes another of this one than was taken.
fn changed_key(read: &Certificate, taken: &Taken) -> Option<&'static str> {
    let options = &taken.record.options;
    let is_changed = [
        ("server", read.server != options.server),
        ("email", read.email != options.email),
        ("key-type", read.key_type != options.key_type),
        ("profile", read.profile != options.profile),
        (
            "preferred-chain",
            read.preferred_chain != options.preferred_chain,
        ),
        (
            "must-staple",
            read.must_staple.unwrap_or_default() != options.must_staple.unwrap_or_default(),
        ),
        (
            "reuse-key",
            read.reuse_key.unwrap_or_default() != options.reuse_key.unwrap_or_default(),
        ),
    ];
    let mut changed = is_changed.into_iter().filter(|(_, is_changed)| *is_changed);
    changed.next().map(|(key, _)| key)
}

/// Where a path leads.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::contents::tests::taken;
    use super::*;
    use other_clients::Validation;

    /// What `text`, which is usual for what is kept in `/kept`, gets of these certificates; or why nothing.
    fn added(text: &str, taken: &[Taken]) -> Result<Addition, String> {
        let there = There {
            place: Path::new("/kept/acmepipe.toml"),
            text,
            kept: Path::new("/kept"),
            is_usual: true,
        };
        there.lacking(taken)
    }

    #[test]
    fn tables_of_what_it_lacks_follow_its_last_line_and_it_reads_as_before() {
        let all =
            ["a.test", "b.test", "c.test"].map(|name| taken(name, &[name], Validation::Unknown));
        let table = "[[certificate]]\ndomains = [\"c.test\"]\nserver = \"https://ca.test/dir\"\nkey-type = \"EC256\"\n";
        for (text, expected) in [
            (
                "[[certificate]]\ndomains = 'a.test, b.test'\n[env]\nA = '1' # no end",
                "\n\n# What acme-import added, from lego, /l.\n\n[[certificate]]\ndomains = [\"b.test\"]\n",
            ),
            (
                "dns = 'pdns'\n[[certificate]]\ndomains = 'a.test'\n[[certificate]]\ndomains = 'x.test'\nname = 'b.test'\n",
                "\n# What acme-import added, from lego, /l.\n\n[[certificate]]\ndomains = [\"c.test\"]\n",
            ),
            (
                "",
                "\n# What acme-import added, from lego, /l.\n\n[[certificate]]\ndomains = [\"a.test\"]\n",
            ),
        ] {
            let addition = added(text, &all).expect(text);
            assert!(addition.text.starts_with(expected), "{}", addition.text);
            assert!(addition.text.ends_with(table), "{}", addition.text);
            // Once it is there, nothing is missing.
            let whole = format!("{text}{}", addition.text);
            assert_eq!(added(&whole, &all), Ok(Addition::default()));
        }
    }

    #[test]
    fn what_is_at_another_service_is_a_comment_once() {
        let of = |name, code| taken(name, &[name], Validation::Service(code, None));
        let all = [of("a.test", "cloudflare"), of("b.test", "gandiv5")];
        for (text, names, comments) in [
            ("dns = 'cloudflare'\n", &["a.test"][..], &["b.test"][..]),
            ("exec = '/x'\n", &[], &["a.test", "b.test"]),
            ("", &["a.test", "b.test"], &[]),
        ] {
            let addition = added(text, &all).expect(text);
            assert_eq!(
                (&addition.names[..], &addition.comments[..]),
                (
                    &names
                        .iter()
                        .map(|name| (*name).to_owned())
                        .collect::<Vec<_>>()[..],
                    &comments
                        .iter()
                        .map(|name| (*name).to_owned())
                        .collect::<Vec<_>>()[..],
                )
            );
            let whole = format!("{text}{}", addition.text);
            assert_eq!(added(&whole, &all), Ok(Addition::default()), "{whole}");
        }
    }

    #[test]
    fn a_file_stays_as_it_is_where_what_is_added_would_be_refused_or_another_certificate() {
        let one = taken("a.test", &["a.test"], Validation::Unknown);
        let mut two = taken("a.test.rsa2048", &["a.test"], Validation::Unknown);
        two.record.options.email = Some("me@x.test".into());
        for (text, taken, says) in [
            (
                "x = 1\n",
                &one,
                "acme-renew would refuse it: line 1: there is no key `x`",
            ),
            ("= \"", &one, "acme-renew would refuse it: line 1: "),
            (
                "certificate = []\n",
                &one,
                "with these certificates acme-renew would refuse it: line ",
            ),
            (
                "[[certificate]]\ndomains = 'a.test'\nkey-type = ['EC256', 'DSA']\n",
                &one,
                "acme-renew would refuse it: line 3: `key-type` is one of",
            ),
            ("path = '/elsewhere'\n", &one, "its `path` is not /kept"),
            (
                "email = 'x@x.test'\n",
                &one,
                "the `email` that it has for all certificates would count for a.test as well",
            ),
            (
                "must-staple = true\n",
                &one,
                "the `must-staple` that it has ",
            ),
            ("profile = 'x'\n", &two, "the `profile` that it has "),
        ] {
            let why = added(text, std::slice::from_ref(taken)).expect_err(text);
            assert!(why.starts_with(says), "{why}");
        }
        for text in [
            "path = '/kept'\n",
            "path = '.'\nemail = 'x@x.test'\nserver = 'zerossl'\n",
        ] {
            let addition = added(text, std::slice::from_ref(&two)).expect(text);
            assert_eq!(addition.names, ["a.test.rsa2048"]);
        }
    }
}
