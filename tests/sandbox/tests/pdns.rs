//! `dns01-pdns` with PowerDNS itself: the whole pipeline, many at once, two programs at one name, and killed in the middle.

use sandbox::{Host, Kind, Layout, Tools, Topology, own_servers};

const SERVER: &str = "198.51.100.11";
const KEY: &str = "a-key-of-the-api";
const ZONES: [&str; 2] = ["example.test", "other.test"];

/// PowerDNS with its API, and a CA.
fn powerdns() -> Topology {
    let lines = own_servers(&[SERVER]) + "www A 192.0.2.1\nalias CNAME www\n";
    let config = format!(
        "api=yes\napi-key={KEY}\nwebserver-address={SERVER}\nwebserver-allow-from=198.51.100.0/24\nprimary=yes\n"
    );
    let mut host = Host::new(Kind::PowerDns, SERVER).config(&config);
    let mut layout = Layout::new().with_ca();
    for zone in ZONES {
        layout = layout.delegate(zone, &[SERVER]);
        host = host.zone(zone, &lines);
    }
    layout.host(host).start()
}

/// A line of shell that knows where the API is.
fn with_api(line: &str) -> String {
    format!(
        "export EXEC_PATH=dns01-pdns PDNS_API_URL=http://{SERVER}:8081 PDNS_API_KEY={KEY}; {line}"
    )
}

/// The values at a name, as the server has them.
fn values(topology: &Topology, name: &str) -> Vec<String> {
    let asked = topology.sh(&format!("kdig +short +norec @{SERVER} {name} TXT"));
    let mut values: Vec<String> = asked.success().stdout.lines().map(str::to_owned).collect();
    values.sort();
    values
}

const NO_VALUES: [&str; 0] = [];

#[test]
fn a_certificate_for_apex_wildcard_and_another_zone_is_issued_and_nothing_stays() {
    let topology = powerdns();
    for more in ["", "--batch", "-j 8"] {
        let line = format!(
            "acme-order -d example.test -d '*.example.test' -d www.other.test | dns-zone | \
             dns01-exec present {more} | dns-wait-txt | acme-finalize | dns01-exec cleanup {more}"
        );
        let ended = topology.sh(&with_api(&line)).success();
        assert!(!ended.stderr.contains(KEY), "{ended:?}");
        let document = ended.document();
        assert!(document["certificate"]["cert"].is_string(), "{document}");
        for name in [
            "_acme-challenge.example.test",
            "_acme-challenge.www.other.test",
        ] {
            assert_eq!(values(&topology, name), NO_VALUES, "{more}");
        }
    }
}

#[test]
fn programs_that_change_one_name_at_once_lose_no_value() {
    let topology = powerdns();
    let at_once = |action: &str, programs: &str| {
        let line = format!(
            "for number in $(seq 12); do \
             {programs} dns01-pdns {action} _acme-challenge.www.example.test value$number & all=\"$all $!\"; \
             dns01-pdns {action} _acme-challenge.www.other.test value$number & all=\"$all $!\"; \
             done; for one in $all; do wait $one || exit 1; done"
        );
        topology.sh(&with_api(&line)).success();
    };
    at_once("present", "");
    let all: Vec<String> = (1..=12)
        .map(|number| format!("\"value{number}\""))
        .collect();
    for zone in ZONES {
        let mut expected = all.clone();
        expected.sort();
        assert_eq!(
            values(&topology, &format!("_acme-challenge.www.{zone}")),
            expected
        );
    }
    at_once("cleanup", "");
    for zone in ZONES {
        assert_eq!(
            values(&topology, &format!("_acme-challenge.www.{zone}")),
            NO_VALUES
        );
    }
}

#[test]
fn a_hundred_names_of_a_zone_are_one_change_and_adding_and_removing_twice_is_fine() {
    let topology = powerdns();
    let challenges: String = (0..100)
        .map(|number| {
            format!(
                "{{\"fqdn\":\"_acme-challenge.h{}.example.test.\",\"value\":\"v{number}\"}}\n",
                number / 2
            )
        })
        .collect();
    let call = |action: &str| {
        let line = with_api(&format!("dns01-pdns {action} -vv"));
        let ended = topology.sh_with(&line, &challenges).success();
        assert_eq!(ended.stdout, "", "{ended:?}");
        // No zone is told, and each that there may be is asked for once.
        assert_eq!(ended.stderr.matches("?zone=example.test.\n").count(), 1);
        ended.stderr.matches("> PATCH ").count()
    };
    assert_eq!([call("present-batch"), call("present-batch")], [1, 0]);
    assert_eq!(
        values(&topology, "_acme-challenge.h7.example.test"),
        ["\"v14\"", "\"v15\""]
    );
    assert_eq!([call("cleanup-batch"), call("cleanup-batch")], [1, 0]);
    assert_eq!(
        values(&topology, "_acme-challenge.h7.example.test"),
        NO_VALUES
    );
}

#[test]
fn what_a_run_that_was_killed_left_is_removed_and_nothing_else() {
    let topology = powerdns();
    topology
        .sh(&with_api(
            "dns01-pdns present _acme-challenge.www.example.test. of-another",
        ))
        .success();
    // All of it is killed once the records are there.
    let line = "acme-order -d www.example.test -d '*.www.example.test' | dns-zone | \
                setsid dns01-exec present --batch | { read -r order; kill -KILL $$; }";
    topology.sh(&with_api(&format!("bash -c {}", quoted(line))));
    assert_eq!(
        values(&topology, "_acme-challenge.www.example.test").len(),
        3
    );
    topology
        .sh(&with_api("dns01-exec cleanup --leftovers"))
        .success();
    assert_eq!(
        values(&topology, "_acme-challenge.www.example.test"),
        ["\"of-another\""]
    );
}

#[test]
fn killed_at_whatever_moment_it_leaves_nothing_that_cannot_be_removed() {
    let topology = powerdns();
    let challenge = |number: usize| {
        format!(
            "{{\"fqdn\":\"_acme-challenge.k{number}.example.test.\",\"value\":\"v\",\"zone\":\"example.test.\"}}\n"
        )
    };
    let challenges: String = (0..6).map(challenge).collect();
    for (number, more) in ["", "--batch", "-j 8"].iter().cycle().take(9).enumerate() {
        // From before its first request until after its last.
        let moment = number * 15;
        let line = format!(
            "cat >challenges; setsid dns01-exec present {more} --timeout 60 --interval 2 <challenges >presented & \
             sleep 0.{moment:03}; kill -KILL $!; wait; dns01-exec cleanup --leftovers"
        );
        topology.sh_with(&with_api(&line), &challenges).success();
        for number in 0..6 {
            let name = format!("_acme-challenge.k{number}.example.test");
            assert_eq!(values(&topology, &name), NO_VALUES, "{more} {moment}");
        }
    }
}

fn quoted(line: &str) -> String {
    format!("'{}'", line.replace('\'', r"'\''"))
}

#[test]
fn a_primary_tells_its_secondaries_and_a_serial_that_stays_is_warned_of() {
    let topology = powerdns();
    topology.sql(SERVER, "UPDATE domains SET type = 'MASTER';");
    let present = |value: &str, options: &str| {
        let line =
            format!("dns01-pdns present {options} -- _acme-challenge.www.example.test {value}");
        topology.sh(&with_api(&line)).success()
    };
    let shown = present("a", "--dry-run").stdout;
    assert!(shown.contains("/zones/example.test./notify\n"), "{shown}");
    assert_eq!(
        values(&topology, "_acme-challenge.www.example.test"),
        NO_VALUES
    );
    let told = present("a", "-vv").stderr;
    assert!(
        told.contains("> PUT ") && told.contains("/notify"),
        "{told}"
    );
    assert!(
        told.contains("so secondary servers will not fetch"),
        "{told}"
    );
    topology.sql(
        SERVER,
        "INSERT INTO domainmetadata (domain_id, kind, content) \
         SELECT id, 'SOA-EDIT-API', 'DEFAULT' FROM domains;",
    );
    let told = present("b", "-vv").stderr;
    assert!(!told.contains("will not fetch"), "{told}");
    topology.sql(SERVER, "UPDATE domains SET type = 'SLAVE';");
    let line = "dns01-pdns present _acme-challenge.www.example.test c";
    let ended = topology.sh(&with_api(line));
    assert_eq!(ended.status, 1);
    assert!(
        ended
            .stderr
            .contains("is a secondary server of example.test."),
        "{ended:?}"
    );
}

#[test]
fn what_the_server_refuses_is_said_with_what_can_be_done() {
    let topology = powerdns();
    for (variables, name, says, hint) in [
        (
            "PDNS_API_KEY=wrong",
            "www.example.test",
            "it answered 401",
            "api-key",
        ),
        (
            "PDNS_SERVER_NAME=wrong",
            "www.example.test",
            "it answered 404",
            "PDNS_SERVER_NAME, which is wrong",
        ),
        (
            "DNS01_ZONE=www.example.test",
            "www.example.test",
            "it answered 404",
            "DNS01_ZONE",
        ),
        (
            "",
            "www.nowhere.test",
            "has no zone",
            "the server of that zone",
        ),
        (
            "",
            "alias.example.test",
            "it answered 422",
            "a CNAME for instance",
        ),
        (
            "PDNS_API_URL=http://198.51.100.11:8081/api",
            "www.example.test",
            "it answered 404",
            "ends in /api, which is added to it",
        ),
        (
            "PDNS_API_URL=http://198.51.100.11:1",
            "www.example.test",
            "refused",
            "the port",
        ),
        (
            "PDNS_API_URL=https://198.51.100.11:8081",
            "www.example.test",
            "GET https://",
            "whether it is http or https",
        ),
        (
            "PDNS_API_URL=https://pdns.invalid:8081",
            "www.example.test",
            "Name or service not known",
            "the host and the port",
        ),
    ] {
        let name = if name.starts_with("alias") {
            name.to_owned()
        } else {
            format!("_acme-challenge.{name}")
        };
        let ended = topology.sh(&with_api(&format!(
            "{variables} dns01-pdns present {name} value"
        )));
        let hint_is_there = ended
            .stderr
            .lines()
            .any(|line| line.contains("hint:") && line.contains(hint));
        assert_eq!(ended.status, 1, "{ended:?}");
        assert!(
            ended.stderr.contains(says) && hint_is_there,
            "{variables} {name}: {ended:?}"
        );
        assert!(!ended.stderr.contains(KEY), "{ended:?}");
    }
}

/// lego is Debian's. It tells no zone, passes values that begin with a hyphen as they are, and holds no lock.
#[test]
fn lego_gets_a_certificate_with_the_program_as_its_exec_path() {
    if let Err(error) = Tools::fetch(&["peers"]) {
        eprintln!("lego is not at hand, so it was not tried: {error}");
        return;
    }
    let topology = powerdns();
    let line = "EXEC_PATH=$(command -v dns01-pdns) EXEC_POLLING_INTERVAL=1 EXEC_SEQUENCE_INTERVAL=0 \
                lego --server $LEGO_SERVER --accept-tos --email $LEGO_EMAIL --path lego --dns exec \
                --dns.resolvers 127.0.0.1:53 -d example.test -d '*.example.test' -d www.other.test run";
    let ended = topology.sh(&with_api(line)).success();
    assert!(
        !ended.stderr.contains(KEY) && !ended.stdout.contains(KEY),
        "{ended:?}"
    );
    topology
        .sh("test -s lego/certificates/example.test.crt")
        .success();
    for name in [
        "_acme-challenge.example.test",
        "_acme-challenge.www.other.test",
    ] {
        assert_eq!(values(&topology, name), NO_VALUES);
    }
}

/// All of a name's TXT records as the API has them: `TTL "value" -"disabled"`, sorted.
fn records(topology: &Topology, name: &str) -> String {
    let sets = format!(".rrsets[] | select(.name == \"{name}.\" and .type == \"TXT\")");
    let shown = "\"\\(.ttl)\" + ([.records[] | (if .disabled then \" -\" else \" \" end) + .content] | sort | add)";
    self::shown(topology, &format!("{sets} | {shown}"))
}

/// What a filter of jq makes of the zone as the API has it.
fn shown(topology: &Topology, filter: &str) -> String {
    let url = format!("http://{SERVER}:8081/api/v1/servers/localhost/zones/example.test.");
    let line = format!("curl -sS -H 'X-API-Key: {KEY}' {url} | jq -r '{filter}'");
    topology.sh(&line).success().stdout.trim_end().to_owned()
}

/// Has the server keep exactly these at a name, with a TTL of 777.
fn keep(topology: &Topology, name: &str, records: &[(&str, bool)]) {
    let record = |(value, is_disabled): &(&str, bool)| {
        format!("{{\"content\":\"\\\"{value}\\\"\",\"disabled\":{is_disabled}}}")
    };
    let records: Vec<String> = records.iter().map(record).collect();
    let body = format!(
        "{{\"rrsets\":[{{\"name\":\"{name}.\",\"type\":\"TXT\",\"ttl\":777,\"changetype\":\"REPLACE\",\"records\":[{}]}}]}}",
        records.join(",")
    );
    let url = format!("http://{SERVER}:8081/api/v1/servers/localhost/zones/example.test.");
    let line = format!("curl -sSf -X PATCH -H 'X-API-Key: {KEY}' --data-binary @- {url}");
    topology.sh_with(&line, &body).success();
}

#[test]
fn what_others_have_at_a_name_stays_with_its_ttl_be_it_served_or_not() {
    let topology = powerdns();
    let name = "_acme-challenge.example.test";
    let call = |word: &str, value: &str| {
        let line = format!("dns01-pdns {word} {name} {value}");
        topology.sh(&with_api(&line)).success();
        records(&topology, name)
    };
    keep(&topology, name, &[("other", false), ("off", true)]);
    assert_eq!(call("present", "v"), "777 \"other\" \"v\" -\"off\"");
    assert_eq!(call("cleanup", "v"), "777 \"other\" -\"off\"");
    keep(&topology, name, &[("off", true)]);
    assert_eq!(call("present", "v"), "777 \"v\" -\"off\"");
    assert_eq!(call("cleanup", "v"), "777 -\"off\"");
    assert_eq!(call("cleanup", "off"), "");
    keep(&topology, name, &[("v", true)]);
    assert_eq!(call("present", "v"), "777 \"v\"");
    // Comments, which are kept of names without records as well.
    let name = "_acme-challenge.www.example.test";
    topology.sql(
        SERVER,
        &format!(
            "INSERT INTO comments (domain_id, name, type, modified_at, account, comment) \
             SELECT id, '{name}', 'TXT', 7, 'somebody', 'leave this' FROM domains WHERE name = 'example.test';"
        ),
    );
    for word in ["present", "cleanup"] {
        let line = format!("dns01-pdns {word} {name} v");
        topology.sh(&with_api(&line)).success();
        let comments = ".rrsets[] | select(.name == \"_acme-challenge.www.example.test.\") | .comments[0].content";
        assert_eq!(shown(&topology, comments), "leave this", "{word}");
    }
    assert_eq!(records(&topology, name), "0");
}

#[test]
fn a_name_with_a_cname_leaves_the_others_of_a_batch_alone() {
    let topology = powerdns();
    let line = |name| format!("{{\"fqdn\":\"{name}.example.test.\",\"value\":\"v\"}}\n");
    let batch = ["a1", "alias", "a2"].map(line).concat();
    let ended = topology.sh_with(&with_api("dns01-pdns present-batch"), &batch);
    let failed = ended.success().document();
    assert_eq!(failed["fqdn"], "alias.example.test.");
    for name in ["a1.example.test", "a2.example.test"] {
        assert_eq!(values(&topology, name), ["\"v\""]);
    }
}

#[test]
fn no_record_is_written_below_a_zone_cut() {
    let topology = powerdns();
    topology.sql(
        SERVER,
        "INSERT INTO records (domain_id, name, type, content, ttl, auth) SELECT id, 'cut.example.test', 'NS', \
         'ns.elsewhere.test', 60, 0 FROM domains WHERE name = 'example.test';\n",
    );
    let present = "dns01-pdns present _acme-challenge.www.cut.example.test v";
    let ended = topology.sh(&with_api(present));
    ended.assert_status(1);
    assert!(
        ended.stderr.contains("delegates cut.example.test."),
        "{ended:?}"
    );
    topology
        .sh(&with_api(
            "dns01-pdns present _acme-challenge.www.example.test v",
        ))
        .success();
}
