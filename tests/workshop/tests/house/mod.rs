//! The house is built as `crates/README.md` says: arrows between crates run one way, and no two files of a crate import
//! each other, not even through others.

#![allow(clippy::unwrap_used)]

mod arrows;
mod circles;
mod imports;
mod module;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use arrows::{LINKED_BY, Package, wrong_arrows};
use workshop::{Programs, metadata, root};

#[test]
fn arrows_between_crates_run_one_way() {
    let packages = Package::all(metadata().unwrap());
    assert!(packages.len() > 10, "{packages:?}");
    let wrong = wrong_arrows(&packages);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_program_links_no_client_of_what_it_does_not_talk_to() {
    let programs = Programs::build().unwrap();
    let mut wrong = Vec::new();
    for name in Programs::names().unwrap() {
        // Of the tools that a linker comes with.
        let output = Command::new("nm")
            .arg(programs.path(&name))
            .output()
            .unwrap();
        assert!(output.status.success(), "nm: {output:?}");
        let symbols = String::from_utf8_lossy(&output.stdout);
        wrong.extend(arrows::wrongly_linked(&name, &symbols));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_may_be_linked_is_said_of_programs_that_there_are() {
    let programs = Programs::names().unwrap();
    for name in LINKED_BY.iter().flat_map(|(_, programs)| *programs) {
        assert!(programs.iter().any(|program| program == name), "{name}");
    }
}

#[test]
fn no_file_imports_one_that_imports_it() {
    let metadata = metadata().unwrap();
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        for target in package["targets"].as_array().unwrap() {
            let kinds = target["kind"].as_array().unwrap();
            if !kinds.iter().any(|kind| *kind == "lib" || *kind == "bin") {
                continue;
            }
            let root = Path::new(target["src_path"].as_str().unwrap());
            let imports = imports::of_crate(root, &|path| fs::read_to_string(path).ok());
            let circles = circles::circles(&imports.unwrap());
            wrong.extend(circles.iter().map(|circle| format!("{name}: {circle}")));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What nothing names would never run, and nothing else would say so.
#[test]
fn every_file_below_tests_is_a_module_of_a_test() {
    let metadata = metadata().unwrap();
    let read = RefCell::new(BTreeSet::new());
    let mut there = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        let targets = package["targets"].as_array().unwrap();
        for test in targets.iter().filter(|target| target["kind"][0] == "test") {
            let main = Path::new(test["src_path"].as_str().unwrap());
            let modules = module::read(main, &|path| {
                let text = fs::read_to_string(path).ok()?;
                read.borrow_mut().insert(path.to_owned());
                Some(text)
            });
            modules.unwrap();
        }
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        there.extend(files_of_rust(&manifest.with_file_name("tests")));
    }
    let read = read.into_inner();
    let unread: Vec<_> = there.difference(&read).collect();
    assert!(!there.is_empty() && unread.is_empty(), "{unread:#?}");
}

/// All files of Rust below a folder; none where there is no such folder.
fn files_of_rust(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_of_rust(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn the_modules_that_mutants_are_made_of_are_there() {
    let list = fs::read_to_string(root().join(".cargo/mutants.toml")).unwrap();
    let named: Vec<&str> = list
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split('"').next())
        .collect();
    assert!(!named.is_empty(), "{list}");
    for file in named {
        assert!(root().join(file).is_file(), "{file}");
    }
}
