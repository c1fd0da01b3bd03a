//! Unbound, the recursive resolver: of Pebble, and by the namespace's resolv.conf of everything else.

use std::path::Path;
use std::{fs, io};

use super::plan::Plan;
use crate::site::Site;

pub(super) fn resolver(site: &Site, dir: &Path) -> io::Result<Plan> {
    let at = dir.display();
    fs::write(
        dir.join("root.hints"),
        ". 3600 NS a.root.test.\na.root.test. 3600 A 198.51.100.1\n",
    )?;
    // `test.` is among the zones that Unbound answers itself unless told (RFC 6761). Negative answers are kept as
    // long as their zones say (RFC 2308), up to the hour that is its default.
    let scrub = if site.config.scrubs_ns {
        ""
    } else {
        // Named only where it is to be off: versions before it was invented do not start with it.
        "iter-scrub-promiscuous: no"
    };
    let text = format!(
        r#"server:
    directory: "{at}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    verbosity: 1
    num-threads: 1
    interface: 127.0.0.1
    interface: ::1
    access-control: 0.0.0.0/0 allow
    access-control: ::/0 allow
    do-not-query-localhost: no
    root-hints: "{at}/root.hints"
    local-zone: "test." nodefault
    module-config: "iterator"
    {scrub}
    cache-max-negative-ttl: 3600
    target-fetch-policy: "0 0 0 0 0"
remote-control:
    control-enable: yes
    control-interface: "{at}/control"
    control-use-cert: no
"#
    );
    let conf = dir.join("unbound.conf");
    fs::write(&conf, text)?;
    let mut plan = Plan::new(["unbound", "-d", "-c", &conf.to_string_lossy()]);
    let ask = "kdig +tcp +timeout=1 +retry=0 @127.0.0.1 ca.test. A | grep -q 198.51.100.5";
    plan.ready.push(vec!["sh".into(), "-c".into(), ask.into()]);
    Ok(plan)
}
