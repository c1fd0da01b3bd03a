//! `acme-renew` is killed at random moments, over and over: whatever it was about, no certificate is without its key, and the
//! next run heals what is not as it should be.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sandbox::{Ended, Sandbox};
use workshop::{Random, wait_for_next_second};

/// The certificates that each run renews.
const NAMES: [&str; 3] = ["a.example.test", "b.example.test", "c.example.test"];
/// How often a run is killed.
const ROUNDS: u32 = 14;
/// The variable that repeats the moments of a test that failed.
const SEED: &str = "ACMEPIPE_TEST_SEED";

/// What is killed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Killed {
    /// acme-renew alone.
    Renew,
    /// All that it has started in its process group as well.
    Group,
}

/// A machine whose certificates are always due.
struct Machine {
    sandbox: Sandbox,
    configuration: PathBuf,
}

impl Machine {
    fn start() -> Machine {
        let sandbox = Sandbox::start();
        let installed = sandbox.work().join("installed");
        let mut text = format!(
            "email = \"me@example.test\"\naccept-tos = true\ndays = 3650\ninstall = \"{}\"\n",
            installed.display()
        );
        for name in NAMES {
            text += &format!("[[certificate]]\ndomains = [\"{name}\"]\n");
        }
        let configuration = sandbox.dir().join("acmepipe.toml");
        fs::write(&configuration, text).expect("written");
        Machine {
            sandbox,
            configuration,
        }
    }

    /// A run that takes up at once what was tried before. What it starts holds stderr as well, so this waits for all of it.
    fn renew(&self, killed: Option<(Killed, Duration)>) -> Ended {
        // By then, what is mended is mended after the last try.
        wait_for_next_second();
        let kill = killed.map(|(killed, after)| {
            // In the foreground, timeout(1) kills what it runs and no more; else its process group, with itself.
            let foreground = match killed {
                Killed::Renew => "--foreground",
                Killed::Group => "",
            };
            let after = after.as_secs_f64();
            format!("timeout {foreground} --signal=KILL {after:.3}")
        });
        let kill = kill.unwrap_or_default();
        let file = self.configuration.display();
        let line = format!("{kill} acme-renew --no-sleep --retry --config {file}");
        self.sandbox.sh(&line)
    }

    /// Asserts that each certificate is whole, and that its key is its own: in the store, and where a server reads it.
    #[track_caller]
    fn assert_pairs(&self, after: &str) {
        for name in NAMES {
            let stored = self.sandbox.data().join("certificates").join(name);
            let installed = self.sandbox.work().join("installed").join(name);
            for directory in [stored, installed] {
                self.assert_pair(&directory, after);
            }
        }
    }

    #[track_caller]
    fn assert_pair(&self, directory: &Path, after: &str) {
        let line = format!(
            "set -e; cd {}\n\
             of_key=$(openssl pkey -pubout -in privkey.pem)\n\
             [ \"$(openssl x509 -noout -pubkey -in fullchain.pem)\" = \"$of_key\" ]\n\
             openssl crl2pkcs7 -nocrl -certfile fullchain.pem | openssl pkcs7 -print_certs -noout | grep -c subject=\n\
             [ ! -e order.json ] || jq -e .names order.json",
            directory.display()
        );
        let ended = self.sandbox.sh(&line);
        assert_eq!(ended.status, 0, "{after}: {ended:?}");
        let certificates = ended.stdout.lines().next();
        assert!(certificates.is_some_and(|count| count != "1"), "{after}");
    }

    /// Asserts that no process has the lock of the store.
    #[track_caller]
    fn assert_free(&self, after: &str) {
        let lock = self.sandbox.data().join("renew.lock");
        let ended = self
            .sandbox
            .sh(&format!("flock --nonblock {} true", lock.display()));
        assert_eq!(ended.status, 0, "{after}: {ended:?}");
    }
}

/// What the moments are made from: other ones in each run, unless somebody wants those of another run.
fn seed() -> u64 {
    let given = env::var(SEED).ok().and_then(|seed| seed.parse().ok());
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    given.unwrap_or_else(|| now.expect("after 1970").as_secs())
}

#[test]
fn whenever_a_renewal_is_killed_keys_fit_and_the_next_run_heals_the_rest() {
    let seed = seed();
    eprintln!("{SEED}={seed} has the same moments");
    let mut random = Random(seed);
    let machine = Machine::start();
    // The first has more to do than the others, which are those to be killed.
    machine.renew(None).success();
    let whole = machine.renew(None).success();
    machine.assert_pairs("a whole run");
    let longest = u64::try_from(whole.elapsed.as_millis()).expect("below an hour");
    for round in 0..ROUNDS {
        let killed = match round % 2 {
            0 => Killed::Renew,
            _ => Killed::Group,
        };
        let after = Duration::from_millis(1 + random.below(longest));
        let ended = machine.renew(Some((killed, after)));
        let what = format!("round {round}, {killed:?} after {after:?}, {ended:?}");
        machine.assert_pairs(&what);
        machine.assert_free(&what);
    }
    let healed = machine.renew(None).success();
    let all = NAMES.len();
    assert!(
        healed
            .stderr
            .ends_with(&format!("acme-renew: {all} due, {all} renewed\n")),
        "{}",
        healed.stderr
    );
    machine.assert_pairs("the last run");
    machine.assert_free("the last run");
    machine.sandbox.assert_no_trace();
}
