//! Whether what is kept on disk can be relied on: it belongs to this user or to root, and nobody else can change it.
//!
//! Directories are checked from the top down. Once one is known to be safe, nobody else can put another thing in its
//! place below it, so that what is opened there is what was checked. Of a link, what it leads to is checked, and not the
//! directories above that.

use crate::directory::{create_private_dir, explain};
use crate::read::read_at_most;
use rustix::fs::OFlags;
use rustix::process::geteuid;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The mode's bit that lets only the owner of an entry remove it.
const STICKY: u32 = 0o1000;

/// Makes the directory `path`, which is `root` or below it, and checks all from `root` down. What is made is for the
/// owner only (0700).
///
/// # Errors
/// The system reports an error, or somebody else can change one of them: then it says what mends that.
pub fn make_trusted_dir(root: &Path, path: &Path) -> io::Result<()> {
    for dir in from_root(root, path) {
        match trust(&dir) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                make(root, &dir)?;
                trust(&dir)?;
            }
            checked => checked?,
        }
        if !fs::metadata(&dir)?.is_dir() {
            return Err(io::Error::new(
                ErrorKind::NotADirectory,
                format!("{} is no directory", dir.display()),
            ));
        }
    }
    Ok(())
}

/// Checks `root` and all below it that leads to `path`, as well as `path` itself.
///
/// # Errors
/// As [`make_trusted_dir`]; of the kind `NotFound` where one is not there.
pub fn trust_below(root: &Path, path: &Path) -> io::Result<()> {
    from_root(root, path)
        .iter()
        .try_for_each(|part| trust(part))
}

/// Opens a regular file of a directory that was checked, and checks it as well. A FIFO is not waited for.
///
/// # Errors
/// The system reports an error, it is no regular file, or somebody else can change it.
pub fn open_trusted(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    match trust_link(path) {
        // It may be made.
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = options
        .custom_flags(flags)
        .open(path)
        .map_err(|error| explain(path, error))?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    check_owner_and_mode(path, &found)?;
    Ok(file)
}

/// Reads a file as [`open_trusted`] opens it, of at most `limit` bytes.
///
/// # Errors
/// As [`open_trusted`]; or the file is larger.
pub fn read_trusted(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = open_trusted(path, File::options().read(true))?;
    read_at_most(&file, limit)
}

/// `root`, and each path between it and `path`, the highest first.
fn from_root(root: &Path, path: &Path) -> Vec<PathBuf> {
    debug_assert!(path.starts_with(root), "{} is below", path.display());
    let below = path.strip_prefix(root).unwrap_or(Path::new(""));
    let mut part = root.to_owned();
    let mut parts = vec![part.clone()];
    for name in below {
        part.push(name);
        parts.push(part.clone());
    }
    parts
}

/// Makes one directory. Above `root` may be missing what leads there; another process may be quicker.
fn make(root: &Path, dir: &Path) -> io::Result<()> {
    if dir == root {
        return create_private_dir(dir);
    }
    match DirBuilder::new().mode(0o700).create(dir) {
        // A link that leads nowhere is there too, and is said here.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => create_private_dir(dir),
        made => made,
    }
}

/// Checks the file or directory at this path, and the link to it where there is one.
fn trust(path: &Path) -> io::Result<()> {
    trust_link(path)?;
    let found = fs::metadata(path).map_err(|error| explain(path, error))?;
    if !found.is_dir() && !found.is_file() {
        // The mode of a device is no fault.
        let path = path.display();
        return Err(io::Error::other(format!(
            "{path} is neither a file nor a directory"
        )));
    }
    check_owner_and_mode(path, &found)
}

/// Checks that a link was made by this user or root; what is no link passes.
///
/// # Errors
/// The system reports an error, or it is somebody else's link.
pub fn trust_link(path: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(path)?;
    // The mode of a link means nothing.
    match owner_fault(path, found.uid(), geteuid().as_raw()) {
        Some(fault) if found.is_symlink() => Err(refused(fault)),
        _ => Ok(()),
    }
}

/// Checks that others cannot put another file in a directory in place of one that is there.
///
/// # Errors
/// The system reports an error, or its mode lets them.
pub fn trust_mode_of_dir(path: &Path) -> io::Result<()> {
    let found = fs::metadata(path).map_err(|error| explain(path, error))?;
    let me = geteuid().as_raw();
    match mode_fault(path, found.mode(), found.uid(), me) {
        Some(fault) if found.mode() & STICKY == 0 => Err(refused(fault)),
        _ => Ok(()),
    }
}

fn check_owner_and_mode(path: &Path, found: &Metadata) -> io::Result<()> {
    let (owner, me) = (found.uid(), geteuid().as_raw());
    let fault = owner_fault(path, owner, me).or_else(|| mode_fault(path, found.mode(), owner, me));
    fault.map_or(Ok(()), |fault| Err(refused(fault)))
}

fn refused(fault: String) -> io::Error {
    io::Error::new(ErrorKind::PermissionDenied, fault)
}

/// What is wrong with the owner, and what mends it: where a service runs as a user of its own, that user's files are as they
/// should be, and root runs the program as that user.
fn owner_fault(path: &Path, owner: u32, me: u32) -> Option<String> {
    if owner == me || owner == 0 {
        return None;
    }
    let (shown, word) = (path.display(), word(path));
    Some(match me {
        0 => format!(
            "{shown} belongs to user {owner}, not to root: if a service runs as that user, run this as that user too; \
             else look at what is in it, and remove it, or keep it with \
             `chown -h 0 {word}`"
        ),
        me => format!(
            "{shown} belongs to user {owner}, not to user {me} nor to root: if a service runs as that user, run this as \
             that user too; else look at what is in it, and remove it, or keep it with `chown -h {me} {word}` as root"
        ),
    })
}

/// What is wrong with the mode, and what mends it.
fn mode_fault(path: &Path, mode: u32, owner: u32, me: u32) -> Option<String> {
    let who = match (mode & 0o020 != 0, mode & 0o002 != 0) {
        (false, false) => return None,
        (true, false) => "g",
        (false, true) => "o",
        (true, true) => "go",
    };
    let whom = if who == "g" {
        "its group"
    } else {
        "other users"
    };
    let (shown, word, mode) = (path.display(), word(path), mode & 0o7777);
    let mend = if mode & STICKY != 0 {
        // Like /tmp: it is meant to be open to all.
        "name a directory of your own below it".to_owned()
    } else {
        let or_else = if owner == me {
            ""
        } else {
            " as root, or use a directory of your own"
        };
        format!("say `chmod {who}-w {word}`{or_else}")
    };
    Some(format!(
        "{shown} can be changed by {whom} (mode {mode:04o}): {mend}"
    ))
}

/// A path as one word of a shell's command line.
fn word(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+@:,=%".contains(c);
    if path.chars().all(is_plain) && !path.starts_with('-') {
        return path;
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    const STRANGER: u32 = 4_000_000_000;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
    }

    #[test]
    fn what_is_neither_file_nor_directory_is_named_and_not_its_mode() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("device");
        symlink("/dev/zero", &path).expect("linked");
        let says = format!("{} is neither a file nor a directory", path.display());
        for checked in [
            trust_below(dir.path(), &path),
            make_trusted_dir(dir.path(), &path),
        ] {
            assert_eq!(checked.expect_err("a device").to_string(), says);
        }
        let missing = dir.path().join("missing");
        symlink("nowhere", &missing).expect("linked");
        let says = format!("{} is a link that leads nowhere", missing.display());
        let opened = open_trusted(&missing, File::options().read(true)).map(drop);
        for checked in [trust_below(dir.path(), &missing), opened] {
            assert_eq!(checked.expect_err("nothing").to_string(), says);
        }
    }

    #[test]
    fn what_others_can_change_is_said_with_what_mends_it() {
        let fault = |mode, owner, me| {
            let path = Path::new("/d/it's");
            owner_fault(path, owner, me).or_else(|| mode_fault(path, mode, owner, me))
        };
        for (mode, owner, me, says) in [
            (0o700, 0, 0, None),
            (0o755, 0, 7, None),
            (0o4750, 7, 7, None),
            (
                0o775,
                7,
                7,
                Some("its group (mode 0775): say `chmod g-w '/d/it'\\''s'`"),
            ),
            (
                0o666,
                7,
                7,
                Some("other users (mode 0666): say `chmod go-w "),
            ),
            (
                0o702,
                0,
                7,
                Some("other users (mode 0702): say `chmod o-w '/d/it'\\''s'` as root, or use a"),
            ),
            (
                0o1777,
                0,
                7,
                Some("(mode 1777): name a directory of your own below it"),
            ),
            (
                0o700,
                7,
                0,
                Some("/d/it's belongs to user 7, not to root: if a service runs as that user, run"),
            ),
            (0o700, 7, 0, Some("keep it with `chown -h 0 '/d/it'\\''s'`")),
            (
                0o700,
                8,
                7,
                Some("belongs to user 8, not to user 7 nor to root"),
            ),
            (
                0o777,
                8,
                7,
                Some("keep it with `chown -h 7 '/d/it'\\''s'` as root"),
            ),
        ] {
            let fault = fault(mode, owner, me);
            match says {
                None => assert_eq!(fault, None, "{mode:o} {owner} {me}"),
                Some(says) => assert!(
                    fault.as_ref().is_some_and(|it| it.contains(says)),
                    "{fault:?}"
                ),
            }
        }
    }

    #[test]
    fn each_directory_from_the_root_down_is_checked_and_made_where_it_is_missing() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let root = dir.path().join("state");
        let (middle, path) = (root.join("a"), root.join("a/b"));
        let missing = trust_below(&root, &path).expect_err("not there");
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        make_trusted_dir(&root, &path).expect("made");
        for open in [&root, &middle, &path] {
            assert_eq!(fs::metadata(open).expect("there").mode() & 0o7777, 0o700);
            set_mode(open, 0o770);
            let says = format!("chmod g-w {}", open.display());
            for checked in [make_trusted_dir(&root, &path), trust_below(&root, &path)] {
                let error = checked.expect_err("open to a group");
                assert!(error.to_string().contains(&says), "{error}");
            }
            set_mode(open, 0o750);
        }
        trust_below(&root, &path).expect("closed again");
        fs::write(path.join("file"), "").expect("written");
        set_mode(&path.join("file"), 0o600);
        let error = make_trusted_dir(&root, &path.join("file")).expect_err("a file");
        assert_eq!(error.kind(), ErrorKind::NotADirectory);
    }

    #[test]
    fn a_link_of_this_user_s_is_followed_and_what_it_leads_to_is_checked() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (root, target) = (dir.path().join("state"), dir.path().join("elsewhere"));
        let link = root.join("link");
        make_trusted_dir(&root, &root).expect("made");
        symlink(&target, &link).expect("linked");
        let error = make_trusted_dir(&root, &link).expect_err("it leads nowhere");
        assert!(error.to_string().contains("leads nowhere"), "{error}");
        fs::create_dir(&target).expect("made");
        set_mode(&target, 0o755);
        make_trusted_dir(&root, &link).expect("it leads there");
        set_mode(&target, 0o777);
        let error = make_trusted_dir(&root, &link).expect_err("open to all");
        assert!(error.to_string().contains("chmod go-w"), "{error}");
    }

    #[test]
    fn what_another_user_made_is_not_read_not_even_by_root() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, "text").expect("written");
        set_mode(&file, 0o600);
        symlink(&file, &link).expect("linked");
        assert_eq!(read_trusted(&link, 4).expect("ours"), b"text");
        assert!(read_trusted(&file, 3).is_err());
        set_mode(&file, 0o622);
        let error = read_trusted(&file, 4).expect_err("open to all");
        assert!(error.to_string().contains("chmod go-w"), "{error}");
        set_mode(&file, 0o600);
        // Only root can give a file away, and only to users that its namespace has.
        let give = |path: &Path| std::os::unix::fs::lchown(path, Some(STRANGER), None).is_ok();
        if !give(&link) {
            return;
        }
        let error = read_trusted(&link, 4).expect_err("another's link");
        assert!(
            error.to_string().contains("belongs to user 4000000000"),
            "{error}"
        );
        chown(&file, Some(STRANGER), None).expect("as the link");
        let error = read_trusted(&file, 4).expect_err("another's file");
        assert!(error.to_string().contains("chown -h 0 "), "{error}");
    }
}
