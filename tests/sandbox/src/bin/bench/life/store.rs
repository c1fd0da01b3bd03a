//! A store with very many certificates, which no CA was asked for.

use std::error::Error;
use std::thread;
use std::time::{Duration, SystemTime};

use certificates::{AccountRecord, Chain, OrderRecord, Store};
use keys::PrivateKey;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use sandbox::Sandbox;

/// How long a certificate is valid, and how long ago it began: none is due for a month.
const LIFE: Duration = Duration::from_secs(90 * 86_400);
const AGE: Duration = Duration::from_secs(86_400);
/// Each waits for the disk.
const THREADS: usize = 16;

/// Fills a store with so many certificates, and returns the directory that it is in.
pub(super) fn fill(sandbox: &Sandbox, count: usize) -> Result<String, Box<dyn Error>> {
    let path = sandbox.work().join(format!("certificates-{count}"));
    let store = Store::new(&path);
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = params.self_signed(&key)?.der().to_vec();
    let issuer = Issuer::from_params(&params, &key);
    let made: Result<(), String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|first| {
                let (store, issuer, ca) = (&store, &issuer, &ca);
                scope.spawn(move || {
                    (first..count)
                        .step_by(THREADS)
                        .try_for_each(|number| install(store, number, issuer, ca))
                        .map_err(|error| error.to_string())
                })
            })
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| "a thread has panicked")?)
    });
    made?;
    Ok(path.display().to_string())
}

/// Installs one certificate.
fn install(
    store: &Store,
    number: usize,
    issuer: &Issuer<'_, &KeyPair>,
    ca: &[u8],
) -> Result<(), Box<dyn Error>> {
    let name = format!("c{number}.example.test");
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec![name.clone()])?;
    params.use_authority_key_identifier_extension = true;
    let began = SystemTime::now() - AGE;
    params.not_before = began.into();
    params.not_after = (began + LIFE).into();
    let leaf = params.signed_by(&key, issuer)?;
    let chain = Chain::from_der(&[leaf.der().to_vec(), ca.to_vec()])?;
    let url = format!("https://ca.test/order/{number}");
    let account = AccountRecord {
        url: "https://ca.test/account/1".to_owned(),
        key: "/nonexistent/account.key".to_owned(),
    };
    let record = OrderRecord::new(
        "https://ca.test/dir",
        account,
        vec![name.clone()],
        "EC256",
        &url,
    );
    let entry = store.entry(&name, &url)?;
    let key = PrivateKey::from_pem(key.serialize_pem().as_bytes())?;
    entry.install(&key, &chain, &record, SystemTime::now())?;
    Ok(())
}
