//! What the programs that ask DNS servers have in common, and neither `dns` nor `pipeline` knows: their options; what a
//! challenge says of its record, as a target to wait for; what was found, as members of the challenge; and what went
//! wrong, as the `error` of a challenge with a hint.

mod capture;
mod challenge;
mod check;
mod members;
mod names;
mod options;
mod propagation_problem;
mod remarks;
mod resolvers_problem;
mod run_values;
mod search_problem;

pub use capture::{Saved, load, save};
pub use challenge::ChallengeTarget;
pub use check::{
    CheckContext, DNS_ACCOUNT_01, check_target, checked, findings, issuers, usual_issuers,
    will_fail,
};
pub use members::{gone, located, propagated, traced};
pub use names::{challenge, fqdn};
pub use options::{
    IPV4, IPV6, JOBS, RECURSIVE_ONLY, RESOLVER, VARIABLES, client, names_resolvers, resolvers,
};
pub use propagation_problem::propagation_problem;
pub use remarks::{say_reads_terminal, say_remarks};
pub use resolvers_problem::resolvers_problem;
pub use run_values::KnownChallenges;
pub use search_problem::{search_problem, trace_problem};
