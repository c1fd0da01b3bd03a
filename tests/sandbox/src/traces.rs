//! What pipelines leave behind: records on name servers, processes, entries of the journal.

use std::thread;
use std::time::{Duration, Instant};

use crate::Sandbox;

/// Programs of pipelines, and what they start, by how their names begin.
const OF_PIPELINES: [&str; 7] = [
    "acme-",
    "dns-",
    "dns01-",
    "update-dns",
    "nsupdate",
    "fails.sh",
    "sleep",
];

impl Sandbox {
    /// All TXT records of a zone on each of its servers, as `address name "value"`, sorted.
    ///
    /// # Panics
    /// The zone is none of the configuration, or a server does not hand it out.
    #[track_caller]
    pub fn txt_records(&self, zone: &str) -> Vec<String> {
        let Some(zone) = self.site.config.zones.iter().find(|each| each.name == zone) else {
            panic!("no zone {zone} in the configuration");
        };
        let mut found = Vec::new();
        for address in zone.addresses() {
            let transfer = self
                .run(
                    "kdig",
                    &[
                        format!("@{address}").as_str(),
                        "+noall",
                        "+answer",
                        "AXFR",
                        &zone.name,
                    ],
                )
                .success();
            assert!(
                transfer.stdout.contains("SOA"),
                "no transfer of {} from {address}:\n{}",
                zone.name,
                transfer.stdout
            );
            for line in transfer.stdout.lines() {
                let mut fields = line.split_whitespace();
                if let (Some(name), Some("TXT"), Some(value)) =
                    (fields.next(), fields.nth(2), fields.next())
                {
                    found.push(format!("{address} {name} {value}"));
                }
            }
        }
        found.sort();
        found
    }

    /// Waits until no server of any zone has a TXT record any more.
    ///
    /// # Panics
    /// Some are left after ten seconds: secondaries have been told long since.
    #[track_caller]
    pub fn assert_nothing_left(&self) {
        let mut left = Vec::new();
        for _ in 0..500 {
            left = self
                .site
                .config
                .zones
                .iter()
                .flat_map(|zone| self.txt_records(&zone.name))
                .collect();
            if left.is_empty() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("TXT records are left:\n{}", left.join("\n"));
    }

    /// No record on any name server, no process, nothing in the journal.
    ///
    /// # Panics
    /// Something is left.
    #[track_caller]
    pub fn assert_no_trace(&self) {
        let began = Instant::now();
        loop {
            let processes = self.processes();
            if processes.is_empty() {
                break;
            }
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "processes are left: {processes:?}"
            );
            thread::sleep(Duration::from_millis(20));
        }
        let journal = self.sh("dns01-exec list").stdout;
        assert!(journal.is_empty(), "the journal is not empty: {journal}");
        self.assert_nothing_left();
    }

    /// The programs of pipelines, and what they start, that run.
    fn processes(&self) -> Vec<String> {
        let all = self.sh("cat /proc/[0-9]*/stat 2>/dev/null").stdout;
        let runs = all.lines().filter(|line| !line.contains(") Z "));
        let is_ours = |line: &&str| {
            OF_PIPELINES
                .iter()
                .any(|name| line.contains(&format!("({name}")))
        };
        runs.filter(is_ours).map(str::to_owned).collect()
    }
}
