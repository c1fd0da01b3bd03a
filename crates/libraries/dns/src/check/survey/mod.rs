//! The way from the root down to all that a validation of a name meets, as a pure function of what was captured. What is
//! not captured yet is wanted: whoever probes asks for that and surveys again, until nothing more is wanted.

mod aliases;
mod authorization;
mod facts;
mod found;
mod glance;
mod hosts;
mod kept;
mod said;
#[cfg(test)]
mod tests;
mod view;
mod walk;
mod zones;

pub(super) use aliases::{ChainEnd, LONGEST_CHAIN, Link};
pub(super) use authorization::CaaLook;
pub(super) use facts::{Facts, survey};
pub(super) use found::{End, Probes, Server, Zone, ZoneFacts};
pub(super) use glance::glance;
pub(super) use kept::Kept;
pub(super) use said::{Asked, Said, rejects_edns};
pub(super) use view::View;
