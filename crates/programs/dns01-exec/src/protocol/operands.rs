//! The challenge that the command line names.

use crate::protocol::arguments::Arguments;
use command::Usage;
use pipeline::Challenge;
use pipeline::catalogue::challenge::{FQDN, IDENTIFIER, KEY_AUTHORIZATION, TOKEN, VALUE};
use serde_json::json;
use std::ffi::OsString;

/// What is said where operands do not name what a program needs in RAW mode.
pub(crate) const NEEDED_IN_RAW_MODE: &str =
    "in RAW mode, arguments after the command are DOMAIN, TOKEN and KEYAUTH";

/// The challenge that operands name: `FQDN VALUE`, or in RAW mode `DOMAIN TOKEN KEYAUTH`.
///
/// # Errors
/// There are too many or too few operands, or the program cannot be called with one.
pub(crate) fn from_operands(raw: bool, operands: &[OsString]) -> Result<Challenge, Usage> {
    let mut challenge = match (raw, operands) {
        (false, [fqdn, value]) => {
            Challenge::new([(FQDN, text(fqdn)?.into()), (VALUE, text(value)?.into())])
        }
        (true, [domain, token, key_authorization]) => {
            let domain = text(domain)?.to_ascii_lowercase();
            let domain = domain.strip_suffix('.').unwrap_or(&domain);
            Challenge::new([
                (IDENTIFIER, json!({"type": "dns", "value": domain})),
                (FQDN, format!("_acme-challenge.{domain}").into()),
                (TOKEN, text(token)?.into()),
                (KEY_AUTHORIZATION, text(key_authorization)?.into()),
            ])
        }
        (false, _) => return Err(Usage::new("arguments after the command are FQDN and VALUE")),
        (true, _) => {
            return Err(Usage::new(NEEDED_IN_RAW_MODE));
        }
    };
    let arguments = Arguments::of(&challenge).map_err(|problem| Usage::new(problem.detail))?;
    challenge.set(&FQDN, arguments.fqdn);
    Ok(challenge)
}

fn text(operand: &OsString) -> Result<&str, Usage> {
    operand
        .to_str()
        .ok_or_else(|| Usage::new(format!("not UTF-8: {}", operand.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pipeline::Object;
    use std::os::unix::ffi::OsStringExt;

    fn challenge(raw: bool, operands: &[&str]) -> Result<String, String> {
        let operands: Vec<OsString> = operands.iter().map(OsString::from).collect();
        match from_operands(raw, &operands) {
            Ok(challenge) => Ok(json!(Object::from(challenge)).to_string()),
            Err(usage) => Err(usage.to_string()),
        }
    }

    #[test]
    fn operands_are_a_name_and_a_value_or_in_raw_mode_what_lego_passes() {
        let expected = r#"{"fqdn":"_acme-challenge.a.test.","value":"-v"}"#;
        for name in ["_acme-challenge.a.test.", "_ACME-challenge.A.test"] {
            assert_eq!(challenge(false, &[name, "-v"]).as_deref(), Ok(expected));
        }
        let expected = concat!(
            r#"{"identifier":{"type":"dns","value":"a.test"},"fqdn":"_acme-challenge.a.test.","#,
            r#""token":"-t","key_authorization":"-t.k"}"#
        );
        for domain in ["a.test", "A.Test", "a.test."] {
            let named = challenge(true, &[domain, "-t", "-t.k"]);
            assert_eq!(named.as_deref(), Ok(expected));
        }
    }

    #[test]
    fn operands_that_name_no_challenge_are_refused_with_the_reason() {
        for (raw, operands, says) in [
            (false, &["a.test."][..], "are FQDN and VALUE"),
            (false, &["a.test.", "v", "w"], "are FQDN and VALUE"),
            (true, &["a.test", "t"], "are DOMAIN, TOKEN and KEYAUTH"),
            (false, &["*.a.test.", "v"], "`fqdn` holds '*'"),
            (
                false,
                &["a.test.", "v w"],
                "`value` is not fit for an argument",
            ),
            (true, &["-a.test", "t", "t.k"], "`fqdn` has a label"),
            (true, &["a.test", "t", "t"], "`key_authorization`"),
            (true, &[".", "t", "t.k"], "`identifier.value` is empty"),
            (true, &["", "t", "t.k"], "`identifier.value` is empty"),
            (true, &["..", "t", "t.k"], "`fqdn` has an empty label"),
        ] {
            let usage = challenge(raw, operands).unwrap_err();
            assert!(usage.contains(says), "{operands:?}: {usage}");
        }
        let name = OsString::from_vec(b"a\xff.test".to_vec());
        let usage = from_operands(false, &[name, "v".into()]).unwrap_err();
        assert_eq!(usage.to_string(), "not UTF-8: a\u{fffd}.test");
    }
}
