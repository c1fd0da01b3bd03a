//! The page of the contract agrees with the contract.

use std::path::Path;

#[test]
fn the_page_has_the_lists_of_the_contract() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../man/acmepipe.7");
    let page = std::fs::read_to_string(path).expect("man/acmepipe.7");
    assert!(
        pipeline::manual::with_lists(&page) == page,
        "man/acmepipe.7 and the contract disagree; `make man` brings the page up to date"
    );
    for heading in [
        ".Ss Programs",
        ".Ss Members of an order",
        ".Ss Members of a challenge",
        ".Ss Types",
    ] {
        assert!(page.lines().any(|line| line == heading), "{heading}");
    }
}
