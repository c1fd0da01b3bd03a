use super::*;
use crate::pfx::{Pfx, PfxFormat};
use crate::request::{Wishes, request};
use crate::signing_request::SigningRequest;
use crate::store::{Outputs, Ownership};

impl Case {
    /// Installs a certificate for an order, with these files beside the four.
    fn with_outputs(&self, order: &str, outputs: Outputs) {
        let entry = self.entry(order);
        let key = entry.key(KeyType::EC256).expect("a key");
        let mut record = record();
        record.outputs = outputs;
        let notes = entry.install(&held(&key), &chain(&key, |_| {}), &record, now());
        assert_eq!(notes, Ok(Vec::new()));
    }

    /// Installs a certificate whose key is elsewhere.
    fn elsewhere(&self, order: &str) -> PrivateKey {
        let key = PrivateKey::generate(KeyType::EC384).expect("a key");
        let der = request(&key, [NAME], Wishes::default()).expect("a request");
        let request = SigningRequest::parse(&der).expect("our own");
        let entry = self.entry(order);
        let chain = chain(&key, |_| {});
        let holder = entry
            .holder_for(&chain, Some(request))
            .expect("of the request");
        let notes = entry.install(&holder, &chain, &record(), now());
        assert_eq!(notes, Ok(Vec::new()));
        key
    }

    fn has(&self, below: &str) -> bool {
        self.path(below).exists()
    }
}

fn all() -> Outputs {
    Outputs {
        pem: true,
        pfx: Some(Pfx {
            password: "secret".into(),
            format: PfxFormat::Sha256,
        }),
        lego: true,
        no_bundle: false,
    }
}

#[test]
fn one_file_with_all_is_there_only_where_it_is_wished_and_nobody_else_reads_it() {
    let case = Case::new();
    case.with_outputs("https://ca.test/order/1", Outputs::default());
    let files = case.store.files(NAME).expect("a good name");
    assert_eq!((files.combined, files.pfx), (None, None));
    assert!(!case.has(&format!("{NAME}.crt")));

    case.with_outputs("https://ca.test/order/2", all());
    let files = case.store.files(NAME).expect("a good name");
    let read = |path: PathBuf| fs::read(path).expect("readable");
    let combined = read(files.combined.clone().expect("wished for"));
    let expected = [read(files.full_chain), read(files.key.expect("ours"))].concat();
    assert_eq!(combined, expected);
    let lego = |ending: &str| case.path(&format!("{NAME}{ending}"));
    let secret = [
        files.combined.expect("wished for"),
        files.pfx.expect("wished for"),
        lego(".key"),
        lego(".pem"),
        lego(".pfx"),
    ];
    for path in secret {
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
    assert_eq!(read(lego(".pem")), combined);
    assert_eq!(case.store.names(), Ok(vec![NAME.to_owned()]));
    assert_eq!(case.entry("https://ca.test/order/3").outputs(), all());
}

#[test]
fn legos_files_take_the_place_of_no_other_certificate() {
    let case = Case::new();
    case.with_outputs("https://ca.test/order/1", Outputs::default());
    for (ending, says) in [(".crt", "a certificate of this name"), (".key", "no file")] {
        let path = case.path(&format!("{NAME}{ending}"));
        match ending {
            ".crt" => std::os::unix::fs::symlink("elsewhere", &path).expect("a link"),
            _ => fs::create_dir(&path).expect("a directory"),
        }
        let entry = case.entry("https://ca.test/order/2");
        let key = entry.key(KeyType::EC256).expect("a key");
        let mut record = record();
        record.outputs = all();
        let error = entry.install(&held(&key), &chain(&key, |_| {}), &record, now());
        let error = error.expect_err("something is there");
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(entry.check(&all()), Err(error));
        assert_eq!(entry.check(&Outputs::default()), Ok(()));
        assert!(fs::symlink_metadata(&path).is_ok_and(|there| !there.is_file()));
        // Nothing of the new one is in place.
        assert_eq!(case.store.versions(NAME).expect("a good name").len(), 1);
        if ending == ".crt" {
            fs::remove_file(&path).expect("ours");
        }
    }
}

#[test]
fn a_name_that_is_too_long_for_legos_files_is_refused_before_there_is_a_certificate() {
    let case = Case::new();
    let name = "a".repeat(250);
    let entry = case.store.entry(&name, "https://ca.test/order/1");
    let entry = entry.expect("short enough for a directory");
    let refused = entry.check(&all()).expect_err("too long").to_string();
    assert!(refused.contains("too long"), "{refused}");
}

#[test]
fn a_certificate_is_in_place_only_once_legos_files_are_its_own() {
    let case = Case::new();
    case.with_outputs("https://ca.test/order/1", all());
    let read = |path: &str| fs::read_to_string(case.path(path)).expect("readable");
    let chain_file = format!("{NAME}/fullchain.pem");
    let before = read(&chain_file);
    assert_eq!(read(&format!("{NAME}.crt")), before);

    // With this in its way the link cannot be replaced: where a run ends here, the next one has to see what is missing.
    let obstacle = case.path(&format!(".versions/{NAME}/link"));
    fs::create_dir(&obstacle).expect("a directory");
    let entry = case.entry("https://ca.test/order/2");
    let key = entry.key(KeyType::EC256).expect("a key");
    let mut record = record();
    record.outputs = all();
    let next = chain(&key, |_| {});
    let installed = entry.install(&held(&key), &next, &record, now());
    assert!(installed.is_err());
    let [_, _, pem] = next.to_pems();
    assert_eq!(read(&chain_file), before);
    assert_eq!(read(&format!("{NAME}.crt")), pem);

    fs::remove_dir(&obstacle).expect("ours");
    let installed = entry.install(&held(&key), &next, &record, now());
    assert_eq!(installed, Ok(Vec::new()));
    assert_eq!(read(&chain_file), pem);
}

#[test]
fn legos_files_follow_a_version_that_is_put_back() {
    let case = Case::new();
    let read = |path: String| fs::read(case.path(&path)).expect("readable");
    let endings = [".key", ".pem", ".pfx", ".crt", ".issuer.crt", ".json"];
    let files = || endings.map(|ending| read(format!("{NAME}{ending}")));
    case.with_outputs("https://ca.test/order/1", all());
    let before = files();
    case.with_outputs("https://ca.test/order/2", all());
    assert!(files() != before);
    let versions = case.store.versions(NAME).expect("a good name");
    let old = versions.iter().find(|version| !version.is_in_use);
    let old = &old.expect("the one before").name;
    assert_eq!(case.store.restore(NAME, old, now()), Ok(Vec::new()));
    assert!(files() == before);
}

#[test]
fn a_name_that_is_too_long_for_legos_files_is_refused_with_nothing_in_place() {
    let case = Case::new();
    let name = "n".repeat(250);
    let entry = case
        .store
        .entry(&name, "https://ca.test/order/1")
        .expect("a good name");
    let key = entry.key(KeyType::EC256).expect("a key");
    let mut record = record();
    record.outputs = all();
    let installed = entry.install(&held(&key), &chain(&key, |_| {}), &record, now());
    let error = installed.expect_err("no file has such a name").to_string();
    assert!(error.contains("name too long"), "{error}");
    let left = fs::read_dir(case.path("")).expect("listed");
    let left = left.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    assert!(!left.into_iter().any(|one| one.starts_with(&name)));
}

#[test]
fn a_certificate_whose_key_is_elsewhere_is_as_good_as_any() {
    let case = Case::new();
    case.elsewhere("https://ca.test/order/1");
    let look = case.store.look(NAME).expect("a good name");
    assert_eq!(look.health, Health::Good);
    assert_eq!(look.key_type, Some(KeyType::EC384));
    let files = case.store.files(NAME).expect("a good name");
    assert_eq!(files.key, None);
    assert!(!case.has(&format!("{NAME}/privkey.pem")));
    let installed = case.store.installed(NAME).expect("a good name");
    assert!(installed.is_some_and(|installed| installed.is_good(now())));
    // The next one is for another key, and the one before stays whole.
    case.elsewhere("https://ca.test/order/2");
    let versions = case.store.versions(NAME).expect("a good name");
    assert_eq!(versions.len(), 2);
    assert!(
        versions
            .iter()
            .all(|version| version.look.health == Health::Good)
    );

    let outside = tempfile::tempdir().expect("a temporary directory");
    let to = outside.path().join("copies");
    let ownership = Ownership {
        owner: None,
        group: None,
        key_mode: 0o600,
    };
    case.store.copy(NAME, &to, ownership).expect("copied");
    assert!(case.store.has_copy(NAME, &to, ownership));
    assert!(!to.join(NAME).join("privkey.pem").exists());

    fs::write(case.path(&format!("{NAME}/request.pem")), "no").expect("ours");
    let look = case.store.look(NAME).expect("a good name");
    let Health::Damaged { file, .. } = look.health else {
        panic!("{:?}", look.health);
    };
    assert_eq!(file, "request.pem");
}

#[test]
fn the_copy_of_a_request_stands_in_for_one_that_is_gone() {
    let case = Case::new();
    let key = case.elsewhere("https://ca.test/order/1");
    let path = case.dir.path().join("request.pem");
    let said = || {
        let look = case.store.look(NAME).expect("a good name");
        look.record.and_then(|record| record.options.csr)
    };
    assert_eq!(said(), None);
    let der = request(&key, [NAME], Wishes::default()).expect("a request");
    fs::write(&path, &der).expect("ours");
    let request = SigningRequest::read(&path).expect("our own");
    let entry = case.entry("https://ca.test/order/2");
    let mut record = record();
    record.options.csr = Some(path.to_string_lossy().into_owned());
    let holder = Holder::Elsewhere(request);
    entry
        .install(&holder, &chain(&key, |_| {}), &record, now())
        .expect("installed");
    assert_eq!(said(), record.options.csr);
    fs::remove_file(&path).expect("ours");
    let kept = case.path(&format!("{NAME}/request.pem"));
    assert_eq!(said(), Some(kept.to_string_lossy().into_owned()));
}

#[test]
fn a_key_that_is_there_is_used_and_one_of_another_kind_is_not_kept() {
    let case = Case::new();
    let public = |key: &PrivateKey| key.subject_public_key_info().to_vec();
    let own = PrivateKey::generate(KeyType::EC256).expect("a key");
    let entry = case.entry("https://ca.test/order/1");
    entry.use_key(&own).expect("kept");
    let key = entry.key(KeyType::EC256).expect("a key");
    assert_eq!(public(&key), public(&own));
    entry
        .install(&held(&key), &chain(&key, |_| {}), &record(), now())
        .expect("installed");
    for (order, kind, is_same) in [
        ("https://ca.test/order/2", KeyType::EC256, true),
        ("https://ca.test/order/3", KeyType::EC384, false),
    ] {
        let entry = case.entry(order);
        entry.reuse_key(kind).expect("kept");
        let key = entry.key(kind).expect("a key");
        assert_eq!(key.key_type(), Some(kind));
        assert_eq!(public(&key) == public(&own), is_same);
    }
}

#[test]
fn a_key_that_was_to_be_used_again_is_forgotten_and_one_of_the_order_s_own_is_not() {
    let case = Case::new();
    let public = |key: &PrivateKey| key.subject_public_key_info().to_vec();
    case.issue("https://ca.test/order/1", |_| {})
        .expect("installed");
    let entry = case.entry("https://ca.test/order/2");
    entry.reuse_key(KeyType::EC256).expect("kept");
    let reused = public(&entry.key(KeyType::EC256).expect("a key"));
    entry.forget_reused_key().expect("forgotten");
    let own = public(&entry.key(KeyType::EC256).expect("a key"));
    assert_ne!(own, reused);
    entry.forget_reused_key().expect("nothing to forget");
    assert_eq!(public(&entry.key(KeyType::EC256).expect("a key")), own);
}
