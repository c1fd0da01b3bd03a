//! A CA that keeps accounts as RFC 8555 has them, and checks who signs.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use workshop::{Asked, Ended, FalseCa, Reply, Workshop, run};

/// An account at the CA.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) jwk: Value,
    pub(crate) contact: Value,
    pub(crate) status: &'static str,
}

/// What the CA keeps.
#[derive(Default)]
pub(crate) struct Accounts(Mutex<Vec<Account>>);

impl Accounts {
    pub(crate) fn all(&self) -> MutexGuard<'_, Vec<Account>> {
        self.0.lock().unwrap()
    }

    /// What the CA says to a request about accounts; nothing to others.
    pub(crate) fn reply(&self, asked: &Asked) -> Option<Reply> {
        match asked.path.as_str() {
            "/directory" => Some(Reply::new(200, &directory())),
            "/account" if asked.method == "POST" => Some(self.new_account(asked)),
            "/key-change" => Some(self.key_change(asked)),
            path => {
                let number: usize = path.strip_prefix("/account/")?.parse().ok()?;
                Some(self.of_account(asked, number))
            }
        }
    }

    fn new_account(&self, asked: &Asked) -> Reply {
        let jwk = &asked.protected["jwk"];
        if !asked.is_signed_by(jwk) {
            return wrong_signature();
        }
        let mut all = self.all();
        let known = all.iter().position(|account| account.jwk == *jwk);
        let number = match known {
            Some(number) if all[number].status != "valid" => return deactivated(),
            Some(number) => number,
            None if asked.payload["onlyReturnExisting"] == true => return unknown(),
            None => {
                all.push(Account {
                    jwk: jwk.clone(),
                    contact: asked.payload["contact"].clone(),
                    status: "valid",
                });
                all.len() - 1
            }
        };
        let status = if known.is_some() { 200 } else { 201 };
        Reply::new(status, &object(&all[number]))
            .header("Location", format!("https://HERE/account/{number}"))
    }

    fn of_account(&self, asked: &Asked, number: usize) -> Reply {
        let mut all = self.all();
        let Some(account) = all.get_mut(number) else {
            return unknown();
        };
        if let Some(refusal) = refusal(account, asked) {
            return refusal;
        }
        if asked.payload["contact"].is_array() {
            account.contact = asked.payload["contact"].clone();
        }
        if asked.payload["status"] == "deactivated" {
            account.status = "deactivated";
        }
        Reply::new(200, &object(account))
    }

    fn key_change(&self, asked: &Asked) -> Reply {
        let inner = &asked.payload;
        let decoded = |member: &str| {
            let text = inner[member].as_str().unwrap_or_default();
            let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
            serde_json::from_slice::<Value>(&bytes).unwrap_or_default()
        };
        let (header, change) = (decoded("protected"), decoded("payload"));
        let kid = asked.protected["kid"].as_str().unwrap_or_default();
        let number: Option<usize> = kid.rsplit('/').next().and_then(|n| n.parse().ok());
        let mut all = self.all();
        let Some(account) = number.and_then(|number| all.get_mut(number)) else {
            return unknown();
        };
        if let Some(refusal) = refusal(account, asked) {
            return refusal;
        }
        assert_eq!(change["account"], kid);
        assert_eq!(change["oldKey"], account.jwk);
        assert_eq!(header["url"], asked.protected["url"]);
        account.jwk = header["jwk"].clone();
        Reply::new(200, &object(account))
    }
}

fn refusal(account: &Account, asked: &Asked) -> Option<Reply> {
    if !asked.is_signed_by(&account.jwk) {
        return Some(wrong_signature());
    }
    (account.status != "valid").then(deactivated)
}

fn object(account: &Account) -> Value {
    json!({"status": account.status, "contact": account.contact, "orders": "https://HERE/orders",
           "termsOfServiceAgreed": true})
}

fn directory() -> Value {
    json!({"newNonce": "https://HERE/nonce", "newAccount": "https://HERE/account",
           "newOrder": "https://HERE/new-order", "keyChange": "https://HERE/key-change",
           "meta": {"termsOfService": "https://HERE/terms", "caaIdentities": ["ca.test", "ca2.test"]}})
}

pub(crate) fn unknown() -> Reply {
    Reply::problem(400, "accountDoesNotExist", "no such account")
}

/// As Boulder says it.
pub(crate) fn deactivated() -> Reply {
    let detail = "Account is not valid, has status \"deactivated\"";
    Reply::problem(403, "unauthorized", detail)
}

/// As Boulder says it.
fn wrong_signature() -> Reply {
    Reply::problem(400, "malformed", "JWS verification error")
}

/// A workshop with such a CA.
pub(crate) struct Shop {
    pub(crate) workshop: Workshop,
    pub(crate) ca: FalseCa,
    pub(crate) accounts: Arc<Accounts>,
}

impl Shop {
    pub(crate) fn open() -> Shop {
        Shop::with(|_, _| None)
    }

    /// A CA that does wrong what `wrong` has a reply for.
    pub(crate) fn with(
        wrong: impl Fn(&Asked, &Accounts) -> Option<Reply> + Send + Sync + 'static,
    ) -> Shop {
        let workshop = Workshop::open();
        let accounts = Arc::<Accounts>::default();
        let kept = accounts.clone();
        let ca = FalseCa::start(&workshop, move |asked| {
            wrong(asked, &kept).or_else(|| kept.reply(asked))
        });
        Shop {
            workshop,
            ca,
            accounts,
        }
    }

    /// A program that takes the CA for its own.
    pub(crate) fn command(&self, program: &str, line: &str) -> Command {
        let mut command = self.workshop.command(program);
        self.ca.trusted_by(&mut command);
        command.args(line.split_whitespace());
        command
    }

    /// `acme-account` with these words.
    #[track_caller]
    pub(crate) fn account(&self, line: &str) -> Ended {
        run(self.command("acme-account", line), "")
    }

    /// The URL of the account of this number.
    pub(crate) fn url(&self, number: usize) -> String {
        format!("{}/account/{number}", self.ca.url())
    }

    /// The directory of an account's files.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        let accounts = self.workshop.dir().join("data/accounts");
        let servers = fs::read_dir(accounts).unwrap();
        let server = servers
            .map(|entry| entry.unwrap().path())
            .find(|path| !path.ends_with(".archive"));
        server.unwrap().join(name)
    }
}
