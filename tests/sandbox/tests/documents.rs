//! The contract of the pipe: documents go in and out of every program, alone and together.

use sandbox::{Certificate, Config, Sandbox, Zone};
use serde_json::Value;

#[test]
fn dns_zone_alone_says_the_zone_of_a_name() {
    let sandbox = Sandbox::start();
    assert_eq!(
        sandbox
            .sh("dns-zone www.example.test | jq -r .zone")
            .success()
            .stdout,
        "example.test.\n"
    );
    let several = sandbox
        .sh("dns-zone a.b.c.example.test example.test")
        .success();
    assert_eq!(several.documents().len(), 2);
}

#[test]
fn dns01_exec_and_dns_wait_txt_alone_take_a_name_and_a_value() {
    let sandbox = Sandbox::start();
    let name = "_acme-challenge.example.test.";
    sandbox
        .sh(&format!("dns01-exec present -- {name} value-1"))
        .success();
    let waited = sandbox
        .sh(&format!("dns-wait-txt -- {name} value-1"))
        .success()
        .document();
    assert_eq!(
        waited["propagated"]["servers"].as_array().map(Vec::len),
        Some(6),
        "{waited:#}"
    );
    assert_eq!(sandbox.txt_records("example.test").len(), 3);
    sandbox
        .sh(&format!("dns01-exec cleanup -- {name} value-1"))
        .success();
    sandbox.assert_nothing_left();
}

#[test]
fn a_value_that_starts_with_a_dash_is_a_value() {
    let sandbox = Sandbox::start();
    let name = "_acme-challenge.example.test.";
    sandbox
        .sh(&format!(
            "dns01-exec present -- {name} -n && dns-wait-txt -- {name} -n"
        ))
        .success();
    sandbox
        .sh(&format!("dns01-exec cleanup -- {name} -n"))
        .success();
    sandbox.assert_nothing_left();
}

#[test]
fn every_step_can_be_done_by_hand_from_files() {
    let sandbox = Sandbox::start();
    sandbox.sh("acme-order -d example.test >1.json").success();
    let shown = sandbox
        .sh("jq -c '.challenges[] | {fqdn, value}' 1.json")
        .success()
        .document();
    assert_eq!(shown["fqdn"], "_acme-challenge.example.test.");
    sandbox.sh("dns-zone <1.json >2.json").success();
    sandbox.sh("dns01-exec present <2.json >3.json").success();
    sandbox
        .sh("jq -c '.challenges[]' 3.json | dns-wait-txt")
        .success();
    sandbox.sh("acme-validate <3.json >4.json").success();
    let validated = sandbox.sh("cat 4.json").document();
    assert_eq!(validated["challenges"][0]["status"], "valid");
    sandbox.sh("acme-finalize <4.json >5.json").success();
    let order = sandbox
        .sh("dns01-exec cleanup <5.json")
        .success()
        .document();
    Certificate::of(&sandbox, &order);
    sandbox.assert_nothing_left();
}

#[test]
fn challenges_go_one_by_one_without_their_order() {
    let sandbox = Sandbox::start();
    let steps = "acme-order -d example.test,www.example.test | tee order.json | jq -c '.challenges[]' | dns-zone \
                 | dns01-exec present | dns-wait-txt >challenges.json";
    sandbox.sh(steps).success();
    assert_eq!(sandbox.sh("cat challenges.json").documents().len(), 2);
    let order = sandbox.sh("acme-finalize <order.json").success().document();
    Certificate::of(&sandbox, &order);
    assert_eq!(
        sandbox
            .sh("dns01-exec cleanup <challenges.json")
            .success()
            .documents()
            .len(),
        2
    );
    sandbox.assert_nothing_left();
}

#[test]
fn jq_may_stand_between_all_programs() {
    let sandbox = Sandbox::start();
    let line = "acme-order -d example.test,*.example.test | jq . | dns-zone | jq . | dns01-exec present | jq . \
                | dns-wait-txt | jq . | acme-validate | jq . | acme-finalize | jq . | dns01-exec cleanup";
    let order = sandbox.sh(line).success().document();
    Certificate::of(&sandbox, &order);
    sandbox.assert_nothing_left();
}

#[test]
fn members_that_no_program_knows_survive_the_whole_pipeline_in_their_place() {
    let sandbox = Sandbox::start();
    let mine = r#"{"number":12345678901234567890.10,"text":"ünï \u0000\ud83d\ude00","list":[null,true,{}]}"#;
    // By sed, since jq would round the number.
    let mark = format!(
        r#"sed 's|^{{|{{"mine":{}, |; s|"order":{{|&"mine":[7], |; s|"identifier":{{"type"|"mine":{{"deep":1.50}},&|g'"#,
        mine.replace('\\', r"\\")
    );
    let line = format!(
        "acme-order -d example.test | {mark} | {} | {}",
        Sandbox::PREPARE,
        Sandbox::FINISH
    );
    let output = sandbox.sh(&line).success();
    let order = output.document();
    assert_eq!(order["mine"], serde_json::from_str::<Value>(mine).unwrap());
    assert!(
        output.stdout.contains("12345678901234567890.10"),
        "{}",
        output.stdout
    );
    assert!(
        output.stdout.contains(r#""deep":1.50"#),
        "{}",
        output.stdout
    );
    assert_eq!(order.as_object().unwrap().keys().next().unwrap(), "mine");
    assert_eq!(order["order"]["mine"], serde_json::json!([7]));
    Certificate::of(&sandbox, &order);
}

#[test]
fn of_several_orders_in_one_stream_some_fail_and_the_others_certificate_is_issued() {
    let zones = ["example.test", "refused.test"].map(Zone::new);
    let sandbox = Sandbox::with(Config::default().zones(zones));
    let script = "#!/bin/sh\ncase $2 in *.refused.test.) echo 'not this one' >&2; exit 3 ;; esac\nexec \"$SCRIPT\" \"$@\"\n";
    sandbox
        .sh_with("cat >script; chmod +x script", script)
        .success();
    let line = "export SCRIPT=\"$EXEC_PATH\" EXEC_PATH=./script; acme-order";
    let line = format!("{line} | {} | {}", Sandbox::PREPARE, Sandbox::FINISH);
    // One that has no zone, one that the script cannot do, one that the CA does not want.
    let names = "www.missing.test\nexample.test www.example.test\nrefused.test\nblocked.test\n";
    let output = sandbox.sh_with(&line, names);
    output.assert_status(1);
    let orders = output.documents();
    let named = |name: &str| orders.iter().find(|order| order["name"] == name).unwrap();
    let missing = &named("www.missing.test")["error"];
    assert_eq!(missing["program"], "dns-zone", "{missing:#}");
    assert_eq!(missing["type"], "acmepipe:dns:no-zone", "{missing:#}");
    assert_eq!(
        named("refused.test")["error"]["type"],
        "acmepipe:exec:status"
    );
    assert!(
        named("refused.test")["error"]["detail"]
            .as_str()
            .unwrap()
            .contains("not this one")
    );
    let blocked = &named("blocked.test")["error"];
    assert_eq!(blocked["program"], "acme-order", "{blocked:#}");
    assert_eq!(
        blocked["type"], "urn:ietf:params:acme:error:rejectedIdentifier",
        "{blocked:#}"
    );
    assert_eq!(
        Certificate::of(&sandbox, named("example.test")).names,
        ["example.test", "www.example.test"]
    );
    sandbox.assert_nothing_left();
}

#[test]
fn text_that_is_no_document_is_said_and_skipped() {
    let sandbox = Sandbox::start();
    let output = sandbox.sh_with("dns-zone | jq -r .zone", "not json\n");
    assert!(output.stderr.contains("line 1"), "{output:?}");
    let output = sandbox.sh_with(
        "(acme-order -d example.test; echo '{\"half'; acme-order -d www.example.test) | dns-zone",
        "",
    );
    output.assert_status(1);
    let good = output
        .documents()
        .iter()
        .filter(|one| one["challenges"][0]["zone"] == "example.test.")
        .count();
    assert_eq!(good, 2, "{output:?}");
}

#[test]
fn a_command_line_that_is_wrong_anywhere_is_the_documents_error_and_the_pipelines_status() {
    let sandbox = Sandbox::start();
    let good = [
        "acme-order -d example.test",
        "dns-zone",
        "dns01-exec present",
        "dns-wait-txt",
        "acme-finalize",
        "dns01-exec cleanup",
    ];
    for (place, wrong) in [
        (0, "acme-order -d under_score.example.test"),
        (1, "dns-zone --resolver nowhere"),
        (2, "dns01-exec present -x /nonexistent"),
        (2, "dns01-exec present --typo"),
        (3, "dns-wait-txt --tmeout 5"),
        (4, "acme-finalize --key-type=DSA"),
        (4, "acme-finalize oops"),
        (2, "dns01-exec presnt"),
        (2, "dns01-exec --batc present"),
    ] {
        let mut programs = good;
        programs[place] = wrong;
        let output = sandbox.sh(&programs.join(" | "));
        output.assert_status(1);
        let order = output.document();
        assert_eq!(
            order["error"]["type"], "acmepipe:usage",
            "{wrong}: {order:#}"
        );
        let (by, _) = wrong.split_once(' ').unwrap();
        assert_eq!(order["error"]["program"], by);
        assert_eq!(order["order"]["url"].is_string(), place > 0, "{wrong}");
        sandbox.assert_no_trace();
    }
    // Nobody reads on who was given something to work on, or whom nobody listens to.
    let alone = "mkfifo open; exec 9<>open; { timeout 20 dns-zone --typo a.test b.test <open; echo $?; } | cat";
    let output = sandbox.sh(alone);
    assert_eq!(output.stdout, "2\n", "{output:?}");
    for never in ["cleanup --leftovers -x /missing", "list --typo", "timeout"] {
        let alone = format!("{{ EXEC_PATH= timeout 20 dns01-exec {never} <open; echo $?; }} | cat");
        let output = sandbox.sh(&format!("exec 9<>open; {alone}"));
        assert_eq!(output.stdout, "2\n", "{never}: {output:?}");
    }
}

#[test]
fn no_secret_is_in_a_document() {
    let sandbox = Sandbox::start();
    let output = sandbox.issue("-d example.test").success();
    assert!(
        !output.stdout.contains("PRIVATE KEY") && !output.stdout.contains("\"d\":"),
        "{}",
        output.stdout
    );
}

#[test]
fn help_and_version_are_everywhere() {
    let sandbox = Sandbox::start();
    for program in [
        "acme-order",
        "dns-zone",
        "dns01-exec",
        "dns-wait-txt",
        "acme-validate",
        "acme-finalize",
    ] {
        let help = sandbox.run(program, &["--help"]).success();
        assert!(
            help.stderr.is_empty() && help.stdout.contains(program),
            "{help:?}"
        );
        let version = sandbox.run(program, &["--version"]).success().stdout;
        assert_eq!(
            version.trim(),
            format!("{program} {}", env!("CARGO_PKG_VERSION"))
        );
        sandbox.run(program, &["--no-such-option"]).assert_status(2);
    }
}
