//! `--dns`, the program behind it, and `dns01-acmesh`, with an acme.sh that is none.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use workshop::{Ended, Programs, Workshop, run};

mod collections;
mod masks;
mod refusals;
mod requests;
mod service;
mod ways;

const NAME: &str = "_acme-challenge.www.example.test.";

/// A false acme.sh with one provider, which does this. Its variable is shown, as many a provider shows what it was given.
fn acme_sh(workshop: &Workshop, does: &str) {
    let home = workshop.dir().join("acme.sh");
    fs::create_dir_all(home.join("dnsapi")).unwrap();
    fs::write(
        home.join("acme.sh"),
        "VER=0\nmain() { \"$@\"; }\nmain \"$@\"\n",
    )
    .unwrap();
    let text = format!(
        "dns_cf_add() {{ echo \"add $1 $2 $CF_Token $CF_Email $CF_Key\"; {does}; }}\ndns_cf_rm() {{ echo \"rm $1 $2\"; {does}; }}\n"
    );
    fs::write(home.join("dnsapi/dns_cf.sh"), text).unwrap();
}

/// A command that finds that acme.sh, and nothing else of what a person may have installed.
fn prepared(workshop: &Workshop, mut command: Command) -> Command {
    command
        .env("LE_WORKING_DIR", workshop.dir().join("acme.sh"))
        .env("DNS01_COLLECTION", "acme.sh")
        .env_remove("EXEC_PATH");
    command
}

/// The program of a service.
fn service(workshop: &Workshop, code: &str) -> Command {
    let program = Programs::build().unwrap().of_service(code);
    prepared(workshop, workshop.command(program))
}

fn call(mut command: Command, words: &[&str]) -> Ended {
    command.args(words);
    run(command, "")
}

/// A directory with a `curl` that is answered with what stands in `CURL_STATUS` and `CURL_BODY`, or cannot connect where there is
/// no status; it exits with `CURL_ENDS`.
fn false_curl(workshop: &Workshop) -> String {
    let bin = workshop.dir().join("bin");
    fs::create_dir_all(&bin).unwrap();
    let curl = "[ \"$1\" = --config ] || exit 0
header=$(sed -n 's/^dump-header = \"\\(.*\\)\"$/\\1/p')
[ \"$CURL_STATUS\" ] || { echo 'curl: (7) Failed to connect' >&2; exit 7; }
echo \"HTTP/1.1 $CURL_STATUS Words\" >\"$header\"
printf %s \"$CURL_BODY\" >\"$4\"
exit \"${CURL_ENDS:-0}\"";
    workshop::write_script(&bin.join("curl"), curl).unwrap();
    let own = Programs::build().unwrap().dir;
    let path = std::env::var("PATH").unwrap();
    format!("{}:{}:{path}", bin.display(), own.display())
}

/// `dns01-lexicon` for a zone at Cloudflare, with the lexicon in this directory.
fn by_lexicon(workshop: &Workshop, home: impl AsRef<Path>) -> Command {
    let mut command = workshop.command("dns01-lexicon");
    command
        .env("PYTHONPATH", home.as_ref())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("DNS01_LEXICON", "cloudflare")
        .env("DNS01_ZONE", "example.test.");
    command
}

/// A false lexicon whose provider fails in this way.
fn lexicon(workshop: &Workshop, fails: &str) -> PathBuf {
    let home = workshop.dir().join("lexicon-home");
    fs::create_dir_all(home.join("lexicon/_private")).unwrap();
    let provider = format!(
        "class Response:
    status_code, text = 403, \"no\\n {{\\\"token\\\": \\\"topsecret\\\"}}\" + \"x\" * 999
class Refused(Exception):
    response = Response()
class Other(Exception):
    response = {{\"Error\": 7}}
class Provider:
    def __init__(self, config): self.domain = \"example.test\"
    def authenticate(self): pass
    def cleanup(self): pass
    def create_record(self, rtype, name, content):
        {fails}
    def delete_record(self, rtype, name, content):
        {fails}
"
    );
    for (file, text) in [
        ("__init__.py", ""),
        (
            "config.py",
            "class ConfigResolver:\n    def with_dict(self, _): return self\n    def with_env(self): return self\n",
        ),
        ("_private/__init__.py", ""),
        (
            "_private/discovery.py",
            "def find_providers(): return dict.fromkeys(['cloudflare', 'dnspod', 'route53'], True)\n\
             def load_provider_module(_):\n    from lexicon import provider\n    return provider\n",
        ),
        ("provider.py", &*provider),
    ] {
        fs::write(home.join("lexicon").join(file), text).unwrap();
    }
    home
}
