//! Zones that are signed before they are served, with BIND's tools: so any server serves them, and what is wrong with
//! them is wrong in the same way everywhere.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::zone::{Denial, Fault, HostedZone};
use crate::machine::Machine;

/// Keys of the zones that are signed, one for each.
pub(super) struct Signer {
    dir: PathBuf,
    /// `K...` without its ending, by zone.
    keys: BTreeMap<String, String>,
    /// What is wrong with those that are broken.
    faults: BTreeMap<String, Fault>,
    env: Vec<(String, std::ffi::OsString)>,
}

impl Signer {
    /// Makes the keys that these zones need.
    pub(super) fn prepare<'a>(
        machine: &Machine,
        zones: impl Iterator<Item = &'a HostedZone>,
    ) -> io::Result<Signer> {
        let mut signer = Signer {
            dir: machine.dir().join("keys"),
            keys: BTreeMap::new(),
            faults: BTreeMap::new(),
            env: machine.env.clone(),
        };
        fs::create_dir_all(&signer.dir)?;
        for zone in zones.filter(|zone| zone.signing.is_some()) {
            if let Some((_, Some(fault))) = zone.signing {
                signer.faults.insert(zone.name.clone(), fault);
            }
            if !signer.keys.contains_key(&zone.name) {
                let origin = zone.origin();
                let arguments = ["-q", "-a", "ECDSAP256SHA256", "-f", "KSK", &origin];
                let name = signer.run("dnssec-keygen", &arguments)?;
                signer
                    .keys
                    .insert(zone.name.clone(), name.trim().to_owned());
                if zone.has(Fault::KeysByOther) {
                    signer.run("dnssec-keygen", &["-q", "-a", "ECDSAP256SHA256", &origin])?;
                }
            }
        }
        Ok(signer)
    }

    /// The DS records of a zone, or nothing where it is not signed.
    pub(super) fn ds(&self, zone: &str) -> io::Result<String> {
        let Some(key) = self.keys.get(zone) else {
            return Ok(String::new());
        };
        let fault = self.faults.get(zone);
        let digest = match fault {
            Some(Fault::Sha1Digest) => "-1",
            _ => "-2",
        };
        let ds = self.run("dnssec-dsfromkey", &[digest, &format!("{key}.key")])?;
        Ok(match fault {
            Some(Fault::OtherDigest) => other_digest(ds.trim_end()),
            _ => ds,
        })
    }

    /// The file with the private key of a zone that is signed.
    pub(super) fn private_key(&self, zone: &str) -> Option<PathBuf> {
        let key = self.keys.get(zone)?;
        Some(self.dir.join(format!("{key}.private")))
    }

    /// The names of the zones directly below another that have keys.
    pub(super) fn signed_below(&self, zone: &str) -> Vec<&str> {
        let ours = |name: &&String| match name.split_once('.') {
            Some((_, above)) => above == zone,
            None => zone.is_empty() && !name.is_empty(),
        };
        let names = self.keys.keys().filter(ours);
        names.map(String::as_str).collect()
    }

    /// The flags, protocol, algorithm and key of the root, as a trust anchor has them.
    pub(super) fn root_key(&self) -> io::Result<Option<String>> {
        let Some(key) = self.keys.get("") else {
            return Ok(None);
        };
        let text = fs::read_to_string(self.dir.join(format!("{key}.key")))?;
        let line = text.lines().find_map(|line| line.split_once(" DNSKEY "));
        Ok(line.map(|(_, key)| key.to_owned()))
    }

    /// Writes a zone's file, signed where it is to be.
    pub(super) fn write(&self, zone: &HostedZone, text: &str, file: &Path) -> io::Result<()> {
        fs::write(file, text)?;
        let Some((denial, fault)) = zone.signing else {
            return Ok(());
        };
        if zone.has(Fault::NoKey) {
            return Ok(());
        }
        let (origin, path) = (zone.origin(), file.to_string_lossy().into_owned());
        let mut arguments = vec![
            "-q", "-S", "-z", "-P", "-O", "full", "-o", &origin, "-f", &path,
        ];
        if denial != Denial::Nsec {
            arguments.extend(["-3", "-", "-H", "0"]);
        }
        if denial == Denial::OptOut {
            arguments.push("-A");
        }
        if zone.has(Fault::Expired) {
            arguments.extend(["-s", "20240101000000", "-e", "20240201000000"]);
        }
        match fault {
            Some(Fault::ExpiresSoon) => arguments.extend(["-s", "now-2592000", "-e", "now+3600"]),
            Some(Fault::NotYet) => arguments.extend(["-s", "now+864000", "-e", "now+2592000"]),
            Some(Fault::Iterations) => arguments.extend(["-3", "-", "-H", "10"]),
            _ => {}
        }
        arguments.push(&path);
        self.run("dnssec-signzone", &arguments)?;
        let signed = fs::read_to_string(file)?;
        let tag = self
            .keys
            .get(&zone.name)
            .and_then(|key| key.rsplit('+').next());
        let tag = tag.and_then(|tag| tag.parse().ok()).unwrap_or_default();
        let spoilt: String = signed
            .lines()
            .filter_map(|line| spoil(line, fault, &origin, tag))
            .map(|line| line + "\n")
            .collect();
        fs::write(file, spoilt)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> io::Result<String> {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(&self.dir)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(io::Error::other(format!("{program}: {said}")));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// A line of a signed zone with the fault in it, or nothing where it is left out.
///
/// The key, which has this tag, keeps its signature: else there would be one fault for all.
fn spoil(line: &str, fault: Option<Fault>, origin: &str, tag: u16) -> Option<String> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let kind = fields.get(3).copied().unwrap_or_default();
    let covered = fields.get(4).copied().unwrap_or_default();
    let is_signature = kind == "RRSIG" && covered != "DNSKEY";
    let is_apex = fields.first() == Some(&origin);
    match fault {
        Some(Fault::NoApexNsec) if is_apex && [kind, covered].contains(&"NSEC") => None,
        Some(Fault::NoSignatures) if is_signature => None,
        Some(Fault::KeysByOther) if covered == "DNSKEY" => {
            let by = fields.get(10).and_then(|by| by.parse::<u16>().ok());
            (by != Some(tag)).then(|| line.to_owned())
        }
        Some(Fault::Bogus) if is_signature => Some(other_signature(line)),
        Some(Fault::WrongNsec) if is_signature && covered == "NSEC" => Some(other_signature(line)),
        _ => Some(line.to_owned()),
    }
}

/// The line with another octet in the middle of its last 40 characters, which are of a signature.
fn other_signature(line: &str) -> String {
    let mut text = line.as_bytes().to_vec();
    let at = text.len() - 40;
    text[at] = if text[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8_lossy(&text).into_owned()
}

/// The DS record with another digit at its end.
fn other_digest(ds: &str) -> String {
    let (kept, last) = ds.split_at(ds.len() - 1);
    let digit = if last == "0" { "1" } else { "0" };
    format!("{kept}{digit}\n")
}
