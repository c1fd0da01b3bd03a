//! Whether a resolver of this network sees the zones that a CA does.

use std::time::SystemTime;

use hickory_proto::rr::{Name, RecordType};

use crate::check::finding::{Code, Finding, Severity, dig_at};
use crate::check::judge::standing::{list, list_servers};
use crate::check::survey::{End, Facts, Inside, Link, Zone};
use crate::name::is_within;

static SPLIT_HORIZON: Code = Code {
    name: "SPLIT_HORIZON",
    severity: Severity::Notice,
    meaning: "The resolver that this machine uses has another zone for the name, or for one that it is an alias of, than the root servers lead to, or other servers for it. It is a warning where no CA reaches any of those.",
    nearest: "",
};

pub(super) const CODES: &[&Code] = &[&SPLIT_HORIZON];

pub(super) fn check(facts: &Facts<'_>, _: SystemTime) -> Vec<Finding> {
    let told = facts.inside.iter().filter_map(|inside| {
        let link = facts.chain.iter().find(|link| inside.is_of(link))?;
        Some(told(
            inside,
            &outside(facts, inside, link)?,
            is_copy(facts, inside),
        ))
    });
    told.collect()
}

/// What there is outside in the place of what the resolver sees; nothing where that is the same.
fn outside(facts: &Facts<'_>, inside: &Inside, link: &Link) -> Option<String> {
    match (&link.walk.end, link.walk.zone()) {
        (End::NotRegistered(name), _) => {
            let zone = inside.zone.as_ref()?;
            is_within(zone, name).then(|| format!("nobody outside has a zone {name}"))
        }
        (End::Found, Some(zone)) => is_other(inside, zone).then(|| {
            let same = match is_copy(facts, inside) {
                true => " with the same SOA",
                false => "",
            };
            let servers = list_servers(&zone.addresses());
            format!("the root servers lead to {} on {servers}{same}", zone.name)
        }),
        _ => None,
    }
}

/// Whether what the resolver sees is another zone than this one, or is at other addresses.
fn is_other(inside: &Inside, zone: &Zone) -> bool {
    let outside = zone.addresses();
    let is_known = |server: &Name| zone.servers.iter().any(|one| one.name == *server);
    let is_same = |ip| outside.iter().any(|(_, address)| address.ip() == ip);
    inside.zone.as_ref() != Some(&zone.name)
        || !inside.servers.is_empty() && !inside.servers.iter().any(is_known)
        || !inside.addresses.is_empty()
            && !outside.is_empty()
            && !inside.addresses.iter().any(|ip| is_same(*ip))
}

/// Whether a server outside has the very SOA that the resolver has: there may be an address translator between them.
fn is_copy(facts: &Facts<'_>, inside: &Inside) -> bool {
    let zones = facts
        .zones
        .iter()
        .filter(|one| one.zone.name == inside.name);
    let mut soas =
        zones.flat_map(|facts| facts.probes.iter().filter_map(|one| one.soa(&facts.zone)));
    soas.any(|soa| Some(soa) == inside.soa.as_ref())
}

fn told(inside: &Inside, outside: &str, is_copy: bool) -> Finding {
    let name = &inside.name;
    let on = match inside.servers.as_slice() {
        [] => String::new(),
        servers => format!(" on {}", list(servers)),
    };
    let addresses = match inside.addresses.as_slice() {
        [] => String::new(),
        addresses => format!(" ({})", list(addresses)),
    };
    let resolver = crate::address::format(&inside.resolver);
    let what = match &inside.zone {
        None => format!("says that {name} does not exist"),
        Some(zone) if zone == name => format!("has the zone {zone}{on}{addresses}"),
        Some(zone) => format!("has {name} in the zone {zone}{on}{addresses}"),
    };
    let detail = format!("the resolver {resolver} {what}, and {outside}");
    let servers = inside.servers.iter().map(Name::to_ascii);
    let mut finding = Finding::new(&SPLIT_HORIZON, name, detail)
        .arg("resolver", resolver)
        .arg("servers", servers.collect::<Vec<_>>())
        .hint(
            "A CA does not see what the resolver sees. dns-zone and dns-wait-txt ask the resolver: give them an outside one with \
             --resolver, and have the record written where the root servers lead. Where the delegation was changed lately, the \
             resolver may remember what was before.",
        );
    if let Some(zone) = &inside.zone {
        finding = finding.arg("zone", zone);
    }
    if inside.is_internal() && !is_copy {
        finding = finding.severity(Severity::Warning);
    }
    let dig = dig_at(inside.resolver);
    finding.reproduce = Some(format!("dig {dig} {} {}", name.to_ascii(), RecordType::SOA));
    finding
}
