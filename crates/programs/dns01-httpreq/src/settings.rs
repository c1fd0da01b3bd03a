//! Who asks: user and password, or a token.

use command::{Args, Usage};
use dns01_httpreq::{PASSWORD, TOKEN, USERNAME};
use web_service::{Header, basic, bearer};

/// The headers that say who asks; none where nobody does.
///
/// # Errors
/// A part is missing, or there is too much.
pub(crate) fn login(args: &Args) -> Result<Option<Header>, Usage> {
    let (user, password) = (args.secret(&USERNAME)?, args.secret(&PASSWORD)?);
    let missing = |is_set: &str, other: &str| {
        Usage::new(format!(
            "{is_set} is set, and {other} is not: set both, or neither"
        ))
    };
    match (user, password, args.secret(&TOKEN)?) {
        (None, None, None) => Ok(None),
        (None, None, Some(token)) => match token.bytes().all(|byte| byte.is_ascii_graphic()) {
            true => Ok(Some(bearer(&token))),
            false => Err(Usage::new(
                "HTTPREQ_TOKEN has something else than visible characters of ASCII, so no header can hold it",
            )),
        },
        (_, _, Some(_)) => Err(Usage::new(
            "HTTPREQ_TOKEN is set, and HTTPREQ_USERNAME or HTTPREQ_PASSWORD too: take the token away, or those",
        )),
        // A colon would begin the password (RFC 7617 §2).
        (Some(user), Some(_), None) if user.contains(':') => Err(Usage::new(
            "HTTPREQ_USERNAME has a colon, which no user's name can",
        )),
        (Some(user), Some(password), None) => Ok(Some(basic(&user, &password))),
        (Some(_), None, None) => Err(missing(USERNAME.name, PASSWORD.name)),
        (None, Some(_), None) => Err(missing(PASSWORD.name, USERNAME.name)),
    }
}
