//! What is known of a file that is to be run.

use std::ffi::OsStr;
use std::path::Path;

/// What some editors write before a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What is known of a file and of the system.
pub(super) struct Facts<'a> {
    /// The file's bytes from an offset, as many as these or as there are.
    pub(super) read: &'a dyn Fn(u64, usize) -> Vec<u8>,
    /// Whether there is a file of this name, or may be.
    pub(super) exists: &'a dyn Fn(&Path) -> bool,
    /// Whether a directory of `PATH` has, or may have, a file of this name.
    pub(super) is_in_path: &'a dyn Fn(&OsStr) -> bool,
    /// What this machine is, as [`std::env::consts::ARCH`] has it.
    pub(super) architecture: &'a str,
}

/// Whether a byte order mark stands before its `#!`.
pub(super) fn is_marked_script(head: &[u8]) -> bool {
    let text = head.strip_prefix(BYTE_ORDER_MARK);
    text.is_some_and(|text| text.starts_with(b"#!"))
}

/// Whether it is a text or script in UTF-16, of either byte order.
pub(super) fn is_utf16(head: &[u8]) -> bool {
    let marks = [&b"\xff\xfe"[..], b"\xfe\xff", b"#\0!\0", b"\0#\0!"];
    marks.iter().any(|mark| head.starts_with(mark))
}

/// Whether it has none of the control characters that every kind of program begins with.
pub(super) fn is_text(head: &[u8]) -> bool {
    let is_control = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    !head.iter().any(is_control)
}
