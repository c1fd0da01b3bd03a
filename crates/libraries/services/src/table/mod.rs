//! The table: one row for each service, by its code.

mod a_to_d;
mod e_to_m;
mod n_to_z;

use crate::row::Service;

/// All services, by their codes.
pub fn all() -> impl Iterator<Item = &'static Service> {
    [a_to_d::ROWS, e_to_m::ROWS, n_to_z::ROWS]
        .into_iter()
        .flatten()
}

/// The service with this code.
pub fn find(code: &str) -> Option<&'static Service> {
    all().find(|one| one.code == code)
}

/// What services are called elsewhere, by other clients or by newer versions of lego, and their codes here.
const OTHER_NAMES: [(&str, &str); 12] = [
    ("aliyun", "alidns"),
    ("aws", "route53"),
    ("cf", "cloudflare"),
    ("dnsupdate", "rfc2136"),
    ("do", "digitalocean"),
    ("google", "gcloud"),
    ("googleclouddns", "gcloud"),
    ("gd", "godaddy"),
    ("nsupdate", "rfc2136"),
    ("oci", "oraclecloud"),
    ("powerdns", "pdns"),
    ("tsig", "rfc2136"),
];

/// The service that is called so elsewhere; what acme.sh calls `dns_cf` is `cf`.
pub fn by_other_name(name: &str) -> Option<&'static Service> {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix("dns_").unwrap_or(&name);
    let known = OTHER_NAMES.iter().find(|(other, _)| *other == name);
    find(known.map_or(name, |(_, code)| code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::{Served, Through};
    use std::collections::BTreeSet;

    #[test]
    fn a_service_is_found_by_what_others_call_it() {
        for (name, expected) in [
            ("dns_cf", Some("cloudflare")),
            ("dnsupdate", Some("rfc2136")),
            ("DNS_GODADDY", Some("godaddy")),
            ("PowerDNS", Some("pdns")),
            ("desec", None),
        ] {
            let found = by_other_name(name).map(|service| service.code);
            assert_eq!(found, expected, "{name}");
        }
        for (_, code) in OTHER_NAMES {
            assert!(find(code).is_some(), "{code}");
        }
    }

    #[test]
    fn codes_stand_in_order_and_each_once() {
        let codes: Vec<&str> = all().map(|one| one.code).collect();
        let sorted: BTreeSet<&str> = codes.iter().copied().collect();
        assert_eq!(codes, Vec::from_iter(sorted));
        // What makes the links reads them there.
        let listed: Vec<&str> = include_str!("../../codes.txt").lines().collect();
        assert_eq!(codes, listed);
    }

    #[test]
    fn what_a_provider_is_given_is_made_of_variables_of_the_service() {
        for service in all() {
            for route in service.routes() {
                let used = [route.variables_needed(), route.variables_optional()].concat();
                for name in used {
                    assert!(service.variable(name).is_some(), "{}: {name}", service.code);
                }
                for (_, made_of) in route.needed.iter().chain(route.optional) {
                    let filters = made_of.split('|').skip(1);
                    let filters = filters.filter_map(|rest| rest.split_once('}'));
                    for (filter, _) in filters {
                        let known = ["before comma", "after comma", "base64"];
                        assert!(known.contains(&filter), "{}: {filter}", service.code);
                    }
                }
            }
        }
    }

    #[test]
    fn every_variable_of_a_service_that_a_collection_has_goes_somewhere() {
        for service in all() {
            let routes = service.routes();
            if routes.is_empty() || routes.iter().any(|one| one.through == Through::Own) {
                continue;
            }
            let used = routes.iter();
            let used =
                used.flat_map(|one| [one.variables_needed(), one.variables_optional()].concat());
            let used: BTreeSet<&str> = used.collect();
            for variable in service.variables {
                assert!(
                    used.contains(variable.name),
                    "{}: {}",
                    service.code,
                    variable.name
                );
            }
        }
    }

    #[test]
    fn no_collection_is_taken_for_what_it_does_wrongly() {
        for (code, program) in [
            ("acme-dns", "dns01-acme-dns"),
            ("httpreq", "dns01-httpreq"),
            ("pdns", "dns01-pdns"),
            ("rfc2136", "dns01-rfc2136"),
        ] {
            let routes = find(code).unwrap().routes().iter();
            let routes: Vec<_> = routes.map(|one| (one.through, one.provider)).collect();
            assert_eq!(routes, [(Through::Own, program)]);
        }
    }

    #[test]
    fn a_row_says_what_serves_it_or_why_nothing_does() {
        for service in all() {
            match service.served {
                Served::By(routes) => assert!(
                    !routes.is_empty() && !service.prefix.is_empty(),
                    "{}",
                    service.code
                ),
                Served::Gone(text) | Served::Script(text) => {
                    assert!(!text.is_empty(), "{}", service.code)
                }
            }
        }
    }
}
