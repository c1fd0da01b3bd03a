//! Warnings about settings, which are those of a whole run, while each record may have a process of its own.

use crate::message;

/// The variable with which `dns01-exec` says that an earlier call of its run has said what there is to say about settings.
pub const WARNED: &str = "DNS01_WARNED";

/// Says what a person should look into in the settings, unless an earlier call of the same run has done so, or `-q`.
pub fn warn_of_settings(text: &str) {
    if std::env::var_os(WARNED).is_none() {
        message::warning(text);
    }
}
