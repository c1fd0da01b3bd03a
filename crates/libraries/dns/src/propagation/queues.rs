//! In which order the values are looked for that are waited for at one address: a function of what was heard, and when.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::time::{Duration, Instant};

use hickory_proto::rr::Name;

use crate::propagation::pace::pause_between_sweeps;

/// A value that is looked for.
pub(super) type Id = u64;

/// How many probes go to values that are not there before one goes to a value that is.
const PROBES: u32 = 4;

/// How many values that wait to be looked for are enough to keep a server busy.
const CROWD: usize = 16;

/// Values by when they are looked for next.
#[derive(Default)]
pub(super) struct Queues {
    values: HashMap<Id, Value>,
    /// Those that are looked for at once.
    at_once: VecDeque<Place>,
    /// Those that are being asked for, and whether once more: what was asked may be answered from before a change.
    asked: HashMap<Id, bool>,
    zones: Vec<Zone>,
    zone_by_name: HashMap<Option<Rc<Name>>, usize>,
    /// The zone whose turn it is.
    turn: usize,
    probes: u32,
    /// Those that are as wanted, in about the order in which they are to be looked at again.
    as_wanted: VecDeque<(Instant, Place)>,
    /// How many values want which interval.
    intervals: HashMap<Duration, usize>,
}

/// A value's place in one of the queues. It has another place since, where the counts differ.
type Place = (Id, u32);

struct Value {
    zone: usize,
    interval: Duration,
    /// How many places it has had.
    places: u32,
}

/// A zone at this address.
#[derive(Default)]
struct Zone {
    /// How many of its values are looked for.
    values: usize,
    /// Those that are not as wanted.
    waiting: VecDeque<Place>,
    /// The serial, and when the question was asked that it came in answer to.
    serial: Option<(u32, Instant)>,
    /// Since when all values are to be looked for, if they are.
    changed: Option<Instant>,
    /// When that was done last, and how often in a row it has shown nothing new.
    swept: Option<Instant>,
    in_vain: u32,
}

impl Queues {
    /// Adds a value, to be looked for at once.
    pub(super) fn add(&mut self, id: Id, zone: Option<&Rc<Name>>, interval: Duration) {
        let zones = &mut self.zones;
        let zone = *self.zone_by_name.entry(zone.cloned()).or_insert_with(|| {
            zones.push(Zone::default());
            zones.len() - 1
        });
        self.zones[zone].values += 1;
        *self.intervals.entry(interval).or_default() += 1;
        let value = Value {
            zone,
            interval,
            places: 0,
        };
        self.values.insert(id, value);
        self.look_for(id);
    }

    pub(super) fn remove(&mut self, id: Id) {
        self.asked.remove(&id);
        let Some(value) = self.values.remove(&id) else {
            return;
        };
        self.zones[value.zone].values -= 1;
        if let Some(count) = self.intervals.get_mut(&value.interval) {
            *count -= 1;
            if *count == 0 {
                self.intervals.remove(&value.interval);
            }
        }
    }

    /// How many zones have values that are looked for.
    pub(super) fn zones(&self) -> usize {
        self.zones.iter().filter(|zone| zone.values > 0).count()
    }

    /// The shortest pause between two questions that any value wants.
    pub(super) fn shortest_interval(&self) -> Duration {
        self.intervals
            .keys()
            .min()
            .copied()
            .unwrap_or(Duration::MAX)
    }

    /// Has a value looked for at once.
    pub(super) fn look_for(&mut self, id: Id) {
        if let Some(again) = self.asked.get_mut(&id) {
            *again = true;
        } else if let Some(value) = self.values.get_mut(&id) {
            value.places += 1;
            self.at_once.push_back((id, value.places));
        }
    }

    /// The next value to be looked for.
    pub(super) fn next_question(&mut self) -> Option<Id> {
        while let Some(place) = self.at_once.pop_front() {
            if self.is_current(place) {
                self.asked.insert(place.0, false);
                return Some(place.0);
            }
        }
        None
    }

    /// Takes a value back that was asked for. It is as wanted and looked at again when that is due, or waited for.
    pub(super) fn asked(&mut self, id: Id, due: Option<Instant>) {
        if self.asked.remove(&id) == Some(true) {
            return self.look_for(id);
        }
        let Some(value) = self.values.get_mut(&id) else {
            return;
        };
        value.places += 1;
        let (place, zone) = ((id, value.places), value.zone);
        match due {
            Some(due) => self.as_wanted.push_back((due, place)),
            None => self.zones[zone].waiting.push_back(place),
        }
    }

    /// Chooses one value to be looked for: of each zone in turn one that is waited for, and now and then one that is as wanted.
    pub(super) fn probe(&mut self, now: Instant) {
        if self.at_once.len() >= CROWD {
            // Others are being looked for anyway.
            return;
        }
        self.probes += 1;
        if self.probes.is_multiple_of(PROBES) && self.probe_wanted(now) {
            return;
        }
        for _ in 0..self.zones.len() {
            self.turn = (self.turn + 1) % self.zones.len();
            while let Some(place) = self.zones[self.turn].waiting.pop_front() {
                if self.is_current(place) {
                    self.look_for(place.0);
                    return;
                }
            }
        }
        self.probe_wanted(now);
    }

    fn probe_wanted(&mut self, now: Instant) -> bool {
        while let Some((due, place)) = self.as_wanted.front().copied() {
            if self.is_current(place) {
                if due > now {
                    return false;
                }
                self.look_for(place.0);
                return true;
            }
            self.as_wanted.pop_front();
        }
        false
    }

    /// Hears a serial in the answer to a question for this value, asked at that time. True if the zone has changed.
    pub(super) fn heard_serial(
        &mut self,
        id: Id,
        serial: u32,
        asked: Instant,
        now: Instant,
    ) -> bool {
        let Some(value) = self.values.get(&id) else {
            return false;
        };
        let zone = &mut self.zones[value.zone];
        match zone.serial {
            // Answers may come in another order than they were given in.
            Some((_, before)) if before > asked => false,
            Some((known, _)) if known == serial => {
                zone.serial = Some((serial, asked));
                false
            }
            known => {
                zone.serial = Some((serial, asked));
                if known.is_some() {
                    zone.changed.get_or_insert(now);
                    self.sweep_due(now);
                }
                known.is_some()
            }
        }
    }

    /// Takes in that a value has changed, and is as wanted now or not: others of its zone may be so as well.
    pub(super) fn changed(&mut self, id: Id, is_wanted: bool, now: Instant) {
        if let Some(value) = self.values.get(&id) {
            let zone = &mut self.zones[value.zone];
            zone.changed.get_or_insert(now);
            if is_wanted {
                zone.in_vain = 0;
            }
            self.sweep_due(now);
        }
    }

    /// Takes in that the server answers again, or does so no more.
    pub(super) fn all_changed(&mut self, now: Instant) {
        for zone in &mut self.zones {
            zone.changed.get_or_insert(now);
        }
        self.sweep_due(now);
    }

    /// Has all values of the zones looked for that have changed, unless that was done just now.
    pub(super) fn sweep_due(&mut self, now: Instant) {
        for index in 0..self.zones.len() {
            let zone = &mut self.zones[index];
            if zone.next_sweep().is_none_or(|due| due > now) {
                continue;
            }
            zone.changed = None;
            zone.swept = Some(now);
            zone.in_vain += 1;
            let waiting = std::mem::take(&mut zone.waiting);
            for place in waiting {
                if self.is_current(place) {
                    self.look_for(place.0);
                }
            }
            let values = &self.values;
            let is_in_zone = |id| values.get(id).is_some_and(|value| value.zone == index);
            let asked = self.asked.iter_mut().filter(|(id, _)| is_in_zone(id));
            asked.for_each(|(_, again)| *again = true);
        }
    }

    /// When the next zone is due to have all of its values looked for.
    pub(super) fn next_sweep(&self) -> Option<Instant> {
        self.zones.iter().filter_map(Zone::next_sweep).min()
    }

    fn is_current(&self, (id, places): Place) -> bool {
        self.values
            .get(&id)
            .is_some_and(|value| value.places == places)
    }
}

impl Zone {
    fn next_sweep(&self) -> Option<Instant> {
        let since = self.changed.filter(|_| !self.waiting.is_empty())?;
        let again = self
            .swept
            .map(|swept| swept + pause_between_sweeps(self.in_vain));
        Some(again.map_or(since, |again| again.max(since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;

    /// Queues with these values, by the last digit of which zone they are in, all asked for once and not there.
    fn waiting(ids: &[Id]) -> Queues {
        let mut queues = Queues::default();
        for id in ids {
            let zone = parse(&format!("z{}.test", id % 10)).unwrap();
            queues.add(*id, Some(&Rc::new(zone)), Duration::from_secs(2));
        }
        assert_eq!(drained(&mut queues), ids);
        ids.iter().for_each(|id| queues.asked(*id, None));
        queues
    }

    /// All that are to be asked for now.
    fn drained(queues: &mut Queues) -> Vec<Id> {
        std::iter::from_fn(|| queues.next_question()).collect()
    }

    fn at(start: Instant, milliseconds: u64) -> Instant {
        start + Duration::from_millis(milliseconds)
    }

    #[test]
    fn zones_and_their_values_are_probed_in_turn() {
        let mut queues = waiting(&[1, 11, 21, 2]);
        let now = Instant::now();
        let probed: Vec<_> = (0..6)
            .map(|_| {
                queues.probe(now);
                let id = queues.next_question().unwrap();
                assert_eq!(queues.next_question(), None);
                queues.asked(id, None);
                id
            })
            .collect();
        assert_eq!(probed, [2, 1, 2, 11, 2, 21]);
    }

    #[test]
    fn a_probe_waits_for_others_and_none_goes_to_what_was_removed() {
        let crowd: Vec<Id> = (0..CROWD as Id).map(|id| 100 + id * 10).collect();
        let mut queues = waiting(&[&[1], crowd.as_slice()].concat());
        crowd.iter().for_each(|id| queues.look_for(*id));
        queues.probe(Instant::now());
        assert_eq!(drained(&mut queues), crowd);
        crowd.iter().for_each(|id| queues.remove(*id));
        queues.look_for(1);
        assert_eq!(drained(&mut queues), [1]);
        queues.probe(Instant::now());
        assert_eq!(queues.next_question(), None);
        queues.asked(1, None);
        queues.remove(1);
        queues.probe(Instant::now());
        assert_eq!((queues.next_question(), queues.zones()), (None, 0));
        assert_eq!(queues.shortest_interval(), Duration::MAX);
        queues.asked(1, None);
    }

    #[test]
    fn what_is_as_wanted_is_looked_at_when_it_is_due() {
        let (mut queues, start) = (waiting(&[1, 11, 21]), Instant::now());
        queues.asked(1, Some(at(start, 100)));
        queues.asked(11, Some(at(start, 50)));
        let mut probed = |milliseconds| {
            queues.probe(at(start, milliseconds));
            let id = queues.next_question();
            if let Some(id) = id {
                let due = (id != 21).then(|| at(start, milliseconds + 1000));
                queues.asked(id, due);
            }
            id
        };
        // Each fourth probe is for those, unless none is due.
        let times = [0, 10, 20, 30, 100, 110, 120, 130];
        assert_eq!(
            times.map(&mut probed),
            [21, 21, 21, 21, 21, 21, 21, 1].map(Some)
        );
        let times = [131, 132, 133, 134];
        assert_eq!(times.map(&mut probed), [21, 21, 21, 11].map(Some));
    }

    #[test]
    fn a_new_serial_has_all_values_of_its_zone_looked_for() {
        let (mut queues, start) = (waiting(&[1, 2, 11]), Instant::now());
        for (serial, asked, has_changed, looked_for) in [
            (7, 0, false, vec![]),
            (7, 1, false, vec![]),
            (8, 2, true, vec![1, 11]),
            // It was given before the one that is known.
            (7, 1, false, vec![]),
            (8, 100, false, vec![]),
            // Lower or higher: another is another.
            (7, 101, true, vec![1, 11]),
        ] {
            let now = at(start, asked);
            let found = queues.heard_serial(1, serial, now, now);
            assert_eq!(found, has_changed, "{serial} at {asked}");
            let found = drained(&mut queues);
            assert_eq!(found, looked_for, "{serial} at {asked}");
            found.iter().for_each(|id| queues.asked(*id, None));
        }
    }

    #[test]
    fn looks_at_all_values_become_rarer_until_one_shows_something_new() {
        let (mut queues, start) = (waiting(&[1, 11]), Instant::now());
        let looked_for = |queues: &mut Queues, now: u64| {
            queues.sweep_due(at(start, now));
            let found = drained(queues);
            found.iter().for_each(|id| queues.asked(*id, None));
            found.len()
        };
        for (serial, now) in [(1, 0), (2, 0), (3, 10)] {
            queues.heard_serial(1, serial, at(start, now), at(start, now));
        }
        // The first change is seen at once, and the next one 40 ms after it.
        assert_eq!(looked_for(&mut queues, 10), 2);
        assert_eq!(queues.next_sweep(), Some(at(start, 40)));
        assert_eq!(looked_for(&mut queues, 39), 0);
        assert_eq!(looked_for(&mut queues, 40), 2);
        queues.heard_serial(1, 4, at(start, 41), at(start, 41));
        assert_eq!(queues.next_sweep(), Some(at(start, 40 + 80)));
        queues.changed(11, true, at(start, 50));
        assert_eq!(queues.next_sweep(), Some(at(start, 40 + 20)));
    }

    #[test]
    fn what_is_being_asked_when_its_zone_changes_is_asked_again() {
        let (mut queues, start) = (waiting(&[1, 11, 2]), Instant::now());
        for id in [1, 2] {
            queues.look_for(id);
            assert_eq!(queues.next_question(), Some(id));
        }
        queues.changed(11, true, start);
        assert_eq!(drained(&mut queues), [11]);
        for id in [1, 2, 11] {
            queues.asked(id, None);
        }
        assert_eq!(drained(&mut queues), [1]);
        queues.asked(1, None);
        // The same for one that somebody wants looked for.
        queues.look_for(2);
        assert_eq!(queues.next_question(), Some(2));
        queues.look_for(2);
        queues.asked(2, Some(start));
        assert_eq!(drained(&mut queues), [2]);
    }

    #[test]
    fn a_change_to_the_worse_does_not_make_looks_more_frequent() {
        let (mut queues, start) = (waiting(&[1, 11]), Instant::now());
        for (is_wanted, now, next) in [(false, 0, 40), (false, 10, 40), (true, 30, 50)] {
            queues.changed(1, is_wanted, at(start, now));
            drained(&mut queues)
                .iter()
                .for_each(|id| queues.asked(*id, None));
            queues.changed(1, is_wanted, at(start, now));
            let due = queues.next_sweep();
            assert_eq!(due, Some(at(start, next)), "{is_wanted} {now}");
        }
    }

    #[test]
    fn a_server_that_is_back_has_all_zones_looked_at() {
        let mut queues = waiting(&[1, 2, 3]);
        queues.asked(3, Some(Instant::now()));
        queues.all_changed(Instant::now());
        assert_eq!(drained(&mut queues), [1, 2]);
    }

    #[test]
    fn the_shortest_interval_of_all_counts() {
        let mut queues = waiting(&[1, 2]);
        queues.add(3, None, Duration::from_millis(5));
        assert_eq!(queues.zones(), 3);
        assert_eq!(queues.shortest_interval(), Duration::from_millis(5));
        queues.remove(3);
        assert_eq!(queues.shortest_interval(), Duration::from_secs(2));
    }
}
