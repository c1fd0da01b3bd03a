//! What becomes of a certificate after it was issued: when it is due for renewal and why, where it is deployed, and how
//! its last run went. It knows the certificate store, and nothing of ACME, documents, options or pipes.
//!
//! Each kind of state is a file of the store, `.state/<certificate>/<kind>.json`, which one program writes:
//! [`RenewalState`] is acme-due's; [`Deployments`] and [`Outcome`] are acme-deploy's; [`RevocationState`] is
//! acme-revoke's. A state that is missing or damaged counts as none: what is lost with it costs a request to the CA or another
//! deployment. Only what is lost with [`RevocationState`] may cost more: a certificate that was revoked counts as good. So whoever
//! reads that is told.

mod deployment;
mod outcome;
mod renewal;
mod revocation;
mod state;
mod time;

pub use deployment::{Deployment, DeploymentStatus, Deployments, Occasion, Target, parse_mode};
pub use outcome::{Failure, Outcome};
pub use renewal::{
    Attempts, Change, Configured, Decision, Desired, Facts, Inspection, Metadata, Reason,
    RecordFault, RenewalAnswer, RenewalState, Schedule, SuggestedWindow, Window, decide,
    decide_unasked, is_to_be_asked, revocation_fault, tries_in_words,
};
pub use revocation::{Revocation, RevocationState};
pub use state::State;
