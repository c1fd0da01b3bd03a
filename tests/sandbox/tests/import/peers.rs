//! Other clients, each with a folder that it has made itself, with the script of the sandbox behind its own interface.

use std::path::PathBuf;

use sandbox::{Sandbox, Tools};

/// A client's folder.
pub(crate) struct Peer {
    pub(crate) client: &'static str,
    pub(crate) folder: PathBuf,
    /// The names that its certificates get here, sorted.
    pub(crate) names: Vec<&'static str>,
}

/// Runs a line of shell in the sandbox's directory, after the clients were fetched.
fn run(sandbox: &Sandbox, line: &str) {
    if let Err(error) = Tools::fetch(&["peers", "acmesh"]) {
        panic!("{error}");
    }
    sandbox.trust_for_all();
    let line = format!("set -e\ncd {}\n{line}", sandbox.dir().display());
    sandbox.sh(&line).success();
}

/// Behind a call of the sandbox's script with these words: the CA is asked at once, so the hook waits for all servers.
macro_rules! and_wait {
    ($call:literal, $fqdn:literal, $value:literal) => {
        concat!(
            $call,
            "\n\"$EXEC_PATH\" $step ",
            $fqdn,
            " ",
            $value,
            " || exit\n",
            "[ $step != present ] || dns-wait-txt -- ",
            $fqdn,
            " ",
            $value,
            " >/dev/null"
        )
    };
}

/// A hook in certbot's words, and which of both it is.
pub(crate) const CERTBOT_HOOK: &str = and_wait!(
    "step=$1",
    "\"_acme-challenge.$CERTBOT_DOMAIN.\"",
    "\"$CERTBOT_VALIDATION\""
);
/// A hook in dehydrated's words.
pub(crate) const DEHYDRATED_HOOK: &str = and_wait!(
    "case $1 in deploy_challenge) step=present ;; clean_challenge) step=cleanup ;; *) exit 0 ;; esac",
    "\"_acme-challenge.$2.\"",
    "\"$4\""
);
/// A hook in uacme's words.
pub(crate) const UACME_HOOK: &str = and_wait!(
    "[ \"$2\" = dns-01 ] || exit 1\ncase $1 in begin) step=present ;; *) step=cleanup ;; esac",
    "\"_acme-challenge.$3.\"",
    "\"$5\""
);

/// lego, with a wildcard and another kind of key.
pub(crate) fn lego(sandbox: &Sandbox) -> Peer {
    run(
        sandbox,
        "export LEGO_PATH=$PWD/.lego EXEC_SEQUENCE_INTERVAL=1 EXEC_POLLING_INTERVAL=1\n\
         lego() { command lego --accept-tos --email a@example.test --server \"$LEGO_SERVER\" --dns exec \"$@\"; }\n\
         lego -d example.test -d www.example.test run\n\
         lego -d '*.wild.example.test' --key-type rsa2048 --pem run",
    );
    Peer {
        client: "lego",
        folder: sandbox.dir().join(".lego"),
        names: vec!["_.wild.example.test", "example.test"],
    }
}

/// A line that makes a function of certbot, which keeps all in this folder and proves names with this hook.
fn certbot_function(sandbox: &Sandbox, folder: &str, contact: &str) -> String {
    let hook = sandbox.script("certbot-hook", CERTBOT_HOOK);
    let hook = hook.display();
    let root = sandbox.tools_root();
    let root = root.display();
    // Its package is unpacked, not installed: Python has to be told where, and is the system's where there is one.
    format!(
        "export PYTHONPATH={root}/usr/lib/python3/dist-packages REQUESTS_CA_BUNDLE=$LEGO_CA_CERTIFICATES\n\
         python=/usr/bin/python3; [ -x $python ] || python={root}/usr/bin/python3\n\
         certbot() {{ $python {root}/usr/bin/certbot certonly --config-dir {folder} --work-dir certbot --logs-dir certbot \
         --non-interactive --server \"$LEGO_SERVER\" --agree-tos --no-eff-email {contact} --manual \
         --preferred-challenges dns --manual-auth-hook '{hook} present' --manual-cleanup-hook '{hook} cleanup' \"$@\"; }}\n"
    )
}

/// certbot, with hooks, another kind of key, and a key that stays.
pub(crate) fn certbot(sandbox: &Sandbox) -> Peer {
    run(
        sandbox,
        &format!(
            "{}certbot -d example.test -d '*.example.test' --deploy-hook 'touch deployed'\n\
             certbot -d rsa.example.test --key-type rsa --reuse-key",
            certbot_function(sandbox, "letsencrypt", "-m b@example.test")
        ),
    );
    Peer {
        client: "certbot",
        folder: sandbox.dir().join("letsencrypt"),
        names: vec!["example.test", "rsa.example.test"],
    }
}

/// Two folders of certbot, each with an account without an address.
pub(crate) fn certbot_without_address(sandbox: &Sandbox) -> [PathBuf; 2] {
    ["one", "two"].map(|folder| {
        let function = certbot_function(sandbox, folder, "--register-unsafely-without-email");
        run(
            sandbox,
            &format!("{function}certbot -d {folder}.example.test"),
        );
        sandbox.dir().join(folder)
    })
}

/// acme.sh, with keys of two kinds for the same name.
pub(crate) fn acme_sh(sandbox: &Sandbox) -> Peer {
    let client = "dns_sandbox_info='Sandbox'\n\
                  dns_sandbox_add() { \"$EXEC_PATH\" present \"$1.\" \"$2\" && dns-wait-txt -- \"$1.\" \"$2\" >/dev/null; }\n\
                  dns_sandbox_rm() { \"$EXEC_PATH\" cleanup \"$1.\" \"$2\"; }";
    let client = sandbox.script("dns_sandbox.sh", client);
    let source = sandbox.tools_root().join("../acmesh/usr/share/acme.sh");
    run(
        sandbox,
        &format!(
            "cp -r {} acme.sh.d\ncp {} acme.sh.d/dnsapi\nexport HOME=$PWD TMPDIR=$PWD\n\
             acme() {{ sh acme.sh.d/acme.sh --home \"$PWD/acme.sh.d\" --config-home \"$PWD/.acme.sh\" \
             --server \"$LEGO_SERVER\" --ca-bundle \"$LEGO_CA_CERTIFICATES\" \"$@\"; }}\n\
             acme --register-account -m c@example.test\n\
             acme --issue --dns dns_sandbox --dnssleep 0 -d example.test -d '*.example.test' --reloadcmd 'touch reloaded; true'\n\
             acme --issue --dns dns_sandbox --dnssleep 0 -d example.test --keylength 2048",
            source.display(),
            client.display()
        ),
    );
    Peer {
        client: "acme.sh",
        folder: sandbox.dir().join(".acme.sh"),
        names: vec!["example.test.rsa2048", "example.test"],
    }
}

/// dehydrated.
pub(crate) fn dehydrated(sandbox: &Sandbox) -> Peer {
    let hook = sandbox.script("dehydrated-hook", DEHYDRATED_HOOK);
    run(
        sandbox,
        &format!(
            "mkdir dehydrated\ncat >dehydrated/config <<END\nCA=$LEGO_SERVER\nBASEDIR=$PWD/dehydrated\n\
             CURL_OPTS='--cacert $LEGO_CA_CERTIFICATES'\nHOOK={}\nCHALLENGETYPE=dns-01\nEND\n\
             echo 'example.test www.example.test' >dehydrated/domains.txt\n\
             dehydrated --config dehydrated/config --register --accept-terms\n\
             dehydrated --config dehydrated/config -c",
            hook.display()
        ),
    );
    Peer {
        client: "dehydrated",
        folder: sandbox.dir().join("dehydrated"),
        names: vec!["example.test"],
    }
}

/// uacme, which notes neither the CA nor the account.
pub(crate) fn uacme(sandbox: &Sandbox) -> Peer {
    let hook = sandbox.script("uacme-hook", UACME_HOOK);
    run(
        sandbox,
        &format!(
            "uacme() {{ command uacme -c \"$PWD/uacme\" -a \"$LEGO_SERVER\" -y \"$@\"; }}\nmkdir uacme\n\
             uacme new d@example.test\nuacme -h {} issue example.test www.example.test",
            hook.display()
        ),
    );
    Peer {
        client: "uacme",
        folder: sandbox.dir().join("uacme"),
        names: vec!["example.test"],
    }
}
