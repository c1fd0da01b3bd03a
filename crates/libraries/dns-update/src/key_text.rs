//! TSIG keys as people have them: BIND's `key "n" { … };`, knsupdate's `algorithm:name:secret`, keymgr's YAML, and
//! `name:secret` as for `nsupdate -y`.

use crate::key::{Algorithm, Key, after_blank};

/// The algorithm where nothing says which, as with `nsupdate -y`.
const DEFAULT: &str = "hmac-sha256";

/// A key before its parts are checked.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Raw {
    name: String,
    algorithm: Option<String>,
    secret: String,
}

impl Raw {
    fn check(&self) -> Result<Key, String> {
        let algorithm = self.algorithm.as_deref().unwrap_or(DEFAULT);
        let algorithm = Algorithm::parse(algorithm)
            .map_err(|why| format!("the TSIG key{}: {why}", after_blank(&self.name)))?;
        Key::new(&self.name, algorithm, &self.secret)
    }
}

/// A key that a file has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileKey {
    /// Its name as it stands there, which may be a secret where parts are in a wrong order.
    pub name: String,
    /// The key, or why it is none, in words that have no secret.
    pub key: Result<Key, String>,
}

/// The keys that a file has, in whatever form, each once. One that is not fit for use spoils no other.
///
/// # Errors
/// There is none, in words that have no secret.
pub fn keys_of_file(text: &str) -> Result<Vec<FileKey>, String> {
    // Editors of other systems begin a file with a byte order mark.
    let text = text.trim_start_matches('\u{feff}');
    let ways: [fn(&str) -> Vec<Raw>; 3] = [of_bind, of_yaml, of_lines];
    let mut found = ways.iter().map(|way| way(text));
    let Some(found) = found.find(|keys| !keys.is_empty()) else {
        if includes(text) {
            return Err("no TSIG key in it, and what it includes is not read: name the file that has the key".to_owned());
        }
        return Err(
            "no TSIG key in it: neither `key \"name\" { algorithm hmac-sha256; secret \"…\"; };`, nor \
             `hmac-sha256:name:secret`, nor what keymgr prints"
                .to_owned(),
        );
    };
    let mut keys: Vec<FileKey> = Vec::new();
    for raw in found {
        let key = raw.check();
        let is_known = |one: &FileKey| key.is_ok() && one.key == key;
        if !keys.iter().any(is_known) {
            keys.push(FileKey {
                name: raw.name,
                key,
            });
        }
    }
    Ok(keys)
}

/// Whether named.conf or knot.conf has other files as parts.
fn includes(text: &str) -> bool {
    let words = words(text);
    words
        .iter()
        .any(|word| ["include", "include:"].contains(&word.as_str()))
}

/// The key of `[algorithm:]name:secret`; none where the text has no colon, as a secret alone has none.
///
/// # Errors
/// What is wrong with it, in words that do not have the secret.
pub fn keys_of_line(text: &str) -> Result<Option<Key>, String> {
    line(text.trim()).map(|raw| raw.check()).transpose()
}

fn line(text: &str) -> Option<Raw> {
    let parts: Vec<&str> = text.split(':').map(str::trim).collect();
    let raw = |algorithm: Option<&str>, name: &str, secret: &str| Raw {
        name: name.to_owned(),
        algorithm: algorithm.map(str::to_owned),
        secret: secret.to_owned(),
    };
    match parts[..] {
        [name, secret] => Some(raw(None, name, secret)),
        [algorithm, name, secret] => Some(raw(Some(algorithm), name, secret)),
        _ => None,
    }
}

/// Those of lines of a file, one of which may be commented out, as keymgr writes it.
fn of_lines(text: &str) -> Vec<Raw> {
    // `include: FILE` of knot.conf is no key.
    let whole = |raw: &Raw| !raw.secret.is_empty() && !raw.name.is_empty() && raw.name != "include";
    let plain = text.lines().map(str::trim);
    let plain = plain.filter(|text| !text.starts_with('#'));
    let plain: Vec<Raw> = plain.filter_map(line).filter(whole).collect();
    if !plain.is_empty() {
        return plain;
    }
    let commented = text
        .lines()
        .filter_map(|text| text.trim().strip_prefix('#'));
    let commented = commented.filter_map(line).filter(whole);
    // Any comment with two colons would look like a key.
    let is_known = |raw: &Raw| {
        let algorithm = raw.algorithm.as_deref();
        algorithm.is_some_and(|algorithm| Algorithm::parse(algorithm).is_ok())
    };
    commented.filter(is_known).collect()
}

/// Those of the section `key:` of YAML, as keymgr prints it and knot.conf has it.
fn of_yaml(text: &str) -> Vec<Raw> {
    let mut keys: Vec<Raw> = Vec::new();
    let mut is_in_section = false;
    for text in text.lines() {
        let text = text.split(" #").next().unwrap_or_default();
        if text.trim().is_empty() || text.trim_start().starts_with('#') {
            continue;
        }
        let is_item = text.trim_start().starts_with("- ");
        if !text.starts_with([' ', '\t', '-']) {
            is_in_section = text.trim_end() == "key:";
            continue;
        }
        if !is_in_section {
            continue;
        }
        if is_item {
            keys.push(Raw::default());
        }
        let member = text.trim_start().trim_start_matches("- ");
        let Some((name, value)) = member.split_once(':') else {
            continue;
        };
        let value = value.trim().trim_matches(['"', '\'']).to_owned();
        if let Some(key) = keys.last_mut() {
            match name.trim() {
                "id" => key.name = value,
                "algorithm" => key.algorithm = Some(value),
                "secret" => key.secret = value,
                _ => {}
            }
        }
    }
    keys
}

/// Those of `key "name" { … };`, among whatever else named.conf has.
fn of_bind(text: &str) -> Vec<Raw> {
    let words = words(text);
    let mut keys = Vec::new();
    let mut at = 0;
    while at + 2 < words.len() {
        if !(words[at] == "key" && words[at + 2] == "{") {
            at += 1;
            continue;
        }
        let mut key = Raw {
            name: words[at + 1].clone(),
            ..Raw::default()
        };
        at += 3;
        while at < words.len() && words[at] != "}" {
            let value = words.get(at + 1).cloned();
            match (words[at].as_str(), value) {
                ("algorithm", Some(value)) => key.algorithm = Some(value),
                ("secret", Some(value)) => key.secret = value,
                _ => {}
            }
            at += 1;
        }
        keys.push(key);
    }
    keys
}

/// The words of named.conf, without comments and quotes; braces and semicolons are words of their own.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else {
            return words;
        };
        let end = |mark: &str| rest.find(mark).map_or(rest.len(), |at| at + mark.len());
        if rest.starts_with('#') || rest.starts_with("//") {
            rest = &rest[end("\n")..];
        } else if rest.starts_with("/*") {
            rest = &rest[end("*/")..];
        } else if first == '"' {
            let quoted = &rest[1..];
            let length = quoted.find('"').unwrap_or(quoted.len());
            words.push(quoted[..length].to_owned());
            rest = quoted.get(length + 1..).unwrap_or_default();
        } else {
            let ends = |c: char| c.is_whitespace() || "{};\"".contains(c);
            let length = match "{};".contains(first) {
                true => 1,
                false => rest.find(ends).unwrap_or(rest.len()),
            };
            words.push(rest[..length].to_owned());
            rest = &rest[length..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys as one text each.
    fn read(text: &str) -> Vec<String> {
        let keys = keys_of_file(text).unwrap_or_else(|why| panic!("{why}: {text}"));
        let shown = |found: &FileKey| match &found.key {
            Ok(key) => {
                let (algorithm, name) = (key.algorithm().name(), key.name());
                format!("{algorithm} {name} {}", key.secret_text())
            }
            Err(why) => format!("{}: {why}", found.name),
        };
        keys.iter().map(shown).collect()
    }

    #[test]
    fn a_key_is_read_in_every_form_that_people_have() {
        for text in [
            "key \"acme\" {\n\talgorithm hmac-sha512;\n\tsecret \"c2VjcmV0\";\n};\n",
            "key acme{algorithm HMAC-SHA512;secret \"c2VjcmV0\";};",
            "/* by tsig-keygen */ key \"acme.\" { secret c2VjcmV0; // it\n algorithm \"hmac-sha512.\"; };",
            "options { x y; };\n# key \"old\" {}\nkey \"acme\" { algorithm hmac-sha512; secret \"c2VjcmV0\"; };\n\
             zone \"a.test\" { update-policy { grant acme zonesub TXT; }; };",
            "hmac-sha512:acme:c2VjcmV0\n",
            "# hmac-sha512:acme:c2VjcmV0\n",
            "#hmac-sha512:acme:c2VjcmV0",
            "\u{feff}hmac-sha512:acme:c2VjcmV0\r\n",
            "\u{feff}key \"acme\" {\r\n\talgorithm hmac-sha512;\r\n\tsecret \"c2VjcmV0\";\r\n};\r\n",
            "# hmac-sha512:acme:c2VjcmV0\nkey:\n- id: acme\n  algorithm: hmac-sha512\n  secret: c2VjcmV0\n",
            "key:\n  - algorithm: hmac-sha512\n    id: \"acme\"\n    secret: 'c2VjcmV0' # it\n\nacl:\n  - id: other\n",
        ] {
            assert_eq!(read(text), ["hmac-sha512 acme. c2VjcmV0"], "{text}");
        }
        let windows =
            "\u{feff}key:\r\n- id: acme\r\n  algorithm: hmac-sha512\r\n  secret: c2VjcmV0\r\n";
        assert_eq!(read(windows), ["hmac-sha512 acme. c2VjcmV0"]);
        assert_eq!(read("acme:c2VjcmV0"), ["hmac-sha256 acme. c2VjcmV0"]);
        let two = "key a { algorithm hmac-sha1; secret YQ==; }; key b { algorithm hmac-sha1; secret Yg==; };";
        assert_eq!(read(two), ["hmac-sha1 a. YQ==", "hmac-sha1 b. Yg=="]);
    }

    #[test]
    fn a_key_that_is_not_fit_spoils_no_other() {
        let text = "key old { algorithm hmac-md5; secret YQ==; }; key bad { algorithm hmac-sha1; secret \"no!\"; };\n\
                    key acme { algorithm hmac-sha1; secret Yg==; }; key acme { algorithm hmac-sha1; secret \"Yg\"; };";
        let keys = read(text);
        assert_eq!(keys[2..], ["hmac-sha1 acme. Yg=="]);
        assert!(
            keys[0].starts_with("old: the TSIG key old: a key of hmac-md5"),
            "{keys:?}"
        );
        assert!(keys[1].contains("is not base64"), "{keys:?}");
    }

    #[test]
    fn a_line_is_a_key_where_it_has_colons() {
        let name = |text: &str| {
            keys_of_line(text)
                .unwrap()
                .map(|key| key.name().to_string())
        };
        assert_eq!(name("hmac-sha1:a:YQ=="), Some("a.".to_owned()));
        assert_eq!(name("a:YQ==\n"), Some("a.".to_owned()));
        assert_eq!(name("YWFhYQ=="), None);
        assert!(keys_of_line("hmac-sha3:a:YQ==").is_err());
    }

    #[test]
    fn what_is_no_key_is_refused_without_a_secret() {
        for (text, says) in [
            ("", "no TSIG key in it"),
            ("nonsense", "no TSIG key in it"),
            ("# this: is: no key", "no TSIG key in it"),
            ("key \"acme\" { algorithm hmac-sha256; };", "has no secret"),
            ("key \"acme\" { secret \"c2VjcmV0!\"; };", "is not base64"),
            (
                "key \"acme\" { algorithm hmac-md5; secret \"c2Vj\"; };",
                "too weak",
            ),
            (
                "key:\n- id: a\n  algorithm: rsa\n  secret: c2Vj\n",
                "no TSIG algorithm `rsa`",
            ),
            ("key \"acme", "no TSIG key in it"),
            (
                "# keys\ninclude \"acme.key\";\n",
                "no TSIG key in it, and what it includes is not read",
            ),
            (
                "include: acme.conf\n",
                "no TSIG key in it, and what it includes is not read",
            ),
            ("# include \"acme.key\";", "neither `key"),
        ] {
            let why = keys_of_file(text).and_then(|keys| keys[0].key.clone());
            let why = why.unwrap_err();
            assert!(why.contains(says) && !why.contains("c2Vj"), "{text}: {why}");
        }
    }
}
