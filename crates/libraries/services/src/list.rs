//! The table as a person reads it.

use crate::row::{Served, Service, Variable};
use crate::table::all;
use std::fmt::Write as _;

/// What comes before the table.
const LEGEND: &str = "\
Below each service are its variables. It needs all those of a line, or of one of
several lines, unless a sentence says what it needs. What it can do without
stands after \"also\". NAME|OTHER are names of one variable. A * marks a secret,
which may be the first line of a file that NAME_FILE names. dns01-services(7)
has more.

";

/// A legend, and all services: code, name, what serves each, and below that the variables that it needs and what else there is to know.
pub fn list() -> String {
    let mut text = LEGEND.to_owned();
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
        let others: Vec<String> = match service.routes() {
            [] => Vec::new(),
            _ if is_of_one_program(service) => Vec::new(),
            _ => others(service).into_iter().map(marked).collect(),
        };
        if !others.is_empty() {
            let _ = writeln!(text, "{:<13} also {}", "", others.join(" "));
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
    let marked = |name: &&str| {
        let variable = service.variable(name);
        variable.map_or_else(|| (*name).to_owned(), marked)
    };
    let sets = match service.routes() {
        [] => Vec::new(),
        _ if is_of_one_program(service) => {
            vec![service.variables.iter().map(|one| one.name).collect()]
        }
        _ => service.needed(),
    };
    let sets = sets.iter().filter(|set: &&Vec<&str>| !set.is_empty());
    sets.map(|set| set.iter().map(marked).collect::<Vec<_>>().join(" "))
        .collect()
}

/// Whether a program of ours serves it, which reads the variables itself; the note says which of them are needed.
fn is_of_one_program(service: &Service) -> bool {
    matches!(service.routes(), [one] if one.needed.is_empty())
}

/// The variables that no set has.
pub(crate) fn others(service: &Service) -> Vec<&'static Variable> {
    let sets = service.needed();
    let others = service.variables.iter();
    let others = others.filter(|one| !sets.iter().any(|set| set.contains(&one.name)));
    others.collect()
}

/// All names of a variable; that of a secret is marked by a star.
fn marked(variable: &Variable) -> String {
    let names: Vec<&str> = variable.names().collect();
    let star = if variable.is_secret { "*" } else { "" };
    format!("{}{star}", names.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::{Route, Through};

    #[test]
    fn each_service_has_its_code_what_serves_it_and_the_variables_that_it_needs() {
        let list = list();
        for service in all() {
            let line = format!("{:<13} {}: ", service.code, service.name);
            assert!(list.contains(&line), "{line}");
        }
        let rfc2136 = "\
rfc2136       RFC2136: dns01-rfc2136
              RFC2136_NAMESERVER RFC2136_TSIG_FILE RFC2136_TSIG_KEY RFC2136_TSIG_SECRET* RFC2136_TSIG_ALGORITHM
              Needs RFC2136_NAMESERVER, ";
        assert!(list.contains(rfc2136), "{list}");
        let cloudflare = "\
cloudflare    Cloudflare: acme.sh or lexicon
              CF_DNS_API_TOKEN|CLOUDFLARE_DNS_API_TOKEN*
              CF_API_EMAIL|CLOUDFLARE_EMAIL CF_API_KEY|CLOUDFLARE_API_KEY*
";
        assert!(list.contains(cloudflare), "{list}");
        let inwx = "\
inwx          INWX: acme.sh or lexicon
              INWX_USERNAME INWX_PASSWORD*
              also INWX_SHARED_SECRET*
";
        assert!(list.contains(inwx), "{list}");
        assert!(
            list.contains("Gandi (version 4): gone: use gandiv5"),
            "{list}"
        );
    }

    #[test]
    fn a_legend_says_what_lines_and_marks_mean() {
        let list = list();
        let (legend, rows) = list.split_once("\n\n").unwrap();
        assert!(rows.starts_with("acme-dns "), "{rows}");
        for mark in ["NAME|OTHER", "*", "NAME_FILE"] {
            assert!(legend.contains(mark), "{legend}");
        }
        assert!(legend.lines().all(|line| line.len() <= 80), "{legend}");
    }

    #[test]
    fn a_program_of_ours_says_in_words_which_of_its_variables_are_needed() {
        for service in all() {
            let is_own = |route: &Route| route.through == Through::Own;
            if service.routes().iter().any(is_own) {
                assert!(service.note.starts_with("Needs "), "{}", service.code);
            }
        }
    }
}
