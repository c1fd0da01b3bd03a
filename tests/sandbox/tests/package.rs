//! The packages for Debian and RPM: what is said of them by the programs that judge packages, and that they are installed,
//! used and removed. The programs are those that tests run, since their optimized ones take minutes.

#![allow(clippy::unwrap_used)]

mod clean;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use clean::Clean;
use sandbox::{Ended, Programs, Tools, source};

/// A package that was made, or why none was.
type Made = Result<PathBuf, String>;

/// Runs a script of `tests/package`; its error is what it said.
fn script(name: &str, arguments: &[PathBuf]) -> Result<(), String> {
    let mut command = Command::new(source("package").join(name));
    command.args(arguments).current_dir(source(".."));
    // Compressing takes longer than all else, and is not what is tested.
    let compression = if name == "rpm" {
        "w.ufdio"
    } else {
        "-Zgzip -z1"
    };
    command.env("COMPRESSION", compression);
    command.env_remove("MAKEFLAGS");
    let output = command.output().map_err(|error| error.to_string())?;
    match output.status.code() {
        Some(0) => Ok(()),
        // The machine lacks what makes it.
        Some(69) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        _ => panic!("{name}: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// Makes a package in this folder of `target`, of the programs that tests run.
fn make(kind: &str, folder: &str) -> Made {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let tools = Tools::fetch(&["servers"]).unwrap();
    let top = tools.root().with_file_name("packages");
    let built = BUILT.get_or_init(|| {
        let programs = Programs::build().unwrap();
        // Folders of people have blanks in their names.
        let built = top.join("built programs");
        script("build", &[built.clone(), programs.dir]).unwrap();
        built
    });
    if kind == "rpm" {
        // The script says it where it could not be fetched.
        let _ = Tools::fetch(&["rpm"]);
    }
    let dir = top.join(folder);
    let _ = fs::remove_dir_all(&dir);
    let mut arguments = vec![dir.clone(), built.clone()];
    if kind == "rpm" {
        arguments.push(tools.root());
    }
    script(kind, &arguments)?;
    let file = fs::read_dir(&dir).unwrap().next().unwrap().unwrap();
    Ok(file.path())
}

/// A clean Debian with this package in `/mnt`; `None` where either cannot be had, which is said.
fn clean_with(kind: &str, folder: &str) -> Option<Clean> {
    match make(kind, folder) {
        Ok(package) => Clean::start(&[package]),
        Err(error) => {
            eprintln!("NOT RUN: {error}");
            None
        }
    }
}

/// The first lines of the README, for names of the sandbox.
fn pipeline() -> String {
    let text = fs::read_to_string(source("../README.md")).unwrap();
    let block = text.split("```sh\n").nth(1).unwrap();
    let block = block.split("```").next().unwrap();
    assert!(
        block.contains("acme-finalize") && block.contains("dns01-exec cleanup"),
        "{block}"
    );
    block.replace("example.com", "example.test")
}

/// The certificate's file that a pipeline says it has written.
#[track_caller]
fn fullchain(ended: Ended) -> String {
    let document = ended.success().document();
    assert!(document["error"].is_null(), "{document}");
    let path = &document["certificate"]["fullchain"];
    path.as_str()
        .unwrap_or_else(|| panic!("{document}"))
        .to_owned()
}

/// The certificates that the package has got, as `acme-list` shows them.
const NAMES: [&str; 2] = ["example.test", "renewed.example.test"];

/// Panics where the certificates, or their keys, are gone.
#[track_caller]
fn assert_listed(clean: &Clean) {
    let list = "acme-list --json --path /var/lib/acmepipe";
    let listed = clean.sh_of_service(list).success().documents();
    let names: Vec<_> = listed
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, NAMES);
    assert_kept(clean);
}

/// Panics where private keys are gone.
#[track_caller]
fn assert_kept(clean: &Clean) {
    for name in NAMES {
        clean
            .sh(&format!(
                "[ -s /var/lib/acmepipe/certificates/{name}/privkey.pem ]"
            ))
            .success();
    }
}

/// Runs everything that the package is there for.
#[track_caller]
fn use_it(clean: &Clean) {
    let names = Programs::names().unwrap();
    for name in &names {
        clean
            .sh(&format!(
                "{name} --version; ls /usr/share/man/man1/{name}.1.gz"
            ))
            .success();
    }
    let shells = "cd /usr/share; ls bash-completion/completions zsh/*/_* fish/vendor_completions.d";
    let completions = clean.sh(shells).success().stdout;
    for name in &names {
        for file in [name.clone(), format!("/_{name}"), format!("{name}.fish")] {
            assert!(
                completions.lines().any(|line| line.ends_with(&file)),
                "{file}"
            );
        }
    }
    clean.sh("ls /usr/lib/systemd/system/acmepipe.service /usr/share/doc/acmepipe/examples/acmepipe.toml.example")
        .success();
    // Nothing is enabled.
    assert_eq!(clean.sh("find /etc -name 'acmepipe*'").success().stdout, "");

    // As root; then as the service's user, when systemd has made root's files that user's at the first start.
    let of_root = fullchain(clean.sh(&pipeline()));
    assert_eq!(
        of_root,
        "/var/lib/acmepipe/certificates/example.test/fullchain.pem"
    );
    clean.sh("chown -R acmepipe:acmepipe /var/lib/acmepipe; chgrp -R acmepipe /etc/acme; chmod -R g+rX /etc/acme")
        .success();
    let state = "export STATE_DIRECTORY=/var/lib/acmepipe\n";
    let of_user = fullchain(clean.sh_of_service(&format!("{state}{}", pipeline())));
    assert_eq!(of_root, of_user);

    // As the unit runs it.
    clean.write(
        "/etc/acmepipe.toml",
        "email = \"you@example.test\"\naccept-tos = true\nexec = \"/etc/acme/update-dns.sh\"\n\
         [[certificate]]\ndomains = [\"renewed.example.test\"]\n",
    );
    let unit = clean
        .sh("sed -n 's/^ExecStart=//p' /usr/lib/systemd/system/acmepipe.service")
        .success()
        .stdout;
    clean.sh_of_service(&format!("{state}{unit}")).success();
    assert_listed(clean);
    clean.sh("rm /etc/acmepipe.toml").success();
    clean.assert_nothing_left();
}

/// Panics where files are other than they were.
#[track_caller]
fn assert_same(before: &BTreeSet<String>, after: &BTreeSet<String>) {
    let gone: Vec<_> = before.difference(after).collect();
    let left: Vec<_> = after.difference(before).collect();
    assert!(
        gone.is_empty() && left.is_empty(),
        "gone: {gone:#?}\nleft: {left:#?}"
    );
}

/// Everything that `use_it` has made, of which nothing is the package's, and what it has changed.
const FORGET: &str =
    "rm -rf /var/lib/acmepipe; chgrp -R root /etc/acme; chmod -R g=u,g-w /etc/acme";

/// The names of files, without modes and owners.
fn names(files: &BTreeSet<String>) -> BTreeSet<String> {
    let name = |line: &String| line.split(' ').next().map(str::to_owned);
    files.iter().filter_map(name).collect()
}

#[test]
fn the_package_for_debian_is_installed_used_and_removed_and_keeps_private_keys() {
    let Some(clean) = clean_with("deb", "deb") else {
        return;
    };
    let before = clean.files();
    clean.sh("dpkg --install /mnt/*.deb").success();
    let installed = clean.files();
    use_it(&clean);

    clean.sh("dpkg --remove acmepipe").success();
    assert_kept(&clean);
    // Installed once more, it finds what was there.
    clean.sh("dpkg --install /mnt/*.deb").success();
    assert_listed(&clean);
    let purged = clean.sh("dpkg --purge acmepipe").success();
    let said = "kept, since it is not empty: /var/lib/acmepipe\n";
    assert!(purged.stdout.contains(said), "{purged:?}");
    assert_kept(&clean);

    // Of one that was never used nothing stays.
    clean.sh(FORGET).success();
    clean.sh("dpkg --install /mnt/*.deb").success();
    assert_same(&names(&installed), &names(&clean.files()));
    clean.sh("dpkg --purge acmepipe").success();
    assert_same(&names(&before), &names(&clean.files()));
}

#[test]
fn lintian_finds_no_error() {
    let Some(clean) = clean_with("deb", "lintian") else {
        return;
    };
    let judged = clean.sh("lintian --allow-root --fail-on error,warning /mnt/*.deb 2>&1");
    judged.success();
}

#[test]
fn the_package_for_rpm_is_installed_used_and_removed_and_keeps_private_keys() {
    let Some(clean) = clean_with("rpm", "rpm") else {
        return;
    };
    let needed = clean.sh("rpm -qp --requires /mnt/*.rpm").success().stdout;
    assert!(needed.contains("libc.so.6(GLIBC_"), "{needed}");
    assert!(!needed.contains("python"), "{needed}");
    // Folders of others, whom Debian does not have: of `filesystem` on Fedora.
    clean
        .sh("mkdir -p /usr/lib/sysusers.d /usr/share/fish/vendor_completions.d /usr/share/zsh/site-functions")
        .success();
    let before = clean.files();
    // Of Debian's libraries rpm knows nothing.
    let install = "rpm --install --nodeps --force-debian /mnt/*.rpm";
    clean.sh(install).success();
    clean.sh("rpm --verify --nodeps acmepipe").success();
    use_it(&clean);
    clean.sh("rpm --erase acmepipe").success();
    assert_kept(&clean);
    clean.sh(FORGET).success();
    // Made for the user of DNS, who may have records there.
    clean.sh("rmdir /var/lib/acmepipe-dns").success();
    assert_same(&names(&before), &names(&clean.files()));
}

#[test]
fn rpmlint_finds_no_error() {
    let Some(clean) = clean_with("rpm", "rpmlint") else {
        return;
    };
    clean.write(
        "/etc/acme/rpmlint.toml",
        &fs::read_to_string(source("package/rpmlint.toml")).unwrap(),
    );
    let judged = clean
        .sh("rpmlint --config /etc/acme/rpmlint.toml /mnt/*.rpm 2>&1 || :")
        .success()
        .stdout;
    assert!(judged.contains(" 0 errors"), "{judged}");
}

#[test]
fn the_same_programs_give_the_same_packages() {
    for kind in ["deb", "rpm"] {
        let both = ["first", "second"].map(|folder| make(kind, &format!("{kind}-{folder}")));
        match both {
            [Ok(first), Ok(second)] => {
                assert_eq!(first.file_name(), second.file_name());
                assert!(
                    fs::read(&first).unwrap() == fs::read(&second).unwrap(),
                    "{kind}"
                );
            }
            [Err(error), _] | [_, Err(error)] => eprintln!("NOT RUN: {error}"),
        }
    }
}
