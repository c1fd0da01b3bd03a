//! One name of a batch whose changes go wrong: it is the only one that fails, and takes no more than its share of the time.

use super::*;

/// What a server does with a change that it does not make.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Wrong {
    Answers(u16),
    /// After half a second.
    AnswersLate(u16),
    Closes,
    Hangs,
    /// It makes the change, and hangs.
    Makes,
    /// It does so while somebody else adds a value at each name that has one.
    HangsBesideOthers,
}

/// A server with values at these names, or none, that refuses changes of several names; or does that which is wrong to them too
/// where one of the bad names is among them. The changes of a bad name alone go wrong, and others are made. Also the names of
/// each change that it was asked for: `a+b`.
fn with_bad_names(
    filled: &str,
    bad: &'static str,
    wrong: Wrong,
    many: Option<Wrong>,
) -> (WebServer, Records) {
    let records = Records::default();
    let add = |name: &str| format!("{name}.example.test. \"v-{name}\"");
    let filled = filled.split_whitespace().map(add);
    held(&records).extend(filled);
    let asked_for = Records::default();
    let log = asked_for.clone();
    let server = WebServer::start(move |asked| {
        if !asked.line.starts_with("PATCH ") {
            return (200, zone(&records).to_string());
        }
        let sets = asked.body["rrsets"].as_array().cloned().unwrap_or_default();
        let names = sets
            .iter()
            .filter_map(|set| set["name"].as_str()?.split('.').next());
        let names: Vec<&str> = names.collect();
        held(&log).push(names.join("+"));
        let is_bad = names.iter().any(|name| bad.contains(name));
        let wrong = match (names.len(), is_bad) {
            (1, false) => None,
            (1, true) => Some(wrong),
            _ => many,
        };
        match wrong {
            None => {
                sets.iter().for_each(|set| apply(&records, set));
                (204, String::new())
            }
            Some(Wrong::Answers(status)) => (status, json!({"error": "no"}).to_string()),
            Some(Wrong::AnswersLate(status)) => {
                std::thread::sleep(Duration::from_millis(500));
                (status, json!({"error": "no"}).to_string())
            }
            Some(Wrong::Closes) => (0, String::new()),
            Some(wrong) => {
                match wrong {
                    Wrong::Makes => sets.iter().for_each(|set| apply(&records, set)),
                    Wrong::HangsBesideOthers => {
                        let theirs = "abc"
                            .chars()
                            .map(|name| format!("{name}.example.test. \"theirs\""));
                        held(&records).extend(theirs);
                    }
                    _ => {}
                }
                loop {
                    std::thread::park();
                }
            }
        }
    });
    (server, asked_for)
}

/// Presents or cleans up the values of these names in a batch, with so many seconds for each request; which names failed, and
/// why.
fn batch(server: &WebServer, word: &str, names: &str, limit: u32) -> Vec<(String, String)> {
    let workshop = Workshop::open();
    let line = |name: &str| {
        let fqdn = format!("{name}.example.test.");
        format!("{}\n", json!({"fqdn": fqdn, "value": format!("v-{name}")}))
    };
    let lines: String = names.split_whitespace().map(line).collect();
    let line = format!("{word} --http-timeout {limit}");
    let ended = call(&workshop, server, &line, &lines).success();
    let failed = ended.stdout.lines().map(|line| {
        let report: Value = serde_json::from_str(line).unwrap_or_default();
        let text = |member: &str| report[member].as_str().unwrap_or_default().to_owned();
        let name = text("fqdn")
            .split('.')
            .next()
            .unwrap_or_default()
            .to_owned();
        (name, text("error"))
    });
    failed.collect()
}

/// How many seconds a request may take where something goes wrong so.
fn limit(wrong: Wrong) -> u32 {
    if wrong == Wrong::Hangs { 1 } else { 30 }
}

/// What is said of a change that went wrong so.
fn says(wrong: Wrong) -> String {
    match wrong {
        Wrong::Answers(status) | Wrong::AnswersLate(status) => format!("it answered {status}"),
        Wrong::Closes => "isconnected".to_owned(),
        Wrong::Hangs | Wrong::Makes | Wrong::HangsBesideOthers => "within 1".to_owned(),
    }
}

#[test]
fn a_name_whose_changes_go_wrong_is_the_only_one_that_fails_after_a_refusal() {
    use Wrong::{Answers, Closes, Hangs};
    for (word, bad, wrong, expected) in [
        ("present-batch", "b", Answers(500), "a b c b b b"),
        ("present-batch", "b", Answers(503), "a b c b b b"),
        ("present-batch", "a", Answers(500), "a b c a a a"),
        ("cleanup-batch", "b", Answers(500), "a b c b b b"),
        // What a kept connection breaks at is asked twice.
        ("present-batch", "b", Closes, "a b b c b b"),
        ("cleanup-batch", "a", Closes, "a a b c a a"),
        ("present-batch", "a", Hangs, "a b c a"),
        ("cleanup-batch", "b", Hangs, "a b c b"),
        ("present-batch", "a b", Hangs, "a b c a b"),
    ] {
        let filled = if word == "cleanup-batch" { "a b c" } else { "" };
        let refused = Some(Answers(if bad == "a" { 413 } else { 422 }));
        let (server, asked_for) = with_bad_names(filled, bad, wrong, refused);
        let failed = batch(&server, word, "a b c", limit(wrong));
        let names: Vec<&str> = failed.iter().map(|(name, _)| &**name).collect();
        let case = format!("{word} {bad} {wrong:?} {failed:?}");
        assert_eq!(names.join(" "), bad, "{case}");
        assert!(
            failed.iter().all(|(_, why)| why.contains(&says(wrong))),
            "{case}"
        );
        let asked_for = held(&asked_for).join(" ");
        assert_eq!(asked_for, format!("a+b+c {expected}"), "{case}");
    }
}

#[test]
fn a_name_at_which_the_change_of_all_goes_wrong_is_the_only_one_that_fails() {
    use Wrong::{Answers, Closes, Hangs};
    for (word, wrong, expected) in [
        ("present-batch", Answers(500), "a+b+c a+b+c a b c b"),
        ("cleanup-batch", Closes, "a+b+c a+b+c a b b c"),
        ("present-batch", Hangs, "a+b+c a b c"),
    ] {
        let filled = if word == "cleanup-batch" { "a b c" } else { "" };
        let (server, asked_for) = with_bad_names(filled, "b", wrong, Some(wrong));
        let failed = batch(&server, word, "a b c", limit(wrong));
        let names: Vec<&str> = failed.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["b"], "{word} {wrong:?} {failed:?}");
        assert_eq!(held(&asked_for).join(" "), expected, "{word} {wrong:?}");
    }
}

#[test]
fn changes_that_come_to_nothing_are_given_up_after_four_times_what_one_may_take() {
    let refused = Some(Wrong::Answers(422));
    let many = "a b c d e f g h i j k l m n o p q r s t";
    // What is taken, and not made, is tried again; it is the time that counts.
    for (wrong, names, tried) in [
        (Wrong::Hangs, many, 4),
        (Wrong::AnswersLate(422), many, 11),
        (Wrong::AnswersLate(204), many, 11),
        (Wrong::AnswersLate(500), many, 11),
    ] {
        let (server, asked_for) = with_bad_names("", names, wrong, refused);
        let failed = batch(&server, "present-batch", names, 1);
        let names: Vec<&str> = names.split(' ').collect();
        // Half a second each, of which two are known to have come to nothing when the zone is read again.
        assert!(held(&asked_for).len() <= 1 + tried, "{wrong:?}");
        // The zone is not read again for those that are given up.
        let asked = server.asked();
        let readings = asked.iter().filter(|one| one.line.starts_with("GET "));
        assert!(readings.count() <= tried + 6, "{wrong:?}");
        assert_eq!(failed.len(), names.len(), "{wrong:?} {failed:?}");
        for name in &names[tried..] {
            let (_, why) = failed.iter().find(|(one, _)| one == name).unwrap();
            let says = "not sent, since changes of other names";
            assert!(why.contains(says), "{wrong:?} {name}: {why}");
        }
        let (_, why) = &failed[0];
        assert!(!why.contains("not sent"), "{wrong:?}: {why}");
    }
}

#[test]
fn changes_that_are_made_and_not_answered_take_none_of_the_others_time() {
    let refused = Some(Wrong::Answers(422));
    let (server, asked_for) = with_bad_names("", "a b c d e", Wrong::Makes, refused);
    let failed = batch(&server, "present-batch", "a b c d e f g", 1);
    assert_eq!(failed, []);
    assert_eq!(held(&asked_for).join(" "), "a+b+c+d+e+f+g a b c d e f g");
}

#[test]
fn what_somebody_else_adds_while_the_change_of_another_name_hangs_stays() {
    let refused = Some(Wrong::Answers(422));
    for (word, filled, expected) in [
        ("present-batch", "", "\"theirs\" \"v-c\""),
        ("cleanup-batch", "a b c", "\"theirs\""),
    ] {
        let (server, _) = with_bad_names(filled, "b", Wrong::HangsBesideOthers, refused);
        let failed = batch(&server, word, "a b c", 1);
        assert_eq!(failed.len(), 1, "{word}: {failed:?}");
        let asked = server.asked();
        let of_c = |set: &&Value| set["name"] == "c.example.test.";
        let mut sets =
            asked
                .iter()
                .filter_map(|one| match one.body["rrsets"].as_array()?.as_slice() {
                    [one] => Some(one),
                    _ => None,
                });
        let last = sets.rfind(of_c).unwrap();
        let records = last["records"].as_array().unwrap().iter();
        let contents: Vec<&str> = records.filter_map(|one| one["content"].as_str()).collect();
        assert_eq!(contents.join(" "), expected, "{word}");
    }
}

#[test]
fn a_reading_that_is_refused_is_why_the_names_after_it_fail() {
    let alone = AtomicUsize::new(0);
    let server = WebServer::start(move |asked| {
        let sets = asked.body["rrsets"].as_array().map_or(0, Vec::len);
        let is_change = asked.line.starts_with("PATCH ");
        match alone.fetch_add(usize::from(is_change && sets == 1), Ordering::SeqCst) {
            // It breaks off twice, since it is asked twice over a connection that was kept.
            0 | 1 if sets == 1 => (0, String::new()),
            _ if sets > 1 => (422, String::new()),
            0 => (200, zone(&Records::default()).to_string()),
            _ => (429, String::new()),
        }
    });
    let failed = batch(&server, "present-batch", "a b c", 30);
    let why: Vec<&str> = failed.iter().map(|(_, why)| &**why).collect();
    assert!(why[0].contains("isconnected"), "{why:?}");
    let is_refused = |why: &&str| why.starts_with("GET ") && why.contains("it answered 429");
    assert!(why[1..].iter().all(is_refused), "{why:?}");
    assert_eq!(why.len(), 3, "{why:?}");
}

#[test]
fn a_reading_at_which_the_server_fails_is_made_again() {
    let (records, readings) = (Records::default(), AtomicUsize::new(0));
    let server = WebServer::start(move |asked| {
        if asked.line.starts_with("PATCH ") {
            let sets = asked.body["rrsets"].as_array().cloned().unwrap_or_default();
            sets.iter().for_each(|set| apply(&records, set));
            return (204, String::new());
        }
        // The first, and the one after the change.
        let is_reading = asked.line.ends_with("/zones/example.test.");
        match is_reading && readings.fetch_add(1, Ordering::SeqCst) % 2 == 0 {
            true => (503, String::new()),
            false => (200, zone(&records).to_string()),
        }
    });
    assert_eq!(batch(&server, "present-batch", "a b", 30), []);
}

#[test]
fn a_server_that_falls_silent_after_a_refusal_is_asked_twice() {
    let unanswered = Arc::new(AtomicUsize::new(0));
    let (count, was_refused) = (unanswered.clone(), AtomicUsize::new(0));
    let server = WebServer::start(move |asked| {
        let is_change = asked.line.starts_with("PATCH ");
        match was_refused.fetch_add(usize::from(is_change), Ordering::SeqCst) {
            0 if is_change => (422, String::new()),
            0 => (200, zone(&Records::default()).to_string()),
            _ => {
                count.fetch_add(1, Ordering::SeqCst);
                loop {
                    std::thread::park();
                }
            }
        }
    });
    let failed = batch(&server, "present-batch", "a b c d", 1);
    assert_eq!(unanswered.load(Ordering::SeqCst), 2);
    let why: Vec<&str> = failed.iter().map(|(_, why)| &**why).collect();
    assert_eq!(why.len(), 4, "{why:?}");
    assert!(
        !why[0].contains("not sent") && why[0].contains("within 1"),
        "{why:?}"
    );
    for why in &why[1..] {
        assert!(
            why.contains("not sent, since the server did not answer"),
            "{why}"
        );
    }
}

#[test]
fn secondaries_are_told_of_what_was_changed_beside_a_name_that_fails() {
    let workshop = Workshop::open();
    let line = |name| format!("{{\"fqdn\":\"{name}.example.test.\",\"value\":\"v\"}}\n");
    let batch = ["a", "b", "c"].map(line).concat();
    // Whether the others are changed, and their serial with them, which stays.
    for (is_any, is_warned) in [(true, true), (false, false)] {
        let records = Records::default();
        let server = WebServer::start(move |asked| {
            let sets = asked.body["rrsets"].as_array().cloned().unwrap_or_default();
            match asked.line.split(' ').next() {
                Some("PATCH") if sets.len() > 1 => (422, json!({"error": "no"}).to_string()),
                Some("PATCH") if !is_any || sets[0]["name"] == "b.example.test." => {
                    (0, String::new())
                }
                Some("PATCH") => {
                    sets.iter().for_each(|set| apply(&records, set));
                    // The answer is lost where the change was made.
                    (0, String::new())
                }
                Some("PUT") => (200, String::new()),
                _ => {
                    let mut zone = zone(&records);
                    zone["kind"] = "Master".into();
                    (200, zone.to_string())
                }
            }
        });
        let ended = call(&workshop, &server, "present-batch", &batch).success();
        let failed = ended.stdout.lines().count();
        assert_eq!(failed, if is_any { 1 } else { 3 }, "{ended:?}");
        let asked = server.asked();
        let told = asked.iter().filter(|one| one.line.starts_with("PUT "));
        assert_eq!(told.count(), 1);
        let warned = ended.stderr.contains("will not fetch the change");
        assert_eq!(warned, is_warned, "{ended:?}");
    }
}
