//! What the clients of acme.sh and lexicon may ask services for, and how.

use std::fs;

use workshop::{Programs, Workshop, has_python};

use super::{NAME, acme_sh, by_lexicon, call, false_curl, lexicon, prepared, service};

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
connect-timeout = 30
max-time = 120
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

#[test]
fn a_name_is_written_as_the_service_writes_its_zones() {
    let workshop = Workshop::open();
    acme_sh(&workshop, ":");
    let mut command = service(&workshop, "cloudflare");
    command.env("CF_DNS_API_TOKEN", "token");
    let ended = call(
        command,
        &["present", "_ACME-Challenge.WWW.Example.Test.", "Va-L"],
    );
    ended.assert_status(0);
    let said = "add _acme-challenge.www.example.test Va-L ***";
    assert_eq!(ended.stderr.trim_end(), said);
}

#[test]
fn no_secret_goes_to_a_word_that_acme_sh_takes_for_a_url() {
    let workshop = Workshop::open();
    let path = false_curl(&workshop);
    let blank = workshop.dir().join("of a service");
    fs::create_dir(&blank).unwrap();
    // As acme.sh has it: not in quotes.
    let get = "curl --silent --dump-header $HTTP_HEADER -g https://x.test/";
    for (does, says) in [
        (
            get,
            "dns01-acmesh: dns_cf reports success, though its last reading was answered with status 500: no",
        ),
        (
            "curl --silent --dump-header $HTTP_HEADER -g of/a; true",
            "dns01-acmesh: no URL of a service: of/a",
        ),
    ] {
        acme_sh(&workshop, &format!("{does} >/dev/null"));
        let mut command = service(&workshop, "cloudflare");
        command
            .env("PATH", &path)
            .env("TMPDIR", &blank)
            .env("CF_DNS_API_TOKEN", "token");
        command.env("CURL_STATUS", "500").env("CURL_BODY", "no");
        let ended = call(command, &["present", NAME, "v"]);
        ended.assert_status(1);
        let said: Vec<&str> = ended.stderr.lines().collect();
        assert!(said.contains(&says), "{}", ended.stderr);
    }
}

#[test]
fn what_a_client_would_write_into_json_or_a_url_as_it_is_does_not_come_to_it() {
    let workshop = Workshop::open();
    acme_sh(&workshop, ":");
    let python = has_python().then(|| lexicon(&workshop, "return True"));
    for (name, value, is_taken) in [
        ("_acme-challenge.xn--bcher-kva.example.test.", "-v_A=", true),
        ("a\",\"b.example.test.", "v", false),
        ("a&b.example.test.", "v", false),
        ("*.example.test.", "v", false),
        ("b\u{fc}cher.example.test.", "v", false),
        ("a/../b.example.test.", "v", false),
        (".", "v", false),
        (NAME, "v\nw", false),
        (NAME, "", false),
    ] {
        for (word, wrong) in [("present", 2), ("cleanup", 78)] {
            let mut command = prepared(&workshop, workshop.command("dns01-acmesh"));
            command.env("DNS01_ACMESH", "dns_cf");
            let ended = call(command, &[word, name, value]);
            let expected = if is_taken { 0 } else { wrong };
            assert_eq!(ended.status, expected, "{word} {name} {value}: {ended:?}");
        }
        let Some(home) = &python else { continue };
        let command = by_lexicon(&workshop, home);
        let ended = call(command, &["present", name, value]);
        assert_eq!(ended.status == 0, is_taken, "{name} {value}: {ended:?}");
    }
}

#[test]
fn a_client_of_lexicon_neither_waits_without_end_nor_follows_a_redirection() {
    if !has_python() {
        return;
    }
    let workshop = Workshop::open();
    let asks = "import requests
        return requests.Session().send(moved, timeout=None, allow_redirects=True)";
    for (moved, status, says) in [
        ("False", 0, ""),
        (
            "True",
            1,
            "dns01-lexicon: TooManyRedirects: a redirection, which is not followed (the service answered with status 302: to)\n",
        ),
    ] {
        let home = lexicon(&workshop, &asks.replace("moved", moved));
        // A false library, which says what it is told.
        let library = "import sys
class TooManyRedirects(Exception):
    def __init__(self, text, response):
        super().__init__(text)
        self.response = response
class Response:
    status_code, text = 302, 'to'
class Session:
    def send(self, moved, **options):
        print(options, file=sys.stderr)
        response = Response()
        response.is_redirect = moved
        return response
";
        fs::write(home.join("requests.py"), library).unwrap();
        let command = by_lexicon(&workshop, home);
        let ended = call(command, &["present", NAME, "v"]);
        ended.assert_status(status);
        let told = "{'timeout': 60, 'allow_redirects': False}\n";
        assert_eq!(ended.stderr, format!("{told}{says}"));
    }
}
