//! One file for many certificates, `/etc/acmepipe.toml`: each key is the long name of an option, and each
//! `[[certificate]]` has names and what differs for it. A mistake is named with its line, and all of them are.

mod certificate;
mod entries;
mod env_file;
mod hook;
mod keys;
mod mistakes;
mod model;
mod of_root;
mod read;
mod rows;
mod settings;
mod value;
mod variables;

pub use certificate::not_a_name;
pub use keys::KEYS;
pub use model::{Certificate, Configuration, Setting};
pub use of_root::CONFIGURATION_OF_ROOT;
pub use rows::{
    CONFIG, DEPLOY_HOOK, GROUP, HOOK_TIMEOUT, INSTALL, KEY_MODE, OWNER, POST_HOOK, PRE_HOOK,
};
