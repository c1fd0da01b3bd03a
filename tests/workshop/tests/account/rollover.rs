//! Another key for the same account, also where that is interrupted.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use workshop::{Ended, Reply, run};

use super::shop::Shop;

/// Where a change of keys is killed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Point {
    /// The new key is written, and the CA was not asked.
    BeforeTheRequest,
    /// The CA has the request, and does nothing.
    BeforeTheChange,
    /// The CA has made the change, and its reply does not come. What is on disk is what it is between the reply and the
    /// moment when the new key gets its place.
    AfterTheChange,
}

/// A shop in which a change of keys was killed at this point.
fn killed(point: Point) -> Shop {
    let (arrive, arrived) = channel();
    let (go_on, wait) = channel::<()>();
    let (arrive, wait) = (Mutex::new(arrive), Mutex::new(wait));
    let armed = Arc::new(AtomicBool::new(false));
    let is_armed = armed.clone();
    let has_looked = AtomicBool::new(false);
    let shop = Shop::with(move |asked, accounts| {
        let place = match point {
            Point::BeforeTheRequest => "/nonce",
            _ => "/key-change",
        };
        if point == Point::BeforeTheRequest
            && asked.path == "/account/0"
            && is_armed.load(Ordering::SeqCst)
        {
            // It looks before it writes the key, and has to fetch a nonce for what comes then.
            has_looked.store(true, Ordering::SeqCst);
            return accounts
                .reply(asked)
                .map(|reply| reply.header("Replay-Nonce", ""));
        }
        let is_time = point != Point::BeforeTheRequest || has_looked.load(Ordering::SeqCst);
        if asked.path != place || !is_time || !is_armed.swap(false, Ordering::SeqCst) {
            return None;
        }
        let reply = (point == Point::AfterTheChange).then(|| accounts.reply(asked).unwrap());
        arrive.lock().unwrap().send(()).unwrap();
        // Until the program is dead; then nobody reads this.
        wait.lock().unwrap().recv().unwrap();
        reply.or_else(|| Some(Reply::problem(500, "serverInternal", "too late")))
    });
    shop.account("register").success();
    armed.store(true, Ordering::SeqCst);
    let mut command = shop.command("acme-account", "rollover");
    for stream in [Command::stdin, Command::stdout, Command::stderr] {
        stream(&mut command, Stdio::null());
    }
    let mut child = command.spawn().unwrap();
    arrived.recv().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    go_on.send(()).unwrap();
    shop
}

type Command = std::process::Command;

/// Both keys of the account, as far as they are there.
fn keys(shop: &Shop) -> [Option<String>; 2] {
    let place = shop.place("default");
    ["account.key", "account.key.new"].map(|name| fs::read_to_string(place.join(name)).ok())
}

fn order(shop: &Shop) -> Ended {
    run(shop.command("acme-order", "-d a.example.test"), "").success()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn an_account_gets_another_key_and_the_old_one_is_gone() {
    let shop = Shop::open();
    let before = shop.account("register").success().document();
    let [old, none] = keys(&shop);
    assert_eq!(none, None);
    let after = shop.account("rollover").success().document();
    let [new, none] = keys(&shop);
    assert_eq!((old != new, none), (true, None));
    assert_eq!(after["url"], before["url"]);
    assert_ne!(after["thumbprint"], before["thumbprint"]);
    assert_eq!(mode(&shop.place("default").join("account.key")), 0o600);
    shop.account("show").success();
    order(&shop);
}

#[test]
fn a_change_that_was_killed_before_the_ca_made_it_is_made_by_the_next_rollover() {
    for point in [Point::BeforeTheRequest, Point::BeforeTheChange] {
        let shop = killed(point);
        let [old, new] = keys(&shop);
        assert!(old.is_some() && new.is_some(), "{point:?}");
        assert_eq!(mode(&shop.place("default").join("account.key.new")), 0o600);
        // Every program goes on with the old key, and says how it stands.
        let ordered = order(&shop);
        assert!(
            ordered.stderr.contains("`acme-account rollover` makes it"),
            "{ordered:?}"
        );
        shop.account("show").success();
        assert_eq!(keys(&shop), [old, new.clone()], "{point:?}");
        shop.account("rollover").success();
        assert_eq!(keys(&shop), [new, None], "{point:?}");
        let quiet = shop.account("show").success();
        assert_eq!(quiet.stderr, "", "{point:?}");
    }
}

#[test]
fn a_change_that_was_killed_after_the_ca_made_it_is_finished_by_whoever_needs_the_key() {
    for line in ["order", "show", "rollover"] {
        let shop = killed(Point::AfterTheChange);
        let [old, new] = keys(&shop);
        assert!(old.is_some() && new.is_some());
        let ended = match line {
            "order" => order(&shop),
            line => shop.account(line).success(),
        };
        assert!(
            ended.stderr.contains("the new key is now in its place"),
            "{line}: {ended:?}"
        );
        assert_eq!(keys(&shop), [new, None], "{line}");
        assert_eq!(shop.account("show").success().stderr, "");
    }
}

#[test]
fn a_program_that_writes_nothing_uses_the_new_key_from_where_it_is() {
    let shop = killed(Point::AfterTheChange);
    let before = keys(&shop);
    let key = shop.place("default").join("account.key");
    let document = serde_json::json!({
        "version": 1, "name": "a.example.test", "directory": format!("{}/directory", shop.ca.url()),
        "account": {"url": shop.url(0), "key": key}, "order": {"url": format!("{}/order", shop.ca.url())},
        "challenges": [{"url": format!("{}/challenge/0", shop.ca.url()), "status": "pending",
                        "authorization": format!("{}/authorization/0", shop.ca.url())}],
    });
    let ended = run(shop.command("acme-validate", ""), document.to_string());
    let used = shop
        .ca
        .asked()
        .into_iter()
        .rfind(|asked| asked.protected["kid"].is_string());
    assert!(
        used.unwrap().is_signed_by(&shop.accounts.all()[0].jwk),
        "{ended:?}"
    );
    // Where the kernel lets it, it has put the key in its place.
    if keys(&shop) == before {
        assert!(ended.stderr.contains("`acme-account show`"), "{ended:?}");
    }
    shop.account("show").success();
    assert_eq!(keys(&shop), [before[1].clone(), None]);
}

#[test]
fn a_reply_that_is_lost_does_not_lose_the_key() {
    // The CA makes the change, and says at first that it is busy; asked again, it does not know the old key.
    let times = Arc::new(AtomicUsize::new(0));
    let shop = Shop::with(move |asked, accounts| {
        (asked.path == "/key-change" && times.fetch_add(1, Ordering::SeqCst) == 0).then(|| {
            accounts.reply(asked).unwrap();
            Reply::problem(503, "serverInternal", "busy").header("Retry-After", "0")
        })
    });
    shop.account("register").success();
    let [old, _] = keys(&shop);
    shop.account("rollover").success();
    let [new, none] = keys(&shop);
    assert_eq!((old != new, none), (true, None));
    assert_eq!(shop.account("show").success().stderr, "");
}

#[test]
fn the_key_of_another_account_is_not_taken_for_a_new_one() {
    let shop = Shop::open();
    shop.account("register").success();
    shop.account("register -m other@x.test").success();
    let place = shop.place("default");
    let before = fs::read(place.join("account.key")).unwrap();
    let other = shop.place("other@x.test").join("account.key");
    fs::copy(other, place.join("account.key.new")).unwrap();
    // The CA has lost the account: neither key is its.
    shop.accounts.all()[0].jwk = serde_json::Value::Null;
    let shown = shop.account("show");
    shown.assert_status(1);
    assert!(shown.stderr.contains("register --anew"), "{shown:?}");
    assert_eq!(fs::read(place.join("account.key")).unwrap(), before);
}

#[test]
fn a_key_that_the_ca_never_takes_is_dropped() {
    let shop = Shop::with(|asked, _| {
        (asked.path == "/key-change").then(|| Reply::problem(400, "badPublicKey", "not this kind"))
    });
    shop.account("register").success();
    let before = keys(&shop);
    let refused = shop.account("rollover -k EC384");
    refused.assert_status(1);
    assert!(refused.stderr.contains("not this kind"), "{refused:?}");
    assert_eq!(keys(&shop), before);
    shop.account("show").success();
}

#[test]
fn a_key_can_be_given() {
    let shop = Shop::open();
    shop.account("register").success();
    let key = shop.workshop.dir().join("key.pem");
    let made = run(
        shop.command(
            "openssl",
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem",
        ),
        "",
    );
    made.success();
    let line = format!("rollover --key {}", key.display());
    let after = shop.account(&line).success().document();
    assert_eq!(shop.account("show").success().document(), after);
    for wrong in ["rollover --key missing", "rollover --key key.pem -k EC256"] {
        shop.account(wrong).assert_status(2);
    }
}

#[test]
fn of_several_changes_at_once_each_begins_with_the_key_of_the_one_before() {
    let shop = Shop::open();
    shop.account("register").success();
    let changes: Vec<_> = (0..6)
        .map(|_| {
            let mut command = shop.command("acme-account", "rollover");
            command.stdin(Stdio::null()).stdout(Stdio::piped());
            command.stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for change in changes {
        let ended = change.wait_with_output().unwrap();
        assert!(ended.status.success(), "{ended:?}");
    }
    assert_eq!(keys(&shop)[1], None);
    shop.account("show").success();
}

#[test]
fn an_account_whose_key_another_program_changes_meanwhile_is_found_by_the_new_one() {
    let (arrive, arrived) = channel();
    let (go_on, wait) = channel::<()>();
    let (arrive, wait) = (Mutex::new(arrive), Mutex::new(wait));
    let armed = Arc::new(AtomicBool::new(false));
    let is_armed = armed.clone();
    let shop = Shop::with(move |asked, _| {
        // The key has been read, and the CA is asked with it.
        if asked.path == "/account/0" && is_armed.swap(false, Ordering::SeqCst) {
            arrive.lock().unwrap().send(()).unwrap();
            wait.lock().unwrap().recv().unwrap();
        }
        None
    });
    shop.account("register").success();
    armed.store(true, Ordering::SeqCst);
    let mut command = shop.command("acme-account", "show");
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let show = command.stderr(Stdio::piped()).spawn().unwrap();
    arrived.recv().unwrap();
    let changed = shop.account("rollover").success().document();
    go_on.send(()).unwrap();
    let shown = show.wait_with_output().unwrap();
    assert!(shown.status.success(), "{shown:?}");
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown, changed);
}

#[test]
fn a_change_that_was_interrupted_is_for_no_other_key_and_can_be_given_up() {
    let shop = killed(Point::BeforeTheRequest);
    let [before, _] = keys(&shop);
    let place = shop.place("default");
    run(
        shop.command(
            "openssl",
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out other.pem",
        ),
        "",
    )
    .success();
    for line in ["rollover --key other.pem", "rollover -k EC384"] {
        let refused = shop.account(line);
        refused.assert_status(1);
        assert!(refused.stderr.contains("--cancel"), "{refused:?}");
    }
    // However it looks.
    fs::write(place.join("account.key.new"), "").unwrap();
    let damaged = shop.account("rollover");
    damaged.assert_status(1);
    assert!(damaged.stderr.contains("--cancel"), "{damaged:?}");
    let given_up = shop.account("rollover --cancel").success();
    assert!(given_up.stderr.contains("is given up"), "{given_up:?}");
    assert_eq!(keys(&shop), [before, None]);
    let again = shop.account("rollover --cancel").success();
    assert!(again.stderr.contains("no change"), "{again:?}");
    shop.account("rollover --key other.pem").success();
}

#[test]
fn the_same_command_goes_on_with_a_change_that_was_interrupted() {
    for line in ["rollover --key same.pem", "rollover -k EC256"] {
        let shop = killed(Point::BeforeTheRequest);
        let [_, new] = keys(&shop);
        let same = shop.workshop.dir().join("same.pem");
        fs::copy(shop.place("default").join("account.key.new"), same).unwrap();
        shop.account(line).success();
        assert_eq!(keys(&shop), [new, None], "{line}");
    }
}
