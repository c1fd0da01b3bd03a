//! Gives up the rights that a program does not need, before it reads its input. The kernel then enforces that the program
//! touches only what its table says. It does so with Landlock (Linux 5.13); an older kernel enforces less, or nothing.

use crate::args::Args;
use crate::message;
use crate::state_directory::state_directory;
use crate::table::Touch;
use crate::usage::Usage;
use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Where this process may still write, links resolved, once it has given up the right to write elsewhere.
static WRITABLE: OnceLock<Vec<PathBuf>> = OnceLock::new();

/// The newest of the kernel's rights over files that are given up (Linux 6.10).
const NEWEST: ABI = ABI::V5;

/// What a program may still do.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rights {
    /// Read files, wherever they are.
    reads: bool,
    /// Write below these directories.
    writes: Vec<PathBuf>,
}

/// Gives up every right over files that the program does not need by its table: reading, writing, starting programs. A
/// program that starts others keeps all rights. It has to be called after other files have been opened, and before the
/// first thread is started: it takes effect for this thread and those that it starts.
///
/// # Errors
/// There is no directory to keep files in.
pub fn give_up_rights(args: &Args) -> Result<(), Usage> {
    let touches = args.program().touches;
    // A look at the command line makes no directory.
    if crate::is_only_checked() {
        return Ok(());
    }
    for touch in touches {
        match touch {
            Touch::Runs(_) => return Ok(()),
            Touch::RunsWith(option, _) if args.path(option)?.is_some() => return Ok(()),
            _ => {}
        }
    }
    let rights = Rights {
        reads: touches.iter().any(|touch| {
            matches!(
                touch,
                Touch::Reads(_) | Touch::Writes(_) | Touch::WritesTo(..)
            )
        }),
        writes: written(args)?,
    };
    let restricted = restrict(&rights);
    if matches!(&restricted, Ok(status) if *status != RulesetStatus::NotEnforced) {
        let _ = WRITABLE.set(resolved(&rights.writes));
    }
    message::detail(match restricted {
        Ok(RulesetStatus::FullyEnforced) => {
            "the kernel enforces what was given up: rights to files, and starting programs"
        }
        Ok(RulesetStatus::PartiallyEnforced) => {
            "the kernel enforces a part of what was given up: rights to files, and starting programs"
        }
        Ok(RulesetStatus::NotEnforced) => "this kernel has no Landlock: no rights are given up",
        Err(_) => "the kernel refuses Landlock: no rights are given up",
    });
    Ok(())
}

/// The directories that are written to.
fn written(args: &Args) -> Result<Vec<PathBuf>, Usage> {
    let mut written = Vec::new();
    for touch in args.program().touches {
        match touch {
            Touch::Writes(_) if written.is_empty() => written = writable(state_directory(args)?),
            // A file is written beside the one that it replaces.
            Touch::WritesTo(option, _) => {
                written.extend(args.absolute_path(option)?.and_then(|path| {
                    let path = fs::canonicalize(&path).unwrap_or(path);
                    path.parent().map(Path::to_owned)
                }))
            }
            _ => {}
        }
    }
    Ok(written)
}

/// The directory, made if there is none, and those that links in it lead to.
fn writable(directory: PathBuf) -> Vec<PathBuf> {
    // Where that fails, whoever writes there says so.
    let _ = files::create_private_dir(&directory);
    let links = fs::read_dir(&directory).into_iter().flatten().flatten();
    let links = links
        .map(|entry| entry.path())
        .filter(|path| path.is_symlink() && path.is_dir());
    let links: Vec<_> = links.collect();
    [vec![directory], links].concat()
}

/// Where a path really leads, if the right to write there was given up.
pub fn given_up_place(path: &Path) -> Option<PathBuf> {
    place_outside(path, WRITABLE.get()?)
}

/// Where a path leads, as far as it exists, if that is below none of these directories.
fn place_outside(path: &Path, directories: &[PathBuf]) -> Option<PathBuf> {
    let mut ancestors = path.ancestors();
    let place = ancestors.find_map(|path| fs::canonicalize(path).ok())?;
    let is_inside = directories.iter().any(|inside| place.starts_with(inside));
    (!is_inside).then_some(place)
}

/// The directories with all links resolved. Of one that could not be made it is the one that it would be in: no link is at fault.
fn resolved(directories: &[PathBuf]) -> Vec<PathBuf> {
    let resolved = directories.iter().map(|directory| {
        let mut ancestors = directory.ancestors();
        ancestors.find_map(|path| fs::canonicalize(path).ok())
    });
    resolved.flatten().collect()
}

fn restrict(rights: &Rights) -> Result<RulesetStatus, RulesetError> {
    let reading = AccessFs::ReadFile | AccessFs::ReadDir;
    let all = AccessFs::from_all(NEWEST);
    let mut rules = Vec::new();
    if rights.reads {
        rules.extend(below(Path::new("/"), reading));
    }
    for directory in &rights.writes {
        rules.extend(below(directory, all & !AccessFs::Execute));
    }
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(all)?
        .create()?
        .add_rules(rules.into_iter().map(Ok::<_, RulesetError>))?;
    Ok(ruleset.restrict_self()?.ruleset)
}

/// What may be done below a directory; nothing where it cannot be opened.
fn below(directory: &Path, access: BitFlags<AccessFs>) -> Option<PathBeneath<PathFd>> {
    Some(PathBeneath::new(PathFd::new(directory).ok()?, access))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;
    use std::process::Command;

    /// What still works on a thread that keeps only these rights: reading a file outside, writing one outside, writing
    /// one below each directory, and starting a program.
    fn with_rights(rights: Rights) -> Option<(bool, bool, bool, bool)> {
        let outside = tempfile::tempdir().unwrap();
        let file = outside.path().join("file");
        fs::write(&file, "").unwrap();
        let restricted = std::thread::spawn(move || {
            let goes = |result: std::io::Result<()>| match result {
                Ok(()) => true,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
                    false
                }
            };
            let status = restrict(&rights).unwrap();
            // A kernel without Landlock shows nothing.
            (status != RulesetStatus::NotEnforced).then(|| {
                let inside = rights
                    .writes
                    .iter()
                    .all(|directory| goes(fs::write(directory.join("new"), "")));
                (
                    goes(fs::read(&file).map(drop)),
                    goes(fs::write(&file, "")),
                    inside,
                    goes(Command::new("/bin/true").status().map(drop)),
                )
            })
        });
        restricted.join().unwrap()
    }

    #[test]
    fn a_program_that_touches_no_file_can_touch_none_and_start_none() {
        let rights = Rights {
            reads: false,
            writes: Vec::new(),
        };
        assert!(with_rights(rights).is_none_or(|goes| goes == (false, false, true, false)));
    }

    #[test]
    fn a_program_that_keeps_files_reads_all_and_writes_only_below_its_directory() {
        let inside = tempfile::tempdir().unwrap();
        let (directory, elsewhere) = (inside.path().join("state"), inside.path().join("elsewhere"));
        fs::create_dir(&elsewhere).unwrap();
        fs::create_dir(&directory).unwrap();
        std::os::unix::fs::symlink(&elsewhere, directory.join("certificates")).unwrap();
        let writes = writable(directory.clone());
        assert_eq!(writes, [directory.clone(), directory.join("certificates")]);
        let rights = Rights {
            reads: true,
            writes,
        };
        assert!(with_rights(rights).is_none_or(|goes| goes == (true, false, true, false)));
    }

    #[test]
    fn a_link_below_a_directory_that_leads_out_of_it_is_found() {
        let temporary = tempfile::tempdir().unwrap();
        let path = |below: &str| temporary.path().join(below);
        for dir in ["state/accounts", "elsewhere", "disk"] {
            fs::create_dir_all(path(dir)).unwrap();
        }
        for (target, link) in [
            ("elsewhere", "state/accounts/ca"),
            ("state/accounts", "state/accounts/inside"),
            ("disk", "state/certificates"),
            ("state", "link"),
        ] {
            std::os::unix::fs::symlink(path(target), path(link)).unwrap();
        }
        let directories = resolved(&writable(path("link")));
        let elsewhere = fs::canonicalize(path("elsewhere")).unwrap();
        for (below, expected) in [
            ("link", None),
            ("link/accounts/new/file", None),
            ("link/accounts/inside/new", None),
            ("link/certificates/new", None),
            ("state/new", None),
            ("link/accounts/ca", Some(&elsewhere)),
            ("link/accounts/ca/new/file", Some(&elsewhere)),
        ] {
            let place = place_outside(&path(below), &directories);
            assert_eq!(place.as_ref(), expected, "{below}");
        }
    }

    #[test]
    fn no_link_is_at_fault_where_the_directory_itself_could_not_be_made() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = temporary.path().join("file/state");
        fs::write(temporary.path().join("file"), "").unwrap();
        let directories = resolved(&writable(directory.clone()));
        let place = place_outside(&directory.join("accounts"), &directories);
        assert_eq!(place, None);
    }
}
