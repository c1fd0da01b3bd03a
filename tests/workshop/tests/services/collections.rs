//! `dns01-acmesh` and `dns01-lexicon`: what a provider gets, and what is said where one fails.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use workshop::{Workshop, has_python, run};

use super::{NAME, acme_sh, by_lexicon, call, false_curl, lexicon, prepared, service};

#[test]
fn a_provider_gets_the_record_and_its_own_variables_and_no_secret_is_shown() {
    let workshop = Workshop::open();
    acme_sh(&workshop, ":");
    let file = workshop.dir().join("CF_DNS_API_TOKEN");
    fs::write(&file, "topsecret\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    for (name, value) in [
        ("CF_DNS_API_TOKEN", "topsecret".as_ref()),
        ("CLOUDFLARE_DNS_API_TOKEN", "topsecret".as_ref()),
        ("CF_DNS_API_TOKEN_FILE", file.as_os_str()),
        ("CREDENTIALS_DIRECTORY", workshop.dir().as_os_str()),
    ] {
        let mut command = service(&workshop, "cloudflare");
        command.env(name, value);
        let ended = call(command, &["present", NAME, "-v"]);
        ended.assert_status(0);
        let said = "add _acme-challenge.www.example.test -v ***";
        assert_eq!(ended.stderr.trim_end(), said, "{name}");
        assert_eq!(ended.stdout, "");
    }
    let mut command = service(&workshop, "cloudflare");
    command
        .env("CF_API_EMAIL", "a@b.test")
        .env("CF_API_KEY", "topsecret");
    let ended = call(command, &["cleanup", "--", NAME, "-v"]);
    assert_eq!(ended.stderr, "rm _acme-challenge.www.example.test -v\n");
}

#[test]
fn what_is_no_provider_of_acme_sh_is_refused() {
    let workshop = Workshop::open();
    acme_sh(&workshop, ":");
    for (provider, status) in [
        ("dns_cf", 0),
        ("", 2),
        ("cf", 2),
        ("dns_../x", 2),
        ("dns_cf;id", 2),
        ("dns_none", 2),
    ] {
        let mut command = prepared(&workshop, workshop.command("dns01-acmesh"));
        command.env("DNS01_ACMESH", provider);
        let ended = call(command, &["present", NAME, "v"]);
        assert_eq!(ended.status, status, "{provider}: {ended:?}");
    }
    let python = has_python().then_some("dns01-lexicon");
    for program in ["dns01-acmesh"].into_iter().chain(python) {
        for word in ["--help", "-h"] {
            let help = call(workshop.command(program), &[word]);
            help.assert_status(0);
            assert!(
                help.stdout.contains(&format!("{program} timeout")),
                "{help:?}"
            );
            assert_eq!(help.stderr, "");
        }
    }
    for words in [&["present", NAME][..], &["remove", NAME, "v"], &[]] {
        let mut command = prepared(&workshop, workshop.command("dns01-acmesh"));
        command.env("DNS01_ACMESH", "dns_cf");
        call(command, words).assert_status(2);
    }
}

#[test]
fn a_provider_that_fails_has_failed() {
    let workshop = Workshop::open();
    for (does, status) in [("return 1", 1), ("exit 3", 1), ("false", 1), ("true", 0)] {
        acme_sh(&workshop, does);
        let mut command = service(&workshop, "cloudflare");
        command.env("CF_DNS_API_TOKEN", "token");
        let ended = call(command, &["present", NAME, "v"]);
        assert_eq!(ended.status != 0, status != 0, "{does}: {ended:?}");
    }
}

#[test]
fn an_acme_sh_that_others_can_change_is_not_run() {
    let workshop = Workshop::open();
    acme_sh(&workshop, ":");
    for file in ["acme.sh", "dnsapi/dns_cf.sh"] {
        let path = workshop.dir().join("acme.sh").join(file);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        for words in [&["present", NAME, "v"][..], &["timeout"]] {
            let mut command = service(&workshop, "cloudflare");
            command.env("CF_DNS_API_TOKEN", "token");
            let ended = call(command, words);
            ended.assert_status(2);
            let says = format!("others can change {}", path.display());
            assert!(ended.stderr.contains(&says), "{}", ended.stderr);
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    }
}

#[test]
fn what_acme_sh_needs_is_named_where_it_is_missing() {
    let workshop = Workshop::open();
    acme_sh(&workshop, ":");
    let bin = workshop.dir().join("bin");
    fs::create_dir(&bin).unwrap();
    let path = std::env::var("PATH").unwrap();
    for name in ["setsid", "find", "id", "tr"] {
        let found = format!("exec \"$(PATH={path} command -v {name})\" \"$@\"");
        workshop::write_script(&bin.join(name), &found).unwrap();
    }
    for missing in ["curl", "openssl", "awk"] {
        let mut command = workshop.command("dns01-acmesh");
        command
            .env("PATH", &bin)
            .env("LE_WORKING_DIR", workshop.dir().join("acme.sh"))
            .env("DNS01_ACMESH", "dns_cf");
        let ended = call(command, &["timeout"]);
        ended.assert_status(2);
        let says = format!("dns01-acmesh: {missing} is not installed, and acme.sh needs it\n");
        assert_eq!(ended.stderr, says);
        workshop::write_script(&bin.join(missing), ":").unwrap();
    }
}

#[test]
fn what_a_service_refuses_with_is_shown_in_a_line_without_secrets() {
    let workshop = Workshop::open();
    let path = false_curl(&workshop);
    let get = "curl --silent --dump-header \"$HTTP_HEADER\" -g https://x.test/ >/dev/null";
    let post = get.replace("-g", "--data a");
    let failing =
        |request: &str, fails: &str| format!("{request}; echo invalid domain >&2; {fails}");
    let long = format!("{{\"error\":\"{}\"}}", "x".repeat(9999));
    let cut = format!("{{\"error\":\"{}", "x".repeat(290));
    let escaped = r#"{"message":"Invalid access token top\"secret"}"#;
    let answered = |words: &str| {
        Some(format!(
            "dns01-acmesh: the service answered with status {words}"
        ))
    };
    for (does, status, body, expected) in [
        (
            failing(get, "return 1"),
            "403",
            "{\n\t\"error\": \"no\u{1b}\\\\n\"\n}",
            answered("403: { \"error\": \"no \\\\n\" }"),
        ),
        (failing(get, "exit 3"), "503", "", answered("503")),
        (failing(&post, "return 1"), "400", &long, answered(&format!("400: {cut}"))),
        (
            failing(get, "return 1"),
            "401",
            escaped,
            answered(r#"401: {"message":"Invalid access token ***"}"#),
        ),
        (
            failing(get, "return 1"),
            "200",
            "{\"status\":\"error\"}",
            answered("200: {\"status\":\"error\"}"),
        ),
        // A refusal of what came first is not what it failed for.
        (
            format!("{get}; {}", failing(&get.replace("curl", "CURL_STATUS=200 CURL_BODY=[] curl"), "return 1")),
            "404",
            "none",
            None,
        ),
        (failing(get, "return 1"), "200", "[{\"name\":\"other.test\"}]", None),
        (failing(get, "return 1"), "200", "{\"error\":0,\"access_token\":\"x\"}", None),
        (
            failing(get, "return 1"),
            "",
            "",
            Some("curl: (7) Failed to connect".to_owned()),
        ),
        (
            post.clone(),
            "422",
            "no",
            Some(
                "dns01-acmesh: dns_cf reports success, though its last change was answered with status 422: no"
                    .to_owned(),
            ),
        ),
    ] {
        acme_sh(&workshop, &does);
        let mut command = service(&workshop, "cloudflare");
        command.env("PATH", &path).env("CF_DNS_API_TOKEN", "top\"secret");
        command.env("CURL_STATUS", status).env("CURL_BODY", body);
        let ended = call(command, &["present", NAME, "v"]);
        ended.assert_status(1);
        assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
        let said: Vec<&str> = ended.stderr.lines().skip(1).collect();
        let said: Vec<&str> = said.into_iter().filter(|line| *line != "invalid domain").collect();
        assert_eq!(said, Vec::from_iter(expected.as_deref()), "{does} {status} {body}");
    }
}

#[test]
fn what_a_provider_of_lexicon_raises_is_a_line_with_the_words_of_the_service() {
    if !has_python() {
        return;
    }
    let workshop = Workshop::open();
    let answered = format!(
        " (the service answered with status 403: no {{\"token\": \"***\"}}{}",
        "x".repeat(300 - "no {\"token\": \"***\"}".len())
    );
    for (fails, expected) in [
        (
            "raise ValueError('bad topsecret ' + 'x' * 999)",
            format!(
                "ValueError: bad *** {}",
                "x".repeat(600 - "ValueError: bad *** ".len())
            ),
        ),
        ("raise Other('gone')", "Other: gone".to_owned()),
        (
            "raise Refused('for url')",
            format!("Refused: for url{answered}"),
        ),
        (
            "try: raise Refused('for url')\n        except Exception: raise ValueError('no zone')",
            format!("ValueError: no zone{answered}"),
        ),
        (
            "return False",
            "RuntimeError: lexicon says that it failed".to_owned(),
        ),
    ] {
        let home = lexicon(&workshop, fails);
        let mut command = by_lexicon(&workshop, home);
        command
            .env("DNS01_SECRETS", "TOKEN")
            .env("TOKEN", "topsecret");
        let ended = call(command, &["present", NAME, "v"]);
        ended.assert_status(1);
        let said = ended
            .stderr
            .strip_prefix("dns01-lexicon: ")
            .unwrap()
            .trim_end();
        assert_eq!(said.trim_end_matches(')'), expected, "{said}");
    }
}

#[test]
fn cleanup_with_a_key_that_the_service_refuses_is_in_vain() {
    let workshop = Workshop::open();
    let path = false_curl(&workshop);
    let get = "curl --silent --dump-header \"$HTTP_HEADER\" -g https://x.test/ >/dev/null";
    let change = get.replace("-g", "-X DELETE");
    for (word, does, answered, expected) in [
        ("cleanup", format!("{get}; return 1"), "401", 78),
        ("cleanup", format!("{get}; return 1"), "403", 78),
        ("cleanup", change.clone(), "401", 78),
        ("cleanup", format!("{get}; return 1"), "500", 1),
        ("cleanup", "return 1".to_owned(), "", 1),
        ("present", format!("{get}; return 1"), "401", 1),
        // It was let in after that.
        (
            "cleanup",
            format!("{get}; CURL_STATUS=500 {get}; return 1"),
            "401",
            1,
        ),
    ] {
        acme_sh(&workshop, &does);
        let mut command = service(&workshop, "cloudflare");
        command
            .env("PATH", &path)
            .env("CF_DNS_API_TOKEN", "topsecret");
        command.env("CURL_STATUS", answered).env("CURL_BODY", "no");
        let ended = call(command, &[word, NAME, "v"]);
        assert_eq!(ended.status, expected, "{word} {does} {answered}");
    }
    if !has_python() {
        return;
    }
    for (status, words, expected) in [
        (401, &["cleanup", NAME, "v"][..], 78),
        (403, &["cleanup", NAME, "v"], 78),
        (500, &["cleanup", NAME, "v"], 1),
        (401, &["present", NAME, "v"], 1),
        (403, &["cleanup-batch"], 0),
        (500, &["cleanup-batch"], 0),
    ] {
        let fails = format!("Response.status_code = {status}; raise Refused('for url')");
        let mut command = by_lexicon(&workshop, lexicon(&workshop, &fails));
        command.args(words);
        let ended = run(command, json!({"fqdn": NAME, "value": "v"}).to_string());
        ended.assert_status(expected);
        if expected == 0 {
            let report: Value = serde_json::from_str(&ended.stdout).unwrap();
            let is_in_vain = report.get("permanent").is_some();
            assert_eq!(is_in_vain, status == 403, "{report}");
        }
    }
}
