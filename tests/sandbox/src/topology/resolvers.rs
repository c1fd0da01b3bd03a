//! Recursive resolvers, with their defaults as far as a small internet lets them.

use std::fs;
use std::io;
use std::path::Path;

use super::layout::{ROOT, Resolver};
use super::site::Site;
use crate::servers::plan::Plan;

/// Writes the files of a resolver, and says how it starts.
pub(super) fn plan(site: &Site, name: &str, dir: &Path) -> io::Result<Plan> {
    let mut all = site.layout.resolvers.iter();
    let Some(resolver) = all.find(|resolver| resolver.address == name) else {
        return Err(io::Error::other(format!("{name}: no such server")));
    };
    fs::write(
        dir.join("root.hints"),
        format!(". 3600 NS a.root.test.\na.root.test. 3600 A {ROOT}\n"),
    )?;
    let key = site.signer.root_key()?;
    let (command, text) = match resolver.bind {
        true => (
            ["named", "-g", "-n", "1", "-c"].as_slice(),
            bind(resolver, dir, key),
        ),
        false => (
            ["unbound", "-d", "-c"].as_slice(),
            unbound(resolver, dir, key),
        ),
    };
    let conf = dir.join("resolver.conf");
    fs::write(&conf, text)?;
    let conf = conf.to_string_lossy().into_owned();
    let words = command.iter().map(|&word| word.to_owned()).chain([conf]);
    let mut plan = Plan::new(words);
    let ask = format!("kdig +tcp +timeout=1 +retry=0 @{name} a.root.test. A | grep -q '{ROOT}$'");
    plan.ready.push(vec!["sh".into(), "-c".into(), ask]);
    Ok(plan)
}

/// `test.` is among the zones that Unbound answers itself unless told (RFC 6761).
fn unbound(resolver: &Resolver, dir: &Path, key: Option<String>) -> String {
    let anchor = match key {
        Some(key) => format!("trust-anchor: \". DNSKEY {key}\""),
        None => "module-config: \"iterator\"".to_owned(),
    };
    format!(
        r#"server:
    directory: "{at}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    verbosity: 1
    num-threads: 1
    interface: {address}
    access-control: 0.0.0.0/0 allow
    access-control: ::/0 allow
    root-hints: "{at}/root.hints"
    local-zone: "test." nodefault
    {anchor}
remote-control:
    control-enable: yes
    control-interface: "{at}/control"
    control-use-cert: no
{config}"#,
        at = dir.display(),
        address = resolver.address,
        config = resolver.config,
    )
}

fn bind(resolver: &Resolver, dir: &Path, key: Option<String>) -> String {
    let anchor = key.map(|key| {
        let (numbers, data) = split_key(&key);
        format!("trust-anchors {{ . static-key {numbers} \"{data}\"; }};\n")
    });
    let validation = if anchor.is_some() { "yes" } else { "no" };
    format!(
        r#"options {{
    directory "{at}";
    listen-on {{ {address}; }};
    listen-on-v6 {{ none; }};
    recursion yes;
    allow-recursion {{ any; }};
    dnssec-validation {validation};
    pid-file none;
    lock-file none;
    session-keyfile "{at}/session.key";
}};
controls {{ }};
zone "." {{ type hint; file "root.hints"; }};
{anchor}{config}"#,
        at = dir.display(),
        address = resolver.address,
        anchor = anchor.unwrap_or_default(),
        config = resolver.config,
    )
}

/// Flags, protocol and algorithm of a key, and its data without blanks.
fn split_key(key: &str) -> (String, String) {
    let words: Vec<&str> = key.split_whitespace().collect();
    let (numbers, data) = words.split_at(words.len().min(3));
    (numbers.join(" "), data.concat())
}
