//! Requests: documents of which only the names are known yet.

use crate::split::split;
use acme_cli::{Names, set_option};
use acme_order::{CSR, DOMAINS};
use certificates::SigningRequest;
use command::text::shorten;
use command::{Args, Usage, message};
use pipeline::catalogue::order::{CHALLENGES, NAME, ORDER, VERSION};
use pipeline::{Document, Object, Problem, Request, types};
use serde_json::json;
use std::path::Path;

/// How much of a bad line's first name becomes the document's `name`, in characters.
const LONGEST_NAME: usize = 253;
/// The longest description of what is wrong with a line, in characters.
const LONGEST_COMPLAINT: usize = 1000;

/// The requests of the command line, if there are any: `most` names are in each. Bad names make the command line wrong.
pub(crate) fn from_arguments(
    args: &Args,
    most: Option<usize>,
) -> Result<Option<Vec<Document>>, Usage> {
    let written = args.list(&DOMAINS)?;
    if let Some(path) = args.absolute_path(&CSR)? {
        if args.is_given(&DOMAINS) {
            return Err(Usage::new(
                "--csr and --domains: the names are those of the certificate request",
            ));
        }
        return Ok(Some(vec![of_signing_request(&path, most)?]));
    }
    if written.is_empty() && !args.is_given(&DOMAINS) {
        return Ok(None);
    }
    let requests = of_names(written.iter().map(String::as_str), most);
    requests.map(Some).map_err(Usage::new)
}

/// The requests with the certificate that they replace, which only one can.
pub(crate) fn replacing(
    requests: Option<Vec<Document>>,
    id: Option<String>,
) -> Result<Option<Vec<Document>>, Usage> {
    match (requests, id) {
        (requests, None) => Ok(requests),
        (Some(mut requests), Some(id)) if requests.len() == 1 => {
            for request in &mut requests {
                let mut order = request.member(&ORDER).unwrap_or_default();
                order["replaces"] = json!(id);
                request.set(&ORDER, order);
            }
            Ok(Some(requests))
        }
        _ => Err(Usage::new(
            "--replaces is for a single order: give its names with -d, and no --split that divides them",
        )),
    }
}

/// The request for what a certificate request of somebody else's asks for, which cannot be divided.
fn of_signing_request(path: &Path, most: Option<usize>) -> Result<Document, Usage> {
    let wrong = |why: String| Usage::new(format!("--csr: {why}"));
    let signed = SigningRequest::read(path).map_err(|error| wrong(error.to_string()))?;
    let count = signed.names().len();
    if let Some(most) = most.filter(|most| count > *most) {
        return Err(wrong(format!(
            "it has {count} names, which --split {most} cannot divide: one certificate request leads to one certificate"
        )));
    }
    let names = Names::parse(signed.names().iter().map(String::as_str));
    // Nothing is left out of what was signed, also what a wildcard covers.
    let names = Names {
        ordered: signed.names().to_vec(),
        left_out: Vec::new(),
        ..names.map_err(wrong)?
    };
    let mut document = request(&names);
    set_option(&mut document, "csr", path.to_string_lossy());
    Ok(document)
}

/// The requests that a document or a line of stdin is: none of an empty line, several where `most` names are in each.
pub(crate) fn from_stdin(request: Request<'_>, most: Option<usize>) -> Vec<Document> {
    match request {
        Request::Document(document) => vec![from_document(document)],
        Request::Line(line) => from_line(line, most),
    }
}

fn of_names<'a>(
    written: impl IntoIterator<Item = &'a str>,
    most: Option<usize>,
) -> Result<Vec<Document>, String> {
    let names = Names::parse(written)?;
    let lists = match most {
        Some(most) => split(names, most)?,
        None => vec![names],
    };
    Ok(lists.iter().map(request).collect())
}

/// A request need not have challenges, which are still to come, to be taken for an order.
fn from_document(mut document: Document) -> Document {
    if !document.has(&CHALLENGES) && document.has(&ORDER) && !document.has_error() {
        document.set_challenges([]);
    }
    document
}

/// The requests of a line of stdin, unless it is empty or a comment. What is wrong with the line or with its names becomes
/// that document's error.
fn from_line(line: Result<&str, &str>, most: Option<usize>) -> Vec<Document> {
    let line = match line {
        Ok(line) => line.trim(),
        Err(wrong) => {
            let (place, wrong) = wrong.split_once(": ").unwrap_or(("stdin", wrong));
            return vec![refused(place, wrong)];
        }
    };
    if line.is_empty() || line.starts_with('#') {
        return Vec::new();
    }
    of_names(line.split_whitespace(), most).unwrap_or_else(|wrong| {
        let first = line.split_whitespace().next().unwrap_or_default();
        vec![refused(&shorten(first, LONGEST_NAME), &wrong)]
    })
}

fn request(names: &Names) -> Document {
    for left_out in &names.left_out {
        message::note(left_out);
    }
    let identifiers: Vec<_> = names
        .ordered
        .iter()
        .map(|name| json!({"type": "dns", "value": name}))
        .collect();
    let mut document = document(&names.certificate);
    document.set(&ORDER, json!({"identifiers": identifiers}));
    document.set_challenges([]);
    document
}

/// A document that says why nothing is ordered for it.
fn refused(name: &str, wrong: &str) -> Document {
    let mut document = document(name);
    let problem = Problem::new(&types::NAMES, shorten(wrong, LONGEST_COMPLAINT));
    message::error(&format!("{}: {problem}", document.label()));
    document.fail(&problem);
    document
}

fn document(name: &str) -> Document {
    let mut document = Document::from(Object::new());
    document.set(&VERSION, 1);
    document.set(&NAME, name);
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use pipeline::Kind;

    #[test]
    fn a_line_is_a_certificate_and_a_comment_is_none() {
        assert!(from_line(Ok("  "), None).is_empty());
        assert!(from_line(Ok("# a.example.com"), Some(1)).is_empty());
        let line = "b.example.com\ta.example.com ";
        assert_eq!(from_line(Ok(line), Some(1)).len(), 2);
        let [document] = &from_line(Ok(line), None)[..] else {
            panic!("one request");
        };
        assert_eq!(document.label(), "b.example.com");
        let identifiers = &document.object()["order"]["identifiers"];
        assert_eq!(identifiers[1]["value"], "a.example.com");
    }

    #[test]
    fn a_request_is_an_order_without_challenges() {
        let made = |request: serde_json::Value| {
            let object = request.as_object().expect("an object").clone();
            from_stdin(Request::Document(object.into()), Some(1)).remove(0)
        };
        let request = json!({"order": {"identifiers": []}});
        assert_eq!(made(request).kind(), &Kind::Order);
        for other in [
            json!({}),
            json!({"challenges": 7, "order": {}}),
            json!({"version": 2, "order": {}}),
        ] {
            assert!(matches!(made(other).kind(), Kind::Unknown(_)));
        }
    }

    #[test]
    fn a_line_with_a_bad_name_is_a_document_with_an_error() {
        for (line, name, detail) in [
            (
                Ok("good.example.com com"),
                "good.example.com",
                "`com` is a single label",
            ),
            (
                Err("stdin, line 3: not UTF-8"),
                "stdin, line 3",
                "not UTF-8",
            ),
            (Err("stdin: Is a directory"), "stdin", "Is a directory"),
        ] {
            let document = from_line(line, None).remove(0);
            let error = &document.object()["error"];
            assert_eq!(error["type"], "acmepipe:names");
            let said = error["detail"].as_str().expect("a text");
            assert!(said.starts_with(detail), "{said}");
            assert_eq!(document.label(), name);
        }
    }
}
