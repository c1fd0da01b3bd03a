//! What the command line says.

use acme_import::{DRY_RUN, JSON, OUTPUT, SERVER};
use command::text::shell_word;
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
    /// What of this is on the command line, as words after a blank for another.
    pub(crate) given: String,
    /// The URL of the directory of the CA of what does not say it.
    pub(crate) server: Option<String>,
    /// Whether anything is written.
    pub(crate) writes: bool,
    /// Whether a person reads what comes out.
    pub(crate) is_text: bool,
}

impl Options {
    pub(crate) fn from_args(args: &mut Args) -> Result<Options, Usage> {
        let given = given(args)?;
        let path = state_directory(args)?;
        let is_usual_path = path_words(&path).is_empty();
        let is_root = rustix::process::geteuid().is_root();
        let output = match args.absolute_path(&OUTPUT)? {
            Some(output) => named_file(output)?,
            None if is_root && is_usual_path => CONFIGURATION_OF_ROOT.into(),
            None => path.join(CONFIGURATION),
        };
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
            given,
        })
    }
}

/// What stands on the command line and decides what is done, as words after a blank.
fn given(args: &Args) -> Result<String, Usage> {
    let mut words = String::new();
    if let (true, Some(server)) = (args.is_given(&SERVER), args.text(&SERVER)?) {
        words += &format!(" --{} {}", SERVER.long, shell_word(&server));
    }
    if let (true, Some(output)) = (args.is_given(&OUTPUT), args.path(&OUTPUT)?) {
        words += &format!(
            " --{} {}",
            OUTPUT.long,
            shell_word(&output.to_string_lossy())
        );
    }
    let path = state_directory(args)?;
    Ok(words + &path_words(&path))
}

/// The file that `--output` names, where a link leads to one.
///
/// # Errors
/// It cannot be one.
fn named_file(path: PathBuf) -> Result<PathBuf, Usage> {
    let shown = path.display();
    let wrong = |why: &str| Usage::new(format!("--{} {shown}: {why}", OUTPUT.long));
    if path.file_name().is_none() {
        return Err(wrong("this names no file"));
    }
    let Ok(found) = path.symlink_metadata() else {
        let directory = path.parent().unwrap_or(&path);
        return match directory.is_dir() {
            true => Ok(path),
            false => Err(wrong("there is no such directory")),
        };
    };
    let place = match path.canonicalize() {
        Ok(place) if found.is_symlink() => {
            files::trust_link(&path).map_err(|error| wrong(&error.to_string()))?;
            place
        }
        Ok(_) => path.clone(),
        Err(_) => return Err(wrong("this is a link that leads nowhere")),
    };
    match place.is_file() {
        true => Ok(place),
        false if place.is_dir() => Err(wrong("this is a directory, name a file in it")),
        false => Err(wrong("this is no regular file")),
    }
}
