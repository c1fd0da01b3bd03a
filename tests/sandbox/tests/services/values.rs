//! Values at one name through those clients of lexicon that stand in for one of acme.sh which mixes them up.

use super::cloud::{Clouds, Collection, SECRET};

const NAME: &str = "_acme-challenge.www.example.test.";

/// The services, each with what is needed of its variables.
const SERVICES: [(&str, &str); 4] = [
    ("dnsimple", "DNSIMPLE_OAUTH_TOKEN"),
    ("joker", "JOKER_API_KEY"),
    ("linodev4", "LINODE_TOKEN"),
    ("ns1", "NS1_API_KEY"),
];

const HOSTS: [&str; 4] = [
    "api.dnsimple.com",
    "dmapi.joker.com",
    "api.linode.com",
    "api.nsone.net",
];

#[test]
fn exactly_one_value_is_removed_and_what_others_have_in_the_zone_stays_as_it_is() {
    let Some(clouds) = Clouds::start_as("false-services", &HOSTS, &[Collection::Lexicon]) else {
        return;
    };
    for (code, variable) in SERVICES {
        let call = |word: &str, value: &str| {
            let mut command = clouds.program(Collection::Lexicon, code);
            command
                .env(variable, SECRET)
                .env("DNS01_ZONE", "example.test.")
                .args([word, NAME, value]);
            clouds.sandbox.output(command, "").assert_status(0);
        };
        let others = clouds.records();
        let count = |value: &str| {
            let records = clouds.records();
            records.iter().filter(|line| line.contains(value)).count()
        };
        // What is there is there, and is there once.
        for value in ["first-of-ours", "second-of-ours", "second-of-ours"] {
            call("present", value);
        }
        let counts = ["first-of-ours", "second-of-ours"].map(count);
        assert_eq!(counts, [1, 1], "{code}: {:#?}", clouds.records());
        // What is gone is gone.
        for _ in 0..2 {
            call("cleanup", "second-of-ours");
            let counts = ["first-of-ours", "second-of-ours"].map(count);
            assert_eq!(counts, [1, 0], "{code}: {:#?}", clouds.records());
        }
        call("cleanup", "first-of-ours");
        assert_eq!(clouds.records(), others, "{code}");
    }
}
