//! A challenge, and what its members say. Each accessor reads one member and refuses what the contract does not allow
//! there, so that all programs judge a document alike.

use super::catalogue::challenge::{
    AUTHORIZATION, CLEANUP, CNAMES, DEFERRED, EFFECTIVE_FQDN, ERROR, EXPIRES, FQDN, IDENTIFIER,
    KEY_AUTHORIZATION, NAMESERVERS, PRESENT, PRIMARY, PROPAGATED, PROPAGATION, SERIAL, STATUS,
    TOKEN, TYPE, URL, VALUE, WILDCARD, ZONE,
};
use super::catalogue::{self, Member, Need};
use super::label::label;
use super::limits::{LONGEST_VALUE, MOST_ADDRESSES, MOST_CNAMES, MOST_NAME_SERVERS};
use super::problem::has_error;
use super::{DomainName, Key, NameServer, Object, Presented, Problem, Propagation, value};
use serde_json::Value;
use std::time::SystemTime;

/// A challenge: a JSON object whose members the catalogue lists, and others that pass through as they came.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Challenge(Object);

impl From<Object> for Challenge {
    fn from(object: Object) -> Challenge {
        Challenge(object)
    }
}

impl From<Challenge> for Object {
    fn from(challenge: Challenge) -> Object {
        challenge.0
    }
}

impl Challenge {
    /// A challenge with these members.
    pub fn new(members: impl IntoIterator<Item = (Member, Value)>) -> Challenge {
        let named = members
            .into_iter()
            .map(|(member, value)| (member.name.to_owned(), value));
        Challenge(named.collect())
    }

    /// Its members.
    pub fn members(&self) -> &Object {
        &self.0
    }

    /// Sets a member.
    pub fn set(&mut self, member: &Member, value: impl Into<Value>) {
        self.0.insert(member.name.to_owned(), value.into());
    }

    /// Takes a member away.
    pub fn remove(&mut self, member: &Member) {
        self.0.shift_remove(member.name);
    }

    /// Sets several members, whatever they are.
    pub fn extend(&mut self, members: Object) {
        self.0.extend(members);
    }

    /// Whether it has this member.
    pub fn has(&self, member: &Member) -> bool {
        self.0.contains_key(member.name)
    }

    /// The name that the CA asks for.
    ///
    /// # Errors
    /// `acmepipe:document`: it is missing, or no name that a record for a challenge can be at.
    pub fn fqdn(&self) -> Result<DomainName, Problem> {
        self.record_at(&FQDN)?
            .ok_or_else(|| value::missing(FQDN.name))
    }

    /// The name that the record is at: after its CNAMEs, where those are known.
    ///
    /// # Errors
    /// As [`Challenge::fqdn`].
    pub fn record_name(&self) -> Result<DomainName, Problem> {
        match self.record_at(&EFFECTIVE_FQDN)? {
            Some(name) => Ok(name),
            None => self.fqdn(),
        }
    }

    fn record_at(&self, member: &Member) -> Result<Option<DomainName>, Problem> {
        let name = value::domain_name(&self.0, member.name)?;
        if name.as_ref().is_some_and(DomainName::is_root) {
            let member = member.name;
            return Err(Problem::document(format!(
                "member `{member}` is the root, where no record for a challenge is kept"
            )));
        }
        Ok(name)
    }

    /// What the record has to hold, if it says.
    ///
    /// # Errors
    /// `acmepipe:document`: it is no text, empty, or longer than 4096 octets.
    pub fn value(&self) -> Result<Option<String>, Problem> {
        let value: Option<String> = self.optional(&VALUE)?;
        match &value {
            Some(text) if text.is_empty() || text.len() > LONGEST_VALUE => {
                let octets = text.len();
                Err(Problem::document(format!(
                    "member `value` has {octets} octets, not 1 to {LONGEST_VALUE}"
                )))
            }
            _ => Ok(value),
        }
    }

    /// What the record has to hold.
    ///
    /// # Errors
    /// As [`Challenge::value`], and where it does not say.
    pub fn required_value(&self) -> Result<String, Problem> {
        self.value()?.ok_or_else(|| value::missing(VALUE.name))
    }

    /// The name to be proven, in lower case, without `*.` and without a final dot, if it says.
    ///
    /// # Errors
    /// `acmepipe:document`: it is no name that a record for a challenge can belong to.
    pub fn identifier(&self) -> Result<Option<String>, Problem> {
        let identifier: Object = self.optional(&IDENTIFIER)?.unwrap_or_default();
        let Some(text) = value::optional::<String>(&identifier, "value")? else {
            return Ok(None);
        };
        let refuse = |why: &str| Problem::document(format!("member `identifier.value` {why}"));
        let name = DomainName::parse(&text).map_err(|error| refuse(&error))?;
        if name.is_root() {
            return Err(refuse("is the root, which no certificate is for"));
        }
        let name = name.as_str();
        Ok(Some(name.strip_suffix('.').unwrap_or(name).to_owned()))
    }

    /// Whether it is for all names directly below the identifier, if it says.
    ///
    /// # Errors
    /// `acmepipe:document`.
    pub fn wildcard(&self) -> Result<Option<bool>, Problem> {
        self.optional(&WILDCARD)
    }

    /// The name that it proves, as it stands in a certificate: `*.example.com`.
    pub fn owner(&self) -> Option<String> {
        let name = self.identifier().ok().flatten()?;
        Some(match self.wildcard() {
            Ok(Some(true)) => format!("*.{name}"),
            _ => name,
        })
    }

    /// The token (RFC 8555 §8.1), if it says.
    ///
    /// # Errors
    /// `acmepipe:document`: it is no text.
    pub fn token(&self) -> Result<Option<String>, Problem> {
        self.optional(&TOKEN)
    }

    /// The key authorization (RFC 8555 §8.1), if it says.
    ///
    /// # Errors
    /// `acmepipe:document`: it is no text.
    pub fn key_authorization(&self) -> Result<Option<String>, Problem> {
        self.optional(&KEY_AUTHORIZATION)
    }

    /// The names that the CNAMEs of the name lead to, in order; none where it does not say.
    ///
    /// # Errors
    /// `acmepipe:document`: one of them is no name, or there are more than any resolver follows.
    pub fn cnames(&self) -> Result<Vec<DomainName>, Problem> {
        let names: Vec<String> = self.optional(&CNAMES)?.unwrap_or_default();
        at_most(MOST_CNAMES, CNAMES.name, names.len())?;
        let parse = |(index, name): (usize, &String)| {
            DomainName::parse(name).map_err(|error| {
                Problem::document(format!("member `{}[{index}]` {error}", CNAMES.name))
            })
        };
        names.iter().enumerate().map(parse).collect()
    }

    /// The zone that holds the record, if it says; the root is one too.
    ///
    /// # Errors
    /// `acmepipe:document`.
    pub fn zone(&self) -> Result<Option<DomainName>, Problem> {
        value::domain_name(&self.0, ZONE.name)
    }

    /// The zone's primary server, if it says.
    ///
    /// # Errors
    /// `acmepipe:document`.
    pub fn primary(&self) -> Result<Option<DomainName>, Problem> {
        value::domain_name(&self.0, PRIMARY.name)
    }

    /// The zone's serial before the record was presented, if it says.
    ///
    /// # Errors
    /// `acmepipe:document`.
    pub fn serial(&self) -> Result<Option<u32>, Problem> {
        self.optional(&SERIAL)
    }

    /// The zone's name servers; none where it does not say.
    ///
    /// # Errors
    /// `acmepipe:document`, naming the entry: it lacks its name or its addresses, or there are more than any zone has.
    pub fn nameservers(&self) -> Result<Vec<NameServer>, Problem> {
        let list: Vec<Object> = self.optional(&NAMESERVERS)?.unwrap_or_default();
        at_most(MOST_NAME_SERVERS, NAMESERVERS.name, list.len())?;
        let read = |(index, object): (usize, &Object)| {
            name_server(object).map_err(|problem| Problem {
                detail: format!("member `nameservers[{index}]`: {}", problem.detail),
                ..problem
            })
        };
        list.iter().enumerate().map(read).collect()
    }

    /// The authorization's URL, if it says.
    ///
    /// # Errors
    /// `acmepipe:document`: it is no text.
    pub fn authorization(&self) -> Result<Option<String>, Problem> {
        self.optional(&AUTHORIZATION)
    }

    /// The type of challenge, if it says.
    pub fn kind(&self) -> Option<String> {
        Some(self.0.get(TYPE.name)?.as_str()?.to_owned())
    }

    /// The challenge's URL, if it says.
    ///
    /// # Errors
    /// `acmepipe:document`: it is no text.
    pub fn url(&self) -> Result<Option<String>, Problem> {
        self.optional(&URL)
    }

    /// When its authorization ends, if it says; what is no time says nothing.
    pub fn expires(&self) -> Option<SystemTime> {
        value::time(self.0.get(EXPIRES.name)?.as_str()?)
    }

    /// How long to wait for propagation, as far as it says.
    ///
    /// # Errors
    /// `acmepipe:document`.
    pub fn propagation(&self) -> Result<Propagation, Problem> {
        let propagation: Object = self.optional(&PROPAGATION)?.unwrap_or_default();
        let duration = |member| value::duration(&propagation, PROPAGATION.name, member);
        Ok(Propagation {
            timeout: duration("timeout")?,
            interval: duration("interval")?,
        })
    }

    /// What `present` noted; none where it was not presented. Members of it that cannot be read are left out.
    pub fn presented(&self) -> Option<Presented> {
        let present = self.0.get(PRESENT.name)?;
        let text = |member| Some(present.get(member)?.as_str()?.to_owned());
        let seconds = present.get("seconds").and_then(Value::as_f64);
        Some(Presented {
            program: text("program"),
            at: text("at"),
            began: text("began"),
            seconds: seconds.and_then(command::duration::from_seconds),
            output: text("output"),
            said: text("said"),
            journal: text("journal"),
            overlaps: present.get("overlaps").and_then(Value::as_bool) == Some(true),
        })
    }

    /// Whether its record was presented: the user's program was run for it.
    pub fn is_presented(&self) -> bool {
        self.has(&PRESENT)
    }

    /// Whether its record was removed again.
    pub fn is_cleaned_up(&self) -> bool {
        let cleanup = self.0.get(CLEANUP.name);
        cleanup.is_some_and(|cleanup| cleanup.get(ERROR.name).is_none())
    }

    /// When the record was there last: when it was removed, or where it was not, when it was presented.
    pub fn last_there(&self) -> Option<&str> {
        let last = self.0.get(CLEANUP.name).or(self.0.get(PRESENT.name))?;
        last.get("at")?.as_str()
    }

    /// Whether the CA found it valid.
    pub fn is_valid(&self) -> bool {
        self.0.get(STATUS.name).and_then(Value::as_str) == Some("valid")
    }

    /// Whether there is something to do about it: it is not valid already, nothing has failed on it, and it does not
    /// wait for a further round.
    pub fn is_open(&self) -> bool {
        self.is_unfinished() && !self.has(&DEFERRED)
    }

    /// Why it was left for a further round, if it was.
    pub fn deferred(&self) -> Option<String> {
        Some(self.0.get(DEFERRED.name)?.as_str()?.to_owned())
    }

    /// Whether it waits for a further round of the pipeline, since its name or zone holds one value at a time.
    pub fn is_deferred(&self) -> bool {
        self.is_unfinished() && self.has(&DEFERRED)
    }

    fn is_unfinished(&self) -> bool {
        !self.has_error() && !self.is_valid()
    }

    /// Whether something has failed on it.
    pub fn has_error(&self) -> bool {
        has_error(&self.0)
    }

    /// Why it failed, if it did.
    pub fn problem(&self) -> Option<Problem> {
        Problem::of(&self.0)
    }

    /// The identity of its record.
    pub fn key(&self) -> Key {
        Key::of(&self.0)
    }

    /// Whether all name servers have served its value.
    pub fn is_propagated(&self) -> bool {
        !self.0.get(PROPAGATED.name).is_none_or(Value::is_null)
    }

    /// The members that it takes to remove its record.
    pub fn record(&self) -> Challenge {
        let tells = |name: &String| {
            catalogue::challenge::find(name).is_some_and(|member| member.need == Need::Record)
        };
        let members = self.0.iter().filter(|(name, _)| tells(name));
        Challenge(
            members
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }

    /// What to call it when speaking to a person: its FQDN.
    pub fn label(&self) -> String {
        label(&self.0)
    }

    fn optional<T: serde::de::DeserializeOwned>(
        &self,
        member: &Member,
    ) -> Result<Option<T>, Problem> {
        value::optional(&self.0, member.name)
    }
}

fn name_server(object: &Object) -> Result<NameServer, Problem> {
    let addresses: Vec<String> = value::required(object, "addresses")?;
    at_most(MOST_ADDRESSES, "addresses", addresses.len())?;
    Ok(NameServer {
        name: value::domain_name(object, "name")?.ok_or_else(|| value::missing("name"))?,
        addresses,
    })
}

fn at_most(most: usize, member: &str, count: usize) -> Result<(), Problem> {
    if count <= most {
        return Ok(());
    }
    Err(Problem::document(format!(
        "member `{member}` has {count} entries, more than {most}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::CleanedUp;
    use serde_json::json;
    use std::time::Duration;

    fn challenge(value: Value) -> Challenge {
        match value {
            Value::Object(object) => object.into(),
            _ => unreachable!("tests pass objects"),
        }
    }

    #[test]
    fn a_valid_failed_or_deferred_challenge_is_not_open() {
        for (members, open, deferred) in [
            (json!({"status": "valid"}), false, false),
            (json!({"error": {}}), false, false),
            (json!({"error": null}), true, false),
            (json!({"status": "pending"}), true, false),
            (json!({"deferred": ""}), false, true),
            (json!({"deferred": "", "status": "valid"}), false, false),
            (json!({"deferred": "", "error": {}}), false, false),
        ] {
            let challenge = challenge(members.clone());
            assert_eq!(challenge.is_open(), open, "{members}");
            assert_eq!(challenge.is_deferred(), deferred, "{members}");
        }
    }

    #[test]
    fn the_record_is_where_the_cnames_lead() {
        let name = |members| {
            challenge(members)
                .record_name()
                .map(|name| name.to_string())
        };
        assert_eq!(name(json!({"fqdn": "A.test"})).unwrap(), "a.test.");
        assert_eq!(
            name(json!({"fqdn": "a.test.", "effective_fqdn": "b.test."})).unwrap(),
            "b.test."
        );
        for (members, says) in [
            (json!({}), "`fqdn` is missing"),
            (json!({"fqdn": "."}), "`fqdn` is the root"),
            (json!({"fqdn": 7}), "`fqdn`"),
            (
                json!({"fqdn": "a.", "effective_fqdn": "a b"}),
                "`effective_fqdn` holds ' '",
            ),
        ] {
            let problem = name(members).unwrap_err();
            assert_eq!(problem.kind, "acmepipe:document");
            assert!(problem.detail.contains(says), "{problem}");
        }
    }

    #[test]
    fn a_wrong_member_is_named_in_the_error() {
        type Read = fn(&Challenge) -> Option<Problem>;
        let servers: Vec<_> = (0..65)
            .map(|_| json!({"name": "a.test.", "addresses": []}))
            .collect();
        let nameservers: Read = |one| one.nameservers().err();
        let propagation: Read = |one| one.propagation().err();
        for (members, read, says) in [
            (
                json!({"value": ["v"]}),
                (|one| one.value().err()) as Read,
                "`value`",
            ),
            (json!({"value": ""}), |one| one.value().err(), "0 octets"),
            (
                json!({"value": "x".repeat(4097)}),
                |one| one.value().err(),
                "4097 octets",
            ),
            (json!({"serial": -1}), |one| one.serial().err(), "`serial`"),
            (
                json!({"zone": "a/b"}),
                |one| one.zone().err(),
                "`zone` holds '/'",
            ),
            (
                json!({"primary": ""}),
                |one| one.primary().err(),
                "`primary` is empty",
            ),
            (
                json!({"identifier": {"value": "*.a"}}),
                |one| one.identifier().err(),
                "`identifier.value`",
            ),
            (
                json!({"identifier": {"value": "."}}),
                |one| one.identifier().err(),
                "`identifier.value` is the root",
            ),
            (json!({"nameservers": {}}), nameservers, "`nameservers`"),
            (json!({"nameservers": servers}), nameservers, "65 entries"),
            (
                json!({"nameservers": [{"name": "a.test."}]}),
                nameservers,
                "`nameservers[0]`: member `addresses`",
            ),
            (
                json!({"nameservers": [{"addresses": []}]}),
                nameservers,
                "`nameservers[0]`: member `name`",
            ),
            (
                json!({"nameservers": [{"name": "a.", "addresses": vec!["::1"; 17]}]}),
                nameservers,
                "17 entries",
            ),
            (
                json!({"propagation": {"timeout": -1}}),
                propagation,
                "`propagation.timeout`",
            ),
            (
                json!({"propagation": {"interval": 1e300}}),
                propagation,
                "`propagation.interval`",
            ),
            (json!({"propagation": []}), propagation, "`propagation`"),
        ] {
            let problem = read(&challenge(members.clone())).expect("wrong");
            assert!(problem.detail.contains(says), "{members:.100}: {problem}");
        }
    }

    #[test]
    fn an_identifier_has_no_final_dot_and_no_capitals() {
        for (members, expected) in [
            (
                json!({"identifier": {"type": "dns", "value": "A.test."}}),
                Some("a.test"),
            ),
            (json!({"identifier": {"value": "a.test"}}), Some("a.test")),
            (json!({"identifier": {}}), None),
            (json!({"identifier": null}), None),
            (json!({}), None),
        ] {
            let identifier = challenge(members.clone()).identifier().unwrap();
            assert_eq!(identifier.as_deref(), expected, "{members}");
        }
    }

    #[test]
    fn what_present_and_cleanup_note_is_read_as_it_was_written() {
        let presented = Presented {
            program: Some("/x".to_owned()),
            at: Some("2024-01-01T00:00:00Z".to_owned()),
            began: Some("2024-01-01T00:00:00.123Z".to_owned()),
            seconds: Some(Duration::from_millis(1500)),
            output: Some("7".to_owned()),
            said: Some("\"7\"".to_owned()),
            journal: Some("j".to_owned()),
            overlaps: false,
        };
        let written = Value::from(presented.clone());
        assert_eq!(
            written.to_string(),
            r#"{"program":"/x","at":"2024-01-01T00:00:00Z","began":"2024-01-01T00:00:00.123Z","seconds":1.5,"output":"7","said":"\"7\"","journal":"j"}"#
        );
        let read = |present: Value| challenge(json!({"present": present})).presented();
        assert_eq!(read(written), Some(presented));
        assert_eq!(Value::from(Presented::default()), json!({}));
        for unreadable in [json!({"at": 7, "seconds": -1}), json!([]), Value::Null] {
            assert_eq!(read(unreadable), Some(Presented::default()));
        }
        for problem in [None, Some(Problem::document("d"))] {
            let is_gone = problem.is_none();
            let written = Value::from(CleanedUp {
                at: "2024-01-01T00:00:00Z".to_owned(),
                seconds: Duration::from_secs(2),
                problem,
            });
            assert_eq!(written["seconds"], 2);
            let challenge = challenge(json!({"cleanup": written}));
            assert_eq!(challenge.is_cleaned_up(), is_gone);
            assert_eq!(challenge.last_there(), Some("2024-01-01T00:00:00Z"));
        }
    }

    #[test]
    fn the_record_is_told_without_what_was_done_about_it() {
        let whole = json!({"fqdn": "a.", "value": "v", "status": "pending", "x": 1, "zone": "."});
        let record = challenge(whole).record();
        assert_eq!(
            record,
            challenge(json!({"fqdn": "a.", "value": "v", "zone": "."}))
        );
    }

    #[test]
    fn a_record_is_gone_once_it_was_cleaned_up_without_an_error() {
        for (members, is_cleaned_up) in [
            (json!({}), false),
            (json!({"cleanup": {}}), true),
            (json!({"cleanup": {"error": {}}}), false),
        ] {
            assert_eq!(challenge(members).is_cleaned_up(), is_cleaned_up);
        }
        let last = |members| challenge(members).last_there().map(str::to_owned);
        assert_eq!(last(json!({"present": {"at": "1"}})).as_deref(), Some("1"));
        assert_eq!(
            last(json!({"present": {"at": "1"}, "cleanup": {"at": "2"}})).as_deref(),
            Some("2")
        );
    }

    #[test]
    fn how_long_to_wait_is_read_as_it_was_written() {
        for (timeout, interval, expected) in [
            (None, None, "{}"),
            (Some(60_000), None, r#"{"timeout":60}"#),
            (Some(60_000), Some(2500), r#"{"timeout":60,"interval":2.5}"#),
        ] {
            let propagation = Propagation {
                timeout: timeout.map(Duration::from_millis),
                interval: interval.map(Duration::from_millis),
            };
            let written = Value::Object(propagation.into());
            assert_eq!(written.to_string(), expected);
            let challenge = challenge(json!({"propagation": written}));
            assert_eq!(challenge.propagation(), Ok(propagation));
        }
    }
}
