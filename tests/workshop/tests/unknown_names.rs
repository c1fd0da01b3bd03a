//! A name that no certificate is kept under is said by all programs in the same words, and nothing is done.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::fs;

use workshop::{Workshop, issue, run};

#[test]
fn a_name_that_is_no_certificate_s_is_refused_in_the_same_words_by_all() {
    let workshop = Workshop::open();
    issue(&workshop, &["a.example.test"]);
    let file = workshop.dir().join("acmepipe.toml");
    fs::write(&file, "[[certificate]]\ndomains = [\"a.example.test\"]\n").unwrap();
    let config = format!("--config={}", file.display());
    for line in [
        &["acme-due", "--no-sleep"][..],
        &["acme-due", "--check"],
        &["acme-due", "--check", &config],
        &["acme-renew", "-x", "/bin/true", "--no-sleep"],
        &["acme-list"],
        &["acme-list", "--json"],
        &["acme-list", &config],
        &["acme-list", "--archives"],
        &["acme-list", "--restore", "0"],
        &["acme-deploy", "--deploy-hook=/bin/true"],
        &["acme-revoke", "--yes"],
    ] {
        let mut command = workshop.command(line[0]);
        command.args(&line[1..]);
        let takes_several = !line.contains(&"--restore");
        let known = takes_several.then_some("a.example.test");
        command.args(known).arg("Unknown.Example.TEST");
        let ended = run(command, "");
        ended.assert_status(2);
        let said = format!(
            "{}: there is no certificate `Unknown.Example.TEST`",
            line[0]
        );
        let is_said = |one: &&str| one.starts_with(&said) || line[0] == "acme-renew";
        let lines = ended.stderr.lines().filter(is_said).count();
        assert_eq!(lines, ended.stderr.lines().count(), "{}", ended.stderr);
        let times = ended.stderr.matches("there is no certificate `").count();
        assert_eq!(times, 1, "{line:?}: {}", ended.stderr);
        assert!(!ended.stdout.contains("a.example.test"), "{line:?}");
    }
}
