//! What `acme-renew` is on the command line: its own options, and those of the programs that it runs.

use command::{Command, HandedOn, Opt, Program, Stdin, Touch};
use pipeline::programs;

pub use configuration::{CONFIGURATION_OF_ROOT, HOOK_TIMEOUT, POST_HOOK, PRE_HOOK};

/// `--config`.
pub static CONFIG: Opt = Opt {
    otherwise: Some("for root /etc/acmepipe.toml, where it is there"),
    long_help: "Its certificates are renewed, or ordered where they are new, and deployed. Without a file, all certificates \
                of the store are renewed and deployed.\n\
                The default is read only where\n.Fl -exec , -path\nand a\n.Ar name\nare not given.\nSee\n\
                .Xr acmepipe.toml 5 .",
    ..configuration::CONFIG
};
/// `--wait`.
pub static WAIT: Opt = Opt {
    long_help: "Without it, a second run says which one is under way, and exits 0.",
    ..Opt::flag("wait", "wait for a run that is under way")
};
/// `--json`.
pub static JSON: Opt = Opt::flag("json", "write the documents of the run");
/// `--path`.
pub static PATH: Opt = Opt {
    help: "where all is kept",
    ..command::PATH
};

/// Options of `acme-due`. What it calls a timeout is another thing than what acme-issue does.
pub const TO_DUE: HandedOn = HandedOn {
    to: programs::ACME_DUE.name,
    options: &[
        &CONFIG,
        &acme_due::DAYS,
        &acme_due::NO_ARI,
        &acme_due::RETRY,
        &command::NO_SLEEP,
        &acme_cli::REQUEST_LIMIT,
        &acme_cli::USER_AGENT,
        &PATH,
    ],
};
/// Options of `acme-issue`, but for the names.
pub const TO_ISSUE: HandedOn = HandedOn {
    to: programs::ACME_ISSUE.name,
    options: &[
        &acme_order::SERVER,
        &acme_order::EMAIL,
        &acme_order::ACCEPT_TOS,
        &acme_order::EAB,
        &acme_order::KID,
        &acme_order::HMAC,
        &acme_order::PROFILE,
        &acme_order::CHALLENGE,
        &acme_order::NOT_BEFORE,
        &acme_order::NOT_AFTER,
        &acme_order::KEY_TYPES,
        &acme_finalize::REUSE_KEY,
        &acme_finalize::MUST_STAPLE,
        &acme_finalize::PREFERRED_CHAIN,
        &acme_finalize::PEM,
        &acme_finalize::PFX,
        &acme_finalize::PFX_PASS,
        &acme_finalize::PFX_FORMAT,
        &acme_finalize::LAYOUT,
        &acme_finalize::NO_BUNDLE,
        &acme_finalize::KEEP_VERSIONS,
        &acme_finalize::DEACTIVATE,
        &acme_cli::ACCOUNTS,
        &acme_cli::REQUEST_LIMIT,
        &acme_cli::USER_AGENT,
        &acme_cli::SIGN_COMMAND,
        &dns_zone::RESOLVER,
        &dns_zone::NO_CNAME,
        &dns_zone::FOLLOW_WILDCARD_CNAME,
        &dns_zone::ALLOW_TLD,
        &dns_zone::IPV4,
        &dns_zone::IPV6,
        &dns01_exec::EXEC,
        &dns01_exec::DNS,
        &dns01_exec::MODE,
        &dns01_exec::TIMEOUT,
        &dns01_exec::INTERVAL,
        &dns01_exec::SEQUENCE_INTERVAL,
        &dns01_exec::PROGRAM_TIMEOUT,
        &dns01_exec::DOUBLE_DASH,
        &dns01_exec::BATCH,
        &dns01_exec::ONE_PER_NAME,
        &dns01_exec::ONE_PER_ZONE,
        &dns_wait_txt::STRICT,
        &dns_wait_txt::RECURSIVE,
        &dns_wait_txt::RECURSIVE_ONLY,
        &dns_wait_txt::AT_LEAST,
        &dns_wait_txt::SETTLE,
        &acme_issue::JOBS,
        &PATH,
    ],
};
/// Options of `dns01-exec cleanup --leftovers`: some of those of `acme-issue`.
pub const TO_CLEANUP: HandedOn = HandedOn {
    to: programs::DNS01_EXEC.name,
    options: &[
        &dns01_exec::EXEC,
        &dns01_exec::MODE,
        &dns01_exec::SEQUENCE_INTERVAL,
        &dns01_exec::PROGRAM_TIMEOUT,
        &dns01_exec::DOUBLE_DASH,
        &dns01_exec::BATCH,
        &acme_issue::JOBS,
        &PATH,
    ],
};
/// Options of `acme-deploy`.
pub const TO_DEPLOY: HandedOn = HandedOn {
    to: programs::ACME_DEPLOY.name,
    options: &[
        &configuration::DEPLOY_HOOK,
        &configuration::INSTALL,
        &configuration::OWNER,
        &configuration::GROUP,
        &configuration::KEY_MODE,
        &HOOK_TIMEOUT,
        &CONFIG,
        &PATH,
    ],
};

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::ACME_RENEW.name,
    about: programs::ACME_RENEW.about,
    commands: &[Command {
        name: "",
        about: "",
        usage: &[
            "--config FILE [OPTION]...",
            "--dns CODE [OPTION]... [NAME]...",
            "-x DNS-PROGRAM [OPTION]... [NAME]...",
        ],
        stdin: Stdin::Nothing,
        options: &[&CONFIG, &PRE_HOOK, &POST_HOOK, &WAIT, &JSON],
        handed_on: &[TO_DUE, TO_ISSUE, TO_DEPLOY],
    }],
    // Those of the programs that it runs are on their pages.
    variables: &[],
    touches: &[
        Touch::Runs("the other programs, and yours"),
        Touch::Writes("a lock"),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_the_options_of_acme_issue_but_for_those_that_requests_tell_and_that_cron_would_mail()
    {
        for option in acme_issue::PROGRAM.own_options() {
            let is_here = PROGRAM
                .own_options()
                .iter()
                .any(|own| own.long == option.long);
            let left_out = [
                dns_zone::TRACE.long,
                acme_order::DOMAINS.long,
                acme_order::FORCE.long,
                acme_order::SPLIT.long,
                acme_cli::SERVERS.long,
                acme_order::REPLACES.long,
                acme_order::CSR.long,
                acme_finalize::KEY.long,
                acme_finalize::REPLACE.long,
            ];
            assert_eq!(
                is_here,
                !left_out.contains(&option.long),
                "--{}",
                option.long
            );
        }
    }

    #[test]
    fn the_keys_of_the_configuration_are_its_options_but_those_of_one_run() {
        let of_one_run = [CONFIG.long, WAIT.long, JSON.long, acme_due::RETRY.long];
        let options = PROGRAM.own_options();
        let mut options: Vec<&str> = options.iter().map(|option| option.long).collect();
        options.retain(|option| !of_one_run.contains(option));
        options.sort_unstable();
        assert_eq!(options, configuration::KEYS);
    }
}
