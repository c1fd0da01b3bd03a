//! What a certificate is deployed to.

use super::words::split;
use std::path::{Path, PathBuf};

/// What stands before the directory in the name of a target that files are copied to.
pub(super) const TO_DIRECTORY: &str = "install:";

/// What a certificate is deployed to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A program that is run, and its arguments: one word at least.
    Program(Vec<String>),
    /// A directory that key and chain are copied to.
    Directory {
        /// The directory; the certificate's files are in one of its name below it.
        path: PathBuf,
        /// The user that the files belong to.
        owner: Option<String>,
        /// Their group.
        group: Option<String>,
        /// The mode of the key.
        mode: Option<u32>,
    },
}

impl Target {
    /// The program that a text names: the path of one that is there, or else a command line, which is split at blanks.
    /// Quotes keep blanks, and are taken off; nothing else has a meaning in it. A relative path counts from the working
    /// directory.
    ///
    /// # Errors
    /// There is no word in it, or a quote is not closed.
    pub fn from_text(text: &str) -> Result<Target, String> {
        Target::from_text_in(text, Path::new(""))
    }

    /// The same with a relative path counted from this directory.
    ///
    /// # Errors
    /// As [`Target::from_text`].
    pub fn from_text_in(text: &str, directory: &Path) -> Result<Target, String> {
        let is_path = text.contains('/') && directory.join(text).is_file();
        let mut words = if is_path {
            vec![text.to_owned()]
        } else {
            split(text)?
        };
        // A name without a slash is looked for when it is run, and where it is found changes with PATH.
        if let Some(program) = words.first_mut().filter(|program| program.contains('/')) {
            let path = std::path::absolute(directory.join(&*program));
            let path = path.map_err(|error| format!("{program}: {error}"))?;
            let path = path.into_os_string().into_string();
            *program = path.map_err(|path| format!("{} is not UTF-8", path.display()))?;
        }
        Target::from_words(words)
    }

    /// The program with these arguments.
    ///
    /// # Errors
    /// There is no word, or the first is empty.
    pub fn from_words(words: Vec<String>) -> Result<Target, String> {
        match words.first() {
            Some(program) if !program.is_empty() => Ok(Target::Program(words)),
            _ => Err("it names no program".to_owned()),
        }
    }

    /// The words of a program; none of a directory.
    pub fn words(&self) -> &[String] {
        match self {
            Target::Program(words) => words,
            Target::Directory { .. } => &[],
        }
    }

    /// The name by which the state knows it: `exec:PROGRAM ARGUMENT…` or `install:DIR`.
    pub fn name(&self) -> String {
        match self {
            Target::Program(words) => format!("exec:{}", words.join(" ")),
            Target::Directory { path, .. } => format!("{TO_DIRECTORY}{}", path.display()),
        }
    }

    /// Whether the state knows it by this name. A state of an earlier release has the whole path of a program.
    pub fn is_known_as(&self, name: &str) -> bool {
        if self.name() == name {
            return true;
        }
        let (Target::Program(words), Some(found)) = (self, name.strip_prefix("exec:")) else {
            return false;
        };
        let text = words.join(" ");
        let found = found.strip_suffix(&*text);
        !text.starts_with('/') && found.is_some_and(|directory| directory.ends_with('/'))
    }
}

/// The mode of a key that a text says: octal, with no bits but those by which its owner and its group read and write.
/// `None` where it says none.
pub fn parse_mode(text: &str) -> Option<u32> {
    let is_octal = !text.is_empty() && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    let mode = u32::from_str_radix(text, 8).ok().filter(|_| is_octal)?;
    // A key is no program, whoever owns it reads it, and nobody else in the world does.
    (mode & !0o660 == 0 && mode & 0o400 != 0).then_some(mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        match Target::from_text(text) {
            Ok(Target::Program(words)) => words,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_path_of_a_program_that_is_there_is_one_word_and_all_else_is_split() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("re load.sh");
        let text = path.to_str().expect("UTF-8");
        assert_eq!(words(text).len(), 2);
        std::fs::write(&path, "").expect("written");
        assert_eq!(words(text), [text]);
        assert_eq!(
            words("systemctl reload nginx"),
            ["systemctl", "reload", "nginx"]
        );
        for none in ["", "  ", "''", "'' x"] {
            assert!(Target::from_text(none).is_err(), "{none:?}");
        }
        assert!(Target::from_words(Vec::new()).is_err());
    }

    #[test]
    fn a_relative_program_counts_from_a_directory_and_a_name_stays_as_it_is() {
        let here = std::env::current_dir().expect("a directory");
        for (text, directory, expected) in [
            ("reload x", "/etc", "exec:reload x".to_owned()),
            ("./reload x", "/etc", "exec:/etc/reload x".to_owned()),
            ("hooks/reload", "/etc", "exec:/etc/hooks/reload".to_owned()),
            ("/bin/reload x", "/etc", "exec:/bin/reload x".to_owned()),
            (
                "./reload x",
                "",
                format!("exec:{}/reload x", here.display()),
            ),
        ] {
            let target = Target::from_text_in(text, Path::new(directory)).expect("a program");
            assert_eq!(target.name(), expected);
        }
        let dir = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(dir.path().join("re load"), "").expect("written");
        let target = Target::from_text_in("./re load", dir.path()).expect("a program");
        assert_eq!(target.words().len(), 1);
    }

    #[test]
    fn each_target_has_a_name() {
        let program = Target::from_text("systemctl reload nginx").expect("a program");
        assert_eq!(program.name(), "exec:systemctl reload nginx");
        let directory = Target::Directory {
            path: "/etc/nginx/tls".into(),
            owner: None,
            group: Some("nginx".into()),
            mode: Some(0o640),
        };
        assert_eq!(directory.name(), "install:/etc/nginx/tls");
    }

    #[test]
    fn a_program_is_known_by_the_whole_path_that_it_was_found_at() {
        for (text, name, expected) in [
            ("reload x", "exec:reload x", true),
            ("reload x", "exec:/usr/bin/reload x", true),
            ("reload x", "exec:/usr/bin/reload y", false),
            ("reload x", "exec:/usr/bin/nginx-reload x", false),
            ("/bin/reload x", "exec:/bin/reload x", true),
            ("reload", "install:/etc/reload", false),
        ] {
            let target = Target::from_text(text).expect("a program");
            assert_eq!(target.is_known_as(name), expected, "{text}, {name}");
        }
    }

    #[test]
    fn a_mode_is_octal_and_lets_its_owner_read_and_nobody_but_its_group_beside_it() {
        for (text, mode) in [
            ("0640", Some(0o640)),
            ("640", Some(0o640)),
            ("400", Some(0o400)),
            ("0660", Some(0o660)),
            ("0666", None),
            ("0644", None),
            ("0642", None),
            ("0750", None),
            ("4640", None),
            ("0040", None),
            ("0648", None),
            ("+640", None),
            ("u=rw", None),
            ("", None),
            ("99999999999", None),
        ] {
            assert_eq!(parse_mode(text), mode, "{text:?}");
        }
    }
}
