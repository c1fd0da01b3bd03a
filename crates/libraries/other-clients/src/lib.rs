//! The folders of other ACME clients: which accounts, keys and certificates are in them, and how each is renewed there.
//!
//! Nothing in them is changed, nothing is run, and nothing is read that links lead to outside of a folder. What is read is of
//! a bounded size. What stands in them is somebody else's word: it is checked by whoever uses it.

mod accounts;
mod acme_sh;
mod certbot;
mod dehydrated;
mod dns_services;
mod folder;
mod ini;
mod lego;
mod lego_configuration;
mod model;

mod root;
mod shell;
mod uacme;
mod yaml;

pub use accounts::find as find_account;
pub use folder::{Unread, open, usual_places};
pub use model::{Account, Certificate, Client, Command, Folder, Hook, Validation};
pub use root::Root;
