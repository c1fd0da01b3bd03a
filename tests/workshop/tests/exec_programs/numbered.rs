//! Records that one program presented several times, each a record of its own to it: it prints a number, or was called in another
//! way.

use super::*;

/// A program that gives each record a number, prints that, and removes the record whose number it is told.
fn numbers(workshop: &Workshop) -> PathBuf {
    let script = "mkdir -p records\n\
        case $1 in\n\
        present) number=1; while ! mkdir records/$number 2>/dev/null; do number=$((number + 1)); done; echo $number ;;\n\
        cleanup) rmdir records/$DNS01_PRESENT_OUTPUT && echo $DNS01_PRESENT_OUTPUT >>removed ;;\n\
        *) exit 64 ;; esac";
    workshop.script("numbers.sh", script)
}

/// The numbers of records that were removed since the last time, in order.
fn numbers_removed(workshop: &Workshop) -> String {
    let path = workshop.dir().join("removed");
    let removed = fs::read_to_string(&path).unwrap_or_default();
    let _ = fs::remove_file(path);
    let mut removed: Vec<&str> = removed.lines().collect();
    removed.sort_unstable();
    removed.join(" ")
}

#[test]
fn each_record_that_a_program_has_numbered_is_removed() {
    let workshop = Workshop::open();
    let program = numbers(&workshop);
    for words in [
        &["cleanup", "--leftovers"][..],
        &["cleanup", "--", NAME, "v"],
    ] {
        present(&workshop, &program);
        present(&workshop, &program);
        unnamed(&workshop, words, "").assert_status(0);
        assert_eq!(numbers_removed(&workshop), "1 2", "{words:?}");
        assert!(workshop.list(&program).is_empty(), "{words:?}");
    }
}

#[test]
fn a_record_with_another_number_stays_in_the_journal() {
    let workshop = Workshop::open();
    let program = numbers(&workshop);
    let by_hand = ["cleanup", "--", NAME, "v"];
    for (is_named, words) in [
        (true, &["cleanup"][..]),
        (false, &["cleanup"]),
        (true, &by_hand),
    ] {
        // The first is lost.
        present(&workshop, &program);
        let second = present(&workshop, &program);
        let stdin = if words.len() > 1 { "" } else { &second };
        let ended = match is_named {
            true => run(workshop.exec(&program, words), stdin),
            false => unnamed(&workshop, words, stdin),
        };
        ended.assert_status(0);
        let case = format!("{is_named} {words:?}");
        assert_eq!(numbers_removed(&workshop), "2", "{case}");
        assert_eq!(workshop.list(&program).len(), 1, "{case}");
        unnamed(&workshop, &["cleanup", "--leftovers"], "").assert_status(0);
        assert_eq!(numbers_removed(&workshop), "1", "{case}");
        assert!(workshop.list(&program).is_empty(), "{case}");
    }
}

#[test]
fn a_program_that_was_moved_is_called_for_each_number() {
    let workshop = Workshop::open();
    let program = numbers(&workshop);
    let old = workshop.dir().join("old.sh");
    fs::copy(&program, &old).unwrap();
    present(&workshop, &old);
    let second = present(&workshop, &old);
    fs::remove_file(&old).unwrap();
    run(workshop.exec(&program, &["cleanup"]), second).assert_status(0);
    assert_eq!(numbers_removed(&workshop), "2");
    let words = ["cleanup", "--leftovers", "--exec", "./numbers.sh"];
    unnamed(&workshop, &words, "").assert_status(0);
    assert_eq!(numbers_removed(&workshop), "1");
    assert!(workshop.list(&program).is_empty());
}

#[test]
fn a_lost_document_is_said_where_another_has_the_same_record_with_another_number() {
    let workshop = Workshop::open();
    let program = numbers(&workshop);
    let orders = order([challenge("example.test", "v")]).repeat(2);
    fs::write(workshop.dir().join("orders"), orders).unwrap();
    let pipeline = "dns01-exec present <orders | { read -r line; echo \"$line\"; cat >/dev/null; } | dns01-exec cleanup";
    let ended = run(workshop.pipeline(&program, pipeline), "");
    ended.assert_status(1);
    assert!(ended.stderr.contains("did not arrive"), "{ended:?}");
    assert_eq!(numbers_removed(&workshop), "1 2");
    assert!(workshop.list(&program).is_empty());
}

#[test]
fn a_record_is_removed_in_each_way_in_which_its_program_was_called() {
    let workshop = Workshop::open();
    let one = program(&workshop, "one");
    for words in [
        &["cleanup", "--leftovers"][..],
        &["cleanup", "--", NAME, "v"],
    ] {
        let order = order([challenge("example.test", "v")]);
        let wrong = workshop.present(&one, &["--double-dash"], order);
        wrong.assert_status(0);
        present(&workshop, &one);
        unnamed(&workshop, words, "").assert_status(0);
        let with_dashes = format!("one cleanup -- {NAME} v");
        assert_eq!(removed(&workshop), [with_dashes, call("one")], "{words:?}");
        assert!(workshop.list(&one).is_empty());
        fs::remove_file(workshop.dir().join("calls")).unwrap();
    }
}
