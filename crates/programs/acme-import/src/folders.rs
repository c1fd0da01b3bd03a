//! Which folders are looked at, and what a person is to do next.

use crate::options::Options;
use crate::taken::Taken;
use command::text::shell_word;
use command::{Args, Usage, message};
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
            return Ok(in_usual_places(args));
        }
        let mut folders = Folders { found: Vec::new() };
        for operand in &args.operands {
            if operand.is_empty() {
                return Err(Usage::new("a FOLDER is an empty word"));
            }
            folders.add(other_clients::open(Path::new(operand)).map_err(Usage::new)?);
        }
        Ok(folders)
    }

    /// Adds one, unless another path has led to it before.
    fn add(&mut self, folder: Unread) {
        if !self.found.iter().any(|known| known.path() == folder.path()) {
            self.found.push(folder);
        }
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
            options.given
        ));
    } else if !taken.is_empty() {
        message::note("end what renews them there, or both will: acmepipe-migrating(7) says how");
    }
}

fn in_usual_places(args: &Args) -> Folders {
    let home = args.variable("HOME").map(PathBuf::from);
    let places = usual_places(home.as_deref()).into_iter();
    let mut folders = Folders { found: Vec::new() };
    for place in places.filter(|place| place.exists()) {
        match other_clients::open(&place) {
            Ok(folder) => folders.add(folder),
            Err(why) => message::detail(&why),
        }
    }
    folders
}
