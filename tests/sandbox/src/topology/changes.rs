//! What a test does to the servers while programs look at them, and what it learns from them.

use std::io;

use workshop::wait_for;

use super::middlebox::Asked;
use super::{Topology, authoritative, start_server};

impl Topology {
    /// Kills a server: its ports are closed.
    ///
    /// # Panics
    /// It is not there.
    #[track_caller]
    pub fn stop(&mut self, name: &str) {
        let (running, machine) = (&mut self.running, &self.site.machine);
        done(name, running.stop(machine, name));
    }

    /// Starts a server that was stopped, with what it would hold by now.
    ///
    /// # Panics
    /// It does not start.
    #[track_caller]
    pub fn restart(&mut self, name: &str) {
        let child = done(name, start_server(&self.site, name));
        self.running.add(name, child);
    }

    /// Makes a server hang: its sockets take queries, and nothing comes back.
    ///
    /// # Panics
    /// It is not there.
    #[track_caller]
    pub fn pause(&self, name: &str) {
        done(name, self.running.signal(&self.site.machine, name, "STOP"));
    }

    /// Lets a server go on that hung.
    ///
    /// # Panics
    /// It is not there.
    #[track_caller]
    pub fn resume(&self, name: &str) {
        done(name, self.running.signal(&self.site.machine, name, "CONT"));
    }

    /// Gives a server other content of a zone, and waits until it serves it. A server that is stopped has it when it
    /// starts.
    ///
    /// # Panics
    /// It does not hold the zone, or does not take the content.
    #[track_caller]
    pub fn replace(&mut self, name: &str, zone: &str, lines: &str) {
        self.site.serial += 1;
        let host = self.site.layout.host_named_mut(name);
        let hosted = host.and_then(|host| {
            let zone = host.zones.iter_mut().find(|it| it.name == zone)?;
            Some((host.kind, zone))
        });
        let Some((kind, hosted)) = hosted else {
            panic!("{name} does not hold {zone}");
        };
        hosted.lines = lines.to_owned();
        let hosted = hosted.clone();
        let dir = self.site.machine.server_dir(name);
        let written = authoritative::write_zone(&self.site, kind, &hosted, &dir);
        done(name, written);
        if self.running.has(name) {
            let number = self.site.machine.pid_file(name);
            self.sh(&format!("kill -s HUP $(cat {})", number.display()))
                .success();
            let ask = format!("kdig +short +tcp +norec @{name} {zone}. SOA");
            let serial = format!(" {} ", self.site.serial);
            wait_for("the server has its new zone", || {
                self.sh(&ask).stdout.contains(&serial)
            });
        }
    }

    /// Changes a PowerDNS by SQL, behind the back of its caches.
    ///
    /// # Panics
    /// The database does not take it.
    #[track_caller]
    pub fn sql(&self, name: &str, statements: &str) {
        let database = self.site.machine.server_dir(name).join("zones.db");
        done(name, self.site.run_sql(&database, statements));
    }

    /// Adds a record to a PowerDNS by SQL; `record` is `NAME TYPE CONTENT`.
    ///
    /// # Panics
    /// The database does not take it, or the record has no three words.
    #[track_caller]
    pub fn sql_add(&self, name: &str, zone: &str, record: &str) {
        let words: Vec<&str> = record.splitn(3, ' ').collect();
        let [owner, kind, content] = words.as_slice() else {
            panic!("{record}: not `NAME TYPE CONTENT`");
        };
        self.sql(
            name,
            &format!(
                "INSERT INTO records (domain_id, name, type, content, ttl, auth) \
                 SELECT id, '{owner}', '{kind}', '{content}', 60, 1 FROM domains WHERE name = '{zone}';"
            ),
        );
    }

    /// Puts the middlebox in front of a server, or changes its rules there; returns when they hold.
    ///
    /// # Panics
    /// The layout has no middlebox, or the rules are none.
    #[track_caller]
    pub fn bend(&self, address: &str, rules: &str) {
        let mut all = self.site.layout.middleboxes.iter();
        let found = all.find(|(at, ..)| at == address);
        let (Some(middlebox), Some((_, upstream, _))) = (&self.middlebox, found) else {
            panic!("no middlebox at {address}");
        };
        done(address, middlebox.set(address, upstream, rules));
    }

    /// What came by at an address of the middlebox, in the order of its replies.
    ///
    /// # Panics
    /// The layout has no middlebox.
    #[track_caller]
    pub fn asked(&self, address: &str) -> Vec<Asked> {
        let Some(middlebox) = &self.middlebox else {
            panic!("no middlebox");
        };
        let mut asked = done(address, middlebox.asked());
        asked.retain(|question| question.to == address);
        asked
    }

    /// Waits until the middlebox has seen so many questions more at an address: what waits for a server has looked at
    /// it again by then.
    ///
    /// # Panics
    /// They have not come after 20 seconds.
    #[track_caller]
    pub fn await_questions(&self, address: &str, more: usize) {
        let before = self.asked(address).len();
        wait_for("the server is asked again", || {
            self.asked(address).len() >= before + more
        });
    }
}

#[track_caller]
fn done<T>(name: &str, result: io::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{name}: {error}"))
}
