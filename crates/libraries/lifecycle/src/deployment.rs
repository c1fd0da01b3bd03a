//! Where a certificate is deployed, and how that went: for each target for itself.

mod target;
mod words;

pub use target::{Target, parse_mode};

use crate::state::State;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;
use std::time::SystemTime;
use target::TO_DIRECTORY;

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
    /// [`Target::words`]. A state of an earlier release has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
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

impl Deployment {
    /// The directory that copies go to; `None` of a program.
    pub fn directory(&self) -> Option<&Path> {
        self.target.strip_prefix(TO_DIRECTORY).map(Path::new)
    }
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

impl DeploymentStatus {
    /// The word for it in documents and files.
    pub fn word(self) -> &'static str {
        match self {
            DeploymentStatus::Pending => "pending",
            DeploymentStatus::Done => "done",
            DeploymentStatus::Failed => "failed",
        }
    }
}

/// For which targets a certificate is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// A person asks for it: for all, also those that have this version.
    Asked,
    /// It came through the pipeline, or all certificates are to be deployed: for all that lack this version.
    Due,
    /// It is only in the store: for those that it was to be deployed to before, and that lack this version.
    Known,
}

impl Deployments {
    /// Whether this version is to be deployed to this target now. `is_there` looks whether the target still has it; it is
    /// asked only where it once had.
    pub fn wants(
        &self,
        target: &str,
        version: &str,
        occasion: Occasion,
        is_there: impl Fn() -> bool,
    ) -> bool {
        let known = self.of(target);
        let is_done = |one: &Deployment| {
            one.status == DeploymentStatus::Done && one.version == version && is_there()
        };
        match occasion {
            Occasion::Asked => true,
            Occasion::Due => !known.is_some_and(is_done),
            Occasion::Known => known.is_some_and(|one| !is_done(one)),
        }
    }

    /// What is known of this target.
    pub fn of(&self, target: &str) -> Option<&Deployment> {
        self.targets.iter().find(|one| one.target == target)
    }

    /// Notes that this version is to be deployed to this target. What is known of an earlier version goes.
    pub fn want(&mut self, target: &Target, version: &str) {
        let name = target.name();
        match self.targets.iter_mut().find(|one| one.target == name) {
            Some(one) if one.version == version => {
                one.status = DeploymentStatus::Pending;
                one.words = target.words().to_vec();
            }
            Some(one) => *one = pending(target, version),
            None => self.targets.push(pending(target, version)),
        }
    }

    /// Gives what is known under these names to the target beside each, unless that is known already. Returns whether there
    /// was any.
    pub fn rename(&mut self, targets: &HashMap<String, Target>) -> bool {
        let mut has_changed = false;
        for at in 0..self.targets.len() {
            let target = targets.get(&self.targets[at].target);
            if let Some(target) = target.filter(|target| self.of(&target.name()).is_none()) {
                self.targets[at].target = target.name();
                self.targets[at].words = target.words().to_vec();
                has_changed = true;
            }
        }
        has_changed
    }

    /// Drops what is about other targets than these: nobody deploys to them any more. Returns whether there was any.
    pub fn keep_only(&mut self, targets: &[String]) -> bool {
        let before = self.targets.len();
        self.targets.retain(|one| targets.contains(&one.target));
        self.targets.len() < before
    }

    /// Notes that a try begins.
    pub fn begin(&mut self, target: &str, now: SystemTime) {
        self.change(target, |one| {
            one.tries += 1;
            one.at = Some(now);
        });
    }

    /// Notes how a try ended; an error in words.
    pub fn end(&mut self, target: &str, result: Result<(), String>) {
        self.change(target, |one| {
            one.status = match result {
                Ok(()) => DeploymentStatus::Done,
                Err(_) => DeploymentStatus::Failed,
            };
            one.error = result.err();
        });
    }

    fn change(&mut self, target: &str, change: impl FnOnce(&mut Deployment)) {
        if let Some(one) = self.targets.iter_mut().find(|one| one.target == target) {
            change(one);
        }
    }
}

fn pending(target: &Target, version: &str) -> Deployment {
    Deployment {
        target: target.name(),
        words: target.words().to_vec(),
        status: DeploymentStatus::Pending,
        version: version.to_owned(),
        tries: 0,
        at: None,
        error: None,
    }
}

impl State for Deployments {
    const FILE: &'static str = "deploy.json";
}

#[cfg(test)]
mod tests {
    use super::*;
    use DeploymentStatus::{Done, Failed, Pending};
    use std::time::Duration;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn program(path: &str) -> Target {
        Target::from_text(path).expect("a program")
    }

    fn known(status: DeploymentStatus, version: &str) -> Deployments {
        let one = Deployment {
            status,
            ..pending(&program("/x"), version)
        };
        Deployments { targets: vec![one] }
    }

    #[test]
    fn a_target_is_deployed_to_until_it_has_the_version_that_is_installed() {
        for (state, asked, due, is_known) in [
            (Deployments::default(), true, true, false),
            (known(Pending, "v1"), true, true, true),
            (known(Failed, "v1"), true, true, true),
            (known(Done, "v1"), true, false, false),
            (known(Pending, "v0"), true, true, true),
            (known(Failed, "v0"), true, true, true),
            (known(Done, "v0"), true, true, true),
        ] {
            let wants = |occasion| state.wants("exec:/x", "v1", occasion, || true);
            assert_eq!(wants(Occasion::Asked), asked, "{state:?}");
            assert_eq!(wants(Occasion::Due), due, "{state:?}");
            assert_eq!(wants(Occasion::Known), is_known, "{state:?}");
            assert!(state.wants("exec:/y", "v1", Occasion::Due, || true));
            assert!(!state.wants("exec:/y", "v1", Occasion::Known, || true));
        }
    }

    #[test]
    fn copies_are_known_by_their_directory() {
        let path = || "/etc/tls".into();
        let (owner, group, mode) = (None, None, None);
        let copies = Target::Directory {
            path: path(),
            owner,
            group,
            mode,
        };
        assert_eq!(pending(&copies, "v1").directory(), Some(&*path()));
        assert_eq!(pending(&program("/x"), "v1").directory(), None);
    }

    #[test]
    fn a_target_that_lost_what_it_had_is_deployed_to_again() {
        for (state, due, is_known) in [
            (Deployments::default(), true, false),
            (known(Failed, "v1"), true, true),
            (known(Done, "v1"), true, true),
        ] {
            let wants = |occasion| state.wants("exec:/x", "v1", occasion, || false);
            assert_eq!(wants(Occasion::Due), due, "{state:?}");
            assert_eq!(wants(Occasion::Known), is_known, "{state:?}");
        }
    }

    #[test]
    fn what_is_about_other_targets_is_dropped() {
        for (targets, dropped) in [(vec!["exec:/x", "exec:/y"], false), (vec![], true)] {
            let mut state = known(Failed, "v1");
            let targets: Vec<String> = targets.into_iter().map(str::to_owned).collect();
            assert_eq!(state.keep_only(&targets), dropped);
            assert_eq!(state.targets.is_empty(), dropped);
        }
    }

    #[test]
    fn what_is_known_under_a_whole_path_is_that_of_the_name_unless_that_is_known() {
        let names = HashMap::from([("exec:/x".to_owned(), program("x"))]);
        let mut state = known(Done, "v1");
        assert!(state.rename(&names));
        assert_eq!(state.of("exec:x").map(|one| one.status), Some(Done));
        assert_eq!((state.targets.len(), &*state.targets[0].words[0]), (1, "x"));
        assert!(!state.rename(&names));
        state.want(&program("/x"), "v1");
        assert!(!state.rename(&names));
    }

    #[test]
    fn a_try_is_pending_until_it_ends_and_counts_from_its_beginning() {
        let mut state = Deployments::default();
        state.want(&program("/x"), "v1");
        assert_eq!(
            (state.targets[0].status, state.targets[0].tries),
            (Pending, 0)
        );
        for tries in 1..=2 {
            state.want(&program("/x"), "v1");
            state.begin("exec:/x", NOW);
            let one = state.of("exec:/x").expect("known");
            assert_eq!((one.status, one.tries, one.at), (Pending, tries, Some(NOW)));
            state.end("exec:/x", Err("exited 7".into()));
            let one = state.of("exec:/x").expect("known");
            assert_eq!(
                (one.status, one.error.as_deref()),
                (Failed, Some("exited 7"))
            );
        }
        let later = NOW + Duration::from_secs(60);
        state.want(&program("/x"), "v1");
        state.begin("exec:/x", later);
        state.end("exec:/x", Ok(()));
        let one = state.of("exec:/x").expect("known");
        assert_eq!((one.status, one.tries, one.at), (Done, 3, Some(later)));
        assert_eq!(one.error, None);
    }

    #[test]
    fn a_new_version_begins_anew_for_its_target_alone() {
        let mut state = known(Failed, "v0");
        state.targets[0].tries = 5;
        state.targets[0].error = Some("exited 7".into());
        state.targets.push(Deployment {
            status: Done,
            ..pending(&program("/y"), "v0")
        });
        state.want(&program("/x"), "v1");
        assert_eq!(state.targets[0], pending(&program("/x"), "v1"));
        assert_eq!(state.targets[1].status, Done);
    }

    #[test]
    fn the_state_is_read_back_as_it_was_written() {
        let mut state = known(Failed, "v0");
        state.begin("exec:/x", NOW);
        state.end("exec:/x", Err("exited 7".into()));
        let json = serde_json::to_string(&state).expect("JSON");
        assert!(json.contains(r#""status":"failed""#), "{json}");
        assert_eq!(
            serde_json::from_str::<Deployments>(&json).expect("ours"),
            state
        );
        for status in [Pending, Done, Failed] {
            let json = serde_json::to_string(&status).expect("JSON");
            assert_eq!(json, format!("\"{}\"", status.word()));
        }
    }
}
