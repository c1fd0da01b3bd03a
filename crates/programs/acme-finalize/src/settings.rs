//! What the command line says of the certificates: whose key each has, what it asks for, and what is written of it.

use acme_cli::{DocumentOptions, certificate_problem};
use acme_finalize::{
    KEY, KEY_TYPE, LAYOUT, LEGO, MUST_STAPLE, NO_BUNDLE, PEM, PFX, PFX_FORMAT, PFX_PASS,
    PREFERRED_CHAIN, REUSE_KEY,
};
use certificates::{Entry, Options, Outputs, Pfx, PfxFormat, SigningRequest};
use command::{Args, Usage, message, warn_of_open_secret};
use keys::{KeyType, PrivateKey};
use lifecycle::Revocation;
use pipeline::Problem;
use std::path::PathBuf;

/// The password where nobody says one, as with lego and Java.
const DEFAULT_PASSWORD: &str = "changeit";

/// What the command line says.
pub(crate) struct Settings {
    /// The kind of key for documents that do not say it.
    key_type: KeyType,
    /// A key that is there.
    key: Option<PrivateKey>,
    reuse_key: bool,
    csr: Option<PathBuf>,
    must_staple: bool,
    preferred_chain: Option<String>,
    pem: bool,
    pfx: bool,
    password: Option<String>,
    format: Option<PfxFormat>,
    lego: bool,
    no_bundle: bool,
}

/// What counts for one certificate: the document before the command line.
pub(crate) struct Wanted {
    /// The kind of its key.
    pub(crate) key_type: KeyType,
    pub(crate) must_staple: bool,
    pub(crate) preferred_chain: Option<String>,
    reuse_key: bool,
    /// The request that somebody else made.
    pub(crate) request: Option<SigningRequest>,
    /// Where that was.
    csr: Option<PathBuf>,
}

impl Settings {
    pub(crate) fn from_args(args: &Args) -> Result<Settings, Usage> {
        let names = keys::NAMES.join(", ");
        let key_type = args.parsed(&KEY_TYPE, &format!("one of {names}"), KeyType::parse)?;
        let formats = format!("one of {}", PfxFormat::NAMES.join(", "));
        let settings = Settings {
            key_type: key_type.unwrap_or(KeyType::EC256),
            key: args.path(&KEY)?.map(|path| key(&path)).transpose()?,
            reuse_key: args.flag(&REUSE_KEY)?,
            csr: args.absolute_path(&acme_cli::CSR)?,
            must_staple: args.flag(&MUST_STAPLE)?,
            preferred_chain: args.text(&PREFERRED_CHAIN)?,
            pem: args.flag(&PEM)?,
            pfx: args.flag(&PFX)?,
            password: args.text(&PFX_PASS)?,
            format: args.parsed(&PFX_FORMAT, &formats, PfxFormat::parse)?,
            lego: args.choice(&LAYOUT)? == Some(LEGO),
            no_bundle: args.flag(&NO_BUNDLE)?,
        };
        if settings.csr.is_some() && settings.key.is_some() {
            return Err(Usage::new(
                "--csr and --key: a certificate request has its own key",
            ));
        }
        if settings.csr.is_some() && (settings.pem || settings.pfx) {
            return Err(Usage::new(
                "--csr: without the key there is no --pem and no --pfx",
            ));
        }
        Ok(settings)
    }

    /// What counts for the certificate of a document with these options.
    ///
    /// # Errors
    /// The certificate request cannot be read, or is none.
    pub(crate) fn of(&self, options: &DocumentOptions) -> Result<Wanted, Problem> {
        let path = options.csr.as_ref().map(PathBuf::from);
        let path = path.or_else(|| self.csr.clone());
        let request = path.as_deref().map(SigningRequest::read).transpose();
        let request = request.map_err(certificate_problem)?;
        let own = self.key.as_ref().and_then(PrivateKey::key_type);
        let of_request = request.as_ref().and_then(SigningRequest::key_type);
        let preferred = options.preferred_chain.clone();
        Ok(Wanted {
            key_type: own
                .or(of_request)
                .or(options.key_type)
                .unwrap_or(self.key_type),
            must_staple: options.must_staple.unwrap_or(self.must_staple),
            preferred_chain: preferred.or_else(|| self.preferred_chain.clone()),
            reuse_key: options.reuse_key.unwrap_or(self.reuse_key),
            request,
            csr: path,
        })
    }

    /// Puts the key into its place that the order is to be finalized with, unless one is made: also where that of the version
    /// before is wanted, and a certificate for it was `revoked`.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn place_key(
        &self,
        wanted: &Wanted,
        entry: &Entry,
        revoked: impl FnOnce() -> Option<Revocation>,
        label: &str,
    ) -> Result<(), Problem> {
        let placed = match &self.key {
            Some(key) => entry.use_key(key),
            None if wanted.reuse_key => match revoked() {
                Some(revocation) => {
                    message::warning(&format!(
                        "{label}: the key of the version before is not used again: {revocation}"
                    ));
                    entry.forget_reused_key()
                }
                None => entry.reuse_key(wanted.key_type),
            },
            None => Ok(()),
        };
        placed.map_err(certificate_problem)
    }

    /// What is written beside a certificate's four files. A renewal writes what the version before has.
    pub(crate) fn outputs(&self, before: Option<Outputs>) -> Outputs {
        let before = before.unwrap_or_default();
        let pfx = before.pfx;
        let is_wanted = self.pfx || pfx.is_some();
        let (password, format) = pfx.map(|pfx| (pfx.password, pfx.format)).unzip();
        Outputs {
            pem: self.pem || before.pem,
            pfx: is_wanted.then(|| Pfx {
                password: self
                    .password
                    .clone()
                    .or(password)
                    .unwrap_or_else(|| DEFAULT_PASSWORD.to_owned()),
                format: self.format.or(format).unwrap_or_default(),
            }),
            lego: self.lego || before.lego,
            no_bundle: self.no_bundle || before.no_bundle,
        }
    }
}

impl Wanted {
    /// Notes what a renewal has to say again.
    pub(crate) fn record(&self, options: &mut Options) {
        options.must_staple = self.must_staple.then_some(true);
        options.reuse_key = self.reuse_key.then_some(true);
        options.preferred_chain.clone_from(&self.preferred_chain);
        let csr = self.csr.as_ref();
        options.csr = csr.map(|path| path.to_string_lossy().into_owned());
    }
}

fn key(path: &std::path::Path) -> Result<PrivateKey, Usage> {
    let shown = path.display();
    let key = PrivateKey::read(path);
    let key = key.map_err(|error| Usage::new(format!("--key {shown}: {error}")))?;
    warn_of_open_secret(path, "a private key");
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            key_type: KeyType::EC256,
            key: None,
            reuse_key: false,
            csr: None,
            must_staple: false,
            preferred_chain: Some("X".into()),
            pem: false,
            pfx: false,
            password: None,
            format: None,
            lego: false,
            no_bundle: false,
        }
    }

    #[test]
    fn a_document_wins_over_the_command_line() {
        let mut settings = settings();
        settings.must_staple = true;
        let wanted = settings
            .of(&DocumentOptions::default())
            .expect("no request");
        assert_eq!(wanted.key_type, KeyType::EC256);
        assert!(wanted.must_staple && !wanted.reuse_key);
        assert_eq!(wanted.preferred_chain.as_deref(), Some("X"));
        let options = DocumentOptions {
            key_type: Some(KeyType::EC384),
            must_staple: Some(false),
            reuse_key: Some(true),
            preferred_chain: Some("Y".into()),
            ..DocumentOptions::default()
        };
        let wanted = settings.of(&options).expect("no request");
        assert_eq!(wanted.key_type, KeyType::EC384);
        assert!(!wanted.must_staple && wanted.reuse_key);
        let mut known = Options::default();
        wanted.record(&mut known);
        assert_eq!((known.must_staple, known.reuse_key), (None, Some(true)));
        assert_eq!(known.preferred_chain.as_deref(), Some("Y"));
        settings.key = Some(PrivateKey::generate(KeyType::EC256).expect("a key"));
        let wanted = settings.of(&options).expect("no request");
        assert_eq!(wanted.key_type, KeyType::EC256);
        let missing = DocumentOptions {
            csr: Some("/nonexistent/request.pem".into()),
            ..options
        };
        let problem = settings.of(&missing).err().expect("no such file");
        assert!(
            problem.detail.contains("/nonexistent/request.pem"),
            "{problem}"
        );
    }

    #[test]
    fn a_renewal_writes_what_the_version_before_has() {
        let mut settings = settings();
        assert_eq!(settings.outputs(None), Outputs::default());
        settings.pfx = true;
        let pfx = settings.outputs(None).pfx.expect("wanted");
        let default = Pfx {
            password: DEFAULT_PASSWORD.into(),
            format: PfxFormat::default(),
        };
        assert_eq!(pfx, default);
        settings.pfx = false;
        let before = Outputs {
            pem: true,
            pfx: Some(Pfx {
                password: "secret".into(),
                format: PfxFormat::Des,
            }),
            lego: true,
            no_bundle: false,
        };
        assert_eq!(settings.outputs(Some(before.clone())), before);
        settings.password = Some("another".into());
        let pfx = settings.outputs(Some(before)).pfx.expect("as before");
        assert_eq!((&*pfx.password, pfx.format), ("another", PfxFormat::Des));
    }
}
