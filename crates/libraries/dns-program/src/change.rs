//! Records are changed zone by zone, or what that would take is shown.

use crate::failure::Failure;
use crate::record::Record;
use crate::service::{Action, Change, Service};
use crate::zones;
use command::{masked, message};
use pipeline::DomainName;
use std::collections::HashMap;

/// What is to become of records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) action: Action,
    pub(crate) dry_run: bool,
}

/// Does to the records what is ordered, and returns what became of each, in their order. Each comes with its zone where that
/// is told. `show` takes what there is to show.
pub(crate) fn all(
    service: &impl Service,
    order: Order,
    records: &[(&Record, Option<DomainName>)],
    mut show: impl FnMut(&str),
) -> Vec<Result<(), Failure>> {
    let mut done = vec![Ok(()); records.len()];
    let told = |zone: &Option<DomainName>| zone.clone().filter(|_| service.has_zones());
    let told = records.iter().map(|(record, zone)| (*record, told(zone)));
    let zones = zones::sort(told, |name| service.zone(name));
    for (number, failure) in zones.failed {
        done[number] = Err(failure);
    }
    for (zone, numbers) in &zones.of {
        // Two challenges may need the same record.
        let mut places: HashMap<&Record, usize> = HashMap::new();
        let mut change = Change {
            action: order.action,
            zone,
            records: Vec::new(),
        };
        for &number in numbers {
            let record = records[number].0;
            places.entry(record).or_insert_with(|| {
                change.records.push(record);
                change.records.len() - 1
            });
        }
        let results = match order.dry_run {
            true => shown(service, &change, &mut show),
            false => service.change(&change),
        };
        debug_assert_eq!(results.len(), change.records.len());
        if !order.dry_run {
            say(service, &change, &results);
        }
        for &number in numbers {
            let place = places[records[number].0];
            done[number] = results
                .get(place)
                .cloned()
                .unwrap_or_else(|| Err(Failure::new("it is not known what became of the record")));
        }
    }
    done
}

/// Says what was done, with `-v`.
fn say(service: &impl Service, change: &Change<'_>, results: &[Result<(), Failure>]) {
    let what = match change.action {
        Action::Present => "added",
        Action::Cleanup => "removed",
    };
    let zone = match service.has_zones() {
        true => format!(" in the zone {}", change.zone),
        false => String::new(),
    };
    let done = change.records.iter().zip(results);
    for (record, _) in done.filter(|(_, result)| result.is_ok()) {
        message::detail(&format!("{what} a value at {}{zone}", record.name));
    }
}

fn shown(
    service: &impl Service,
    change: &Change<'_>,
    show: &mut impl FnMut(&str),
) -> Vec<Result<(), Failure>> {
    let result = service.show(change).map(|text| show(&masked(&text)));
    vec![result; change.records.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Answer;
    use std::cell::RefCell;

    /// Refuses values that are `bad`.
    #[derive(Default)]
    struct Noted(RefCell<Vec<String>>);

    impl Service for Noted {
        fn answer(&self) -> Answer {
            Answer::default()
        }

        fn zone(&self, _: &DomainName) -> Result<DomainName, Failure> {
            DomainName::parse("test.").map_err(Failure::new)
        }

        fn change(&self, change: &Change<'_>) -> Vec<Result<(), Failure>> {
            let (action, zone) = (change.action, change.zone);
            let values: Vec<_> = change.records.iter().map(|one| &*one.value).collect();
            let noted = format!("{action:?} {zone} {}", values.join(" "));
            self.0.borrow_mut().push(noted);
            let result = |value: &str| match value {
                "bad" => Err(Failure::new("refused")),
                _ => Ok(()),
            };
            values.into_iter().map(result).collect()
        }

        fn show(&self, change: &Change<'_>) -> Result<String, Failure> {
            command::hide("hidden");
            Ok(format!("{} hidden", change.zone))
        }
    }

    fn run(dry_run: bool) -> (Vec<bool>, Vec<String>, Vec<String>) {
        let records = [("a", "1", "a."), ("b.test", "2", ""), ("a", "1", "a.")];
        let more = [("a", "bad", "a."), ("c.test", "bad", "")];
        let name = |text: &str| DomainName::parse(text).unwrap();
        let records: Vec<_> = records
            .into_iter()
            .chain(more)
            .map(|(at, value, zone)| {
                let value = value.to_owned();
                let record = Record {
                    name: name(at),
                    value,
                    raw: None,
                };
                (record, (!zone.is_empty()).then(|| name(zone)))
            })
            .collect();
        let records: Vec<_> = records
            .iter()
            .map(|(one, zone)| (one, zone.clone()))
            .collect();
        let (service, mut shown) = (Noted::default(), Vec::new());
        let order = Order {
            action: Action::Present,
            dry_run,
        };
        let done = all(&service, order, &records, |text| {
            shown.push(text.to_owned())
        });
        let done = done.iter().map(Result::is_ok).collect();
        (done, service.0.into_inner(), shown)
    }

    #[test]
    fn a_zone_has_one_change_with_each_record_once_and_each_failure_is_of_its_own_record() {
        let (done, noted, shown) = run(false);
        assert_eq!(done, [true, true, true, false, false]);
        assert_eq!(noted, ["Present a. 1 bad", "Present test. 2 bad"]);
        assert_eq!(shown, [] as [&str; 0]);
    }

    #[test]
    fn a_dry_run_changes_nothing_and_shows_no_secret() {
        let (done, noted, shown) = run(true);
        assert_eq!(done, [true; 5]);
        assert_eq!(noted, [] as [&str; 0]);
        assert_eq!(shown, ["a. ***", "test. ***"]);
    }
}
