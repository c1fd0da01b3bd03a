//! A certificate from a CA of its own, for tests of what becomes of it later.

use crate::{Ended, FalseCa, Issuer, Workshop, run};

/// Has a CA issue a certificate for these names into the workshop's store: what acme-finalize says of that.
///
/// # Panics
/// None is issued.
#[track_caller]
pub fn issue(workshop: &Workshop, names: &[&str]) -> Ended {
    let issuer = Issuer::new(names, 1, |_| {});
    let ca = FalseCa::start(workshop, move |asked| issuer.reply(asked));
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["--email=me@example.test", "-d", &names.join(",")]));
    let ordered = run(command, "").success();
    let mut command = workshop.command("acme-finalize");
    ca.trusted_by(&mut command);
    run(command, ordered.stdout).success()
}
