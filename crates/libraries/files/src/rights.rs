//! The rights of a file: owner, group, mode and access control list, carried over to a file that takes the place
//! of another.

use rustix::fs::{Gid, Mode, Uid, XattrFlags, fchmod, fchown, fremovexattr, fsetxattr, lgetxattr};
use rustix::io::Errno;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Where Linux keeps an access control list (acl(5)).
const ACL: &str = "system.posix_acl_access";
/// The largest list in bytes: no attribute is larger (xattr(7)).
const LARGEST_ACL: usize = 64 * 1024;

/// The rights of a file or directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    owner: u32,
    group: u32,
    mode: u32,
    /// As the system encodes it.
    acl: Option<Vec<u8>>,
}

/// What could not be carried over, since only root may give a file to anyone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lost {
    /// The owner's number.
    pub owner: Option<u32>,
    /// The group's number. The group's rights are taken away in this case.
    pub group: Option<u32>,
    /// There was an access control list.
    pub acl: bool,
}

impl Lost {
    /// Whether everything was carried over.
    pub fn is_nothing(&self) -> bool {
        *self == Lost::default()
    }
}

impl Rights {
    /// The rights that a file or directory has. A symbolic link is not followed.
    ///
    /// # Errors
    /// The system reports an error.
    pub fn of(path: &Path) -> io::Result<Rights> {
        let found = fs::symlink_metadata(path)?;
        let mut acl = vec![0; LARGEST_ACL];
        let acl = match lgetxattr(path, ACL, &mut acl[..]) {
            Ok(length) => Some(acl[..length].to_vec()),
            // There is none, or the file system has no such thing.
            Err(Errno::NODATA | Errno::OPNOTSUPP) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Rights {
            owner: found.uid(),
            group: found.gid(),
            mode: found.mode() & 0o7777,
            acl,
        })
    }

    /// Gives a file or directory of this user these rights, as far as this process may. Nobody gets a right that these
    /// do not give.
    ///
    /// # Errors
    /// The system reports an error other than that this process may not.
    pub fn give(&self, file: &File) -> io::Result<Lost> {
        let mut lost = Lost::default();
        let found = file.metadata()?;
        let owner = (found.uid() != self.owner).then_some(self.owner);
        let group = (found.gid() != self.group).then_some(self.group);
        if !try_chown(file, owner, group)? {
            lost.owner = owner;
            if !try_chown(file, None, group)? {
                lost.group = group;
            }
        }
        let has_acl = self.acl.is_some();
        fchmod(
            file,
            Mode::from_raw_mode(mode(self.mode, has_acl, lost.group.is_some())),
        )?;
        match &self.acl {
            // It speaks of the file's group as well, which is another now.
            Some(_) if lost.group.is_some() => lost.acl = true,
            Some(acl) => match fsetxattr(file, ACL, acl, XattrFlags::empty()) {
                Ok(()) => {}
                Err(Errno::PERM | Errno::OPNOTSUPP | Errno::INVAL) => lost.acl = true,
                Err(error) => return Err(error.into()),
            },
            // It may have inherited one from its directory.
            None => match fremovexattr(file, ACL) {
                Ok(()) | Err(Errno::NODATA | Errno::OPNOTSUPP) => {}
                Err(error) => return Err(error.into()),
            },
        }
        Ok(lost)
    }
}

/// The mode to set. The group's bits are left out where the group was lost, and where they stand for the mask of an
/// access control list that is not set yet (acl(5), "correspondence").
fn mode(mode: u32, has_acl: bool, lost_group: bool) -> u32 {
    const OF_GROUP: u32 = 0o2070;
    if has_acl || lost_group {
        mode & !OF_GROUP
    } else {
        mode
    }
}

/// Gives the file away; returns whether this process may.
fn try_chown(file: &File, owner: Option<u32>, group: Option<u32>) -> io::Result<bool> {
    if owner.is_none() && group.is_none() {
        return Ok(true);
    }
    match fchown(file, owner.map(Uid::from_raw), group.map(Gid::from_raw)) {
        Ok(()) => Ok(true),
        // A number that this user namespace does not have is invalid.
        Err(Errno::PERM | Errno::INVAL) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::create;
    use std::os::unix::fs::{PermissionsExt, chown};

    fn mode_of(path: &Path) -> u32 {
        fs::metadata(path).expect("there").permissions().mode() & 0o7777
    }

    #[test]
    fn a_file_gets_the_mode_of_another_be_it_wider_or_narrower() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (old, new) = (dir.path().join("old"), dir.path().join("new"));
        create(&old, b"", 0o600).expect("written");
        create(&new, b"", 0o600).expect("written");
        for mode in [0o640, 0o400, 0o444, 0o600] {
            fs::set_permissions(&old, fs::Permissions::from_mode(mode)).expect("ours");
            let rights = Rights::of(&old).expect("readable");
            let lost = rights.give(&File::open(&new).expect("ours"));
            assert!(lost.expect("ours").is_nothing());
            assert_eq!(mode_of(&new), mode);
            assert_eq!(Rights::of(&new).expect("readable"), rights);
        }
    }

    #[test]
    fn a_directory_gets_them_as_well() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (old, new) = (dir.path().join("old"), dir.path().join("new"));
        fs::create_dir(&old).expect("made");
        fs::create_dir(&new).expect("made");
        fs::set_permissions(&old, fs::Permissions::from_mode(0o2750)).expect("ours");
        let rights = Rights::of(&old).expect("readable");
        rights.give(&File::open(&new).expect("ours")).expect("ours");
        assert_eq!(mode_of(&new), 0o2750);
    }

    #[test]
    fn a_group_that_may_be_given_is_given_and_another_takes_its_rights_with_it() {
        const STRANGERS: u32 = 4_000_000_000;
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (old, new) = (dir.path().join("old"), dir.path().join("new"));
        create(&old, b"", 0o640).expect("written");
        create(&new, b"", 0o600).expect("written");
        let mut rights = Rights::of(&old).expect("readable");
        (rights.owner, rights.group) = (STRANGERS, STRANGERS);
        let file = File::open(&new).expect("ours");
        let is_root = chown(&old, Some(STRANGERS), Some(STRANGERS)).is_ok();
        let lost = rights.give(&file).expect("no failure");
        if is_root {
            assert!(lost.is_nothing());
            assert_eq!(mode_of(&new), 0o640);
            assert_eq!(fs::metadata(&new).expect("there").gid(), STRANGERS);
        } else {
            assert_eq!((lost.owner, lost.group), (Some(STRANGERS), Some(STRANGERS)));
            assert_eq!(mode_of(&new), 0o600);
        }
    }

    #[test]
    fn the_rights_of_a_group_go_with_it() {
        for (before, has_acl, lost_group, after) in [
            (0o640, false, false, 0o640),
            (0o2750, false, false, 0o2750),
            (0o640, false, true, 0o600),
            (0o2770, false, true, 0o700),
            (0o654, true, false, 0o604),
            (0o604, true, true, 0o604),
        ] {
            assert_eq!(mode(before, has_acl, lost_group), after, "{before:o}");
        }
    }

    #[test]
    fn an_access_control_list_is_carried_over() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (old, new) = (dir.path().join("old"), dir.path().join("new"));
        create(&old, b"", 0o600).expect("written");
        create(&new, b"", 0o600).expect("written");
        // Version 2, then tag, rights and number of each entry: the owner, user 33, the group, the mask, others.
        let entries: [(u16, u16, u32); 5] = [
            (1, 6, u32::MAX),
            (2, 4, 33),
            (4, 0, u32::MAX),
            (16, 4, u32::MAX),
            (32, 0, u32::MAX),
        ];
        let mut acl = 2u32.to_le_bytes().to_vec();
        for (tag, rights, number) in entries {
            acl.extend([tag.to_le_bytes(), rights.to_le_bytes()].concat());
            acl.extend(number.to_le_bytes());
        }
        let file = File::open(&old).expect("ours");
        if fsetxattr(&file, ACL, &acl, XattrFlags::empty()).is_err() {
            // This file system has no such thing, or this namespace no user 33.
            return;
        }
        let rights = Rights::of(&old).expect("readable");
        assert_eq!(rights.acl, Some(acl));
        let lost = rights.give(&File::open(&new).expect("ours"));
        assert!(lost.expect("ours").is_nothing());
        assert_eq!(Rights::of(&new).expect("readable"), rights);
    }
}
