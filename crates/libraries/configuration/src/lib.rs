//! One file for many certificates, `/etc/acmepipe.toml`: each key is the long name of an option, and each
//! `[[certificate]]` has names and what differs for it. A mistake is named with its line, and all of them are.

mod certificate;
mod env_file;
mod hook;
mod keys;
mod mistakes;
mod read;
mod rows;
mod settings;
mod value;
mod variables;

use command::{Args, Opt, Usage};
use lifecycle::Target;
use std::path::{Path, PathBuf};

pub use keys::KEYS;
pub use rows::{CONFIG, DEPLOY_HOOK, GROUP, HOOK_TIMEOUT, INSTALL, OWNER, POST_HOOK, PRE_HOOK};

/// What the file says.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    /// The file.
    pub path: PathBuf,
    /// Options for all certificates, in the order of the file.
    pub settings: Vec<Setting>,
    /// Variables for the programs of the user: those of `[env]`, and behind them those of the files of `env-file`.
    pub variables: Vec<(String, String)>,
    /// Certificates.
    pub certificates: Vec<Certificate>,
}

/// An option that the file sets for all certificates.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Its row.
    pub option: &'static Opt,
    /// Its values: one, or several of a list; `true` or `false` of a flag.
    pub values: Vec<String>,
    /// The line that it stands on.
    pub line: usize,
}

/// A certificate that the file asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Certificate {
    /// The line that it begins on.
    pub line: usize,
    /// The name that it is kept under: what `name` says, or its first name with a `*` written as `_`.
    pub name: String,
    /// Its names, as A-labels in lower case, each once.
    pub names: Vec<String>,
    /// The CA, as `--server` takes it: its own, or that of all.
    pub server: Option<String>,
    /// The account's address.
    pub email: Option<String>,
    /// The kind of its key, by its name.
    pub key_type: Option<String>,
    /// The certificate profile.
    pub profile: Option<String>,
    /// Where it is deployed: its own targets, or those of all.
    pub targets: Vec<Target>,
}

impl Configuration {
    /// Reads the file that `--config` names, if it names one, and lets it stand in for options that the command line does not
    /// give. `options` are those of the program; a key that is an option of acme-renew alone is left to that. What the command
    /// line gives counts for certificates that say nothing of it themselves.
    ///
    /// # Errors
    /// As [`Configuration::read`].
    pub fn from_args(
        args: &mut Args,
        options: &[&'static Opt],
    ) -> Result<Option<Configuration>, Usage> {
        let Some(path) = args.absolute_path(&CONFIG)? else {
            return Ok(None);
        };
        let of_all = certificate::OfAll::from_args(args, options)?;
        let configuration = read::read(&path, options, of_all)?;
        for setting in &configuration.settings {
            args.set(setting.option, setting.values.iter().cloned());
        }
        Ok(Some(configuration))
    }

    /// Reads the file. `options` are those of the program, by whose rows values are checked.
    ///
    /// # Errors
    /// The file cannot be read, or others can change it; or what is wrong with it: all mistakes, each with its line.
    pub fn read(path: &Path, options: &[&'static Opt]) -> Result<Configuration, Usage> {
        read::read(path, options, certificate::OfAll::default())
    }

    /// What a person is told of a mistake in the file that only a program finds.
    pub fn mistake(&self, line: usize, what: &str) -> Usage {
        Usage::new(format!("{}: line {line}: {what}", self.path.display()))
    }
}
