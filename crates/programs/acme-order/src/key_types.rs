//! Several kinds of key for the same names: a certificate for each.

use crate::wanted::{Wanted, is_placed};
use acme_cli::{DocumentOptions, set_option};
use keys::KeyType;
use pipeline::Document;
use pipeline::catalogue::order::NAME;

/// The request once for each of these kinds, the first under its own name. A request that says the kind of its key itself, or
/// has a key elsewhere, is for that alone.
fn each(document: Document, kinds: &[KeyType]) -> Vec<Document> {
    let options = DocumentOptions::of(&document);
    let is_open = options.is_ok_and(|one| one.key_type.is_none() && one.csr.is_none());
    let (Some(first), true, false) = (kinds.first(), is_open, is_placed(&document)) else {
        return vec![document];
    };
    // What is wrong with it is said when it is ordered.
    let name = Wanted::read(&document).ok().map(|wanted| wanted.name);
    let others = name.into_iter().flat_map(|name| {
        let of = |kind: &KeyType| of_kind(&document, *kind, Some(&name));
        kinds[1..].iter().map(of).collect::<Vec<_>>()
    });
    [of_kind(&document, *first, None)]
        .into_iter()
        .chain(others)
        .collect()
}

/// All of these requests once for each of these kinds.
pub(crate) fn of_all(documents: Vec<Document>, kinds: &[KeyType]) -> Vec<Document> {
    let all = documents.into_iter();
    all.flat_map(|document| each(document, kinds)).collect()
}

/// The request with this kind of key, and under a name that tells it where it is not the first.
fn of_kind(document: &Document, kind: KeyType, name: Option<&str>) -> Document {
    let mut document = document.clone();
    set_option(&mut document, "key-type", kind.name());
    if let Some(name) = name {
        document.set(
            &NAME,
            format!("{name}.{}", kind.name().to_ascii_lowercase()),
        );
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn made(request: Value, kinds: &[&str]) -> Vec<String> {
        let kinds: Vec<KeyType> = kinds
            .iter()
            .filter_map(|kind| KeyType::parse(kind))
            .collect();
        let document = Document::from(request.as_object().expect("an object").clone());
        let said = |document: &Document| {
            let kind = document.object()["options"]["key-type"].clone();
            format!("{} {}", document.label(), kind.as_str().unwrap_or("-"))
        };
        each(document, &kinds).iter().map(said).collect()
    }

    #[test]
    fn there_is_a_request_for_each_kind_and_the_first_keeps_its_name() {
        let identifiers = json!([{"type": "dns", "value": "a.test"}]);
        let request = |options: Value| {
            json!({
                "name": "mine", "order": {"identifiers": identifiers}, "challenges": [],
                "options": options,
            })
        };
        let open = request(json!({"email": "me@a.test"}));
        assert_eq!(made(open.clone(), &[]), ["mine -"]);
        assert_eq!(made(open.clone(), &["EC384"]), ["mine EC384"]);
        assert_eq!(
            made(open, &["EC256", "RSA2048"]),
            ["mine EC256", "mine.rsa2048 RSA2048"]
        );
        let told = request(json!({"key-type": "EC384"}));
        assert_eq!(made(told, &["EC256", "RSA2048"]), ["mine EC384"]);
        let elsewhere = request(json!({"csr": "/a.csr"}));
        assert_eq!(made(elsewhere, &["EC256", "RSA2048"]), ["mine -"]);
        let mut placed = request(json!({}));
        placed["order"]["url"] = json!("https://ca.test/order/1");
        assert_eq!(made(placed, &["EC256", "RSA2048"]), ["mine -"]);
        let unnamed = json!({"order": {"identifiers": [{"type": "dns", "value": "*.a.test"}]}, "challenges": []});
        assert_eq!(
            made(unnamed, &["EC256", "RSA2048"])[1],
            "_.a.test.rsa2048 RSA2048"
        );
    }
}
