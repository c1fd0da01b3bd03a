//! What a file says.

use command::{Kind, Opt, Usage};
use lifecycle::{Configured, Desired, Target};
use std::collections::HashMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};

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
    /// The line of each key that counts for it and that the file has: its own, or that for all.
    pub(crate) lines: HashMap<&'static str, usize>,
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
    /// The types of challenges, as `--challenge` takes them: its own, or those of all.
    pub challenge: Option<String>,
    /// Whether it needs OCSP stapling.
    pub must_staple: Option<bool>,
    /// Whether its key is kept when it is renewed.
    pub reuse_key: Option<bool>,
    /// The common name that its chain should have in it.
    pub preferred_chain: Option<String>,
    /// The path of a certificate request that somebody else made for it.
    pub csr: Option<String>,
    /// Where it is deployed: its own targets, or those of all.
    pub targets: Vec<Target>,
}

impl Setting {
    /// The setting with a relative path counted from the directory of the file.
    pub(crate) fn beside(mut self, file: &Path) -> Setting {
        if let (Kind::Path { .. }, Some(directory)) = (self.option.kind, file.parent()) {
            for value in &mut self.values {
                *value = directory.join(&value).to_string_lossy().into_owned();
            }
        }
        self
    }
}

impl Certificate {
    /// The line that says a key for it, or else that which it begins on.
    pub fn line_of(&self, key: &str) -> usize {
        self.lines.get(key).copied().unwrap_or(self.line)
    }
}

impl Configuration {
    /// The line that sets an option for all certificates.
    pub fn line_of(&self, option: &Opt) -> Option<usize> {
        let mut settings = self.settings.iter();
        let setting = settings.find(|setting| setting.option.long == option.long);
        setting.map(|setting| setting.line)
    }

    /// What a person is told of a mistake in the file that only a program finds.
    pub fn mistake(&self, line: usize, what: &str) -> Usage {
        Usage::new(format!("{}: line {line}: {what}", self.path.display()))
    }

    /// Refuses a CA that there is not, of any certificate: `directory` is as for [`Configuration::asks_for`].
    ///
    /// # Errors
    /// There is no such CA.
    pub fn check_cas<E: Display>(
        &self,
        directory: impl Fn(&str) -> Result<String, E>,
    ) -> Result<(), Usage> {
        for certificate in &self.certificates {
            self.asks_for(certificate, &directory)?;
        }
        Ok(())
    }

    /// Refuses types of challenges that there are not, of any certificate: `parse` says why.
    ///
    /// # Errors
    /// There is no such type.
    pub fn check_challenges<T>(
        &self,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<(), Usage> {
        for certificate in &self.certificates {
            let types = certificate.challenge.as_deref().map(&parse).transpose();
            let line = certificate.line_of("challenge");
            types.map_err(|why| self.mistake(line, &format!("`challenge`: {why}")))?;
        }
        Ok(())
    }

    /// What a certificate of the file is to be. `directory` says which CA its server is, by the URL of the directory.
    ///
    /// # Errors
    /// There is no such CA.
    pub fn asks_for<E: Display>(
        &self,
        certificate: &Certificate,
        directory: impl Fn(&str) -> Result<String, E>,
    ) -> Result<Configured, Usage> {
        let directory = certificate.server.as_deref().map(directory).transpose();
        let line = certificate.line_of("server");
        let directory = directory.map_err(|error| self.mistake(line, &error.to_string()))?;
        Ok(Configured {
            desired: Desired {
                names: certificate.names.clone(),
                directory,
                key_type: certificate.key_type.clone(),
                profile: certificate.profile.clone(),
            },
            email: certificate.email.clone(),
            challenge: certificate.challenge.clone(),
            must_staple: certificate.must_staple,
            reuse_key: certificate.reuse_key,
            preferred_chain: certificate.preferred_chain.clone(),
            csr: certificate.csr.clone(),
        })
    }
}
