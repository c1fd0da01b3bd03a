//! What servers did, in words, and what can be done about it.

use dns_program::Failure;
use dns_update::{Client, Failed, Fault, Key, ResponseCode, TsigFault};
use humantime::format_duration;
use pipeline::DomainName;
use std::time::Duration;

/// A record that could not be added or removed.
pub(crate) fn not_changed(
    failed: &[Failed],
    name: &DomainName,
    zone: &DomainName,
    client: &Client,
) -> Failure {
    let asked = format!("the update of {zone}");
    explain(failed, &asked, name, zone, client)
}

/// A name whose zone could not be found out.
pub(crate) fn no_zone(failed: &[Failed], name: &DomainName, client: &Client) -> Failure {
    explain(
        failed,
        &format!("the question for the zone of {name}"),
        name,
        name,
        client,
    )
}

/// All servers, and a hint for the first of them for which there is one: an answer says more than silence.
fn explain(
    failed: &[Failed],
    asked: &str,
    name: &DomainName,
    zone: &DomainName,
    client: &Client,
) -> Failure {
    let said = failed
        .iter()
        .map(|one| format!("{} {}", one.server, what(&one.fault, asked, name, client)));
    let mut failure = Failure::new(said.collect::<Vec<_>>().join("; "));
    failure.is_permanent = failed.iter().all(|one| one.fault.is_permanent());
    let silent = |fault: &Fault| {
        matches!(
            fault,
            Fault::Timeout | Fault::Network(_) | Fault::Unheard(_)
        )
    };
    let mut faults: Vec<&Fault> = failed.iter().map(|one| &one.fault).collect();
    faults.sort_by_key(|fault| silent(fault));
    let mut hints = faults.into_iter();
    match hints.find_map(|fault| hint(fault, name, zone, client)) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// What a server did, worded to follow its name.
fn what(fault: &Fault, asked: &str, name: &DomainName, client: &Client) -> String {
    let key = client.key.as_ref().map_or_else(String::new, described);
    match fault {
        Fault::NoAddress(why) => format!("cannot be found: {why}"),
        Fault::Timeout => {
            let seconds = client.timeout.as_secs_f64();
            format!("did not answer {asked} within {seconds} s, neither over UDP nor over TCP")
        }
        Fault::Network(why) => format!("cannot be reached: {why}"),
        Fault::Unheard(why) => format!(
            "did not answer {asked} over UDP, where it may have had it all the same, and cannot be reached over TCP: {why}"
        ),
        Fault::Malformed(why) => format!("answered {asked} with something that is no reply: {why}"),
        Fault::Encoding(why) => format!("was not asked, since {asked} cannot be written: {why}"),
        Fault::Refused(ResponseCode::YXRRSet) => {
            format!("has a CNAME at {name}, beside which no other record can be")
        }
        Fault::Refused(code) => format!("answered {asked} with {}", code_name(*code)),
        Fault::NotAllowed { bad_key: true } => format!(
            "answered {asked} with NOTAUTH and BADKEY, and knows {key}: it signs its answer to a question with it"
        ),
        Fault::NotAllowed { bad_key: false } => {
            format!("answered {asked} with NOTAUTH, and is authoritative for that zone")
        }
        Fault::Tsig(TsigFault::BadKey) => format!("answered NOTAUTH with BADKEY: it does not know {key}"),
        Fault::Tsig(TsigFault::BadSig) => {
            format!("answered NOTAUTH with BADSIG: it has another secret for {key}")
        }
        Fault::Tsig(TsigFault::BadTime { server, here }) => match server {
            Some(server) => {
                let apart = apart(*server, *here);
                format!("answered NOTAUTH with BADTIME: its clock is {apart} the one of this machine")
            }
            None => "answered NOTAUTH with BADTIME: its clock and the one of this machine are too far apart"
                .to_owned(),
        },
        Fault::Tsig(TsigFault::Other(code)) => {
            format!("answered with TSIG error {code} about {key}")
        }
        Fault::Unsigned => {
            format!(
                "answered {asked} with success, and did not sign that: anybody may have sent it"
            )
        }
        Fault::WrongSignature => {
            format!("signed its answer to {asked} with something else than {key}")
        }
        Fault::OtherTime { server, here } => {
            let apart = apart(*server, *here);
            format!(
                "answered {asked} with success, and signed that at a time {apart} the clock of this machine: where they are \
                 more than 300 s apart, no answer counts (RFC 8945 §5.4)"
            )
        }
        Fault::NoZone => format!("holds no zone with {name}"),
        Fault::Delegated(zone) => format!("delegates {zone}, and {name} with it, to other servers"),
    }
}

/// How far a server's time is from the one here.
fn apart(server: u64, here: u64) -> String {
    let apart = format_duration(Duration::from_secs(server.abs_diff(here)));
    let way = if server > here { "ahead of" } else { "behind" };
    format!("{apart} {way}")
}

/// PowerDNS answers a signature that does not count without a TSIG record, so its error is not known (RFC 8945 §5.2).
const OF_POWERDNS: &str =
    "PowerDNS answers so, too, for a key that it does not know, another secret, or a wrong clock.";

/// What can be done.
fn hint(fault: &Fault, name: &DomainName, zone: &DomainName, client: &Client) -> Option<String> {
    let key_name = client.key.as_ref().map(|key| key.name().to_string());
    // Most keys are of hmac-sha256, as tsig-keygen and keymgr make them.
    let default = match &client.key {
        Some(key) if key.is_algorithm_assumed() => {
            " hmac-sha1 is what counts where RFC2136_TSIG_ALGORITHM is not set."
        }
        _ => "",
    };
    Some(match (fault, key_name) {
        (Fault::Refused(ResponseCode::Refused), Some(key)) => {
            let plain = key.trim_end_matches('.');
            format!(
                "Its configuration has to let the key change this record. BIND: update-policy {{ grant {plain} name {name} TXT; }}; \
                 in the zone. Knot: an acl with action: update and key: {plain}. PowerDNS: dnsupdate=yes, and the zone's \
                 metadata TSIG-ALLOW-DNSUPDATE. {OF_POWERDNS}{default}"
            )
        }
        (Fault::Refused(ResponseCode::Refused), None) => {
            "The update was not signed: name the TSIG key's file in RFC2136_TSIG_FILE (--key), or let the server take updates \
             from this address."
                .to_owned()
        }
        (Fault::NotAllowed { bad_key: true }, Some(key)) => {
            let plain = key.trim_end_matches('.');
            format!(
                "Knot answers so where no acl lets the key change the record: the zone needs one with action: update and key: \
                 {plain}, whose update-owner-name and update-type, if it has them, take {name} and TXT."
            )
        }
        (Fault::NotAllowed { .. }, None) => {
            "The update was not signed, and Knot answers that so where no acl lets this address change the record: name the \
             TSIG key's file in RFC2136_TSIG_FILE (--key). Or it is a secondary server that hands no updates on."
                .to_owned()
        }
        (Fault::NotAllowed { .. }, Some(_)) => {
            "It may be a secondary server that hands no updates on: RFC2136_NAMESERVER (--server) has to be the zone's primary \
             server. Or its configuration does not let the key change the record."
                .to_owned()
        }
        (Fault::Refused(ResponseCode::NotAuth), None) => {
            "The update was not signed, and Knot answers that so: name the TSIG key's file in RFC2136_TSIG_FILE (--key). Or the \
             server is not the primary one of the zone."
                .to_owned()
        }
        (Fault::Refused(ResponseCode::NotAuth), Some(_)) => {
            format!(
                "It is not authoritative for {zone}, or a secondary that hands no updates on: RFC2136_NAMESERVER (--server) \
                 has to be the zone's primary server. Knot answers so, too, where no acl lets the key change the zone. {OF_POWERDNS}{default}"
            )
        }
        (Fault::Refused(ResponseCode::NotZone), _) => {
            format!("It holds {name} in another zone than {zone}: look at DNS01_ZONE (--zone), or leave that away.")
        }
        (Fault::Refused(ResponseCode::NotImp), _) => {
            "It does not implement dynamic updates; NSD for instance does not. Where the zone's primary server is another one, \
             name that."
                .to_owned()
        }
        (Fault::Refused(ResponseCode::ServFail), _) => {
            "It could not change the zone, and its log says why: it has to be able to write the zone's file and the journal \
             beside it."
                .to_owned()
        }
        (Fault::Tsig(TsigFault::BadKey), Some(key)) => {
            format!(
                "The name {key} and the algorithm have to be those of its configuration.{default}"
            )
        }
        (Fault::Tsig(TsigFault::BadSig), _) => {
            "Copy the secret again from its configuration.".to_owned()
        }
        (Fault::Tsig(TsigFault::BadTime { .. }), _) => {
            "Signatures count for 300 s: set the clock that is wrong.".to_owned()
        }
        (Fault::OtherTime { .. }, _) => {
            "An update was most likely made all the same, since the signature is right but for its time. Set the clock that is \
             wrong."
                .to_owned()
        }
        (Fault::Delegated(zone), _) => {
            format!("Name the primary server of {zone} with --server.")
        }
        (Fault::Refused(ResponseCode::YXRRSet), _) => {
            "The record belongs where the CNAME leads, as dns-zone finds out, and to the zone and server of that.".to_owned()
        }
        (Fault::NoZone, _) => {
            "Name the zone's primary server in RFC2136_NAMESERVER (--server), or the zone in DNS01_ZONE (--zone)."
                .to_owned()
        }
        (Fault::NoAddress(_) | Fault::Timeout | Fault::Network(_) | Fault::Unheard(_), _) => {
            "Look at RFC2136_NAMESERVER (--server), and whether its port can be reached from here over UDP and TCP."
                .to_owned()
        }
        _ => return None,
    })
}

fn described(key: &Key) -> String {
    let (name, algorithm) = (key.name(), key.algorithm().name());
    format!("the TSIG key {name} of {algorithm}")
}

/// A response code as nsupdate says it (RFC 2136 §2.2).
fn code_name(code: ResponseCode) -> String {
    let known = match code {
        ResponseCode::FormErr => "FORMERR",
        ResponseCode::ServFail => "SERVFAIL",
        ResponseCode::NXDomain => "NXDOMAIN",
        ResponseCode::NotImp => "NOTIMP",
        ResponseCode::Refused => "REFUSED",
        ResponseCode::YXDomain => "YXDOMAIN",
        ResponseCode::YXRRSet => "YXRRSET",
        ResponseCode::NXRRSet => "NXRRSET",
        ResponseCode::NotAuth => "NOTAUTH",
        ResponseCode::NotZone => "NOTZONE",
        other => return format!("RCODE {}", u16::from(other)),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dns_update::Algorithm;
    use dns_update::Server;

    fn client(is_signed: bool) -> Client {
        let key = is_signed.then(|| Key::new("acme", Algorithm::Sha256, "c2VjcmV0").unwrap());
        let servers = vec![Server::parse("ns1.test").unwrap()];
        Client::new(servers, key, Duration::from_secs(10))
    }

    fn words(faults: &[Fault], is_signed: bool) -> Failure {
        let name = DomainName::parse("_acme-challenge.a.test.").unwrap();
        let zone = DomainName::parse("a.test.").unwrap();
        let failed = |(number, fault): (usize, &Fault)| Failed {
            server: format!("ns{}.test", number + 1),
            fault: fault.clone(),
        };
        let failed: Vec<Failed> = faults.iter().enumerate().map(failed).collect();
        not_changed(&failed, &name, &zone, &client(is_signed))
    }

    #[test]
    fn trying_again_is_in_vain_where_no_server_knows_the_key() {
        let bad_key = Fault::Tsig(TsigFault::BadKey);
        let bad_time = Fault::Tsig(TsigFault::BadTime {
            server: None,
            here: 0,
        });
        for (faults, is_permanent) in [
            (&[bad_key.clone()][..], true),
            (&[bad_key.clone(), bad_time], true),
            (
                &[
                    Fault::Tsig(TsigFault::BadSig),
                    Fault::Refused(ResponseCode::NotImp),
                ],
                true,
            ),
            (&[bad_key, Fault::Timeout], false),
            (&[Fault::NotAllowed { bad_key: true }], true),
            (&[Fault::NotAllowed { bad_key: false }], true),
            (
                &[Fault::NotAllowed { bad_key: true }, Fault::Timeout],
                false,
            ),
            (&[Fault::Refused(ResponseCode::Refused)], false),
            (&[Fault::Refused(ResponseCode::ServFail)], false),
        ] {
            assert_eq!(words(faults, true).is_permanent, is_permanent, "{faults:?}");
        }
    }

    #[test]
    fn each_fault_is_a_sentence_with_the_server_and_a_hint() {
        let bad_time = |server| TsigFault::BadTime { server, here: 1000 };
        for (fault, says, hints) in [
            (
                Fault::Refused(ResponseCode::Refused),
                "ns1.test answered the update of a.test. with REFUSED",
                "grant acme name _acme-challenge.a.test. TXT;",
            ),
            (
                Fault::Refused(ResponseCode::NotAuth),
                "with NOTAUTH",
                "not authoritative for a.test.",
            ),
            (
                Fault::Refused(ResponseCode::NotZone),
                "with NOTZONE",
                "in another zone than a.test.",
            ),
            (
                Fault::Refused(ResponseCode::NotImp),
                "with NOTIMP",
                "NSD for instance",
            ),
            (
                Fault::Refused(ResponseCode::ServFail),
                "with SERVFAIL",
                "its log says why",
            ),
            (
                Fault::Tsig(TsigFault::BadKey),
                "BADKEY: it does not know the TSIG key acme. of hmac-sha256",
                "The name acme. and the algorithm",
            ),
            (
                Fault::NotAllowed { bad_key: true },
                "the update of a.test. with NOTAUTH and BADKEY, and knows the TSIG key acme. of hmac-sha256: it signs",
                "Knot answers so where no acl lets the key change the record: the zone needs one with action: update and key: \
                 acme, whose update-owner-name and update-type, if it has them, take _acme-challenge.a.test. and TXT.",
            ),
            (
                Fault::NotAllowed { bad_key: false },
                "with NOTAUTH, and is authoritative for that zone",
                "It may be a secondary server",
            ),
            (
                Fault::Tsig(TsigFault::BadSig),
                "BADSIG: it has another secret",
                "Copy the secret",
            ),
            (
                Fault::Tsig(bad_time(Some(4600))),
                "BADTIME: its clock is 1h ahead of the one of this machine",
                "set the clock",
            ),
            (
                Fault::OtherTime {
                    server: 1400,
                    here: 1000,
                },
                "ns1.test answered the update of a.test. with success, and signed that at a time 6m 40s ahead of the clock of \
                 this machine: where",
                "An update was most likely made all the same",
            ),
            (
                Fault::Tsig(bad_time(Some(400))),
                "is 10m behind",
                "set the clock",
            ),
            (
                Fault::Tsig(bad_time(None)),
                "too far apart",
                "set the clock",
            ),
            (
                Fault::Timeout,
                "within 10 s",
                "Look at RFC2136_NAMESERVER (--server)",
            ),
            (
                Fault::Network("refused".to_owned()),
                "cannot be reached: refused",
                "Look at RFC2136_NAMESERVER (--server)",
            ),
            (
                Fault::Unheard("refused".to_owned()),
                "did not answer the update of a.test. over UDP, where it may have had it all the same, and cannot be reached \
                 over TCP: refused",
                "Look at RFC2136_NAMESERVER (--server)",
            ),
            (
                Fault::NoAddress("no such name".to_owned()),
                "cannot be found",
                "Look at RFC2136_NAMESERVER (--server)",
            ),
            (
                Fault::NoZone,
                "holds no zone with _acme-challenge.a.test.",
                "DNS01_ZONE (--zone)",
            ),
            (Fault::Unsigned, "did not sign that", ""),
            (
                Fault::WrongSignature,
                "with something else than the TSIG key",
                "",
            ),
            (
                Fault::Refused(ResponseCode::Unknown(3841)),
                "with RCODE 3841",
                "",
            ),
        ] {
            let failure = words(&[fault], true);
            assert!(failure.detail.contains(says), "{says}: {failure}");
            assert!(failure.detail.starts_with("ns1.test "), "{failure}");
            let hint = failure.hint.unwrap_or_default();
            assert_eq!(hint.is_empty(), hints.is_empty(), "{says}: {hint}");
            assert!(hint.contains(hints), "{says}: {hint}");
        }
        // It says neither BADKEY, BADSIG nor BADTIME.
        for code in [ResponseCode::Refused, ResponseCode::NotAuth] {
            let hint = words(&[Fault::Refused(code)], true).hint.unwrap();
            let says = "PowerDNS answers so, too, for a key that it does not know, another secret, or a wrong clock.";
            assert!(hint.contains(says), "{hint}");
        }
        // No option of those that run this program stands for the key.
        let unsigned = words(&[Fault::Refused(ResponseCode::NotAuth)], false);
        assert!(
            unsigned
                .hint
                .is_some_and(|hint| hint.contains("RFC2136_TSIG_FILE (--key)"))
        );
        let unsigned = words(&[Fault::NotAllowed { bad_key: false }], false);
        assert!(
            unsigned
                .hint
                .is_some_and(|hint| hint.contains("was not signed, and Knot answers"))
        );
        let unsigned = words(&[Fault::Refused(ResponseCode::Refused)], false);
        assert!(
            unsigned
                .hint
                .is_some_and(|hint| hint.contains("was not signed"))
        );
    }

    #[test]
    fn the_algorithm_that_counts_where_none_is_set_is_called_that() {
        let name = DomainName::parse("_acme-challenge.a.test.").unwrap();
        for (key, is_named) in [
            (Key::of_unsaid_algorithm("acme", "c2VjcmV0"), true),
            (Key::new("acme", Algorithm::Sha1, "c2VjcmV0"), false),
            (Key::new("acme", Algorithm::Sha256, "c2VjcmV0"), false),
        ] {
            let mut client = client(true);
            client.key = Some(key.unwrap());
            for fault in [
                Fault::Tsig(TsigFault::BadKey),
                Fault::Refused(ResponseCode::NotAuth),
                Fault::Refused(ResponseCode::Refused),
            ] {
                let hint = hint(&fault, &name, &name, &client).unwrap();
                let says = "hmac-sha1 is what counts where RFC2136_TSIG_ALGORITHM is not set";
                assert_eq!(hint.contains(says), is_named, "{hint}");
            }
        }
    }

    #[test]
    fn of_several_servers_each_is_said_and_the_one_that_answered_is_explained() {
        let both = [Fault::Timeout, Fault::Refused(ResponseCode::NotImp)];
        let failure = words(&both, true);
        assert!(
            failure.detail.contains("ns1.test did not answer"),
            "{failure}"
        );
        assert!(failure.detail.contains("; ns2.test answered"), "{failure}");
        assert!(failure.hint.is_some_and(|hint| hint.contains("NSD")));
    }
}
