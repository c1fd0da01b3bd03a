//! Where a CA's directory is that a person names.

use crate::error::{Error, Result};
use urls::is_https;

/// The directory's URL from a well-known name or a URL.
///
/// # Errors
/// [`Error::UnknownServer`] if it is neither a name that is known nor an https URL.
pub fn directory_url(server: &str) -> Result<String> {
    if let Some(url) = known_cas::directory(server) {
        return Ok(url.to_owned());
    }
    if is_https(server) {
        return Ok(server.to_owned());
    }
    Err(Error::UnknownServer(server.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_urls_and_urls_for_themselves() {
        let url = "https://acme-v02.api.letsencrypt.org/directory";
        assert_eq!(directory_url("LetsEncrypt").as_deref(), Ok(url));
        assert_eq!(
            directory_url("https://[::1]:14000/dir").as_deref(),
            Ok("https://[::1]:14000/dir")
        );
        for unknown in ["http://example.com/dir", "letsencript"] {
            let error = Error::UnknownServer(unknown.to_owned());
            assert_eq!(directory_url(unknown), Err(error));
        }
    }
}
