//! During which boot, and in which namespace, the number of a process is valid.

use std::fs;

/// The ID of this boot of the system; empty where the system does not say.
pub fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map_or(String::new(), |boot| boot.trim().to_owned())
}

/// The namespace that this process's number belongs to (pid_namespaces(7)), that of a container for instance; empty
/// where the system does not say.
pub fn pid_namespace() -> String {
    let link = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    link.to_string_lossy().into_owned()
}
