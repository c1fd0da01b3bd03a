//! Pebble, the CA.

use std::path::Path;
use std::{fs, io};

use serde_json::json;

use super::plan::Plan;
use crate::site::Site;

pub(super) fn ca(site: &Site, dir: &Path) -> io::Result<Plan> {
    let pebble = &site.config.pebble;
    let authority = &site.authority;
    let config = json!({ "pebble": {
        "listenAddress": "198.51.100.5:443",
        "managementListenAddress": "198.51.100.5:15000",
        "certificate": authority.certificate,
        "privateKey": authority.key,
        "httpPort": 80,
        "tlsPort": 443,
        "ocspResponderURL": "",
        "externalAccountBindingRequired": false,
        "domainBlocklist": pebble.blocked,
        "retryAfter": { "authz": 1, "order": 1 },
        "profiles": { "default": { "description": "The profile of this sandbox", "validityPeriod": pebble.lifetime } },
    }});
    let file = dir.join("pebble.json");
    fs::write(&file, config.to_string())?;
    let program = if pebble.testing {
        site.machine
            .tools
            .testing_pebble()
            .to_string_lossy()
            .into_owned()
    } else {
        "pebble".into()
    };
    let mut plan = Plan::new([
        &program,
        "-config",
        &*file.to_string_lossy(),
        "-dnsserver",
        "127.0.0.1:53",
    ]);
    plan.env = vec![
        (
            "PEBBLE_VA_NOSLEEP",
            if pebble.sleep { "" } else { "1" }.into(),
        ),
        (
            "PEBBLE_VA_ALWAYS_VALID",
            if pebble.always_valid { "1" } else { "" }.into(),
        ),
        ("PEBBLE_WFE_NONCEREJECT", pebble.nonce_reject.to_string()),
        ("PEBBLE_AUTHZREUSE", pebble.authz_reuse.to_string()),
        ("PEBBLE_ALTERNATE_ROOTS", pebble.alternate_roots.to_string()),
        ("PEBBLE_CHAIN_LENGTH", pebble.chain_length.to_string()),
    ];
    Ok(plan.ready_at("https://198.51.100.5/dir", &authority.root))
}
