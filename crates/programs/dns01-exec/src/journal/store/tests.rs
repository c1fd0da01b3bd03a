use super::*;
use pipeline::Value;
use serde_json::json;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::Duration;
use tempfile::TempDir;

/// For its owner only, whatever the umask is.
fn private_dir() -> TempDir {
    let private = fs::Permissions::from_mode(0o700);
    let directory = tempfile::Builder::new().permissions(private).tempdir();
    directory.unwrap()
}

fn program() -> UserProgram {
    UserProgram {
        path: "/x".into(),
        raw: false,
        double_dash: false,
        batch: false,
        jobs: None,
        time_limit: Duration::ZERO,
    }
}

fn challenge(value: Value) -> Challenge {
    value.as_object().expect("an object").clone().into()
}

#[test]
fn the_file_goes_with_the_last_challenge_that_is_removed() {
    let directory = private_dir();
    let journal = Journal::below(directory.path());
    let pending =
        |value: &str| challenge(json!({"fqdn": "a.", "value": value, "status": "pending"}));
    let (one, two) = (pending("1"), pending("2"));
    let both = [&one, &two].into_iter().cloned();
    let id = journal.record(both, &program()).unwrap();
    assert_eq!(journal.entries().unwrap().len(), 2);
    journal.keep_output(&id, &two.key(), "record 7").unwrap();
    journal.forget(&id, &[one.key()]).unwrap();
    let entries = journal.entries().unwrap();
    assert_eq!(entries.len(), 1);
    assert!(journal.has(&id, &two.key()) && !journal.has(&id, &one.key()));
    let known = &entries[0].challenge;
    let expected = json!({"fqdn": "a.", "value": "2", "present": {"output": "record 7"}});
    assert_eq!(*known, challenge(expected));
    forget_copies(&journal, &known.key());
    assert_eq!(fs::read_dir(&journal.directory).unwrap().count(), 0);
    assert!(!journal.has(&id, &two.key()));
    journal.forget(&id, &[two.key()]).unwrap();
}

#[test]
fn a_name_from_a_document_leads_to_no_other_file() {
    let directory = private_dir();
    let journal = Journal::below(directory.path());
    journal.record([].into_iter(), &program()).unwrap();
    let outside = directory.path().join("outside.jsonl");
    fs::write(&outside, "\n").unwrap();
    let longest = "x".repeat(64);
    files::create(&journal.path(&longest), b"\n", 0o600).unwrap();
    for id in ["../outside", "", "a/b", "a.b", &"x".repeat(65)] {
        journal.forget(id, &[Challenge::default().key()]).unwrap();
    }
    assert_eq!(fs::read(&outside).unwrap(), b"\n");
    journal.forget(&longest, &[]).unwrap();
    assert!(!journal.path(&longest).exists());
}

#[test]
fn a_file_that_has_lost_all_that_it_had_stays_and_is_said() {
    let directory = private_dir();
    let journal = Journal::below(directory.path());
    let challenges = [
        challenge(json!({"fqdn": "a.", "value": "1"})),
        challenge(json!({"fqdn": "a.", "value": "2"})),
    ];
    let key = challenges[0].key();
    let id = journal.record(challenges.into_iter(), &program()).unwrap();
    fs::write(journal.path(&id), "").unwrap();
    journal.forget(&id, &[key]).unwrap();
    let unreadable = journal.read().unwrap().unreadable;
    assert!(unreadable[0].ends_with("it is empty"), "{unreadable:?}");
}

#[test]
fn a_journal_that_is_not_there_is_empty_and_one_that_cannot_be_read_is_an_error() {
    let directory = private_dir();
    let journal = Journal::below(directory.path());
    assert_eq!(journal.entries().unwrap().len(), 0);
    files::create(&journal.directory, b"in the way", 0o600).unwrap();
    let error = journal.entries().unwrap_err().to_string();
    assert!(error.starts_with("cannot read the journal in "), "{error}");
    let problem = journal.record([].into_iter(), &program()).unwrap_err();
    assert_eq!(problem.kind, "acmepipe:journal");
    let error = journal.forget("a", &[]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotADirectory);
}

fn append(journal: &Journal, id: &str, bytes: &[u8]) {
    let file = File::options().append(true).open(journal.path(id));
    file.unwrap().write_all(bytes).unwrap();
}

#[test]
fn a_line_that_was_cut_off_costs_itself_only_and_is_named() {
    let directory = private_dir();
    let journal = Journal::below(directory.path());
    let challenge = challenge(json!({"fqdn": "a.", "value": "1"}));
    let id = journal
        .record([challenge.clone()].into_iter(), &program())
        .unwrap();
    append(&journal, &id, b"{\"presented\":[\"\xc3");
    journal
        .keep_output(&id, &challenge.key(), "record 7")
        .unwrap();
    let contents = journal.read().unwrap();
    let output = contents.entries[0].challenge.presented().unwrap().output;
    assert_eq!(output.as_deref(), Some("record 7"));
    let path = journal.path(&id);
    let says = format!("{}: line 2 cannot be read: it is ", path.display());
    assert_eq!(contents.unreadable.len(), 1);
    assert!(contents.unreadable[0].starts_with(&says), "{contents:?}");
    // What can be read is removed, and what cannot stays.
    journal.forget(&id, &[challenge.key()]).unwrap();
    let contents = journal.read().unwrap();
    assert!(contents.entries.is_empty() && path.exists());
    assert_eq!(contents.unreadable.len(), 1);
}

#[test]
fn a_line_that_is_being_written_is_waited_for() {
    let directory = private_dir();
    let journal = Journal::below(directory.path());
    let challenge = challenge(json!({"fqdn": "a.", "value": "1"}));
    let id = journal
        .record([challenge.clone()].into_iter(), &program())
        .unwrap();
    let line = format!("{}\n", removed_line(&challenge.key()));
    let (half, rest) = line.as_bytes().split_at(line.len() / 2);
    let lock = Lock::wait(File::open(journal.path(&id)).unwrap()).unwrap();
    append(&journal, &id, half);
    let contents = std::thread::scope(|scope| {
        let reads = scope.spawn(|| journal.read().unwrap());
        let inode = format!(":{} ", fs::metadata(journal.path(&id)).unwrap().ino());
        // The system lists who waits for a lock (proc_locks(5)).
        let waits = |line: &str| line.contains("-> FLOCK") && line.contains(&inode);
        while !fs::read_to_string("/proc/locks")
            .unwrap()
            .lines()
            .any(waits)
        {
            assert!(!reads.is_finished(), "it did not wait");
            std::thread::yield_now();
        }
        append(&journal, &id, rest);
        drop(lock);
        reads.join().unwrap()
    });
    assert!(contents.entries.is_empty() && contents.unreadable.is_empty());
}

#[test]
fn what_a_present_that_was_killed_left_unfinished_goes_with_the_next() {
    let directory = private_dir();
    let journal = Journal::below(directory.path());
    // Nothing is there yet.
    journal.remove_unfinished();
    let unfinished = journal.directory.join("new-0123456789ab");
    files::create_private_dir(&journal.directory).unwrap();
    fs::write(&unfinished, "{").unwrap();
    journal.record([].into_iter(), &program()).unwrap();
    assert!(!unfinished.exists());
}

#[test]
fn what_another_can_change_is_neither_read_nor_written() {
    let directory = private_dir();
    let journal = Journal::below(directory.path());
    let set_mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let challenge = challenge(json!({"fqdn": "a.", "value": "1"}));
    let id = journal
        .record([challenge.clone()].into_iter(), &program())
        .unwrap();
    let file = journal.path(&id);
    set_mode(&file, 0o602);
    let contents = journal.read().unwrap();
    assert!(contents.entries.is_empty());
    let says = format!("say `chmod o-w {}`", file.display());
    assert!(contents.unreadable[0].ends_with(&says), "{contents:?}");
    assert!(journal.forget(&id, &[challenge.key()]).is_err());
    set_mode(&file, 0o600);
    for open in [directory.path(), &journal.directory] {
        set_mode(open, 0o777);
        let says = format!("say `chmod go-w {}`", open.display());
        let error = journal.read().unwrap_err().to_string();
        assert!(error.ends_with(&says), "{error}");
        let problem = journal.record([].into_iter(), &program()).unwrap_err();
        assert!(problem.detail.ends_with(&says), "{problem}");
        assert!(journal.forget(&id, &[challenge.key()]).is_err());
        set_mode(open, 0o700);
    }
    journal.forget(&id, &[challenge.key()]).unwrap();
    assert!(!file.exists());
}

#[test]
fn a_record_is_found_by_its_name_after_cnames_before_that_before_them() {
    let directory = private_dir();
    let journal = Journal::below(directory.path());
    let challenges = [
        json!({"fqdn": "a.test.", "effective_fqdn": "b.test.", "value": "1", "zone": "one."}),
        json!({"fqdn": "b.test.", "value": "1", "zone": "two."}),
        json!({"fqdn": "c.test.", "effective_fqdn": "d.test.", "value": "1", "zone": "three."}),
    ];
    journal
        .record(challenges.into_iter().map(challenge), &program())
        .unwrap();
    for (fqdn, value, expected) in [
        ("a.test.", "1", Some("one.")),
        ("b.test.", "1", Some("two.")),
        ("c.test.", "1", Some("three.")),
        ("d.test.", "1", Some("three.")),
        ("D.test", "1", Some("three.")),
        ("d.test.", "2", None),
        ("e.test.", "1", None),
    ] {
        let named = challenge(json!({"fqdn": fqdn, "value": value}));
        let found = journal.find(&named.key()).unwrap();
        let zone = found
            .first()
            .map(|entry| entry.challenge.zone().unwrap().unwrap().to_string());
        assert_eq!(zone.as_deref(), expected, "{fqdn} {value}");
    }
}

#[test]
fn what_is_no_file_of_the_journal_or_has_lost_its_content_is_named() {
    let directory = private_dir();
    let journal = Journal::below(directory.path());
    journal.record([].into_iter(), &program()).unwrap();
    let at = |name: &str| journal.directory.join(name);
    for name in [
        "empty.jsonl",
        "a-b.jsonl",
        "a.jsonl.bak",
        "new-0123456789ab",
    ] {
        fs::write(at(name), "").unwrap();
    }
    std::os::unix::fs::symlink("nowhere", at("link.jsonl")).unwrap();
    let mut named = journal.read().unwrap().unreadable;
    named.sort();
    let begins = |name: &str| at(name).display().to_string();
    let expected = ["a-b.jsonl", "a.jsonl.bak", "empty.jsonl", "link.jsonl"];
    assert_eq!(named.len(), expected.len() + 1, "{named:?}");
    for name in expected {
        assert!(
            named.iter().any(|what| what.starts_with(&begins(name))),
            "{name}: {named:?}"
        );
    }
}

/// Forgets a record that was removed, in all files that have it from calls that are over.
fn forget_copies(journal: &Journal, key: &Key) {
    let records = HashSet::from([key.clone()]);
    for copy in journal.copies(&records, &HashSet::new()).unwrap() {
        journal.forget(&copy.id, &[copy.key()]).unwrap();
    }
}

#[test]
fn a_removed_record_is_forgotten_in_every_file_where_its_call_is_over() {
    let directory = private_dir();
    let journal = Journal::below(directory.path());
    let both = ["1", "2"].map(|value| challenge(json!({"fqdn": "a.", "value": value})));
    let [first, second] = both.clone().map(|one| one.key());
    let record = || {
        journal
            .record(both.clone().into_iter(), &program())
            .unwrap()
    };
    for _ in 0..2 {
        for id in [record(), record()] {
            journal.keep_output(&id, &first, "7").unwrap();
            journal.keep_output(&id, &second, "8").unwrap();
        }
        forget_copies(&journal, &first);
        let left = journal.entries().unwrap();
        assert!(left.len() == 2 && left.iter().all(|entry| entry.key() == second));
        forget_copies(&journal, &second);
        assert_eq!(fs::read_dir(&journal.directory).unwrap().count(), 0);
    }
    // One that waits for its call will be there after the removal.
    let (over, waiting) = (record(), record());
    journal.keep_output(&over, &first, "7").unwrap();
    let copies = |own: &[&String]| {
        let own = own.iter().map(|id| (*id).clone()).collect();
        let copies = journal.copies(&HashSet::from([first.clone()]), &own);
        let copies = copies.unwrap().into_iter();
        let of_file = copies.map(|one| (one.id.clone(), one.key()));
        of_file.collect::<Vec<_>>()
    };
    let expected = vec![(over.clone(), first.clone())];
    // A file that is somebody's own is read when another asks.
    assert!(copies(&[&over, &waiting]).is_empty());
    assert_eq!(copies(&[&waiting]), expected);
    assert_eq!(copies(&[]), expected);
    assert!(copies(&[&over]).is_empty());
}
