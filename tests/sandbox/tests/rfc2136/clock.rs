//! A clock that is wrong: what the servers answer to what was signed at another time.

use std::fs;
use std::process::Command;

use super::{BIND, KNOT, POWERDNS, call, servers, values};

/// Shifts the clock of a program by `SHIFT` seconds, where it is preloaded.
const SHIFTED: &str = "
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *now) {
  long failed = syscall(SYS_clock_gettime, clock, now);
  if (!failed && clock == CLOCK_REALTIME) now->tv_sec += atol(getenv(\"SHIFT\"));
  return failed;
}
";

#[test]
fn a_clock_that_is_wrong_is_said_with_how_far_it_is_from_the_servers() {
    let topology = servers();
    let work = topology.work();
    fs::write(work.join("shift.c"), SHIFTED).unwrap();
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-o", "shift.so", "shift.c"])
        .current_dir(work)
        .status();
    if !compiled.is_ok_and(|status| status.success()) {
        eprintln!("there is no C compiler, so no clock was wrong");
        return;
    }
    let bad_time =
        |apart| format!("answered NOTAUTH with BADTIME: its clock is 2h 30s {apart} the one of");
    // PowerDNS does not tell.
    let not_told = "PowerDNS answers so, too, for a key that it does not know, another secret, or a wrong clock.";
    for (server, zone, key, is_told) in [
        (BIND, "bind.test", "bind.key", true),
        (KNOT, "knot.test", "knot.key", true),
        (POWERDNS, "pdns.test", "pdns.key", false),
    ] {
        let name = format!("_acme-challenge.{zone}.");
        for (shift, apart) in [("-7230", "ahead of"), ("7230", "behind")] {
            let line = format!("present {name} v");
            let shifted = format!("{key} SHIFT={shift} LD_PRELOAD=./shift.so");
            let ended = call(&topology, server, &shifted, &line);
            ended.assert_status(1);
            let says = if is_told {
                bad_time(apart)
            } else {
                not_told.to_owned()
            };
            // A second may have begun between the two clocks.
            let said = ended
                .stderr
                .replace("2h 29s", "2h 30s")
                .replace("2h 31s", "2h 30s");
            assert!(said.contains(&says), "{server} {shift}: {said}");
            let line = line.replace("present", "cleanup");
            let in_vain = if is_told { 78 } else { 1 };
            call(&topology, server, &shifted, &line).assert_status(in_vain);
        }
        // That is near enough.
        let shifted = format!("{key} SHIFT=-200 LD_PRELOAD=./shift.so");
        call(&topology, server, &shifted, &format!("present {name} v")).success();
        assert_eq!(values(&topology, server, &name), ["\"v\""]);
    }
}
