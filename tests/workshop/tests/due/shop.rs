//! A store with certificates, and the CA that they are from.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
use serde_json::Value;
use workshop::{Asked, Ended, FalseCa, Issuer, Reply, Workshop, run};

pub(crate) const A: &str = "a.example.test";
pub(crate) const B: &str = "b.example.test";
const DAY: Duration = Duration::from_secs(86_400);

/// Valid for 90 days, of which so many are over.
fn after_days(params: &mut CertificateParams, days: u32) {
    params.not_before = (SystemTime::now() - DAY * days).into();
    params.not_after = (SystemTime::now() + DAY * (90 - days)).into();
    params.use_authority_key_identifier_extension = true;
}

pub(crate) const YOUNG: fn(&mut CertificateParams) = |params| after_days(params, 30);
pub(crate) const FUTURE: fn(&mut CertificateParams) = |params| {
    params.not_before = (SystemTime::now() + DAY * 400).into();
    params.not_after = (SystemTime::now() + DAY * 490).into();
};
pub(crate) const OLD: fn(&mut CertificateParams) = |params| after_days(params, 70);
/// Less than a ninth of its lifetime is left.
pub(crate) const VERY_OLD: fn(&mut CertificateParams) = |params| after_days(params, 85);
pub(crate) const OF_A_CLIENT: fn(&mut CertificateParams) = |params| {
    after_days(params, 70);
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
};

/// A workshop whose store has certificates, and the CA that they are from.
pub(crate) struct Shop {
    pub(crate) workshop: Workshop,
    pub(crate) ca: FalseCa,
}

impl Shop {
    /// With a certificate for each of these names.
    pub(crate) fn with(names: &[&str], change: fn(&mut CertificateParams)) -> Shop {
        Shop::whose_ca(names, change, |_| None)
    }

    /// The same, and the CA does something wrong.
    pub(crate) fn whose_ca(
        names: &[&str],
        change: fn(&mut CertificateParams),
        wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
    ) -> Shop {
        let workshop = Workshop::open();
        let issuer = Issuer::new(&[A, B], 1, change);
        let ca = FalseCa::start(&workshop, move |asked| {
            wrong(asked).or_else(|| issuer.reply(asked))
        });
        let shop = Shop { workshop, ca };
        let Some((first, others)) = names.split_first() else {
            return shop;
        };
        let order = ["-d", first, "-m", "me@example.test"];
        let ordered = shop.run("acme-order", &order, "");
        shop.run("acme-finalize", &[], &ordered.stdout);
        for other in others {
            shop.copy(first, other);
        }
        shop
    }

    /// Keeps a certificate under another of its names as well, as if it had been ordered for that.
    pub(crate) fn copy(&self, name: &str, other: &str) {
        let version = self.store(".versions").join(other).join("copy");
        fs::create_dir_all(&version).unwrap();
        for file in fs::read_dir(self.store(name)).unwrap() {
            let file = file.unwrap();
            let mut content = fs::read_to_string(file.path()).unwrap();
            if file.file_name() == "order.json" {
                content = content.replace(name, other);
            }
            fs::write(version.join(file.file_name()), content).unwrap();
        }
        let target = PathBuf::from(".versions").join(other).join("copy");
        std::os::unix::fs::symlink(target, self.store(other)).unwrap();
    }

    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = self.workshop.command(program);
        self.ca.trusted_by(&mut command);
        command
    }

    #[track_caller]
    pub(crate) fn run(&self, program: &str, arguments: &[&str], stdin: &str) -> Ended {
        let mut command = self.command(program);
        command.args(arguments);
        run(command, stdin).success()
    }

    pub(crate) fn due_ended(&self, arguments: &[&str]) -> Ended {
        let mut command = self.command("acme-due");
        command.arg("--no-sleep").args(arguments);
        run(command, "")
    }

    #[track_caller]
    pub(crate) fn due(&self, arguments: &[&str]) -> Ended {
        self.due_ended(arguments).success()
    }

    /// The only document of a run over all.
    #[track_caller]
    pub(crate) fn all(&self, arguments: &[&str]) -> Value {
        self.due(&[&["--all"], arguments].concat()).document()
    }

    pub(crate) fn store(&self, below: &str) -> PathBuf {
        self.workshop.dir().join("data/certificates").join(below)
    }

    /// Puts another certificate, which this makes, in the place of the one for this name; its key stays.
    pub(crate) fn replace(&self, name: &str, change: fn(&mut CertificateParams)) {
        replace(&self.store(name), name, change);
    }

    /// Earlier runs are forgotten.
    pub(crate) fn forget(&self) {
        let _ = fs::remove_dir_all(self.store(".state"));
    }

    /// Changes when NAME was tried last.
    pub(crate) fn say_last_tried(&self, name: &str, time: &str) {
        let state = self.store(&format!(".state/{name}/renewal.json"));
        let mut kept: Value = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
        kept["attempts"]["last"] = time.into();
        fs::write(&state, kept.to_string()).unwrap();
    }

    /// How often the CA was asked about certificates.
    pub(crate) fn asked_when(&self) -> usize {
        let asked = self.ca.asked();
        let about = |one: &&Asked| one.path.starts_with("/renewal-info/");
        asked.iter().filter(about).count()
    }

    /// A configuration with this text behind the CA and the address.
    pub(crate) fn configuration(&self, text: &str) -> String {
        let path = self.workshop.dir().join("acmepipe.toml");
        let server = format!("{}/directory", self.ca.url());
        let text = format!("server = \"{server}\"\nemail = \"me@example.test\"\n{text}");
        fs::write(&path, text).unwrap();
        format!("--config={}", path.display())
    }
}

/// See [`Shop::replace`].
pub(crate) fn replace(directory: &Path, name: &str, change: fn(&mut CertificateParams)) {
    let key = fs::read_to_string(directory.join("privkey.pem")).unwrap();
    let key = KeyPair::from_pem(&key).unwrap();
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    change(&mut params);
    let certificate = params.self_signed(&key).unwrap().pem();
    let issuers = fs::read_to_string(directory.join("chain.pem")).unwrap();
    fs::write(directory.join("cert.pem"), &certificate).unwrap();
    fs::write(directory.join("fullchain.pem"), certificate + &issuers).unwrap();
}

pub(crate) fn reason(document: &Value) -> &str {
    document["due"]["reason"].as_str().unwrap()
}

/// A window between these days from now, as the CA says it.
pub(crate) fn window(start: i64, end: i64) -> Reply {
    let moment = |days: i64| {
        let offset = DAY * u32::try_from(days.abs()).unwrap();
        let moment = match days < 0 {
            true => SystemTime::now() - offset,
            false => SystemTime::now() + offset,
        };
        let seconds = moment
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let output = Command::new("date")
            .args(["-u", "-d", &format!("@{seconds}"), "+%Y-%m-%dT%H:%M:%SZ"])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    Reply::window(&moment(start), &moment(end))
}
