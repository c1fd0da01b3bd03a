//! The service's variables, checked before anything is presented.

use crate::collection;
use command::text::and_list;
use command::{Args, Usage, warn_of_settings};
use dns_program::TIMEOUT;
use dns01_service::COLLECTION;
use services::{Missing, Prepared, Route, Service, Through, Variable};
use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

/// What the service's program is started with, by the variables that are set.
///
/// # Errors
/// A variable is missing, cannot be read, or is set in two places; or nothing that is installed serves the service.
pub(crate) fn prepare(service: &Service, args: &Args) -> Result<Prepared, Usage> {
    let thoroughly = args.command() == TIMEOUT;
    let mut values = HashMap::new();
    // A program of ours reads its variables itself.
    let is_own = |route: &Route| route.through == Through::Own;
    let (read, ttl) = match service.routes().iter().all(is_own) {
        true => (&[][..], None),
        false => (service.variables, ttl(service, args)),
    };
    for variable in read {
        if let Some(value) = value(service, variable, args)? {
            refuse_missing_file(variable.name, &value)?;
            values.insert(variable.name, value);
        }
    }
    let wanted = wanted(args)?;
    let lacks = RefCell::new(Vec::new());
    let is_there = |route: &Route| {
        let is_wanted =
            [None, Some(route.through)].contains(&wanted) || route.through == Through::Own;
        let installed = || collection::is_installed(route, service, thoroughly);
        is_wanted
            && installed()
                .map_err(|why| lacks.borrow_mut().push(why))
                .is_ok()
    };
    let value_of = |variable: &Variable| values.get(variable.name).cloned();
    let prepared = services::prepare(service, ttl, value_of, is_there).map_err(|missing| {
        Usage::new(match missing {
            Missing::Variables(sets) => lacking(service, &sets),
            Missing::Form(name, form) => format!("{name} has to be {form}"),
            Missing::Collection if lacks.borrow().is_empty() => unwanted(service, wanted),
            Missing::Collection => {
                let mut text = lacks.take().join("; or: ");
                let is_set = |name: &str| values.contains_key(name);
                for route in service.routes().iter().filter(|route| is_there(route)) {
                    let mut missing = route.variables_needed();
                    missing.retain(|name| !is_set(name));
                    let (name, missing) = (route.through.name(), and_list(&missing));
                    text += &format!("; or: {name} is installed, and needs {missing}");
                }
                text + &misspellings(service)
            }
        })
    })?;
    match misspelt_time(service, &set_variables()) {
        Some(wrong) if thoroughly => Err(Usage::new(wrong)),
        _ => Ok(prepared),
    }
}

/// The names of all variables that are set.
fn set_variables() -> Vec<String> {
    let all = std::env::vars_os();
    all.filter_map(|(name, _)| name.into_string().ok())
        .collect()
}

/// Whether a variable is one of any service.
fn is_known(name: &str) -> bool {
    let base = name.strip_suffix("_FILE").unwrap_or(name);
    services::all().any(|service| {
        let mut names = service.variables.iter().flat_map(Variable::names);
        names.any(|one| one == name || one == base) || service.times().iter().any(|one| one == name)
    })
}

/// What is said of a variable that nearly is one of the service's times. Nobody means another thing by so long a name.
fn misspelt_time(service: &Service, set: &[String]) -> Option<String> {
    let [timeout, interval, _] = service.times();
    let known = [timeout.as_str(), interval.as_str()];
    let mut set = set.iter().filter(|name| !is_known(name));
    set.find_map(|name| {
        let meant = command::within(2, name, known)?;
        Some(format!("{name} is set: did you mean {meant}?"))
    })
}

/// The value of a variable under one of its names, or of the file that holds it.
fn value(service: &Service, variable: &Variable, args: &Args) -> Result<Option<String>, Usage> {
    for name in variable.names() {
        let file = format!("{name}_FILE");
        // GCE_SERVICE_ACCOUNT_FILE is a variable of its own: the file has more than a line.
        let value = match service.variable(&file) {
            Some(_) => args
                .variable(name)
                .and_then(|value| value.into_string().ok()),
            None => args.secret(&command::Variable { name, help: "" })?,
        };
        if value.is_some() {
            return Ok(value);
        }
    }
    Ok(None)
}

/// Refuses the path of a file that is not there: collections say so only when a record is to be presented.
fn refuse_missing_file(name: &str, value: &str) -> Result<(), Usage> {
    let is_path = name.ends_with("_FILE") || name.ends_with("_PATH");
    if is_path && let Err(error) = std::fs::metadata(value) {
        return Err(Usage::new(format!("the file that {name} names: {error}")));
    }
    Ok(())
}

/// The collection that the variable names.
fn wanted(args: &Args) -> Result<Option<Through>, Usage> {
    let Some(name) = args.variable(COLLECTION.name) else {
        return Ok(None);
    };
    let known = [Through::AcmeSh, Through::Lexicon];
    let found = known.into_iter().find(|one| name == one.name());
    found.map(Some).ok_or_else(|| {
        let name = command::text::clean(&name.to_string_lossy());
        Usage::new(format!(
            "{} is neither acme.sh nor lexicon: `{name}`",
            COLLECTION.name
        ))
    })
}

/// What is said where the collection that is wanted does not have the service, or not with the variables that are set.
fn unwanted(service: &Service, wanted: Option<Through>) -> String {
    let mut others: Vec<&str> = Vec::new();
    for route in service.routes() {
        let name = route.through.name();
        if Some(route.through) != wanted && !others.contains(&name) {
            others.push(name);
        }
    }
    format!(
        "{} is {}, and with these variables only {} has {}: take {0} away",
        COLLECTION.name,
        wanted.map_or("", Through::name),
        and_list(&others),
        service.name
    )
}

/// What is said where variables are missing, with those that look misspelt.
fn lacking(service: &Service, sets: &[Vec<&'static str>]) -> String {
    let sets: Vec<String> = sets.iter().map(|names| and_list(names)).collect();
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    let text = format!("{} needs {}", service.name, sets.join(", or "));
    text + &misspellings(service)
}

/// What is said of variables that look misspelt.
fn misspellings(service: &Service) -> String {
    let set = set_variables();
    let files = command::credential_names();
    let mut text = String::new();
    for (name, meant) in misspelt(service, &set) {
        text += &format!("; {name} is set: did you mean {meant}?");
    }
    for (name, meant) in misspelt(service, &files) {
        text += &format!("; {name} is in CREDENTIALS_DIRECTORY: did you mean {meant}?");
    }
    text
}

/// The variables that are none of the service, and nearly are, with what was meant.
fn misspelt<'a>(service: &Service, set: &'a [String]) -> Vec<(&'a str, String)> {
    let known = || service.variables.iter().flat_map(Variable::names);
    let unknown = set.iter().filter(|name| !is_known(name));
    let meant = |name: &str| {
        let meant =
            command::within(2, name, known()).or_else(|| command::with_parts_of(name, known()));
        meant.map(str::to_owned)
    };
    let of_file = |name: &str| {
        let meant = meant(name.strip_suffix("_FILE")?)?;
        Some(format!("{meant}_FILE"))
    };
    unknown
        .filter_map(|name| Some((name.as_str(), meant(name).or_else(|| of_file(name))?)))
        .collect()
}

/// The TTL that the service's variable says.
fn ttl(service: &Service, args: &Args) -> Option<u32> {
    let [_, _, ttl] = service.times();
    seconds(args, &ttl, |text| text.parse().ok())
}

/// The seconds that a variable says. As with lego, one that is no number counts as not set, with a warning.
fn seconds<T>(args: &Args, name: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    let value = args.variable(name)?;
    let text = value.to_string_lossy();
    let read = parse(text.trim());
    if read.is_none() {
        warn_of_settings(&format!(
            "{name} takes a number of seconds, not `{text}`; it counts as not set"
        ));
    }
    read
}

/// How long propagation may take, and how often to look: what the service's variables say, or else its row.
pub(crate) fn times(service: &Service, args: &Args) -> (Duration, Duration) {
    let [timeout, interval, _] = service.times();
    let parse = |text: &str| {
        let seconds: f64 = text.parse().ok()?;
        command::duration::from_seconds(seconds)
    };
    let otherwise = Duration::from_secs(service.timeout.into());
    (
        seconds(args, &timeout, parse).unwrap_or(otherwise),
        seconds(args, &interval, parse).unwrap_or(Duration::from_secs(2)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_is_nearly_one_of_the_service_is_named() {
        let cloudflare = services::find("cloudflare").unwrap();
        for (set, expected) in [
            ("CLOUDFLARE_DNS_API_TOKN", Some("CLOUDFLARE_DNS_API_TOKEN")),
            ("CF_DNS_API_TOKN_FILE", Some("CF_DNS_API_TOKEN_FILE")),
            ("CF_DNS_API_TOKEN_FILE", None),
            ("CLOUDFLARE_TTL", None),
            ("CF_API_KEYS", Some("CF_API_KEY")),
            // As acme.sh calls it, and people who have not looked.
            ("CF_Token", Some("CF_DNS_API_TOKEN")),
            ("CLOUDFLARE_API_TOKEN", Some("CLOUDFLARE_DNS_API_TOKEN")),
            ("PATH", None),
        ] {
            let set = [set.to_owned()];
            let found = misspelt(cloudflare, &set);
            let meant = found.first().map(|(_, meant)| meant.as_str());
            assert_eq!(meant, expected, "{set:?}");
        }
    }

    #[test]
    fn a_collection_that_does_not_have_the_service_is_named_with_the_one_that_has_it() {
        let mydnsjp = services::find("mydnsjp").unwrap();
        assert_eq!(
            unwanted(mydnsjp, Some(Through::Lexicon)),
            "DNS01_COLLECTION is lexicon, and with these variables only acme.sh has MyDNS.jp: take DNS01_COLLECTION away"
        );
    }

    #[test]
    fn a_time_that_is_misspelt_is_named() {
        let cloudflare = services::find("cloudflare").unwrap();
        for (set, is_named) in [
            ("CLOUDFLARE_PROPAGATON_TIMEOUT", true),
            ("CLOUDFARE_POLLING_INTERVAL", true),
            ("CLOUDFLARE_POLLING_INTERVAL", false),
            ("CLOUDNS_POLLING_INTERVAL", false),
            ("EXEC_PROPAGATION_TIMEOUT", false),
        ] {
            let said = misspelt_time(cloudflare, &[set.to_owned()]);
            assert_eq!(said.is_some(), is_named, "{said:?}");
        }
    }

    #[test]
    fn what_is_of_another_service_is_no_misspelling() {
        let digitalocean = services::find("digitalocean").unwrap();
        let set = ["DODE_PROPAGATION_TIMEOUT", "DYN_POLLING_INTERVAL"].map(str::to_owned);
        assert_eq!(misspelt_time(digitalocean, &set), None);
        assert_eq!(misspelt(digitalocean, &set), []);
    }
}
