//! Caddy, whose ACME server is smallstep's: a CA that shares no code with Pebble.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::json;

use super::plan::Plan;
use super::server::Server;
use crate::machine::Machine;
use crate::site::Site;

/// The CA's name in Caddy, which is in its URLs.
const NAME: &str = "local";

/// The root of the certificates that it issues. Its intermediate is in their chains.
pub(crate) fn root(machine: &Machine) -> PathBuf {
    storage(&machine.server_dir(Server::Caddy.name()))
        .join("pki/authorities")
        .join(NAME)
        .join("root.crt")
}

/// Where it keeps its own certificates and keys.
fn storage(dir: &Path) -> PathBuf {
    dir.join("storage")
}

pub(super) fn ca(site: &Site, dir: &Path) -> io::Result<Plan> {
    let authority = &site.authority;
    // The CA's own certificates are for what it issues. Its server has one of the sandbox's authority, as Pebble has:
    // programs trust one file whichever CA they ask.
    let config = json!({
        "admin": { "disabled": true, "config": { "persist": false } },
        "storage": { "module": "file_system", "root": storage(dir) },
        "apps": {
            "pki": { "certificate_authorities": { NAME: { "install_trust": false } } },
            "tls": { "certificates": { "load_files": [
                { "certificate": authority.certificate, "key": authority.key },
            ] } },
            "http": { "servers": { "ca": {
                "listen": [format!("{}:443", Server::Caddy.address())],
                "automatic_https": { "disable": true },
                "tls_connection_policies": [{}],
                "routes": [{ "handle": [{ "handler": "acme_server", "ca": NAME }] }],
            } } },
        },
    });
    let file = dir.join("caddy.json");
    fs::write(&file, config.to_string())?;
    let mut plan = Plan::new(["caddy", "run", "--config", &file.to_string_lossy()]);
    // Accounts and orders are below the second of these, and not in the storage.
    let at = dir.to_string_lossy().into_owned();
    plan.env = vec![("XDG_CONFIG_HOME", at.clone()), ("XDG_DATA_HOME", at)];
    let directory = format!("https://{}/acme/{NAME}/directory", Server::Caddy.address());
    Ok(plan.ready_at(&directory, &authority.root))
}
