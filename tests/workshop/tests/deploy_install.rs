//! Copies of certificates where servers read them that are not root: key and chain change together, and a copy that fails
//! leaves what was there.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use workshop::{Ended, Workshop, issue, run};

const NAME: &str = "a.example.test";

fn install(workshop: &Workshop, dir: &Path, more: &[&str], stdin: &str) -> Ended {
    let mut command = workshop.command("acme-deploy");
    command.arg("--install").arg(dir).args(more);
    run(command, stdin)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// What is in a directory, by name.
fn entries(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn same(one: &Path, other: &Path) -> bool {
    let files = ["privkey.pem", "cert.pem", "chain.pem", "fullchain.pem"];
    files
        .iter()
        .all(|file| fs::read(one.join(file)).unwrap() == fs::read(other.join(file)).unwrap())
}

/// Where the store has the certificate.
fn kept(workshop: &Workshop) -> PathBuf {
    workshop.dir().join("data/certificates").join(NAME)
}

#[test]
fn a_copy_has_the_form_of_the_store_and_the_modes_that_are_asked_for() {
    let workshop = Workshop::open();
    let dir = workshop.dir().join("tls");
    let copy = dir.join(NAME);
    let group = rustix::process::getegid().as_raw().to_string();
    for (round, (more, key)) in [
        (vec![], 0o600),
        (vec!["--group", &group], 0o640),
        (vec!["--group", &group, "--key-mode=0440"], 0o440),
    ]
    .into_iter()
    .enumerate()
    {
        let issued = issue(&workshop, &[NAME]);
        let ended = install(&workshop, &dir, &more, &issued.stdout).success();
        assert_eq!(ended.document()["deploy"][0]["status"], "done");
        assert!(same(&copy, &kept(&workshop)));
        assert_eq!(mode(&copy.join("privkey.pem")), key);
        for open in ["cert.pem", "chain.pem", "fullchain.pem"] {
            assert_eq!(mode(&copy.join(open)), 0o644, "{open}");
        }
        for open in [&dir, &dir.join(".versions"), &copy] {
            assert_eq!(mode(open), 0o755, "{}", open.display());
        }
        // How it was ordered is nobody's business there.
        assert_eq!(entries(&copy).len(), 4);
        let versions = entries(&dir.join(".versions").join(NAME));
        assert_eq!(versions.len(), (round + 1).min(2), "{versions:?}");
    }
}

#[test]
fn an_owner_gets_the_files_where_that_can_be_and_else_it_is_said() {
    const STRANGER: &str = "54321";
    let workshop = Workshop::open();
    let dir = workshop.dir().join("tls");
    let issued = issue(&workshop, &[NAME]);
    let ended = install(&workshop, &dir, &["--owner", STRANGER], &issued.stdout);
    if rustix::process::geteuid().is_root() {
        ended.assert_status(0);
        let key = fs::metadata(dir.join(NAME).join("privkey.pem")).unwrap();
        assert_eq!((key.uid(), key.mode() & 0o7777), (54_321, 0o600));
    } else {
        ended.assert_status(1);
        let detail = ended.document()["error"]["detail"].to_string();
        let says = "this user may not give files to user number 54321: ";
        assert!(detail.contains(says), "{detail}");
        assert_eq!(entries(&dir), [".versions"]);
    }
}

#[test]
fn a_copy_goes_to_a_directory_of_its_own_that_nobody_else_can_change() {
    let workshop = Workshop::open();
    let issued = issue(&workshop, &[NAME]);
    let inside = workshop.dir().join("data/certificates/tls");
    let open = workshop.dir().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    let taken = workshop.dir().join("taken");
    fs::create_dir_all(taken.join(NAME)).unwrap();
    for (dir, says) in [
        (&inside, "the certificates themselves are kept there"),
        (&open, "chmod go-w"),
        (&taken, "it is not a link to a version"),
        (&workshop.dir().join("no/such/dir"), "No such file"),
    ] {
        let ended = install(&workshop, dir, &[], &issued.stdout);
        ended.assert_status(1);
        let error = &ended.document()["error"];
        assert_eq!(error["type"], "acmepipe:files");
        let detail = error["detail"].as_str().unwrap();
        assert!(detail.contains(says), "{detail}");
    }
    assert!(!inside.exists());
    assert!(entries(&taken.join(NAME)).is_empty());
    assert!(entries(&taken.join(".versions")).is_empty());
}

#[test]
fn a_copy_that_is_gone_or_has_changed_is_made_again() {
    let workshop = Workshop::open();
    let dir = workshop.dir().join("tls");
    let issued = issue(&workshop, &[NAME]);
    install(&workshop, &dir, &[], &issued.stdout).success();
    let copy = dir.join(NAME);
    let key = copy.join("privkey.pem");
    let open = || fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let group = rustix::process::getegid().as_raw().to_string();
    type Change<'a> = (&'a dyn Fn(), &'a [&'a str], u32);
    let changes: [Change; 6] = [
        (&|| fs::remove_dir_all(&dir).unwrap(), &[], 0o600),
        (&|| fs::remove_file(&copy).unwrap(), &["--all"], 0o600),
        (&|| fs::remove_file(&key).unwrap(), &[], 0o600),
        (
            &|| fs::write(copy.join("cert.pem"), "").unwrap(),
            &[],
            0o600,
        ),
        (&open, &[], 0o600),
        (&|| (), &["--group", &group], 0o640),
    ];
    for (at, (change, more, mode_of_key)) in changes.into_iter().enumerate() {
        change();
        let ended = install(&workshop, &dir, more, "").success();
        assert_eq!(ended.document()["deploy"][0]["status"], "done", "{at}");
        assert!(same(&copy, &kept(&workshop)), "{at}");
        assert_eq!(mode(&key), mode_of_key, "{at}");
        let ended = install(&workshop, &dir, more, "").success();
        assert_eq!(ended.stdout, "", "{at}");
    }
}

#[test]
fn what_a_killed_copy_left_goes_with_the_next() {
    let workshop = Workshop::open();
    let dir = workshop.dir().join("tls");
    let issued = issue(&workshop, &[NAME]);
    install(&workshop, &dir, &[], &issued.stdout).success();
    let versions = dir.join(".versions").join(NAME);
    let before = entries(&versions);
    // A version that was cut off, and a link that was not put in place.
    fs::create_dir(versions.join("00-Killed")).unwrap();
    fs::write(versions.join("00-Killed/privkey.pem"), "half").unwrap();
    std::os::unix::fs::symlink("nowhere", versions.join("link")).unwrap();
    let issued = issue(&workshop, &[NAME]);
    install(&workshop, &dir, &[], &issued.stdout).success();
    let after = entries(&versions);
    assert!(after.len() == 2 && after.contains(&before[0]), "{after:?}");
    assert!(same(&dir.join(NAME), &kept(&workshop)));
}

/// A line of shell in a namespace where it may mount; nothing where the system does not let it.
fn in_namespace(workshop: &Workshop, line: &str) -> Option<Ended> {
    let namespace = ["--user", "--map-root-user", "--mount", "sh", "-c"];
    let mut probe = workshop.command("unshare");
    probe.args(namespace).arg("mount -t tmpfs tmpfs .");
    if run(probe, "").status != 0 {
        return None;
    }
    let mut command = workshop.command("unshare");
    command.args(namespace).arg(line);
    Some(run(command, ""))
}

#[test]
fn a_disk_that_is_full_leaves_the_copy_before_and_nothing_else() {
    let workshop = Workshop::open();
    let dir = workshop.dir().join("tls");
    let issued = issue(&workshop, &[NAME]);
    install(&workshop, &dir, &[], &issued.stdout).success();
    issue(&workshop, &[NAME]);
    let line = r#"set -e
        mkdir full && mount -t tmpfs -o size=64k,mode=755 tmpfs full
        cp -a tls/. full/
        cat /dev/zero >full/filler 2>/dev/null || :
        find full | sort >before
        if acme-deploy --all --install full >failed.json; then exit 99; fi
        find full | sort >after
        cmp before after
        cmp tls/a.example.test/privkey.pem full/a.example.test/privkey.pem
        rm full/filler
        acme-deploy --install full </dev/null >done.json
        cmp data/certificates/a.example.test/privkey.pem full/a.example.test/privkey.pem"#;
    let Some(ended) = in_namespace(&workshop, line) else {
        eprintln!("this system lets nobody but root mount anything: not tested");
        return;
    };
    ended.assert_status(0);
    let read = |file: &str| -> serde_json::Value {
        serde_json::from_slice(&fs::read(workshop.dir().join(file)).unwrap()).unwrap()
    };
    let failed = read("failed.json");
    assert_eq!(failed["error"]["type"], "acmepipe:files");
    assert!(
        failed["error"]["detail"].to_string().contains("No space"),
        "{failed}"
    );
    let hint = failed["error"]["hint"].to_string();
    assert!(hint.contains("Make room on that disk. "), "{failed}");
    assert_eq!(read("done.json")["deploy"][0]["tries"], 2);
}
