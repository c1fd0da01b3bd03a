//! An ACME client (RFC 8555) as far as dns-01 needs one. It knows nothing of DNS, of documents and pipes, of options and
//! of variables of the environment.
//!
//! A [`Client`] speaks to CAs. Of each [`Ca`] it reads the directory once, keeps the nonces that the CA hands out, and
//! bounds how many requests are under way. An [`Account`] signs requests, for orders, authorizations, challenges and
//! certificates. A failure is an [`Error`]: a cause with its data, which says in words what was asked of whom and what
//! came back. Callers know the options, so they say what a person can do about it.
//!
//! Everything here blocks, for a bounded time; a [`Cancellation`] ends all that is under way from another thread.
//!
//! `objects` are the RFC's JSON objects, `signing` is JWS, `transport` gets a signed request to a CA and its reply back;
//! on these stand `account` and `issuance`.

mod account;
mod ca;
mod cancellation;
mod client;
mod deadline;
mod error;
mod issuance;
mod objects;
mod request;
mod signing;
mod text;
mod transport;
mod unfinished;
mod url;
mod well_known;

pub use account::{
    Account, AccountKeys, AccountStore, KeptAccount, KeyChanged, Registered, Registration, new_key,
    new_key_path,
};
pub use ca::{Ca, ClockDifference};
pub use cancellation::{Cancellation, Interrupted};
pub use client::{Client, Credentials, Known};
pub use error::{Error, Result, Unfinished};
pub use issuance::{ChallengeOutcome, Download, ReadyChallenge, Resource, Revoked, Validated};
pub use objects::{
    AccountObject, Authorization, Challenge, ChallengeType, Directory, Identifier, Jws, KeyChange,
    Limit, Meta, NewOrder, Order, Problem, Profile, RenewalInfo, Revocation, Status, Subproblem,
    dns01_value, rfc3339,
};
pub use request::{Purpose, Request};
pub use signing::{BindingKeyError, ExternalAccount};
pub use transport::ClientConfig;
pub use unfinished::UnfinishedKeyChange;
pub use urls::is_https;
pub use well_known::directory_url;
