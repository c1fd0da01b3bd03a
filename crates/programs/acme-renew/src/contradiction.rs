//! Where the command line says one thing of a certificate and its request another. The request would win, and the command
//! line would be without effect: a person is told instead, and nothing is ordered.

use acme::ChallengeType;
use acme_cli::DocumentOptions;
use command::{Args, Opt, Usage};
use pipeline::catalogue::order::{DIRECTORY, ORDER};
use pipeline::{Document, Problem, types};

/// What the command line says of every certificate that is ordered.
#[derive(Debug, Default)]
pub(crate) struct Told {
    directory: Option<String>,
    email: Option<String>,
    key_type: Option<String>,
    profile: Option<String>,
    challenge: Option<String>,
}

impl Told {
    /// Reads the command line, without what a file or a variable says.
    ///
    /// # Errors
    /// A value is none of its option.
    pub(crate) fn from_line(line: &Args) -> Result<Told, Usage> {
        let is_given = |option: &'static Opt| line.is_given(option).then_some(option);
        let text = |option| is_given(option).map_or(Ok(None), |option| line.text(option));
        let directory = is_given(&acme_order::SERVER).map(|_| acme_cli::directory(line));
        Ok(Told {
            directory: directory.transpose()?,
            email: text(&acme_order::EMAIL)?,
            key_type: key_type(line)?,
            profile: text(&acme_order::PROFILE)?,
            challenge: is_given(&acme_order::CHALLENGE)
                .map(|option| line.list(option))
                .transpose()?
                .map(|types| types.join(",")),
        })
    }

    /// The problem of a request that says something else; none where it leaves all to the command line.
    pub(crate) fn contradiction(&self, request: &Document) -> Option<Problem> {
        let options = DocumentOptions::of(request).ok()?;
        let order = request.member(&ORDER).unwrap_or_default();
        let url = |server: &str| acme::directory_url(server).ok();
        let directory = request.member(&DIRECTORY).unwrap_or_default();
        let directory = directory.as_str().map(str::to_owned);
        let directory = directory.or_else(|| options.server.as_deref().and_then(url));
        let profile = order["profile"].as_str().map(str::to_owned);
        let key_type = options.key_type.map(|kind| kind.name().to_owned());
        let challenge = options.challenge.map(|types| ChallengeType::list(&types));
        let kept = [
            (&acme_order::SERVER, &self.directory, directory),
            (&acme_order::EMAIL, &self.email, options.email),
            (&acme_order::KEY_TYPES, &self.key_type, key_type),
            (
                &acme_order::PROFILE,
                &self.profile,
                profile.or(options.profile),
            ),
            (&acme_order::CHALLENGE, &self.challenge, challenge),
        ];
        kept.into_iter().find_map(|(option, told, kept)| {
            let (told, kept) = (told.as_ref()?, kept?);
            (!told.eq_ignore_ascii_case(&kept)).then(|| contradiction(option, told, &kept))
        })
    }
}

/// The kind of key where the line says one, by its own name. Of several each has its certificate.
fn key_type(line: &Args) -> Result<Option<String>, Usage> {
    if !line.is_given(&acme_order::KEY_TYPES) {
        return Ok(None);
    }
    Ok(match line.list(&acme_order::KEY_TYPES)?.as_slice() {
        [name] => keys::KeyType::parse(name).map(|kind| kind.name().to_owned()),
        _ => None,
    })
}

fn contradiction(option: &Opt, told: &str, kept: &str) -> Problem {
    let long = option.long;
    let detail =
        format!("--{long} says `{told}`, and the certificate is to be renewed with `{kept}`");
    let hint = format!(
        "Leave out --{long}. To change it, say so in the configuration, or order the certificate once more with acme-issue."
    );
    Problem::new(&types::USAGE, detail).hint(&hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn request(value: Value) -> Document {
        value.as_object().expect("an object").clone().into()
    }

    fn told(option: &str, value: &str) -> Told {
        let value = Some(value.to_owned());
        match option {
            "server" => Told {
                directory: value,
                ..Told::default()
            },
            "email" => Told {
                email: value,
                ..Told::default()
            },
            "key-type" => Told {
                key_type: value,
                ..Told::default()
            },
            "challenge" => Told {
                challenge: value,
                ..Told::default()
            },
            _ => Told {
                profile: value,
                ..Told::default()
            },
        }
    }

    #[test]
    fn a_request_that_says_otherwise_is_named_with_the_option() {
        let whole = request(json!({
            "directory": "https://ca.test/dir", "order": {"profile": "p"},
            "options": {"server": "https://short.test/dir", "email": "me@x.test", "key-type": "EC384", "profile": "q",
                        "challenge": "dns-01"},
        }));
        let by_options = request(json!({
            "options": {"server": "https://ca.test/dir", "email": "me@x.test", "key-type": "EC384", "profile": "p",
                        "challenge": "dns-01"},
        }));
        let silent = request(json!({"order": {"identifiers": []}}));
        for (option, same, other) in [
            ("server", "https://ca.test/dir", "https://short.test/dir"),
            ("email", "me@x.test", "you@x.test"),
            ("key-type", "ec384", "EC256"),
            ("profile", "p", "q"),
            ("challenge", "dns-01", "dns-account-01,dns-01"),
        ] {
            for document in [&whole, &by_options] {
                assert_eq!(told(option, same).contradiction(document), None, "{option}");
                let problem = told(option, other).contradiction(document).expect(option);
                assert!(problem.is(&types::USAGE));
                assert!(
                    problem
                        .detail
                        .contains(&format!("--{option} says `{other}`"))
                );
            }
            assert_eq!(told(option, other).contradiction(&silent), None);
            assert_eq!(Told::default().contradiction(&whole), None);
        }
    }
}
