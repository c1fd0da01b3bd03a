//! Pebble, the CA.

use std::path::Path;
use std::{fs, io};

use serde_json::{Value, json};
use workshop::Authority;

use super::plan::Plan;
use crate::{Pebble, Tools};

/// Pebble in this directory, as the configuration says, with a certificate of this authority.
pub(crate) fn ca(
    pebble: &Pebble,
    authority: &Authority,
    tools: &Tools,
    dir: &Path,
) -> io::Result<Plan> {
    let mut profiles = json!({
        "default": { "description": "The profile of this sandbox", "validityPeriod": pebble.lifetime },
    });
    for (name, lifetime) in &pebble.profiles {
        profiles[name] = json!({ "description": "Another profile", "validityPeriod": lifetime });
    }
    let bindings = pebble.binding.iter();
    let mac_keys: Value = bindings
        .map(|(kid, key)| (kid.clone(), json!(key)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let config = json!({ "pebble": {
        "listenAddress": "198.51.100.5:443",
        "managementListenAddress": "198.51.100.5:15000",
        "certificate": authority.certificate,
        "privateKey": authority.key,
        "httpPort": 80,
        "tlsPort": 443,
        "ocspResponderURL": "",
        "externalAccountBindingRequired": pebble.binding.is_some(),
        "externalAccountMACKeys": mac_keys,
        "domainBlocklist": pebble.blocked,
        "retryAfter": { "authz": 1, "order": 1 },
        "profiles": profiles,
    }});
    let file = dir.join("pebble.json");
    fs::write(&file, config.to_string())?;
    let program = if pebble.testing {
        tools.testing_pebble().to_string_lossy().into_owned()
    } else {
        "pebble".into()
    };
    let file = file.to_string_lossy();
    let mut words = vec![&*program, "-config", &*file, "-dnsserver", "127.0.0.1:53"];
    words.extend(pebble.strict.then_some("-strict"));
    let mut plan = Plan::new(words);
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
