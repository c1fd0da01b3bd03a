//! Names of files that come from elsewhere.

/// Whether a name is that of one entry of a directory, and none that begins with a dot.
pub fn is_file_name(name: &str) -> bool {
    let is_plain = |c: char| !c.is_control() && !matches!(c, '/' | '\\');
    !name.is_empty() && name.len() <= 255 && !name.starts_with('.') && name.chars().all(is_plain)
}
