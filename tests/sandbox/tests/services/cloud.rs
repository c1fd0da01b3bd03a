//! A sandbox in which Cloudflare and DigitalOcean are a program of ours, with a certificate that our own CA has issued; and
//! how the program of a service is run there.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use sandbox::{Sandbox, Tools, source, write_script};
use workshop::{Authority, Programs, cargo};

/// The token that the cloud takes.
pub(crate) const SECRET: &str = "the-secret-of-ours";

/// Programs whose arguments are watched: all that acme.sh could hand a secret.
const WATCHED: [&str; 14] = [
    "curl", "openssl", "awk", "sed", "grep", "cut", "tr", "head", "tail", "cat", "mktemp", "rm",
    "date", "od",
];

/// Runs one of them, and notes its arguments.
const WATCH: &str = r#"
printf '%s %s\n' "${0##*/}" "$*" >>"$WATCHED"
PATH=${PATH#*:}
exec "${0##*/}" "$@"
"#;

/// Whose clients are tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Collection {
    AcmeSh,
    Lexicon,
}

impl Collection {
    pub(crate) const ALL: [Collection; 2] = [Collection::AcmeSh, Collection::Lexicon];

    /// What `tests/fetch-servers` calls it.
    fn set(self) -> &'static str {
        match self {
            Collection::AcmeSh => "acmesh",
            Collection::Lexicon => "lexicon",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Collection::AcmeSh => "acme.sh",
            Collection::Lexicon => "lexicon",
        }
    }
}

/// The sandbox, and the cloud in it.
pub(crate) struct Clouds {
    pub(crate) sandbox: Sandbox,
    server: Child,
    log: PathBuf,
    root: PathBuf,
}

impl Clouds {
    /// Starts them where these collections and python3 are at hand; else says so.
    #[track_caller]
    pub(crate) fn start(collections: &[Collection]) -> Option<Clouds> {
        let hosts = ["api.cloudflare.com", "api.digitalocean.com"];
        Clouds::start_as("false-cloud", &hosts, collections)
    }

    /// Starts what a script plays, which these hosts are.
    #[track_caller]
    pub(crate) fn start_as(
        script: &str,
        hosts: &[&str],
        collections: &[Collection],
    ) -> Option<Clouds> {
        let python = Command::new("python3")
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        if !python.is_ok_and(|status| status.success()) {
            eprintln!("python3 is not at hand, so there is no cloud, and nothing was tested at it");
            return None;
        }
        for collection in collections {
            if let Err(error) = Tools::fetch(&[collection.set()]) {
                eprintln!(
                    "{} is not at hand, so nothing was tested with it: {error}",
                    collection.name()
                );
                return None;
            }
        }
        let sandbox = Sandbox::start();
        let file = sandbox.dir().join("etc/hosts");
        let text = fs::read_to_string(&file).unwrap();
        // In place: what is mounted is the file, not its name.
        fs::write(&file, format!("{text}127.0.9.9 {}\n", hosts.join(" "))).unwrap();
        let dir = sandbox.dir().join("cloud");
        fs::create_dir(&dir).unwrap();
        fs::create_dir(sandbox.work().join("tmp")).unwrap();
        let authority = Authority::create(&dir, hosts).unwrap();
        let log = dir.join("log");
        let update = sandbox.env().find(|(name, _)| *name == "EXEC_PATH");
        let update = update.map(|(_, path)| path.to_owned()).unwrap();
        let mut command = sandbox.command("python3");
        command
            .arg(source(script))
            .args([&authority.certificate, &authority.key, &log])
            .env("CLOUD_TOKEN", SECRET)
            .env("CLOUD_ZONES", "a.test b.test c.test d.test example.test")
            .env("UPDATE", update)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(dir.join("stderr")).unwrap());
        let mut server = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(
            line,
            "ready\n",
            "{}",
            fs::read_to_string(dir.join("stderr")).unwrap()
        );
        Some(Clouds {
            sandbox,
            server,
            log,
            root: authority.root,
        })
    }

    /// The records that are there, each as `NAME CONTENT TTL`.
    pub(crate) fn records(&self) -> Vec<String> {
        let text = fs::read_to_string(self.log.with_extension("records")).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// The program of a service.
    pub(crate) fn link(&self, code: &str) -> PathBuf {
        Programs::build().unwrap().of_service(code)
    }

    /// The program of a service, through one of the collections.
    pub(crate) fn program(&self, collection: Collection, code: &str) -> Command {
        self.prepared(collection, self.sandbox.command(self.link(code)))
    }

    /// A line of shell in which it may be run.
    pub(crate) fn shell(&self, collection: Collection, line: &str) -> Command {
        let mut command = self.sandbox.command("sh");
        command.args(["-c", line]);
        self.prepared(collection, command)
    }

    fn prepared(&self, collection: Collection, mut command: Command) -> Command {
        let tools = self.sandbox.tools_root();
        command
            .env("DNS01_COLLECTION", collection.name())
            .env("LE_WORKING_DIR", self.acme_sh())
            .env("PYTHONPATH", tools.with_file_name("lexicon"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("CURL_CA_BUNDLE", &self.root)
            .env("REQUESTS_CA_BUNDLE", &self.root)
            .env("TMPDIR", self.sandbox.work().join("tmp"));
        command
    }

    /// Notes the arguments of what a command runs.
    pub(crate) fn watch(&self, command: &mut Command) {
        let dir = self.sandbox.dir().join("watch");
        fs::create_dir_all(&dir).unwrap();
        for name in WATCHED {
            write_script(&dir.join(name), WATCH).unwrap();
        }
        let path = format!("{}:{}", dir.display(), self.path().to_str().unwrap());
        command
            .env("PATH", path)
            .env("WATCHED", self.sandbox.dir().join("watched"));
    }

    /// `PATH` in the sandbox.
    pub(crate) fn path(&self) -> OsString {
        let (_, path) = self
            .sandbox
            .env()
            .find(|(name, _)| *name == "PATH")
            .unwrap();
        path.to_owned()
    }

    /// Where acme.sh is.
    pub(crate) fn acme_sh(&self) -> PathBuf {
        let tools = self.sandbox.tools_root();
        tools.with_file_name("acmesh").join("usr/share/acme.sh")
    }

    /// A directory of acme.sh with a provider that adds a record in this way.
    pub(crate) fn with_provider(&self, name: &str, does: &str) -> PathBuf {
        let home = self.sandbox.dir().join(name);
        fs::create_dir_all(home.join("dnsapi")).unwrap();
        symlink(self.acme_sh().join("acme.sh"), home.join("acme.sh")).unwrap();
        let text = format!("dns_{name}_add() {{\n{does}\n}}\n");
        fs::write(home.join(format!("dnsapi/dns_{name}.sh")), text).unwrap();
        home
    }

    /// What was noted since it was asked the last time.
    pub(crate) fn watched(&self) -> String {
        let path = self.sandbox.dir().join("watched");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let _ = fs::remove_file(&path);
        text
    }

    /// What `ps` would have shown while the cloud was asked, since this was asked the last time.
    pub(crate) fn shown_by_ps(&self) -> String {
        let path = self.log.with_extension("ps");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let _ = fs::remove_file(&path);
        text
    }

    /// What acme.sh lacks of what a route names.
    pub(crate) fn missing_of_acmesh(&self, route: &Route) -> String {
        let dir = self.acme_sh().join("dnsapi");
        let Ok(text) = fs::read_to_string(dir.join(format!("{}.sh", route.provider))) else {
            return "the provider".to_owned();
        };
        let is_word = |byte: char| byte.is_ascii_alphanumeric() || byte == '_';
        let words: BTreeSet<&str> = text.split(|byte| !is_word(byte)).collect();
        let functions = ["add", "rm"].map(|end| format!("{}_{end}", route.provider));
        let names = route.told.iter().map(String::as_str);
        let mut all = functions.iter().map(String::as_str).chain(names);
        all.find(|name| !words.contains(name))
            .unwrap_or_default()
            .to_owned()
    }

    /// Settings of TTLs that a provider of acme.sh has, and the route does not name.
    pub(crate) fn untold_ttls(&self, route: &Route) -> Vec<String> {
        let dir = self.acme_sh().join("dnsapi");
        let text = fs::read_to_string(dir.join(format!("{}.sh", route.provider))).unwrap();
        let (_, rest) = text.split_once("_info='").unwrap();
        let (described, _) = rest.split_once('\'').unwrap();
        let options = described
            .lines()
            .filter_map(|line| line.split_whitespace().next());
        let ttls = options.filter(|name| name.to_uppercase().split('_').any(|part| part == "TTL"));
        let untold = ttls.filter(|name| !route.told.iter().any(|told| told == name));
        untold.map(str::to_owned).collect()
    }

    /// What lexicon lacks of what a route names.
    pub(crate) fn missing_of_lexicon(&self, route: &Route) -> String {
        let script = "import argparse, sys
from lexicon._private import discovery
parser = argparse.ArgumentParser(add_help=False)
discovery.load_provider_module(sys.argv[1]).Provider.configure_parser(parser)
known = [action.dest for action in parser._actions]
print(' '.join(name for name in sys.argv[2:] if name not in known))";
        let mut command = self.sandbox.command("python3");
        command
            .args(["-c", script, &route.provider])
            .args(&route.told);
        let ended = self
            .sandbox
            .output(self.prepared(Collection::Lexicon, command), "");
        ended.assert_status(0);
        ended.stdout.trim().to_owned()
    }
}

/// A way to a service.
pub(crate) struct Route {
    pub(crate) provider: String,
    /// What the provider calls what it is told.
    told: Vec<String>,
}

/// The ways through a collection to all services, as the table has them.
#[track_caller]
pub(crate) fn routes(collection: Collection) -> Vec<Route> {
    let mut command = cargo(&[
        "run",
        "--quiet",
        "--locked",
        "-p",
        "services",
        "--example",
        "routes",
    ]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text
        .lines()
        .map(|line| line.split_whitespace().map(str::to_owned));
    let routes = lines.filter_map(|mut words| {
        (words.next()? == collection.name()).then_some(())?;
        Some(Route {
            provider: words.next()?,
            told: words.collect(),
        })
    });
    routes.collect()
}

impl Drop for Clouds {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
