//! Which CA something is of, by what another client notes.

use known_cas::SERVERS;

/// The URL of the CA's directory: the one that is noted, or that of the CA that has this URL of an account or a certificate, or
/// `otherwise` where nothing is noted.
///
/// # Errors
/// In words: nobody says which it is.
pub(crate) fn directory(
    noted: Option<&str>,
    url: Option<&str>,
    otherwise: Option<&str>,
) -> Result<String, String> {
    if let Some(noted) = noted.filter(|noted| urls::is_https(noted)) {
        return Ok(noted.to_owned());
    }
    let Some(url) = url else {
        let otherwise = otherwise.map(str::to_owned);
        return otherwise.ok_or_else(|| "say with --server which CA it is of".to_owned());
    };
    let is_at = |directory: &str| host(directory) == host(url);
    if let Some(otherwise) = otherwise.filter(|directory| is_at(directory)) {
        return Ok(otherwise.to_owned());
    }
    let mut known = SERVERS.iter().filter(|(_, directory)| is_at(directory));
    match (known.next(), known.next()) {
        (Some((_, directory)), None) => Ok((*directory).to_owned()),
        _ => Err(format!("say with --server which CA has {url}")),
    }
}

fn host(url: &str) -> &str {
    let rest = url.strip_prefix("https://").unwrap_or(url);
    rest.split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ca_is_the_one_that_is_noted_or_that_has_the_url_or_that_is_said() {
        let staging = "https://acme-staging-v02.api.letsencrypt.org/directory";
        let said = "https://ca.test/dir";
        for (noted, url, otherwise, expected) in [
            (Some(said), None, None, Ok(said)),
            (
                Some(said),
                Some("https://x.test/1"),
                Some(staging),
                Ok(said),
            ),
            (Some("file:///etc"), None, Some(said), Ok(said)),
            (
                None,
                Some("https://acme-staging-v02.api.letsencrypt.org/acme/acct/1"),
                None,
                Ok(staging),
            ),
            (
                None,
                Some("https://ca.test/my-account/1"),
                Some(said),
                Ok(said),
            ),
            (
                None,
                Some("https://ca.test/1"),
                None,
                Err("say with --server which CA has https://ca.test/1"),
            ),
            (
                None,
                Some("https://ca.test/1"),
                Some(staging),
                Err("say with --server which CA has https://ca.test/1"),
            ),
            // It has several.
            (
                None,
                Some("https://acme.sectigo.com/1"),
                None,
                Err("say with --server which CA has https://acme.sectigo.com/1"),
            ),
            (None, None, Some(said), Ok(said)),
            (None, None, None, Err("say with --server which CA it is of")),
        ] {
            let found = directory(noted, url, otherwise);
            assert_eq!(
                found.as_deref().map_err(String::as_str),
                expected,
                "{url:?}"
            );
        }
    }
}
