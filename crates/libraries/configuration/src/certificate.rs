//! The tables `[[certificate]]`.

use crate::entries::in_order;
use crate::keys::{CERTIFICATE, unknown};
use crate::mistakes::Mistakes;
use crate::model::Certificate;
use crate::rows::{DEPLOY_HOOK, GROUP, INSTALL, KEY_MODE, OWNER};
use crate::{hook, value};
use certificates::SigningRequest;
use command::{Args, Opt, Usage};
use lifecycle::Target;
use names::Names;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The keys of a certificate.
const KEYS: [&str; 16] = [
    "domains",
    "name",
    SERVER,
    EMAIL,
    KEY_TYPE,
    PROFILE,
    CHALLENGE,
    MUST_STAPLE,
    REUSE_KEY,
    PREFERRED_CHAIN,
    CSR,
    "deploy-hook",
    "install",
    "owner",
    "group",
    KEY_MODE.long,
];
const SERVER: &str = "server";
const EMAIL: &str = "email";
const KEY_TYPE: &str = "key-type";
const PROFILE: &str = "profile";
const CHALLENGE: &str = "challenge";
const MUST_STAPLE: &str = "must-staple";
const REUSE_KEY: &str = "reuse-key";
const PREFERRED_CHAIN: &str = "preferred-chain";
const CSR: &str = "csr";

/// What counts for certificates that say nothing of it themselves: the command line before the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfAll {
    texts: HashMap<&'static str, String>,
    flags: HashMap<&'static str, bool>,
    /// The line of each key that the file says.
    lines: HashMap<&'static str, usize>,
    /// Whether the program knows where files are copied to: it has the option for that.
    knows_copies: bool,
    hooks: Option<Vec<Target>>,
    directories: Option<Vec<PathBuf>>,
}

impl OfAll {
    /// What counts for a program with these options where the command line says nothing.
    pub(crate) fn of(options: &[&'static Opt]) -> OfAll {
        OfAll {
            knows_copies: options.iter().any(|option| option.long == INSTALL.long),
            ..OfAll::default()
        }
    }

    /// What the command line says, of the program's own options.
    ///
    /// # Errors
    /// A value is not UTF-8, or empty.
    pub(crate) fn from_args(args: &Args, options: &[&'static Opt]) -> Result<OfAll, Usage> {
        let mut of_all = OfAll::of(options);
        for option in options.iter().filter(|option| args.is_given(option)) {
            if let Some(key) = text_key(option.long) {
                let text = match key {
                    KEY_TYPE => Some(args.list(option)?.join(",")),
                    _ => args.text(option)?,
                };
                of_all.texts.extend(text.map(|text| (key, text)));
            } else if let Some(key) = flag_key(option.long) {
                of_all.flags.insert(key, args.flag(option)?);
            } else if option.long == DEPLOY_HOOK.long {
                let hooks = args.each(option)?;
                let targets = hooks.iter().map(|hook| hook::check(hook));
                of_all.hooks = Some(targets.collect::<Result<_, _>>().map_err(Usage::new)?);
            } else if option.long == INSTALL.long {
                let directories = args.each(option)?.into_iter().map(PathBuf::from);
                of_all.directories = Some(directories.collect());
            }
        }
        Ok(of_all)
    }

    /// Takes what a key of the file says for all, unless the command line has said it.
    pub(crate) fn see(&mut self, key: &str, value: &Spanned<DeValue<'_>>, mistakes: &mut Mistakes) {
        let line = mistakes.line(&value.span());
        if let Some(key) = text_key(key) {
            let text = text(key, value, mistakes);
            if !self.texts.contains_key(key) {
                self.lines.insert(key, line);
                self.texts.extend(text.map(|text| (key, text)));
            }
        } else if let Some(key) = flag_key(key) {
            if !self.flags.contains_key(key) {
                self.lines.insert(key, line);
                self.flags
                    .extend(flag(key, value, mistakes).map(|flag| (key, flag)));
            }
        } else if key == DEPLOY_HOOK.long && self.hooks.is_none() {
            self.lines.insert(DEPLOY_HOOK.long, line);
            self.hooks = Some(hooks(value, mistakes));
        } else if key == INSTALL.long && self.directories.is_none() {
            self.lines.insert(INSTALL.long, line);
            self.directories = Some(directories(value, mistakes));
        }
    }

    fn text(&self, key: &str) -> Option<String> {
        self.texts.get(key).cloned()
    }
}

/// The key, if its value is a text that both a certificate and all of them can have.
fn text_key(key: &str) -> Option<&'static str> {
    let keys = [
        SERVER,
        EMAIL,
        KEY_TYPE,
        PROFILE,
        CHALLENGE,
        PREFERRED_CHAIN,
        OWNER.long,
        GROUP.long,
        KEY_MODE.long,
    ];
    keys.into_iter().find(|known| *known == key)
}

/// The key, if it is true or false, both for a certificate and for all of them.
fn flag_key(key: &str) -> Option<&'static str> {
    [MUST_STAPLE, REUSE_KEY]
        .into_iter()
        .find(|known| *known == key)
}

/// All certificates.
pub(crate) fn all(
    value: &Spanned<DeValue<'_>>,
    of_all: &OfAll,
    mistakes: &mut Mistakes,
) -> Vec<Certificate> {
    let DeValue::Array(tables) = value.get_ref() else {
        mistakes.add(
            &value.span(),
            "`certificate` is a list of tables: [[certificate]]",
        );
        return Vec::new();
    };
    let mut certificates = Vec::new();
    let mut lines: HashMap<String, usize> = HashMap::new();
    for table in tables.iter() {
        let DeValue::Table(entries) = table.get_ref() else {
            mistakes.add(&table.span(), "a certificate is a table: [[certificate]]");
            continue;
        };
        let line = mistakes.line(&table.span());
        let Some(certificate) = one(entries, line, of_all, mistakes) else {
            continue;
        };
        for certificate in of_each_kind(certificate) {
            if let Some(first) = lines.insert(certificate.name.clone(), line) {
                mistakes.add_on_line(
                    line,
                    format!(
                        "the certificate of line {first} has the name `{}` too; give one of them a `name` of its own",
                        certificate.name
                    ),
                );
            }
            certificates.push(certificate);
        }
    }
    certificates
}

/// The certificate once for each kind of key, the first under its own name, as acme-order does it.
fn of_each_kind(certificate: Certificate) -> Vec<Certificate> {
    let kinds = certificate.key_type.clone().unwrap_or_default();
    let mut kinds = kinds.split(',').filter(|kind| !kind.is_empty());
    let first = Certificate {
        key_type: kinds.next().map(str::to_owned),
        ..certificate
    };
    let others: Vec<Certificate> = kinds
        .map(|kind| Certificate {
            name: format!("{}.{}", first.name, kind.to_ascii_lowercase()),
            key_type: Some(kind.to_owned()),
            ..first.clone()
        })
        .collect();
    [first].into_iter().chain(others).collect()
}

/// One certificate; none where it has no usable names, which has been said.
fn one(
    entries: &DeTable<'_>,
    line: usize,
    of_all: &OfAll,
    mistakes: &mut Mistakes,
) -> Option<Certificate> {
    for (key, _) in in_order(entries) {
        if !KEYS.contains(&key.get_ref().as_ref()) {
            mistakes.add(&key.span(), unknown(key.get_ref(), KEYS));
        }
    }
    let mut own = |key: &str| match entries.get(key) {
        Some(value) => text(key, value, mistakes),
        None => of_all.text(key),
    };
    let (server, email, profile) = (own(SERVER), own(EMAIL), own(PROFILE));
    let challenge = own(CHALLENGE);
    let preferred_chain = own(PREFERRED_CHAIN);
    let (key_type, owner, group) = (own(KEY_TYPE), own(OWNER.long), own(GROUP.long));
    let mode = own(KEY_MODE.long).and_then(|text| lifecycle::parse_mode(&text));
    let mut own_flag = |key: &str| match entries.get(key) {
        Some(value) => flag(key, value, mistakes),
        None => of_all.flags.get(key).copied(),
    };
    let (must_staple, reuse_key) = (own_flag(MUST_STAPLE), own_flag(REUSE_KEY));
    let csr = entries.get(CSR).and_then(|value| csr(value, mistakes));
    let name = entries.get("name").and_then(|value| name(value, mistakes));
    let directories = directories_of(entries, of_all, mistakes);
    // One that is wrong has been said.
    if of_all.knows_copies && directories.is_empty() && !entries.contains_key(INSTALL.long) {
        say_without_install(entries, mistakes);
    }
    let directories = directories
        .into_iter()
        .map(|path| Target::Directory {
            path,
            owner: owner.clone(),
            group: group.clone(),
            mode,
        })
        .collect();
    let targets = [hooks_of(entries, of_all, mistakes), directories].concat();
    let names = match &csr {
        Some(csr) => names_of_csr(csr, entries, line, mistakes)?,
        None => names(entries, line, mistakes)?,
    };
    let own = KEYS.into_iter().filter_map(|key| {
        let (found, _) = entries.get_key_value(key)?;
        Some((key, mistakes.line(&found.span())))
    });
    let lines = of_all.lines.clone().into_iter().chain(own).collect();
    Some(Certificate {
        line,
        lines,
        name: name.unwrap_or(names.certificate),
        names: names.ordered,
        server,
        email,
        // With a certificate request it is that of its key.
        key_type: key_type.filter(|_| csr.is_none()),
        profile,
        challenge,
        must_staple,
        reuse_key,
        preferred_chain,
        csr,
        targets,
    })
}

fn names(entries: &DeTable<'_>, line: usize, mistakes: &mut Mistakes) -> Option<Names> {
    let Some(value) = entries.get("domains") else {
        // A request that cannot be used has been said.
        if !entries.contains_key(CSR) {
            mistakes.add_on_line(line, "a certificate without `domains`");
        }
        return None;
    };
    let parsed = value::list("domains", value.get_ref())
        .and_then(|names| Names::parse(names.iter().map(String::as_str)));
    parsed.map_err(|why| mistakes.add(&value.span(), why)).ok()
}

/// The path of a certificate request, counted from the directory of the file.
fn csr(value: &Spanned<DeValue<'_>>, mistakes: &mut Mistakes) -> Option<String> {
    let path = text(CSR, value, mistakes)?;
    let path = std::path::absolute(mistakes.directory().join(path)).ok()?;
    Some(path.to_string_lossy().into_owned())
}

/// The names that a certificate request asks for.
fn names_of_csr(
    path: &str,
    entries: &DeTable<'_>,
    line: usize,
    mistakes: &mut Mistakes,
) -> Option<Names> {
    if let Some((key, _)) = entries.get_key_value("domains") {
        let what = "`domains` and `csr`: the names are those of the certificate request";
        mistakes.add(&key.span(), what);
        return None;
    }
    let request = SigningRequest::read(Path::new(path));
    let names = request
        .map_err(|error| error.to_string())
        .and_then(|request| {
            let mut names = Names::parse(request.names().iter().map(String::as_str))?;
            names.ordered = request.names().to_vec();
            Ok(names)
        });
    names
        .map_err(|why| mistakes.add_on_line(line, format!("`csr`: {why}")))
        .ok()
}

/// The name that a certificate is kept under.
fn name(value: &Spanned<DeValue<'_>>, mistakes: &mut Mistakes) -> Option<String> {
    let name = text("name", value, mistakes)?;
    let Some(why) = not_a_name(&name) else {
        return Some(name);
    };
    mistakes.add(&value.span(), format!("`name` {why}"));
    None
}

/// Why no certificate can be kept under a name, in words that follow it.
pub fn not_a_name(name: &str) -> Option<&'static str> {
    // Programs read names in lists, and a `*` on a command line is one of the certificate's names.
    let is_odd = |c: char| c == '*' || c == ',' || c.is_whitespace() || c.is_control();
    if name.contains(is_odd) {
        return Some("has a `*`, a comma, a blank or a control character in it");
    }
    let why = "is no name of a directory: it has a slash, begins with a dot, or is too long";
    (!files::is_file_name(name)).then_some(why)
}

/// True or false.
fn flag(key: &str, value: &Spanned<DeValue<'_>>, mistakes: &mut Mistakes) -> Option<bool> {
    if let DeValue::Boolean(flag) = value.get_ref() {
        return Some(*flag);
    }
    mistakes.add(&value.span(), format!("`{key}` is true or false"));
    None
}

/// The names of kinds of keys, each once, with commas between them.
fn key_types(value: &Spanned<DeValue<'_>>) -> Result<String, String> {
    let mut kinds: Vec<&str> = Vec::new();
    for name in value::list(KEY_TYPE, value.get_ref())? {
        let kind = keys::KeyType::parse(&name).map(keys::KeyType::name);
        let kind =
            kind.ok_or_else(|| format!("`{KEY_TYPE}` is one of {}", keys::NAMES.join(", ")))?;
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    match kinds.is_empty() {
        true => Err(format!("`{KEY_TYPE}` is empty")),
        false => Ok(kinds.join(",")),
    }
}

/// A text, checked as far as its key tells.
fn text(key: &str, value: &Spanned<DeValue<'_>>, mistakes: &mut Mistakes) -> Option<String> {
    if key == KEY_MODE.long {
        let mode = value::mode(key, value.get_ref());
        return mode.map_err(|why| mistakes.add(&value.span(), why)).ok();
    }
    if key == CHALLENGE {
        let types = value::list(key, value.get_ref()).map(|types| types.join(","));
        return types.map_err(|why| mistakes.add(&value.span(), why)).ok();
    }
    if key == KEY_TYPE {
        let kinds = key_types(value);
        return kinds.map_err(|why| mistakes.add(&value.span(), why)).ok();
    }
    let checked = value::text(key, value.get_ref()).and_then(|text| match key {
        EMAIL => match names::not_an_address(&text) {
            Some(why) => Err(format!("`{key}` {why}")),
            None => Ok(text),
        },
        _ => Ok(text),
    });
    checked.map_err(|why| mistakes.add(&value.span(), why)).ok()
}

/// Its own programs, or those of all.
fn hooks_of(entries: &DeTable<'_>, of_all: &OfAll, mistakes: &mut Mistakes) -> Vec<Target> {
    match entries.get(DEPLOY_HOOK.long) {
        Some(value) => hooks(value, mistakes),
        None => of_all.hooks.clone().unwrap_or_default(),
    }
}

/// Its own directories, or those of all.
fn directories_of(entries: &DeTable<'_>, of_all: &OfAll, mistakes: &mut Mistakes) -> Vec<PathBuf> {
    match entries.get(INSTALL.long) {
        Some(value) => directories(value, mistakes),
        None => of_all.directories.clone().unwrap_or_default(),
    }
}

/// Says which keys for all certificates are about copies, where none has any.
pub(crate) fn check_copies(table: &DeTable<'_>, of_all: &OfAll, mistakes: &mut Mistakes) {
    let says_where = |entries: &DeTable<'_>| entries.contains_key(INSTALL.long);
    let certificates = match table.get(CERTIFICATE).map(Spanned::get_ref) {
        Some(DeValue::Array(certificates)) => &certificates[..],
        _ => &[],
    };
    let mut certificates = certificates.iter().map(Spanned::get_ref);
    let is_said = says_where(table)
        || certificates.any(|one| one.as_table().is_some_and(says_where))
        || of_all.directories.is_some();
    if of_all.knows_copies && !is_said {
        say_without_install(table, mistakes);
    }
}

/// Says which keys are about copies, in a table of which there are none.
fn say_without_install(entries: &DeTable<'_>, mistakes: &mut Mistakes) {
    for (key, _) in in_order(entries) {
        if [OWNER.long, GROUP.long, KEY_MODE.long].contains(&key.get_ref().as_ref()) {
            let what = format!("`{}` is of use with `install` only", key.get_ref());
            mistakes.add(&key.span(), what);
        }
    }
}

fn hooks(value: &Spanned<DeValue<'_>>, mistakes: &mut Mistakes) -> Vec<Target> {
    let commands = value::texts(DEPLOY_HOOK.long, value.get_ref());
    let targets = commands.and_then(|commands| {
        // Whether the program is there is found out when it is run: no other certificate waits for it.
        let directory = mistakes.directory();
        let targets = commands
            .iter()
            .map(|command| Target::from_text_in(command, directory));
        targets
            .collect::<Result<Vec<_>, _>>()
            .map_err(|why| format!("`{}`: {why}", DEPLOY_HOOK.long))
    });
    targets.unwrap_or_else(|why| {
        mistakes.add(&value.span(), why);
        Vec::new()
    })
}

fn directories(value: &Spanned<DeValue<'_>>, mistakes: &mut Mistakes) -> Vec<PathBuf> {
    let paths = value::texts(INSTALL.long, value.get_ref()).and_then(|paths| {
        match paths.iter().find(|path| !Path::new(path).is_absolute()) {
            Some(_) => Err(format!("`{}` is an absolute path", INSTALL.long)),
            None => Ok(paths.into_iter().map(PathBuf::from).collect()),
        }
    });
    paths.unwrap_or_else(|why| {
        mistakes.add(&value.span(), why);
        Vec::new()
    })
}

#[cfg(test)]
mod tests;
