//! The file in its usual place.

use crate::model::Configuration;
use command::{PATH, path_words};
use std::path::Path;

/// The file that root's runs of acme-renew read where they are told of no other.
pub const CONFIGURATION_OF_ROOT: &str = "/etc/acmepipe.toml";

impl Configuration {
    /// That file, for root, where it is about what is kept in this directory. `None` also where it has mistakes, which are for
    /// those to say that are to do what is in it.
    pub fn of_root(directory: &Path) -> Option<Configuration> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let read = Configuration::read(Path::new(CONFIGURATION_OF_ROOT), &[&PATH]).ok()?;
        read.is_about(directory).then_some(read)
    }

    /// Whether what it says is about what is kept in this directory.
    fn is_about(&self, directory: &Path) -> bool {
        let mut settings = self.settings.iter();
        let path = settings.find(|setting| setting.option.long == PATH.long);
        match path.and_then(|setting| setting.values.first()) {
            Some(path) => Path::new(path) == directory,
            // Then it is where programs look by themselves.
            None => path_words(directory).is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Configuration, Setting};
    use command::PATH;
    use std::path::Path;

    #[test]
    fn a_file_is_about_the_directory_that_it_names() {
        static ROW: command::Opt = PATH;
        let configuration = Configuration {
            settings: vec![Setting {
                option: &ROW,
                values: vec!["/srv/tls".to_owned()],
                line: 1,
            }],
            ..Configuration::default()
        };
        for (directory, expected) in [("/srv/tls", true), ("/srv/tls/more", false)] {
            let found = configuration.is_about(Path::new(directory));
            assert_eq!(found, expected, "{directory}");
        }
        let elsewhere = Path::new("/nobody/looks/here");
        assert!(!Configuration::default().is_about(elsewhere));
    }
}
