//! `--dns`: the program that serves a DNS service, which is installed where this one is.

use command::{Usage, text};
use dns01_exec::PROPAGATION;
use exec_cli::{Call, call};
use pipeline::Object;
use std::path::{Path, PathBuf};
use std::time::Duration;
use subprocess::Stdout;

/// Where the programs of services are, seen from the directory above that of this program. There is a link for each service.
const DIRECTORY: &str = "libexec/acmepipe/dns";
/// How long a program may take to say whether it has what it needs: one that has to load much takes seconds.
const TIME_TO_ANSWER: Duration = Duration::from_secs(30);
/// How much of that is read, in bytes.
const LONGEST_ANSWER: usize = 4096;

/// The program of a service.
///
/// # Errors
/// There is no such service, or its program is not installed.
pub(crate) fn find(code: &str) -> Result<PathBuf, Usage> {
    if services::find(code).is_none() {
        return Err(Usage::new(unknown(code)));
    }
    let own = std::env::current_exe()?;
    let above = own
        .parent()
        .and_then(Path::parent)
        .unwrap_or(Path::new("/"));
    exec_cli::find(&above.join(DIRECTORY).join(code)).map_err(|usage| {
        Usage::new(format!(
            "--dns {code}: {usage}; `make install` puts it there"
        ))
    })
}

fn unknown(code: &str) -> String {
    let shown = text::clean(code);
    let codes = services::all().map(|one| one.code);
    match command::nearest(code, codes) {
        Some(near) => format!("--dns `{shown}` is no DNS service; did you mean `{near}`?"),
        None => format!("--dns `{shown}` is no DNS service; `--dns list` shows all"),
    }
}

/// Asks the program of a service whether it has all that it needs.
///
/// # Errors
/// What it lacks, in its words.
pub(crate) fn check(code: &str, program: &Path) -> Result<(), Usage> {
    let question = Call {
        about: String::new(),
        is_silent: true,
        arguments: vec![PROPAGATION.into()],
        removed_variables: Vec::new(),
        variables: Vec::new(),
        stdin: None,
        stdout: Stdout::Data,
        kept_stdout: LONGEST_ANSWER,
        time_limit: TIME_TO_ANSWER,
        hint: |_, _| None,
    };
    call(program, question).map(|_| ()).map_err(|failure| {
        let answer: Option<Object> = serde_json::from_slice(&failure.stdout).ok();
        let error = answer
            .as_ref()
            .and_then(|answer| answer.get("error")?.as_str());
        let error = error.map_or_else(|| failure.problem.detail.clone(), text::clean);
        Usage::new(format!("--dns {code}: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_code_is_answered_with_the_nearest() {
        for (code, expected) in [
            ("cloudfare", "; did you mean `cloudflare`?"),
            ("../exec", "; did you mean `exec`?"),
            ("nonsense", "; `--dns list` shows all"),
        ] {
            let said = find(code).unwrap_err().to_string();
            assert!(said.ends_with(expected), "{said}");
        }
    }
}
