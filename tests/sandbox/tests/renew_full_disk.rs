//! The disk of the store is full in the middle of a run of `acme-renew`: what there was stays of use, the CA issues nothing that
//! cannot be kept, and the next run with room heals the rest.

use std::fs;
use std::path::PathBuf;

use sandbox::{Ended, Sandbox};
use workshop::wait_for_next_second;

const NAME: &str = "a.example.test";

/// A machine whose store is on a disk of its own, with a certificate that is always due.
struct Machine {
    sandbox: Sandbox,
    disk: PathBuf,
}

impl Machine {
    /// Where there is a file `fill-WORD`, the user's program or hook of that name fills the disk, once.
    fn start() -> Machine {
        let sandbox = Sandbox::start();
        let disk = sandbox.work().join("disk");
        let line = "mkdir disk && mount -t tmpfs -o size=1m,mode=700 tmpfs disk";
        sandbox.sh(line).success();
        let fill = format!(
            "if [ -e fill-$word ]; then rm fill-$word; cat /dev/zero >{}/filler 2>/dev/null; fi",
            disk.display()
        );
        let hook = sandbox.script("hook.sh", &format!("word=$1\n{fill}\n:"));
        let dns = format!("word=$1\n{fill}\nexec \"$UPDATE_DNS\" \"$@\"");
        let dns = sandbox.script("dns.sh", &dns);
        let (hook, dns) = (hook.display(), dns.display());
        let text = format!(
            "email = \"me@example.test\"\naccept-tos = true\ndays = 3650\nexec = \"{dns}\"\n\
             pre-hook = \"{hook} before\"\ndeploy-hook = \"{hook} deploy\"\n\
             [[certificate]]\ndomains = [\"{NAME}\"]\n"
        );
        fs::write(sandbox.dir().join("acmepipe.toml"), text).expect("written");
        Machine { sandbox, disk }
    }

    fn renew(&self) -> Ended {
        // By then, what is mended is mended after the last try.
        wait_for_next_second();
        let file = self.sandbox.dir().join("acmepipe.toml");
        self.sh(&format!(
            "UPDATE_DNS=$EXEC_PATH acme-renew --no-sleep --retry --config {}",
            file.display()
        ))
    }

    fn sh(&self, line: &str) -> Ended {
        let line = format!("export LEGO_PATH={}/data; {line}", self.disk.display());
        self.sandbox.sh(&line)
    }

    /// The serial number of the certificate in use, whose key is the one beside it.
    #[track_caller]
    fn serial(&self) -> String {
        let line = format!(
            "set -e; cd \"$LEGO_PATH/certificates/{NAME}\"\n\
             [ \"$(openssl x509 -noout -pubkey -in fullchain.pem)\" = \"$(openssl pkey -pubout -in privkey.pem)\" ]\n\
             openssl x509 -noout -serial -in cert.pem"
        );
        self.sh(&line).success().stdout
    }

    /// How many certificates the CA has issued.
    fn issued(&self) -> usize {
        let log = fs::read_to_string(self.sandbox.dir().join("log/ca.log")).expect("its log");
        log.matches("Issued certificate serial").count()
    }
}

#[test]
fn a_disk_that_fills_up_during_a_renewal_costs_no_certificate() {
    let machine = Machine::start();
    machine.renew().success();
    assert_eq!(machine.issued(), 1);
    for (moment, is_renewed) in [
        ("before", false),
        ("present", false),
        ("cleanup", true),
        ("deploy", true),
    ] {
        machine.sh(&format!("touch fill-{moment}")).success();
        let (serial, issued, full) = loop {
            let (serial, issued) = (machine.serial(), machine.issued());
            let ended = machine.renew();
            // Pebble finds one name in a hundred proven already, though it is told to reuse none: no program is called then.
            if machine.sh(&format!("[ ! -e fill-{moment} ]")).status == 0 {
                break (serial, issued, ended);
            }
            ended.success();
        };
        // With a certificate, all is well where what is written besides has just found room.
        let has_said = full.status == 1 && full.stderr.contains("No space");
        assert!(
            has_said || is_renewed && full.status == 0,
            "{moment}: {full:?}"
        );
        assert_eq!(machine.serial() != serial, is_renewed, "{moment}: {full:?}");
        assert_eq!(
            machine.issued() - issued,
            usize::from(is_renewed),
            "{moment}: {full:?}"
        );

        machine
            .sh(&format!("rm {}/filler", machine.disk.display()))
            .success();
        let serial = machine.serial();
        let healed = machine.renew().success();
        assert_ne!(machine.serial(), serial, "{moment}: {healed:?}");
        let left = machine.sh("dns01-exec list").success().stdout;
        assert_eq!(left, "", "{moment}");
        machine.sandbox.assert_no_trace();
    }
}
