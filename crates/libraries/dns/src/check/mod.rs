//! What a validation of a name will meet, found out beforehand: probe, then judge.
//!
//! [`Checker`] gathers facts into a [`Capture`]: from the root servers down, without any resolver, as a CA's own resolver
//! goes. [`judge`] is a pure function of a capture and the time, so what was captured once can be judged again.

mod ask;
mod capture;
mod checker;
mod entry;
mod finding;
mod judge;
mod lead;
mod probe;
mod roots;
mod survey;
mod table;
mod target;
mod trace;
mod wire;
#[cfg(test)]
mod world;

pub use capture::Capture;
pub use checker::Checker;
pub use entry::Observed;
pub use finding::{Arg, Code, Finding, Severity, Verdict};
pub use judge::{
    CODES, Glanced, Graph, GraphName, GraphServer, GraphZone, Judgement, graph, judge, judge_again,
    judge_glance,
};
pub use probe::{Probe, Way};
pub use roots::Roots;
pub use target::{DNS_01, KnownZone, Target, is_issuer_domain_name};
pub use trace::{Delegation, Referrer, Trace, TraceOptions};
