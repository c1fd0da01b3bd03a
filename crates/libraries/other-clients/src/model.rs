//! What is found in a folder, in the same form for all clients.

use crate::root::Root;
use std::path::PathBuf;

/// A client whose folder is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// lego, up to version 4 and from 5 on.
    Lego,
    /// certbot.
    Certbot,
    /// acme.sh.
    AcmeSh,
    /// uacme.
    Uacme,
    /// dehydrated.
    Dehydrated,
}

impl Client {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Client::Lego => "lego",
            Client::Certbot => "certbot",
            Client::AcmeSh => "acme.sh",
            Client::Uacme => "uacme",
            Client::Dehydrated => "dehydrated",
        }
    }
}

/// What is in a folder.
#[derive(Debug)]
pub struct Folder {
    /// Whose it is.
    pub client: Client,
    /// Where it is; what is read of it is read through this.
    pub root: Root,
    /// Its accounts.
    pub accounts: Vec<Account>,
    /// Its certificates.
    pub certificates: Vec<Certificate>,
    /// What a person has to know of the folder as a whole.
    pub remarks: Vec<String>,
}

/// An account at a CA, as far as it is noted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// The file of its key.
    pub key: PathBuf,
    /// Its URL.
    pub url: Option<String>,
    /// The URL of the CA's directory.
    pub directory: Option<String>,
    /// Its address.
    pub email: Option<String>,
}

/// A certificate, as far as it is noted how it is renewed.
#[derive(Debug, Default)]
pub struct Certificate {
    /// What the client calls it.
    pub name: String,
    /// The file of its key.
    pub key: PathBuf,
    /// The file of the certificate with those above it, or of the certificate alone.
    pub chain: PathBuf,
    /// The file of those above it, where the first has only the certificate.
    pub issuers: Option<PathBuf>,
    /// The names in the order in which they were asked for.
    pub names: Vec<String>,
    /// Its URL.
    pub url: Option<String>,
    /// The URL of the CA's directory.
    pub directory: Option<String>,
    /// The account that it was ordered with: its place among those of the folder.
    pub account: Option<usize>,
    /// How its names are proven to the CA.
    pub validation: Validation,
    /// Commands that are run when it was renewed.
    pub hooks: Vec<Hook>,
    /// The certificate profile.
    pub profile: Option<String>,
    /// The common name that its chain is to have in it.
    pub preferred_chain: Option<String>,
    /// Whether the client has another of this name, whose key is of another kind.
    pub is_second_kind: bool,
    /// Whether it needs OCSP stapling.
    pub must_staple: bool,
    /// Whether its key is kept when it is renewed.
    pub reuse_key: bool,
    /// Why nothing of it can be used.
    pub fault: Option<String>,
    /// What cannot be taken over, and what to do about it.
    pub remarks: Vec<String>,
}

/// How names are proven to the CA.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Validation {
    /// That is not noted.
    #[default]
    Unknown,
    /// By dns-01 at this DNS service, by its code, with what is noted of its variables, in words.
    Service(&'static str, Option<String>),
    /// By dns-01 at a DNS service that has no code here; what the client calls it.
    Provider(String),
    /// By dns-01 with the program that `EXEC_PATH` names.
    Exec,
    /// By dns-01 with a program of the user's, which is told by the client's own protocol.
    Script(String),
    /// By dns-01 with records that a person sets.
    Manual,
    /// By another challenge.
    Other(String),
}

/// A command that is run when a certificate was renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Its words, or the line of shell that it is.
    pub command: Command,
    /// Whether somebody else than root and this user may change what it says.
    pub is_open: bool,
}

/// What a hook says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A program and its arguments.
    Words(Vec<String>),
    /// What only a shell understands.
    Shell(String),
}
