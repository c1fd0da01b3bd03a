//! What a CA says of the renewal of a certificate (RFC 9773 §4.2).

use crate::objects::json::{FromJson, each_member, lenient, optional};
use crate::objects::time::rfc3339;
use crate::text::quote;
use crate::url::is_web_page;
use std::time::{Duration, SystemTime};

/// When a certificate is to be renewed (RFC 9773 §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenewalInfo {
    /// The first moment of the window.
    pub start: SystemTime,
    /// The moment after its last, which is after the first.
    pub end: SystemTime,
    /// The URL of a page for people that says why: http or https, of plain characters.
    pub explanation: Option<String>,
    /// When the CA wants to be asked again: in a minute to a day.
    pub retry_after: Option<Duration>,
}

impl FromJson for RenewalInfo {
    fn from_json_text(text: &str) -> Result<RenewalInfo, String> {
        let (mut window, mut explanation) = (None, None);
        each_member(text, |name, value| {
            match name {
                "suggestedWindow" => window = Some(read_window(value)?),
                "explanationURL" => explanation = lenient(value),
                _ => {}
            }
            Ok(())
        })?;
        let (start, end) = window.ok_or("member `suggestedWindow` is missing")?;
        Ok(RenewalInfo {
            start,
            end,
            explanation: explanation.filter(|url: &String| is_web_page(url)),
            retry_after: None,
        })
    }
}

fn read_window(text: &str) -> Result<(SystemTime, SystemTime), String> {
    let (mut start, mut end) = (None, None);
    each_member(text, |name, value| {
        match name {
            "start" => start = time(name, value)?,
            "end" => end = time(name, value)?,
            _ => {}
        }
        Ok(())
    })
    .map_err(|why| format!("member `suggestedWindow`: {why}"))?;
    let missing = |name| format!("member `{name}` of the window is missing");
    let (start, end) = (
        start.ok_or_else(|| missing("start"))?,
        end.ok_or_else(|| missing("end"))?,
    );
    if end <= start {
        return Err("the window ends before it begins".to_owned());
    }
    Ok((start, end))
}

fn time(name: &str, value: &str) -> Result<Option<SystemTime>, String> {
    let Some(text) = optional::<String>(name, value)? else {
        return Ok(None);
    };
    let time = rfc3339(&text);
    time.map(Some).ok_or_else(|| {
        format!(
            "member `{name}`: `{}` is not a time of RFC 3339",
            quote(&text)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(sent: &Value) -> Result<RenewalInfo, String> {
        RenewalInfo::from_json_text(&sent.to_string())
    }

    #[test]
    fn a_window_has_a_beginning_and_an_end() {
        let at = |text| humantime::parse_rfc3339(text).expect("a time");
        let info = read(&json!({
            "suggestedWindow": {"start": "2026-01-02T04:00:00Z", "end": "2026-01-03T04:00:00Z", "x": []},
            "explanationURL": "https://ca.test/why", "y": {},
        }));
        let expected = RenewalInfo {
            start: at("2026-01-02T04:00:00Z"),
            end: at("2026-01-03T04:00:00Z"),
            explanation: Some("https://ca.test/why".to_owned()),
            retry_after: None,
        };
        assert_eq!(info, Ok(expected));
    }

    #[test]
    fn what_is_no_window_is_refused() {
        let (early, late) = ("2026-01-02T04:00:00Z", "2026-01-03T04:00:00Z");
        for (bad, says) in [
            (json!({}), "`suggestedWindow` is missing"),
            (json!({"suggestedWindow": null}), "`suggestedWindow`: "),
            (
                json!({"suggestedWindow": [early, late]}),
                "`suggestedWindow`: ",
            ),
            (
                json!({"suggestedWindow": {}}),
                "`start` of the window is missing",
            ),
            (
                json!({"suggestedWindow": {"end": late}}),
                "`start` of the window is missing",
            ),
            (
                json!({"suggestedWindow": {"start": early}}),
                "`end` of the window is missing",
            ),
            (
                json!({"suggestedWindow": {"start": early, "end": null}}),
                "`end` of the window is missing",
            ),
            (
                json!({"suggestedWindow": {"start": 7, "end": late}}),
                "`start`: ",
            ),
            (
                json!({"suggestedWindow": {"start": early, "end": "soon"}}),
                "`soon` is not a time",
            ),
            (
                json!({"suggestedWindow": {"start": late, "end": early}}),
                "ends before it begins",
            ),
            (
                json!({"suggestedWindow": {"start": early, "end": early}}),
                "ends before it begins",
            ),
            (json!([]), "object"),
        ] {
            let error = read(&bad).expect_err(says);
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn an_explanation_that_is_no_page_is_left_out() {
        for (sent, is_kept) in [
            (json!("https://ca.test/why"), true),
            (json!("http://ca.test/why"), true),
            (json!("file:///etc/passwd"), false),
            (json!("https://ca.test/\u{1b}[2J"), false),
            (json!(7), false),
            (json!(null), false),
        ] {
            let info = read(&json!({
                "suggestedWindow": {"start": "2026-01-02T04:00:00Z", "end": "2026-01-03T04:00:00Z"},
                "explanationURL": sent,
            }));
            let explanation = info.expect("a window").explanation;
            assert_eq!(explanation.is_some(), is_kept, "{sent}");
        }
    }

    #[test]
    fn times_are_read_with_any_offset_and_fraction() {
        let seconds = |text| {
            let since = rfc3339(text)?.duration_since(SystemTime::UNIX_EPOCH);
            since.ok().map(|since| since.as_secs())
        };
        for (text, expected) in [
            ("1970-01-02T00:00:00Z", Some(86_400)),
            ("1970-01-02t00:00:00.123456789z", Some(86_400)),
            ("1970-01-02T00:00:00+00:00", Some(86_400)),
            ("1970-01-02T01:30:00+01:30", Some(86_400)),
            ("1970-01-01T22:00:00.5-02:00", Some(86_400)),
            ("9999-12-31T23:59:59Z", Some(253_402_300_799)),
            ("1970-01-02T00:00:00+24:00", None),
            ("1970-01-02T00:00:00+1:000", None),
            ("1970-01-02T00:00:00*01:00", None),
            ("1970-01-02T00:00:00", None),
            ("1970-01-02", None),
            ("ä1970", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
