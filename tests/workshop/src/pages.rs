//! What the pages of the manual show.

use std::fs;

use crate::root;

/// The literal displays of a page of the manual: commands, scripts and files, as a person reads them.
///
/// # Panics
/// There is no such page.
#[allow(clippy::expect_used)]
pub fn displays(page: &str) -> Vec<String> {
    let page = fs::read_to_string(root().join("man").join(page)).expect("the page");
    let after = page.split(".Bd -literal -offset indent\n").skip(1);
    let displays = after.filter_map(|text| text.split(".Ed\n").next());
    displays.map(without_roff).collect()
}

/// A text with what roff's escapes stand for in their place.
pub fn without_roff(text: &str) -> String {
    [
        ("\\-", "-"),
        ("\\(aq", "'"),
        ("\\(dq", "\""),
        ("\\&", ""),
        ("\\e", "\\"),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (roff, plain)| {
        text.replace(roff, plain)
    })
}
