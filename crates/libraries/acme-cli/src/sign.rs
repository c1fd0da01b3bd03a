//! `--sign-command`: the user's program that signs for accounts whose private key is elsewhere.

use acme::Cancellation;
use command::text::{clean, shorten};
use command::{Args, Completion, Kind, Opt, Usage, message};
use keys::{PublicKey, RemoteSigner};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use subprocess::{Command, Event, Limits, Mark, Process, Questions, Stdout, TERMINAL};

/// How long a signature may take: a person may have to touch a token, or type its PIN.
const TIME: Duration = Duration::from_secs(60);
/// The longest signature, in bytes; that of RSA with 8192 bits has 1024.
const LONGEST_SIGNATURE: usize = 4096;
/// How much of the program's last lines an error quotes, in characters.
const LONGEST_QUOTE: usize = 500;

/// What is said to somebody who names a program with arguments.
const ONE_PATH: &str = "; this is one path: a program with arguments needs a script of its own";

/// The variables that tell the program what is wanted, and the one by which all that it started is found.
const ALGORITHM: &str = "ACMEPIPE_SIGN_ALGORITHM";
const THUMBPRINT: &str = "ACMEPIPE_SIGN_THUMBPRINT";
const MARK: &str = "ACMEPIPE_SIGN";

/// `--sign-command`.
pub const SIGN_COMMAND: Opt = Opt {
    variable: Some("ACMEPIPE_SIGN_COMMAND"),
    is_rare: true,
    long_help: "It signs for accounts whose\n.Pa account.key\nholds a public key, and is run directly, never through a shell.\n\
                See\n.Xr acme-account 1 .",
    ..Opt::new(
        "sign-command",
        Kind::Path {
            name: "PROGRAM",
            completion: Completion::Files,
        },
        "what signs for an account whose key is elsewhere",
    )
};

/// The program, for each signature that is needed.
#[derive(Debug)]
struct SignCommand {
    program: PathBuf,
    cancellation: Cancellation,
}

/// What signs by the command line; none where that names no program, or the program has no such option.
///
/// # Errors
/// The program cannot be run.
pub(crate) fn signer(
    args: &Args,
    cancellation: &Cancellation,
) -> Result<Option<Arc<dyn RemoteSigner>>, Usage> {
    if !args.takes(&SIGN_COMMAND) {
        return Ok(None);
    }
    let Some(program) = args.path(&SIGN_COMMAND)? else {
        return Ok(None);
    };
    let program = subprocess::find(&program).map_err(|error| {
        let has_blank = program.to_string_lossy().contains(char::is_whitespace);
        let more = if has_blank { ONE_PATH } else { "" };
        let error = clean(&error.to_string());
        Usage::new(format!("--sign-command: {error}{more}"))
    })?;
    cancellation.on_cancel(end_all);
    Ok(Some(Arc::new(SignCommand {
        program,
        cancellation: cancellation.clone(),
    })))
}

impl RemoteSigner for SignCommand {
    fn sign(&self, key: &PublicKey, input: &[u8]) -> Result<Vec<u8>, String> {
        if self.cancellation.check().is_err() {
            return Err("stopped before it was done".to_owned());
        }
        let command = self.command(key, input);
        let limits = Limits {
            time: TIME,
            kept_stdout: LONGEST_SIGNATURE + 1,
        };
        let name = name(&self.program);
        let mut tell = |event: Event<'_>| match event {
            Event::Line(text) => message::relay(&name, text),
            Event::RestOmitted => message::relay(&name, "(prints too much; the rest is not shown)"),
            Event::StillRuns(elapsed) => message::warning(&format!(
                "{name} has been signing for {} s; after {} s it is ended",
                elapsed.as_secs(),
                TIME.as_secs()
            )),
        };
        match subprocess::run(&command, &limits, &mut tell) {
            Ok(done) if done.stdout.len() > LONGEST_SIGNATURE => Err(format!(
                "{} printed more than {LONGEST_SIGNATURE} bytes, which is no signature",
                self.program.display()
            )),
            Ok(done) => Ok(done.stdout),
            Err(error) => Err(explain(&self.program, &error)),
        }
    }
}

impl SignCommand {
    fn command(&self, key: &PublicKey, input: &[u8]) -> Command {
        static CALLS: AtomicU64 = AtomicU64::new(0);
        let variables = [
            (ALGORITHM, key.alg().to_owned()),
            (THUMBPRINT, key.jwk().thumbprint()),
        ];
        let group = std::env::var(TERMINAL);
        Command {
            program: self.program.clone(),
            arguments: Vec::new(),
            removed_variables: [TERMINAL, command::PARENT].map(OsString::from).into(),
            variables: variables
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
            stdin: Some(input.to_vec()),
            stdout: Stdout::Answer,
            mark: Mark {
                variable: MARK.to_owned(),
                value: format!("{}{};", of_this(), CALLS.fetch_add(1, Ordering::Relaxed)),
            },
            questions: Questions::Asked {
                on_behalf_of: group.ok().and_then(|group| group.parse().ok()),
            },
        }
    }
}

/// What the marks of all calls of this process begin with.
fn of_this() -> String {
    let started = Process::this().map_or(0.0, |process| process.started);
    format!("{}-{started}.", std::process::id())
}

/// Ends what signs for this process, and all that it started: nobody waits for it any more.
fn end_all() {
    let started = Process::this().map_or(0.0, |process| process.started);
    for process in subprocess::with_variable_prefix(&format!("{MARK}={}", of_this()), started) {
        process.kill();
    }
}

fn name(program: &Path) -> String {
    let name = program.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Why there is no signature, with the last lines that the program printed.
fn explain(program: &Path, error: &subprocess::Error) -> String {
    let program = program.display();
    let lines = error.last_lines.join("; ");
    if lines.is_empty() {
        return format!("{program} {error}");
    }
    let quote = shorten(&format!("{:?}", clean(&lines)), LONGEST_QUOTE);
    format!("{program} {error}: {quote}")
}
