//! `--dns`, the program behind it, and `dns01-acmesh`, with an acme.sh that is none.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use workshop::{Ended, FalseCa, Programs, Workshop, has_python, run};

const NAME: &str = "_acme-challenge.www.example.test.";

/// A false acme.sh with one provider, which does this. Its variable is shown, as many a provider shows what it was given.
fn acme_sh(workshop: &Workshop, does: &str) {
    let home = workshop.dir().join("acme.sh");
    fs::create_dir_all(home.join("dnsapi")).unwrap();
    fs::write(
        home.join("acme.sh"),
        "VER=0\nmain() { \"$@\"; }\nmain \"$@\"\n",
    )
    .unwrap();
    let text = format!(
        "dns_cf_add() {{ echo \"add $1 $2 $CF_Token $CF_Email $CF_Key\"; {does}; }}\ndns_cf_rm() {{ echo \"rm $1 $2\"; {does}; }}\n"
    );
    fs::write(home.join("dnsapi/dns_cf.sh"), text).unwrap();
}

/// A command that finds that acme.sh, and nothing else of what a person may have installed.
fn prepared(workshop: &Workshop, mut command: Command) -> Command {
    command
        .env("LE_WORKING_DIR", workshop.dir().join("acme.sh"))
        .env("DNS01_COLLECTION", "acme.sh")
        .env_remove("EXEC_PATH");
    command
}

/// The program of a service.
fn service(workshop: &Workshop, code: &str) -> Command {
    let program = Programs::build().unwrap().of_service(code);
    prepared(workshop, workshop.command(program))
}

fn call(mut command: Command, words: &[&str]) -> Ended {
    command.args(words);
    run(command, "")
}

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
fn curl_is_told_by_its_configuration_what_others_would_see_among_its_arguments() {
    let workshop = Workshop::open();
    let bin = workshop.dir().join("bin");
    fs::create_dir(&bin).unwrap();
    let curl =
        "[ \"$1\" = --config ] || exit 0\necho \"arguments: $1 $2 $3\"\ncat\necho end >\"$4\"";
    workshop::write_script(&bin.join("curl"), curl).unwrap();
    acme_sh(
        &workshop,
        "curl --silent -L --user-agent a -X POST -H 'X: a\"b\\c' -H '' --data 'one\n-two' -g 'https://x.test/?k=topsecret' >&2",
    );
    let mut command = service(&workshop, "cloudflare");
    let path = std::env::var("PATH").unwrap();
    let own = Programs::build().unwrap().dir;
    command.env(
        "PATH",
        format!("{}:{}:{path}", bin.display(), own.display()),
    );
    command.env("CF_DNS_API_TOKEN", "topsecret");
    let ended = call(command, &["present", NAME, "v"]);
    ended.assert_status(0);
    let expected = "arguments: --config - --output
silent
user-agent = \"a\"
request = \"POST\"
header = \"X: a\\\"b\\\\c\"
data = \"one\\n-two\"
-g
url = \"https://x.test/?k=***\"
end
";
    let (_, said) = ended.stderr.split_once('\n').unwrap();
    assert_eq!(said, expected);
}

/// A directory with a `curl` that is answered with what stands in `CURL_STATUS` and `CURL_BODY`, or cannot connect where there is
/// no status.
fn false_curl(workshop: &Workshop) -> String {
    let bin = workshop.dir().join("bin");
    fs::create_dir_all(&bin).unwrap();
    let curl = "[ \"$1\" = --config ] || exit 0
header=$(sed -n 's/^dump-header = \"\\(.*\\)\"$/\\1/p')
[ \"$CURL_STATUS\" ] || { echo 'curl: (7) Failed to connect' >&2; exit 7; }
echo \"HTTP/1.1 $CURL_STATUS Words\" >\"$header\"
printf %s \"$CURL_BODY\" >\"$4\"";
    workshop::write_script(&bin.join("curl"), curl).unwrap();
    let own = Programs::build().unwrap().dir;
    let path = std::env::var("PATH").unwrap();
    format!("{}:{}:{path}", bin.display(), own.display())
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

/// A false lexicon whose provider fails in this way.
fn lexicon(workshop: &Workshop, fails: &str) -> PathBuf {
    let home = workshop.dir().join("lexicon-home");
    fs::create_dir_all(home.join("lexicon/_private")).unwrap();
    let provider = format!(
        "class Response:
    status_code, text = 403, \"no\\n {{\\\"token\\\": \\\"topsecret\\\"}}\" + \"x\" * 999
class Refused(Exception):
    response = Response()
class Other(Exception):
    response = {{\"Error\": 7}}
class Provider:
    def __init__(self, config): self.domain = \"example.test\"
    def authenticate(self): pass
    def cleanup(self): pass
    def create_record(self, rtype, name, content):
        {fails}
    def delete_record(self, rtype, name, content):
        {fails}
"
    );
    for (file, text) in [
        ("__init__.py", ""),
        (
            "config.py",
            "class ConfigResolver:\n    def with_dict(self, _): return self\n    def with_env(self): return self\n",
        ),
        ("_private/__init__.py", ""),
        (
            "_private/discovery.py",
            "def find_providers(): return {'cloudflare': True}\n\
             def load_provider_module(_):\n    from lexicon import provider\n    return provider\n",
        ),
        ("provider.py", &*provider),
    ] {
        fs::write(home.join("lexicon").join(file), text).unwrap();
    }
    home
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
        let mut command = workshop.command("dns01-lexicon");
        command
            .env("PYTHONPATH", home)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("DNS01_LEXICON", "cloudflare")
            .env("DNS01_ZONE", "example.test.")
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
        let mut command = workshop.command("dns01-lexicon");
        command
            .env("PYTHONPATH", lexicon(&workshop, &fails))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("DNS01_LEXICON", "cloudflare")
            .env("DNS01_ZONE", "example.test.")
            .args(words);
        let ended = run(command, json!({"fqdn": NAME, "value": "v"}).to_string());
        ended.assert_status(expected);
        if expected == 0 {
            let report: Value = serde_json::from_str(&ended.stdout).unwrap();
            let is_in_vain = report.get("permanent").is_some();
            assert_eq!(is_in_vain, status == 403, "{report}");
        }
    }
}

/// A secret, and what a service or a library may say that has it.
const ODD: &str = "p@ss&w0\"rd-é of+o/u'rs";
const WITH_IT: [(&str, &str); 16] = [
    ("a p%40ss%26w0%22rd-%C3%A9%20of%2Bo%2Fu%27rs b", "a *** b"),
    ("p%40ss%26w0%22rd-%c3%a9%20of%2bo%2fu%27rs", "***"),
    (
        "/x?a=p%40ss%26w0%22rd-%C3%A9+of%2Bo%2Fu%27rs&b=1",
        "/x?a=***&b=1",
    ),
    ("p%40ss%26w0%22rd-%c3%a9+of%2bo%2fu%27rs", "***"),
    ("p%40ss%26w0%22rd-%C3%A9%20of%2Bo/u%27rs", "***"),
    ("p%40ss%26w0%22rd-%C3%A9%20of%2Bo%2Fu'rs", "***"),
    ("p@ss&w0%22rd-%C3%A9%20of+o/u'rs", "***"),
    ("<p>p@ss&amp;w0\"rd-é of+o/u'rs</p>", "<p>***</p>"),
    ("p@ss&amp;w0&quot;rd-é of+o/u&#39;rs", "***"),
    ("p@ss&amp;w0&quot;rd-é of+o/u&#x27;rs", "***"),
    ("p@ss&amp;w0&quot;rd-é of+o/u&apos;rs", "***"),
    (r#"{"a":"p@ss\u0026w0\"rd-é of+o/u'rs"}"#, r#"{"a":"***"}"#),
    // What is made of it, or not it at all.
    (
        "[Basic YStiL2NkOnA=] [basic YTpi]",
        "[Basic ***] [basic ***]",
    ),
    (
        "HTTP Basic authentication failed",
        "HTTP Basic authentication failed",
    ),
    (
        "url: https://x.test/r?auth-userid=12&name=a&X-Auth-Key=zz&amp;apitoken=q (gone)",
        "url: https://x.test/r?auth-userid=***&name=a&X-Auth-Key=***&amp;apitoken=*** (gone)",
    ),
    ("no key=1, and a?b=c", "no key=1, and a?b=c"),
];

#[test]
fn a_secret_is_masked_however_it_is_written() {
    let workshop = Workshop::open();
    for (says, expected) in WITH_IT {
        acme_sh(&workshop, "printf '%s\\n' \"$SAYS\"");
        let mut command = service(&workshop, "cloudflare");
        command.env("CF_DNS_API_TOKEN", ODD).env("SAYS", says);
        let ended = call(command, &["cleanup", NAME, "v"]);
        ended.assert_status(0);
        let said: Vec<&str> = ended.stderr.lines().skip(1).collect();
        assert_eq!(said, [expected], "{says}");
    }
    if !has_python() {
        return;
    }
    let home = lexicon(&workshop, "import os; raise ValueError(os.environ['SAYS'])");
    for (says, expected) in WITH_IT {
        let mut command = workshop.command("dns01-lexicon");
        command
            .env("PYTHONPATH", &home)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("DNS01_LEXICON", "cloudflare")
            .env("DNS01_ZONE", "example.test.")
            .env("DNS01_SECRETS", "TOKEN")
            .env("TOKEN", ODD)
            .env("SAYS", says);
        let ended = call(command, &["present", NAME, "v"]);
        ended.assert_status(1);
        let said = ended.stderr.trim_end();
        let expected = format!("dns01-lexicon: ValueError: {expected}");
        assert_eq!(said, expected, "{says}");
    }
}

#[test]
fn timeout_says_what_the_variables_of_the_service_say() {
    let workshop = Workshop::open();
    acme_sh(&workshop, ":");
    for (variables, expected) in [
        (&[][..], json!({"timeout": 120, "interval": 2, "jobs": 8})),
        (
            &[
                ("CLOUDFLARE_PROPAGATION_TIMEOUT", "30"),
                ("CLOUDFLARE_POLLING_INTERVAL", "0.5"),
            ],
            json!({"timeout": 30, "interval": 0.5, "jobs": 8}),
        ),
        (
            &[("CLOUDFLARE_PROPAGATION_TIMEOUT", "soon")],
            json!({"timeout": 120, "interval": 2, "jobs": 8}),
        ),
    ] {
        let mut command = service(&workshop, "cloudflare");
        command
            .env("CF_DNS_API_TOKEN", "token")
            .envs(variables.iter().copied());
        let ended = call(command, &["timeout"]);
        ended.assert_status(0);
        let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(answer, expected, "{variables:?}");
    }
}

#[test]
fn a_time_that_is_no_number_counts_as_not_set_and_a_warning_says_so_once() {
    let workshop = Workshop::open();
    acme_sh(&workshop, ":");
    for (code, name) in [
        ("cloudflare", "CLOUDFLARE_TTL"),
        ("cloudflare", "CLOUDFLARE_POLLING_INTERVAL"),
        ("pdns", "PDNS_TTL"),
    ] {
        let mut command = service(&workshop, code);
        command
            .env("CF_DNS_API_TOKEN", "token")
            .env("PDNS_API_URL", "http://127.0.0.1:8081")
            .env("PDNS_API_KEY", "a-key")
            .env(name, "abc");
        let ended = call(command, &["timeout"]);
        ended.assert_status(0);
        let says = format!("{name} takes a number ");
        assert_eq!(ended.stderr.matches(&says).count(), 1, "{}", ended.stderr);
        assert!(ended.stderr.contains(", not `abc`; it counts as not set"));
    }
}

#[test]
fn what_is_missing_is_said_before_anything_is_ordered() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    acme_sh(&workshop, ":");
    let nothing = Path::new("/nonexistent").as_os_str();
    for (code, variable, value, says) in [
        (
            "cloudfare",
            "X",
            "x".as_ref(),
            "--dns `cloudfare` is no DNS service; did you mean `cloudflare`?",
        ),
        (
            "cloudflare",
            "X",
            "x".as_ref(),
            "Cloudflare needs CF_DNS_API_TOKEN, or CF_API_EMAIL and CF_API_KEY",
        ),
        (
            "cloudflare",
            "CLOUDFLARE_DNS_API_TOKN",
            "x".as_ref(),
            "CLOUDFLARE_DNS_API_TOKN is set: did you mean CLOUDFLARE_DNS_API_TOKEN?",
        ),
        (
            "linode",
            "X",
            "x".as_ref(),
            "use linodev4, with LINODE_TOKEN",
        ),
        ("bindman", "X", "x".as_ref(), "see dns01-exec(1)"),
        (
            "digitalocean",
            "DO_AUTH_TOKEN",
            "x".as_ref(),
            "has no provider dns_dgon: install a newer one",
        ),
        (
            "cloudflare",
            "LE_WORKING_DIR",
            nothing,
            "Cloudflare needs CF_DNS_API_TOKEN",
        ),
    ] {
        for program in ["acme-issue", "acme-renew"] {
            let mut command = prepared(&workshop, workshop.command(program));
            ca.trusted_by(&mut command);
            command.env(variable, value).args(["--dns", code]);
            let words: &[&str] = match program {
                "acme-issue" => &["-d", "example.test", "--accept-tos"],
                _ => &["--no-sleep"],
            };
            let ended = call(command, words);
            ended.assert_status(2);
            assert!(
                ended.stderr.contains(says),
                "{program} {code} {variable}: {}",
                ended.stderr
            );
        }
    }
    let command = prepared(&workshop, workshop.command("acme-issue"));
    let ended = call(
        command,
        &["--dns", "cloudflare", "-x", "/bin/true", "-d", "a.test"],
    );
    ended.assert_status(2);
    assert!(
        ended.stderr.contains("--dns and --exec exclude each other"),
        "{}",
        ended.stderr
    );
    assert!(ca.asked().is_empty(), "{:?}", ca.asked());
}

#[test]
fn a_collection_that_is_not_installed_is_named_with_what_to_install() {
    let workshop = Workshop::open();
    let mut command = service(&workshop, "cloudflare");
    command
        .env("CF_DNS_API_TOKEN", "token")
        .env("HOME", workshop.dir());
    let ended = call(command, &["timeout"]);
    // Where this machine has acme.sh there is nothing to see.
    if ended.status != 0 {
        ended.assert_status(2);
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        assert!(
            ended.stderr.contains("install the package acme.sh"),
            "{}",
            ended.stderr
        );
        let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert!(answer["error"].is_string(), "{answer}");
    }
}

#[test]
fn all_services_are_shown_by_each_program_that_takes_one() {
    let workshop = Workshop::open();
    let mut shown = Vec::new();
    for words in [
        &["dns01-exec", "present", "--dns", "list"][..],
        &["acme-issue", "--dns=list"],
        &["acme-renew", "--dns=list"],
        &["dns01-service", "list"],
    ] {
        let ended = call(workshop.command(words[0]), &words[1..]);
        ended.assert_status(0);
        shown.push(ended.stdout);
    }
    assert!(shown[0].contains("cloudflare    Cloudflare: acme.sh or lexicon\n"));
    assert!(shown.iter().all(|one| *one == shown[0]), "{shown:?}");
}

#[test]
fn a_configuration_names_a_service_and_its_line_is_said_where_it_lacks_something() {
    let workshop = Workshop::open();
    acme_sh(&workshop, ":");
    let file = workshop.dir().join("acmepipe.toml");
    let renew = |text: &str| {
        let rest = "[[certificate]]\ndomains = [\"a.example.test\"]\n";
        fs::write(&file, format!("{text}\n{rest}")).unwrap();
        let mut command = prepared(&workshop, workshop.command("acme-renew"));
        // No CA: it is not come to that, or it cannot be reached.
        command
            .env("LEGO_SERVER", "https://127.0.0.1:1/dir")
            .arg("--config")
            .arg(&file);
        call(command, &["--no-sleep"])
    };
    for (text, says) in [
        (
            "strict = true\ndns = \"cloudfare\"",
            "line 2: acme-issue: dns01-exec: --dns `cloudfare` is no DNS service",
        ),
        (
            "dns = \"cloudflare\"",
            "line 1: acme-issue: dns01-exec: --dns cloudflare: Cloudflare needs CF_DNS_API_TOKEN",
        ),
    ] {
        let ended = renew(text);
        ended.assert_status(2);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
    let ended =
        renew("accept-tos = true\ndns = \"cloudflare\"\n[env]\nCF_DNS_API_TOKEN = \"topsecret\"\n");
    ended.assert_status(1);
    assert!(ended.stderr.contains("127.0.0.1:1"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("topsecret"), "{}", ended.stderr);
}

#[test]
fn what_a_service_can_is_asked_of_its_program() {
    let workshop = Workshop::open();
    acme_sh(&workshop, ":");
    for (code, variable, expected) in [
        (
            "cloudflare",
            "CF_DNS_API_TOKEN",
            json!({"timeout": 120, "interval": 2, "jobs": 8}),
        ),
        (
            "duckdns",
            "DUCKDNS_TOKEN",
            json!({"timeout": 120, "interval": 2, "one_per_name": true}),
        ),
    ] {
        let home = workshop.dir().join("acme.sh/dnsapi");
        fs::copy(home.join("dns_cf.sh"), home.join("dns_duckdns.sh")).unwrap();
        let mut command = prepared(&workshop, workshop.command("dns01-exec"));
        command.env(variable, "token");
        let ended = call(command, &["timeout", "--dns", code]);
        ended.assert_status(0);
        let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(answer, expected, "{code}");
    }
}
