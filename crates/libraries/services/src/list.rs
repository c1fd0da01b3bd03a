//! The table as a person reads it.

use crate::row::{Served, Service};
use crate::table::all;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

/// Prints [`list`].
pub fn print() -> ExitCode {
    match std::io::stdout().write_all(list().as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// All services: code, name, what serves each, and below that the variables that it needs and what else there is to know.
pub fn list() -> String {
    let mut text = String::new();
    for service in all() {
        // This cannot fail: it writes to a text.
        let _ = writeln!(
            text,
            "{:<13} {}: {}",
            service.code,
            service.name,
            served(service)
        );
        for needed in sets(service) {
            let _ = writeln!(text, "{:<13} {needed}", "");
        }
        if !service.note.is_empty() {
            let _ = writeln!(text, "{:<13} {}", "", service.note);
        }
    }
    text
}

/// What serves it, in words: `acme.sh or lexicon`.
pub(crate) fn served(service: &Service) -> String {
    match service.served {
        Served::By(routes) => {
            let mut names: Vec<&str> = Vec::new();
            for route in routes {
                let name = match route.through {
                    crate::row::Through::Own => route.provider,
                    through => through.name(),
                };
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names.join(" or ")
        }
        Served::Gone(what) => format!("gone: {what}"),
        Served::Script(why) => format!("needs a script: {why}"),
    }
}

/// The sets of variables of which one is needed, each as a line; a secret is marked by a star.
pub(crate) fn sets(service: &Service) -> Vec<String> {
    let marked = |name: &&str| match service.variable(name) {
        Some(variable) => {
            let names: Vec<&str> = variable.names().collect();
            format!(
                "{}{}",
                names.join("|"),
                if variable.is_secret { "*" } else { "" }
            )
        }
        None => (*name).to_owned(),
    };
    let sets = match service.routes() {
        [one] if one.needed.is_empty() => {
            vec![service.variables.iter().map(|one| one.name).collect()]
        }
        [] => Vec::new(),
        _ => service.needed(),
    };
    let sets = sets.iter().filter(|set: &&Vec<&str>| !set.is_empty());
    sets.map(|set| set.iter().map(marked).collect::<Vec<_>>().join(" "))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_has_its_code_what_serves_it_and_the_variables_that_it_needs() {
        let list = list();
        for service in all() {
            let line = format!("{:<13} {}: ", service.code, service.name);
            assert!(list.contains(&line), "{line}");
        }
        let cloudflare = "\
cloudflare    Cloudflare: acme.sh or lexicon
              CF_DNS_API_TOKEN|CLOUDFLARE_DNS_API_TOKEN*
              CF_API_EMAIL|CLOUDFLARE_EMAIL CF_API_KEY|CLOUDFLARE_API_KEY*
";
        assert!(list.contains(cloudflare), "{list}");
        assert!(
            list.contains("Gandi (version 4): gone: use gandiv5"),
            "{list}"
        );
    }
}
