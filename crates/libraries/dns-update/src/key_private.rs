//! TSIG keys as dnssec-keygen made them until BIND 9.13: two files, of which `Kname.+163+01234.private` has the secret, and
//! the name is that of the file. Keys of DNSSEC have such files, too.

use crate::key::{Algorithm, Key};

/// What such a file begins with.
const BEGINS: &str = "Private-key-format:";
/// The numbers of TSIG's algorithms there.
const ALGORITHMS: [(&str, &str); 6] = [
    ("157", "hmac-md5"),
    ("161", "hmac-sha1"),
    ("162", "hmac-sha224"),
    ("163", "hmac-sha256"),
    ("164", "hmac-sha384"),
    ("165", "hmac-sha512"),
];

/// Whether a file is one of these.
pub fn is_private(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').starts_with(BEGINS)
}

/// The key of such a file, by this name if there is one, else by that of the file.
///
/// # Errors
/// What is wrong with it, in words that have no secret.
pub fn key_of_private(text: &str, file: &str, name: Option<&str>) -> Result<Key, String> {
    let members = text.lines().filter_map(|line| line.split_once(':'));
    let member = |wanted: &str| {
        let mut members = members.clone();
        members.find_map(|(name, value)| (name.trim() == wanted).then(|| value.trim()))
    };
    let said = member("Algorithm").unwrap_or_default();
    let number = said.split_whitespace().next().unwrap_or_default();
    let Some((_, algorithm)) = ALGORITHMS.iter().find(|(known, _)| *known == number) else {
        let said: String = said.chars().take(40).collect();
        return Err(format!(
            "it is a private key of DNSSEC ({said}), not a TSIG key: tsig-keygen and keymgr make one"
        ));
    };
    let algorithm = Algorithm::parse(algorithm)?;
    let Some(name) = name.or_else(|| name_of(file)) else {
        return Err(
            "the file of dnssec-keygen does not have the TSIG key's name: say it in RFC2136_TSIG_KEY (--key-name)".to_owned(),
        );
    };
    Key::new(name, algorithm, member("Key").unwrap_or_default())
}

/// The name in `Kname.+163+01234.private`.
fn name_of(file: &str) -> Option<&str> {
    let (name, _) = file.strip_prefix('K')?.split_once(".+")?;
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_dnssec_keygen_has_the_name_of_its_file() {
        let text = |algorithm: &str| {
            format!(
                "Private-key-format: v1.3\nAlgorithm: {algorithm}\nKey: c2VjcmV0\nBits: AAA=\nCreated: 20200101000000\n"
            )
        };
        let sha256 = text("163 (HMAC_SHA256)");
        for (text, file, name, expected) in [
            (
                &*sha256,
                "Kacme.example.+163+01234.private",
                None,
                Ok("acme.example."),
            ),
            (
                &sha256,
                "Kacme.+163+01234.private",
                Some("other"),
                Ok("other."),
            ),
            (&sha256, "key.private", Some("acme."), Ok("acme.")),
            (
                &sha256,
                "key.private",
                None,
                Err("does not have the TSIG key's name"),
            ),
            (
                &sha256,
                "K.+163+01234.private",
                None,
                Err("does not have the TSIG key's name"),
            ),
            (
                &text("157 (HMAC_MD5)"),
                "Ka.+157+1.private",
                None,
                Err("too weak"),
            ),
            (
                &text("13 (ECDSAP256SHA256)"),
                "Ka.+013+1.private",
                None,
                Err("key of DNSSEC (13 (ECDSAP256SHA256))"),
            ),
            (
                "Private-key-format: v1.3\nAlgorithm: 163\n",
                "Ka.+163+1.private",
                None,
                Err("has no secret"),
            ),
            (
                "Private-key-format: v1.3\n",
                "Ka.+163+1.private",
                None,
                Err("key of DNSSEC ()"),
            ),
        ] {
            assert!(is_private(text));
            let key = key_of_private(text, file, name);
            let found = key.map(|key| key.name().to_string());
            match expected {
                Ok(name) => assert_eq!(found.as_deref(), Ok(name), "{file}"),
                Err(says) => {
                    let why = found.unwrap_err();
                    assert!(why.contains(says) && !why.contains("c2Vj"), "{why}");
                }
            }
        }
        assert!(!is_private("key \"acme\" {};"));
    }
}
