//! The list of CAs that have a code.

use std::io::{self, Write};
use std::process::ExitCode;

/// Writes the code of each CA and the URL of its directory, a tab between them, on a line of stdout.
pub fn list_servers() -> ExitCode {
    let lines: String = known_cas::SERVERS
        .iter()
        .map(|(code, url)| format!("{code}\t{url}\n"))
        .collect();
    match io::stdout().write_all(lines.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
