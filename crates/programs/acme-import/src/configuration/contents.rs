//! The text of the configuration: what acmepipe.toml(5) has for these certificates, with what is left for a person to say. No
//! secret is ever in it.

use crate::taken::Taken;
use ::configuration::Configuration;
use command::text::clean;
use other_clients::{Command, Hook, Validation};
use serde_json::Value;
use services::{Service, find};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// How a file proves names.
pub(super) struct Way<'a> {
    /// The DNS service that it names.
    pub(super) service: Option<&'a str>,
    /// Whether it names a program of the user's.
    pub(super) has_program: bool,
}

/// The configuration for these certificates, which are kept below `path` where that is not the usual one.
pub(super) fn text(taken: &[Taken], path: Option<&Path>) -> String {
    let mut text = String::new();
    let mut from: Vec<&str> = taken.iter().map(|one| one.from.as_str()).collect();
    from.sort_unstable();
    from.dedup();
    comment(
        &mut text,
        "What acme-import took over; see acmepipe.toml(5) and acmepipe-migrating(7).",
    );
    for from in from {
        comment(&mut text, &format!("From {from}."));
    }
    text.push('\n');
    if let Some(path) = path {
        key(&mut text, "path", &path.to_string_lossy());
    }
    let service = service(taken);
    way(&mut text, taken, service);
    let way = way_of_new(taken);
    for one in taken {
        text.push('\n');
        text += &table(one, &way);
    }
    text
}

/// How a new file for these certificates proves names.
pub(super) fn way_of_new(taken: &[Taken]) -> Way<'static> {
    Way {
        service: service(taken).map(|service| service.code),
        has_program: false,
    }
}

/// What stands above certificates that are added to a file.
pub(super) fn heading(from: &str) -> String {
    let mut text = String::new();
    comment(&mut text, &format!("What acme-import added, from {from}."));
    text
}

/// The table of a certificate in a file that proves names this way; all of it a comment where that is not the certificate's.
pub(super) fn table(one: &Taken, way: &Way<'_>) -> String {
    let mut text = String::new();
    let Some(own) = code(one).filter(|own| way.service != Some(own)) else {
        return certificate(one);
    };
    if is_elsewhere(one, way) {
        // A file has one service for all.
        comment(
            &mut text,
            &format!(
                "Its records are at another service, {own}: move it to a file of its own, with `dns = \"{own}\"`."
            ),
        );
        comment(&mut text, &certificate(one));
        return text;
    }
    comment(
        &mut text,
        &format!(
            "Its records are at {own}, which `dns = \"{own}\"` above all tables says; see dns01-services(7)."
        ),
    );
    text + &certificate(one)
}

/// Whether its records are at another service than such a file has.
pub(super) fn is_elsewhere(one: &Taken, way: &Way<'_>) -> bool {
    let is_said = way.service.is_some() || way.has_program;
    is_said && code(one).is_some_and(|own| way.service != Some(own))
}

/// Refuses a certificate that no configuration can have.
///
/// # Errors
/// In words.
pub(crate) fn check(one: &Taken) -> Result<(), String> {
    let read = Configuration::of_text(Path::new("acmepipe.toml"), &certificate(one), &[]);
    match read {
        Ok(_) => Ok(()),
        Err(why) => {
            let why = why.to_string();
            let what = why.lines().next().unwrap_or_default();
            let what = what.splitn(3, ": ").nth(2).unwrap_or(what);
            Err(format!("acmepipe.toml(5) cannot have it: {what}"))
        }
    }
}

/// The service of most certificates.
fn service(taken: &[Taken]) -> Option<&'static Service> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for code in taken.iter().filter_map(code) {
        *counts.entry(code).or_default() += 1;
    }
    let (most, _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    find(most)
}

fn code(one: &Taken) -> Option<&'static str> {
    match one.validation {
        Validation::Service(code, _) => Some(code),
        _ => None,
    }
}

/// How names are proven: the service, with the variables that it needs, or that a person has to say it.
fn way(text: &mut String, taken: &[Taken], service: Option<&'static Service>) {
    let Some(service) = service else {
        comment(
            text,
            "How names are proven is for you to say: a DNS service of dns01-services(7), or a program for dns01-exec(1).",
        );
        *text += "# dns = \"cloudflare\"\n# exec = \"/etc/acmepipe/update-dns.sh\"\n";
        return;
    };
    key(text, "dns", service.code);
    let mut noted = taken.iter().filter_map(|one| match &one.validation {
        Validation::Service(code, Some(noted)) if *code == service.code => Some(noted),
        _ => None,
    });
    let sets: Vec<String> = service
        .needed()
        .iter()
        .map(|set| set.join(" and "))
        .collect();
    let sets: Vec<String> = sets.into_iter().filter(|set| !set.is_empty()).collect();
    comment(
        text,
        &format!(
            "It needs variables: {}; see dns01-services(7).",
            sets.join(", or ")
        ),
    );
    if let Some(noted) = noted.next() {
        comment(text, &format!("{noted}."));
    }
    comment(
        text,
        "Secrets are not copied. NAME_FILE names a file with the value of NAME, and env-file one with all of them:",
    );
    *text += "# env-file = \"acmepipe/dns.env\"\n";
}

/// The table of a certificate.
fn certificate(one: &Taken) -> String {
    let mut text = String::new();
    for remark in &one.remarks {
        comment(&mut text, remark);
    }
    text += "[[certificate]]\n";
    let record = &one.record;
    let names = &record.names;
    let usual = names.first().map(|name| name.replace('*', "_"));
    if usual.as_ref() != Some(&one.name) {
        key(&mut text, "name", &one.name);
    }
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    // This cannot fail: it writes to a text.
    let _ = writeln!(text, "domains = [{}]", names.join(", "));
    let options = &record.options;
    for (name, value) in [
        ("server", &options.server),
        ("email", &options.email),
        ("key-type", &options.key_type),
        ("profile", &options.profile),
        ("preferred-chain", &options.preferred_chain),
    ] {
        if let Some(value) = value {
            key(&mut text, name, value);
        }
    }
    for (name, flag) in [
        ("must-staple", options.must_staple),
        ("reuse-key", options.reuse_key),
    ] {
        if flag == Some(true) {
            let _ = writeln!(text, "{name} = true");
        }
    }
    hooks(&mut text, &one.hooks);
    text
}

/// The hooks that are programs, of which nobody else can change what they say; the others are for a person to look at.
fn hooks(text: &mut String, hooks: &[Hook]) {
    let mut lines = Vec::new();
    for hook in hooks {
        match &hook.command {
            Command::Words(words) if !hook.is_open => lines.push(quoted(&words.join(" "))),
            Command::Words(words) => comment(
                text,
                &format!(
                    "Others can change what says this hook, so it is for you to say: deploy-hook = {}",
                    quoted(&words.join(" "))
                ),
            ),
            Command::Shell(line) => comment(
                text,
                &format!(
                    "A hook runs through no shell; make a script of this, and name it in deploy-hook: {line}"
                ),
            ),
        }
    }
    if !lines.is_empty() {
        let _ = writeln!(text, "deploy-hook = [{}]", lines.join(", "));
    }
}

fn key(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "{name} = {}", quoted(value));
}

/// A basic string of TOML, which is written as one of JSON but for a character that that leaves as it is.
fn quoted(value: &str) -> String {
    Value::from(value).to_string().replace('\u{7f}', "\\u007f")
}

/// A comment, of as many lines as the text has.
fn comment(to: &mut String, text: &str) {
    for line in text.trim_end_matches('\n').split('\n') {
        let _ = writeln!(to, "# {}", clean(line));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use certificates::{AccountRecord, OrderRecord};

    pub(crate) fn taken(name: &str, names: &[&str], validation: Validation) -> Taken {
        let account = AccountRecord {
            url: None,
            key: "/k".into(),
        };
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let mut record = OrderRecord::new("https://ca.test/dir", account, names, "EC256", "");
        record.options.server = Some("https://ca.test/dir".into());
        record.options.key_type = Some("EC256".into());
        Taken {
            name: name.into(),
            record,
            validation,
            hooks: Vec::new(),
            remarks: Vec::new(),
            from: "lego, /l".into(),
        }
    }

    #[test]
    fn a_certificate_of_another_service_than_most_is_left_for_a_file_of_its_own() {
        let of = |code| Validation::Service(code, Some("noted there".into()));
        let all = [
            taken("a.test", &["a.test"], of("cloudflare")),
            taken("x", &["b.test", "*.b.test"], of("cloudflare")),
            taken("_.c.test", &["*.c.test"], of("gandiv5")),
        ];
        let text = text(&all, Some(Path::new("/srv/tls")));
        for line in [
            "path = \"/srv/tls\"",
            "dns = \"cloudflare\"",
            "# noted there.",
            "domains = [\"a.test\"]",
            "name = \"x\"",
            "domains = [\"b.test\", \"*.b.test\"]",
            "# [[certificate]]",
            "# domains = [\"*.c.test\"]",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert_eq!(text.matches("\n[[certificate]]").count(), 2, "{text}");
    }

    #[test]
    fn only_a_program_that_nobody_else_can_change_becomes_a_hook() {
        let mut one = taken("a.test", &["a.test"], Validation::Unknown);
        let hook = |command, is_open| Hook { command, is_open };
        let words = || Command::Words(vec!["systemctl".into(), "reload".into()]);
        one.hooks = vec![
            hook(words(), false),
            hook(words(), true),
            hook(Command::Shell("a;\nb \"\u{1b}".into()), false),
        ];
        let text = text(&[one], None);
        assert!(
            text.contains("\ndeploy-hook = [\"systemctl reload\"]\n"),
            "{text}"
        );
        assert!(text.contains("# Others can change"), "{text}");
        assert!(text.contains("deploy-hook: a;\n# b \"\\u{1b}\n"), "{text}");
        assert!(text.contains("# dns = "), "{text}");
    }

    #[test]
    fn a_certificate_that_no_configuration_can_have_is_refused() {
        let names = |names| taken("a.test", names, Validation::Unknown);
        assert_eq!(check(&names(&["a.test"])), Ok(()));
        let refused = check(&names(&["test"])).expect_err("a single label");
        let says = "acmepipe.toml(5) cannot have it: `test` is a single label";
        assert!(refused.starts_with(says), "{refused}");
    }

    #[test]
    fn a_text_is_written_as_toml_reads_it() {
        assert_eq!(quoted("a\"b\\\n\u{7f}"), "\"a\\\"b\\\\\\n\\u007f\"");
    }
}
