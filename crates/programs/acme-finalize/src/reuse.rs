//! Whether the key of the version before may be used again.

use certificates::{Store, Version};
use lifecycle::{Revocation, RevocationState, State as _};

/// What is known of a certificate with the key that is installed under this name, where one was revoked: of the one that is
/// installed, or of one that is kept besides.
pub(crate) fn revoked(store: &Store, name: &str) -> Option<Revocation> {
    let known = RevocationState::load(store, name);
    if known.is_empty() {
        return None;
    }
    let installed = store.installed(name).ok()??;
    let with_its_key = |version: Version| {
        let chain = version.look.chain?;
        let revocation = known.of(&chain.leaf().serial_hex())?;
        chain.is_for(&installed.holder).then(|| revocation.clone())
    };
    store
        .versions(name)
        .ok()?
        .into_iter()
        .find_map(with_its_key)
}
