//! What a document says of a certificate's deployment.

use crate::certificate::Certificate;
use crate::deployer::Report;
use certificates::rfc3339;
use command::text::shorten;
use lifecycle::Deployment;
use pipeline::catalogue::order::{CERTIFICATE, DEPLOY, NAME, VERSION};
use pipeline::{Document, Object, Value};

/// The longest text of a certificate or an error that goes into a document, in characters.
const LONGEST_TEXT: usize = 500;

/// Says in a document what became of its certificate.
pub(crate) fn say(document: &mut Document, report: &Report) {
    let deployments = report.deployments.iter().map(deployment);
    document.set(&DEPLOY, deployments.collect::<Vec<Value>>());
    if let Some(problem) = &report.problem {
        document.fail(problem);
    }
}

/// A document for a certificate for which none came.
pub(crate) fn new(name: &str, report: &Report) -> Document {
    let mut document = Document::from(Object::new());
    document.set(&VERSION, 1);
    document.set(&NAME, name);
    document.set_challenges([]);
    if let Some(known) = &report.certificate {
        document.set(&CERTIFICATE, certificate(known));
    }
    say(&mut document, report);
    document
}

fn deployment(one: &Deployment) -> Value {
    let mut members = Object::new();
    members.insert("target".into(), one.target.as_str().into());
    members.insert("status".into(), one.status.word().into());
    members.insert("tries".into(), one.tries.into());
    if let Some(at) = one.at {
        members.insert("at".into(), rfc3339(at).into());
    }
    if let Some(error) = &one.error {
        members.insert("error".into(), shorten(error, LONGEST_TEXT).into());
    }
    members.into()
}

/// The same as acme-finalize says of a certificate.
fn certificate(known: &Certificate) -> Object {
    let leaf = known.chain.leaf();
    let validity = leaf.validity();
    let url = known.record.as_ref().map(|record| &record.certificate);
    let mut members = Object::new();
    if let Some(url) = url.filter(|url| !url.is_empty()) {
        members.insert("url".into(), url.as_str().into());
    }
    for (member, text) in [("serial", &*leaf.serial_hex()), ("issuer", leaf.issuer())] {
        members.insert(member.into(), shorten(text, LONGEST_TEXT).into());
    }
    members.insert("not_before".into(), rfc3339(validity.not_before).into());
    members.insert("not_after".into(), rfc3339(validity.not_after).into());
    for (member, path) in known.files.named() {
        members.insert(member.into(), path.to_string_lossy().into());
    }
    members
}
