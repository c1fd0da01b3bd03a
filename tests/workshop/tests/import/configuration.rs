//! The configuration that is written for what was taken.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use workshop::{Workshop, run};

use super::folders::{Folder, pair};
use super::{SERVER, import, outcomes};

fn text(workshop: &Workshop) -> String {
    fs::read_to_string(workshop.dir().join("data/acmepipe.toml")).unwrap()
}

/// Asserts that acme-renew takes the file, and that by it nothing is due.
fn assert_nothing_is_due(workshop: &Workshop) {
    let mut due = workshop.command("acme-due");
    let config = workshop.dir().join("data/acmepipe.toml");
    due.args(["--no-ari", "--exit-code", "--no-sleep", "--config"])
        .arg(config);
    run(due, "").assert_status(3);
}

#[test]
fn how_acme_sh_renews_it_becomes_a_configuration_without_its_secrets() {
    let workshop = Workshop::open();
    let folder = Folder::acme_sh(
        &workshop,
        "SAVED_CF_Token='s3cret'\nSAVED_CF_Account_ID='4711'\n",
    );
    // `systemctl reload nginx`, encoded as acme.sh does.
    let conf = "Le_Webroot='dns_cf'\n\
                Le_ReloadCmd='__ACME_BASE64__START_c3lzdGVtY3RsIHJlbG9hZCBuZ2lueA==__ACME_BASE64__END_'\n\
                Le_RealFullChainPath='/etc/nginx/a.pem'\nLe_Preferred_Chain='ISRG Root X1'\n";
    folder.acme_sh_certificate("a.test_ecc", "a.test", &pair(&["a.test"], 1), conf);
    let ended = import(&workshop, &[".acme.sh"]).success();
    let text = text(&workshop);
    for line in [
        "dns = \"cloudflare\"",
        "domains = [\"a.test\"]",
        "server = \"https://ca.test/directory\"",
        "email = \"me@x.test\"",
        "key-type = \"EC256\"",
        "preferred-chain = \"ISRG Root X1\"",
        "reuse-key = true",
        "deploy-hook = [\"systemctl reload nginx\"]",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(text.contains("as SAVED_CF_"), "{text}");
    assert!(text.contains("CF_DNS_API_TOKEN"), "{text}");
    assert!(text.contains("/etc/nginx/a.pem"), "{text}");
    for said in [&text, &ended.stdout, &ended.stderr] {
        assert!(!said.contains("s3cret"), "{said}");
    }
    assert_nothing_is_due(&workshop);
}

#[test]
fn how_certbot_renews_it_becomes_a_configuration() {
    let workshop = Workshop::open();
    let folder = Folder::certbot(&workshop);
    let of = |params: &str| format!("{params}\npref_challs = dns-01,\n");
    for (name, params) in [
        (
            "a.test",
            of("authenticator = dns-cloudflare\ndns_cloudflare_credentials = /root/cf.ini"),
        ),
        (
            "b.test",
            "authenticator = webroot\nreuse_key = True\n".to_owned(),
        ),
        (
            "c.test",
            of("authenticator = dns-cloudflare\npre_hook = service x stop"),
        ),
        (
            "d.test",
            of("authenticator = manual\nmanual_auth_hook = /usr/local/bin/auth"),
        ),
        (
            "e.test",
            of("authenticator = dns-google\nrenew_hook = reload a"),
        ),
    ] {
        folder.certbot_certificate(name, &pair(&[name, &format!("www.{name}")], 1), &params);
    }
    let hook = folder.file("renewal-hooks/deploy/reload.sh", "#!/bin/sh\n");
    let ended = import(&workshop, &["letsencrypt"]).success();
    let text = text(&workshop);
    for line in [
        "dns = \"cloudflare\"",
        "# certbot has its settings in /root/cf.ini.",
        "domains = [\"a.test\", \"www.a.test\"]",
        "reuse-key = true",
        "# domains = [\"e.test\", \"www.e.test\"]",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let hook = format!("deploy-hook = [\"{}\"]", hook.display());
    assert!(text.contains(&hook), "{hook}\n{text}");
    for (name, says) in [
        (
            "b.test",
            "its names were proven by http-01, by `webroot`, and are by dns-01 from now on",
        ),
        ("c.test", "certbot's pre-hook is left out: `service x stop`"),
        (
            "d.test",
            "`/usr/local/bin/auth` proves its names by certbot's protocol",
        ),
    ] {
        let line = format!("{name}: {says}");
        assert!(ended.stderr.contains(&line), "{line}\n{}", ended.stderr);
        let mut documents = ended.documents().into_iter();
        let document = documents.find(|one| one["name"] == name).unwrap();
        let remarks = document["imported"]["remarks"].to_string();
        assert!(remarks.contains(says), "{remarks}");
    }
    assert_nothing_is_due(&workshop);
}

#[test]
fn a_name_that_a_wildcard_covers_does_not_make_it_due() {
    let workshop = Workshop::open();
    let folder = Folder::certbot(&workshop);
    let names = ["a.test", "*.a.test", "www.a.test"];
    let params = "authenticator = dns-cloudflare\n";
    folder.certbot_certificate("a.test", &pair(&names, 1), params);
    import(&workshop, &["letsencrypt"]).success();
    assert_nothing_is_due(&workshop);
}

#[test]
fn a_certificate_of_lets_encrypt_s_first_ca_moves_no_other_to_it() {
    let workshop = Workshop::open();
    let folder = Folder::certbot(&workshop);
    folder.certbot_certificate("a.test", &pair(&["a.test"], 1), "autorenew = False\n");
    folder.certbot_certificate("z.test", &pair(&["z.test"], 1000), "");
    for (name, ca) in [("a.test", "acme-v02"), ("z.test", "acme-v01")] {
        let conf = folder.path.join(format!("renewal/{name}.conf"));
        let there = fs::read_to_string(&conf).unwrap();
        let server = format!("{ca}.api.letsencrypt.org");
        fs::write(conf, there.replace("ca.test", &server)).unwrap();
    }
    let ended = import(&workshop, &["letsencrypt"]);
    ended.assert_status(1);
    assert_eq!(outcomes(&ended)["z.test"], "acmepipe:import");
    let document = &ended.documents()[0];
    let directory = "https://acme-v02.api.letsencrypt.org/directory";
    assert_eq!(document["directory"], directory);
    let remarks = document["imported"]["remarks"].to_string();
    assert!(remarks.contains("(`autorenew`)"), "{remarks}");
}

#[test]
fn a_hook_that_others_can_change_is_left_to_a_person() {
    let workshop = Workshop::open();
    let folder = Folder::certbot(&workshop);
    let params = "authenticator = dns-cloudflare\nrenew_hook = reload nginx\n";
    folder.certbot_certificate("a.test", &pair(&["a.test"], 1), params);
    let conf = folder.path.join("renewal/a.test.conf");
    fs::set_permissions(conf, fs::Permissions::from_mode(0o666)).unwrap();
    import(&workshop, &["letsencrypt"]).success();
    let text = text(&workshop);
    assert!(
        text.contains("# Others can change what says this hook"),
        "{text}"
    );
    assert!(!text.contains("\ndeploy-hook"), "{text}");
}

#[test]
fn the_configuration_of_lego_5_says_how_names_are_proven_and_by_which_account() {
    let workshop = Workshop::open();
    let folder = Folder::lego(&workshop);
    folder.lego_account("you@x.test");
    folder.lego_certificate("mine", &pair(&["a.test", "b.test"], 1));
    let yaml = "accounts:\n  foo: {server: https://ca.test/directory, email: you@x.test}\nchallenges:\n  one:\n    dns:\n      \
                provider: gandiv5\ncertificates:\n  mine:\n    challenge: one\n    account: foo\n    domains: [b.test, a.test]\n";
    fs::write(workshop.dir().join(".lego.yml"), yaml).unwrap();
    let document = import(&workshop, &[SERVER, ".lego"]).success().document();
    assert_eq!(document["options"]["email"], "you@x.test");
    let text = text(&workshop);
    for line in [
        "dns = \"gandiv5\"",
        "name = \"mine\"",
        "domains = [\"b.test\", \"a.test\"]",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert_nothing_is_due(&workshop);
    // What cannot be read is said, and the rest is as without it.
    fs::write(workshop.dir().join(".lego.yml"), "a: &a [1]\nb: *a\n").unwrap();
    let ended = import(&workshop, &[SERVER, ".lego"]).success();
    assert!(
        ended.stderr.contains(".lego.yml: it has an alias"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_second_folder_is_added_to_the_configuration_behind_what_a_person_wrote_there() {
    let workshop = Workshop::open();
    Folder::lego(&workshop).lego_certificate("a.test", &pair(&["a.test"], 1));
    import(&workshop, &[SERVER, ".lego"]).success();
    let place = workshop.dir().join("data/acmepipe.toml");
    let mine = text(&workshop).replace("# dns = \"cloudflare\"", "dns = 'pdns' # mine");
    let mine = format!("{mine}\n[env]\nPDNS_API_URL = 'x' # no line ends here");
    fs::write(&place, &mine).unwrap();
    fs::set_permissions(&place, fs::Permissions::from_mode(0o640)).unwrap();
    let link = workshop.dir().join("link.toml");
    std::os::unix::fs::symlink("data/acmepipe.toml", &link).unwrap();
    let certbot = Folder::certbot(&workshop);
    let url = r#"{"body": {}, "uri": "https://ca.test/account/2"}"#;
    certbot.file("accounts/ca.test/directory/0123/regr.json", url);
    for (name, params) in [
        ("b.test", "authenticator = manual\n"),
        ("c.test", "authenticator = dns-cloudflare\n"),
    ] {
        certbot.certbot_certificate(name, &pair(&[name], 1), params);
    }
    let words = ["--output=link.toml", "letsencrypt"];
    let ended = import(&workshop, &words).success();
    for says in [
        "acmepipe.toml: b.test\n",
        "c.test: its records are at another service than those of others",
    ] {
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
    let both = text(&workshop);
    let added = both.strip_prefix(&mine).unwrap();
    let from = format!(
        "\n\n# What acme-import added, from certbot, {}.\n",
        certbot.path.display()
    );
    assert!(added.starts_with(&from), "{added}");
    assert!(added.contains("\n[[certificate]]\ndomains = [\"b.test\"]\n"));
    assert!(added.contains("\n# [[certificate]]\n# domains = [\"c.test\"]\n"));
    assert!(link.is_symlink());
    assert_eq!(
        fs::metadata(&place).unwrap().permissions().mode() & 0o7777,
        0o640
    );
    assert_nothing_is_due(&workshop);
    // Once more, nothing is missing.
    import(&workshop, &[SERVER, "letsencrypt", ".lego"]).success();
    assert_eq!(text(&workshop), both);
}

#[test]
fn a_name_that_no_configuration_can_have_is_not_taken_and_the_rest_is_renewed() {
    let workshop = Workshop::open();
    let folder = Folder::lego(&workshop);
    let names = ["a b", "a,b", "a\nb"];
    for name in names.into_iter().chain(["a.test"]) {
        folder.lego_certificate(name, &pair(&["a.test"], 1));
    }
    for words in [&[SERVER, "-n", ".lego"], &[SERVER, "-q", ".lego"]] {
        let ended = import(&workshop, words);
        ended.assert_status(1);
        let outcomes = outcomes(&ended);
        for name in names {
            assert_eq!(outcomes[name], "acmepipe:import");
        }
        let says = "a\\nb: it cannot be kept here as `a\\nb`, which has a `*`, a comma, a blank";
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
    assert!(!workshop.dir().join("data/certificates/a b").exists());
    assert_nothing_is_due(&workshop);
}

#[test]
fn a_folder_and_a_copy_of_it_are_taken_once() {
    let workshop = Workshop::open();
    let folder = Folder::lego(&workshop);
    folder.lego_certificate("a.test", &pair(&["a.test"], 1));
    let mut copy = std::process::Command::new("cp");
    copy.args(["-r", ".lego", "copy"])
        .current_dir(workshop.dir());
    assert!(copy.status().unwrap().success());
    for (words, first) in [
        (&[SERVER, "-n", ".lego", "copy"][..], "found"),
        (&[SERVER, ".lego", "copy", "copy/../copy"], "taken"),
    ] {
        let documents = import(&workshop, words).success().documents();
        let statuses: Vec<_> = documents
            .iter()
            .map(|one| &one["imported"]["status"])
            .collect();
        assert_eq!(statuses, [first, "same"]);
    }
    assert_nothing_is_due(&workshop);
}

#[test]
fn a_configuration_that_is_there_stays_and_the_new_one_is_written_beside_it() {
    let workshop = Workshop::open();
    let folder = Folder::lego(&workshop);
    folder.lego_certificate("a.test", &pair(&["a.test"], 1));
    let (mine, beside) = (
        workshop.dir().join("my.toml"),
        workshop.dir().join("my.toml.import"),
    );
    let words = [SERVER, "--output=my.toml", ".lego"];
    fs::write(&mine, "mine").unwrap();
    for _ in 0..2 {
        let ended = import(&workshop, &words).success();
        let says = "my.toml stays as it is: acme-renew would refuse it: line 1: ";
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
        assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
        assert!(fs::read_to_string(&beside).unwrap().contains("a.test"));
    }
    fs::write(&beside, "mine too").unwrap();
    let ended = import(&workshop, &words);
    ended.assert_status(1);
    assert!(
        ended
            .stderr
            .contains("my.toml.import is there, with something else in it"),
        "{}",
        ended.stderr
    );
    assert_eq!(fs::read_to_string(&beside).unwrap(), "mine too");
    // One that a person has gone on with has them all.
    let path = workshop.dir().join("data");
    let all = format!(
        "path = '{}'\n[[certificate]]\ndomains = 'a.test'\n",
        path.display()
    );
    fs::write(&mine, &all).unwrap();
    import(&workshop, &words).success();
    assert_eq!(fs::read_to_string(&mine).unwrap(), all);
}
