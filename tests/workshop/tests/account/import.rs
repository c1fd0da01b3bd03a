//! Accounts of other clients.

use std::fs;
use std::path::PathBuf;

use serde_json::json;
use workshop::run;

use super::shop::Shop;

/// A key that openssl makes, in this form, whose account the CA has. Its URL comes back too.
fn known_key(shop: &Shop, form: &str) -> (PathBuf, String) {
    let dir = shop.workshop.dir();
    let lines = match form {
        "pkcs8" => "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem",
        "sec1" => "openssl ecparam -name prime256v1 -genkey -noout -out key.pem",
        "sec1 with parameters" => "openssl ecparam -name prime256v1 -genkey -out key.pem",
        other => panic!("{other}"),
    };
    let mut words = lines.split_whitespace();
    let program = words.next().unwrap();
    let line: Vec<&str> = words.collect();
    run(shop.command(program, &line.join(" ")), "").success();
    let key = dir.join("key.pem");
    // The CA gets to know it, as it would by another client.
    let line = format!(
        "register --key {} --path {}/elsewhere",
        key.display(),
        dir.display()
    );
    let url = shop.account(&line).success().document()["url"].clone();
    (key, url.as_str().unwrap().to_owned())
}

#[test]
fn a_key_is_imported_in_every_form_of_pem() {
    for form in ["pkcs8", "sec1", "sec1 with parameters"] {
        let shop = Shop::open();
        let (key, url) = known_key(&shop, form);
        let line = format!("import -m me@x.test {}", key.display());
        let imported = shop.account(&line).success().document();
        assert_eq!(imported["url"], url, "{form}");
        let shown = shop.account("show -m me@x.test").success().document();
        assert_eq!(shown, imported);
        // Again, it is there.
        shop.account(&line).success();
        assert_eq!(shop.accounts.all().len(), 1);
    }
}

#[test]
fn the_folder_of_acme_sh_tells_address_and_account() {
    let shop = Shop::open();
    let (key, url) = known_key(&shop, "sec1");
    let folder = shop.workshop.dir().join("acme.sh/ca/ca.test/directory");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(key, folder.join("account.key")).unwrap();
    let conf = format!("ACCOUNT_URL='{url}'\nCA_EMAIL='me@x.test'\n");
    fs::write(folder.join("ca.conf"), conf).unwrap();
    shop.account("import acme.sh").success();
    let shown = shop.account("show -m me@x.test").success().document();
    assert_eq!(shown["url"], url);
    // What is noted there may be old.
    fs::write(folder.join("ca.conf"), "ACCOUNT_URL='https://ca.test/7'\n").unwrap();
    let imported = shop.account("import acme.sh").success();
    assert!(
        imported.stderr.contains("https://ca.test/7"),
        "{imported:?}"
    );
    assert_eq!(imported.document()["url"], url);
}

#[test]
fn the_folder_of_lego_is_imported_for_the_address_that_it_has() {
    let shop = Shop::open();
    let (key, url) = known_key(&shop, "sec1");
    let folder = shop.workshop.dir().join(".lego/accounts/ca.test/me@x.test");
    fs::create_dir_all(folder.join("keys")).unwrap();
    fs::copy(key, folder.join("keys/me@x.test.key")).unwrap();
    let account =
        json!({"email": "me@x.test", "registration": {"body": {"status": "valid"}, "uri": url}});
    fs::write(folder.join("account.json"), account.to_string()).unwrap();
    shop.account("import .lego").success();
    let shown = shop.account("show -m me@x.test").success().document();
    assert_eq!(shown["url"], url);
}

#[test]
fn no_other_account_is_replaced_unless_somebody_says_so() {
    let shop = Shop::open();
    let (key, url) = known_key(&shop, "pkcs8");
    shop.account("register").success();
    let place = shop.place("default");
    let before = fs::read(place.join("account.key")).unwrap();
    let line = format!("import {}", key.display());
    let refused = shop.account(&line);
    refused.assert_status(1);
    assert!(refused.stderr.contains("--force"), "{refused:?}");
    assert_eq!(fs::read(place.join("account.key")).unwrap(), before);
    let forced = shop.account(&format!("{line} --force")).success();
    assert_eq!(forced.document()["url"], url);
    let archive = place.parent().unwrap().parent().unwrap().join(".archive");
    let found = run(
        shop.command("find", &format!("{} -name account.key", archive.display())),
        "",
    );
    let kept = fs::read(found.success().stdout.trim()).unwrap();
    assert_eq!(kept, before);
}

#[test]
fn an_account_that_is_kept_under_another_address_is_found_by_both_and_not_copied() {
    for command in ["import", "register --key"] {
        let shop = Shop::open();
        let (key, url) = known_key(&shop, "pkcs8");
        let import = format!("import -m old@x.test {}", key.display());
        shop.account(&import).success();
        let line = format!("{command} {} -m new@x.test", key.display());
        let linked = shop.account(&line).success();
        assert_eq!(linked.document()["url"], url);
        assert!(linked.stderr.contains("too from now on"), "{linked:?}");
        shop.account("rollover -m old@x.test").success();
        let shown = shop.account("show -m new@x.test").success();
        assert_eq!(shown.document()["url"], url);
        let kept = shop.account("list --json").success().document();
        assert_eq!(kept["found_by"], json!(["old@x.test", "new@x.test"]));
        assert_eq!(shop.accounts.all().len(), 1);
    }
}

#[test]
fn a_key_without_an_account_is_not_imported() {
    let shop = Shop::open();
    let (key, _) = known_key(&shop, "pkcs8");
    shop.accounts.all().clear();
    let line = format!("import {}", key.display());
    let refused = shop.account(&line);
    refused.assert_status(1);
    assert!(refused.stderr.contains("register --key"), "{refused:?}");
    assert!(!refused.stderr.contains("--anew"), "{refused:?}");
    assert_eq!(shop.account("list --json").success().stdout, "");
    fs::create_dir(shop.workshop.dir().join("empty")).unwrap();
    for wrong in [
        "import",
        "import missing",
        "import key.pem key.pem",
        "import empty",
    ] {
        shop.account(wrong).assert_status(2);
    }
}
