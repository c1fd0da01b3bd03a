//! What a program says of itself, all from its table.

mod completions;
mod help;
// `make man` asks debug builds for these two; an installed program has no use for them.
#[cfg(debug_assertions)]
mod mdoc;
#[cfg(debug_assertions)]
mod readme;

use crate::table::{Command, Program};
use crate::usage::Usage;

/// The page of this name, of a program or of one of its commands: `help`, `version`, or completions for a shell.
///
/// # Errors
/// There is no such page.
pub fn page(
    program: &'static Program,
    command: Option<&'static Command>,
    name: &str,
) -> Result<String, Usage> {
    match name {
        "help" => Ok(help::page(program, command)),
        "version" => Ok(format!("{} {}\n", program.name, env!("CARGO_PKG_VERSION"))),
        #[cfg(debug_assertions)]
        "mdoc" => Ok(mdoc::sections(program)),
        #[cfg(debug_assertions)]
        "readme" => Ok(readme::row(program)),
        "bash" => Ok(completions::bash(program)),
        "zsh" => Ok(completions::zsh(program)),
        "fish" => Ok(completions::fish(program)),
        other => Err(Usage::new(format!(
            "--generate takes bash, zsh or fish, not `{other}`"
        ))),
    }
}
