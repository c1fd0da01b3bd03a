//! How the last run for a certificate went.

use crate::state::State;
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// How the last runs for a certificate went, as the last program of the pipeline saw it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// When a certificate last came through the pipeline.
    #[serde(
        default,
        with = "crate::time::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub succeeded: Option<SystemTime>,
    /// What failed last, unless a certificate came after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// A failure, in the words of the document's error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// When.
    #[serde(with = "crate::time::rfc3339")]
    pub at: SystemTime,
    /// The type of the problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, in words.
    pub detail: String,
    /// What can be done about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// How often in a row.
    #[serde(default)]
    pub times: u32,
}

impl State for Outcome {
    const FILE: &'static str = "outcome.json";
}
