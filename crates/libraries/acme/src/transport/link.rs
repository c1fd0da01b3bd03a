//! The header `Link` (RFC 8288 §3).

/// The URLs that a header links to with this relation, in its order. What is not well-formed ends it.
pub(crate) fn targets(header: &str, relation: &str) -> Vec<String> {
    let mut targets = Vec::new();
    let mut rest = header;
    while let Some((url, parameters)) = link(rest) {
        let (is_related, behind) = read(parameters, relation);
        if is_related {
            targets.push(url.to_owned());
        }
        rest = behind;
    }
    targets
}

/// The URL of the first link, and what stands behind it.
fn link(header: &str) -> Option<(&str, &str)> {
    let start = header.trim_start_matches([' ', '\t', ',']);
    start.strip_prefix('<')?.split_once('>')
}

/// Whether the parameters of a link have this relation, and what stands behind them. Only the first `rel` counts
/// (RFC 8288 §3.3).
fn read<'a>(mut rest: &'a str, relation: &str) -> (bool, &'a str) {
    let mut is_related = None;
    loop {
        rest = rest.trim_start();
        let Some(parameter) = rest.strip_prefix(';') else {
            return (is_related == Some(true), rest);
        };
        let end = parameter.find(['=', ';', ',']).unwrap_or(parameter.len());
        let name = parameter[..end].trim();
        rest = &parameter[end..];
        let Some(value) = rest.strip_prefix('=') else {
            continue;
        };
        let value = value.trim_start();
        let (value, behind) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => value.split_at(value.find([';', ',']).unwrap_or(value.len())),
        };
        if name.eq_ignore_ascii_case("rel") {
            let mut relations = value.split_ascii_whitespace();
            is_related.get_or_insert(relations.any(|found| found.eq_ignore_ascii_case(relation)));
        }
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_of_the_relation_count() {
        for (header, expected) in [
            (
                r#"<https://ca.test/1>;rel="alternate""#,
                "https://ca.test/1",
            ),
            ("<https://ca.test/1>; rel=alternate", "https://ca.test/1"),
            (r#"<https://ca.test/dir>;rel="index""#, ""),
            (
                r#"<https://ca.test/dir>;rel="index", <https://ca.test/1> ; title="a, b" ; REL="up Alternate", <x>;rel=alternate"#,
                "https://ca.test/1 x",
            ),
            // The first one counts.
            ("<https://ca.test/1>;rel=up;rel=alternate", ""),
            ("<https://ca.test/1>", ""),
            ("<https://ca.test/1>;rel", ""),
            ("<https://ca.test/1>;rel=\"alternate", "https://ca.test/1"),
            ("<https://ca.test/1;rel=alternate", ""),
            ("rel=alternate", ""),
            ("", ""),
        ] {
            assert_eq!(targets(header, "alternate").join(" "), expected, "{header}");
        }
    }
}
