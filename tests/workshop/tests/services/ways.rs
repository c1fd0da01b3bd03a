//! Which of two collections serves a service, and what clients of lexicon do not look at.

use std::fs;

use serde_json::Value;
use workshop::{Workshop, has_python};

use super::{NAME, acme_sh, by_lexicon, call, lexicon, service};

#[test]
fn a_service_that_lexicon_serves_first_is_served_by_acme_sh_where_lexicon_is_not_installed() {
    let workshop = Workshop::open();
    acme_sh(&workshop, ":");
    let home = workshop.dir().join("acme.sh/dnsapi");
    let client = fs::read_to_string(home.join("dns_cf.sh")).unwrap();
    fs::write(
        home.join("dns_nsone.sh"),
        client.replace("dns_cf", "dns_nsone"),
    )
    .unwrap();
    let bin = workshop.dir().join("bin");
    fs::create_dir(&bin).unwrap();
    let none = "echo 'dns01-lexicon: lexicon is not installed' >&2; exit 2";
    workshop::write_script(&bin.join("python3"), none).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    for words in [
        &["timeout"][..],
        &["present", NAME, "v"],
        &["cleanup", NAME, "v"],
    ] {
        let mut command = service(&workshop, "ns1");
        command
            .env_remove("DNS01_COLLECTION")
            .env("PATH", &path)
            .env("NS1_API_KEY", "key");
        let ended = call(command, words);
        ended.assert_status(0);
        if words == ["timeout"] {
            let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
            assert_eq!(answer["one_per_name"], true, "{answer}");
        }
    }
}

#[test]
fn values_take_turns_where_a_client_mixes_them_up_and_not_where_another_does_not() {
    if !has_python() {
        return;
    }
    let workshop = Workshop::open();
    let mut command = service(&workshop, "route53");
    command
        .env("DNS01_COLLECTION", "lexicon")
        .env("PYTHONPATH", lexicon(&workshop, "return True"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let ended = call(command, &["timeout"]);
    ended.assert_status(0);
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(answer.get("one_per_name"), None, "{answer}");
}

#[test]
fn what_route_53_refuses_to_remove_is_no_success() {
    if !has_python() {
        return;
    }
    let workshop = Workshop::open();
    for (done, status) in [("True", 0), ("False", 1)] {
        let does = format!(
            "self._change_record_sets('DELETE', rtype, name, content)
        return True
    def _change_record_sets(self, action, rtype, name, content):
        return {done}"
        );
        let mut command = service(&workshop, "route53");
        command
            .env("DNS01_COLLECTION", "lexicon")
            .env("DNS01_ZONE", "example.test.")
            .env("PYTHONPATH", lexicon(&workshop, &does))
            .env("PYTHONDONTWRITEBYTECODE", "1");
        let ended = call(command, &["cleanup", NAME, "v"]);
        assert_eq!(ended.status, status, "{done}: {}", ended.stderr);
        let says = "RuntimeError: Route 53 refused the change";
        assert_eq!(ended.stderr.contains(says), status == 1, "{}", ended.stderr);
    }
}

#[test]
fn what_dnspod_refuses_to_remove_is_no_success() {
    if !has_python() {
        return;
    }
    let workshop = Workshop::open();
    // A record that it does not know any more is gone.
    for (code, status) in [("1", 0), ("8", 0), ("-1", 1)] {
        let does = format!(
            "self._request('POST', '/Record.Remove', data={{}}, query_params=None)
        return True
    def _request(self, action='GET', url='/', data=None, query_params=None):
        return {{'status': {{'code': '{code}', 'message': 'no'}}}}"
        );
        let mut command = service(&workshop, "dnspod");
        command
            .env("DNS01_COLLECTION", "lexicon")
            .env("DNSPOD_API_KEY", "12,token")
            .env("DNS01_ZONE", "example.test.")
            .env("PYTHONPATH", lexicon(&workshop, &does))
            .env("PYTHONDONTWRITEBYTECODE", "1");
        let ended = call(command, &["cleanup", NAME, "v"]);
        assert_eq!(ended.status, status, "{code}: {}", ended.stderr);
        let says = "RuntimeError: DNSPod refused the change";
        assert_eq!(ended.stderr.contains(says), status == 1, "{}", ended.stderr);
    }
}

#[test]
fn a_record_that_a_client_of_lexicon_finds_there_or_gone_is_as_it_has_to_be() {
    if !has_python() {
        return;
    }
    let workshop = Workshop::open();
    let no_answer = "raise ValueError('such a record, or none')";
    let answer = "raise Refused('for url')";
    for (word, fails, found, status) in [
        ("present", "return False", "[1]", 0),
        ("present", no_answer, "[1]", 0),
        ("present", answer, "[1]", 0),
        ("present", "return False", "[]", 1),
        ("present", answer, "[]", 1),
        ("present", answer, "1 / 0", 1),
        // Google's and Sakura Cloud's clients fail where there is nothing to remove.
        ("cleanup", "return False", "[]", 0),
        ("cleanup", no_answer, "[]", 0),
        ("cleanup", "return False", "[1]", 1),
        ("cleanup", no_answer, "[1]", 1),
        ("cleanup", no_answer, "1 / 0", 1),
        ("cleanup", answer, "[]", 78),
    ] {
        let does = format!(
            "{fails}\n    def list_records(self, rtype, name, content):\n        return {found}"
        );
        let command = by_lexicon(&workshop, lexicon(&workshop, &does));
        let ended = call(command, &[word, NAME, "v"]);
        let what = format!("{word} {fails} {found}: {}", ended.stderr);
        assert_eq!(ended.status, status, "{what}");
        assert!(!ended.stderr.contains("ZeroDivision"), "{what}");
    }
}

#[test]
fn a_lexicon_that_is_there_in_part_is_not_said_to_be_missing() {
    if !has_python() {
        return;
    }
    let workshop = Workshop::open();
    let discovery = "def find_providers(): return {'cloudflare': True}\n";
    for (text, says) in [
        (
            format!("{discovery}def load_provider_module(_): import lacking\n"),
            "the lexicon that is installed cannot be used, install it anew: ModuleNotFoundError: No module named 'lacking'",
        ),
        (
            "import lacking\n".to_owned(),
            "the lexicon that is installed cannot be used, install it anew: ModuleNotFoundError: No module named 'lacking'",
        ),
        (
            "def find_providers(): raise LookupError('dns-lexicon')\n".to_owned(),
            "the lexicon that is installed cannot be used, install it anew: LookupError: dns-lexicon",
        ),
        (
            "import lexicon.older\n".to_owned(),
            "lexicon is not installed for this python3: `pip install dns-lexicon`, 3.21 or newer",
        ),
    ] {
        let home = lexicon(&workshop, "pass");
        fs::write(home.join("lexicon/_private/discovery.py"), text).unwrap();
        let mut command = workshop.command("dns01-lexicon");
        command
            .env("PYTHONPATH", home)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("DNS01_LEXICON", "cloudflare");
        let ended = call(command, &["timeout"]);
        ended.assert_status(2);
        let said = format!("dns01-lexicon: {says}\n");
        let answer = serde_json::json!({"error": says});
        assert_eq!(ended.stderr, said, "{ended:?}");
        assert_eq!(ended.document(), answer, "{ended:?}");
    }
}
