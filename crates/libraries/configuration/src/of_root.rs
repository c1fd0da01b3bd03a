//! The file in its usual place.

use crate::model::Configuration;
use command::{PATH, message, path_words};
use std::path::Path;

/// The file that root's runs of acme-renew read where they are told of no other.
pub const CONFIGURATION_OF_ROOT: &str = "/etc/acmepipe.toml";

impl Configuration {
    /// That file, for root, where it is about what is kept in this directory. Its mistakes are said, and then it counts as none.
    pub fn of_root(directory: &Path) -> Option<Configuration> {
        match rustix::process::geteuid().is_root() {
            true => at_its_place(Path::new(CONFIGURATION_OF_ROOT), directory),
            false => None,
        }
    }

    /// Whether it says that it is about what is kept in another directory.
    pub fn is_of_another(&self, directory: &Path) -> bool {
        self.directory().is_some_and(|named| named != directory)
    }

    fn directory(&self) -> Option<&Path> {
        let mut settings = self.settings.iter();
        let path = settings.find(|setting| setting.option.long == PATH.long)?;
        path.values.first().map(Path::new)
    }
}

fn at_its_place(path: &Path, directory: &Path) -> Option<Configuration> {
    if !path.exists() {
        return None;
    }
    let read = match Configuration::read(path, &[&PATH]) {
        Ok(read) => read,
        Err(mistakes) => {
            message::warning(&mistakes.to_string());
            return None;
        }
    };
    let is_about = match read.directory() {
        Some(named) => named == directory,
        // Then it is where programs look by themselves.
        None => path_words(directory).is_empty(),
    };
    is_about.then_some(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_about_the_directory_that_it_names() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("acmepipe.toml");
        let certificate = "[[certificate]]\ndomains = 'a.test'\n";
        let tls = Path::new("/srv/tls");
        assert_eq!(at_its_place(&file, tls).map(|_| ()), None, "no file");
        for (text, directory, is_of_root, is_of_another) in [
            ("path = '/srv/tls'\n", "/srv/tls", true, false),
            ("path = '/srv/tls'\n", "/srv/tls/more", false, true),
            ("", "/nobody/looks/here", false, false),
        ] {
            fs::write(&file, format!("{text}{certificate}")).expect("written");
            let directory = Path::new(directory);
            let found = at_its_place(&file, directory);
            assert_eq!(found.is_some(), is_of_root, "{text}");
            let read = Configuration::read(&file, &[&PATH]).expect("no mistakes");
            assert_eq!(read.is_of_another(directory), is_of_another, "{text}");
        }
        fs::write(&file, format!("paht = '/srv/tls'\n{certificate}")).expect("written");
        assert_eq!(at_its_place(&file, tls).map(|_| ()), None, "a mistake");
    }
}
