//! What the command line says.

use acme_import::{DRY_RUN, JSON, OUTPUT, SERVER};
use command::{Args, Usage, path_words, state_directory};
use configuration::CONFIGURATION_OF_ROOT;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

/// The name of the configuration below `--path`.
const CONFIGURATION: &str = "acmepipe.toml";

/// What the command line says.
pub(crate) struct Options {
    /// The directory of all that is kept.
    pub(crate) path: PathBuf,
    /// Whether programs find that directory by themselves.
    pub(crate) is_usual_path: bool,
    /// Where the configuration goes.
    pub(crate) output: PathBuf,
    /// The URL of the directory of the CA of what does not say it.
    pub(crate) server: Option<String>,
    /// Whether anything is written.
    pub(crate) writes: bool,
    /// Whether a person reads what comes out.
    pub(crate) is_text: bool,
}

impl Options {
    pub(crate) fn from_args(args: &mut Args) -> Result<Options, Usage> {
        let path = state_directory(args)?;
        let is_usual_path = path_words(&path).is_empty();
        let is_root = rustix::process::geteuid().is_root();
        let output = match args.absolute_path(&OUTPUT)? {
            Some(output) => output,
            None if is_root && is_usual_path => CONFIGURATION_OF_ROOT.into(),
            None => path.join(CONFIGURATION),
        };
        if output.file_name().is_none() {
            return Err(Usage::new("--output names no file"));
        }
        // What is written is known to whoever gives up the rights to everything else.
        args.set(&OUTPUT, [output.to_string_lossy().into_owned()]);
        let server = args.text(&SERVER)?;
        let server = server.as_deref().map(acme::directory_url).transpose();
        Ok(Options {
            server: server.map_err(|error| Usage::new(error.to_string()))?,
            writes: !args.flag(&DRY_RUN)? && !args.operands.is_empty(),
            is_text: !args.flag(&JSON)? && io::stdout().is_terminal(),
            is_usual_path,
            path,
            output,
        })
    }
}
