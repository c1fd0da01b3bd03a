//! A capture as a file: a line of JSON on what was checked, and one for each probe.

use std::net::SocketAddr;
use std::str::FromStr as _;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dns::check::{Capture, DNS_01, Observed, Probe, Roots, Target, Way};
use dns::transport::NetworkFault;
use dns::{RecordType, address};
use pipeline::{Value, value};
use serde_json::json;

use crate::check::parsed_name;

/// The version of the format.
const VERSION: u64 = 1;

/// A capture that was read, and what it was made for.
pub struct Saved {
    /// What was asked, and what came back.
    pub capture: Capture,
    /// What was checked.
    pub targets: Vec<Target>,
    /// Where the way down began.
    pub roots: Roots,
    /// When.
    pub at: SystemTime,
}

/// The text of a capture.
#[must_use]
pub fn save(capture: &Capture, targets: &[Target], roots: &Roots, at: SystemTime) -> String {
    let resolvers: Value = roots.resolvers.iter().map(address::format).collect();
    let head = json!({
        "capture": VERSION,
        "at": value::to_the_millisecond(at),
        "resolvers": resolvers,
        "by_resolver": roots.by_resolver,
        "targets": targets.iter().map(target).collect::<Value>(),
    });
    let probes = capture
        .all()
        .into_iter()
        .map(|(probe, observed)| line(&probe, &observed));
    let lines = [head].into_iter().chain(probes);
    lines.map(|line| format!("{line}\n")).collect()
}

fn target(target: &Target) -> Value {
    json!({
        "name": target.name.to_ascii(),
        "record": target.record.as_ref().map(dns::Name::to_ascii),
        "zone": target.zone.as_ref().map(dns::Name::to_ascii),
        "domain": target.domain.as_ref().map(dns::Name::to_ascii),
        "wildcard": target.is_wildcard,
        "value": target.value,
        "presented": target.is_presented,
        "closer": target.looks_closer,
        "issuers": target.issuers,
        "usual_issuers": target.usual_issuers,
        "account": target.account,
        "method": target.method,
    })
}

fn line(probe: &Probe, observed: &Observed) -> Value {
    let mut line = json!({
        "server": address::format(&probe.server),
        "way": probe.way.as_str(),
        "name": probe.name.to_ascii(),
        "type": probe.record_type.to_string(),
        "at": value::to_the_millisecond(observed.at),
        "seconds": value::seconds(observed.took),
    });
    match &observed.reply {
        Ok(octets) => line["reply"] = STANDARD.encode(octets).into(),
        Err(fault) => line["fault"] = fault_name(fault).into(),
    }
    line
}

fn fault_name(fault: &NetworkFault) -> String {
    match fault {
        NetworkFault::Timeout => "timeout".into(),
        NetworkFault::Refused => "refused".into(),
        NetworkFault::Unroutable => "unroutable".into(),
        other => other.to_string(),
    }
}

fn fault(text: &str) -> NetworkFault {
    match text {
        "timeout" => NetworkFault::Timeout,
        "refused" => NetworkFault::Refused,
        "unroutable" => NetworkFault::Unroutable,
        other => NetworkFault::System(other.to_owned()),
    }
}

/// Reads the text of a capture.
///
/// # Errors
/// Which line is wrong, and what is wrong with it.
pub fn load(text: &str) -> Result<Saved, String> {
    let mut lines = text.lines().enumerate().map(|(index, line)| {
        let number = index + 1;
        let value: Result<Value, _> = serde_json::from_str(line);
        value
            .map(|value| (number, value))
            .map_err(|error| format!("line {number} is no JSON: {error}"))
    });
    let (_, head) = lines.next().ok_or("it is empty")??;
    let saved = read_head(&head).map_err(|error| format!("line 1: {error}"))?;
    for line in lines {
        let (number, line) = line?;
        let (probe, observed) =
            read_line(&line).map_err(|error| format!("line {number}: {error}"))?;
        if !saved.capture.add(probe, observed) {
            return Err(format!("line {number}: there is more than is looked at"));
        }
    }
    Ok(saved)
}

fn read_head(head: &Value) -> Result<Saved, String> {
    match head["capture"].as_u64() {
        Some(VERSION) => {}
        Some(other) => {
            return Err(format!(
                "it is a capture of version {other}, which is not known"
            ));
        }
        None => return Err("it is no capture".into()),
    }
    let all = |name: &str| {
        let all = head[name].as_array();
        all.ok_or_else(|| format!("`{name}` is no list"))
    };
    let resolvers = all("resolvers")?;
    let resolvers = resolvers.iter().map(|one| server(one, "resolvers"));
    let targets = all("targets")?;
    Ok(Saved {
        capture: Capture::default(),
        targets: targets.iter().map(read_target).collect::<Result<_, _>>()?,
        roots: Roots {
            resolvers: resolvers.collect::<Result<_, _>>()?,
            by_resolver: head["by_resolver"].as_bool().unwrap_or_default(),
        },
        at: time(&head["at"])?,
    })
}

fn read_target(target: &Value) -> Result<Target, String> {
    let name = |text: &str| parsed_name(text).map_err(|problem| problem.detail);
    let texts = |value: &Value| -> Vec<String> {
        let all = value.as_array().into_iter().flatten();
        all.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    Ok(Target {
        name: name(text(target, "name")?)?,
        record: target["record"].as_str().map(name).transpose()?,
        zone: target["zone"].as_str().map(name).transpose()?,
        domain: target["domain"].as_str().map(name).transpose()?,
        is_wildcard: target["wildcard"].as_bool(),
        value: target["value"].as_str().map(str::to_owned),
        is_presented: target["presented"].as_bool().unwrap_or_default(),
        looks_closer: target["closer"].as_bool().unwrap_or_default(),
        issuers: texts(&target["issuers"]),
        usual_issuers: texts(&target["usual_issuers"]),
        account: target["account"].as_str().map(str::to_owned),
        method: target["method"].as_str().unwrap_or(DNS_01).to_owned(),
    })
}

fn read_line(line: &Value) -> Result<(Probe, Observed), String> {
    let way = text(line, "way")?;
    let known = Way::ALL.into_iter().find(|known| known.as_str() == way);
    let record_type = text(line, "type")?;
    let name = text(line, "name")?;
    let reply = match (line["reply"].as_str(), line["fault"].as_str()) {
        (Some(reply), _) => Ok(STANDARD
            .decode(reply)
            .map_err(|error| format!("`reply`: {error}"))?),
        (None, Some(text)) => Err(fault(text)),
        (None, None) => return Err("it has neither `reply` nor `fault`".into()),
    };
    let name = dns::Name::from_ascii(name).map_err(|error| format!("`name`: {error}"))?;
    let probe = Probe {
        server: server(&line["server"], "server")?,
        way: known.ok_or_else(|| format!("`way` is {way:?}, which is not known"))?,
        name: name.to_lowercase(),
        record_type: RecordType::from_str(record_type)
            .map_err(|_| format!("`type` is {record_type:?}, which is not known"))?,
    };
    let seconds = line["seconds"].as_f64().unwrap_or_default();
    let observed = Observed {
        at: time(&line["at"])?,
        took: Duration::try_from_secs_f64(seconds).unwrap_or_default(),
        reply,
    };
    Ok((probe, observed))
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str, String> {
    value[name]
        .as_str()
        .ok_or_else(|| format!("`{name}` is missing, or no text"))
}

fn server(value: &Value, name: &str) -> Result<SocketAddr, String> {
    let text = value.as_str().unwrap_or_default();
    address::parse(text).map_err(|error| format!("`{name}`: {text:?} {error}"))
}

fn time(value: &Value) -> Result<SystemTime, String> {
    let text = value.as_str().unwrap_or_default();
    value::time(text).ok_or_else(|| format!("`at` is {text:?}, and no time"))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn saved() -> String {
        let capture = Capture::default();
        let at = UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
        let name = dns::name::parse("_x.example.test").unwrap();
        let replies = [
            Ok(vec![1, 2, 3]),
            Err(NetworkFault::Timeout),
            Err(NetworkFault::Refused),
            Err(NetworkFault::Unroutable),
            Err(NetworkFault::System("odd".into())),
        ];
        for (way, reply) in Way::ALL.into_iter().zip(replies) {
            let probe = Probe {
                server: ([192, 0, 2, 1], 53).into(),
                way,
                name: name.clone(),
                record_type: RecordType::CAA,
            };
            let took = Duration::from_millis(12);
            assert!(capture.add(probe, Observed { at, took, reply }));
        }
        let target = Target {
            record: dns::name::parse("x.test").ok(),
            zone: dns::name::parse("test").ok(),
            domain: dns::name::parse("example.test").ok(),
            is_wildcard: Some(true),
            value: Some("v".into()),
            is_presented: true,
            looks_closer: true,
            issuers: vec!["ca.test".into()],
            usual_issuers: vec!["usual.test".into()],
            account: Some("https://ca.test/1".into()),
            method: "dns-account-01".into(),
            ..Target::of_name(name)
        };
        let roots = Roots {
            resolvers: vec![([127, 0, 0, 1], 53).into()],
            by_resolver: true,
        };
        save(&capture, &[target], &roots, at)
    }

    #[test]
    fn a_capture_that_is_read_is_the_one_that_was_saved() {
        let text = saved();
        let read = load(&text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            save(&read.capture, &read.targets, &read.roots, read.at),
            text
        );
        assert_eq!(read.capture.all().len(), 5);
    }

    #[test]
    fn a_line_that_is_wrong_is_named() {
        let text = saved();
        for (from, to, says) in [
            (
                "\"capture\":1",
                "\"capture\":2",
                "line 1: it is a capture of version 2",
            ),
            ("\"capture\"", "\"other\"", "line 1: it is no capture"),
            (
                "\"way\":\"udp\"",
                "\"way\":\"pigeon\"",
                "line 2: `way` is \"pigeon\"",
            ),
            ("AQID", "!", "line 2: `reply`"),
            ("\"fault\":\"timeout\"", "\"x\":1", "line 3: it has neither"),
            ("\"CAA\"", "\"ZZZ\"", "line 2: `type` is \"ZZZ\""),
            ("2023-", "20-", "line 1: `at`"),
            (
                "\"targets\":[",
                "\"targets\":null,\"others\":[",
                "line 1: `targets` is no list",
            ),
            (
                "\"resolvers\":[",
                "\"resolvers\":7,\"others\":[",
                "line 1: `resolvers` is no list",
            ),
        ] {
            let error = load(&text.replacen(from, to, 1)).err().unwrap_or_default();
            assert!(error.starts_with(says), "{from}: {error}");
        }
        assert_eq!(load("").err().as_deref(), Some("it is empty"));
        assert!(
            load("{")
                .err()
                .unwrap_or_default()
                .starts_with("line 1 is no JSON")
        );
    }
}
