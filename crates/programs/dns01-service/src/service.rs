//! Which service is meant.

use command::{Args, Usage, text};
use dns01_service::{DNS, PROGRAM};
use services::{Served, Service};
use std::path::Path;
use std::process::ExitCode;

/// The service that `--dns` names, or else the name by which the program was called.
///
/// # Errors
/// There is none of that name, or nothing serves it.
pub(crate) fn of(args: &Args) -> Result<&'static Service, Usage> {
    let called = std::env::args_os().next().unwrap_or_default();
    let called = Path::new(&called).file_name().unwrap_or_default();
    let called = called.to_string_lossy();
    let code = match args.text(&DNS)? {
        Some(code) => code,
        None if called == PROGRAM.name => {
            return Err(Usage::new(
                "no service: say which with --dns, or call the link of its name; `dns01-service list` shows all",
            ));
        }
        None => called.into_owned(),
    };
    let Some(service) = services::find(&code) else {
        return Err(Usage::new(unknown(&code)));
    };
    let name = service.name;
    match service.served {
        Served::By(_) => Ok(service),
        Served::Gone(what) => Err(Usage::new(format!(
            "{name}: there is no such service any more: {what}"
        ))),
        Served::Script(why) => Err(Usage::new(format!(
            "{name}: {why}; it needs a program of your own: see dns01-exec(1) and --exec"
        ))),
    }
}

fn unknown(code: &str) -> String {
    let shown = text::clean(code);
    let codes = services::all().map(|one| one.code);
    let other = services::by_other_name(code).map(|service| service.code);
    match other.or_else(|| command::nearest(code, codes)) {
        Some(near) => format!("there is no DNS service `{shown}`; did you mean `{near}`?"),
        None => format!(
            "`{shown}` is not in the table of DNS services, which `dns01-service list` shows; acme.sh or lexicon may have it: see dns01-acmesh(1) and dns01-lexicon(1)"
        ),
    }
}

/// Prints the table of services.
pub(crate) fn list(args: &Args) -> Result<ExitCode, Usage> {
    args.no_operands("`list` takes no words")?;
    Ok(command::show(&services::list()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_code_is_answered_with_the_nearest() {
        for (code, expected) in [
            ("cloudfare", "; did you mean `cloudflare`?"),
            ("digital-ocean", "; did you mean `digitalocean`?"),
            (
                "nonsense",
                "`dns01-service list` shows; acme.sh or lexicon may have it: see dns01-acmesh(1) and dns01-lexicon(1)",
            ),
        ] {
            let said = unknown(code);
            assert!(said.ends_with(expected), "{said}");
        }
    }
}
