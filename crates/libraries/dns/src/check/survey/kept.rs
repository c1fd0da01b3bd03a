//! What surveys have found, for those that come after them: names that have zones in common find those once.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;

use hickory_proto::rr::Name;

use crate::check::probe::Way;
use crate::check::roots::Roots;
use crate::check::survey::found::{Host, Walk, Zone, ZoneFacts};
use crate::check::table::Table;

/// What surveys have found.
#[derive(Default)]
pub(in crate::check) struct Kept {
    /// Where their way down began.
    roots: Roots,
    pub(super) caches: Caches,
}

/// What was found, by kind and name.
#[derive(Default)]
pub(super) struct Caches {
    pub(super) zones: Cache<Zone>,
    pub(super) walks: Cache<Walk>,
    pub(super) hosts: Cache<Host>,
    pub(super) facts: Cache<ZoneFacts>,
}

pub(super) type Cache<T> = Table<Name, Found<T>>;

/// What was found, and what it rests on.
pub(super) struct Found<T> {
    pub(super) value: Rc<T>,
    pub(super) basis: Rc<Basis>,
}

/// What a finding rests on, beside replies: those never change.
#[derive(Clone, Debug, Default)]
pub(super) struct Basis {
    /// Whether something was not asked yet, or not looked for where servers' names lead to each other.
    pub(super) is_open: bool,
    /// The servers that had not said anything, or not in this way, and whether they had been given up.
    silent: Vec<(Silent, bool)>,
    /// What other findings rest on, which it was made of.
    others: Vec<Rc<Basis>>,
    /// After so many changes of whether a server is given up it held.
    held_at: Cell<usize>,
}

/// A server, and a way in which it is asked; or all of them.
pub(super) type Silent = (SocketAddr, Option<Way>);

impl Kept {
    /// Forgets what was found from other roots.
    pub(in crate::check) fn begin_at(&mut self, roots: &Roots) {
        if self.roots != *roots {
            *self = Kept {
                roots: roots.clone(),
                caches: Caches::default(),
            };
        }
    }
}

impl Basis {
    /// One that other findings are the basis of.
    pub(super) fn of(others: Vec<Rc<Basis>>) -> Basis {
        Basis {
            is_open: others.iter().any(|one| one.is_open),
            others,
            ..Basis::default()
        }
    }

    /// One that is not known in whole.
    pub(super) fn open() -> Basis {
        Basis {
            is_open: true,
            ..Basis::default()
        }
    }

    /// Rests on this, too.
    pub(super) fn add(&mut self, other: &Rc<Basis>) {
        self.is_open |= other.is_open;
        if !self.others.iter().any(|known| Rc::ptr_eq(known, other)) {
            self.others.push(other.clone());
        }
    }

    /// Rests on a server's having said nothing.
    pub(super) fn add_silent(&mut self, silent: Silent, is_given_up: bool) {
        if !self.silent.contains(&(silent, is_given_up)) {
            self.silent.push((silent, is_given_up));
        }
    }

    /// Whether it is still so, after so many changes of whether a server is given up.
    pub(super) fn holds(&self, changes: usize, is_given_up: &dyn Fn(Silent) -> bool) -> bool {
        if self.is_open {
            return false;
        }
        if self.held_at.get() == changes {
            return true;
        }
        let is_as_before = |(silent, before): &(Silent, bool)| is_given_up(*silent) == *before;
        let holds = self.silent.iter().all(is_as_before)
            && self
                .others
                .iter()
                .all(|one| one.holds(changes, is_given_up));
        if holds {
            self.held_at.set(changes);
        }
        holds
    }
}

impl<T> Clone for Found<T> {
    fn clone(&self) -> Self {
        Found {
            value: self.value.clone(),
            basis: self.basis.clone(),
        }
    }
}
