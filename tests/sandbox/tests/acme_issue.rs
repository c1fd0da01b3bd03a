//! `acme-issue` is the pipeline as one command.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;

use sandbox::{Config, Sandbox};
use serde_json::Value;

/// A program that sets the record of a name instead of adding to it, kept by resolvers for `ttl` seconds.
fn replacing(sandbox: &Sandbox, ttl: u32) -> PathBuf {
    let text = format!(
        "case $1 in\n\
         present) change=\"update delete $2 TXT\nupdate add $2 {ttl} TXT \\\"$3\\\"\" ;;\n\
         cleanup) change=\"update delete $2 TXT \\\"$3\\\"\" ;;\n\
         *) exit 1 ;;\n\
         esac\n\
         printf 'server 198.51.100.11\\n%s\\nsend\\n' \"$change\" | nsupdate -k \"$DNS_KEY\""
    );
    sandbox.script("replacing", &text)
}

#[test]
fn one_command_gives_a_certificate_and_leaves_nothing_behind() {
    let sandbox = Sandbox::start();
    let output = sandbox
        .sh("acme-issue -dexample.test --domains='*.example.test' --key-type ec384 -j 4 -q")
        .success();
    let order = output.document();
    assert_eq!(order["challenges"].as_array().map(Vec::len), Some(2));
    let cert = order["certificate"]["cert"].as_str().expect("a path");
    let text = sandbox
        .sh(&format!("openssl x509 -noout -text -in '{cert}'"))
        .success();
    assert!(text.stdout.contains("384 bit"), "{}", text.stdout);
    assert_eq!(output.stderr, "");
    sandbox.assert_nothing_left();
}

#[test]
fn without_names_on_the_command_line_each_line_of_stdin_is_a_certificate() {
    let sandbox = Sandbox::start();
    let names = "a.example.test b.example.test\nnas.lan\nc.example.test\n";
    let output = sandbox.sh_with("acme-issue", names);
    output.assert_status(1);
    let mut outcomes: Vec<(String, bool)> = output
        .documents()
        .iter()
        .map(|order| (order["name"].to_string(), order["certificate"].is_object()))
        .collect();
    outcomes.sort();
    let expected = [
        ("a.example.test", true),
        ("c.example.test", true),
        ("nas.lan", false),
    ];
    assert_eq!(
        outcomes,
        expected.map(|(name, done)| (format!("\"{name}\""), done))
    );
    sandbox.assert_nothing_left();
}

#[test]
fn a_name_that_acme_order_refuses_makes_the_command_exit_2() {
    let sandbox = Sandbox::start();
    let refused = sandbox.sh("acme-issue -d under_score.example.test -d example.test");
    refused.assert_status(2);
    assert!(refused.stderr.contains("under_score"), "{}", refused.stderr);
    let error = &refused.document()["error"];
    assert_eq!(error["type"], "acmepipe:usage");
    assert!(
        error["detail"]
            .as_str()
            .is_some_and(|text| text.contains("under_score"))
    );
    // The same where it is another program's command line.
    let refused = sandbox.sh("acme-issue -d example.test --resolver nowhere");
    refused.assert_status(2);
    assert_eq!(refused.document()["challenges"][0]["present"], Value::Null);
    sandbox.sh("acme-issue -a </dev/null").assert_status(0);
}

#[test]
fn values_that_replace_each_other_are_validated_in_two_rounds() {
    let sandbox = Sandbox::start();
    let program = replacing(&sandbox, 2);
    let output = sandbox
        .sh(&format!(
            "acme-issue -d example.test -d '*.example.test' -x '{}'",
            program.display()
        ))
        .success();
    let order = output.document();
    assert!(
        order["certificate"].is_object() && order.get("error").is_none(),
        "{order}"
    );
    assert!(
        output.stderr.contains("removed the other"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("may keep that answer"),
        "{}",
        output.stderr
    );
    sandbox.assert_nothing_left();
}

#[test]
fn a_service_that_says_that_it_keeps_one_value_at_a_name_gets_them_in_two_rounds() {
    let sandbox = Sandbox::start();
    let replacing = replacing(&sandbox, 0);
    let text = format!(
        "[ $1 != timeout ] || {{ echo '{{\"timeout\": 60, \"interval\": 2, \"one_per_name\": true}}'; exit; }}\n\
         echo \"$1\" >>calls; exec '{}' \"$@\"",
        replacing.display()
    );
    let program = sandbox.script("says", &text);
    let output = sandbox
        .sh(&format!(
            "acme-issue -d example.test -d '*.example.test' -x '{}'",
            program.display()
        ))
        .success();
    let order = output.document();
    assert!(
        order["certificate"].is_object() && order.get("error").is_none(),
        "{order}"
    );
    assert!(
        !output.stderr.contains("removed the other"),
        "{}",
        output.stderr
    );
    sandbox.assert_nothing_left();
}

#[test]
fn a_signal_to_the_command_stops_all_of_its_programs_after_they_have_cleaned_up() {
    // A secondary that hears of nothing holds the pipeline up at its middle.
    let sandbox = Sandbox::with(Config {
        notify_ns3: false,
        ..Config::default()
    });
    for (signal, status) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
        let mut command = sandbox.command("sh");
        command.args([
            "-c",
            "echo $$ >pid; exec acme-issue -v -d slow.example.test",
        ]);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let presented =
            lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("presented")));
        assert!(
            presented.is_some(),
            "it ended before anything was presented"
        );
        sandbox.sh(&format!("kill -{signal} $(cat pid)")).success();
        let rest = lines.count();
        let ended = child.wait_with_output().expect("ended");
        assert_eq!(
            ended.status.code(),
            Some(status),
            "{signal}, {rest} more lines"
        );
        sandbox.assert_nothing_left();
        assert_eq!(sandbox.sh("dns01-exec list").stdout, "");
    }
}

#[test]
fn it_knows_every_option_of_the_programs_that_it_runs() {
    let sandbox = Sandbox::start();
    let help = sandbox.sh("acme-issue --help").success().stdout;
    let manual = include_str!("../../../man/acme-issue.1");
    // Its own rounds decide the first five, and the other two are for documents that are not its own.
    let decided = [
        "--leftovers",
        "--again",
        "--run",
        "--after-failure",
        "--gone",
        "--accounts",
        "--replace",
    ];
    for program in [
        "acme-order",
        "dns-zone",
        "dns01-exec",
        "dns-wait-txt",
        "acme-finalize",
    ] {
        let words = sandbox
            .sh(&format!("{program} --generate fish"))
            .success()
            .stdout;
        for line in words.lines() {
            let mut fields = line.split(' ').skip_while(|field| *field != "-l").skip(1);
            let Some(long) = fields.next().map(|long| format!("--{long}")) else {
                continue;
            };
            let takes_value = line.contains(" -r ") || line.contains(" -x ");
            if decided.contains(&long.as_str()) || long == "--help" || long == "--version" {
                continue;
            }
            // The last option is an unknown one: it is what is complained of, if the first is known.
            let value = if takes_value { " 1" } else { "" };
            let tried = sandbox.sh(&format!("acme-issue {long}{value} --unknown x"));
            tried.assert_status(2);
            assert!(
                tried.stderr.contains("--unknown"),
                "{program} {long}: {}",
                tried.stderr
            );
            let short = line
                .split(" -s ")
                .nth(1)
                .and_then(|rest| rest.chars().next());
            let named = short.map_or(long.clone(), |letter| format!("-{letter}"));
            // What few need is in the manual alone.
            let flag = format!("Fl -{}", long.trim_start_matches('-'));
            let is_in_manual = |line: &str| {
                let mut names = line.strip_prefix(".It ").unwrap_or_default().split(" , ");
                names.any(|name| name.split(" Ar ").next() == Some(&flag))
            };
            assert!(
                help.contains(&named) || manual.lines().any(is_in_manual),
                "{named} of {program} is not in the help"
            );
        }
    }
}
