//! Whether a CA takes a kind of key, as far as that is known before it is asked.

use keys::KeyType;
use pipeline::{Problem, types};

/// Refuses a certificate's key of a kind that the CA with this directory does not take. A CA of which that is not known is
/// asked.
///
/// # Errors
/// `acmepipe:certificate:key`, saying what the CA takes.
pub fn check_key_type(directory: &str, kind: KeyType) -> Result<(), Problem> {
    match known_cas::key_types_taken(directory) {
        Some(taken) if !taken.contains(&kind.name()) => {
            let detail = format!("the CA {directory} takes no {} keys", kind.name());
            let hint = format!(
                "Say --key-type with one that it takes: {}.",
                taken.join(", ")
            );
            Err(Problem::new(&types::CERTIFICATE_KEY, detail).hint(&hint))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_that_a_known_ca_does_not_take_is_refused_with_those_that_it_takes() {
        let lets_encrypt = acme::directory_url("letsencrypt").expect("known");
        let check = |directory: &str, kind: &str| {
            check_key_type(directory, KeyType::parse(kind).expect("a kind"))
        };
        for (kind, is_taken) in [
            ("EC256", true),
            ("EC384", true),
            ("RSA2048", true),
            ("RSA4096", true),
            ("RSA8192", false),
            ("Ed25519", false),
        ] {
            assert_eq!(check(&lets_encrypt, kind).is_ok(), is_taken, "{kind}");
            assert_eq!(check("https://ca.test/directory", kind), Ok(()));
        }
        let problem = check(&lets_encrypt, "Ed25519").expect_err("refused");
        assert!(problem.is(&types::CERTIFICATE_KEY));
        let hint = problem.hint.expect("a hint");
        assert!(
            hint.contains("EC256, EC384, RSA2048, RSA3072, RSA4096."),
            "{hint}"
        );
    }
}
