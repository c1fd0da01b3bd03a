//! What cannot be taken, and why: each stands beside one that is taken all the same.

use std::fs;
use std::os::unix::fs::symlink;

use workshop::{Workshop, run};

use super::folders::{Folder, pair};
use super::{SERVER, import, outcomes};

#[test]
fn what_cannot_be_taken_is_said_with_why_and_the_rest_is_taken() {
    type Case = (&'static str, fn(&Folder), &'static str, &'static str);
    let cases: [Case; 11] = [
        (
            "the key of another",
            |folder| drop(folder.file("certificates/b.test.key", pair(&["b.test"], 1).key)),
            "acmepipe:certificate:key",
            "b.test.key is the key of another certificate",
        ),
        (
            "no key",
            |folder| fs::remove_file(folder.path.join("certificates/b.test.key")).unwrap(),
            "acmepipe:import",
            "it has no key",
        ),
        (
            "a key that is none",
            |folder| drop(folder.file("certificates/b.test.key", "no key")),
            "acmepipe:certificate:key",
            "b.test.key holds no private key",
        ),
        (
            "a certificate that is none",
            |folder| drop(folder.file("certificates/b.test.crt", "$(reboot)")),
            "acmepipe:import",
            "b.test.crt holds something else than certificates in PEM",
        ),
        (
            "an empty file",
            |folder| drop(folder.file("certificates/b.test.crt", "\n")),
            "acmepipe:import",
            "b.test.crt is empty",
        ),
        (
            "a file that is too large",
            |folder| drop(folder.file("certificates/b.test.crt", vec![b'x'; 300 * 1024])),
            "acmepipe:import",
            "larger than 262144 bytes",
        ),
        (
            "expired",
            |folder| folder.lego_certificate("b.test", &pair(&["b.test"], 100)),
            "acmepipe:import",
            "it has expired, at ",
        ),
        (
            "no name of the DNS",
            |folder| folder.lego_certificate("b.test", &pair(&[], 1)),
            "acmepipe:import",
            "for no name of the DNS",
        ),
        (
            "an address",
            |folder| folder.lego_certificate("b.test", &pair(&["b.test", "192.0.2.1"], 1)),
            "acmepipe:import",
            "which dns-01 cannot prove",
        ),
        (
            "a CA that has no account there",
            |folder| {
                let noted = r#"{"domain": "b.test", "certUrl": "https://other.test/1"}"#;
                folder.file("certificates/b.test.json", noted);
            },
            "acmepipe:import",
            "say with --server which CA has https://other.test/1",
        ),
        (
            "notes that are none",
            |folder| {
                folder.lego_account("you@x.test");
                folder.file("certificates/b.test.json", "[");
            },
            "acmepipe:import",
            "its account at https://ca.test/directory is not in the folder",
        ),
    ];
    for (what, change, kind, says) in cases {
        let workshop = Workshop::open();
        let folder = Folder::lego(&workshop);
        folder.lego_certificate("a.test", &pair(&["a.test"], 1));
        folder.lego_certificate("b.test", &pair(&["b.test"], 1));
        change(&folder);
        let ended = import(&workshop, &[SERVER, ".lego"]);
        ended.assert_status(1);
        let outcomes = outcomes(&ended);
        assert_eq!(
            (&*outcomes["a.test"], &*outcomes["b.test"]),
            ("taken", kind),
            "{what}"
        );
        assert!(ended.stderr.contains(says), "{what}: {}", ended.stderr);
        assert!(!workshop.dir().join("data/certificates/b.test").exists());
    }
}

#[test]
fn a_ca_that_nobody_names_is_asked_for() {
    let workshop = Workshop::open();
    let folder = Folder::lego(&workshop);
    folder.lego_certificate("a.test", &pair(&["a.test"], 1));
    let ended = import(&workshop, &[".lego"]);
    ended.assert_status(1);
    let says = "say with --server which CA has https://ca.test/account/me@x.test";
    assert!(ended.stderr.contains(says), "{}", ended.stderr);
    assert!(!workshop.dir().join("data/accounts").exists());
}

#[test]
fn another_certificate_or_account_in_its_place_stays() {
    let workshop = Workshop::open();
    let folder = Folder::lego(&workshop);
    folder.lego_certificate("a.test", &pair(&["a.test"], 1));
    import(&workshop, &[SERVER, ".lego"]).success();
    // The same name for something else.
    folder.lego_certificate("a.test", &pair(&["other.test"], 0));
    let ended = import(&workshop, &[SERVER, ".lego"]);
    ended.assert_status(1);
    let says = "another certificate is kept as a.test, for a.test";
    assert!(ended.stderr.contains(says), "{}", ended.stderr);
    // Another key for the same address.
    fs::remove_dir_all(&folder.path).unwrap();
    let folder = Folder::lego(&workshop);
    folder.lego_certificate("b.test", &pair(&["b.test"], 1));
    let account = r#"{"email": "me@x.test", "registration": {"uri": "https://ca.test/account/2"}}"#;
    folder.file("accounts/ca.test/me@x.test/account.json", account);
    let ended = import(&workshop, &[SERVER, ".lego"]);
    ended.assert_status(1);
    assert!(
        ended
            .stderr
            .contains("another account of me@x.test has its key in"),
        "{}",
        ended.stderr
    );
    let hint = " --server https://ca.test/directory --email ADDRESS";
    assert!(ended.stderr.contains(hint), "{}", ended.stderr);
}

#[test]
fn a_folder_of_nobody_is_refused_before_anything_is_done() {
    let workshop = Workshop::open();
    let folder = Folder::lego(&workshop);
    folder.lego_certificate("a.test", &pair(&["a.test"], 1));
    fs::create_dir(workshop.dir().join("empty")).unwrap();
    for (operand, says) in [
        (
            "empty",
            "is no folder of lego, certbot, acme.sh, uacme or dehydrated",
        ),
        ("missing", "No such file"),
        ("", "a FOLDER is an empty word"),
        (".lego/certificates/a.test.crt", "is no folder"),
    ] {
        let ended = import(&workshop, &[SERVER, ".lego", operand]);
        ended.assert_status(2);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
        assert!(!workshop.dir().join("data").exists());
    }
}

#[test]
fn an_output_that_can_be_no_file_is_refused_before_anything_is_done() {
    let workshop = Workshop::open();
    let folder = Folder::lego(&workshop);
    folder.lego_certificate("a.test", &pair(&["a.test"], 1));
    symlink("nowhere", workshop.dir().join("link")).unwrap();
    for (output, says) in [
        (".", "this is a directory, name a file in it"),
        ("link", "this is a link that leads nowhere"),
        ("/dev/full", "this is no regular file"),
        ("none/acmepipe.toml", "there is no such directory"),
        ("/", "this names no file"),
    ] {
        let ended = import(&workshop, &[SERVER, "--output", output, ".lego"]);
        ended.assert_status(2);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
        assert!(!workshop.dir().join("data").exists());
    }
}

#[test]
fn of_two_accounts_without_an_address_the_second_is_said_and_kept_under_an_address() {
    let workshop = Workshop::open();
    let folder = Folder::certbot(&workshop);
    let account = |id: &str, key: Option<String>| {
        let dir = format!("accounts/ca.test/directory/{id}");
        let regr = format!(r#"{{"body": {{}}, "uri": "https://ca.test/account/{id}"}}"#);
        folder.file(&format!("{dir}/regr.json"), regr);
        if let Some(key) = key {
            folder.file(&format!("{dir}/private_key.json"), key);
        }
    };
    // Those of RFC 7515, appendix A.3, and of RFC 7517, appendix A.2.
    let second = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}"#;
    account("0123", None);
    account("4567", Some(second.to_owned()));
    folder.certbot_certificate("a.test", &pair(&["a.test"], 1), "");
    folder.certbot_certificate("b.test", &pair(&["b.test"], 1), "");
    let conf = folder.path.join("renewal/b.test.conf");
    let other = fs::read_to_string(&conf).unwrap().replace("0123", "4567");
    fs::write(&conf, other).unwrap();
    for words in [
        &["-n", "letsencrypt"][..],
        &["letsencrypt"],
        &["letsencrypt"],
    ] {
        let ended = import(&workshop, words);
        ended.assert_status(1);
        assert_eq!(outcomes(&ended)["b.test"], "acmepipe:import");
        let says = "another account without an address has its key in";
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
        let mut documents = ended.documents().into_iter();
        let first = documents.find(|one| one["name"] == "a.test").unwrap();
        assert_eq!(first["account"]["url"], "https://ca.test/account/0123");
    }
    // As `acme-account import` would, which asks the CA.
    let kept = workshop
        .dir()
        .join("data/accounts/ca.test_directory/b@x.test");
    fs::create_dir(&kept).unwrap();
    let key = folder
        .path
        .join("accounts/ca.test/directory/4567/private_key.json");
    fs::copy(key, kept.join("account.key")).unwrap();
    let ended = import(&workshop, &["letsencrypt"]).success();
    let mut documents = ended.documents().into_iter();
    let second = documents.find(|one| one["name"] == "b.test").unwrap();
    assert_eq!(second["account"]["url"], "https://ca.test/account/4567");
    assert_eq!(second["options"]["email"], "b@x.test");
}

#[test]
fn nothing_that_stands_in_a_folder_is_run() {
    let workshop = Workshop::open();
    let ran = workshop.dir().join("ran");
    let run_it = format!("$(touch {0}) `touch {0}`; touch {0}", ran.display());
    let conf = format!("SAVED_CF_Token='{run_it}'\nX=\"{run_it}\"\n{run_it}\n");
    let folder = Folder::acme_sh(&workshop, &conf);
    let own =
        format!("Le_Webroot='dns_cf'\nLe_ReloadCmd='{run_it}'\nLe_Alt='{run_it}'\n{run_it}\n");
    folder.acme_sh_certificate("a.test_ecc", "a.test", &pair(&["a.test"], 1), &own);
    let certbot = Folder::certbot(&workshop);
    let own =
        format!("authenticator = manual\nmanual_auth_hook = {run_it}\nrenew_hook = {run_it}\n");
    certbot.certbot_certificate("b.test", &pair(&["b.test"], 1), &own);
    // Both have the same address, so that of certbot is for another.
    let regr = r#"{"body": {}, "uri": "https://ca.test/account/2"}"#;
    certbot.file("accounts/ca.test/directory/0123/regr.json", regr);
    let ended = import(&workshop, &[".acme.sh", "letsencrypt"]).success();
    assert_eq!(outcomes(&ended).len(), 2);
    let config = workshop.dir().join("data/acmepipe.toml");
    let mut list = workshop.command("acme-list");
    list.arg("--config").arg(&config);
    run(list, "").success();
    let text = fs::read_to_string(config).unwrap();
    assert!(!text.contains("\ndeploy-hook"), "{text}");
    assert!(!ran.exists());
}
