//! `--dns`: the program that serves a DNS service, which is installed where this one is.

use command::{Usage, text};
use std::path::{Path, PathBuf};

/// Where the programs of services are, seen from the directory above that of this program. There is a link for each service.
const DIRECTORY: &str = "libexec/acmepipe/dns";

/// The program of a service.
///
/// # Errors
/// There is no such service, or its program is not installed.
pub(crate) fn find(code: &str) -> Result<PathBuf, Usage> {
    if services::find(code).is_none() {
        return Err(Usage::new(unknown(code)));
    }
    let own = std::env::current_exe()?;
    let above = own
        .parent()
        .and_then(Path::parent)
        .unwrap_or(Path::new("/"));
    exec_cli::find(&above.join(DIRECTORY).join(code)).map_err(|usage| {
        Usage::new(format!(
            "--dns {code}: {usage}; `make install` puts it there"
        ))
    })
}

fn unknown(code: &str) -> String {
    let shown = text::clean(code);
    let codes = services::all().map(|one| one.code);
    let other = services::by_other_name(code).map(|service| service.code);
    match other.or_else(|| command::nearest(code, codes)) {
        Some(near) => format!("--dns `{shown}` is no DNS service; did you mean `{near}`?"),
        None => format!(
            "--dns `{shown}` is not in the table of DNS services, which `--dns list` shows; acme.sh or lexicon may have it: see dns01-acmesh(1) and dns01-lexicon(1)"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_code_is_answered_with_the_nearest() {
        for (code, expected) in [
            ("cloudfare", "; did you mean `cloudflare`?"),
            (
                "../exec",
                "`--dns list` shows; acme.sh or lexicon may have it: see dns01-acmesh(1) and dns01-lexicon(1)",
            ),
            (
                "nonsense",
                "`--dns list` shows; acme.sh or lexicon may have it: see dns01-acmesh(1) and dns01-lexicon(1)",
            ),
        ] {
            let said = find(code).unwrap_err().to_string();
            assert!(said.ends_with(expected), "{said}");
        }
    }
}
