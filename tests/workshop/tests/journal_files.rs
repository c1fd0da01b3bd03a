//! Files of the journal that are damaged, unfinished, or open to others.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use workshop::{Ended, FILES, Workshop, orders, run};

#[test]
fn what_cannot_be_read_in_the_journal_is_named_and_stays_and_costs_itself_only() {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    run(workshop.exec(&script, &["present"]), orders("p", 2)).assert_status(0);
    let journal = workshop.dir().join("data/journal");
    let first = fs::read_dir(&journal).unwrap().flatten().next().unwrap();
    let first = first.path();
    // The disk gave back other bytes; a power loss cut off within a character; and two are no files at all.
    let mut bytes = fs::read(&first).unwrap();
    let newline = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    bytes[newline + 1] = 0;
    bytes.extend(b"{\"presented\":[\"\xc3");
    fs::write(&first, bytes).unwrap();
    fs::create_dir(journal.join("directory.jsonl")).unwrap();
    let fifo = journal.join("fifo.jsonl");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let assert_named = |ended: &Ended| {
        ended.assert_status(1);
        let first = first.display();
        for says in [
            &format!("{first}: line 2 cannot be read: it is no JSON"),
            &format!("{first}: line 5 cannot be read: it is "),
            "directory.jsonl: not a regular file",
            "fifo.jsonl: not a regular file",
            "then delete the file",
        ] {
            assert!(ended.stderr.contains(says), "{says}: {ended:?}");
        }
    };
    let listed = run(workshop.exec(&script, &["list"]), "");
    assert_named(&listed);
    assert_eq!(listed.documents().len(), 5);
    let removed = run(workshop.exec(&script, &["cleanup", "--leftovers"]), "");
    assert_named(&removed);
    assert_eq!(removed.documents().len(), 5);
    // The record of the line that cannot be read.
    assert_eq!(workshop.records().len(), 1);
    let files = fs::read_dir(&journal).unwrap().flatten();
    assert_eq!(files.count(), 3);
    // A later run says it, and does not fail: its records are another matter.
    let command = workshop.pipeline(&script, "dns01-exec present | dns01-exec cleanup");
    let later = run(command, orders("q", 1));
    later.assert_status(0);
    assert_eq!(later.stderr.matches(": line 2 cannot be read").count(), 1);
    let path = workshop.dir().join("data");
    let list = format!(
        "`dns01-exec list --path {}` says what to do",
        path.display()
    );
    assert!(later.stderr.contains(&list), "{}", later.stderr);
}

#[test]
fn a_journal_that_others_can_change_is_not_acted_on_and_it_is_said_what_mends_that() {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    run(workshop.exec(&script, &["present"]), orders("p", 1)).assert_status(0);
    let data = workshop.dir().join("data");
    let set_mode = |mode| fs::set_permissions(&data, fs::Permissions::from_mode(mode)).unwrap();
    set_mode(0o775);
    let says = format!("(mode 0775): say `chmod g-w {}`", data.display());
    for words in [&["list"][..], &["cleanup", "--leftovers"]] {
        let refused = run(workshop.exec(&script, words), "");
        refused.assert_status(2);
        assert!(refused.stderr.contains(&says), "{refused:?}");
    }
    let refused = run(workshop.exec(&script, &["present"]), orders("q", 1));
    let error = &refused.assert_status(1).document()["error"];
    assert_eq!(error["type"], "acmepipe:journal");
    assert!(error["detail"].as_str().unwrap().contains(&says), "{error}");
    assert_eq!(workshop.records().len(), 3);
    // Nothing was presented in this document, so nothing that was removed can be in the journal.
    let nothing = run(workshop.exec(&script, &["cleanup"]), orders("q", 1));
    assert!(!nothing.stderr.contains("what was removed"), "{nothing:?}");
    set_mode(0o755);
    run(workshop.exec(&script, &["cleanup", "--leftovers"]), "").assert_status(0);
    assert_eq!(workshop.records(), [""; 0]);
}

#[test]
fn what_a_present_that_was_killed_left_unfinished_is_removed_with_the_leftovers() {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    run(workshop.exec(&script, &["present"]), orders("p", 1)).assert_status(0);
    let journal = workshop.dir().join("data/journal");
    fs::write(journal.join("new-0123456789ab"), "{\"challenge\":").unwrap();
    run(workshop.exec(&script, &["cleanup", "--leftovers"]), "").assert_status(0);
    assert_eq!(fs::read_dir(&journal).unwrap().count(), 0);
}

#[test]
fn records_are_removed_where_their_zone_cannot_be_locked() {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    let locks = workshop.dir().join("data/locks");
    for options in [&["present"][..], &["present", "--batch"]] {
        let batch = "jq -r .value | while read -r v; do sh ./files.sh ${1%-batch} - $v; done";
        workshop.script("batch.sh", batch);
        let script = match options.len() {
            1 => script.clone(),
            _ => workshop.dir().join("batch.sh"),
        };
        let presented = run(workshop.exec(&script, options), orders("p", 1));
        assert_eq!(workshop.records().len(), 3);
        fs::remove_dir_all(&locks).unwrap();
        fs::write(&locks, "").unwrap();
        let cleanup = [&["cleanup"], &options[1..]].concat();
        let removed = run(workshop.exec(&script, &cleanup), presented.stdout);
        removed.assert_status(0);
        assert!(removed.stderr.contains("without the lock"), "{removed:?}");
        assert_eq!(workshop.records(), [""; 0]);
        fs::remove_file(&locks).unwrap();
    }
}

#[test]
fn a_journal_that_a_link_leads_nowhere_to_is_an_error() {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    run(workshop.exec(&script, &["present"]), orders("p", 1)).assert_status(0);
    let data = workshop.dir().join("data");
    let away = workshop.dir().join("away");
    for moved in [data.clone(), data.join("journal")] {
        fs::rename(&moved, &away).unwrap();
        std::os::unix::fs::symlink("nowhere", &moved).unwrap();
        for arguments in [&["list"][..], &["cleanup", "--leftovers"]] {
            let refused = run(workshop.exec(&script, arguments), "");
            refused.assert_status(2);
            assert!(
                refused.stderr.contains("is a link that leads nowhere"),
                "{refused:?}"
            );
        }
        fs::remove_file(&moved).unwrap();
        fs::rename(&away, &moved).unwrap();
    }
    assert_eq!(workshop.list(&script).len(), 3);
}
