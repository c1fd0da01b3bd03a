//! Where the account's key may be that a document names: a document from elsewhere must not have another file sign.

use crate::options::ACCOUNTS;
use acme::AccountStore;
use command::{Args, Usage, state_directories};
use pipeline::{Problem, types};
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// The directories that the keys of accounts are below.
#[derive(Debug, Clone)]
pub struct KeyPlaces(Vec<PathBuf>);

impl KeyPlaces {
    /// What `--accounts` says, and wherever the programs keep accounts: what `--path` says, its variable, and the default.
    ///
    /// # Errors
    /// One is not UTF-8; or it is relative, and the current directory is not UTF-8 or not known.
    pub fn from_args(args: &Args) -> Result<KeyPlaces, Usage> {
        let kept = state_directories(args)?.into_iter();
        let mut places: Vec<PathBuf> = kept
            .map(|kept| kept.join(AccountStore::DIRECTORY))
            .collect();
        places.extend(args.absolute_path(&ACCOUNTS)?);
        Ok(KeyPlaces(places))
    }

    /// Checks that a document's key is below one of the places, and that nobody else can change it.
    ///
    /// # Errors
    /// `acmepipe:document` where it is elsewhere, `acmepipe:account:key` where somebody else can change it.
    pub fn check(&self, key: &Path) -> Result<(), Problem> {
        let Some(place) = self.of(key) else {
            let (key, places) = (key.display(), self.in_words());
            let detail = format!("member `account.key` is {key}, which is not below {places}");
            return Err(Problem::document(detail).hint(
                "If that is the account's key, say with --path what acme-order was told, or with --accounts below which \
                 directory the key is.",
            ));
        };
        match files::trust_below(place, key) {
            // Whoever reads it says so.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            checked => checked.map_err(|error| {
                let key = key.display();
                let detail = format!("the account's key {key} cannot be relied on: {error}");
                Problem::new(&types::ACCOUNT_KEY, detail)
            }),
        }
    }

    /// The part of the key's path that leads to the place which it is below.
    fn of<'a>(&self, key: &'a Path) -> Option<&'a Path> {
        if key.components().any(|part| part == Component::ParentDir) {
            return None;
        }
        // The same directory can have several paths.
        let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let places: Vec<PathBuf> = self.0.iter().map(|place| real(place)).collect();
        let mut above = key.ancestors().skip(1);
        above.find(|above| above.is_absolute() && places.contains(&real(above)))
    }

    fn in_words(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        for place in self.0.iter().map(|place| place.display().to_string()) {
            if !words.contains(&place) {
                words.push(place);
            }
        }
        words.join(" or ")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// Any absolute path is below one of these.
    pub(crate) fn anywhere() -> KeyPlaces {
        KeyPlaces(vec!["/".into()])
    }

    #[test]
    fn a_key_is_below_a_place_whatever_path_leads_there() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (place, link) = (dir.path().join("place"), dir.path().join("link"));
        fs::create_dir(&place).expect("made");
        symlink(&place, &link).expect("linked");
        let places = KeyPlaces(vec![link, "/missing".into()]);
        let place = place.display();
        for (key, is_below) in [
            (format!("{place}/accounts/ca/me/account.key"), true),
            (format!("{place}/account.key"), true),
            (format!("{}/link/account.key", dir.path().display()), true),
            ("/missing/account.key".to_owned(), true),
            (format!("{place}/../account.key"), false),
            (format!("{place}er/account.key"), false),
            (format!("{place}"), false),
            ("/etc/ssl/private/server.key".to_owned(), false),
            ("account.key".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(places.of(Path::new(&key)).is_some(), is_below, "{key}");
        }
    }

    #[test]
    fn a_key_elsewhere_or_one_that_others_can_change_is_refused_with_what_to_do() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let set_mode = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
        };
        // Whatever the umask is.
        set_mode(dir.path(), 0o700);
        let key = dir.path().join("account.key");
        let places = KeyPlaces(vec![dir.path().to_owned(), dir.path().to_owned()]);
        // That it is missing is said by whoever reads it.
        assert_eq!(places.check(&key), Ok(()));
        fs::write(&key, "").expect("written");
        set_mode(&key, 0o600);
        assert_eq!(places.check(&key), Ok(()));
        set_mode(&key, 0o666);
        let problem = places.check(&key).expect_err("open to all");
        assert_eq!(problem.kind, "acmepipe:account:key");
        assert!(problem.detail.contains("say `chmod go-w "), "{problem}");
        let problem = places.check(Path::new("/k")).expect_err("elsewhere");
        assert_eq!(problem.kind, "acmepipe:document");
        let says = format!("is /k, which is not below {}", dir.path().display());
        assert!(problem.detail.ends_with(&says), "{problem}");
        assert!(problem.hint.is_some_and(|hint| hint.contains("--accounts")));
    }
}
