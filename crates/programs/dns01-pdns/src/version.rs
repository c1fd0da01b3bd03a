//! Which versions of PowerDNS can add and remove single records.

/// Whether a server of this version knows EXTEND and PRUNE: 4.9.12 and 5.0.2 were the first. A version that cannot be read is
/// none of those.
pub(crate) fn has_extend(version: &str) -> bool {
    let mut numbers = version.splitn(3, '.').map(|part| {
        let end = part.find(|c: char| !c.is_ascii_digit());
        part[..end.unwrap_or(part.len())].parse::<u32>().ok()
    });
    let mut next = || numbers.next().flatten();
    match (next(), next(), next()) {
        (Some(4), Some(9), Some(patch)) => patch >= 12,
        (Some(4), Some(minor), _) => minor > 9,
        (Some(5), Some(0), Some(patch)) => patch >= 2,
        (Some(5), Some(minor), _) => minor > 0,
        (Some(major), Some(_), _) => major > 5,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_versions_with_extend_are_known() {
        for (version, expected) in [
            ("4.7.3", false),
            ("4.9.11", false),
            ("4.9.12", true),
            ("4.9.12-1", true),
            ("4.10.0", true),
            ("5.0.1", false),
            ("5.0.2-rc1", true),
            ("5.1.0-alpha1", true),
            ("6.0", true),
            ("10.0.0", true),
            ("0.0.1234.gabc", false),
            ("git", false),
            ("", false),
        ] {
            assert_eq!(has_extend(version), expected, "{version}");
        }
    }
}
