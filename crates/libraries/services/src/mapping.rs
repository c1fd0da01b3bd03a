//! From the variables that are set to what a provider is started with.

use crate::row::{Route, Service, Through, Variable};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// What a provider's program is started with.
#[derive(Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Whose provider it is.
    pub through: Through,
    /// What it is called there; of our own, the program.
    pub provider: &'static str,
    /// The variables to set, beside those of the caller.
    pub variables: Vec<(String, String)>,
    /// The names of those whose values no output may show.
    pub secrets: Vec<String>,
    /// Whether values at one name have to take turns.
    pub one_per_name: bool,
}

/// Why none can be started.
#[derive(Debug, PartialEq, Eq)]
pub enum Missing {
    /// Variables are not set. Of each set of which one is needed, those that are missing, the nearest set first.
    Variables(Vec<Vec<&'static str>>),
    /// A variable's value is not what it has to be: its name, and what it has to be.
    Form(&'static str, &'static str),
    /// What would serve it with these variables is not installed.
    Collection,
}

/// Finds the first way to a service whose variables are set and whose collection is installed. A TTL counts where the
/// provider takes one and it is not too low for the service.
///
/// # Errors
/// There is no such way, or a value cannot be used.
pub fn prepare(
    service: &Service,
    ttl: Option<u32>,
    value_of: impl Fn(&Variable) -> Option<String>,
    is_installed: impl Fn(&Route) -> bool,
) -> Result<Prepared, Missing> {
    let value =
        |name: &str| value_of(service.variable(name)?).filter(|value| !value.trim().is_empty());
    let lacks = |names: Vec<&'static str>| -> Vec<&'static str> {
        let mut names = names;
        names.retain(|name| value(name).is_none());
        names
    };
    let usable = service.routes().iter();
    let is_for_another = |route: &Route| route.unless.iter().any(|name| value(name).is_some());
    let usable =
        usable.filter(|route| !is_for_another(route) && lacks(route.variables_needed()).is_empty());
    let usable: Vec<&Route> = usable.collect();
    if usable.is_empty() {
        let mut missing: Vec<_> = service.needed().into_iter().map(lacks).collect();
        // Nothing is missing of a way that is not to be gone.
        missing.retain(|names| !names.is_empty());
        missing.sort_by_key(Vec::len);
        missing.dedup();
        return Err(Missing::Variables(missing));
    }
    let Some(route) = usable.iter().find(|route| is_installed(route)) else {
        return Err(Missing::Collection);
    };
    let mut prepared = Prepared {
        through: route.through,
        provider: route.provider,
        variables: of_route(route, ttl),
        secrets: Vec::new(),
        one_per_name: route.one_per_name,
    };
    for (name, made_of) in route.needed {
        set(&mut prepared, service, name, made_of, &value)?;
    }
    for (name, made_of) in route.optional {
        if lacks(crate::row::named(made_of).collect()).is_empty() {
            set(&mut prepared, service, name, made_of, &value)?;
        }
    }
    Ok(prepared)
}

/// The variables that name the provider, and the TTL.
fn of_route(route: &Route, ttl: Option<u32>) -> Vec<(String, String)> {
    let provider = |name: &str| vec![(name.to_owned(), route.provider.to_owned())];
    let mut variables = match route.through {
        Through::Own => Vec::new(),
        Through::AcmeSh => provider("DNS01_ACMESH"),
        Through::Lexicon => provider("DNS01_LEXICON"),
    };
    if let Some(lowest) = route.ttl {
        let ttl = ttl.unwrap_or_default().max(lowest);
        variables.push(("LEXICON_TTL".to_owned(), ttl.to_string()));
    }
    variables
}

fn set(
    prepared: &mut Prepared,
    service: &Service,
    name: &str,
    made_of: &'static str,
    value: &impl Fn(&str) -> Option<String>,
) -> Result<(), Missing> {
    let name = match prepared.through {
        Through::Own | Through::AcmeSh => name.to_owned(),
        Through::Lexicon => format!("LEXICON_{}_{name}", prepared.provider).to_uppercase(),
    };
    let of = crate::row::named(made_of);
    let mut known = of.filter_map(|name| service.variable(name));
    if known.any(|variable| variable.is_secret) {
        prepared.secrets.push(name.clone());
    }
    prepared.variables.push((name, filled(made_of, value)?));
    Ok(())
}

/// The text with the variables' values in it.
fn filled(
    made_of: &'static str,
    value: &impl Fn(&str) -> Option<String>,
) -> Result<String, Missing> {
    let mut parts = made_of.split('{');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (inside, after) = part.split_once('}').unwrap_or((part, ""));
        let (name, filter) = inside.split_once('|').unwrap_or((inside, ""));
        let value = value(name).unwrap_or_default();
        // Where a line ends in a header, another begins.
        if filter != "base64" && value.contains(char::is_control) {
            return Err(Missing::Form(name, "one line of text"));
        }
        let halves = || {
            let halves = value.split_once(',');
            let halves = halves.filter(|(one, other)| !one.is_empty() && !other.is_empty());
            halves.ok_or(Missing::Form(name, "a number, a comma and a token"))
        };
        match filter {
            "before comma" => text += halves()?.0,
            "after comma" => text += halves()?.1,
            "base64" => text += &BASE64_STANDARD.encode(&value),
            _ => text += &value,
        }
        text += after;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::find;

    /// Prepares a service with these variables, where these collections are installed.
    fn prepared(
        code: &str,
        set: &[(&str, &str)],
        installed: &[Through],
    ) -> Result<Prepared, Missing> {
        let value_of = |variable: &Variable| {
            let mut set = set
                .iter()
                .filter(|(name, _)| variable.names().any(|one| one == *name));
            set.next().map(|(_, value)| (*value).to_owned())
        };
        let installed = |route: &Route| installed.contains(&route.through);
        prepare(find(code).unwrap(), Some(90), value_of, installed)
    }

    const BOTH: [Through; 2] = [Through::AcmeSh, Through::Lexicon];

    fn shown(prepared: Result<Prepared, Missing>) -> String {
        let prepared = prepared.unwrap();
        let variables = prepared.variables.iter();
        let variables: Vec<_> = variables
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!(
            "{} secret: {}",
            variables.join(" "),
            prepared.secrets.join(" ")
        )
    }

    #[test]
    fn a_provider_gets_what_it_calls_the_variables_of_lego() {
        let lexicon = [Through::Lexicon];
        for (code, set, installed, expected) in [
            (
                "cloudflare",
                &[("CLOUDFLARE_DNS_API_TOKEN", "t")][..],
                &BOTH[..],
                "DNS01_ACMESH=dns_cf CF_Token=t secret: CF_Token",
            ),
            (
                "cloudflare",
                &[("CF_API_EMAIL", "e"), ("CLOUDFLARE_API_KEY", "k")],
                &BOTH,
                "DNS01_ACMESH=dns_cf CF_Email=e CF_Key=k secret: CF_Key",
            ),
            (
                "cloudflare",
                &[("CF_DNS_API_TOKEN", "t")],
                &lexicon,
                "DNS01_LEXICON=cloudflare LEXICON_TTL=90 LEXICON_CLOUDFLARE_AUTH_TOKEN=t \
                 secret: LEXICON_CLOUDFLARE_AUTH_TOKEN",
            ),
            (
                "dnspod",
                &[("DNSPOD_API_KEY", "12,ab")],
                &BOTH,
                "DNS01_ACMESH=dns_dp DP_Id=12 DP_Key=ab secret: DP_Id DP_Key",
            ),
            (
                "gcloud",
                &[("GCE_SERVICE_ACCOUNT", "{}")],
                &BOTH,
                "DNS01_LEXICON=googleclouddns LEXICON_TTL=120 \
                 LEXICON_GOOGLECLOUDDNS_AUTH_SERVICE_ACCOUNT_INFO=base64::e30= \
                 secret: LEXICON_GOOGLECLOUDDNS_AUTH_SERVICE_ACCOUNT_INFO",
            ),
            // One of them has what the other lacks.
            (
                "joker",
                &[("JOKER_API_KEY", "k")],
                &BOTH,
                "DNS01_LEXICON=joker LEXICON_TTL=90 LEXICON_JOKER_AUTH_TOKEN=k secret: LEXICON_JOKER_AUTH_TOKEN",
            ),
            (
                "route53",
                &[],
                &BOTH,
                "DNS01_LEXICON=route53 LEXICON_TTL=90 secret: ",
            ),
            ("rfc2136", &[], &[Through::Own], " secret: "),
        ] {
            assert_eq!(shown(prepared(code, set, installed)), expected, "{code}");
        }
    }

    #[test]
    fn what_is_missing_is_named_before_what_is_not_installed() {
        for (code, set, installed, expected) in [
            (
                "cloudflare",
                &[("CF_API_EMAIL", "e"), ("CF_DNS_API_TOKEN", "")][..],
                &BOTH[..],
                Missing::Variables(vec![vec!["CF_DNS_API_TOKEN"], vec!["CF_API_KEY"]]),
            ),
            (
                "digitalocean",
                &[("DO_AUTH_TOKEN", "t")],
                &[],
                Missing::Collection,
            ),
            // Not the machine's identity, which needs no more than this.
            (
                "azure",
                &[
                    ("AZURE_SUBSCRIPTION_ID", "s"),
                    ("AZURE_CLIENT_ID", "c"),
                    ("AZURE_TENANT_ID", "t"),
                    ("AZURE_RESOURCE_GROUP", "g"),
                ],
                &BOTH,
                Missing::Variables(vec![vec!["AZURE_CLIENT_SECRET"]]),
            ),
            (
                "digitalocean",
                &[("DO_AUTH_TOKEN", " \n")],
                &BOTH,
                Missing::Variables(vec![vec!["DO_AUTH_TOKEN"]]),
            ),
        ] {
            assert_eq!(prepared(code, set, installed), Err(expected), "{code}");
        }
    }

    #[test]
    fn a_value_that_cannot_be_right_is_named_with_what_it_has_to_be() {
        for (code, set, expected) in [
            (
                "dnspod",
                &[("DNSPOD_API_KEY", "ab")][..],
                Some(("DNSPOD_API_KEY", "a number, a comma and a token")),
            ),
            (
                "dnspod",
                &[("DNSPOD_API_KEY", ",ab")],
                Some(("DNSPOD_API_KEY", "a number, a comma and a token")),
            ),
            (
                "dnspod",
                &[("DNSPOD_API_KEY", "12,")],
                Some(("DNSPOD_API_KEY", "a number, a comma and a token")),
            ),
            (
                "digitalocean",
                &[("DO_AUTH_TOKEN", "token\r")],
                Some(("DO_AUTH_TOKEN", "one line of text")),
            ),
            (
                "glesys",
                &[
                    ("GLESYS_API_USER", "u"),
                    ("GLESYS_API_KEY", "k"),
                    ("GLESYS_TTL", "60\nx"),
                ],
                Some(("GLESYS_TTL", "one line of text")),
            ),
            ("gcloud", &[("GCE_SERVICE_ACCOUNT", "{\n}")], None),
        ] {
            let expected = expected.map(|(name, form)| Missing::Form(name, form));
            assert_eq!(prepared(code, set, &BOTH).err(), expected, "{code} {set:?}");
        }
    }
}
