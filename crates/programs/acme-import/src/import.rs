//! Takes what is in a folder: its accounts, then its certificates, each on its own.

use crate::accounts::{self, Kept, Planned};
use crate::configuration;
use crate::contents::{Contents, refused, word};
use crate::document::{self, Status};
use crate::options::Options;
use crate::places::{Here, Verdict};
use crate::servers::directory;
use crate::taken::Taken;
use ::configuration::not_a_name;
use acme_cli::certificate_problem;
use certificates::{Archived, Certificate as Leaf, Entry, OrderRecord, Store};
use command::text::{clean, shorten};
use command::{message, warn_of_open_secret};
use other_clients::{Certificate, Folder, Validation};
use pipeline::{Document, Problem, Run};
use std::collections::BTreeMap;
use std::time::SystemTime;

/// The longest remark, in characters: what another client has noted stands in some.
const LONGEST_REMARK: usize = 500;

/// A run over folders.
pub(crate) struct Import<'a> {
    options: &'a Options,
    run: &'a Run,
    store: Store,
    /// What was moved aside here.
    archived: Vec<Archived>,
    /// Where only looked is: the keys of accounts that would be here.
    accounts: Planned,
    /// Where only looked is: the certificates that would be here.
    would_be: BTreeMap<String, Leaf>,
    /// What is here now, or would be, each name once.
    pub(crate) taken: Vec<Taken>,
}

impl<'a> Import<'a> {
    pub(crate) fn new(options: &'a Options, run: &'a Run) -> Import<'a> {
        let store = Store::new(&options.path);
        // What cannot be read there is said by acme-list.
        let (archived, _) = store.archives().unwrap_or_default();
        Import {
            options,
            run,
            store,
            archived,
            accounts: Planned::default(),
            would_be: BTreeMap::new(),
            taken: Vec::new(),
        }
    }

    /// Takes a folder.
    pub(crate) fn folder(&mut self, folder: &Folder) {
        for remark in &folder.remarks {
            message::warning(remark);
        }
        let kept = self.accounts(folder);
        for certificate in &folder.certificates {
            if self.run.stop().reason().is_some() {
                return;
            }
            let mut document = document::of(folder, certificate);
            let account = certificate.account.map(|index| &kept[index]);
            if let Err(problem) = self.certificate(folder, certificate, account, &mut document) {
                self.say(&document, &problem);
                document.fail(&problem);
            }
            // Where the reader has gone, the run is told to stop.
            let _ = self.run.emit(&document);
        }
    }

    /// Keeps the accounts. What is wrong with one that ordered certificates is said with these.
    fn accounts(&mut self, folder: &Folder) -> Vec<Result<Kept, Problem>> {
        let mut all = Vec::new();
        for (index, account) in folder.accounts.iter().enumerate() {
            let mut users = folder.certificates.iter();
            let is_used = users.any(|certificate| certificate.account == Some(index));
            let kept = accounts::keep(folder, account, self.options, &mut self.accounts);
            if let (Err(problem), false) = (&kept, is_used) {
                message::error(&problem.to_string());
                self.run.fail();
            }
            all.push(kept);
        }
        all
    }

    /// Says what is wrong where a person does not read it anyway.
    fn say(&self, document: &Document, problem: &Problem) {
        if !self.options.is_text {
            message::error(&format!("{}: {problem}", clean(&document.label())));
        }
    }

    fn certificate(
        &mut self,
        folder: &Folder,
        from: &Certificate,
        account: Option<&Result<Kept, Problem>>,
        document: &mut Document,
    ) -> Result<(), Problem> {
        let contents = Contents::read(folder, from)?;
        document::set_names(document, &contents.names);
        let kept = match account {
            Some(kept) => kept.clone()?,
            None => self.without_account(from)?,
        };
        let record = record(from, &contents, &kept);
        let name = name(from, &record);
        document::set_record(document, &name, &record);
        if let Some(why) = not_a_name(&name) {
            return Err(refused(format!(
                "it cannot be kept here as `{}`, which {why}",
                clean(&name)
            ))
            .hint("Order it anew under another name: acme-issue(1), or acmepipe.toml(5)."));
        }
        let taken = Taken {
            remarks: remarks(folder, from),
            validation: from.validation.clone(),
            hooks: from.hooks.clone(),
            from: document::from(folder),
            name,
            record,
        };
        let Taken { name, record, .. } = &taken;
        let mut here = Here::of(&self.store, &self.archived, name).map_err(certificate_problem)?;
        here.add(self.would_be.get(name));
        let status = match here.judge(contents.chain.leaf()) {
            Verdict::Other => return Err(occupied(name, &here)),
            Verdict::Same => Status::Same,
            Verdict::Older => Status::Older,
            Verdict::Take => {
                contents.check_time(SystemTime::now())?;
                configuration::check(&taken).map_err(refused)?;
                match self.options.writes {
                    true => Status::Taken,
                    false => Status::Found,
                }
            }
        };
        if status == Status::Taken {
            let key = folder.root.place(&from.key);
            key.iter()
                .for_each(|key| warn_of_open_secret(key, "a private key"));
            self.install(name, &contents, record)?;
        }
        let is_new = matches!(status, Status::Taken | Status::Found);
        // They were said when it was taken.
        if !self.options.is_text && is_new {
            for remark in &taken.remarks {
                message::warning(&format!("{name}: {remark}"));
            }
        }
        document::set_status(document, status, &taken.remarks);
        if self.options.writes || !is_new && here.is_kept {
            document::set_certificate(document, &self.store, name)?;
        }
        if status == Status::Found {
            let leaf = contents.chain.leaf().clone();
            self.would_be.insert(name.clone(), leaf);
        }
        // One that was moved aside here, as one is that was revoked, is not to be renewed.
        if is_new || here.in_use.is_some() {
            self.remember(taken, is_new);
        }
        Ok(())
    }

    /// Remembers what is here now: of two that have the same name the one that is in use.
    fn remember(&mut self, taken: Taken, is_new: bool) {
        let mut all = self.taken.iter_mut();
        match all.find(|one| one.name == taken.name) {
            Some(one) if is_new => *one = taken,
            Some(_) => {}
            None => self.taken.push(taken),
        }
    }

    /// For a certificate whose account is not there: the next order finds one by the CA, or registers it.
    fn without_account(&self, from: &Certificate) -> Result<Kept, Problem> {
        let server = self.options.server.as_deref();
        let server = directory(from.directory.as_deref(), from.url.as_deref(), server);
        let server = server.map_err(refused)?;
        Err(
            refused(format!("its account at {server} is not in the folder"))
                .hint("Order it anew: acme-issue(1), or acmepipe.toml(5)."),
        )
    }

    fn install(
        &self,
        name: &str,
        contents: &Contents,
        record: &OrderRecord,
    ) -> Result<(), Problem> {
        // No order of ours has led to it: what stands for the URL of one is its own.
        let entry: Entry = self
            .store
            .entry(name, &format!("import:{name}"))
            .map_err(not_installed)?;
        // What is written beside one that it takes the place of goes on.
        let mut record = record.clone();
        record.outputs = entry.outputs();
        let notes = entry
            .install(
                &contents.holder,
                &contents.chain,
                &record,
                SystemTime::now(),
            )
            .map_err(not_installed)?;
        for note in notes {
            message::warning(&format!("{name}: {note}"));
        }
        Ok(())
    }
}

/// What is wrong where a certificate cannot be kept. Nothing was ordered, so no order is to be gone on with.
fn not_installed(error: certificates::Error) -> Problem {
    let is_full = error.is_for_want_of_room();
    let is_unfinished = matches!(error, certificates::Error::Install { .. });
    let problem = certificate_problem(error);
    match (is_full, is_unfinished) {
        (true, _) => problem.hint("Make room on that disk, and run acme-import again."),
        (false, true) => problem.hint("Once that is mended, run acme-import again."),
        _ => problem,
    }
}

/// How it is ordered from now on.
fn record(from: &Certificate, contents: &Contents, kept: &Kept) -> OrderRecord {
    let key_type = contents.key_type.clone();
    let names = contents.names.clone();
    let url = from.url.as_deref().unwrap_or_default();
    let account = kept.record.clone();
    let mut record = OrderRecord::new(&kept.directory, account, names, &key_type, url);
    record.profile = from.profile.as_deref().and_then(word).map(str::to_owned);
    let options = &mut record.options;
    options.server = Some(kept.directory.clone());
    options.email.clone_from(&kept.email);
    options.key_type = Some(key_type);
    options.profile.clone_from(&record.profile);
    let chain = from.preferred_chain.as_deref().and_then(word);
    options.preferred_chain = chain.map(str::to_owned);
    options.must_staple = from.must_staple.then_some(true);
    options.reuse_key = from.reuse_key.then_some(true);
    record
}

/// What it is kept under: what the other client calls it, as these programs write that, with the kind of its key behind it
/// where that client has two of the name.
fn name(from: &Certificate, record: &OrderRecord) -> String {
    let name = from.name.replace('*', "_");
    match from.is_second_kind {
        true => format!("{name}.{}", record.key_type.to_ascii_lowercase()),
        false => name,
    }
}

fn occupied(name: &str, here: &Here) -> Problem {
    let names = here.in_use.as_ref().map(|leaf| leaf.names().join(", "));
    refused(format!(
        "another certificate is kept as {name}, for {}",
        names.unwrap_or_default()
    ))
    .hint("Take it over with a --path of its own, or order it anew under another name.")
}

/// What cannot be taken over of how it is renewed, and what to do.
fn remarks(folder: &Folder, from: &Certificate) -> Vec<String> {
    let client = folder.client.name();
    let mut remarks = from.remarks.clone();
    for (what, text) in [
        ("profile", &from.profile),
        ("preferred chain", &from.preferred_chain),
    ] {
        if text.as_deref().is_some_and(|text| word(text).is_none()) {
            remarks.push(format!(
                "its {what} is left out: it is not one line of text"
            ));
        }
    }
    let validation = match &from.validation {
        Validation::Service(..) => None,
        Validation::Unknown => Some(format!(
            "{client} does not note how its names are proven: say `dns` or `exec` in the configuration"
        )),
        Validation::Provider(name) => Some(format!(
            "there is no DNS service for `{name}` here: dns01-service(1) lists those that there are, and `exec` names a program \
             of your own"
        )),
        Validation::Exec => Some(
            "the program of EXEC_PATH proves its names, and works here too: name it with `exec` in the configuration"
                .to_owned(),
        ),
        Validation::Script(script) => Some(format!(
            "`{script}` proves its names by {client}'s protocol, and `exec` names a program for that of dns01-exec(1): \
             acmepipe-migrating(7) has one around the other"
        )),
        Validation::Manual => Some(
            "a person set its records: `dns` or `exec` in the configuration says what does from now on".to_owned(),
        ),
        Validation::Other(how) => Some(format!(
            "its names were proven by {how}, and are by dns-01 from now on: say `dns` or `exec` in the configuration"
        )),
    };
    let remarks = remarks.into_iter().chain(validation);
    remarks.map(|text| shorten(&text, LONGEST_REMARK)).collect()
}
