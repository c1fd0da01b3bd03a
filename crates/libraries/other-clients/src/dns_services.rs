//! What other clients call a DNS service, and which code it has here.

use services::{Route, Service, Through, all, find};

/// certbot's own plugins, and the code of the service of each that is called otherwise.
const OF_CERTBOT: [(&str, &str); 2] = [("google", "gcloud"), ("nsone", "ns1")];

/// Clients of acme.sh for services that a program of ours serves, and which of several services one is.
const OF_ACME_SH: [(&str, &str); 5] = [
    ("dns_acmedns", "acme-dns"),
    ("dns_acmeproxy", "httpreq"),
    ("dns_aws", "route53"),
    ("dns_nsupdate", "rfc2136"),
    ("dns_pdns", "pdns"),
];

/// The service of certbot's plugin `dns-NAME`.
pub(crate) fn of_certbot(name: &str) -> Option<&'static Service> {
    let mut other = OF_CERTBOT.iter().filter(|(plugin, _)| *plugin == name);
    let code = other.next().map_or(name, |(_, code)| code);
    find(code).filter(|service| is_served(service))
}

/// The service of acme.sh's `dns_NAME`.
pub(crate) fn of_acme_sh(name: &str) -> Option<&'static Service> {
    let mut other = OF_ACME_SH.iter().filter(|(client, _)| *client == name);
    if let Some((_, code)) = other.next() {
        return find(code);
    }
    all().find(|service| route_of_acme_sh(service, name).is_some())
}

/// The way to a service through this client of acme.sh.
fn route_of_acme_sh(service: &Service, name: &str) -> Option<&'static Route> {
    let mut routes = service.routes().iter();
    routes.find(|route| route.through == Through::AcmeSh && route.provider == name)
}

/// The service with this code of lego's.
pub(crate) fn of_lego(code: &str) -> Option<&'static Service> {
    find(code).filter(|service| is_served(service))
}

fn is_served(service: &Service) -> bool {
    !service.routes().is_empty()
}

/// What acme.sh calls a variable of its client, and what the service calls it.
pub(crate) fn variables_of_acme_sh(
    service: &Service,
    name: &str,
) -> Vec<(&'static str, &'static str)> {
    let mut routes = service.routes().iter();
    let mut variables = Vec::new();
    for route in routes.by_ref() {
        if route.through == Through::AcmeSh && route.provider == name {
            variables.extend(route.needed.iter().chain(route.optional).copied());
        }
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_found_by_the_words_of_others() {
        let code = |service: Option<&Service>| service.map(|service| service.code);
        for (name, expected) in [
            ("cloudflare", Some("cloudflare")),
            ("google", Some("gcloud")),
            ("nsone", Some("ns1")),
            ("rfc2136", Some("rfc2136")),
            ("nowhere", None),
            ("exec", None),
        ] {
            assert_eq!(code(of_certbot(name)), expected, "{name}");
        }
        for (name, expected) in [
            ("dns_cf", Some("cloudflare")),
            ("dns_aws", Some("route53")),
            ("dns_nsupdate", Some("rfc2136")),
            ("dns_nowhere", None),
        ] {
            assert_eq!(code(of_acme_sh(name)), expected, "{name}");
        }
    }

    #[test]
    fn of_several_services_of_one_client_of_acme_sh_one_is_named() {
        for service in all() {
            for route in service.routes() {
                let is_other = |name: &str| OF_ACME_SH.iter().any(|(client, _)| *client == name);
                if route.through != Through::AcmeSh || is_other(route.provider) {
                    continue;
                }
                let same = all().filter(|one| route_of_acme_sh(one, route.provider).is_some());
                let codes: Vec<&str> = same.map(|one| one.code).collect();
                assert_eq!(codes, [service.code], "{}", route.provider);
            }
        }
    }
}
