//! Whether a resolver of this network sees the zone that a CA does.

use std::time::SystemTime;

use hickory_proto::rr::{Name, RecordType};

use crate::check::finding::{Code, Finding, Severity, dig_at};
use crate::check::judge::standing::{list, list_servers};
use crate::check::survey::{End, Facts, Inside, Zone};
use crate::name::is_within;

static SPLIT_HORIZON: Code = Code {
    name: "SPLIT_HORIZON",
    severity: Severity::Notice,
    meaning: "The resolver that this machine uses has another zone for the name than the root servers lead to, or other servers \
              for it. It is a warning where no CA reaches any of those.",
    nearest: "",
};

pub(super) const CODES: &[&Code] = &[&SPLIT_HORIZON];

pub(super) fn check(facts: &Facts<'_>, _: SystemTime) -> Vec<Finding> {
    let (Some(inside), Some(link)) = (&facts.inside, facts.last()) else {
        return Vec::new();
    };
    let outside = match (&link.walk.end, link.walk.zone()) {
        (End::NotRegistered(name), _) if is_within(&inside.zone, name) => {
            format!("nobody outside has a zone {name}")
        }
        (End::Found, Some(zone)) if is_other(inside, zone) => {
            format!(
                "the root servers lead to {} on {}",
                zone.name,
                list_servers(&zone.addresses())
            )
        }
        _ => return Vec::new(),
    };
    vec![told(inside, &outside)]
}

/// Whether what the resolver sees is another zone than this one.
fn is_other(inside: &Inside, zone: &Zone) -> bool {
    let is_same = |server: &Name| zone.servers.iter().any(|one| one.name == *server);
    let has_servers_outside = || {
        let addresses = zone.addresses();
        addresses
            .iter()
            .any(|(_, one)| !crate::transport::is_internal(one))
    };
    inside.zone != zone.name
        || !inside.servers.is_empty() && !inside.servers.iter().any(is_same)
        || inside.is_internal() && has_servers_outside()
}

fn told(inside: &Inside, outside: &str) -> Finding {
    let Inside { name, zone, .. } = inside;
    let on = match inside.servers.as_slice() {
        [] => String::new(),
        servers => format!(" on {}", list(servers)),
    };
    let addresses = match inside.addresses.as_slice() {
        [] => String::new(),
        addresses => format!(" ({})", list(addresses)),
    };
    let resolver = inside.resolver;
    let what = match name == zone {
        true => format!("the zone {zone}"),
        false => format!("{name} in the zone {zone}"),
    };
    let detail = format!(
        "the resolver {} has {what}{on}{addresses}, and {outside}",
        crate::address::format(&resolver)
    );
    let texts = inside.servers.iter().map(|one| one.to_ascii());
    let mut finding = Finding::new(&SPLIT_HORIZON, name, detail)
        .arg("resolver", crate::address::format(&resolver))
        .arg("zone", zone)
        .arg("servers", texts.collect::<Vec<_>>())
        .hint(
            "A CA does not see what the resolver sees. dns-zone and dns-wait-txt ask the resolver: give them an outside one with \
             --resolver, and have the record written where the root servers lead. Where the delegation was changed lately, the \
             resolver may remember what was before.",
        );
    if inside.is_internal() {
        finding = finding.severity(Severity::Warning);
    }
    let dig = format!(
        "dig {} {} {}",
        dig_at(resolver),
        name.to_ascii(),
        RecordType::SOA
    );
    finding.reproduce = Some(dig);
    finding
}
