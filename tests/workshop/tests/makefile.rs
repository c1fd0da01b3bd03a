//! What `make` says that it would do, it does not do.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::fs;
use std::process::Command;

use workshop::{Workshop, root, run};

#[test]
fn a_dry_run_of_any_target_only_prints() {
    let makefile = fs::read_to_string(root().join("Makefile")).unwrap();
    let targets = makefile
        .lines()
        .find_map(|line| line.strip_prefix(".PHONY: "));
    let targets = targets.unwrap().split(' ');
    for target in targets {
        // Where there are no sources, whatever it runs fails, or leaves something.
        let workshop = Workshop::open();
        fs::write(workshop.dir().join("Makefile"), &makefile).unwrap();
        fs::write(workshop.dir().join("Cargo.toml"), "").unwrap();
        let mut command = Command::new("make");
        command
            .args(["-n", target])
            .current_dir(workshop.dir())
            .env_remove("MAKEFLAGS");
        let ended = run(command, "").success();
        assert_eq!(ended.stderr, "", "{target}");
        assert!(!ended.stdout.is_empty(), "{target}");
        let left = fs::read_dir(workshop.dir()).unwrap().count();
        assert_eq!(left, 2, "{target}");
    }
}
