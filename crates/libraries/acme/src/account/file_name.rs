//! The names of the directories that an account is in: a different one for each directory URL of a CA, and for each
//! e-mail address.

use percent_encoding::{
    AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode_byte, utf8_percent_encode,
};
use ring::digest::{SHA256, digest};
use std::fmt::Write as _;
use ureq::http::Uri;

/// File systems have names of 255 bytes at most.
const LONGEST: usize = 255;
/// How much of a name that is too long stands before its digest, in bytes.
const KEPT: usize = 128;
/// Stands before a digest, and before what is no https URL. Elsewhere it is percent-encoded.
const MARK: char = '~';

/// The name where there is no e-mail address.
pub(super) const WITHOUT_EMAIL: &str = "default";

/// What is percent-encoded in the name of a server, where `_` stands for a slash, or the colon before a port.
const IN_SERVER: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'.')
    .remove(b'@')
    .remove(b'+')
    .remove(b'-');
/// What is percent-encoded in the name for an e-mail address.
const IN_EMAIL: &AsciiSet = &IN_SERVER.remove(b'_');
/// Before the host there can be a user, whose end is the first `@`.
const IN_USER: &AsciiSet = &IN_SERVER.add(b'@');

/// The name for the CA with this directory: its URL without `https://`. Two URLs have the same name only where they lead
/// to the same directory: a host is the same in upper case, and has a `/` where it has no path.
pub(super) fn of_server(directory: &str) -> String {
    let uri = directory.parse::<Uri>().ok();
    let uri = uri.filter(|uri| uri.scheme_str() == Some("https"));
    let Some((uri, authority)) = uri.as_ref().and_then(|uri| Some((uri, uri.authority()?))) else {
        // A directory is an https URL; whatever else there may be does not take the place of one.
        return fit(format!("{MARK}{}", encode(directory, IN_SERVER)));
    };
    let (user, place) = match authority.as_str().rsplit_once('@') {
        Some((user, place)) => (format!("{}@", encode(user, IN_USER)), place),
        None => (String::new(), authority.as_str()),
    };
    let (host, port) = host_and_port(place);
    let host = encode(&host.to_ascii_lowercase(), IN_SERVER);
    let port = port.map(|port| format!("_{}", encode(port, IN_SERVER)));
    let path = path(uri.path(), port.is_some());
    let query = uri.query().map(|query| format!("?{query}"));
    let query = encode(&query.unwrap_or_default(), IN_SERVER);
    let port = port.unwrap_or_default();
    fit(without_leading_dot(format!(
        "{user}{host}{port}{path}{query}"
    )))
}

/// The name for an e-mail address.
pub(super) fn of_email(email: Option<&str>) -> String {
    match email {
        None => WITHOUT_EMAIL.to_owned(),
        // No address has this name: a percent sign is encoded.
        Some("") => "%".to_owned(),
        Some(WITHOUT_EMAIL) => with_first_encoded(WITHOUT_EMAIL),
        Some(email) => fit(without_leading_dot(encode(email, IN_EMAIL))),
    }
}

/// The e-mail address that has this name; `None` where it has none, or is too long to stand in it.
pub(super) fn email_of(name: &str) -> Option<String> {
    let email = percent_decode_str(name).decode_utf8().ok()?;
    (of_email(Some(&email)) == name).then(|| email.into_owned())
}

/// A colon that nothing stands behind is no port.
fn host_and_port(place: &str) -> (&str, Option<&str>) {
    let (host, port) = match place.rsplit_once(':') {
        // A colon in an address of IPv6 is inside of its brackets.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (place, None),
    };
    (host, port.filter(|port| !port.is_empty()))
}

/// The path with `_` for its slashes. A first segment that looks like a port is none.
fn path(path: &str, has_port: bool) -> String {
    let segments = path.strip_prefix('/').unwrap_or(path);
    if segments.is_empty() {
        return String::new();
    }
    let mut names: Vec<String> = segments
        .split('/')
        .map(|segment| encode(segment, IN_SERVER))
        .collect();
    if let Some(first) = names.first_mut() {
        let looks_like_port = !first.is_empty() && first.bytes().all(|b| b.is_ascii_digit());
        if looks_like_port && !has_port {
            *first = with_first_encoded(first);
        }
    }
    format!("_{}", names.join("_"))
}

fn encode(text: &str, set: &'static AsciiSet) -> String {
    utf8_percent_encode(text, set).to_string()
}

/// A name that begins with a dot would be hidden, or lead elsewhere.
fn without_leading_dot(name: String) -> String {
    if name.starts_with('.') {
        with_first_encoded(&name)
    } else {
        name
    }
}

/// The name, which begins with an ASCII character, with that percent-encoded.
fn with_first_encoded(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    let first: String = first.bytes().map(percent_encode_byte).collect();
    format!("{first}{rest}")
}

/// The name as a file system takes it: of one that is too long the beginning, and the digest of all of it.
fn fit(name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    let mut cut = format!("{}{MARK}", &name[..KEPT]);
    for byte in digest(&SHA256, name.as_bytes()).as_ref() {
        // Writing to a string cannot fail.
        let _ = write!(cut, "{byte:02x}");
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_can_be_read_and_stay_what_they_are() {
        for (directory, name) in [
            ("https://acme.test:14000/a/dir", "acme.test_14000_a_dir"),
            ("https://ca.test/", "ca.test"),
            ("https://127.0.0.1:14000/dir", "127.0.0.1_14000_dir"),
            (
                "https://acme.ssl.com/sslcom-dv-ecc",
                "acme.ssl.com_sslcom-dv-ecc",
            ),
            ("https://h/dir?tenant=1", "h_dir%3Ftenant%3D1"),
            ("https://[::1]:14000/d", "%5B%3A%3A1%5D_14000_d"),
        ] {
            assert_eq!(of_server(directory), name);
        }
        for (email, name) in [
            (None, "default"),
            (Some("me@x.test"), "me@x.test"),
            (Some("a_b@x.test"), "a_b@x.test"),
            (Some("A.b+c-d@x.test"), "A.b+c-d@x.test"),
            (Some("o'n@x.test"), "o%27n@x.test"),
            (Some("ü@x.test"), "%C3%BC@x.test"),
            (Some("../../x"), "%2E.%2F..%2Fx"),
        ] {
            assert_eq!(of_email(email), name);
        }
    }

    #[test]
    fn urls_of_one_directory_have_one_name() {
        for (one, other) in [
            ("https://h", "https://h/"),
            ("https://H.Test/Dir", "https://h.test/Dir"),
            ("https://h/dir", "https://h/dir#fragment"),
            ("HTTPS://h/dir", "https://h/dir"),
        ] {
            assert_eq!(of_server(one), of_server(other), "{one}");
        }
    }

    /// All names differ, and every file system takes them as names of directories.
    fn assert_names<T: std::fmt::Debug>(all: &[T], name: impl Fn(&T) -> String) {
        let names: Vec<_> = all.iter().map(name).collect();
        for (index, name) in names.iter().enumerate() {
            let same = names[..index].iter().position(|other| other == name);
            let of = same.map(|same| &all[same]);
            assert!(of.is_none(), "{:?} and {of:?}: {name}", all[index]);
            assert!((1..=LONGEST).contains(&name.len()), "{name}");
            assert!(!name.starts_with('.') && !name.contains('/'), "{name}");
            assert!(name.bytes().all(|b| b.is_ascii_graphic()), "{name}");
        }
    }

    #[test]
    fn each_directory_has_a_name_of_its_own() {
        let long = |end: &str| format!("https://h/{}{end}", "a".repeat(300));
        let all = [
            "https://h",
            "https://h:14000",
            "https://h/14000",
            "https://h:14000/d",
            "https://h/14000/d",
            "https://h/%314000/d",
            "https://h:1/14000/d",
            "https://h/14000d",
            "https://h:14000//",
            "https://h//",
            "https://h//14000",
            "https://h/_",
            "https://h/dir",
            "https://h/Dir",
            "https://h/dir/",
            "https://h/dir//",
            "https://h/d/ir",
            "https://h/d_ir",
            "https://h/d-ir",
            "https://h/d%2Fir",
            "https://h/d%2fir",
            "https://h/d~ir",
            "https://h/d:ir",
            "https://h_dir/",
            "https://h/dir?",
            "https://h/dir%3F",
            "https://h/dir?tenant=1",
            "https://h/dir?tenant=2",
            "https://h/dir/tenant=1",
            "https://h/dir?tenant_1",
            "https://h/dir?tenant/1",
            "https://h/?tenant=1",
            "https://h?tenant=2",
            "https://me@h/dir",
            "https://me:x@h/dir",
            "https://h/me@h/dir",
            "https://[::1]/",
            "https://[::1]:1/",
            "https://[::]:1/",
            "https://.h/",
            "https://../h",
            "http://h/dir",
            "h",
            "",
            &long("a"),
            &long("b"),
            &long("/"),
        ];
        assert_names(&all, |directory| of_server(directory));
    }

    #[test]
    fn each_address_has_a_name_of_its_own_which_tells_it() {
        let long = |end: &str| format!("{}@{end}", "a".repeat(300));
        let all = [
            "",
            "default",
            "%64efault",
            "Default",
            "default@x.test",
            "o'n@x.test",
            "o#n@x.test",
            "o_n@x.test",
            "o%27n@x.test",
            "o%2527n@x.test",
            "on@x.test",
            "me@x.test",
            "Me@x.test",
            "me@X.test",
            ".me@x.test",
            "%2Eme@x.test",
            "_.me@x.test",
            ".",
            "..",
            "../../x",
            "a/b@x.test",
            "a\\b@x.test",
            "~me@x.test",
            "ü@x.test",
            "u\u{308}@x.test",
            "%",
            "%25",
            "\"a b\"@x.test",
            &"a".repeat(255),
            &"ü".repeat(40),
        ];
        let known: Vec<_> = [None].into_iter().chain(all.map(Some)).collect();
        assert_names(&known, |email| of_email(*email));
        for email in all.into_iter().filter(|email| !email.is_empty()) {
            assert_eq!(email_of(&of_email(Some(email))).as_deref(), Some(email));
        }
        // A digest does not tell what it is of.
        let long = [long("x.test"), long("y.test"), "ü".repeat(100)];
        assert_names(&long, |email| of_email(Some(email)));
        for email in &long {
            assert_eq!(email_of(&of_email(Some(email))), None);
        }
        for no_name in [
            "default",
            "",
            ".me@x.test",
            "o'n@x.test",
            "a%62",
            "%FF",
            "%2e",
        ] {
            assert_eq!(email_of(no_name), None, "{no_name}");
        }
    }
}
