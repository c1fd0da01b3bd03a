//! Certificates as metrics, in the text format of Prometheus.

use crate::certificate::{Certificate, Condition};
use lifecycle::{Decision, Deployment, DeploymentStatus};
use std::borrow::Cow;
use std::time::SystemTime;

/// All states of a deployment: one of them is 1, the others 0.
const STATUSES: [DeploymentStatus; 3] = [
    DeploymentStatus::Pending,
    DeploymentStatus::Done,
    DeploymentStatus::Failed,
];

/// How much a metric has besides its samples, in bytes, at most.
const HEAD: usize = 512;

/// The metrics of certificates, in the order in which they are written.
const METRICS: [Metric; 9] = [
    Metric {
        name: "acmepipe_certificate_not_before_timestamp_seconds",
        help: "When the certificate begins to be valid.",
        samples: |one| {
            single(
                one,
                seconds(one.metadata.as_ref().and_then(|one| one.not_before)),
            )
        },
    },
    Metric {
        name: "acmepipe_certificate_not_after_timestamp_seconds",
        help: "When the certificate expires.",
        samples: |one| {
            single(
                one,
                seconds(one.metadata.as_ref().and_then(|one| one.not_after)),
            )
        },
    },
    Metric {
        name: "acmepipe_certificate_due_timestamp_seconds",
        help: "From when on the certificate is to be renewed.",
        samples: |one| {
            single(
                one,
                seconds(one.decision.as_ref().and_then(Decision::due_since)),
            )
        },
    },
    Metric {
        name: "acmepipe_certificate_next_try_timestamp_seconds",
        help: "When the next run tries again, after tries that led to no new certificate.",
        samples: |one| {
            single(
                one,
                seconds(one.decision.as_ref().and_then(Decision::next_try)),
            )
        },
    },
    Metric {
        name: "acmepipe_certificate_healthy",
        help: "Whether all files of the certificate can be used, and it is not known as revoked.",
        samples: |one| single(one, is_healthy(&one.condition).map(u64::from)),
    },
    Metric {
        name: "acmepipe_certificate_revoked_timestamp_seconds",
        help: "When the certificate was revoked.",
        samples: |one| single(one, seconds(revoked_at(one))),
    },
    Metric {
        name: "acmepipe_certificate_last_success_timestamp_seconds",
        help: "When a certificate last came through the pipeline.",
        samples: |one| single(one, seconds(one.outcome.succeeded)),
    },
    Metric {
        name: "acmepipe_certificate_last_failure_timestamp_seconds",
        help: "When the last run failed, unless a certificate came after that; the type is that of its error.",
        samples: |one| failure(one).into_iter().collect(),
    },
    Metric {
        name: "acmepipe_deployment_state",
        help: "How far the certificate's deployment to a target is: 1 for the state that it is in.",
        samples: deployments,
    },
];

/// What is measured of certificates.
struct Metric {
    name: &'static str,
    help: &'static str,
    /// Its samples of one certificate.
    samples: fn(&Certificate) -> Vec<Sample<'_>>,
}

/// A value, and its labels.
struct Sample<'a> {
    labels: Vec<(&'static str, Cow<'a, str>)>,
    value: u64,
}

/// The samples of all certificates so far: those of a metric have to be written together.
pub(crate) struct Metrics([String; METRICS.len()]);

impl Metrics {
    pub(crate) fn new() -> Metrics {
        Metrics([const { String::new() }; METRICS.len()])
    }

    /// Adds those of a certificate.
    pub(crate) fn add(&mut self, one: &Certificate) {
        for (metric, lines) in METRICS.iter().zip(&mut self.0) {
            for sample in (metric.samples)(one) {
                lines.push_str(&sample.line(metric.name));
            }
        }
    }

    /// All metrics; that of records that are left only where their number is known.
    pub(crate) fn text(self, left: Option<usize>) -> String {
        let mut text = String::with_capacity(self.0.iter().map(|lines| lines.len() + HEAD).sum());
        for (metric, lines) in METRICS.iter().zip(self.0) {
            add_metric(&mut text, metric.name, metric.help, &lines);
        }
        let name = "acmepipe_leftover_records";
        let sample = |count| Sample {
            labels: Vec::new(),
            value: count as u64,
        };
        let lines = left.map(|count| sample(count).line(name));
        let help = "TXT records that no cleanup removed.";
        add_metric(&mut text, name, help, &lines.unwrap_or_default());
        text
    }
}

/// A metric that has the name as its only label, where it is known.
fn single(one: &Certificate, value: Option<u64>) -> Vec<Sample<'_>> {
    let sample = |value| Sample {
        labels: vec![("name", one.name.as_str().into())],
        value,
    };
    value.map(sample).into_iter().collect()
}

/// `None` where there are no files.
fn is_healthy(condition: &Condition) -> Option<bool> {
    (*condition != Condition::New).then_some(*condition == Condition::Good)
}

/// When it was revoked, if it was, and that is known.
fn revoked_at(one: &Certificate) -> Option<SystemTime> {
    one.revocation.as_ref().and_then(|revocation| revocation.at)
}

fn failure(one: &Certificate) -> Option<Sample<'_>> {
    let failure = one.outcome.failure.as_ref()?;
    Some(Sample {
        labels: vec![
            ("name", one.name.as_str().into()),
            ("type", failure.kind.as_str().into()),
        ],
        value: seconds(Some(failure.at))?,
    })
}

fn deployments(one: &Certificate) -> Vec<Sample<'_>> {
    let mut samples = Vec::new();
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
    samples
}

/// What each target is called where all may read it: a program without its arguments, which may be secrets. Where two would be
/// called the same, a number tells them apart, in the order of their words.
fn labels(targets: &[Deployment]) -> Vec<String> {
    let labels = targets.iter().map(|one| {
        let same = targets
            .iter()
            .filter(|other| program(other) == program(one));
        match same.filter(|other| order(other) < order(one)).count() {
            0 => program(one),
            before => format!("{} {}", program(one), before + 1),
        }
    });
    labels.collect()
}

/// What a target is called but for its number.
fn program(target: &Deployment) -> String {
    match target.words.first() {
        Some(program) => format!("exec:{program}"),
        // A state of an earlier release.
        None if target.target.starts_with("exec:") => {
            let mut words = target.target.split_whitespace();
            words.next().unwrap_or_default().to_owned()
        }
        None => target.target.clone(),
    }
}

/// What targets of one program are ordered by.
fn order(target: &Deployment) -> (&str, &[String]) {
    (&target.target, &target.words)
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

/// Adds a metric with the lines of all its samples; nothing where there are none.
fn add_metric(text: &mut String, name: &str, help: &str, lines: &str) {
    if !lines.is_empty() {
        text.push_str(&format!(
            "# HELP {name} {help}\n# TYPE {name} gauge\n{lines}"
        ));
    }
}

impl Sample<'_> {
    /// The line of this sample of a metric.
    fn line(&self, name: &str) -> String {
        let labels: Vec<String> = self
            .labels
            .iter()
            .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
            .collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        format!("{name}{labels} {}\n", self.value)
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
        add_metric(&mut text, "m", "Help.", "");
        assert_eq!(text, "");
        let lines = [sample("a", 1), sample("\\\"\nb", 0)].map(|sample| sample.line("m"));
        add_metric(&mut text, "m", "Help.", &lines.concat());
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
            words: Vec::new(),
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
    fn a_target_is_called_the_same_wherever_it_stands_and_its_path_may_have_a_blank() {
        let target = |words: &[&str]| Deployment {
            target: format!("exec:{}", words.join(" ")),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            status: DeploymentStatus::Done,
            version: "v1".into(),
            tries: 1,
            at: None,
            error: None,
        };
        let (a, b) = (target(&["/x y/r", "a"]), target(&["/x y/r", "b"]));
        assert_eq!(
            labels(&[a.clone(), b.clone()]),
            ["exec:/x y/r", "exec:/x y/r 2"]
        );
        assert_eq!(labels(&[b, a]), ["exec:/x y/r 2", "exec:/x y/r"]);
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
                words: Vec::new(),
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
