//! Which certificates of a store are due, and what is asked of their CAs to know that.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose};
use serde_json::{Value, json};
use workshop::{Asked, Ended, FalseCa, Issuer, Proxy, Reply, Workshop, directory_object, run};

const A: &str = "a.example.test";
const B: &str = "b.example.test";
const DAY: Duration = Duration::from_secs(86_400);

/// Valid for 90 days, of which so many are over.
fn after_days(params: &mut CertificateParams, days: u32) {
    params.not_before = (SystemTime::now() - DAY * days).into();
    params.not_after = (SystemTime::now() + DAY * (90 - days)).into();
    params.use_authority_key_identifier_extension = true;
}

const YOUNG: fn(&mut CertificateParams) = |params| after_days(params, 30);
const OLD: fn(&mut CertificateParams) = |params| after_days(params, 70);
/// Less than a ninth of its lifetime is left.
const VERY_OLD: fn(&mut CertificateParams) = |params| after_days(params, 85);
const OF_A_CLIENT: fn(&mut CertificateParams) = |params| {
    after_days(params, 70);
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
};

/// A workshop whose store has certificates, and the CA that they are from.
struct Shop {
    workshop: Workshop,
    ca: FalseCa,
}

impl Shop {
    /// With a certificate for each of these names.
    fn with(names: &[&str], change: fn(&mut CertificateParams)) -> Shop {
        Shop::whose_ca(names, change, |_| None)
    }

    /// The same, and the CA does something wrong.
    fn whose_ca(
        names: &[&str],
        change: fn(&mut CertificateParams),
        wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
    ) -> Shop {
        let workshop = Workshop::open();
        let issuer = Issuer::new(&[A, B], 1, change);
        let ca = FalseCa::start(&workshop, move |asked| {
            wrong(asked).or_else(|| issuer.reply(asked))
        });
        let shop = Shop { workshop, ca };
        let Some((first, others)) = names.split_first() else {
            return shop;
        };
        let order = ["-d", first, "-m", "me@example.test"];
        let ordered = shop.run("acme-order", &order, "");
        shop.run("acme-finalize", &[], &ordered.stdout);
        for other in others {
            shop.copy(first, other);
        }
        shop
    }

    /// Keeps a certificate under another of its names as well, as if it had been ordered for that.
    fn copy(&self, name: &str, other: &str) {
        let version = self.store(".versions").join(other).join("copy");
        fs::create_dir_all(&version).unwrap();
        for file in fs::read_dir(self.store(name)).unwrap() {
            let file = file.unwrap();
            let mut content = fs::read_to_string(file.path()).unwrap();
            if file.file_name() == "order.json" {
                content = content.replace(name, other);
            }
            fs::write(version.join(file.file_name()), content).unwrap();
        }
        let target = PathBuf::from(".versions").join(other).join("copy");
        std::os::unix::fs::symlink(target, self.store(other)).unwrap();
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.workshop.command(program);
        self.ca.trusted_by(&mut command);
        command
    }

    #[track_caller]
    fn run(&self, program: &str, arguments: &[&str], stdin: &str) -> Ended {
        let mut command = self.command(program);
        command.args(arguments);
        run(command, stdin).success()
    }

    fn due_ended(&self, arguments: &[&str]) -> Ended {
        let mut command = self.command("acme-due");
        command.arg("--no-sleep").args(arguments);
        run(command, "")
    }

    #[track_caller]
    fn due(&self, arguments: &[&str]) -> Ended {
        self.due_ended(arguments).success()
    }

    /// The only document of a run over all.
    #[track_caller]
    fn all(&self, arguments: &[&str]) -> Value {
        self.due(&[&["--all"], arguments].concat()).document()
    }

    fn store(&self, below: &str) -> PathBuf {
        self.workshop.dir().join("data/certificates").join(below)
    }

    /// Earlier runs are forgotten.
    fn forget(&self) {
        let _ = fs::remove_dir_all(self.store(".state"));
    }

    /// How often the CA was asked about certificates.
    fn asked_when(&self) -> usize {
        let asked = self.ca.asked();
        let about = |one: &&Asked| one.path.starts_with("/renewal-info/");
        asked.iter().filter(about).count()
    }

    /// A configuration with this text behind the CA and the address.
    fn configuration(&self, text: &str) -> String {
        let path = self.workshop.dir().join("acmepipe.toml");
        let server = format!("{}/directory", self.ca.url());
        let text = format!("server = \"{server}\"\nemail = \"me@example.test\"\n{text}");
        fs::write(&path, text).unwrap();
        format!("--config={}", path.display())
    }
}

fn reason(document: &Value) -> &str {
    document["due"]["reason"].as_str().unwrap()
}

/// A window between these days from now, as the CA says it.
fn window(start: i64, end: i64) -> Reply {
    let moment = |days: i64| {
        let offset = DAY * u32::try_from(days.abs()).unwrap();
        let moment = match days < 0 {
            true => SystemTime::now() - offset,
            false => SystemTime::now() + offset,
        };
        let seconds = moment
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let output = Command::new("date")
            .args(["-u", "-d", &format!("@{seconds}"), "+%Y-%m-%dT%H:%M:%SZ"])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    Reply::window(&moment(start), &moment(end))
}

#[test]
fn what_is_not_due_costs_no_output_and_no_request_until_the_ca_wants_to_be_asked() {
    let shop = Shop::with(&[A, B], YOUNG);
    shop.ca.set_renewal_info(window(5, 7));
    let ended = shop.due(&[]);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
    assert_eq!(shop.asked_when(), 2);
    shop.due_ended(&["--exit-code"]).assert_status(3);
    let documents = shop.due(&["--all"]).documents();
    assert_eq!(documents.len(), 2);
    for document in documents {
        assert_eq!(document["due"]["due"], false, "{document}");
        assert!(reason(&document).starts_with("the CA suggests renewal between 20"));
        assert!(document["due"]["window"]["start"].is_string(), "{document}");
    }
    let ended = shop.due(&["--check", A]);
    assert!(
        ended
            .stdout
            .starts_with("a.example.test: not due: the CA suggests"),
        "{}",
        ended.stdout
    );
    assert_eq!(ended.stdout.lines().count(), 1);
    assert_eq!(shop.asked_when(), 2, "within Retry-After");
}

#[test]
fn a_certificate_whose_time_has_come_is_requested_as_it_was_ordered() {
    let shop = Shop::with(&[A], OLD);
    let document = shop.due(&[]).document();
    assert_eq!(reason(&document), "a third of its lifetime is left");
    assert_eq!(document["name"], A);
    assert_eq!(
        document["directory"],
        format!("{}/directory", shop.ca.url())
    );
    assert_eq!(
        document["account"]["url"],
        format!("{}/account/1", shop.ca.url())
    );
    assert!(
        document["account"]["key"]
            .as_str()
            .unwrap()
            .ends_with("/me@example.test/account.key")
    );
    assert_eq!(
        document["order"]["identifiers"],
        json!([{"type": "dns", "value": A}])
    );
    let replaces = document["order"]["replaces"].as_str().unwrap();
    assert!(
        shop.ca
            .asked()
            .iter()
            .any(|one| one.path == format!("/renewal-info/{replaces}"))
    );
    assert_eq!(document["options"]["key-type"], "EC256");
    assert_eq!(document["options"]["email"], "me@example.test");
    assert_eq!(document["challenges"], json!([]));
    assert_eq!(document["due"]["due"], true);

    // Whatever becomes of the request, the next is not written at once.
    let document = shop.all(&[]);
    assert_eq!(document["due"]["due"], false);
    assert!(
        reason(&document).starts_with("waits until 20"),
        "{document}"
    );
    let ended = shop.due(&["--check"]);
    assert!(
        ended
            .stdout
            .contains("after a try that led to no new certificate"),
        "{}",
        ended.stdout
    );
    // Unless somebody says that what was wrong is mended. The try has to be of a second before.
    let state = shop.store(&format!(".state/{A}/renewal.json"));
    let mut kept: Value = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
    let tried = kept["attempts"]["last"].as_str().unwrap().to_owned();
    kept["attempts"]["last"] = tried.replacen("20", "19", 1).into();
    kept["attempts"]["count"] = 4.into();
    fs::write(&state, kept.to_string()).unwrap();
    let ended = shop.due(&["--retry"]);
    assert_eq!(ended.document()["due"]["due"], true);
    assert_eq!(shop.all(&["--retry"])["due"]["due"], false);
}

#[test]
fn a_request_that_came_to_no_order_is_taken_back_and_written_again() {
    let shop = Shop::with(&[A, B], OLD);
    assert_eq!(shop.due(&[]).documents().len(), 2);
    let ended = shop.due(&["--not-tried", A]);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
    assert_eq!(shop.due(&[]).document()["name"], A);
    shop.due_ended(&["--not-tried"]).assert_status(2);
}

#[test]
fn what_waits_after_a_failure_is_an_error_where_somebody_wants_to_know() {
    let shop = Shop::with(&[A], OLD);
    let request = shop.due(&[]).stdout;
    // Its order may still be under way.
    assert_eq!(shop.due(&["--failing"]).stdout, "");
    let mut failed: Value = serde_json::from_str(&request).unwrap();
    failed["error"] =
        json!({"type": "acmepipe:ca:timeout", "detail": "no answer", "hint": "Wait."});
    let deploy = |document: &Value| {
        let mut command = shop.command("acme-deploy");
        command.args(["-x", "/bin/true"]);
        run(command, format!("{document}\n")).assert_status(1);
    };
    deploy(&failed);

    assert_eq!(shop.due(&[]).stdout, "");
    let ended = shop.due_ended(&["--failing"]);
    ended.assert_status(1);
    let document = ended.document();
    assert_eq!(document["name"], A);
    let error = &document["error"];
    assert_eq!(error["type"], "acmepipe:renewal:waiting");
    let detail = error["detail"].as_str().unwrap();
    assert!(detail.starts_with("due since 20"), "{detail}");
    let last = "after a try; the last failed: acmepipe:ca:timeout: no answer";
    assert!(detail.ends_with(last), "{detail}");
    assert_eq!(error["hint"], "Wait. acme-renew --retry tries at once.");

    // It passes through all others, and what failed stays known.
    let passed = shop.command("acme-order");
    let passed = run(passed, &ended.stdout);
    passed.assert_status(1);
    assert_eq!(passed.document()["error"], *error);
    let kept = || fs::read_to_string(shop.store(&format!(".state/{A}/outcome.json"))).unwrap();
    let before = kept();
    deploy(&document);
    assert_eq!(kept(), before);
}

#[test]
fn a_window_in_the_past_makes_a_certificate_due_at_once_and_not_exempt() {
    let shop = Shop::with(&[A], YOUNG);
    let explained = json!({"suggestedWindow": {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"},
                           "explanationURL": "https://ca.test/why"});
    shop.ca.set_renewal_info(Reply::new(200, &explained));
    let ended = shop.due(&[]);
    let document = ended.document();
    assert!(
        reason(&document).starts_with("the CA suggests renewal between 2026-01-01"),
        "{document}"
    );
    assert_eq!(document["due"]["exempt"], false);
    assert_eq!(document["due"]["explanation"], "https://ca.test/why");
    assert!(
        ended
            .stderr
            .contains("the CA explains: https://ca.test/why"),
        "{}",
        ended.stderr
    );
    for option in ["--no-ari", "--ari-disable"] {
        shop.forget();
        assert_eq!(shop.due(&[option]).stdout, "", "{option}");
    }
}

#[test]
fn an_answer_that_says_nothing_brings_nothing_forward_and_fails_nothing() {
    let shop = Shop::with(&[A], YOUNG);
    let mut page = Reply::new(403, &Value::Null).header("Content-Type", "text/html");
    page.body = b"<html>The proxy refuses that.</html>".to_vec();
    let mut garbage = page.clone();
    garbage.status = 200;
    for reply in [
        Reply::problem(404, "malformed", "no such certificate"),
        Reply::problem(409, "alreadyReplaced", "replaced"),
        Reply::problem(503, "serverInternal", "busy").header("Retry-After", "600"),
        page,
        garbage,
        Reply::window("2020-01-02T00:00:00Z", "2020-01-01T00:00:00Z"),
        Reply::window("2126-01-01T00:00:00Z", "2126-01-02T00:00:00Z"),
        // It was open already when the certificate was issued.
        window(-10, 10),
    ] {
        shop.forget();
        shop.ca.set_renewal_info(reply.clone());
        let ended = shop.due(&[]);
        assert_eq!(
            (ended.stdout.as_str(), ended.stderr.as_str()),
            ("", ""),
            "{reply:?}"
        );
        let asked = shop.asked_when();
        shop.due(&[]);
        assert_eq!(shop.asked_when(), asked, "{reply:?}");
    }
}

#[test]
fn a_ca_without_renewal_information_is_asked_for_its_directory_once() {
    let wrong = |asked: &Asked| {
        let mut directory = directory_object();
        directory.as_object_mut().unwrap().remove("renewalInfo");
        (asked.path == "/directory").then(|| Reply::new(200, &directory))
    };
    let shop = Shop::whose_ca(&[A], YOUNG, wrong);
    let before = shop.ca.count("/directory");
    for _ in 0..2 {
        assert_eq!(shop.due(&[]).stdout, "");
        assert_eq!(shop.ca.count("/directory"), before + 1);
    }
}

#[test]
fn a_ca_that_is_down_is_said_once_and_waited_for_while_there_is_time() {
    let is_down = Arc::new(AtomicBool::new(false));
    let down = is_down.clone();
    let shop = Shop::whose_ca(&[A, B], OLD, move |asked| {
        let is_hit = asked.path == "/directory" && down.load(Ordering::Relaxed);
        // A CA that is busy for that long is not asked again at once.
        is_hit.then(|| Reply::new(503, &Value::Null).header("Retry-After", "3600"))
    });
    let before = shop.ca.count("/directory");
    is_down.store(true, Ordering::Relaxed);
    let ended = shop.due(&[]);
    assert_eq!(ended.stdout, "");
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("the CA is down"), "{}", ended.stderr);
    assert_eq!(shop.ca.count("/directory"), before + 1);
    // It counts as no try.
    is_down.store(false, Ordering::Relaxed);
    assert_eq!(shop.due(&[]).documents().len(), 2);
}

#[test]
fn what_servers_need_now_waits_for_its_ca_without_a_try_that_counts_and_is_an_error() {
    let is_down = Arc::new(AtomicBool::new(false));
    let down = is_down.clone();
    let shop = Shop::whose_ca(&[A], YOUNG, move |asked| {
        let is_hit = asked.path == "/directory" && down.load(Ordering::Relaxed);
        is_hit.then(|| Reply::new(503, &Value::Null).header("Retry-After", "3600"))
    });
    fs::remove_file(shop.store(A).join("privkey.pem")).unwrap();
    let with_server = shop.configuration(
        "[[certificate]]\ndomains = [\"a.example.test\"]\n\
         [[certificate]]\ndomains = [\"new.example.test\"]\n",
    );
    // The CA is that of --server where nothing else names one.
    let without = shop.workshop.dir().join("without.toml");
    let text = "[[certificate]]\ndomains = [\"other.example.test\"]\n";
    fs::write(&without, text).unwrap();
    let without = format!("--config={}", without.display());
    for (file, expected) in [(&with_server, 2), (&without, 1)] {
        is_down.store(true, Ordering::Relaxed);
        // Each run says it as long as it lasts.
        for _ in 0..2 {
            let ended = shop.due_ended(&[file]);
            ended.assert_status(1);
            let documents = ended.documents();
            assert_eq!(documents.len(), expected, "{}", ended.stdout);
            for document in documents {
                assert_eq!(document["error"]["type"], "acmepipe:renewal:ca-down");
            }
            assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
            let said = " for it, which counts as no try: ";
            assert!(ended.stderr.contains(said), "{}", ended.stderr);
        }
        let checked = shop.due(&["--check", file]).stdout;
        let said = "due, but waits until the CA is there again";
        assert_eq!(checked.matches(said).count(), expected, "{checked}");
        is_down.store(false, Ordering::Relaxed);
        assert_eq!(shop.due(&[file]).documents().len(), expected);
    }
}

#[test]
fn a_ca_that_is_down_holds_back_nothing_that_is_about_to_expire() {
    let shop = Shop::with(&[A], VERY_OLD);
    // No connection is let through, neither to the CA nor to anything else.
    let proxy = Proxy::that(|_| Some("HTTP/1.1 403 Forbidden\r\n\r\n"));
    let mut command = shop.command("acme-due");
    command
        .arg("--no-sleep")
        .env("HTTPS_PROXY", format!("http://{}", proxy.address()));
    let ended = run(command, "").success();
    assert_eq!(ended.document()["name"], A);
    assert!(ended.stderr.contains("the CA is down"), "{}", ended.stderr);
}

#[test]
fn what_is_damaged_is_due_now_and_named_and_the_others_go_on() {
    let shop = Shop::with(&[A, B], YOUNG);
    shop.ca.set_renewal_info(window(5, 7));
    assert_eq!(shop.due(&[]).stdout, "");
    let key = shop.store(A).join("privkey.pem");
    fs::write(&key, "").unwrap();
    let document = shop.due(&[]).document();
    assert_eq!(document["name"], A);
    assert!(
        reason(&document).starts_with("privkey.pem is"),
        "{document}"
    );
    assert!(document["order"]["replaces"].is_string(), "{document}");
    fs::remove_file(&key).unwrap();
    let ended = shop.due(&["--check", A]);
    assert!(
        ended.stdout.contains("(privkey.pem is missing)"),
        "{}",
        ended.stdout
    );

    // In the place of a certificate is something else.
    fs::remove_file(shop.store(A)).unwrap();
    fs::create_dir(shop.store(A)).unwrap();
    fs::write(shop.store(A).join("fullchain.pem"), "").unwrap();
    let ended = shop.due_ended(&[]);
    ended.assert_status(1);
    assert_eq!(ended.document()["error"]["type"], "acmepipe:files");
}

#[test]
fn a_certificate_without_a_record_says_for_itself_what_it_is_for() {
    let shop = Shop::with(&[A], OLD);
    let record = shop.store(A).join("order.json");
    let written = fs::read_to_string(&record).unwrap();
    fs::remove_file(&record).unwrap();
    let ended = shop.due(&[]);
    let document = ended.document();
    assert_eq!(
        document["order"],
        json!({"identifiers": [{"type": "dns", "value": A}, {"type": "dns", "value": B}]})
    );
    assert_eq!(document["options"], json!({"key-type": "EC256"}));
    assert!(document.get("account").is_none() && document.get("directory").is_none());
    assert!(
        ended.stderr.contains("there is no order.json"),
        "{}",
        ended.stderr
    );
    assert_eq!(shop.due(&[]).stderr, "", "it is said once");
    // Half a record is none.
    fs::write(&record, &written[..written.len() / 2]).unwrap();
    let ended = shop.due(&["--check"]);
    assert!(
        ended.stderr.contains("order.json cannot be used"),
        "{}",
        ended.stderr
    );
}

#[test]
fn two_runs_at_once_write_one_request() {
    let shop = Shop::with(&[A, B], OLD);
    let mut command = shop.command("sh");
    command.args([
        "-c",
        "for run in 1 2 3 4; do acme-due --no-sleep & done; wait",
    ]);
    let ended = run(command, "").success();
    assert_eq!(ended.documents().len(), 2, "{}", ended.stdout);
}

#[test]
fn the_configuration_makes_new_and_changed_certificates_due_and_leaves_others_alone() {
    let shop = Shop::with(&[A, B], YOUNG);
    shop.ca.set_renewal_info(window(5, 7));
    let file = shop.configuration("[[certificate]]\ndomains = [\"A.example.test.\"]\n");
    // Where nothing is due nobody is told of the others, unless they ask.
    let ended = shop.due(&[&file]);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
    for asks in ["--check", "-v"] {
        let ended = shop.due(&[&file, asks]);
        let said = "acmepipe.toml does not name them: b.example.test";
        assert!(ended.stderr.contains(said), "{asks}: {}", ended.stderr);
    }
    let other = shop.configuration("[[certificate]]\ndomains = [\"new.example.test\"]\n");
    let ended = shop.due(&[&other]);
    let said = "does not name them: a.example.test, b.example.test";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);

    let file = shop.configuration(
        "[[certificate]]\ndomains = [\"a.example.test\", \"b.example.test\"]\n\
         [[certificate]]\ndomains = [\"b.example.test\"]\nkey-type = \"EC384\"\n\
         [[certificate]]\ndomains = [\"*.c.example.test\"]\nprofile = \"short\"\n",
    );
    let ended = shop.due(&[&file]);
    let [a, b, c] = &ended.documents()[..] else {
        panic!("{}", ended.stdout);
    };
    assert_eq!(
        reason(a),
        "its names in the configuration are a.example.test, b.example.test, and the certificate has a.example.test"
    );
    assert!(
        a["order"]["replaces"].is_string() && a["account"]["key"].is_string(),
        "{a}"
    );
    assert!(
        reason(b).starts_with("its key type in the configuration is EC384"),
        "{b}"
    );
    assert_eq!(b["options"]["key-type"], "EC384");
    assert_eq!(c["name"], "_.c.example.test");
    assert_eq!(reason(c), "there is no certificate yet");
    assert_eq!(
        c["order"],
        json!({"identifiers": [{"type": "dns", "value": "*.c.example.test"}], "profile": "short"})
    );
    assert_eq!(c["options"]["email"], "me@example.test");
    assert_eq!(c["directory"], format!("{}/directory", shop.ca.url()));

    // What these tries were for is not what the file says now, so nothing waits.
    let file =
        shop.configuration("[[certificate]]\ndomains = [\"a.example.test\", \"c.example.test\"]\n");
    assert_eq!(shop.due(&[&file]).document()["name"], A);
    assert_eq!(shop.due(&[&file]).stdout, "");

    let wrong = shop.configuration("[[certificate]]\ndomains = []\n");
    shop.due_ended(&[&wrong]).assert_status(2);
}

#[test]
fn a_wrong_command_line_reaches_the_end_of_the_pipeline() {
    let shop = Shop::with(&[], YOUNG);
    for line in [
        "acme-due --bogus | acme-finalize",
        "acme-due c.example.test | acme-finalize",
    ] {
        let ended = run(shop.workshop.shell(line), "");
        ended.assert_status(1);
        assert_eq!(
            ended.document()["error"]["type"],
            "acmepipe:usage",
            "{line}"
        );
    }
}

#[test]
fn a_certificate_that_clients_use_too_is_said_when_it_is_renewed() {
    let shop = Shop::with(&[A], OF_A_CLIENT);
    let ended = shop.due(&[]);
    assert_eq!(ended.documents().len(), 1);
    assert!(
        ended.stderr.contains("for TLS clients as well"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_signal_ends_the_random_pause_before_anything_is_done() {
    let shop = Shop::with(&[A], OLD);
    let before = shop.ca.asked().len();
    let mut command = shop.command("acme-due");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let waits = lines
        .find(|line| line.as_ref().unwrap().contains("waits "))
        .unwrap()
        .unwrap();
    assert!(waits.contains("--no-sleep"), "{waits}");
    if waits.contains("waits 0 s") {
        // By chance there is next to no pause.
        child.wait().unwrap();
        return;
    }
    let kill = Command::new("kill")
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(kill.success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(143));
    assert!(ended.stdout.is_empty());
    assert_eq!(shop.ca.asked().len(), before);
}
