//! The way from the root down to all that a validation of a name meets, as a pure function of what was captured. What is
//! not captured yet is wanted: whoever probes asks for that and surveys again, until nothing more is wanted.

mod again;
mod aliases;
mod authorization;
mod closer;
mod facts;
mod found;
mod glance;
mod hosts;
mod inside;
mod kept;
mod limited;
mod no_root;
mod repeated;
mod said;
#[cfg(test)]
mod tests;
mod view;
mod walk;
mod zones;

pub(super) use again::again;
pub(super) use aliases::{ChainEnd, LONGEST_CHAIN, Link};
pub(super) use authorization::CaaLook;
pub(super) use closer::{CloserLook, Elsewhere, missed};
pub(super) use facts::{Facts, survey};
pub(super) use found::{End, Probes, Server, Unheard, Zone, ZoneFacts};
pub(super) use glance::glance;
pub(super) use inside::{Inside, inside};
pub(super) use kept::Kept;
pub(super) use repeated::Repeated;
pub(super) use said::{Answer, Asked, Said, rejects_edns, texts_of};
pub(super) use view::View;
