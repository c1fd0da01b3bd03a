//! What acme.sh's own clients make of a service that refuses, which is played by a `curl` that is none.

use std::process::Command;

use sandbox::write_script;

use super::cloud::{Clouds, Collection};

const NAME: &str = "_acme-challenge.www.example.test";

/// Answers with the first line of `ANSWERS` whose pattern fits method and URL: the status, and the body. No status is no answer.
const CURL: &str = r#"
[ "$1" = --config ] || exit 0
told=$(cat)
value() { printf '%s\n' "$told" | sed -n "s/^$1 = \"\(.*\)\"$/\1/p"; }
method=$(value request)
asked="${method:-GET} $(value url)"
printf '%s\n' "$ANSWERS" | while read -r pattern status body; do
  case $asked in
  *$pattern*) ;;
  *) continue ;;
  esac
  [ "$status" != none ] || exit 7
  echo "HTTP/1.1 $status Words" >"$(value dump-header)"
  printf '%b' "$body" >"$4"
  exit
done
"#;

/// A provider with its variables, what is called, what is answered, and the status.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
    i32,
);

const DREAMHOST: &[(&str, &str)] = &[("DH_API_KEY", "key")];
const ALI: &[(&str, &str)] = &[("Ali_Key", "key"), ("Ali_Secret", "secret")];
const CLOUDNS: &[(&str, &str)] = &[
    ("CLOUDNS_AUTH_ID", "7"),
    ("CLOUDNS_AUTH_PASSWORD", "secret"),
];
const DODE: &[(&str, &str)] = &[("DO_LETOKEN", "key")];
const AURORA: &[(&str, &str)] = &[("AURORA_Key", "key"), ("AURORA_Secret", "secret")];
const DIGITALOCEAN: &[(&str, &str)] = &[("DO_API_KEY", "key")];
const VULTR: &[(&str, &str)] = &[("VULTR_API_KEY", "key")];
const HOSTINGDE: &[(&str, &str)] = &[
    ("HOSTINGDE_APIKEY", "key"),
    ("HOSTINGDE_ENDPOINT", "https://x.test"),
];

/// The zone is found, and the record is there.
macro_rules! ali {
    ($rest:literal) => {
        concat!(
            "RRKeyWord=_acme 200 {\"RequestId\":\"7\",\"Record\":[{\"RR\":\"_acme-challenge.www\",\"Value\":\"v\",\"RecordId\":\"8\"}]}\n",
            "DomainName=example.test 200 {\"PageNumber\":1}\n",
            "DescribeDomainRecords 400 {\"RequestId\":\"7\",\"Code\":\"InvalidDomainName.NoExist\"}\n",
            $rest
        )
    };
}
macro_rules! cloudns {
    ($rest:literal) => {
        concat!(
            "login.json 200 {\"status\":\"Success\"}\n",
            "domain-name=www.example.test 200 {\"status\":\"Failed\"}\n",
            "get-zone-info.json 200 {\"name\":\"example.test\",\"type\":\"master\"}\n",
            "records.json 200 {\"8\":{\"id\":\"8\",\"record\":\"v\"}}\n",
            $rest
        )
    };
}
macro_rules! digitalocean {
    ($rest:literal) => {
        concat!(
            "domains/example.test/records ",
            $rest,
            "\nv2/domains 200 {\"domains\":[{\"name\":\"example.test\"}]}"
        )
    };
}
macro_rules! hostingde {
    ($rest:literal) => {
        concat!(
            "zoneConfigsFind 200 {\"totalEntries\": 1,\\n\"id\": \"7\",\\n\"name\": \"example.test\",\\n\"type\": \"NATIVE\",\\n\"x\": 0}\n",
            "zonesFind 200 {\"status\": \"active\",\\n\"x\": 0}\n",
            $rest
        )
    };
}

const CASES: &[Case] = &[
    (
        "dreamhost",
        DREAMHOST,
        "present",
        "dns-add_record 200 success\\nrecord_added\\n",
        0,
    ),
    (
        "dreamhost",
        DREAMHOST,
        "present",
        "dns-add_record 200 error\\nno_such_zone\\n",
        1,
    ),
    ("dreamhost", DREAMHOST, "present", "dns-add_record 503", 1),
    (
        "dreamhost",
        DREAMHOST,
        "cleanup",
        "dns-remove_record 200 success\\nrecord_removed\\n",
        0,
    ),
    (
        "dreamhost",
        DREAMHOST,
        "cleanup",
        "dns-remove_record 200 error\\nno_such_value\\n",
        0,
    ),
    (
        "dreamhost",
        DREAMHOST,
        "cleanup",
        "dns-remove_record 200 error\\nnot_editable\\n",
        1,
    ),
    (
        "ali",
        ALI,
        "cleanup",
        ali!("DeleteDomainRecord 200 {\"RequestId\":\"7\",\"RecordId\":\"8\"}"),
        0,
    ),
    (
        "ali",
        ALI,
        "cleanup",
        ali!("DeleteDomainRecord 200 {\"RequestId\":\"7\",\"Code\":\"Throttling\"}"),
        1,
    ),
    (
        "ali",
        ALI,
        "cleanup",
        ali!("DeleteDomainRecord 403 {\"RequestId\":\"7\",\"Code\":\"Forbidden\"}"),
        78,
    ),
    (
        "ali",
        ALI,
        "cleanup",
        "RRKeyWord=_acme 500\nDomainName=example.test 200 {\"PageNumber\":1}\nDescribe 404",
        1,
    ),
    (
        "cloudns",
        CLOUDNS,
        "cleanup",
        cloudns!("delete-record.json 200 {\"status\":\"Success\"}"),
        0,
    ),
    (
        "cloudns",
        CLOUDNS,
        "cleanup",
        cloudns!("delete-record.json 200 {\"status\":\"Failed\"}"),
        1,
    ),
    (
        "cloudns",
        CLOUDNS,
        "cleanup",
        cloudns!("delete-record.json none"),
        1,
    ),
    (
        "doapi",
        DODE,
        "present",
        "letsencrypt 200 {\"success\":true}",
        0,
    ),
    (
        "doapi",
        DODE,
        "present",
        "letsencrypt 200 {\"success\":false}",
        1,
    ),
    (
        "aurora",
        AURORA,
        "cleanup",
        "/records 200 []\nzones/example.test 200 {\"id\":\"7\",\"name\": \"example.test\"}\nzones 404",
        0,
    ),
    (
        "aurora",
        AURORA,
        "cleanup",
        "/records 500\nzones/example.test 200 {\"id\":\"7\",\"name\": \"example.test\"}\nzones 404",
        1,
    ),
    (
        "dgon",
        DIGITALOCEAN,
        "cleanup",
        digitalocean!("200 {\"domain_records\":[]}"),
        0,
    ),
    (
        "dgon",
        DIGITALOCEAN,
        "cleanup",
        digitalocean!("429 {\"id\":\"too_many_requests\"}"),
        1,
    ),
    (
        "vultr",
        VULTR,
        "cleanup",
        "/records 200 {}\ndomains 200 {\"domain\":\"example.test\"}",
        0,
    ),
    (
        "vultr",
        VULTR,
        "cleanup",
        "/records 503\ndomains 200 {\"domain\":\"example.test\"}",
        1,
    ),
    (
        "hostingde",
        HOSTINGDE,
        "cleanup",
        hostingde!("zoneUpdate 200 {\"status\": \"success\"}"),
        0,
    ),
    (
        "hostingde",
        HOSTINGDE,
        "cleanup",
        hostingde!("zoneUpdate 200 {\"status\":\"error\"}"),
        1,
    ),
    (
        "hostingde",
        HOSTINGDE,
        "cleanup",
        hostingde!("zoneUpdate none"),
        1,
    ),
];

#[test]
fn a_refusal_that_a_client_of_acme_sh_does_not_see_is_seen() {
    let Some(clouds) = Clouds::start(&[Collection::AcmeSh]) else {
        return;
    };
    let bin = clouds.sandbox.dir().join("false-curl");
    std::fs::create_dir(&bin).unwrap();
    write_script(&bin.join("curl"), CURL).unwrap();
    let path =
        std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&clouds.path())));
    let path = path.unwrap();
    for (provider, variables, word, answers, status) in CASES {
        let mut command: Command = clouds.sandbox.command("dns01-acmesh");
        command
            .env("LE_WORKING_DIR", clouds.acme_sh())
            .env("DNS01_ACMESH", format!("dns_{provider}"))
            .envs(variables.iter().copied())
            .env("PATH", &path)
            .env("ANSWERS", answers)
            .args([word, NAME, "v"]);
        let ended = clouds.sandbox.output(command, "");
        assert_eq!(
            ended.status, *status,
            "{provider} {word} {answers}: {}",
            ended.stderr
        );
    }
}
