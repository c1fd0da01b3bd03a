//! How a certificate was ordered: what is needed to order it again without a person.

use super::outputs::Outputs;
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// The version of the file that this library writes.
const VERSION: u32 = 1;

/// The contents of `order.json` beside a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRecord {
    version: u32,
    /// The URL of the CA's directory.
    pub directory: String,
    /// The account that ordered it.
    pub account: AccountRecord,
    /// Its names, in the order in which they were asked for.
    pub names: Vec<String>,
    /// The certificate profile, where the order has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The kind of its key, by lego's name.
    pub key_type: String,
    /// The certificate's URL.
    pub certificate: String,
    /// When it was installed, by this machine's clock. Earlier releases do not say.
    #[serde(default, with = "moment", skip_serializing_if = "Option::is_none")]
    pub installed: Option<SystemTime>,
    /// What acme-order and acme-finalize were told.
    pub options: Options,
    /// What is written beside the four files. It stays here, since a password may be part of it.
    #[serde(default, skip_serializing_if = "Outputs::is_nothing")]
    pub outputs: Outputs,
}

/// A time in the record: RFC 3339 in UTC.
mod moment {
    use crate::validity::{parse_rfc3339, rfc3339};
    use serde::{Deserialize, Deserializer, Serializer};
    use std::time::SystemTime;

    pub(super) fn serialize<S: Serializer>(
        time: &Option<SystemTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.serialize_str(&rfc3339(*time)),
            None => serializer.serialize_none(),
        }
    }

    /// One that is no time counts as none: a record that says where to order is of use without it.
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SystemTime>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        Ok(text.and_then(|text| parse_rfc3339(&text)))
    }
}

/// An account at a CA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Its URL, where it is known: the CA tells it for the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The path of its key.
    pub key: String,
}

/// The options that lead to the same certificate, by their long names, as far as the order's document tells them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Options {
    /// `--server`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// `--email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `--key-type`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_type: Option<String>,
    /// `--profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// `--challenge`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
    /// `--must-staple`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub must_staple: Option<bool>,
    /// `--reuse-key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reuse_key: Option<bool>,
    /// `--preferred-chain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_chain: Option<String>,
    /// `--csr`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csr: Option<String>,
}

impl OrderRecord {
    /// A record for a certificate without a profile, and without any options.
    pub fn new(
        directory: &str,
        account: AccountRecord,
        names: Vec<String>,
        key_type: &str,
        certificate: &str,
    ) -> OrderRecord {
        OrderRecord {
            version: VERSION,
            directory: directory.to_owned(),
            account,
            names,
            profile: None,
            key_type: key_type.to_owned(),
            certificate: certificate.to_owned(),
            installed: None,
            options: Options::default(),
            outputs: Outputs::default(),
        }
    }

    /// The same, of a certificate that is installed at this time.
    pub(super) fn installed_at(mut self, now: SystemTime) -> OrderRecord {
        self.installed = Some(now);
        self
    }

    /// Reads a record. Members that are not known are ignored.
    pub(super) fn from_json(text: &[u8]) -> serde_json::Result<OrderRecord> {
        let record: OrderRecord = serde_json::from_slice(text)?;
        if record.version != VERSION {
            let text = format!("version {} is not known", record.version);
            return Err(serde::de::Error::custom(text));
        }
        if !urls::is_https(&record.directory) {
            let directory = record.directory.escape_debug();
            let text = format!("its `directory` is no https URL of a CA: `{directory}`");
            return Err(serde::de::Error::custom(text));
        }
        Ok(record)
    }

    pub(super) fn to_json(&self) -> String {
        // Strings and numbers only, which JSON can always express.
        let json = serde_json::to_string_pretty(self).unwrap_or_default();
        format!("{json}\n")
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::pfx::{Pfx, PfxFormat};
    use std::time::Duration;

    pub(in crate::store) fn record() -> OrderRecord {
        let account = AccountRecord {
            url: Some("https://ca.test/account/1".into()),
            key: "/data/accounts/ca.test/me@example.com/account.key".into(),
        };
        let names = vec!["b.example.com".into(), "a.example.com".into()];
        let mut record = OrderRecord::new(
            "https://ca.test/directory",
            account,
            names,
            "EC256",
            "https://ca.test/certificate/1",
        );
        record.options.server = Some("https://ca.test/directory".into());
        record.options.key_type = Some("EC256".into());
        record
    }

    #[test]
    fn a_record_is_read_back_as_it_was_written() {
        let mut written = record();
        written.profile = Some("shortlived".into());
        written.options.profile = Some("shortlived".into());
        written.options.email = Some("me@example.com".into());
        written.options.must_staple = Some(true);
        written.options.csr = Some("/etc/request.pem".into());
        written.outputs.pem = true;
        written.outputs.pfx = Some(Pfx {
            password: "changeit".into(),
            format: PfxFormat::Des,
        });
        written.installed = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_312_000));
        for record in [record(), written] {
            let json = record.to_json();
            assert_eq!(
                OrderRecord::from_json(json.as_bytes()).expect("our own"),
                record
            );
        }
    }

    #[test]
    fn the_url_of_an_account_need_not_be_known() {
        let mut written = record();
        written.account.url = None;
        let json = written.to_json();
        assert!(!json.contains("account/1"), "{json}");
        assert_eq!(
            OrderRecord::from_json(json.as_bytes()).expect("readable"),
            written
        );
    }

    #[test]
    fn what_a_later_release_adds_is_passed_over_and_another_version_is_refused() {
        let json = record().to_json();
        let more = json.replacen('{', r#"{"replaces": "x", "#, 1);
        assert_eq!(
            OrderRecord::from_json(more.as_bytes()).expect("readable"),
            record()
        );
        let other = json.replacen(r#""version": 1"#, r#""version": 2"#, 1);
        let error = OrderRecord::from_json(other.as_bytes()).expect_err("not known");
        assert!(error.to_string().contains("version 2"), "{error}");
        let error = OrderRecord::from_json(b"{}").expect_err("no version");
        assert!(error.to_string().contains("missing field"), "{error}");
    }

    #[test]
    fn a_record_whose_directory_is_no_url_of_a_ca_is_refused() {
        let read = |directory: &str| {
            let mut record = record();
            record.directory = directory.into();
            OrderRecord::from_json(record.to_json().as_bytes())
        };
        for directory in [
            "https://ca.test/directory",
            "https://ca.test",
            "https://[::1]:14000/dir?x=%20",
            "HTTPS://ca.test/directory",
        ] {
            assert_eq!(read(directory).expect("a CA").directory, directory);
        }
        for directory in [
            "",
            "letsencrypt",
            "http://ca.test/directory",
            "https://",
            "https:///directory",
            "https://me@ca.test/directory",
            "https://ca test/directory",
            "https://ca.test:99999/directory",
            "https://ca.test/a b",
        ] {
            let error = read(directory).expect_err("no CA").to_string();
            let says = format!("its `directory` is no https URL of a CA: `{directory}`");
            assert_eq!(error, says);
        }
    }

    #[test]
    fn a_record_of_an_earlier_release_does_not_say_when_and_a_time_that_is_none_does_no_harm() {
        let json = record().to_json();
        assert!(!json.contains("installed"), "{json}");
        for time in ["\"soon\"", "null"] {
            let more = json.replacen('{', &format!(r#"{{"installed": {time}, "#), 1);
            let read = OrderRecord::from_json(more.as_bytes()).expect("readable");
            assert_eq!(read, record());
        }
    }
}
