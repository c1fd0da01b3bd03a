use super::*;
use std::fs::File;

impl Case {
    /// Installs a certificate for a further order, and returns the name of its version.
    fn further(&self, order: u32) -> String {
        let order = format!("https://ca.test/order/{order}");
        self.issue(&order, |_| {}).expect("installed");
        self.in_use().expect("installed")
    }

    /// Moves aside what is in use.
    fn move_aside(&self) {
        let version = self.in_use().expect("installed");
        let moved = self.store.move_aside(NAME, &version, "", now());
        assert_eq!(moved, Ok(true));
    }

    fn in_use(&self) -> Option<String> {
        self.store.version(NAME).expect("a good name")
    }

    fn kept(&self) -> Vec<String> {
        let versions = self.store.versions(NAME).expect("readable");
        let mut names: Vec<String> = versions.into_iter().map(|version| version.name).collect();
        names.sort();
        names
    }

    fn archived(&self) -> Vec<Archived> {
        let (archived, unreadable) = self.store.archives().expect("readable");
        assert_eq!(unreadable, []);
        archived
    }
}

fn sorted(names: &[&String]) -> Vec<String> {
    let mut names: Vec<String> = names.iter().map(|name| (*name).clone()).collect();
    names.sort();
    names
}

#[test]
fn as_many_versions_stay_as_somebody_says_and_one_where_nobody_does() {
    let case = Case::new();
    let mut versions = Vec::new();
    for order in 0..5 {
        let entry = case
            .entry(&format!("https://ca.test/order/{order}"))
            .keeping(3);
        let key = entry.key(KeyType::EC256).expect("a key");
        entry
            .install(&held(&key), &chain(&key, |_| {}), &record(), now())
            .expect("installed");
        let version = case.in_use().expect("installed");
        // The order in which they were installed, also for a file system that counts in seconds.
        let dir = File::open(case.path(".versions/a.example.com").join(&version));
        let time = now() + Duration::from_secs(order);
        dir.and_then(|dir| dir.set_modified(time)).expect("ours");
        versions.push(version);
    }
    let [_, a, b, c, d] = &versions[..] else {
        panic!("five were installed");
    };
    assert_eq!(case.kept(), sorted(&[a, b, c, d]));
    fs::create_dir(case.path(".versions/a.example.com/cut-off")).expect("made");
    let e = case.further(5);
    assert_eq!(case.kept(), sorted(&[d, &e]));
    let in_use = case.store.versions(NAME).expect("readable");
    let in_use: Vec<_> = in_use.iter().filter(|version| version.is_in_use).collect();
    assert_eq!(in_use.len(), 1);
    assert_eq!(in_use[0].name, e);
    assert_eq!(in_use[0].look.health, Health::Good);
}

#[test]
fn a_version_is_put_back_and_the_other_one_stays() {
    let case = Case::new();
    let (one, two) = (case.further(1), case.further(2));
    assert_eq!(case.store.restore(NAME, &one, now()), Ok(Vec::new()));
    assert_eq!(case.in_use(), Some(one.clone()));
    assert_eq!(case.kept(), sorted(&[&one, &two]));
    // Which one is the newest does not count for what is in use.
    let three = case.further(3);
    assert_eq!(case.kept(), sorted(&[&one, &three]));
    let later = now() + Duration::from_secs(20 * 365 * 86_400);
    let notes = case.store.restore(NAME, &one, later).expect("restored");
    assert!(matches!(notes[..], [Note::NotValid { .. }]), "{notes:?}");
}

#[test]
fn what_is_damaged_or_not_there_is_not_put_back() {
    let case = Case::new();
    let (one, two) = (case.further(1), case.further(2));
    fs::write(
        case.path(".versions/a.example.com")
            .join(&one)
            .join("chain.pem"),
        "",
    )
    .expect("ours");
    for (name, version, says) in [
        (NAME, one.as_str(), "chain.pem is empty"),
        (NAME, "other", "there is no such version"),
        (NAME, "../x", "cannot be the name of a directory"),
        (
            "b.example.com",
            one.as_str(),
            "there is no such certificate",
        ),
    ] {
        let error = case.store.restore(name, version, now());
        let error = error.expect_err("refused").to_string();
        assert!(error.contains(says), "{error}");
    }
    assert_eq!(case.in_use(), Some(two));
    assert!(!case.path(".versions/b.example.com").exists());
}

#[test]
fn a_state_that_somebody_else_can_change_is_not_read() {
    let case = Case::new();
    case.further(1);
    let set = || case.store.set_state(NAME, "renewal.json", b"{}");
    set().expect("kept");
    let path = case.path(".state").join(NAME).join("renewal.json");
    let open = fs::Permissions::from_mode(0o666);
    fs::set_permissions(&path, open).expect("opened");
    let error = case.store.state(NAME, "renewal.json");
    let error = error.expect_err("refused").to_string();
    assert!(error.contains("can be changed by other users"), "{error}");
    // What is kept next is ours again.
    set().expect("kept");
    assert_eq!(
        case.store.state(NAME, "renewal.json"),
        Ok(Some(b"{}".to_vec()))
    );
}

#[test]
fn what_is_moved_aside_is_no_certificate_any_more_and_can_be_put_back() {
    let case = Case::new();
    let (one, two) = (case.further(1), case.further(2));
    case.store
        .set_state(NAME, "deploy.json", b"{}")
        .expect("kept");
    let moved = |version: &str| {
        let moved = case
            .store
            .move_aside(NAME, version, "revoked: superseded", now());
        moved.expect("moved, or left alone")
    };
    assert!(!moved(&one), "another is in use by now");
    assert_eq!(case.in_use(), Some(two.clone()));
    assert!(moved(&two));
    assert_eq!(case.store.names(), Ok(Vec::new()));
    assert_eq!(case.store.look(NAME).expect("looked").health, Health::New);
    assert_eq!(case.store.state(NAME, "deploy.json"), Ok(None));
    assert_eq!(case.kept(), Vec::<String>::new());
    assert_eq!(mode(&case.path(".archive/a.example.com")), 0o700);
    let archived = case.archived();
    assert_eq!(archived.len(), 1);
    assert_eq!(archived[0].name, NAME);
    assert_eq!(archived[0].why.as_deref(), Some("revoked: superseded"));
    assert_eq!(archived[0].at, Some(crate::validity::rfc3339(now())));
    let in_use = archived[0]
        .versions
        .iter()
        .find(|version| version.is_in_use);
    assert_eq!(in_use.map(|version| &version.name), Some(&two));
    assert_eq!(archived[0].versions.len(), 2);

    // A later one begins afresh, and is in the way of what was moved aside.
    let three = case.further(3);
    assert_eq!(case.kept(), [three]);
    let error = case.store.restore(NAME, &one, now()).expect_err("taken");
    assert!(error.to_string().contains("in its place"), "{error}");
    case.move_aside();
    assert_eq!(case.archived().len(), 2);

    let notes = case.store.restore(NAME, &one, now()).expect("restored");
    assert!(matches!(notes[..], [Note::MovedAside { .. }]), "{notes:?}");
    assert_eq!(case.in_use(), Some(one));
    assert_eq!(case.store.look(NAME).expect("looked").health, Health::Good);
    case.store
        .restore(NAME, &two, now())
        .expect_err("another is in its place");
    fs::remove_file(case.path(NAME)).expect("a link");
    case.store.restore(NAME, &two, now()).expect("restored");
    // Nothing is left of that one.
    assert_eq!(case.archived().len(), 1);
}

#[test]
fn what_a_move_that_was_cut_off_left_is_moved_by_the_next_that_works_there() {
    let case = Case::new();
    let one = case.further(1);
    case.move_aside();
    let places = fs::read_dir(case.path(".archive/a.example.com")).expect("there");
    let place = places.flatten().next().expect("one").path();
    // As a process leaves it that is killed once the link is moved.
    let versions = case.path(".versions/a.example.com");
    fs::rename(place.join("versions"), &versions).expect("moved");
    fs::create_dir(place.join("state")).expect("made");
    fs::write(place.join("state/old.json"), "{}").expect("written");
    assert_eq!(case.store.names(), Ok(Vec::new()));
    // Another process has kept something of the next certificate meanwhile.
    case.store.set_state(NAME, "new.json", b"{}").expect("kept");
    let entry = case.entry("https://ca.test/order/2");
    assert_eq!(case.kept(), Vec::<String>::new());
    assert_eq!(case.archived()[0].versions[0].name, one);
    assert!(
        case.store
            .state(NAME, "new.json")
            .expect("readable")
            .is_some()
    );
    let key = entry.key(KeyType::EC256).expect("a key");
    entry
        .install(&held(&key), &chain(&key, |_| {}), &record(), now())
        .expect("the directory of versions is made again");
    assert_eq!(case.kept().len(), 1);

    let two = case.in_use().expect("installed");
    case.move_aside();
    let mut places = fs::read_dir(case.path(".archive/a.example.com"))
        .expect("there")
        .flatten();
    let place = places.find(|place| place.path().join("versions").join(&two).exists());
    fs::rename(place.expect("moved").path().join("versions"), &versions).expect("moved");
    case.store.restore(NAME, &two, now()).expect("restored");
    assert_eq!(case.in_use(), Some(two));
}

#[test]
fn a_certificate_that_is_not_there_cannot_be_moved_aside() {
    let case = Case::new();
    let error = case
        .store
        .move_aside(NAME, "x", "", now())
        .expect_err("none");
    assert!(error.to_string().contains("no such certificate"), "{error}");
    assert!(!case.path(".archive").exists());
}
