//! Addresses of e-mail, by which a CA knows an account.

/// Why a text is no e-mail address, where it certainly is none.
pub fn not_an_address(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("is empty")
    } else if text.contains(char::is_whitespace) {
        Some("has a blank in it")
    } else if text.contains(char::is_control) {
        Some("has a control character in it")
    } else if text.starts_with("mailto:") {
        Some("begins with `mailto:`, which is added to it")
    } else {
        None
    }
}
