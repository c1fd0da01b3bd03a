//! What changes an account, and what ends it.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use workshop::{Reply, run};

use super::shop::Shop;

#[test]
fn an_account_with_other_addresses_is_found_by_all_of_them() {
    let shop = Shop::open();
    let before = shop.account("register -m old@x.test").success().document();
    let order = |email: &str| {
        let line = format!("-d a.example.test -m {email}");
        run(shop.command("acme-order", &line), "").success()
    };
    let document = order("old@x.test").stdout;
    let updated = shop.account("update -m old@x.test --new-email new@x.test,too@x.test");
    let updated = updated.success().document();
    let contact = json!(["mailto:new@x.test", "mailto:too@x.test"]);
    assert_eq!(updated["contact"], contact);
    assert_eq!(updated["url"], before["url"]);
    for email in ["new@x.test", "old@x.test"] {
        let shown = shop
            .account(&format!("show -m {email}"))
            .success()
            .document();
        assert_eq!(shown["url"], before["url"]);
        assert_eq!(shown["thumbprint"], before["thumbprint"]);
        assert!(!order(email).stderr.contains("further"));
    }
    // Documents from before name the old path, which is still good.
    let old: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert!(fs::exists(old["account"]["key"].as_str().unwrap()).unwrap());
    run(shop.command("acme-validate", ""), document).success();
    assert_eq!(shop.accounts.all().len(), 1);
    let none = shop.account("update -m new@x.test --no-email").success();
    assert_eq!(none.document()["contact"], json!([]));
    shop.account("show").success();
    // And back.
    let back = shop.account("update --new-email old@x.test").success();
    assert_eq!(back.document()["contact"], json!(["mailto:old@x.test"]));
    assert_eq!(shop.accounts.all().len(), 1);
}

#[test]
fn who_looks_for_another_address_is_told_the_one_that_an_account_has_now() {
    let shop = Shop::open();
    shop.account("register -m old@x.test").success();
    shop.account("update -m old@x.test --new-email new@x.test")
        .success();
    let missed = shop.account("show -m New@x.test");
    missed.assert_status(1);
    let says = "There is one with --email new@x.test.";
    assert!(missed.stderr.contains(says), "{missed:?}");
    let further = shop.account("register -m other@x.test").success();
    let says = "update -m new@x.test --new-email other@x.test";
    assert!(further.stderr.contains(says), "{further:?}");
}

#[test]
fn an_address_of_another_account_is_not_taken() {
    let shop = Shop::open();
    shop.account("register -m one@x.test").success();
    shop.account("register -m two@x.test").success();
    let refused = shop.account("update -m one@x.test --new-email two@x.test");
    refused.assert_status(1);
    assert!(
        refused
            .stderr
            .contains("another account is kept for two@x.test"),
        "{refused:?}"
    );
    let contact = json!(["mailto:one@x.test"]);
    assert_eq!(shop.accounts.all()[0].contact, contact);
    for line in [
        "update",
        "update --new-email",
        "update --new-email a@x.test --no-email",
        "update --no-email x",
    ] {
        shop.account(line).assert_status(2);
    }
}

#[test]
fn a_further_account_is_registered_with_a_word_about_it() {
    let shop = Shop::open();
    shop.account("register -m one@x.test").success();
    let line = "-d a.example.test -m two@x.test";
    let order = run(shop.command("acme-order", line), "").success();
    let says = "acme-account update -m one@x.test --new-email two@x.test";
    assert!(order.stderr.contains(says), "{order:?}");
    let again = run(shop.command("acme-order", line), "").success();
    assert!(!again.stderr.contains("further"), "{again:?}");
}

#[test]
fn an_account_that_is_ended_is_moved_aside_and_another_takes_its_place_on_request() {
    let shop = Shop::open();
    shop.account("register -m me@x.test").success();
    shop.account("deactivate -m me@x.test").assert_status(2);
    assert_eq!(shop.accounts.all()[0].status, "valid");
    let place = shop.place("me@x.test");
    let key = fs::read(place.join("account.key")).unwrap();
    let ended = shop.account("deactivate -m me@x.test --yes").success();
    assert_eq!(shop.accounts.all()[0].status, "deactivated");
    assert!(!place.exists());
    let aside = ended.stderr.lines().find_map(|line| {
        let (_, rest) = line.split_once("its files are in ")?;
        rest.strip_suffix(" now")
    });
    let aside = std::path::Path::new(aside.unwrap());
    assert_eq!(fs::read(aside.join("account.key")).unwrap(), key);
    assert_eq!(shop.account("list --json").success().stdout, "");

    // Somebody put it back, or it was ended elsewhere.
    fs::rename(aside, &place).unwrap();
    let order = run(
        shop.command("acme-order", "-d a.example.test -m me@x.test"),
        "",
    );
    // The false CA takes orders from anybody.
    order.assert_status(0);
    for command in ["show", "register", "update --no-email", "rollover"] {
        let ended = shop.account(&format!("{command} -m me@x.test"));
        ended.assert_status(1);
        assert!(ended.stderr.contains("register --anew"), "{ended:?}");
    }
    shop.account("deactivate -y -m me@x.test").success();
    fs::rename(aside, &place).ok();
    let anew = shop.account("register --anew -m me@x.test").success();
    assert_eq!(anew.document()["url"], shop.url(1));
    assert_ne!(fs::read(place.join("account.key")).unwrap(), key);
}

#[test]
fn an_account_that_the_ca_has_lost_is_registered_anew_on_request_alone() {
    let shop = Shop::open();
    shop.account("register").success();
    shop.accounts.all().clear();
    let key = shop.place("default").join("account.key");
    let before = fs::read(&key).unwrap();
    for command in ["show", "register"] {
        let lost = shop.account(command);
        lost.assert_status(1);
        assert!(lost.stderr.contains("register --anew"), "{lost:?}");
    }
    assert_eq!(shop.accounts.all().len(), 0);
    shop.account("register --anew").success();
    assert_ne!(fs::read(&key).unwrap(), before);
    // There is nothing to do twice.
    let after = fs::read(&key).unwrap();
    shop.account("register --anew").success();
    assert_eq!(fs::read(&key).unwrap(), after);
    assert_eq!(shop.accounts.all().len(), 1);
}

#[test]
fn a_key_that_is_not_that_of_the_account_is_explained() {
    let shop = Shop::open();
    shop.account("register -m one@x.test").success();
    shop.account("register -m two@x.test").success();
    let (one, two) = (shop.place("one@x.test"), shop.place("two@x.test"));
    fs::copy(two.join("account.key"), one.join("account.key")).unwrap();
    let shown = shop.account("show -m one@x.test");
    shown.assert_status(1);
    let says = format!("the CA knows it as that of {}", shop.url(1));
    assert!(shown.stderr.contains(&says), "{shown:?}");
    let order = shop.account("update -m one@x.test --no-email");
    order.assert_status(1);
    let registered = shop.account("register -m one@x.test").success();
    assert_eq!(registered.document()["url"], shop.url(1));
    shop.account("show -m one@x.test").success();
    // A key that the CA knows nothing of.
    shop.account("register -m three@x.test").success();
    shop.accounts.all().truncate(2);
    let three = shop.place("three@x.test");
    fs::copy(three.join("account.key"), two.join("account.key")).unwrap();
    let shown = shop.account("show -m two@x.test");
    shown.assert_status(1);
    assert!(shown.stderr.contains("has no account for it"), "{shown:?}");
    assert!(shown.stderr.contains("register --anew"), "{shown:?}");
}

#[test]
fn on_a_terminal_it_is_asked_whether_to_end_an_account() {
    let shop = Shop::open();
    shop.account("register").success();
    let variables = format!(
        "LEGO_SERVER={}/directory LEGO_CA_CERTIFICATES={}",
        shop.ca.url(),
        shop.ca.root().display()
    );
    let line = format!("{variables} acme-account deactivate; echo status $?");
    let no_program = shop.workshop.dir().join("none");
    for (answer, status) in [("\n", "1"), ("y\n", "0")] {
        assert_eq!(shop.accounts.all()[0].status, "valid");
        let mut terminal = shop.workshop.in_terminal(&no_program, &line);
        terminal.wait_for("That cannot be undone. [y/N] ");
        terminal.type_in(answer);
        terminal.wait_for(&format!("status {status}"));
    }
    assert_eq!(shop.accounts.all()[0].status, "deactivated");
}

#[test]
fn a_key_of_a_kind_that_the_ca_does_not_take_does_not_stand_in_the_way_of_another() {
    for line in ["register -k EC384", "register --key other.pem"] {
        let asked_before = AtomicBool::new(false);
        let shop = Shop::with(move |asked, _| {
            let is_first = asked.path == "/account" && !asked_before.swap(true, Ordering::Relaxed);
            is_first.then(|| Reply::problem(400, "badSignatureAlgorithm", "not this kind"))
        });
        let make = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out other.pem";
        run(shop.command("openssl", make), "").success();
        let refused = shop.account(line);
        refused.assert_status(1);
        assert!(refused.stderr.contains("--key-type"), "{refused:?}");
        assert!(!shop.place("default").exists(), "{line}");
        let registered = shop.account("register").success().document();
        assert_eq!(registered["key_type"], "EC256");
    }
}
