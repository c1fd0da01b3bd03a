//! Certificates as metrics, in the text format of Prometheus.

use crate::certificate::{Certificate, Condition};
use lifecycle::{Deployment, DeploymentStatus};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::SystemTime;

/// All states of a deployment: one of them is 1, the others 0.
const STATUSES: [DeploymentStatus; 3] = [
    DeploymentStatus::Pending,
    DeploymentStatus::Done,
    DeploymentStatus::Failed,
];

/// A value, and its labels.
struct Sample<'a> {
    labels: Vec<(&'static str, Cow<'a, str>)>,
    value: u64,
}

/// All metrics; that of records that are left only where their number is known.
pub(crate) fn text(certificates: &[Certificate], left: Option<usize>) -> String {
    let mut text = String::new();
    let each = |get: &dyn Fn(&Certificate) -> Option<u64>| -> Vec<Sample<'_>> {
        let samples = certificates.iter().filter_map(|one| {
            let labels = vec![("name", one.name.as_str().into())];
            let value = get(one)?;
            Some(Sample { labels, value })
        });
        samples.collect()
    };
    metric(
        &mut text,
        "acmepipe_certificate_not_before_timestamp_seconds",
        "When the certificate begins to be valid.",
        &each(&|one| seconds(one.known.as_ref()?.not_before)),
    );
    metric(
        &mut text,
        "acmepipe_certificate_not_after_timestamp_seconds",
        "When the certificate expires.",
        &each(&|one| seconds(one.known.as_ref()?.not_after)),
    );
    metric(
        &mut text,
        "acmepipe_certificate_due_timestamp_seconds",
        "From when on the certificate is to be renewed.",
        &each(&|one| seconds(one.decision.as_ref()?.at)),
    );
    metric(
        &mut text,
        "acmepipe_certificate_healthy",
        "Whether all files of the certificate can be used.",
        &each(&|one| match one.condition {
            // There are no files.
            Condition::New => None,
            _ => Some(u64::from(one.condition == Condition::Good)),
        }),
    );
    metric(
        &mut text,
        "acmepipe_certificate_last_success_timestamp_seconds",
        "When a certificate last came through the pipeline.",
        &each(&|one| seconds(one.outcome.succeeded)),
    );
    metric(
        &mut text,
        "acmepipe_certificate_last_failure_timestamp_seconds",
        "When the last run failed, unless a certificate came after that; the type is that of its error.",
        &failures(certificates),
    );
    metric(
        &mut text,
        "acmepipe_deployment_state",
        "How far the certificate's deployment to a target is: 1 for the state that it is in.",
        &deployments(certificates),
    );
    let left = left.map(|count| Sample {
        labels: Vec::new(),
        value: count as u64,
    });
    metric(
        &mut text,
        "acmepipe_leftover_records",
        "TXT records that no cleanup removed.",
        left.as_slice(),
    );
    text
}

fn failures(certificates: &[Certificate]) -> Vec<Sample<'_>> {
    let failures = certificates.iter().filter_map(|one| {
        let failure = one.outcome.failure.as_ref()?;
        Some(Sample {
            labels: vec![
                ("name", one.name.as_str().into()),
                ("type", failure.kind.as_str().into()),
            ],
            value: seconds(Some(failure.at))?,
        })
    });
    failures.collect()
}

fn deployments(certificates: &[Certificate]) -> Vec<Sample<'_>> {
    let mut samples = Vec::new();
    for one in certificates {
        let targets = &one.deployments.targets;
        for (target, label) in targets.iter().zip(labels(targets)) {
            let now = status(target, one.version.as_deref());
            samples.extend(STATUSES.map(|status| Sample {
                labels: vec![
                    ("name", one.name.as_str().into()),
                    ("target", label.clone().into()),
                    ("status", status.word().into()),
                ],
                value: u64::from(status == now),
            }));
        }
    }
    samples
}

/// What each target is called where all may read it: a program without its arguments, which may be secrets. Where two would be
/// called the same, a number tells them apart.
fn labels(targets: &[Deployment]) -> Vec<String> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let labels = targets.iter().map(|one| {
        let program = match one.target.starts_with("exec:") {
            true => one.target.split_whitespace().next().unwrap_or_default(),
            false => &one.target,
        };
        let count = seen.entry(program).or_default();
        *count += 1;
        match *count {
            1 => program.to_owned(),
            count => format!("{program} {count}"),
        }
    });
    labels.collect()
}

/// How far a deployment is: one of another version than the one in use is still to be done.
fn status(target: &Deployment, version: Option<&str>) -> DeploymentStatus {
    match target.status {
        DeploymentStatus::Done if Some(&*target.version) != version => DeploymentStatus::Pending,
        status => status,
    }
}

fn seconds(time: Option<SystemTime>) -> Option<u64> {
    let since = time?.duration_since(SystemTime::UNIX_EPOCH);
    Some(since.ok()?.as_secs())
}

/// Adds a metric with all of its samples; nothing where there are none.
fn metric(text: &mut String, name: &str, help: &str, samples: &[Sample<'_>]) {
    if samples.is_empty() {
        return;
    }
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for Sample { labels, value } in samples {
        let labels: Vec<String> = labels
            .iter()
            .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
            .collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}

/// The value of a label, in which these three are escaped.
fn escaped(value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    value.replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_has_help_a_type_and_labels_with_nothing_in_them_that_ends_them() {
        let mut text = String::new();
        let sample = |name: &'static str, value| Sample {
            labels: vec![("name", Cow::from(name)), ("status", "done".into())],
            value,
        };
        metric(&mut text, "m", "Help.", &[]);
        assert_eq!(text, "");
        metric(
            &mut text,
            "m",
            "Help.",
            &[sample("a", 1), sample("\\\"\nb", 0)],
        );
        assert_eq!(
            text,
            "# HELP m Help.\n# TYPE m gauge\nm{name=\"a\",status=\"done\"} 1\n\
             m{name=\"\\\\\\\"\\nb\",status=\"done\"} 0\n"
        );
    }

    #[test]
    fn a_target_is_called_by_its_program_without_what_may_be_secret() {
        let targets = [
            "exec:/bin/reload --token secret",
            "install:/etc/my tls",
            "exec:/bin/reload other",
            "exec:/bin/stop",
        ];
        let targets = targets.map(|target| Deployment {
            target: target.into(),
            status: DeploymentStatus::Done,
            version: "v1".into(),
            tries: 1,
            at: None,
            error: None,
        });
        let expected = [
            "exec:/bin/reload",
            "install:/etc/my tls",
            "exec:/bin/reload 2",
            "exec:/bin/stop",
        ];
        assert_eq!(labels(&targets), expected);
    }

    #[test]
    fn a_deployment_of_another_version_is_still_to_be_done() {
        for (known, version, expected) in [
            (DeploymentStatus::Done, Some("v1"), DeploymentStatus::Done),
            (
                DeploymentStatus::Done,
                Some("v2"),
                DeploymentStatus::Pending,
            ),
            (DeploymentStatus::Done, None, DeploymentStatus::Pending),
            (
                DeploymentStatus::Failed,
                Some("v2"),
                DeploymentStatus::Failed,
            ),
            (
                DeploymentStatus::Pending,
                Some("v1"),
                DeploymentStatus::Pending,
            ),
        ] {
            let target = Deployment {
                target: "install:/x".into(),
                status: known,
                version: "v1".into(),
                tries: 1,
                at: None,
                error: None,
            };
            assert_eq!(status(&target, version), expected);
        }
    }
}
