//! The list of services in dns01-services(7).

use crate::list;
use crate::row::{Route, Served, Service, Through, Variable};
use crate::table::all;
use std::fmt::Write as _;

/// The section of the page that is made from the table.
const SECTION: &str = ".Sh SERVICES\n";

/// The page with its list as the table has it.
pub fn with_list(page: &str) -> String {
    let Some((before, rest)) = page.split_once(SECTION) else {
        return page.to_owned();
    };
    let after = rest.find("\n.Sh ").map_or("", |at| &rest[at + 1..]);
    let mut text = format!("{before}{SECTION}{}.Bl -tag -width Ds\n", ttls());
    for service in all() {
        text += &entry(service);
    }
    text + ".El\n" + after
}

/// Where acme.sh takes a TTL: most of its clients have one that nothing changes.
fn ttls() -> String {
    let takes_one = |service: &&Service| {
        service
            .routes()
            .iter()
            .any(|route| takes_ttl(service, route))
    };
    let codes: Vec<String> = all()
        .filter(takes_one)
        .map(|one| macro_word(one.code))
        .collect();
    let Some((last, first)) = codes.split_last() else {
        return "Through acme.sh\n.Ev *TTL\ncounts nowhere: its clients have TTLs of their own.\n"
            .to_owned();
    };
    let first: String = first.iter().map(|code| format!(".Cm {code} ,\n")).collect();
    format!(
        "Through acme.sh\n.Ev *TTL\ncounts with\n{first}.Cm {last}\nalone: its other clients have TTLs of their own.\n"
    )
}

/// Whether a provider of acme.sh is given the service's TTL.
fn takes_ttl(service: &Service, route: &Route) -> bool {
    let [_, _, ttl] = service.times();
    let told = [route.variables_needed(), route.variables_optional()].concat();
    route.through == Through::AcmeSh && told.contains(&&*ttl)
}

fn entry(service: &Service) -> String {
    let mut text = format!(".It Cm {}\n", macro_word(service.code));
    // This cannot fail: it writes to a text.
    let _ = match service.served {
        Served::By(_) => writeln!(text, "{}, through {}.", service.name, list::served(service)),
        Served::Gone(what) => writeln!(
            text,
            "{}.\nThere is no such service any more: {what}.",
            service.name
        ),
        Served::Script(why) => writeln!(
            text,
            "{}.\nIt needs a program of your own: {why}.",
            service.name
        ),
    };
    if !service.routes().is_empty() {
        text += &variables(service);
    }
    for line in service.note.split_inclusive(". ") {
        let _ = writeln!(text, "{}", line.trim());
    }
    text += &turns(service);
    text
}

/// Whether values at one name take turns, and through what.
fn turns(service: &Service) -> String {
    let routes = service.routes();
    match routes.iter().find(|one| one.one_per_name) {
        Some(_) if routes.iter().all(|one| one.one_per_name) => {
            "Values at one name take turns.\n".to_owned()
        }
        Some(one) => format!(
            "Through {}, values at one name take turns.\n",
            one.through.name()
        ),
        None => String::new(),
    }
}

/// The sets of variables of which one is needed, then the others.
fn variables(service: &Service) -> String {
    let sets = service.needed();
    let sets: Vec<&Vec<&str>> = sets.iter().filter(|set| !set.is_empty()).collect();
    let mut text = String::new();
    for (number, set) in sets.iter().enumerate() {
        text += if number == 0 { "Needs\n" } else { "or\n" };
        let end = if number + 1 == sets.len() { " ." } else { " ;" };
        for (place, name) in set.iter().enumerate() {
            let comma = match set.len() - place {
                1 => end,
                2 => "\nand",
                _ => " ,",
            };
            let _ = writeln!(text, ".Ev {}{}", shown(service.variable(name), name), comma);
        }
    }
    let others = list::others(service);
    if let Some((last, first)) = others.split_last() {
        text += "Takes\n";
        for one in first {
            let _ = writeln!(text, ".Ev {} ,", shown(Some(one), one.name));
        }
        let _ = writeln!(text, ".Ev {} .", shown(Some(last), last.name));
    }
    let aliased = service
        .variables
        .iter()
        .filter(|one| !one.aliases.is_empty());
    for one in aliased {
        for alias in one.aliases {
            let _ = writeln!(text, ".Ev {}\nmay be called\n.Ev {alias} .", one.name);
        }
    }
    text + &format!("Times:\n.Ev {}* .\n", service.prefix)
}

/// The name, with a star where it is a secret.
fn shown(variable: Option<&Variable>, name: &str) -> String {
    let is_secret = variable.is_some_and(|variable| variable.is_secret);
    format!("{name}{}", if is_secret { "*" } else { "" })
}

/// A word that is no macro of mdoc(7): with a hyphen that roff does not break.
fn macro_word(code: &str) -> String {
    code.replace('-', "\\-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_gets_an_entry_for_each_service_and_keeps_the_rest() {
        let page = ".Sh NAME\nx\n.Sh SERVICES\nold\n.Sh FILES\ny\n";
        let page = with_list(page);
        let begins = ".Sh NAME\nx\n.Sh SERVICES\nThrough acme.sh\n.Ev *TTL\ncounts with\n.Cm glesys\nalone: ";
        assert!(page.starts_with(begins), "{page}");
        assert!(page.ends_with(".El\n.Sh FILES\ny\n"), "{page}");
        assert_eq!(page.matches(".It Cm ").count(), all().count());
        let cloudflare = ".It Cm cloudflare\nCloudflare, through acme.sh or lexicon.\nNeeds\n.Ev CF_DNS_API_TOKEN* ;\nor\n";
        assert!(page.contains(cloudflare), "{page}");
        assert_eq!(with_list(&page), page);
        assert_eq!(with_list("none"), "none");
    }

    #[test]
    fn the_page_in_the_manual_is_of_this_table() {
        let page = include_str!("../../../../man/dns01-services.7");
        assert!(
            with_list(page) == page,
            "`make man` brings the page up to date"
        );
    }
}
