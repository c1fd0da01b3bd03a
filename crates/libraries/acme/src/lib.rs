//! An ACME client (RFC 8555) as far as dns-01 needs one. It knows nothing of DNS, nor of documents and pipes.
//!
//! A [`Client`] speaks to one CA: it has read the CA's directory, keeps the nonces that the CA handed out, and bounds
//! how many requests are under way at once. An [`Account`] signs what it asks; orders, authorizations, challenges
//! and certificates are asked of it. What fails is an [`Error`] in the shape of RFC 9457: it says what was asked of
//! whom, what came back, and where it can, what a person can do about it.
//!
//! Everything here blocks, for a bounded time; a [`Stop`] ends all that is under way from another thread.

mod account;
mod binding;
mod client;
mod clients;
mod error;
mod hint;
mod http;
mod jws;
mod key;
mod objects;
mod order;
mod pace;
mod parallel;
mod provider;
mod resolver;
mod server;
mod stop;
mod store;
mod tls;
mod types;
mod validate;

pub mod pem;

pub use account::{Account, Registration};
pub use binding::ExternalAccount;
pub use client::{Client, Settings};
pub use clients::{Clients, Credentials};
pub use error::{Error, Problem, Result};
pub use key::{AccountKey, dns01_value};
pub use objects::{Judgement, order_url};
pub use order::Resource;
pub use server::{SERVERS, directory_url};
pub use stop::Stop;
pub use store::{Registered, Store};
pub use tls::{Trust, is_true};
pub use types::{Authorization, Challenge, Directory, Identifier, Meta, Order, Status};
pub use validate::{Answer, Validation, Verdict};
