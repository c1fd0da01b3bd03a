//! `dns01-acme-dns` with a server that speaks acme-dns's API.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use workshop::{Ended, WebRequest, WebServer, Workshop, run};

const VALUE: &str = "v1_3456789012345678901234567890123456789012";

/// A server that gives `sub1`, `sub2` and so on to who registers, and takes values with the right account.
fn server() -> WebServer {
    let count = AtomicUsize::new(0);
    WebServer::start(move |asked: &WebRequest| {
        let header = |name: &str| {
            let mut headers = asked
                .headers
                .lines()
                .filter_map(|line| line.split_once(": "));
            let found = headers.find(|(found, _)| found.eq_ignore_ascii_case(name));
            found.map_or_else(String::new, |(_, value)| value.to_owned())
        };
        match asked.line.as_str() {
            "POST /register" if asked.body["allowfrom"][0] == "203.0.113.0/24" => {
                (400, json!({"error": "invalid_allowfrom_cidr"}).to_string())
            }
            "POST /register" => {
                let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                let account = json!({"username": format!("user{number}"), "password": format!("password{number}"),
                    "fulldomain": format!("sub{number}.auth.test"), "subdomain": format!("sub{number}"),
                    "allowfrom": asked.body["allowfrom"]});
                (201, account.to_string())
            }
            "POST /update" => {
                let number = asked.body["subdomain"]
                    .as_str()
                    .unwrap_or_default()
                    .replace("sub", "");
                let is_it = header("x-api-user") == format!("user{number}")
                    && header("x-api-key") == format!("password{number}");
                match (is_it, asked.body["txt"].as_str()) {
                    (false, _) => (401, json!({"error": "forbidden"}).to_string()),
                    (true, Some(text)) if text.len() == 43 => {
                        (200, json!({"txt": text}).to_string())
                    }
                    _ => (400, json!({"error": "bad_txt"}).to_string()),
                }
            }
            _ => (404, String::new()),
        }
    })
}

fn command(workshop: &Workshop, server: &WebServer, line: &str) -> Command {
    let mut command = workshop.command("dns01-acme-dns");
    command
        .args(line.split(' '))
        .env("ACME_DNS_API_BASE", server.url())
        .env("ACME_DNS_STORAGE_PATH", "accounts.json");
    command
}

fn call(workshop: &Workshop, server: &WebServer, line: &str) -> Ended {
    run(command(workshop, server, line), "")
}

/// The bodies of the updates that the server got.
fn updates(server: &WebServer) -> Vec<Value> {
    let asked = server
        .asked()
        .into_iter()
        .filter(|one| one.line == "POST /update");
    asked.map(|one| one.body).collect()
}

fn accounts(workshop: &Workshop) -> Value {
    let text = fs::read_to_string(workshop.dir().join("accounts.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

#[test]
fn accounts_are_registered_once_before_any_order() {
    let (workshop, server) = (Workshop::open(), server());
    let other = "{\"other.test\":{\"kept\":true}}";
    assert!(fs::write(workshop.dir().join("accounts.json"), other).is_ok());
    let line = "register --allow 192.0.2.0/24 example.com *.example.com bücher.test";
    let ended = call(&workshop, &server, line).success();
    let expected = "_acme-challenge.example.com. IN CNAME sub1.auth.test.\n\
                    _acme-challenge.xn--bcher-kva.test. IN CNAME sub2.auth.test.\n";
    assert_eq!(ended.stdout, expected);
    assert_eq!(
        server.asked()[0].body,
        json!({"allowfrom": ["192.0.2.0/24"]})
    );
    let ended = call(&workshop, &server, "register -vv example.com new.test").success();
    assert!(
        ended
            .stdout
            .starts_with("_acme-challenge.example.com. IN CNAME sub1.auth.test.\n")
    );
    assert!(
        ended.stderr.contains("sub3") && !ended.stderr.contains("password3"),
        "{ended:?}"
    );
    assert_eq!(server.asked().len(), 3);
    let kept = accounts(&workshop);
    assert_eq!(kept["other.test"], json!({"kept": true}));
    let expected = json!({"fulldomain": "sub1.auth.test", "subdomain": "sub1", "username": "user1",
        "password": "password1", "server_url": server.url()});
    assert_eq!(kept["example.com"], expected);
    let mode =
        fs::metadata(workshop.dir().join("accounts.json")).map(|found| found.permissions().mode());
    assert_eq!(mode.map(|mode| mode & 0o777).ok(), Some(0o600));
    let ended = call(&workshop, &server, "register --dry-run dry.test").success();
    assert!(
        ended.stdout.contains("POST ") && server.asked().len() == 3,
        "{ended:?}"
    );
    let line = "register --allow 203.0.113.0/24 more.test";
    let ended = call(&workshop, &server, line);
    assert!(
        ended.status == 1 && ended.stderr.contains("hint: The networks of --allow"),
        "{ended:?}"
    );
}

#[test]
fn networks_are_read_before_the_server_is_asked() {
    let (workshop, server) = (Workshop::open(), server());
    let ended = call(
        &workshop,
        &server,
        "register --allow 192.0.2.1,2001:db8::/32 a.test",
    );
    ended.success();
    let expected = json!({"allowfrom": ["192.0.2.1/32", "2001:db8::/32"]});
    assert_eq!(server.asked()[0].body, expected);
    let mut by_variable = command(&workshop, &server, "register b.test");
    by_variable.env("ACME_DNS_ALLOWLIST", "192.0.2.0/24,foo");
    for (ended, says) in [
        (
            call(&workshop, &server, "register --allow foo b.test"),
            "--allow takes networks like 192.0.2.0/24, and addresses: `foo`",
        ),
        (
            run(by_variable, ""),
            "ACME_DNS_ALLOWLIST takes networks like",
        ),
    ] {
        ended.assert_status(2);
        assert!(ended.stderr.contains(says), "{ended:?}");
    }
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn several_that_register_at_once_lose_no_account() {
    let (workshop, server) = (Workshop::open(), server());
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (workshop, server) = (&workshop, &server);
            let line = format!("register n{number}.test same.test");
            scope.spawn(move || call(workshop, server, &line).success());
        }
    });
    assert_eq!(
        accounts(&workshop).as_object().map(serde_json::Map::len),
        Some(9)
    );
    assert_eq!(server.asked().len(), 9);
}

#[test]
fn no_account_is_asked_for_that_cannot_be_kept() {
    let (workshop, server) = (Workshop::open(), server());
    let file = workshop.dir().join("accounts.json");
    assert!(fs::write(&file, "{\"other.test\":{\"kept\":true}}").is_ok());
    let line = "mount --bind accounts.json accounts.json || exit 77; exec dns01-acme-dns register example.com";
    let mut inside = workshop.command("unshare");
    inside
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", line])
        .env("ACME_DNS_API_BASE", server.url())
        .env("ACME_DNS_STORAGE_PATH", "accounts.json");
    let ended = run(inside, "");
    if !ended.stderr.contains("dns01-acme-dns") {
        eprintln!("this system lets nobody but root mount anything: not tested");
        return;
    }
    ended.assert_status(1);
    assert!(
        ended
            .stderr
            .contains("accounts.json: Device or resource busy")
            && ended.stderr.contains("mount its directory"),
        "{ended:?}"
    );
    assert!(server.asked().is_empty(), "{:?}", server.asked());
    assert_eq!(accounts(&workshop), json!({"other.test": {"kept": true}}));
}

/// A server that writes this to the file with the accounts before it answers, as another program would.
fn beside_another(workshop: &Workshop, file: &str) -> WebServer {
    let (path, file) = (workshop.dir().join("accounts.json"), file.to_owned());
    WebServer::start(move |_| {
        let written = fs::write(&path, &file).is_ok();
        let account = json!({"username": "user1", "password": "password1", "fulldomain": "sub1.auth.test",
            "subdomain": "sub1", "allowfrom": []});
        (if written { 201 } else { 500 }, account.to_string())
    })
}

#[test]
fn what_another_program_keeps_meanwhile_stays() {
    let workshop = Workshop::open();
    let register = |file: &str| {
        let server = beside_another(&workshop, file);
        call(&workshop, &server, "register example.com")
    };
    let ended = register("{\"other.test\":{\"kept\":true}}").success();
    let expected = "_acme-challenge.example.com. IN CNAME sub1.auth.test.\n";
    assert_eq!(ended.stdout, expected);
    assert_eq!(accounts(&workshop)["other.test"], json!({"kept": true}));
    assert_eq!(accounts(&workshop)["example.com"]["subdomain"], "sub1");
    assert!(fs::remove_file(workshop.dir().join("accounts.json")).is_ok());
    let theirs = json!({"example.com": {"fulldomain": "theirs.auth.test", "subdomain": "theirs", "username": "them",
        "password": "password9"}});
    let ended = register(&theirs.to_string()).success();
    let expected = "_acme-challenge.example.com. IN CNAME theirs.auth.test.\n";
    assert_eq!(ended.stdout, expected);
    assert_eq!(accounts(&workshop), theirs);
    assert!(fs::remove_file(workshop.dir().join("accounts.json")).is_ok());
    // What is no file with accounts any more is left alone, and it is said which account is lost.
    let ended = register("[]");
    ended.assert_status(1);
    let says =
        "example.com: the server made the account sub1.auth.test. for it, which could not be kept";
    assert!(
        ended.stderr.contains(says) && !ended.stderr.contains("password1"),
        "{ended:?}"
    );
    assert_eq!(accounts(&workshop), json!([]));
}

#[test]
fn a_link_to_a_file_that_is_not_there_yet_stays_a_link() {
    let (workshop, server) = (Workshop::open(), server());
    let path = |name: &str| workshop.dir().join(name);
    assert!(fs::create_dir(path("kept")).is_ok());
    assert!(std::os::unix::fs::symlink("kept/real.json", path("accounts.json")).is_ok());
    call(&workshop, &server, "register --dry-run example.com").success();
    assert!(!path("kept/real.json").exists());
    call(&workshop, &server, "register example.com").success();
    assert!(path("accounts.json").is_symlink());
    assert_eq!(accounts(&workshop)["example.com"]["subdomain"], "sub1");
    let mode = fs::metadata(path("kept/real.json")).map(|found| found.permissions().mode());
    assert_eq!(mode.map(|mode| mode & 0o777).ok(), Some(0o600));
}

#[test]
fn values_go_to_the_account_of_the_name_and_are_never_removed() {
    let (workshop, server) = (Workshop::open(), server());
    call(&workshop, &server, "register example.com").success();
    for name in ["_acme-challenge.example.com", "sub1.auth.test."] {
        call(&workshop, &server, &format!("present {name} {VALUE}")).success();
    }
    let expected = json!({"subdomain": "sub1", "txt": VALUE});
    assert_eq!(updates(&server), [expected.clone(), expected]);
    let ended = call(
        &workshop,
        &server,
        &format!("cleanup -v -- sub1.auth.test. {VALUE}"),
    )
    .success();
    assert_eq!(
        ended.stderr.matches("acme-dns removes nothing").count(),
        1,
        "{ended:?}"
    );
    assert_eq!(updates(&server).len(), 2);
    let ended = call(
        &workshop,
        &server,
        &format!("present --dry-run -- sub1.auth.test. {VALUE}"),
    )
    .success();
    let shown = "X-Api-User: ***\nX-Api-Key: ***\n";
    assert!(
        ended.stdout.contains(shown) && updates(&server).len() == 2,
        "{ended:?}"
    );
    // Somebody has looked, and there is no CNAME.
    let mut unresolved = command(
        &workshop,
        &server,
        &format!("present _acme-challenge.example.com {VALUE}"),
    );
    unresolved.env("DNS01_ZONE", "example.com.");
    let ended = run(unresolved, "").success();
    assert!(
        ended.stderr.contains("is no CNAME of sub1.auth.test. yet"),
        "{ended:?}"
    );
}

#[test]
fn without_an_account_nothing_is_presented_and_no_account_is_made() {
    let (workshop, server) = (Workshop::open(), server());
    let ended = call(
        &workshop,
        &server,
        &format!("present _acme-challenge.example.com {VALUE}"),
    );
    assert_eq!(ended.status, 1);
    assert!(
        ended
            .stderr
            .contains("hint: `dns01-acme-dns register example.com`"),
        "{ended:?}"
    );
    assert!(server.asked().is_empty() && accounts(&workshop).is_null());
}

#[test]
fn a_name_and_its_wildcard_are_all_that_one_account_can_have() {
    let (workshop, server) = (Workshop::open(), server());
    call(&workshop, &server, "register example.com").success();
    let challenges: String = (1..=3)
        .map(|number| {
            let value = VALUE.replace("v1", &format!("v{number}"));
            format!("{{\"fqdn\":\"_acme-challenge.example.com.\",\"value\":\"{value}\"}}\n")
        })
        .collect();
    let ended = run(command(&workshop, &server, "present-batch"), &challenges).success();
    let failed = ended.document();
    assert!(
        failed["value"]
            .as_str()
            .is_some_and(|value| value.starts_with("v3")),
        "{failed}"
    );
    assert!(
        failed["error"]
            .as_str()
            .is_some_and(|error| error.contains("keeps the last 2 values"))
    );
    assert_eq!(updates(&server).len(), 2);
}

#[test]
fn what_is_wrong_with_accounts_is_said_without_them() {
    let (workshop, server) = (Workshop::open(), server());
    let path = workshop.dir().join("accounts.json");
    let account = json!({"fulldomain": "sub7.auth.test", "subdomain": "sub7", "username": "user7", "password": "wrongsecret"});
    for (file, status, says) in [
        (
            json!({ "example.com": account }).to_string(),
            1,
            "hint: The server does not know the account",
        ),
        (
            json!({"example.com": {"username": "user7"}}).to_string(),
            1,
            "`fulldomain` is missing",
        ),
        ("[]".to_owned(), 2, "no JSON object with accounts"),
        ("{".to_owned(), 2, "it is no JSON"),
    ] {
        assert!(fs::write(&path, file).is_ok());
        let ended = call(
            &workshop,
            &server,
            &format!("present -vv -- _acme-challenge.example.com {VALUE}"),
        );
        assert_eq!(ended.status, status, "{ended:?}");
        assert!(
            ended.stderr.contains(says) && !ended.stderr.contains("wrongsecret"),
            "{ended:?}"
        );
    }
}

#[test]
fn a_misspelt_variable_is_named_before_an_account_is_registered() {
    let (workshop, server) = (Workshop::open(), server());
    let mut command = command(&workshop, &server, "register example.com");
    command
        .env_remove("ACME_DNS_ALLOWLIST")
        .env("ACME_DNS_ALOWLIST", "192.0.2.0/24");
    let ended = run(command, "");
    ended.assert_status(2);
    let says = "ACME_DNS_ALOWLIST is set: did you mean ACME_DNS_ALLOWLIST?";
    assert!(ended.stderr.contains(says), "{ended:?}");
    assert_eq!(accounts(&workshop), Value::Null);
}

/// A web server that keeps what is posted to it, by the last part of its path, and shows all of it at `/accounts`.
fn storage() -> WebServer {
    let kept: Mutex<serde_json::Map<String, Value>> = Mutex::default();
    WebServer::start(move |asked: &WebRequest| {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (method, path) = asked.line.split_once(' ').unwrap_or_default();
        let name = path.strip_prefix("/accounts/").unwrap_or_default();
        match (method, name) {
            ("POST", name) => {
                kept.insert(name.to_owned(), asked.body.clone());
                (200, String::new())
            }
            (_, "") => (200, Value::from(kept.clone()).to_string()),
            (_, name) => match kept.get(name) {
                Some(account) => (200, account.to_string()),
                None => (404, String::new()),
            },
        }
    })
}

#[test]
fn a_web_server_can_keep_the_accounts() {
    let (workshop, server, storage) = (Workshop::open(), server(), storage());
    let kept = format!("{}/accounts/", storage.url());
    let call = |line: &str| {
        let mut command = command(&workshop, &server, line);
        command
            .env_remove("ACME_DNS_STORAGE_PATH")
            .env("ACME_DNS_STORAGE_BASE_URL", &kept);
        run(command, "")
    };
    for _ in 0..2 {
        let ended = call("register example.com").success();
        assert_eq!(
            ended.stdout,
            "_acme-challenge.example.com. IN CNAME sub1.auth.test.\n"
        );
    }
    assert_eq!(server.asked().len(), 1);
    for name in ["_acme-challenge.example.com", "sub1.auth.test."] {
        // Where the account is not known by its domain, all of them are shown.
        let ended = call(&format!("present -vv {name} {VALUE}")).success();
        for secret in ["user1", "password1"] {
            assert!(!ended.stderr.contains(secret), "{secret}: {ended:?}");
        }
    }
    assert_eq!(updates(&server).len(), 2);
    for name in ["_acme-challenge.other.test", "sub9.auth.test."] {
        let ended = call(&format!("present {name} {VALUE}"));
        assert!(
            ended.status == 1 && ended.stderr.contains("/accounts: no account for"),
            "{ended:?}"
        );
    }
    let mut both = command(&workshop, &server, "timeout");
    both.env("ACME_DNS_STORAGE_BASE_URL", &kept);
    let ended = run(both, "");
    assert!(
        ended.status == 2 && ended.stderr.contains("exclude each other"),
        "{ended:?}"
    );
}
