//! `acme-renew` with a configuration, and the programs of the user's that it names.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use workshop::{Workshop, issue, run};

use super::programs::{ISSUED, Programs, REQUEST};

#[test]
fn a_missing_program_that_deploys_stops_no_renewal() {
    let workshop = Workshop::open();
    let issued = issue(&workshop, &["a.test"]).stdout;
    let directory = workshop.programs_with(&[
        ("acme-due", &format!("printf '%s' '{REQUEST}'")),
        (
            "acme-issue",
            &format!("cat > /dev/null; printf '%s' '{issued}'"),
        ),
    ]);
    let file = workshop.dir().join("acmepipe.toml");
    let recorder = workshop.recorder("");
    let text = format!(
        "exec = '/bin/true'\ndeploy-hook = ['/nowhere/hook', '{}']\n[[certificate]]\ndomains = 'a.test'\n",
        recorder.script.display()
    );
    fs::write(&file, text).unwrap();
    let mut command = workshop.command(directory.join("acme-renew"));
    command.arg("--no-sleep").arg("--config").arg(&file);
    let ended = run(command, "");
    ended.assert_status(1);
    for said in [
        "line 2: `deploy-hook`: /nowhere/hook: No such file",
        "acme-renew: renewed a.test until",
        "not deployed to 1 of 2 targets: exec:/nowhere/hook: ",
        "1 due, 1 renewed, 1 failed",
    ] {
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
    assert_eq!(recorder.calls().len(), 1);
}

#[test]
fn secrets_of_the_file_reach_the_users_programs_alone() {
    let workshop = Workshop::open();
    let directory = workshop.programs_with(&[
        (
            "acme-due",
            &format!("env > due.env; echo \"$@\" > due.arguments; printf '%s' '{REQUEST}'"),
        ),
        ("acme-order", "env > order.env; exec cat"),
        ("dns-zone", "env > zone.env; exec cat"),
        ("dns01-exec", "env > exec.env; exec cat"),
    ]);
    let file = workshop.dir().join("acmepipe.toml");
    let hook = workshop.script("hook", "env > hook.env");
    let text = format!(
        "exec = '/bin/true'\npre-hook = '{}'\n[env]\nTOKEN = 'secret'\nLEGO_DNS_RESOLVERS = '192.0.2.1'\n\
         LEGO_SERVER = 'https://ca.test/dir'\n\
         [[certificate]]\ndomains = 'a.test'\n",
        hook.display()
    );
    fs::write(&file, text).unwrap();
    let mut command = workshop.command(directory.join("acme-renew"));
    command.arg("--no-sleep").arg("--config").arg(&file);
    run(command, "").assert_status(1);
    for (environment, has_secret) in [
        ("due.env", false),
        ("order.env", false),
        ("zone.env", false),
        ("exec.env", true),
        ("hook.env", true),
    ] {
        let text = fs::read_to_string(workshop.dir().join(environment)).unwrap();
        let has = |line: &str| text.lines().any(|one| one == line);
        assert_eq!(has("TOKEN=secret"), has_secret, "{environment}: {text}");
        assert!(has("LEGO_DNS_RESOLVERS=192.0.2.1"), "{environment}: {text}");
        assert!(
            !text.contains("FOR_USERS_PROGRAMS"),
            "{environment}: {text}"
        );
    }
    // A variable that stands for an option of the CA counts for all of them.
    let arguments = fs::read_to_string(workshop.dir().join("due.arguments")).unwrap();
    assert!(
        arguments.contains("--server=https://ca.test/dir"),
        "{arguments}"
    );
    let hook = fs::read_to_string(workshop.dir().join("hook.env")).unwrap();
    assert!(
        hook.contains("LEGO_HOOK_ACCOUNT_SERVER=https://ca.test/dir\n"),
        "{hook}"
    );
}

#[test]
fn what_the_file_says_reaches_the_programs_and_a_secret_no_command_line() {
    let issue = "env > issue.env; cat > /dev/null";
    let programs = Programs::with(REQUEST, &format!("{issue}\necho '{ISSUED}'"));
    let dir = programs.workshop.dir();
    let file = dir.join("acmepipe.toml");
    let text = "exec = '/bin/false'\neab = true\nkid = 'k-secret'\nhmac = 'm-secret'\nstrict = true\nbatch = false\n\
                resolver = ['192.0.2.1', '192.0.2.2']\nmode = 'RAW'\ntimeout = 300\n\
                [env]\nTOKEN = 't-secret'\n[[certificate]]\ndomains = 'a.test'\n";
    fs::write(&file, text).unwrap();
    let mut command = programs.command(&["--config", file.to_str().unwrap()]);
    command.env("LEGO_EAB_HMAC_FILE", "/nowhere");
    let ended = run(command, "");
    ended.assert_status(0);
    let issue = programs.line("issue");
    for word in [
        " --exec=/bin/true",
        " --eab",
        " --strict",
        " --resolver=192.0.2.1",
        " --resolver=192.0.2.2",
        " --mode=RAW",
        " --timeout=300",
        " --replace",
    ] {
        assert!(issue.contains(word), "{word}: {issue}");
    }
    assert!(!issue.contains("--batch"), "{issue}");
    // The command line is before the file.
    assert!(!issue.contains("/bin/false"), "{issue}");
    let log = fs::read_to_string(dir.join("log")).unwrap();
    assert!(
        !log.contains("k-secret") && !log.contains("m-secret"),
        "{log}"
    );
    let environment = fs::read_to_string(dir.join("issue.env")).unwrap();
    for line in [
        "LEGO_EAB_KID=k-secret",
        "LEGO_EAB_HMAC=m-secret",
        "LEGO_EAB_HMAC_FILE=",
        "TOKEN=t-secret",
    ] {
        assert!(
            environment.lines().any(|one| one == line),
            "{line}: {environment}"
        );
    }
    assert!(programs.line("due").contains("--config="), "{log}");
    assert!(!programs.line("due").contains("300"), "{log}");
    assert!(!programs.line("deploy").contains("RAW"), "{log}");
    assert_eq!(programs.line("post"), "post a.test t-secret");
}

#[test]
fn mistakes_in_the_file_are_named_by_line_before_anything_is_done() {
    let programs = Programs::with(REQUEST, "");
    let file = programs.workshop.dir().join("acmepipe.toml");
    fs::write(&file, "emial = 'x'\n\n[[certificate]]\n").unwrap();
    let path = file.to_str().unwrap();
    let ended = programs.run(&["--config", path]);
    ended.assert_status(2);
    let said: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!(
        said,
        [
            format!("acme-renew: {path}: line 1: there is no key `emial`; did you mean `email`?"),
            format!("acme-renew: {path}: line 3: a certificate without `domains`"),
        ]
    );
    fs::write(&file, "").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    let ended = programs.run(&["--config", path]);
    ended.assert_status(2);
    assert!(
        ended.stderr.contains("can be changed by other users"),
        "{}",
        ended.stderr
    );
    assert_eq!(programs.ran(), [] as [&str; 0]);
}
