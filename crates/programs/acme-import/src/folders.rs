//! Which folders are looked at, and what a person is to do next.

use crate::options::Options;
use crate::taken::Taken;
use command::text::shell_word;
use command::{Args, Usage, message, path_words};
use other_clients::{Unread, usual_places};
use std::path::{Path, PathBuf};

/// The folders of other clients.
pub(crate) struct Folders {
    pub(crate) found: Vec<Unread>,
}

impl Folders {
    /// Those that the command line names, or else those in the usual places.
    ///
    /// # Errors
    /// One that is named is none, or cannot be read: nothing is taken then.
    pub(crate) fn find(args: &Args) -> Result<Folders, Usage> {
        if args.operands.is_empty() {
            return Ok(Folders {
                found: in_usual_places(args),
            });
        }
        let mut found: Vec<Unread> = Vec::new();
        for operand in &args.operands {
            let folder = other_clients::open(Path::new(operand)).map_err(Usage::new)?;
            if !found.iter().any(|known| known.path() == folder.path()) {
                found.push(folder);
            }
        }
        Ok(Folders { found })
    }

    /// Where they are, as words of a command line.
    pub(crate) fn words(&self) -> String {
        let words = self.found.iter().map(|folder| folder.path());
        let words = words.map(|path| shell_word(&path.to_string_lossy()));
        words.collect::<Vec<_>>().join(" ")
    }
}

/// Says what is left for a person to do, who named these folders or did not.
pub(crate) fn say_next(options: &Options, words: &str, taken: &[Taken]) {
    if !options.writes && words.is_empty() {
        message::note("there is no folder of another client in the usual places: name one");
    } else if !options.writes {
        message::note(&format!(
            "nothing was written; `acme-import{} {words}` takes what is there",
            path_words(&options.path)
        ));
    } else if !taken.is_empty() {
        message::note("end what renews them there, or both will: acmepipe-migrating(7) says how");
    }
}

fn in_usual_places(args: &Args) -> Vec<Unread> {
    let home = args.variable("HOME").map(PathBuf::from);
    let places = usual_places(home.as_deref()).into_iter();
    let found = places.filter(|place| place.exists());
    let found = found.filter_map(|place| match other_clients::open(&place) {
        Ok(folder) => Some(folder),
        Err(why) => {
            message::detail(&why);
            None
        }
    });
    found.collect()
}
