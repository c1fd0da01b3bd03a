//! Which crate may use which, by the floor that each stands on.

use std::path::Path;

use serde_json::Value;

/// A floor of the house, from the top down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Floor {
    /// `tests/*`: uses the programs from outside, and nothing uses it.
    Tests,
    /// `crates/programs/*`: uses all libraries.
    Programs,
    /// `*-cli`, where pipes meet a field: uses all libraries below.
    Cli,
    /// What knows of documents, options and the environment, and of no field.
    Pipes,
    /// One field each, none of which knows of another, or of pipes.
    Field,
    /// What every program may need, whatever its field.
    Ground,
}

/// Where each library stands that no rule places.
const LIBRARIES: [(&str, Floor); 24] = [
    ("command", Floor::Pipes),
    ("configuration", Floor::Pipes),
    ("dns-program", Floor::Pipes),
    ("pipeline", Floor::Pipes),
    ("proxies", Floor::Pipes),
    ("stages", Floor::Pipes),
    ("trust", Floor::Pipes),
    ("web-service", Floor::Pipes),
    ("acme", Floor::Field),
    ("dns", Floor::Field),
    ("dns-update", Floor::Field),
    ("backoff", Floor::Ground),
    ("certificates", Floor::Ground),
    ("files", Floor::Ground),
    ("https", Floor::Ground),
    ("keys", Floor::Ground),
    ("known-cas", Floor::Ground),
    ("lifecycle", Floor::Ground),
    ("names", Floor::Ground),
    ("other-clients", Floor::Ground),
    ("parallel", Floor::Ground),
    ("services", Floor::Ground),
    ("subprocess", Floor::Ground),
    ("urls", Floor::Ground),
];

/// The programs that read the tables of options of others: they hand their own options on to them. They use nothing else of
/// their libraries, which `wrongly_linked` sees.
const READ_TABLES: [&str; 2] = ["acme-issue", "acme-renew"];

/// The programs that speak to a CA, or to a DNS service over HTTP.
const TALK_HTTP: &[&str] = &[
    "acme-account",
    "acme-due",
    "acme-finalize",
    "acme-order",
    "acme-revoke",
    "acme-validate",
    "dns01-acme-dns",
    "dns01-httpreq",
    "dns01-pdns",
];

/// The programs that look up DNS, at resolvers over TLS and HTTPS as well.
const ASK_DNS: &[&str] = &["dns-wait-txt", "dns-zone", "dns01-check"];

/// All that speak DNS: those, and those that change zones.
const SPEAK_DNS: &[&str] = &["dns-wait-txt", "dns-zone", "dns01-check", "dns01-rfc2136"];

/// All that speak TLS.
const TALK_TLS: &[&str] = &[
    "acme-account",
    "acme-due",
    "acme-finalize",
    "acme-order",
    "acme-revoke",
    "acme-validate",
    "dns-wait-txt",
    "dns-zone",
    "dns01-acme-dns",
    "dns01-check",
    "dns01-httpreq",
    "dns01-pdns",
];

/// Outside crates that only these programs link: those that talk HTTP, and those that look up DNS.
pub(crate) const LINKED_BY: [(&str, &[&str]); 4] = [
    ("ureq", TALK_HTTP),
    ("rustls", TALK_TLS),
    ("tokio-rustls", ASK_DNS),
    ("hickory-proto", SPEAK_DNS),
];

/// A package of the workspace, with those that it depends on in whatever way.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    name: String,
    /// Its folder's, above it: `programs`, `libraries`, `tests`.
    folder: String,
    uses: Vec<String>,
}

impl Package {
    /// All of the workspace.
    pub(crate) fn all(metadata: &Value) -> Vec<Package> {
        let packages = metadata["packages"].as_array().into_iter().flatten();
        packages.map(Package::from_metadata).collect()
    }

    fn from_metadata(package: &Value) -> Package {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let folder = manifest.parent().and_then(Path::parent).unwrap();
        let all = package["dependencies"].as_array().unwrap();
        // What has a path is of this workspace.
        let uses = all.iter().filter(|one| one["path"].is_string());
        Package {
            name: package["name"].as_str().unwrap().to_owned(),
            folder: folder.file_name().unwrap().to_string_lossy().into_owned(),
            uses: uses
                .map(|one| one["name"].as_str().unwrap().to_owned())
                .collect(),
        }
    }

    fn floor(&self) -> Option<Floor> {
        match self.folder.as_str() {
            "tests" => Some(Floor::Tests),
            "programs" => Some(Floor::Programs),
            "libraries" if self.name.ends_with("-cli") => Some(Floor::Cli),
            "libraries" => LIBRARIES
                .iter()
                .find(|(name, _)| *name == self.name)
                .map(|(_, floor)| *floor),
            _ => None,
        }
    }
}

/// Whether what stands on one floor may use what stands on another.
fn may_use(one: Floor, other: Floor) -> bool {
    match one {
        Floor::Tests => other == Floor::Tests,
        Floor::Programs => !matches!(other, Floor::Tests | Floor::Programs),
        Floor::Cli => matches!(other, Floor::Pipes | Floor::Field | Floor::Ground),
        Floor::Pipes => matches!(other, Floor::Pipes | Floor::Ground),
        Floor::Field | Floor::Ground => other == Floor::Ground,
    }
}

/// Each arrow that should not be, as a line.
pub(crate) fn wrong_arrows(packages: &[Package]) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in packages {
        let Some(floor) = package.floor() else {
            wrong.push(format!(
                "{} stands on no floor: say which in arrows.rs",
                package.name
            ));
            continue;
        };
        for name in &package.uses {
            let used = packages.iter().find(|other| other.name == *name);
            // One without a floor is said where it comes by itself.
            if let Some(used) = used.and_then(Package::floor)
                && !may_use(floor, used)
                && !(READ_TABLES.contains(&package.name.as_str()) && used == Floor::Programs)
            {
                wrong.push(format!(
                    "{} ({floor:?}) uses {name} ({used:?})",
                    package.name
                ));
            }
        }
    }
    wrong
}

/// Each crate that a program links and should not, and each that it should and does not, as a line. `symbols` are those
/// of the program, in which a crate's name stands behind its length.
pub(crate) fn wrongly_linked(name: &str, symbols: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (linked, by) in LINKED_BY {
        let symbol = format!("{}{}", linked.len(), linked.replace('-', "_"));
        let mut found = symbols.match_indices(&symbol).map(|(at, _)| &symbols[..at]);
        // Behind a digit it is the end of a longer name's length: `16rustls_pki_types`.
        let is_linked = found.any(|before| !before.ends_with(|c: char| c.is_ascii_digit()));
        match (is_linked, by.contains(&name)) {
            (true, false) => {
                wrong.push(format!(
                    "{name} links {linked}, which is for {}",
                    by.join(", ")
                ));
            }
            (false, true) => wrong.push(format!("{name} does not link {linked}")),
            _ => {}
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(folder: &str, name: &str, uses: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            folder: folder.to_owned(),
            uses: uses.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    /// A house with these in it beside one of each kind.
    fn house(more: &[(&str, &str, &[&str])]) -> Vec<String> {
        let mut packages = vec![
            package("tests", "workshop", &[]),
            package(
                "programs",
                "dns-zone",
                &["dns-cli", "dns", "pipeline", "files"],
            ),
            package("libraries", "dns-cli", &["dns", "pipeline", "files"]),
            package("libraries", "pipeline", &["command", "files"]),
            package("libraries", "command", &["files"]),
            package("libraries", "acme", &["keys"]),
            package("libraries", "dns", &["files"]),
            package("libraries", "keys", &["files"]),
            package("libraries", "files", &[]),
        ];
        for (folder, name, uses) in more {
            packages.retain(|package| package.name != *name);
            packages.push(package(folder, name, uses));
        }
        wrong_arrows(&packages)
    }

    #[test]
    fn arrows_run_down() {
        assert_eq!(house(&[]), [] as [&str; 0]);
        let cases: [(&str, &str, &[&str]); 11] = [
            ("programs", "acme-order", &["dns-zone"]),
            ("programs", "acme-order", &["workshop"]),
            ("libraries", "acme-cli", &["dns-cli"]),
            ("libraries", "acme-cli", &["dns-zone"]),
            ("libraries", "dns", &["acme"]),
            ("libraries", "dns", &["pipeline"]),
            ("libraries", "acme", &["command"]),
            ("libraries", "acme", &["dns-cli"]),
            ("libraries", "pipeline", &["acme"]),
            ("libraries", "files", &["dns"]),
            ("libraries", "keys", &["command"]),
        ];
        for case in cases {
            let wrong = house(&[case]);
            let (_, name, uses) = case;
            assert_eq!(wrong.len(), 1, "{wrong:?}");
            assert!(
                wrong[0].starts_with(name) && wrong[0].contains(uses[0]),
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn a_new_library_says_where_it_stands() {
        let wrong = house(&[("libraries", "ldap", &[])]);
        assert_eq!(wrong, ["ldap stands on no floor: say which in arrows.rs"]);
        let wrong = house(&[("elsewhere", "files", &[])]);
        assert_eq!(wrong, ["files stands on no floor: say which in arrows.rs"]);
    }

    #[test]
    fn only_programs_that_run_others_read_their_tables() {
        let zone: &[&str] = &["dns-zone"];
        assert_eq!(house(&[("programs", "acme-issue", zone)]), [] as [&str; 0]);
        assert_eq!(house(&[("programs", "acme-renew", zone)]), [] as [&str; 0]);
        assert_eq!(house(&[("programs", "acme-order", zone)]).len(), 1);
    }

    #[test]
    fn a_program_links_what_it_talks_with() {
        let http = "_ZN4ureq5agent _RNvNtCs1_6rustls6client";
        assert_eq!(wrongly_linked("acme-order", http), [] as [&str; 0]);
        assert_eq!(wrongly_linked("acme-order", "_ZN4ureq5agent").len(), 1);
        assert_eq!(wrongly_linked("dns01-exec", http).len(), 2);
        let types = "_RNvNtCs1_16rustls_pki_types3pem";
        assert_eq!(wrongly_linked("dns01-exec", types), [] as [&str; 0]);
        assert_eq!(
            wrongly_linked("dns01-exec", "_ZN5serde2de"),
            [] as [&str; 0]
        );
    }
}
