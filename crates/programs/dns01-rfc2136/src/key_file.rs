//! The key of a file that may have several, among them some that are not fit for use.

use command::warn_of_open_secret;
use dns_update::{FileKey, Key, is_private, key_of_private, keys_of_file};
use std::path::Path;

/// The largest file with a key, in bytes: a named.conf may be long.
const LARGEST: u64 = 1 << 20;
/// Of how many keys is said what is wrong with them.
const MOST_EXPLAINED: usize = 3;

/// The key of a file, or the one of this name where it has several.
///
/// # Errors
/// The file cannot be read, or it cannot be known which key is meant, in words that have no secret.
pub(crate) fn read(path: &Path, name: Option<&str>) -> Result<Key, String> {
    let cannot = |why: String| format!("{}: {why}", path.display());
    let octets = files::read_bounded(path, LARGEST).map_err(|error| cannot(error.to_string()))?;
    let text = String::from_utf8(octets).map_err(|_| cannot("it is not UTF-8".to_owned()))?;
    if is_private(&text) {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let key = key_of_private(&text, &file, name).map_err(cannot)?;
        warn_of_open_secret(path, "the secret of a TSIG key");
        return Ok(key);
    }
    let keys = keys_of_file(&text).map_err(cannot)?;
    warn_of_open_secret(path, "the secret of a TSIG key");
    choose(keys, name).map_err(cannot)
}

fn choose(keys: Vec<FileKey>, name: Option<&str>) -> Result<Key, String> {
    let wanted = name.map(plain);
    let (named, others): (Vec<FileKey>, Vec<FileKey>) = keys.into_iter().partition(|one| {
        let is_wanted = |wanted: &String| plain(&one.name) == *wanted;
        wanted.as_ref().is_none_or(is_wanted)
    });
    let (mut fit, unfit) = apart(named);
    let names = names(&fit);
    match (fit.pop(), names.as_slice()) {
        (Some(key), _) if fit.is_empty() => Ok(key),
        (Some(_), [one]) => Err(format!(
            "it has TSIG keys named {one} that differ, as those of views may: name a file that has only the one that is meant"
        )),
        (Some(_), names) => Err(format!(
            "it has several TSIG keys ({}): say which in RFC2136_TSIG_KEY (--key-name){}",
            names.join(", "),
            after_semicolon(&unfit)
        )),
        (None, _) if !unfit.is_empty() => Err(explained(&unfit)),
        (None, _) => {
            let (fit, unfit) = apart(others);
            let has = match self::names(&fit) {
                names if names.is_empty() => "none that is fit".to_owned(),
                names => names.join(", "),
            };
            let name = name.unwrap_or_default();
            Err(format!(
                "no TSIG key `{name}` in it: it has {has}{}",
                after_semicolon(&unfit)
            ))
        }
    }
}

/// Those that are fit for use, and what is wrong with the others.
fn apart(keys: Vec<FileKey>) -> (Vec<Key>, Vec<String>) {
    let (mut fit, mut unfit) = (Vec::new(), Vec::new());
    for one in keys {
        match one.key {
            Ok(key) => fit.push(key),
            Err(why) => unfit.push(why),
        }
    }
    (fit, unfit)
}

/// A name in lower case, without a final dot.
fn plain(name: &str) -> String {
    name.trim().trim_end_matches('.').to_ascii_lowercase()
}

/// The names of keys, each once.
fn names(keys: &[Key]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for key in keys {
        let name = plain(&key.name().to_string());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn explained(unfit: &[String]) -> String {
    let shown = unfit.len().min(MOST_EXPLAINED);
    let text = unfit[..shown].join("; ");
    match unfit.len() - shown {
        0 => text,
        more => format!("{text}; and {more} more that are not fit"),
    }
}

fn after_semicolon(unfit: &[String]) -> String {
    match unfit {
        [] => String::new(),
        some => format!("; not fit: {}", explained(some)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(text: &str, name: Option<&str>) -> Result<String, String> {
        let key = choose(keys_of_file(text).unwrap(), name)?;
        Ok(format!("{} {}", key.name(), key.secret_text()))
    }

    #[test]
    fn of_several_keys_one_has_to_be_named_where_more_than_one_is_fit() {
        let key = |name: &str, algorithm: &str, secret: &str| {
            format!("key {name} {{ algorithm {algorithm}; secret \"{secret}\"; }};\n")
        };
        let a = key("a", "hmac-sha256", "YQ==");
        let other_a = key("A.", "hmac-sha256", "Yg==");
        let b = key("b.c", "hmac-sha256", "Yg==");
        let weak = key("old", "hmac-md5", "YQ==");
        let bad = key("bad", "hmac-sha256", "no!");
        let all = [&*a, &b, &weak, &bad].concat();
        let unfit = "the TSIG key old: a key of hmac-md5 is too weak (RFC 8945 §6): make one of hmac-sha256, with \
                     tsig-keygen or keymgr";
        let not_base64 = "the secret of the TSIG key bad is not base64";
        let named = |text: &str| Err(format!("it has several TSIG keys ({text}"));
        for (text, name, expected) in [
            (&*a, None, Ok("a. YQ==".to_owned())),
            (&all, Some("B.C."), Ok("b.c. Yg==".to_owned())),
            (&[&*weak, &a].concat(), None, Ok("a. YQ==".to_owned())),
            (&[&*bad, &a].concat(), Some("a"), Ok("a. YQ==".to_owned())),
            (&all, Some("bad"), Err(not_base64.to_owned())),
            (
                &[&*weak, &bad].concat(),
                None,
                Err(format!("{unfit}; {not_base64}")),
            ),
            (
                &a,
                Some("b"),
                Err("no TSIG key `b` in it: it has a".to_owned()),
            ),
            (
                &bad,
                Some("b"),
                Err(format!(
                    "no TSIG key `b` in it: it has none that is fit; not fit: {not_base64}"
                )),
            ),
            (
                &[&*a, &b].concat(),
                None,
                named("a, b.c): say which in RFC2136_TSIG_KEY (--key-name)"),
            ),
            (
                &[&*a, &b, &bad].concat(),
                None,
                named(&format!(
                    "a, b.c): say which in RFC2136_TSIG_KEY (--key-name); not fit: {not_base64}"
                )),
            ),
        ] {
            assert_eq!(chosen(text, name), expected, "{text} {name:?}");
        }
        for name in [None, Some("a")] {
            assert_eq!(chosen(&[&*a, &a].concat(), name), Ok("a. YQ==".to_owned()));
            let why = chosen(&[&*a, &other_a].concat(), name).unwrap_err();
            assert!(why.contains("TSIG keys named a that differ"), "{why}");
        }
        let many: String = ["c", "d", "e", "f", "g"]
            .map(|name| key(name, "hmac-md5", "YQ=="))
            .concat();
        let why = chosen(&many, None).unwrap_err();
        assert!(why.ends_with("; and 2 more that are not fit"), "{why}");
    }
}
