//! `--install`: whose the copy of a certificate is, and whether it is there.

use certificates::{Ownership, Store};
use lifecycle::Target;
use nix::unistd::{Group, User};
use pipeline::{Problem, types};

/// The mode of the key where nothing else is said: closed to all but its owner, or open to a group that is named.
const CLOSED: u32 = 0o600;
const OPEN_TO_GROUP: u32 = 0o640;

/// Whose the files of a target are, by number. Names are looked up where the system looks for them (nsswitch.conf(5)).
///
/// # Errors
/// `acmepipe:files` where there is no such user or group.
pub(crate) fn ownership(target: &Target) -> Result<Ownership, Problem> {
    let (owner, group, mode) = match target {
        Target::Directory {
            owner, group, mode, ..
        } => (owner.as_deref(), group.as_deref(), *mode),
        Target::Program(_) => (None, None, None),
    };
    Ok(Ownership {
        owner: owner.map(user).transpose()?,
        group: group.map(group_of).transpose()?,
        key_mode: mode.unwrap_or(match group {
            Some(_) => OPEN_TO_GROUP,
            None => CLOSED,
        }),
    })
}

/// Whether a target still has what it was given: of a directory, whether the copy is there, and whose it is to be. What a
/// program did with a certificate nobody knows.
pub(crate) fn is_there(store: &Store, name: &str, target: &Target) -> bool {
    match target {
        Target::Program(_) => true,
        Target::Directory { path, .. } => {
            ownership(target).is_ok_and(|ownership| store.has_copy(name, path, ownership))
        }
    }
}

/// The number of a user.
///
/// # Errors
/// As [`ownership`].
pub(crate) fn user(name: &str) -> Result<u32, Problem> {
    let look_up = |name: &str| Ok(User::from_name(name)?.map(|user| user.uid.as_raw()));
    number(name, "user", look_up)
}

/// The number of a group.
///
/// # Errors
/// As [`ownership`].
pub(crate) fn group_of(name: &str) -> Result<u32, Problem> {
    let look_up = |name: &str| Ok(Group::from_name(name)?.map(|group| group.gid.as_raw()));
    number(name, "group", look_up)
}

/// The number of a user or group: as chown(1) has it, a name that consists of digits may be one all the same.
fn number(
    name: &str,
    what: &str,
    look_up: impl FnOnce(&str) -> nix::Result<Option<u32>>,
) -> Result<u32, Problem> {
    let shown = name.escape_debug();
    match look_up(name) {
        Ok(Some(number)) => Ok(number),
        Ok(None) => name
            .parse()
            .map_err(|_| Problem::new(&types::FILES, format!("there is no {what} `{shown}`"))),
        Err(error) => Err(Problem::new(
            &types::FILES,
            format!("cannot look up the {what} `{shown}`: {error}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_groups_are_named_or_numbered_and_the_mode_follows_the_group() {
        let target = |owner: Option<&str>, group: Option<&str>, mode| Target::Directory {
            path: "/d".into(),
            owner: owner.map(str::to_owned),
            group: group.map(str::to_owned),
            mode,
        };
        for (owner, group, mode, expected) in [
            (None, None, None, (None, None, 0o600)),
            (Some("root"), None, None, (Some(0), None, 0o600)),
            (Some("4711"), None, None, (Some(4711), None, 0o600)),
            (None, Some("root"), None, (None, Some(0), 0o640)),
            (None, Some("4711"), Some(0o440), (None, Some(4711), 0o440)),
        ] {
            let found = ownership(&target(owner, group, mode)).expect("there");
            assert_eq!((found.owner, found.group, found.key_mode), expected);
        }
        for (owner, group, says) in [
            (
                Some("no-such-user"),
                None,
                "there is no user `no-such-user`",
            ),
            (
                None,
                Some("no-such\ngroup"),
                "there is no group `no-such\\ngroup`",
            ),
            (Some("-1"), None, "there is no user `-1`"),
        ] {
            let problem = ownership(&target(owner, group, None)).expect_err("nobody");
            assert_eq!(problem.detail, says);
        }
    }
}
