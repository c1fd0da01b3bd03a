//! Folders of other clients, made by hand.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, CertifiedIssuer, DistinguishedName, KeyPair};
use workshop::Workshop;

/// A day.
pub(crate) const DAY: u64 = 86_400;

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) chain: String,
    pub(crate) key: String,
}

/// A certificate for these names, which became valid so many days ago and is valid for ninety.
pub(crate) fn pair(names: &[&str], days_ago: u64) -> Pair {
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = DistinguishedName::new();
    let begins = SystemTime::now() - Duration::from_secs(days_ago * DAY);
    params.not_before = begins.into();
    params.not_after = (begins + Duration::from_secs(90 * DAY)).into();
    params.use_authority_key_identifier_extension = true;
    let mut ca = CertificateParams::default();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
    let leaf = params.signed_by(&key, &ca).unwrap();
    Pair {
        chain: format!("{}{}", leaf.pem(), ca.pem()),
        key: key.serialize_pem(),
    }
}

/// A folder below the directory of a workshop.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
}

impl Folder {
    pub(crate) fn new(workshop: &Workshop, name: &str) -> Folder {
        let path = workshop.dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Folder { path }
    }

    /// Writes a file, which its owner alone reads.
    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// lego's folder, with an account at a CA.
    pub(crate) fn lego(workshop: &Workshop) -> Folder {
        let folder = Folder::new(workshop, ".lego");
        folder.lego_account("me@x.test");
        folder
    }

    pub(crate) fn lego_account(&self, email: &str) {
        let dir = format!("accounts/ca.test/{email}");
        let account = format!(
            r#"{{"email": "{email}", "registration": {{"body": {{}}, "uri": "https://ca.test/account/{email}"}}}}"#
        );
        self.file(&format!("{dir}/account.json"), account);
        let key = KeyPair::generate().unwrap().serialize_pem();
        self.file(&format!("{dir}/keys/{email}.key"), key);
    }

    /// A certificate as lego keeps it.
    pub(crate) fn lego_certificate(&self, name: &str, pair: &Pair) {
        let file = |end: &str| format!("certificates/{name}.{end}");
        let noted = r#"{"domain": "a.test", "certUrl": "https://ca.test/certificate/1"}"#;
        self.file(&file("json"), noted);
        self.file(&file("key"), &pair.key);
        self.file(&file("crt"), &pair.chain);
    }

    /// certbot's folder, with an account at a CA.
    pub(crate) fn certbot(workshop: &Workshop) -> Folder {
        let folder = Folder::new(workshop, "letsencrypt");
        let dir = "accounts/ca.test/directory/0123";
        let regr =
            r#"{"body": {"contact": ["mailto:me@x.test"]}, "uri": "https://ca.test/account/1"}"#;
        folder.file(&format!("{dir}/regr.json"), regr);
        // The example of RFC 7515, appendix A.3.
        let key = r#"{"kty":"EC","crv":"P-256","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
            "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
        folder.file(&format!("{dir}/private_key.json"), key);
        folder
    }

    /// A certificate as certbot keeps it, with these lines on how it is renewed.
    pub(crate) fn certbot_certificate(&self, name: &str, pair: &Pair, params: &str) {
        self.file(&format!("archive/{name}/privkey1.pem"), &pair.key);
        self.file(&format!("archive/{name}/fullchain1.pem"), &pair.chain);
        let live = self.path.join("live").join(name);
        fs::create_dir_all(&live).unwrap();
        for file in ["privkey", "fullchain"] {
            let link = live.join(format!("{file}.pem"));
            let target = format!("../../archive/{name}/{file}1.pem");
            std::os::unix::fs::symlink(target, link).unwrap();
        }
        let conf = format!(
            "version = 2.1.0\n[renewalparams]\naccount = 0123\nserver = https://ca.test/directory\n{params}"
        );
        self.file(&format!("renewal/{name}.conf"), conf);
    }

    /// acme.sh's folder, with an account at a CA and these lines in its account.conf.
    pub(crate) fn acme_sh(workshop: &Workshop, conf: &str) -> Folder {
        let folder = Folder::new(workshop, ".acme.sh");
        folder.file("account.conf", conf);
        let dir = "ca/ca.test/directory";
        folder.file(
            &format!("{dir}/ca.conf"),
            "ACCOUNT_URL='https://ca.test/account/1'\nCA_EMAIL='me@x.test'\n",
        );
        let key = KeyPair::generate().unwrap().serialize_pem();
        folder.file(&format!("{dir}/account.key"), key);
        folder
    }

    /// A certificate as acme.sh keeps it in this directory, with these lines on how it is renewed.
    pub(crate) fn acme_sh_certificate(&self, dir: &str, name: &str, pair: &Pair, conf: &str) {
        self.file(&format!("{dir}/{name}.key"), &pair.key);
        self.file(&format!("{dir}/{name}.cer"), &pair.chain);
        self.file(&format!("{dir}/fullchain.cer"), &pair.chain);
        let conf = format!("Le_Domain='{name}'\nLe_API='https://ca.test/directory'\n{conf}");
        self.file(&format!("{dir}/{name}.conf"), conf);
    }
}

/// The paths of all that is below a directory.
pub(crate) fn below(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        all.push(entry.path());
        if entry.file_type().unwrap().is_dir() {
            all.extend(below(&entry.path()));
        }
    }
    all.sort();
    all
}
