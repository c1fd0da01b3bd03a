//! What holds for every stream of bytes. `PROPTEST_CASES=100000` looks longer, which `make fuzz` does.

use pipeline::{Document, Item, Reader};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::io::{self, Read};

/// Hands out bytes in pieces of these sizes, over and over.
struct Pieces {
    bytes: Vec<u8>,
    sizes: Vec<usize>,
    turn: usize,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes[self.turn % self.sizes.len()];
        self.turn += 1;
        let count = size.min(into.len()).min(self.bytes.len());
        into[..count].copy_from_slice(&self.bytes[..count]);
        self.bytes.drain(..count);
        Ok(count)
    }
}

/// Reads everything: the documents, and how many stretches of garbage.
fn read(bytes: Vec<u8>, sizes: Vec<usize>) -> (Vec<Value>, usize) {
    let (documents, garbage) = read_documents(bytes, sizes);
    let values = documents
        .into_iter()
        .map(|document| Value::Object(document.into_object()));
    (values.collect(), garbage)
}

fn read_documents(bytes: Vec<u8>, sizes: Vec<usize>) -> (Vec<Document>, usize) {
    let most = bytes.len() + 2;
    let mut reader = Reader::new(Pieces {
        bytes,
        sizes,
        turn: 0,
    });
    let (mut documents, mut garbage) = (Vec::new(), 0);
    while let Some(item) = reader.next_item() {
        match item {
            Item::Document(document, _) => documents.push(document),
            Item::Garbage(text) => {
                assert!(
                    text.starts_with("stdin, line ") && text.len() < 1000,
                    "{text}"
                );
                garbage += 1;
            }
        }
        assert!(documents.len() + garbage <= most, "it does not end");
    }
    (documents, garbage)
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((".{0,6}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A document with members that no program knows.
fn any_document() -> impl Strategy<Value = Value> {
    vec((".{0,8}", any_value()), 0..6)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
}

/// Bytes that hold a lot of what JSON is made of.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        3 => proptest::sample::select(b"{}[]\",:\\\n\r\t u0dtfne+-.19".to_vec()),
        1 => any::<u8>(),
    ];
    vec(byte, 0..200)
}

/// Garbage on lines of its own of which none starts an object.
fn garbage_lines() -> impl Strategy<Value = Vec<u8>> {
    any_bytes().prop_map(|bytes| {
        let mut lines = Vec::new();
        for line in bytes.split(|byte| *byte == b'\n') {
            let start = line
                .iter()
                .position(|byte| *byte != b'{' && *byte != b' ' && *byte != b'\t');
            lines.extend_from_slice(start.map_or(&[][..], |start| &line[start..]));
            lines.push(b'\n');
        }
        lines
    })
}

/// A document cut off anywhere, which leaves strings, escapes, numbers and words unfinished.
fn torso() -> impl Strategy<Value = Vec<u8>> {
    (any_document(), any::<proptest::sample::Index>()).prop_map(|(document, cut)| {
        let text = document.to_string().into_bytes();
        let mut torso = text[..cut.index(text.len()).max(1)].to_vec();
        torso.push(b'\n');
        torso
    })
}

/// The text of a document, or nearly, with what a program would not write.
fn any_text_of_a_document() -> impl Strategy<Value = String> {
    let odd = [
        r#""\u0041""#,
        r#""\ud800""#,
        r#""\/""#,
        r#""\x""#,
        "\"\u{1}\"",
        "1E+5",
        "-0",
        "01",
        "1.",
        "tru",
        "[[]",
        "{}]",
        "",
        "\"",
        r#"{"$serde_json::private::Number":"z"}"#,
        r#"{"a":1,"a":2}"#,
        r#"[{"fqdn":"a."},{"fqdn":"b.","error":{}}]"#,
        r#"[{},1]"#,
    ];
    let value = prop_oneof![
        any_value().prop_map(|value| value.to_string()),
        proptest::sample::select(odd.to_vec()).prop_map(str::to_owned),
    ];
    let name = proptest::sample::select(vec![
        "challenges",
        "fqdn",
        "version",
        "error",
        "a",
        "\\u0061",
    ]);
    vec((name, value), 0..5).prop_map(|members| {
        let members = members
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"));
        format!("{{{}}}\n", members.collect::<Vec<_>>().join(","))
    })
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![vec(1..40_000_usize, 1..5), vec(1..9_usize, 1..5)]
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_or_go_on_for_ever(bytes in any_bytes(), sizes in sizes()) {
        read(bytes, sizes);
    }

    #[test]
    fn documents_come_out_as_they_went_in_whatever_stands_between_them(
        documents in vec(any_document(), 0..6),
        pretty in any::<bool>(),
        separator in proptest::sample::select(vec!["", "\n", "\r\n", " ", "\n\n\t"]),
        sizes in sizes(),
    ) {
        let mut stream = String::new();
        for document in &documents {
            stream += &if pretty { format!("{document:#}") } else { document.to_string() };
            stream += separator;
        }
        let (read, garbage) = read(stream.into_bytes(), sizes);
        prop_assert_eq!(garbage, 0);
        prop_assert_eq!(
            read.iter().map(Value::to_string).collect::<Vec<_>>(),
            documents.iter().map(Value::to_string).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_document_is_the_same_whether_its_text_is_kept_or_values_are_made_of_it(
        text in any_text_of_a_document(),
        sizes in sizes(),
    ) {
        // A blank has the reader make values.
        let blank = text.replacen('{', "{ ", 1);
        let read = |text: String| {
            let (documents, garbage) = read_documents(text.into_bytes(), sizes.clone());
            let seen = |document: Document| {
                let kind = std::mem::discriminant(document.kind());
                (kind, document.challenge_count(), document.into_object())
            };
            (documents.into_iter().map(seen).collect::<Vec<_>>(), garbage)
        };
        prop_assert_eq!(read(text), read(blank));
    }

    #[test]
    fn a_document_on_a_line_of_its_own_is_never_lost_to_the_garbage_before_it(
        before in vec(prop_oneof![garbage_lines(), torso()], 1..4),
        last in any_document(),
        sizes in sizes(),
    ) {
        let mut last = last;
        if let Value::Object(last) = &mut last {
            last.insert("mark of the last".into(), json!(1));
        }
        let mut stream = before.concat();
        stream.extend_from_slice(format!("{last}\n").as_bytes());
        let (read, _) = read(stream.clone(), sizes);
        prop_assert_eq!(
            read.last().map(Value::to_string),
            Some(last.to_string()),
            "lost after {:?}", String::from_utf8_lossy(&stream)
        );
    }

    #[test]
    fn members_that_no_program_knows_stay_in_their_place(document in any_document(), error in ".{0,40}") {
        let Value::Object(object) = document else { unreachable!() };
        let mut names: Vec<String> = object.keys().cloned().collect();
        let mut document = pipeline::Document::from(object.clone());
        document.fail(&pipeline::Problem::of_type("acmepipe:test", error));
        if !names.contains(&"error".to_owned()) {
            names.push("error".into());
        }
        let after = document.into_object();
        prop_assert_eq!(after.keys().cloned().collect::<Vec<_>>(), names);
        for (name, value) in object.iter().filter(|(name, _)| *name != "error") {
            prop_assert_eq!(&after[name], value);
        }
    }
}
