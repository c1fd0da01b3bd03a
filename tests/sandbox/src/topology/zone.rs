//! One server's copy of a zone, and its file from the lines of a test.

use std::net::IpAddr;

/// One server's copy of a zone.
#[derive(Clone, Debug)]
pub(super) struct HostedZone {
    /// Without the final dot; the root is empty.
    pub(super) name: String,
    /// As in a zone file with `$ORIGIN` at the zone. Without an SOA record it gets one.
    pub(super) lines: String,
    pub(super) signing: Option<(Denial, Option<Fault>)>,
}

/// How a signed zone proves that there is nothing (RFC 4034 §4, RFC 5155).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// NSEC.
    Nsec,
    /// NSEC3, without salt, and hashed once (RFC 9276).
    Nsec3,
    /// The same, and delegations without DS are left out (RFC 5155 §6).
    OptOut,
}

/// What is wrong with a signed zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its signatures have expired.
    Expired,
    /// It has neither key nor signature, and a DS record says that it has.
    NoKey,
    /// Its signatures are of other octets.
    Bogus,
    /// It has a key, and its records have no signatures.
    NoSignatures,
    /// Its NSEC records say what was not signed.
    WrongNsec,
    /// It lacks the NSEC record of its apex, by which it would prove that there is no wildcard.
    NoApexNsec,
    /// Its signatures expire within the hour.
    ExpiresSoon,
    /// Its signatures begin in ten days: Unbound is a day more lenient than a CA.
    NotYet,
    /// Its NSEC3 records are hashed ten times more than they should be (RFC 9276). Resolvers take it all the same.
    Iterations,
    /// Its DS record has the digest of another key.
    OtherDigest,
    /// Its keys are signed by the other one of them, which no DS record is of.
    KeysByOther,
    /// Its DS record has a digest by SHA-1.
    Sha1Digest,
    /// PowerDNS was not told to rectify it, and does not know the order of its names.
    NotRectified,
}

/// Lines for a zone with servers of its own, at its apex and in its delegation alike: `ns1` below it at the first of
/// these addresses, `ns2` at the second, and so on. One server has as many addresses as stand in one text, separated by
/// blanks.
pub fn own_servers(servers: &[&str]) -> String {
    let mut text = String::new();
    for (index, addresses) in servers.iter().enumerate() {
        let host = format!("ns{}", index + 1);
        text += &format!("@ NS {host}\n");
        for address in addresses.split_whitespace() {
            let kind = match address.parse() {
                Ok(IpAddr::V6(_)) => "AAAA",
                _ => "A",
            };
            text += &format!("{host} {kind} {address}\n");
        }
    }
    text
}

impl HostedZone {
    /// Whether it is signed with this fault.
    pub(super) fn has(&self, fault: Fault) -> bool {
        self.signing.is_some_and(|(_, found)| found == Some(fault))
    }

    /// Its name with the final dot.
    pub(super) fn origin(&self) -> String {
        format!("{}.", self.name)
    }

    /// Its file, with `%DS ZONE` replaced by the DS records of that zone, and `%SERIAL` by the serial.
    pub(super) fn text(&self, serial: u32, ds: impl Fn(&str) -> String) -> String {
        let origin = self.origin();
        let mut text = format!("$ORIGIN {origin}\n$TTL 60\n");
        if !self.lines.contains(" SOA ") {
            let host = format!("ns1.{}", self.name);
            let host = host.trim_end_matches('.');
            text += &format!("@ SOA {host}. hostmaster.test. {serial} 3600 600 86400 60\n");
        }
        for line in self.lines.replace("%SERIAL", &serial.to_string()).lines() {
            match line.strip_prefix("%DS ") {
                Some(zone) => text += &ds(zone.trim().trim_end_matches('.')),
                None => text += line,
            }
            text.push('\n');
        }
        text
    }
}
