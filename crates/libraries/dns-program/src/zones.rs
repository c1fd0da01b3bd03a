//! Which records go to which zone.

use crate::failure::Failure;
use crate::record::Record;
use pipeline::DomainName;

/// The numbers of the records of each zone, zones and records in the order in which they came first. A record in no zone
/// has its failure.
pub(crate) struct Zones {
    pub(crate) of: Vec<(DomainName, Vec<usize>)>,
    pub(crate) failed: Vec<(usize, Failure)>,
}

/// Sorts records by their zones. `told` is what the caller says, if anything; `find` finds out what nobody says.
pub(crate) fn sort<'a>(
    records: impl Iterator<Item = (&'a Record, Option<DomainName>)>,
    mut find: impl FnMut(&DomainName) -> Result<DomainName, Failure>,
) -> Zones {
    let mut zones = Zones {
        of: Vec::new(),
        failed: Vec::new(),
    };
    for (number, (record, told)) in records.enumerate() {
        let zone = match told {
            Some(zone) => Ok(zone),
            None => find(&record.name),
        };
        let zone = zone.and_then(|zone| match record.name.relative_to(&zone) {
            Some(_) => Ok(zone),
            None => Err(not_in(&record.name, &zone)),
        });
        match zone {
            Ok(zone) => match zones.of.iter_mut().find(|(known, _)| *known == zone) {
                Some((_, numbers)) => numbers.push(number),
                None => zones.of.push((zone, vec![number])),
            },
            Err(failure) => zones.failed.push((number, failure)),
        }
    }
    zones
}

fn not_in(name: &DomainName, zone: &DomainName) -> Failure {
    Failure::new(format!("{name} is not in the zone {zone}")).hint(
        "The zone is what --zone, DNS01_ZONE or the challenge says: without them it is found out.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    #[test]
    fn records_are_sorted_by_the_zone_that_is_told_or_found() {
        let record = |at: &str| Record {
            name: name(at),
            value: "v".to_owned(),
            raw: None,
        };
        let records = [
            (record("a.b.test."), Some("b.test.")),
            (record("x.c.test."), None),
            (record("b.test."), Some("b.test.")),
            (record("ab.test."), Some("b.test.")),
            (record("y.c.test."), None),
            (record("x.d.test."), None),
            (record("z.e.test."), Some(".")),
        ];
        let told = records
            .iter()
            .map(|(record, zone)| (record, zone.map(name)));
        let zones = sort(told, |at| match at.as_str() {
            "x.d.test." => Err(Failure::new("nobody knows")),
            _ => Ok(name("c.test.")),
        });
        let sorted = [
            (name("b.test."), vec![0, 2]),
            (name("c.test."), vec![1, 4]),
            (name("."), vec![6]),
        ];
        assert_eq!(zones.of, sorted);
        let failed: Vec<_> = zones
            .failed
            .iter()
            .map(|(number, failure)| (*number, failure.detail.as_str()))
            .collect();
        let outside = "ab.test. is not in the zone b.test.";
        assert_eq!(failed, [(3, outside), (5, "nobody knows")]);
    }
}
