//! Secrets in what services and libraries say, however they are written there.

use workshop::{Workshop, has_python};

use super::{NAME, acme_sh, by_lexicon, call, lexicon, prepared, service};

/// A secret, and what a service or a library may say that has it.
const ODD: &str = "p@ss&w0\"rd-é of+o/u'rs";
const WITH_IT: [(&str, &str); 16] = [
    ("a p%40ss%26w0%22rd-%C3%A9%20of%2Bo%2Fu%27rs b", "a *** b"),
    ("p%40ss%26w0%22rd-%c3%a9%20of%2bo%2fu%27rs", "***"),
    (
        "/x?a=p%40ss%26w0%22rd-%C3%A9+of%2Bo%2Fu%27rs&b=1",
        "/x?a=***&b=1",
    ),
    ("p%40ss%26w0%22rd-%c3%a9+of%2bo%2fu%27rs", "***"),
    ("p%40ss%26w0%22rd-%C3%A9%20of%2Bo/u%27rs", "***"),
    ("p%40ss%26w0%22rd-%C3%A9%20of%2Bo%2Fu'rs", "***"),
    ("p@ss&w0%22rd-%C3%A9%20of+o/u'rs", "***"),
    ("<p>p@ss&amp;w0\"rd-é of+o/u'rs</p>", "<p>***</p>"),
    ("p@ss&amp;w0&quot;rd-é of+o/u&#39;rs", "***"),
    ("p@ss&amp;w0&quot;rd-é of+o/u&#x27;rs", "***"),
    ("p@ss&amp;w0&quot;rd-é of+o/u&apos;rs", "***"),
    (r#"{"a":"p@ss\u0026w0\"rd-é of+o/u'rs"}"#, r#"{"a":"***"}"#),
    // What is made of it, or not it at all.
    (
        "[Basic YStiL2NkOnA=] [basic YTpi]",
        "[Basic ***] [basic ***]",
    ),
    (
        "HTTP Basic authentication failed",
        "HTTP Basic authentication failed",
    ),
    (
        "url: https://x.test/r?auth-userid=12&name=a&X-Auth-Key=zz&amp;apitoken=q (gone)",
        "url: https://x.test/r?auth-userid=***&name=a&X-Auth-Key=***&amp;apitoken=*** (gone)",
    ),
    ("no key=1, and a?b=c", "no key=1, and a?b=c"),
];

#[test]
fn a_secret_is_masked_however_it_is_written() {
    let workshop = Workshop::open();
    for (says, expected) in WITH_IT {
        acme_sh(&workshop, "printf '%s\\n' \"$SAYS\"");
        let mut command = service(&workshop, "cloudflare");
        command.env("CF_DNS_API_TOKEN", ODD).env("SAYS", says);
        let ended = call(command, &["cleanup", NAME, "v"]);
        ended.assert_status(0);
        let said: Vec<&str> = ended.stderr.lines().skip(1).collect();
        assert_eq!(said, [expected], "{says}");
    }
    if !has_python() {
        return;
    }
    let home = lexicon(&workshop, "import os; raise ValueError(os.environ['SAYS'])");
    for (says, expected) in WITH_IT {
        let mut command = by_lexicon(&workshop, &home);
        command
            .env("DNS01_SECRETS", "TOKEN")
            .env("TOKEN", ODD)
            .env("SAYS", says);
        let ended = call(command, &["present", NAME, "v"]);
        ended.assert_status(1);
        let said = ended.stderr.trim_end();
        let expected = format!("dns01-lexicon: ValueError: {expected}");
        assert_eq!(said, expected, "{says}");
    }
}

#[test]
fn of_a_secret_of_several_lines_none_is_shown() {
    let workshop = Workshop::open();
    let secret = "-----BEGIN KEY-----\nfirst/of+it\nsecond of it\n";
    let says = "no `second of it`, first%2Fof%2Bit, first\\/of+it\\nsecond of it";
    let expected = "no `***`, ***, ***\\n***";
    acme_sh(&workshop, "printf '%s\\n' \"$SAYS\"");
    let mut command = prepared(&workshop, workshop.command("dns01-acmesh"));
    command
        .env("DNS01_ACMESH", "dns_cf")
        .env("DNS01_SECRETS", "KEY")
        .env("KEY", secret)
        .env("SAYS", says);
    let ended = call(command, &["cleanup", NAME, "v"]);
    let said: Vec<&str> = ended.stderr.lines().skip(1).collect();
    assert_eq!(said, [expected]);
    if !has_python() {
        return;
    }
    let home = lexicon(&workshop, "import os; raise ValueError(os.environ['SAYS'])");
    let mut command = by_lexicon(&workshop, home);
    command
        .env("DNS01_SECRETS", "KEY")
        .env("KEY", secret)
        .env("SAYS", says);
    let ended = call(command, &["present", NAME, "v"]);
    let expected = format!("dns01-lexicon: ValueError: {expected}\n");
    assert_eq!(ended.stderr, expected);
}
