use crate::Configuration;
use certificates::Wishes;
use keys::{KeyType, PrivateKey};
use std::fs;

fn read(text: &str, request: Option<&[u8]>) -> Result<Configuration, String> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("acmepipe.toml");
    fs::write(&path, text).expect("written");
    if let Some(request) = request {
        fs::write(dir.path().join("a.csr"), request).expect("written");
    }
    Configuration::read(&path, &[]).map_err(|usage| usage.to_string())
}

#[test]
fn several_kinds_of_key_are_several_certificates() {
    let text = "key-type = ['EC256', 'rsa2048', 'P256']\nreuse-key = true\npreferred-chain = 'X'\n\
                [[certificate]]\ndomains = 'a.test'\n\
                [[certificate]]\ndomains = 'b.test'\nkey-type = 'Ed25519'\nreuse-key = false\nmust-staple = true\n";
    let read = read(text, None).expect("no mistake");
    let said: Vec<String> = read
        .certificates
        .iter()
        .map(|one| {
            let kind = one.key_type.clone().unwrap_or_default();
            format!(
                "{} {kind} {:?} {:?}",
                one.name, one.reuse_key, one.must_staple
            )
        })
        .collect();
    let expected = [
        "a.test EC256 Some(true) None",
        "a.test.rsa2048 RSA2048 Some(true) None",
        "b.test Ed25519 Some(false) Some(true)",
    ];
    assert_eq!(said, expected);
    let chains = read
        .certificates
        .iter()
        .map(|one| one.preferred_chain.as_deref());
    assert!(chains.into_iter().all(|chain| chain == Some("X")));
}

#[test]
fn a_certificate_request_says_the_names_and_the_kind_of_key() {
    let key = PrivateKey::generate(KeyType::EC384).expect("a key");
    let names = ["a.test", "*.a.test"];
    let request = certificates::request(&key, names, Wishes::default()).expect("a request");
    let text = "key-type = 'RSA2048'\n[[certificate]]\ncsr = 'a.csr'\n";
    let found = read(text, Some(&request)).expect("no mistake");
    let [one] = &found.certificates[..] else {
        panic!("{found:?}");
    };
    assert_eq!(
        (&*one.name, &one.names[..]),
        ("a.test", &names.map(str::to_owned)[..])
    );
    assert_eq!(one.key_type, None);
    assert!(
        one.csr
            .as_deref()
            .is_some_and(|path| path.starts_with('/') && path.ends_with("/a.csr"))
    );
    for (text, request, says) in [
        (text, None, "line 2: `csr`: cannot read"),
        (text, Some(&b"no"[..]), "is no certificate request"),
        (
            "[[certificate]]\ncsr = 'a.csr'\ndomains = 'a.test'\n",
            Some(&request[..]),
            "line 3: `domains` and `csr`: ",
        ),
        (
            "[[certificate]]\ndomains = 'a.test'\nreuse-key = 1\n",
            None,
            "`reuse-key` is true or false",
        ),
    ] {
        let why = read(text, request).expect_err(says);
        assert!(why.contains(says), "{why}");
    }
}
