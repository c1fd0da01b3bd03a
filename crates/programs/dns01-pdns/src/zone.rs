//! A zone as the API shows it, as far as it matters here.

use crate::txt;
use pipeline::{DomainName, Value};
use serde_json::value::RawValue;
use std::collections::{HashMap, HashSet};

/// A zone, with the TXT records of the names that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Zone {
    pub(crate) kind: String,
    pub(crate) serial: Option<u64>,
    pub(crate) sets: HashMap<DomainName, RecordSet>,
}

/// The TXT records of a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RecordSet {
    pub(crate) ttl: u64,
    pub(crate) records: Vec<Kept>,
    /// What people have noted of the name, as the server shows it.
    pub(crate) comments: Vec<Value>,
}

/// A record that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// As the server writes it.
    pub(crate) content: String,
    /// It is kept, and not served.
    pub(crate) is_disabled: bool,
}

impl Zone {
    /// Reads a zone, and of its records those of these names. The others, of which there may be a million, are looked at one
    /// after the other and not kept.
    pub(crate) fn read(zone: &[u8], names: &HashSet<&DomainName>) -> Option<Zone> {
        let members: HashMap<String, &RawValue> = serde_json::from_slice(zone).ok()?;
        let member = |name: &str| serde_json::from_str::<Value>(members.get(name)?.get()).ok();
        let sets: Vec<&RawValue> = serde_json::from_str(members.get("rrsets")?.get()).ok()?;
        let mut found = HashMap::new();
        for set in sets {
            let set: Value = serde_json::from_str(set.get()).ok()?;
            if set.get("type").and_then(Value::as_str) != Some("TXT") {
                continue;
            }
            let name = DomainName::parse(set.get("name")?.as_str()?);
            // A name that could be no challenge's is none that was asked for.
            if let Ok(name) = name
                && names.contains(&name)
            {
                found.insert(name, RecordSet::read(&set)?);
            }
        }
        Some(Zone {
            kind: member("kind")?.as_str()?.to_owned(),
            serial: member("serial").and_then(|serial| serial.as_u64()),
            sets: found,
        })
    }

    /// Whether others fetch it from this server, which has to tell them of changes.
    pub(crate) fn is_primary(&self) -> bool {
        self.is_one_of(&["Master", "Primary", "Producer"])
    }

    /// Whether it is fetched from another server, where changes have to be made.
    pub(crate) fn is_secondary(&self) -> bool {
        self.is_one_of(&["Slave", "Secondary", "Consumer"])
    }

    fn is_one_of(&self, kinds: &[&str]) -> bool {
        kinds
            .iter()
            .any(|kind| kind.eq_ignore_ascii_case(&self.kind))
    }

    /// Whether this value is served at a name.
    pub(crate) fn serves(&self, name: &DomainName, value: &str) -> bool {
        let set = self.sets.get(name);
        set.is_some_and(|set| {
            set.records
                .iter()
                .any(|one| !one.is_disabled && one.has(value))
        })
    }

    /// Whether this value is there, served or not.
    pub(crate) fn has(&self, name: &DomainName, value: &str) -> bool {
        let set = self.sets.get(name);
        set.is_some_and(|set| set.records.iter().any(|one| one.has(value)))
    }
}

impl RecordSet {
    fn read(set: &Value) -> Option<RecordSet> {
        let records = set.get("records")?.as_array()?.iter().map(|record| {
            Some(Kept {
                content: record.get("content")?.as_str()?.to_owned(),
                is_disabled: record
                    .get("disabled")
                    .and_then(Value::as_bool)
                    .unwrap_or(false),
            })
        });
        Some(RecordSet {
            ttl: set.get("ttl")?.as_u64()?,
            records: records.collect::<Option<_>>()?,
            comments: match set.get("comments") {
                Some(Value::Array(comments)) => comments.clone(),
                _ => Vec::new(),
            },
        })
    }
}

impl Kept {
    /// Whether it holds this value.
    pub(crate) fn has(&self, value: &str) -> bool {
        txt::value(&self.content).is_some_and(|held| held == value.as_bytes())
    }
}
