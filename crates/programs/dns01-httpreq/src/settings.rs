//! Who asks: user and password, or a token.

use command::{Args, Usage};
use dns01_httpreq::{PASSWORD, TOKEN, USERNAME};
use web_service::{Header, basic, bearer};

/// The variable that names a file with the user.
const USERNAME_FILE: &str = "HTTPREQ_USERNAME_FILE";

/// The headers that say who asks; none where nobody does.
///
/// # Errors
/// A part is missing, or there is too much.
pub(crate) fn login(args: &Args) -> Result<Option<Header>, Usage> {
    let (user, password) = (user(args)?, args.secret(&PASSWORD)?);
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

/// The user, whose name is no secret where it is a variable's: hidden, it would be missing wherever else that word stands, in
/// the names of records for instance.
fn user(args: &Args) -> Result<Option<String>, Usage> {
    match args.variable(USERNAME.name) {
        Some(user) if args.variable(USERNAME_FILE).is_none() => match user.into_string() {
            Ok(user) => Ok(Some(user)),
            Err(_) => Err(Usage::new(format!("{} is not UTF-8", USERNAME.name))),
        },
        _ => args.secret(&USERNAME),
    }
}
