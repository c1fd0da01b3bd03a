//! Answers of programs, and what they come to for three challenges.

use super::*;
use pipeline::Challenge;
use serde_json::json;

/// Two challenges at one name, which is `b.test.` after its CNAMEs, and one at another.
fn keys() -> [Key; 3] {
    let key = |fqdn: &str, effective: &str, value: &str| {
        let members = json!({"fqdn": fqdn, "effective_fqdn": effective, "value": value});
        Challenge::from(members.as_object().unwrap().clone()).key()
    };
    [
        key("a.test.", "b.test.", "v"),
        key("a.test.", "b.test.", "w"),
        key("c.test.", "c.test.", "x"),
    ]
}

/// The details of the errors of the three, and what is shown.
fn read(printed: &str) -> ([Option<String>; 3], Vec<&str>) {
    let keys = keys();
    let answer = Answer::read(printed, keys.iter().collect());
    let details = keys.each_ref().map(|key| {
        let problem = answer.problem(key)?;
        assert_eq!(problem.kind, "acmepipe:exec:batch");
        Some(problem.detail)
    });
    (details, answer.shown)
}

#[test]
fn a_challenge_fails_that_the_answer_names_before_or_after_its_cnames() {
    for (report, expected) in [
        (
            r#"{"fqdn": "a.test.", "value": "v", "error": "quota"}"#,
            [true, false, false],
        ),
        (
            r#"{"fqdn": "b.test.", "value": "v", "error": "quota"}"#,
            [true, false, false],
        ),
        (
            r#"{"fqdn": "B.test", "value": "w", "error": "quota"}"#,
            [false, true, false],
        ),
        // Without a value, all at the name.
        (
            r#"{"fqdn": "a.test.", "error": "quota"}"#,
            [true, true, false],
        ),
        (
            r#"{"fqdn": "b.test.", "value": null, "error": "quota"}"#,
            [true, true, false],
        ),
        // As jq prints it without -c.
        (
            "{\n  \"fqdn\": \"c.test.\",\n  \"error\": \"quota\"\n}",
            [false, false, true],
        ),
    ] {
        let (details, shown) = read(report);
        let expected = expected.map(|fails| fails.then(|| "quota".to_owned()));
        assert_eq!((details, shown), (expected, vec![]), "{report}");
    }
}

#[test]
fn an_array_of_reports_is_its_reports() {
    let a = r#"{"fqdn":"a.test.","value":"v","error":"quota"}"#;
    let c = r#"{"fqdn":"c.test.","error":"no"}"#;
    for printed in [
        format!("[{a},{c}]"),
        format!("[\n  {a},\n  {c}\n]\n"),
        format!("[{a}]\n[7, {c}, null]"),
        format!("[[{a}], [], [[{c}]]]"),
    ] {
        let (details, shown) = read(&printed);
        assert_eq!(details[0].as_deref(), Some("quota"), "{printed}");
        assert_eq!(details[1], None, "{printed}");
        assert_eq!(details[2].as_deref(), Some("no"), "{printed}");
        assert_eq!(shown, [""; 0], "{printed}");
    }
    for unclear in [
        r#"[{"fqdn":"x.test.","error":"no"}]"#,
        r#"[{"fqdn":"a.test.","value":"v","error":"it said "no""}]"#,
    ] {
        let (details, shown) = read(unclear);
        assert!(details.iter().all(Option::is_some), "{unclear}");
        assert_eq!(shown, [unclear]);
    }
}

#[test]
fn what_a_program_says_that_can_be_done_is_the_hint() {
    let keys = keys();
    let printed = r#"{"fqdn":"a.test.","value":"v","error":"quota","hint":"Pay\u001b."}"#;
    let answer = Answer::read(printed, keys.iter().collect());
    let problem = answer.problem(&keys[0]).unwrap();
    assert_eq!(problem.hint.as_deref(), Some("Pay\\u{1b}."));
}

#[test]
fn a_failure_that_names_no_challenge_of_the_batch_is_one_of_all() {
    for printed in [
        r#"{"fqdn":"zz.test.","value":"v","error":"API says no"}"#,
        r#"{"fqdn":"a.test.","value":"x","error":"API says no"}"#,
        r#"{"fqdn":"a.test.","value":1,"error":"API says no"}"#,
        r#"{"value":"v","error":"API says no"}"#,
        r#"{"error":"API says no"}"#,
        r#"{"fqdn":7,"error":{"code":"API says no"}}"#,
        // Not escaped, so not JSON.
        r#"{"fqdn":"a.test.","value":"v","error":"it said "API says no""}"#,
    ] {
        let (details, shown) = read(printed);
        for detail in details {
            let detail = detail.expect("it failed");
            assert!(detail.ends_with(&format!("printed {printed}")), "{detail}");
        }
        assert_eq!(shown, [printed]);
    }
    // What is known of one stays with it.
    let own = r#"{"fqdn":"a.test.","value":"v","error":"quota"}"#;
    let printed = format!("{{\"error\":5}}\n{own}\n");
    let (details, shown) = read(&printed);
    assert_eq!(details[0].as_deref(), Some("quota"));
    let detail = details[1].as_ref().expect("it failed");
    assert!(detail.ends_with(r#"printed {"error":5}"#), "{detail}");
    assert_eq!(shown, [r#"{"error":5}"#]);
}

#[test]
fn trying_again_is_in_vain_where_that_is_said_of_this_one_or_of_nobody_else() {
    let keys = keys();
    let a = r#"{"fqdn":"a.test.","value":"v","error":"no","permanent":true}"#;
    let all = r#"[{"error":"no","permanent":true}]"#;
    let failed = Problem::new(&types::EXEC_STATUS, "x exited 1");
    for (printed, expected) in [
        (a.to_owned(), [true, false, false]),
        (all.to_owned(), [true; 3]),
        (format!("{all}\n{{\"error\":\"busy\"}}"), [false; 3]),
        (format!("{{\"error\":\"busy\"}}\n{a}"), [true, false, false]),
        (all.replace("true", "\"true\""), [false; 3]),
    ] {
        let answer = Answer::read(&printed, keys.iter().collect());
        for (key, expected) in keys.iter().zip(expected) {
            let with_status = answer.reported_with(key, &failed);
            assert_eq!(permanent::is_permanent(&with_status), expected, "{printed}");
            let own = answer.problem(key);
            let own = own.is_some_and(|own| permanent::is_permanent(&own));
            assert_eq!(own, expected, "{printed}");
        }
        // What the exit status says counts in any case.
        let failed = permanent::mark(failed.clone(), true);
        let with_status = answer.reported_with(&keys[2], &failed);
        assert!(permanent::is_permanent(&with_status));
    }
}

#[test]
fn a_call_that_failed_as_a_whole_has_failed_with_what_was_reported() {
    let keys = keys();
    let problem = Problem::new(&types::EXEC_STATUS, "x exited 1");
    let a = r#"{"fqdn":"a.test.","value":"v","error":"quota"}"#;
    let c = r#"{"fqdn":"c.test.","error":"no\u001b[0m"}"#;
    let unclear = r#"{"error":"login"}"#;
    for (printed, expected) in [
        (String::new(), [""; 3]),
        ("login failed\n".to_owned(), [""; 3]),
        (a.to_owned(), ["quota"; 3]),
        (
            format!("{a}\n{c}\n"),
            ["quota", "quota; no\\u{1b}[0m", "no\\u{1b}[0m"],
        ),
        (
            format!("{a}\n{unclear}\n"),
            [
                "quota",
                r#"quota; {"error":"login"}"#,
                r#"quota; {"error":"login"}"#,
            ],
        ),
    ] {
        let answer = Answer::read(&printed, keys.iter().collect());
        for (key, expected) in keys.iter().zip(expected) {
            let failed = answer.reported_with(key, &problem);
            assert_eq!(failed.kind, problem.kind);
            let expected = match expected {
                "" => "x exited 1".to_owned(),
                errors => format!("x exited 1; it reported: {errors}"),
            };
            assert_eq!(failed.detail, expected, "{printed}");
        }
    }
}

#[test]
fn an_error_is_quoted_of_whatever_type_and_null_is_none() {
    for (error, expected) in [
        ("\"no\"", Some("no")),
        ("5", Some("5")),
        ("false", Some("false")),
        (r#"{"code":7}"#, Some(r#"{"code":7}"#)),
        (
            "\"\"",
            Some("the program reported it as failed, and did not say why"),
        ),
        (
            "\" \"",
            Some("the program reported it as failed, and did not say why"),
        ),
        ("null", None),
    ] {
        let (details, _) = read(&format!(
            r#"{{"fqdn":"c.test.","value":"x","error":{error}}}"#
        ));
        assert_eq!(details[2].as_deref(), expected, "{error}");
        assert_eq!(details[0], None, "{error}");
    }
}

#[test]
fn what_reports_no_failure_is_shown_and_fails_nothing() {
    for printed in [
        "",
        "done",
        "\"error\"",
        "[]",
        "[1, \"error\"]",
        "[INFO] \"error\"",
        "{",
        r#"{"fqdn": "a.test.", "value": "v"}"#,
        r#"{"fqdn": "a.test.", "value": "v", "error": null}"#,
    ] {
        let (details, shown) = read(printed);
        assert_eq!(details, [None, None, None], "{printed}");
        assert_eq!(shown.concat(), printed);
    }
}

#[test]
fn an_answer_that_was_not_read_to_its_end_may_have_named_any() {
    let own = r#"{"fqdn":"a.test.","value":"v","error":"quota"}"#;
    let printed = format!("{own}\n{}", "x".repeat(LONGEST_ANSWER - own.len() - 1));
    let (details, _) = read(&printed[..printed.len() - 1]);
    assert_eq!(details, [Some("quota".to_owned()), None, None]);
    let (details, _) = read(&printed);
    assert_eq!(details[0].as_deref(), Some("quota"));
    let detail = details[2].as_ref().expect("it failed");
    assert!(detail.contains("1048576 bytes or more"), "{detail}");
}
