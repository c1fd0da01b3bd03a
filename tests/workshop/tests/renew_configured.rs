//! `acme-renew` with a configuration, and the programs of the user's that it names.

#![allow(clippy::unwrap_used)]

use std::fs;

use workshop::{Workshop, issue, run};

/// A request, as acme-due writes one.
const REQUEST: &str = r#"{"version":1,"name":"a.test","order":{"identifiers":[{"type":"dns","value":"a.test"}]},"options":{"email":"me@x.test","key-type":"EC384"},"challenges":[]}"#;

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
