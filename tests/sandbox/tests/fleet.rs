//! A pipeline over several hosts, with real ssh between them, as acmepipe-fleet(7) says.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sandbox::{Sandbox, write_script};
use workshop::displays;

/// How many certificates.
const MANY: usize = 1000;
/// So many of them are there when a host dies.
const BEFORE: usize = MANY / 5;

/// How many certificates the CA has issued: each has a URL of its own, which it logs.
fn issued(sandbox: &Sandbox) -> usize {
    let log = fs::read_to_string(sandbox.dir().join("log/caddy.log")).unwrap();
    let urls = log.split("/acme/local/certificate/").skip(1);
    let ids = urls.map(|rest| rest.split(|one: char| !one.is_ascii_alphanumeric()).next());
    ids.collect::<BTreeSet<_>>().len()
}

/// The challenge records that are in the zone.
fn records(sandbox: &Sandbox) -> Vec<String> {
    let zone = sandbox
        .sh("kdig @198.51.100.11 example.test AXFR")
        .success();
    let lines = zone.stdout.lines();
    let records = lines.filter(|line| line.starts_with("_acme-challenge.") && line.contains("TXT"));
    records.map(str::to_owned).collect()
}

#[test]
fn a_host_dies_among_three_that_share_the_work_and_nothing_is_lost() {
    let sandbox = Sandbox::with_hosts(&[("a", true), ("b", true), ("c", true)], false).unwrap();
    let names: String = (0..MANY)
        .map(|number| format!("n{number}.example.test\n"))
        .collect();
    fs::write(sandbox.work().join("names"), names).unwrap();
    let over_hosts = r#"
        acme-account register >/dev/null
        for host in a b c; do cp -r "$LEGO_PATH"/accounts $host/data/; done
        # A host dies that has records to remove.
        { until [ "$(wc -l <done)" -ge $before ] && [ -n "$(ls b/data/journal)" ]; do sleep 0.01; done 2>/dev/null
          wc -l <done >killed; kill -KILL "$(cat b/pid)"; } &
        : >done
        acme-order <names | tee orders |
          parallel --will-cite --pipe -N 25 --retries 3 --joblog jobs -S a,b,c \
            'dns-zone | dns01-exec present | dns-wait-txt | acme-validate | dns01-exec cleanup || [ $? = 1 ]' |
          acme-finalize >>done
        kill $! 2>/dev/null || :"#;
    sandbox.sh(&format!(
        "exec 2>said\nbefore={BEFORE}\n{}{over_hosts}",
        sandbox.for_parallel()
    ));
    let said = fs::read_to_string(sandbox.work().join("said")).unwrap();
    assert_all_issued_once(&sandbox, MANY, &said);
    let killed = fs::read_to_string(sandbox.work().join("killed")).unwrap();
    assert!(killed.trim().parse::<usize>().unwrap() < MANY, "{killed}");
}

/// That in the file `done` there are so many documents, of so many certificates that the CA has issued once each, and
/// that no record is left. `said` is shown otherwise.
fn assert_all_issued_once(sandbox: &Sandbox, many: usize, said: &str) {
    let done = fs::read_to_string(sandbox.work().join("done")).unwrap();
    let documents: Vec<serde_json::Value> = done
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    // Of so many orders this CA fails at one or two, and says so.
    let is_ca_s = |one: &&serde_json::Value| {
        let error = &one["error"];
        error["program"] == "acme-order" && error["status"] == 500
    };
    let (refused, other): (Vec<_>, Vec<_>) = documents
        .iter()
        .filter(|one| !one["error"].is_null())
        .partition(is_ca_s);
    assert_eq!(other, [&serde_json::Value::Null; 0], "{said}");
    assert!(refused.len() * 100 < many, "{said}");
    assert_eq!(documents.len(), many, "{said}");
    let names: BTreeSet<&str> = documents
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert_eq!(names.len(), many);
    assert_eq!(issued(sandbox), many - refused.len());
    assert_eq!(records(sandbox), [""; 0]);
}

/// The script of the page that takes documents from a queue, for the one of this sandbox, and with this many seconds
/// in place of 15 minutes.
fn stage_of_the_page(seconds: u32) -> String {
    let mut displays = displays("acmepipe-fleet.7").into_iter();
    let script = displays.find(|text| text.contains("usage: stage")).unwrap();
    for part in ["queue.example.net", " 900000 "] {
        assert!(script.contains(part), "{part}: {script}");
    }
    script
        .replace("queue.example.net", "127.0.5.100")
        .replace(" 900000 ", &format!(" {seconds}000 "))
}

#[test]
fn a_host_dies_among_three_that_take_documents_from_a_queue_and_another_takes_them_over() {
    const CERTIFICATES: usize = 200;
    let sandbox = Sandbox::with_hosts(&[("a", true), ("b", true), ("c", true)], false).unwrap();
    let names: String = (0..CERTIFICATES)
        .map(|number| format!("n{number}.example.test\n"))
        .collect();
    fs::write(sandbox.work().join("names"), names).unwrap();
    // Longer than any host takes for what it does at once.
    write_script(&sandbox.work().join("stage"), &stage_of_the_page(30)).unwrap();
    // The page says how orders are put into the queue. One host lacks a program, and one dies that has records to
    // remove.
    let ended = sandbox.sh(
        r#"queue() { redis-cli -e -h 127.0.5.100 "$@"; }
           mkdir redis
           redis-server --bind 127.0.5.100 --dir "$PWD/redis" --appendonly yes --appendfsync always >redis/log 2>&1 &
           until queue PING >/dev/null 2>&1; do kill -0 $! || exit 3; done
           for stream in orders validated; do queue XGROUP CREATE $stream hosts 0 MKSTREAM; done >/dev/null
           acme-account register >/dev/null
           for host in a b c; do cp -r "$LEGO_PATH"/accounts $host/data/; done
           acme-order <names | split -l 25 --filter              'redis-cli -e -h 127.0.5.100 -x XADD orders "*" documents' >put || exit
           ./stage orders validated 'dns-zone | dns01-exec present | no-such-program | dns01-exec cleanup' 2>lost; echo $?
           for host in a b c; do
             ssh -F ssh_config $host "$PWD/stage orders validated                'dns-zone | dns01-exec present | dns-wait-txt | acme-validate | dns01-exec cleanup'" >$host/said 2>&1 &
           done
           until [ -n "$(ls b/data/journal 2>/dev/null)" ] && [ "$(queue XLEN validated)" != 0 ]; do sleep 0.01; done
           kill -KILL "$(cat b/pid)"; queue XLEN validated >killed
           ./stage validated done acme-finalize >said 2>&1 & finalizes=$!
           until [ "$(queue XLEN done)" = "$(wc -l <put)" ]; do kill -0 $finalizes || exit 4; sleep 0.1; done
           queue XRANGE done - + | grep '^{' >done
           for stream in orders validated; do queue XLEN $stream; queue XPENDING $stream hosts | head -n 1; done"#,
    );
    let said = ["said", "a/said", "c/said"]
        .map(|name| fs::read_to_string(sandbox.work().join(name)).unwrap_or_default());
    let said = said.concat();
    assert_eq!(
        (ended.status, &*ended.stdout),
        (0, "1\n0\n0\n0\n0\n"),
        "{said} {ended:?}"
    );
    assert_all_issued_once(&sandbox, CERTIFICATES, &said);
    let lost = fs::read_to_string(sandbox.work().join("lost")).unwrap();
    assert!(
        lost.ends_with("stage: not all orders came back from orders\n"),
        "{lost}"
    );
    let killed = fs::read_to_string(sandbox.work().join("killed")).unwrap();
    let batches = CERTIFICATES / 25;
    assert!(
        killed.trim().parse::<usize>().unwrap() < batches,
        "{killed}"
    );
}

/// What each host has of secrets: the names of the files with a private or TSIG key, below these directories.
fn secrets(sandbox: &Sandbox, dirs: &str) -> Vec<String> {
    let line = format!("grep -rlE 'PRIVATE KEY|secret' {dirs} 2>/dev/null | sort");
    let found = sandbox.sh(&line);
    found.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn one_pipe_leads_over_hosts_that_have_their_own_secrets_each() {
    let sandbox = Sandbox::with_hosts(&[("signer", false), ("dns", true)], false).unwrap();
    sandbox
        .sh("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out signer/private.pem &&
             openssl pkey -in signer/private.pem -pubout -out public.pem && mv \"$DNS_KEY\" dns/tsig.key &&
             sed -i \"s|^RFC2136_TSIG_FILE=.*|RFC2136_TSIG_FILE=$PWD/dns/tsig.key|\" dns/.ssh/environment")
        .success();
    let sign = "exec ssh -F ssh_config signer openssl dgst -sha256 -sign private.pem -binary";
    let sign = sandbox.script("sign", sign);
    // The third host is the one that runs the pipe, and uses the certificate.
    let pipe = |finalize: &str| {
        format!(
            "export ACMEPIPE_SIGN_COMMAND={}; run=tls-$$; dns='ssh -F ssh_config dns'
             acme-account register --key public.pem >account || exit
             acme-order -d example.test -d '*.example.test' |
               $dns \"dns-zone | dns01-exec present --run $run | dns-wait-txt\" |
               {finalize} |
               $dns \"dns01-exec cleanup --run $run\"",
            sign.display()
        )
    };
    let document = sandbox.sh(&pipe("acme-finalize")).success().document();
    assert!(
        document["certificate"]["fullchain"].is_string(),
        "{document:#}"
    );
    assert_eq!(records(&sandbox), [""; 0]);
    let certificate = document["certificate"]["key"].as_str().unwrap().to_owned();
    assert!(Path::new(&certificate).is_file());
    let here = secrets(&sandbox, "\"$LEGO_PATH\"");
    assert!(
        here.iter().all(|file| file.contains("/certificates/")),
        "{here:?}"
    );
    assert_eq!(secrets(&sandbox, "signer/*"), ["signer/private.pem"]);
    assert_eq!(secrets(&sandbox, "dns/*"), ["dns/tsig.key"]);

    // Nothing comes back from the middle: the host with the records knows the run by its name.
    let ended = sandbox.sh(&pipe("head -c 1 >/dev/null; false"));
    ended.assert_status(1);
    let lost = ended.documents();
    assert_eq!(lost.len(), 2);
    for one in lost {
        assert_eq!(one["error"]["type"], "acmepipe:lost", "{one:#}");
    }
    assert_eq!(records(&sandbox), [""; 0]);
}
