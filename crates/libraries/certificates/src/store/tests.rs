use super::*;
use crate::chain::Chain;
use crate::error::{Error, Result};
use crate::holder::Holder;
use crate::store::record::tests::record;
use crate::testing::{Ca, leaf, now};
use keys::{KeyType, PrivateKey};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

mod forms;
mod versions;

const NAME: &str = "a.example.com";

struct Case {
    dir: tempfile::TempDir,
    store: Store,
}

impl Case {
    fn new() -> Case {
        let dir = tempfile::tempdir().expect("a temporary directory");
        // Whatever the umask is.
        set_mode(dir.path(), 0o700);
        let store = Store::new(dir.path());
        Case { dir, store }
    }

    fn entry(&self, order: &str) -> Entry {
        self.store.entry(NAME, order).expect("a place")
    }

    fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join("certificates").join(below)
    }

    /// Installs a certificate for an order.
    fn issue(&self, order: &str, change: impl FnOnce(&mut CertificateParams)) -> Result<Vec<Note>> {
        let entry = self.entry(order);
        let key = entry.key(KeyType::EC256)?;
        entry.install(&held(&key), &chain(&key, change), &record(), now())
    }

    fn serial(&self) -> String {
        let installed = self.store.installed(NAME).expect("a good name");
        installed.expect("installed").chain.leaf().serial_hex()
    }
}

/// The same key, in the store.
fn held(key: &PrivateKey) -> Holder {
    Holder::Store(PrivateKey::from_pem(key.to_pem().as_bytes()).expect("our own PEM"))
}

fn chain(key: &PrivateKey, change: impl FnOnce(&mut CertificateParams)) -> Chain {
    let mut params = leaf(&[NAME]);
    change(&mut params);
    let key = KeyPair::from_pem(&key.to_pem()).expect("a key");
    let ca = Ca::root("CA");
    Chain::from_der(&[ca.issue(params, &key), ca.der.clone()]).expect("a chain")
}

/// The record of what was installed now.
fn installed_record() -> OrderRecord {
    record().installed_at(now())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
}

#[test]
fn a_new_version_takes_the_place_and_the_one_before_stays() {
    let case = Case::new();
    for round in 1..=4 {
        let entry = case.entry(&format!("https://ca.test/order/{round}"));
        let key = entry.key(KeyType::EC256).expect("a key");
        let chain = chain(&key, |_| {});
        // The second time nothing is left to do.
        for _ in 0..2 {
            let notes = entry.install(&held(&key), &chain, &record(), now());
            assert_eq!(notes, Ok(Vec::new()));
        }
        assert!(
            entry.holder_for(&chain, None).is_ok(),
            "the installed key is found"
        );
        let key_file = entry.files().key.expect("it has one");
        assert_eq!(
            fs::read_to_string(key_file).expect("readable"),
            key.to_pem()
        );
        let versions = fs::read_dir(case.path(".versions/a.example.com"));
        assert_eq!(versions.expect("readable").count(), round.min(2));
        assert_eq!(mode(&case.path("a.example.com/privkey.pem")), 0o600);
    }
    for dir in ["", ".versions", ".versions/a.example.com", ".pending"] {
        assert_eq!(mode(&case.path(dir)), 0o700, "{dir}");
    }
    let pending = fs::read_dir(case.path(".pending")).expect("readable");
    assert_eq!(pending.count(), 0);
}

#[test]
fn a_chain_for_another_key_is_refused() {
    let case = Case::new();
    let entry = case.entry("https://ca.test/order/1");
    entry.key(KeyType::EC256).expect("a key");
    let other = PrivateKey::generate(KeyType::EC256).expect("a key");
    let error = entry
        .holder_for(&chain(&other, |_| {}), None)
        .expect_err("another's");
    assert_eq!(
        error,
        Error::NoKey {
            store: case.path("")
        }
    );
}

#[test]
fn a_directory_that_somebody_made_is_not_replaced() {
    let case = Case::new();
    let path = case.path(NAME);
    files::create_private_dir(&path).expect("made");
    let error = case.store.entry(NAME, "https://ca.test/order/1");
    assert_eq!(error.expect_err("it is taken"), Error::Occupied(path));
}

#[test]
fn what_was_opened_to_a_group_stays_open_to_it() {
    const SERVERS: u32 = 54_321;
    let case = Case::new();
    case.issue("https://ca.test/order/1", |_| {})
        .expect("installed");
    let open = [
        ("", 0o710),
        (".versions", 0o710),
        (".versions/a.example.com", 0o750),
        ("a.example.com/", 0o2750),
        ("a.example.com/privkey.pem", 0o640),
        ("a.example.com/cert.pem", 0o440),
    ];
    let may_give = open.map(|(path, mode)| {
        let given = chown(case.path(path), None, Some(SERVERS)).is_ok();
        set_mode(&case.path(path), mode);
        given
    });
    for round in 2..=3 {
        let first = case.serial();
        let notes = case.issue(&format!("https://ca.test/order/{round}"), |_| {});
        assert_eq!(notes, Ok(Vec::new()));
        assert_ne!(case.serial(), first);
        for ((path, wanted), may_give) in open.into_iter().zip(may_give) {
            assert_eq!(mode(&case.path(path)), wanted, "{path}");
            if may_give {
                let found = fs::metadata(case.path(path)).expect("there");
                assert_eq!(found.gid(), SERVERS, "{path}");
            }
        }
        assert_eq!(mode(&case.path("a.example.com/order.json")), 0o600);
        assert_eq!(mode(&case.path("a.example.com/chain.pem")), 0o644);
    }
}

#[test]
fn rights_are_carried_over_as_well_where_the_link_was_removed() {
    let case = Case::new();
    case.issue("https://ca.test/order/1", |_| {})
        .expect("installed");
    set_mode(&case.path("a.example.com/privkey.pem"), 0o640);
    // Newer, and no version: what a run that was cut off left.
    fs::create_dir(case.path(".versions/a.example.com/cut-off")).expect("made");
    fs::remove_file(case.path(NAME)).expect("a link");
    case.issue("https://ca.test/order/2", |_| {})
        .expect("installed");
    assert_eq!(mode(&case.path("a.example.com/privkey.pem")), 0o640);
}

#[test]
fn a_store_that_others_can_change_is_not_used() {
    const STRANGER: u32 = 54_322;
    let case = Case::new();
    case.issue("https://ca.test/order/1", |_| {})
        .expect("installed");
    let refused = || match case.store.entry(NAME, "https://ca.test/order/2") {
        Err(Error::File { why, .. }) => why,
        other => panic!("{other:?}"),
    };
    for dir in ["", ".versions", ".versions/a.example.com", ".pending"] {
        set_mode(&case.path(dir), 0o770);
        assert!(refused().contains("say `chmod g-w "), "{dir}");
        set_mode(&case.path(dir), 0o750);
    }
    let entry = case.entry("https://ca.test/order/2");
    entry.key(KeyType::EC256).expect("a key");
    let keys = fs::read_dir(case.path(".pending")).expect("readable");
    for key in keys.flatten() {
        set_mode(&key.path(), 0o622);
    }
    let error = entry.key(KeyType::EC256).expect_err("open to all");
    assert!(error.to_string().contains("say `chmod go-w "), "{error}");
    // Only root can make a link that is another's.
    if std::os::unix::fs::lchown(case.path(NAME), Some(STRANGER), None).is_ok() {
        assert!(refused().contains("belongs to user 54322"));
    }
}

#[test]
fn a_link_of_somebody_s_lends_no_rights() {
    let case = Case::new();
    case.issue("https://ca.test/order/1", |_| {})
        .expect("installed");
    let key = case.path("a.example.com/privkey.pem");
    let elsewhere = case.path("elsewhere");
    fs::rename(&key, &elsewhere).expect("moved");
    set_mode(&elsewhere, 0o644);
    std::os::unix::fs::symlink(&elsewhere, &key).expect("linked");
    case.issue("https://ca.test/order/2", |_| {})
        .expect("installed");
    assert_eq!(mode(&key), 0o600);
}

#[test]
fn a_certificate_tells_how_it_was_ordered() {
    let case = Case::new();
    assert_eq!(case.store.order_record(NAME), Ok(None));
    case.issue("https://ca.test/order/1", |_| {})
        .expect("installed");
    assert_eq!(case.store.order_record(NAME), Ok(Some(installed_record())));
    fs::write(case.path("a.example.com/order.json"), "{}").expect("written");
    let damaged = case.store.order_record(NAME);
    assert!(matches!(damaged, Err(Error::File { .. })), "{damaged:?}");
}

#[test]
fn a_certificate_that_does_not_tell_keeps_working_and_is_told_of_when_seen_again() {
    let case = Case::new();
    let entry = case.entry("https://ca.test/order/1");
    let key = entry.key(KeyType::EC256).expect("a key");
    let chain = chain(&key, |_| {});
    entry
        .install(&held(&key), &chain, &record(), now())
        .expect("installed");
    let version = fs::read_link(case.path(NAME)).expect("a link");
    fs::remove_file(case.path("a.example.com/order.json")).expect("there");
    assert_eq!(case.store.order_record(NAME), Ok(None));
    assert!(case.store.installed(NAME).expect("a good name").is_some());
    entry
        .install(&held(&key), &chain, &record(), now())
        .expect("seen again");
    assert_eq!(case.store.order_record(NAME), Ok(Some(installed_record())));
    assert_eq!(fs::read_link(case.path(NAME)).expect("a link"), version);
    fs::remove_file(case.path("a.example.com/order.json")).expect("there");
    case.issue("https://ca.test/order/2", |_| {})
        .expect("installed");
    assert_eq!(case.store.order_record(NAME), Ok(Some(installed_record())));
}

#[test]
fn a_certificate_that_is_not_valid_replaces_no_good_one() {
    let ended = |params: &mut CertificateParams| params.not_after = date_time_ymd(2026, 1, 2);
    let not_begun = |params: &mut CertificateParams| params.not_before = date_time_ymd(2030, 1, 2);
    for (round, is_early) in [(1, false), (2, true)] {
        let case = Case::new();
        let issue = |order: &str| {
            let order = format!("https://ca.test/order/{order}/{round}");
            case.issue(&order, |params| {
                if is_early {
                    not_begun(params)
                } else {
                    ended(params)
                }
            })
        };
        // Where nothing is installed it is better than nothing.
        let notes = issue("first").expect("installed");
        assert!(matches!(notes[..], [Note::NotValid { .. }]), "{notes:?}");
        let first = case.serial();
        // Nor is what is not good any better.
        issue("second").expect("installed");
        assert_ne!(case.serial(), first);

        case.issue("https://ca.test/order/good", |_| {})
            .expect("installed");
        let good = case.serial();
        let error = issue("third").expect_err("refused");
        assert_eq!(case.serial(), good);
        let text = error.to_string();
        let clock = crate::validity::rfc3339(now());
        let times = if is_early {
            ["2030-01-02T00:00:00Z", "2036-01-01T00:00:00Z", &clock]
        } else {
            ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", &clock]
        };
        assert!(times.iter().all(|time| text.contains(time)), "{text}");

        // What is installed is not good without its key.
        fs::remove_file(case.path("a.example.com/privkey.pem")).expect("there");
        issue("fourth").expect("installed");
        assert_ne!(case.serial_of_chain(), good);
    }
}

#[test]
fn a_fifo_in_place_of_the_key_is_not_waited_for() {
    let case = Case::new();
    case.issue("https://ca.test/order/1", |_| {})
        .expect("installed");
    let key = case.path("a.example.com/privkey.pem");
    fs::remove_file(&key).expect("there");
    let made = std::process::Command::new("mkfifo").arg(&key).status();
    assert!(made.expect("coreutils").success());
    case.issue("https://ca.test/order/2", |_| {})
        .expect("installed");
    assert!(key.metadata().expect("there").is_file());
}

#[test]
fn what_is_installed_and_has_ended_since_is_no_error() {
    let case = Case::new();
    let entry = case.entry("https://ca.test/order/1");
    let key = entry.key(KeyType::EC256).expect("a key");
    let chain = chain(&key, |_| {});
    entry
        .install(&held(&key), &chain, &record(), now())
        .expect("installed");
    let later = now() + Duration::from_secs(20 * 365 * 86_400);
    let notes = entry
        .install(&held(&key), &chain, &record(), later)
        .expect("nothing to do");
    assert!(matches!(notes[..], [Note::NotValid { .. }]), "{notes:?}");
}

impl Case {
    /// As [`Case::serial`], where there may be no key.
    fn serial_of_chain(&self) -> String {
        let text = fs::read(self.path("a.example.com/fullchain.pem")).expect("there");
        Chain::from_pem(&text).expect("a chain").leaf().serial_hex()
    }
}

#[test]
fn a_look_tells_what_is_there_and_what_is_wrong_with_it() {
    let case = Case::new();
    let look = || case.store.look(NAME).expect("nobody else can change it");
    let fingerprint = || case.store.fingerprint(NAME).expect("a good name");
    assert_eq!(look().health, Health::New);
    assert_eq!(fingerprint(), None);
    case.issue("https://ca.test/order/1", |_| {})
        .expect("installed");
    let found = look();
    assert_eq!(found.health, Health::Good);
    assert_eq!(found.key_type, Some(KeyType::EC256));
    assert_eq!(found.record, Some(installed_record()));
    assert_eq!(found.installed, Some(now()));
    let good = fingerprint();
    assert_eq!(fingerprint(), good);

    let key = case.path("a.example.com/privkey.pem");
    let text = fs::read(&key).expect("there");
    fs::write(&key, "").expect("written");
    assert_ne!(fingerprint(), good);
    let damaged = |file: &str, why: &str| Health::Damaged {
        file: file.into(),
        why: why.into(),
    };
    assert_eq!(look().health, damaged("privkey.pem", "is empty"));
    fs::write(&key, text).expect("written");
    assert_eq!(look().health, Health::Good);
    assert_ne!(fingerprint(), good);

    fs::remove_file(case.path("a.example.com/chain.pem")).expect("there");
    assert_eq!(look().health, damaged("chain.pem", "is missing"));
    let record = case.path("a.example.com/order.json");
    fs::write(&record, "{}").expect("written");
    let fault = look().record_fault.expect("damaged");
    assert!(fault.contains("missing field"), "{fault}");

    let mut mkfifo = std::process::Command::new("mkfifo");
    let made = mkfifo.arg(case.path("a.example.com/chain.pem")).status();
    assert!(made.expect("coreutils").success());
    assert_eq!(
        look().health,
        damaged("chain.pem", "cannot be read: not a regular file")
    );
    fs::remove_dir_all(case.path(".versions/a.example.com")).expect("ours");
    assert_eq!(look().health, damaged(NAME, "is a link that leads nowhere"));
    fs::write(case.path(".versions/file"), "").expect("written");
    fs::remove_file(case.path(NAME)).expect("a link");
    std::os::unix::fs::symlink(".versions/file", case.path(NAME)).expect("linked");
    assert_eq!(look().health, damaged(NAME, "does not lead to a directory"));
}

#[test]
fn a_look_refuses_what_others_can_change_and_what_is_no_link() {
    let case = Case::new();
    case.issue("https://ca.test/order/1", |_| {})
        .expect("installed");
    let record = case.path("a.example.com/order.json");
    set_mode(&record, 0o666);
    let look = case.store.look(NAME).expect("its directories are safe");
    let fault = look.record_fault.expect("open to all");
    assert!(fault.contains("say `chmod go-w "), "{fault}");
    assert_eq!((look.health, look.record), (Health::Good, None));
    set_mode(&case.path(".versions"), 0o770);
    let refused = case.store.look(NAME).expect_err("open to a group");
    assert!(refused.to_string().contains("say `chmod g-w "), "{refused}");
    set_mode(&case.path(".versions"), 0o700);
    fs::remove_file(case.path(NAME)).expect("a link");
    fs::create_dir(case.path(NAME)).expect("made");
    let refused = case.store.look(NAME).expect_err("a directory");
    assert_eq!(refused, Error::Occupied(case.path(NAME)));
}

#[test]
fn certificates_are_told_apart_from_what_lies_beside_them() {
    let case = Case::new();
    assert_eq!(case.store.names(), Ok(Vec::new()));
    case.issue("https://ca.test/order/1", |_| {})
        .expect("installed");
    for file in ["a.example.com.crt", "a.example.com.json"] {
        fs::write(case.path(file), "lego's").expect("written");
    }
    fs::create_dir(case.path("notes")).expect("made");
    fs::create_dir(case.path("copy")).expect("made");
    fs::write(case.path("copy/fullchain.pem"), "").expect("written");
    std::os::unix::fs::symlink(".versions/gone/1", case.path("gone")).expect("linked");
    std::os::unix::fs::symlink("a.example.com.crt", case.path("www.crt")).expect("linked");
    fs::create_dir(case.path("lost+found")).expect("made");
    let names = case.store.names().expect("readable");
    assert_eq!(names, [NAME, "copy", "gone", "notes"]);
}

#[test]
fn the_state_can_be_written_while_either_lock_is_held() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let store = Store::new(dir.path());
    let _work = store.lock_state("a.test").expect("free");
    // The other lock does not wait for it.
    let _change = store.lock_change("a.test").expect("free");
    store.set_state("a.test", "x.json", b"1").expect("written");
    store
        .set_cached_state("a.test", "x.json", b"2")
        .expect("written");
    assert_eq!(store.state("a.test", "x.json"), Ok(Some(b"2".to_vec())));
}

#[test]
fn what_is_in_a_certificate_s_place_is_named_and_neither_used_nor_replaced() {
    let case = Case::new();
    fs::create_dir_all(case.path(".versions/file")).expect("made");
    fs::create_dir_all(case.path(".state/other")).expect("made");
    for file in ["file", "other"] {
        fs::write(case.path(file), "").expect("written");
    }
    fs::create_dir(case.path("empty")).expect("made");
    fs::create_dir(case.path("back\\slash")).expect("made");
    fs::write(case.path("back\\slash.crt"), "lego's").expect("written");
    for (link, target) in [("circle", "circle"), ("etc", "/etc"), ("nowhere", "gone")] {
        std::os::unix::fs::symlink(target, case.path(link)).expect("linked");
    }
    let names = case.store.all_names().expect("readable");
    let certificates = ["circle", "empty", "etc", "file", "nowhere", "other"];
    assert_eq!(names.certificates, certificates);
    assert_eq!(names.unusable, ["back\\slash"]);
    set_mode(&case.path(""), 0o700);
    for name in certificates {
        let occupied = Error::Occupied(case.path(name));
        assert_eq!(case.store.version(name), Ok(None));
        assert_eq!(case.store.look(name), Err(occupied.clone()), "{name}");
        let entry = case.store.entry(name, "https://ca.test/order/1");
        assert_eq!(entry.expect_err("it is taken"), occupied);
    }
}

#[test]
fn what_was_never_installed_differs_from_a_certificate_whose_link_was_removed() {
    let case = Case::new();
    case.issue("https://ca.test/order/1", |_| {})
        .expect("installed");
    fs::create_dir_all(case.path(".versions/tried.example.com")).expect("made");
    for name in [NAME, "tried.example.com"] {
        let set = case.store.set_state(name, "outcome.json", b"{}");
        assert_eq!(set, Ok(()));
    }
    assert_eq!(case.store.names(), Ok(vec![NAME.to_owned()]));
    fs::remove_file(case.path(NAME)).expect("a link");
    assert_eq!(case.store.names(), Ok(Vec::new()));
    let without = case.store.names_without_certificate();
    assert_eq!(without, Ok(vec!["tried.example.com".to_owned()]));
    let with = case.store.names_with_versions().expect("readable");
    assert!(with.contains(&NAME.to_owned()), "{with:?}");
}
