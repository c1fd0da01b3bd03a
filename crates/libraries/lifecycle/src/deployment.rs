//! Where a certificate is deployed, and how that went: for each target for itself.

use crate::state::State;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::SystemTime;

/// What a certificate is deployed to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A program that is run, with its arguments.
    Program(Vec<String>),
    /// A directory that key and chain are copied to.
    Directory {
        /// The directory; the certificate's files are in one of its name below it.
        path: PathBuf,
        /// The user that the files belong to.
        owner: Option<String>,
        /// Their group.
        group: Option<String>,
        /// The mode of the key.
        mode: Option<u32>,
    },
}

impl Target {
    /// The name by which the state knows it: `exec:PROGRAM ARGUMENT…` or `install:DIR`.
    pub fn name(&self) -> String {
        match self {
            Target::Program(words) => format!("exec:{}", words.join(" ")),
            Target::Directory { path, .. } => format!("install:{}", path.display()),
        }
    }
}

/// The contents of `deploy.json`: the deployments of one certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployments {
    /// One for each target that it was ever to be deployed to.
    #[serde(default)]
    pub targets: Vec<Deployment>,
}

/// How far the certificate's deployment to one target is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// [`Target::name`].
    pub target: String,
    /// How far it is.
    pub status: DeploymentStatus,
    /// The version of the certificate that this is about: [`certificates::Store::version`].
    pub version: String,
    /// How often it was tried for this version.
    #[serde(default)]
    pub tries: u32,
    /// When it was tried last.
    #[serde(
        default,
        with = "crate::time::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub at: Option<SystemTime>,
    /// What went wrong last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How far a deployment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeploymentStatus {
    /// It has not been tried, or the try did not come to its end.
    Pending,
    /// The target has this version.
    Done,
    /// The last try failed.
    Failed,
}

impl State for Deployments {
    const FILE: &'static str = "deploy.json";
}
