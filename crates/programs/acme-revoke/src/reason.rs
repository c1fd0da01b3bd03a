//! Why a certificate is revoked (RFC 5280 §5.3.1).

use acme_revoke::REASON;
use command::{Args, Usage};

/// A reason that CAs take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reason {
    /// Its number.
    pub(crate) number: u8,
    /// Its name.
    pub(crate) name: &'static str,
    /// What it says.
    pub(crate) about: &'static str,
}

/// Those that CAs take from whom they issue to, as the rules for public CAs have it (Baseline Requirements §4.9.1.1, and
/// Mozilla's policy §6.1.1).
pub(crate) const REASONS: [Reason; 5] = [
    reason(0, "unspecified", "none of the others"),
    reason(
        1,
        "keyCompromise",
        "somebody else has its key, or may have it",
    ),
    reason(
        3,
        "affiliationChanged",
        "what it says of its owner has changed",
    ),
    reason(4, "superseded", "another certificate is in its place"),
    reason(
        5,
        "cessationOfOperation",
        "its names are not used any more, or are somebody else's",
    ),
];

/// The others, and why CAs refuse them.
const REFUSED: [(u8, &str, &str); 5] = [
    (2, "cACompromise", "only a CA says that of its own key"),
    (
        6,
        "certificateHold",
        "no public CA revokes for a while only",
    ),
    (8, "removeFromCRL", "it is for lists of revocations alone"),
    (
        9,
        "privilegeWithdrawn",
        "only the CA may say that its rules were broken",
    ),
    (10, "aACompromise", "it is not for certificates of servers"),
];

const fn reason(number: u8, name: &'static str, about: &'static str) -> Reason {
    Reason {
        number,
        name,
        about,
    }
}

/// What `--reason` says.
///
/// # Errors
/// There is no such reason, or CAs do not take it.
pub(crate) fn of(args: &Args) -> Result<Option<Reason>, Usage> {
    let text = args.text(&REASON)?;
    text.map(|text| parse(&text))
        .transpose()
        .map_err(|why| Usage::new(format!("--reason {why}")))
}

/// The reason of this name or number.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn parse(text: &str) -> Result<Reason, String> {
    let is_it =
        |number: u8, name: &str| name.eq_ignore_ascii_case(text) || text.parse() == Ok(number);
    if let Some(reason) = REASONS.iter().find(|one| is_it(one.number, one.name)) {
        return Ok(*reason);
    }
    let names = REASONS.map(|reason| reason.name).join(", ");
    Err(
        match REFUSED
            .iter()
            .find(|(number, name, _)| is_it(*number, name))
        {
            Some((_, name, why)) => {
                format!("{name} is refused by CAs: {why}; there are {names}")
            }
            None => format!("`{text}` is none of {names}"),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_known_by_name_and_number_in_any_case_and_one_that_cas_refuse_is_said() {
        for (text, expected) in [
            ("unspecified", Ok(0)),
            ("0", Ok(0)),
            ("keyCompromise", Ok(1)),
            ("KEYCOMPROMISE", Ok(1)),
            ("3", Ok(3)),
            ("Superseded", Ok(4)),
            ("cessationofoperation", Ok(5)),
            ("6", Err("no public CA")),
            ("cACompromise", Err("only a CA")),
            ("privilegewithdrawn", Err("its rules")),
            ("7", Err("`7` is none of unspecified, keyCompromise")),
            ("256", Err("none of")),
            ("", Err("none of")),
        ] {
            match (parse(text), expected) {
                (Ok(reason), expected) => assert_eq!(Ok(reason.number), expected),
                (Err(why), Err(expected)) => assert!(why.contains(expected), "{why}"),
                (Err(why), Ok(_)) => panic!("{text}: {why}"),
            }
        }
    }
}
