//! Whose folder it is, by what lies in it; and where folders usually are.

use crate::model::Folder;
use crate::root::Root;
use crate::{acme_sh, certbot, dehydrated, lego, uacme};
use std::path::{Path, PathBuf};

/// Says whether a folder is that of a client, and reads one that is.
type Reader = (fn(&Root) -> bool, fn(Root) -> Folder);

/// A folder of which is known whose it is, and nothing is read yet.
pub struct Unread {
    root: Root,
    read: fn(Root) -> Folder,
}

impl Unread {
    /// Where it is.
    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// Reads it.
    pub fn read(self) -> Folder {
        (self.read)(self.root)
    }
}

/// Finds out whose folder it is.
///
/// # Errors
/// In words: it cannot be read, or is none of a client that is known.
pub fn open(path: &Path) -> Result<Unread, String> {
    let root = Root::new(path).map_err(|error| format!("{}: {error}", path.display()))?;
    if !root.path().is_dir() {
        return Err(format!("{} is no folder", path.display()));
    }
    let readers: [Reader; 5] = [
        (certbot::is_folder, certbot::read),
        (dehydrated::is_folder, dehydrated::read),
        (uacme::is_folder, uacme::read),
        (acme_sh::is_folder, acme_sh::read),
        (lego::is_folder, lego::read),
    ];
    let mut fitting = readers.iter().filter(|(is_folder, _)| is_folder(&root));
    match (fitting.next(), root.unreadable()) {
        (Some(&(_, read)), _) => Ok(Unread { root, read }),
        // Whose it is cannot be told, and neither that it is nobody's.
        (None, Some((place, why))) => Err(format!("{}: {why}", place.display())),
        (None, None) => Err(format!(
            "{} is no folder of lego, certbot, acme.sh, uacme or dehydrated",
            path.display()
        )),
    }
}

/// Where the clients have their folders unless they are told otherwise, for this home directory.
pub fn usual_places(home: Option<&Path>) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = [
        "/etc/letsencrypt",
        "/etc/ssl/uacme",
        "/var/lib/dehydrated",
        "/etc/dehydrated",
        ".lego",
    ]
    .map(PathBuf::from)
    .into();
    if let Some(home) = home {
        places.extend([home.join(".lego"), home.join(".acme.sh")]);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A file of each kind for every client.
    const FILES: [&[&str]; 5] = [
        &[
            "certificates/a.test.crt",
            "certificates/a.test.json",
            "certificates/a.test.key",
            "accounts/ca.test/me@x.test/account.json",
            "accounts/ca.test/me@x.test/keys/me@x.test.key",
            ".lego.yml",
        ],
        &[
            "renewal/a.test.conf",
            "live/a.test/privkey.pem",
            "accounts/ca.test/directory/1/private_key.json",
            "accounts/ca.test/directory/1/regr.json",
            "renewal-hooks/deploy/hook",
        ],
        &[
            "account.conf",
            "a.test/a.test.conf",
            "a.test_ecc/a.test.conf",
            "ca/ca.test/directory/account.key",
            "ca/ca.test/directory/ca.conf",
        ],
        &["private/key.pem", "a.test/cert.pem"],
        &[
            "config",
            "accounts/aHR0cHM6Ly9jYS50ZXN0L2Rpcgo/account_key.pem",
            "accounts/aHR0cHM6Ly9jYS50ZXN0L2Rpcgo/account_id.json",
            "certs/a.test/cert.pem",
            "certs/a.test/config",
        ],
    ];

    #[test]
    fn nonsense_in_any_file_leaves_a_folder_that_can_be_read() {
        let long = format!(
            "renew_hook = {0}\nLe_ReloadCmd='{0}'\n",
            "x;".repeat(50_000)
        );
        let texts: [&[u8]; 8] = [
            b"",
            b"\0\xff\xfe",
            b"{\"registration\": [1], \"domains\": {\"a\": 1}, \"email\": 7}",
            b"[renewalparams]\nserver = ftp://x\naccount = ../..\nauthenticator = dns-\n[[[\n",
            b"Le_API='https://'\nLe_Domain=','\nLe_Alt=',,'\nLe_Webroot=',dns_,'\nCA='\nHOOK=$(x)\n",
            b"certificates: {a.test: {challenge: [1], domains: {}}}\nchallenges: 7\n",
            long.as_bytes(),
            &[b'['; 300_000],
        ];
        for files in FILES {
            for nonsense in files {
                for text in texts {
                    let dir = tempfile::tempdir().expect("a temporary directory");
                    for file in files {
                        let path = dir.path().join(file);
                        fs::create_dir_all(path.parent().expect("below")).expect("made");
                        let text = if file == nonsense { text } else { b"x" };
                        fs::write(path, text).expect("written");
                    }
                    // Whose it is may not be told any more.
                    if let Ok(unread) = open(dir.path()) {
                        let folder = unread.read();
                        assert!(folder.certificates.len() <= 2, "{nonsense}");
                        assert!(folder.accounts.len() <= 1, "{nonsense}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_folder_that_this_user_may_not_read_is_not_taken_for_nobody_s() {
        use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};
        use std::os::unix::fs::PermissionsExt;
        // Root may read all. A thread of its own gives that up.
        let read = std::thread::spawn(|| {
            let none = CapabilitySet::empty();
            let none = CapabilitySets {
                effective: none,
                permitted: none,
                inheritable: none,
            };
            set_capabilities(None, none).expect("fewer rights");
            for closed in ["", "accounts", "certs"] {
                let dir = tempfile::tempdir().expect("a temporary directory");
                for file in FILES[4] {
                    let path = dir.path().join(file);
                    fs::create_dir_all(path.parent().expect("below")).expect("made");
                    fs::write(path, "x").expect("written");
                }
                let mode = |mode| {
                    let mode = fs::Permissions::from_mode(mode);
                    fs::set_permissions(dir.path().join(closed), mode).expect("ours");
                };
                mode(0o000);
                let why = open(dir.path()).map(|unread| unread.path().to_owned());
                mode(0o700);
                if closed != "certs" {
                    let why = why.expect_err(closed);
                    assert!(why.contains(": Permission denied"), "{closed}: {why}");
                }
            }
        });
        read.join().expect("a thread");
    }

    #[test]
    fn a_folder_is_told_by_what_lies_in_it() {
        let clients = ["lego", "certbot", "acme.sh", "uacme", "dehydrated"];
        for (files, client) in FILES.into_iter().zip(clients) {
            let dir = tempfile::tempdir().expect("a temporary directory");
            for file in files {
                let path = dir.path().join(file);
                fs::create_dir_all(path.parent().expect("below")).expect("made");
                fs::write(path, "x").expect("written");
            }
            let unread = open(dir.path()).expect(client);
            assert_eq!(unread.read().client.name(), client);
        }
    }
}
