//! Lists the versions of certificates, and what was moved aside.

use crate::failure::Failure;
use crate::options::{Format, Options};
use crate::{json, output, words};
use certificates::{Archived, Chain, Health, Store, Version, rfc3339};
use command::columns::{NOTHING, Table, width};
use command::message;
use lifecycle::{Revocation, RevocationState, revocation_fault};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::SystemTime;

/// A version, and where it is.
struct Kept {
    name: String,
    version: Version,
    /// When and why it was moved aside, if it was.
    moved: Option<(Option<String>, Option<String>)>,
    /// That it was revoked, where that is known here.
    revocation: Option<Revocation>,
}

/// Writes all versions that are asked for. Returns whether all could be read and none is damaged.
///
/// # Errors
/// The store cannot be read, or nothing written.
pub(crate) fn list(store: &Store, options: &Options) -> Result<bool, Failure> {
    let (kept, mut is_all_well) = find(store, options)?;
    is_all_well &= kept
        .iter()
        .all(|one| one.version.look.health == Health::Good);
    match options.format {
        Format::Json => output::print_documents(kept.iter().map(document))?,
        _ => command::print(&in_table(&kept, SystemTime::now()).text(width()))?,
    }
    Ok(is_all_well)
}

fn find(store: &Store, options: &Options) -> Result<(Vec<Kept>, bool), Failure> {
    let names = store
        .names_with_versions()
        .map_err(|error| error.to_string())?;
    let (archives, unreadable) = store.archives().map_err(|error| error.to_string())?;
    let mut is_all_well = unreadable.is_empty();
    for error in unreadable {
        message::error(&error.to_string());
    }
    let mut kept = Vec::new();
    let all = names.iter().chain(archives.iter().map(|one| &one.name));
    let chosen = options.among(all.cloned())?;
    let mut revoked: HashMap<&str, RevocationState> = HashMap::new();
    for name in &chosen {
        let (of_name, unreadable) = RevocationState::of_all(store, name, &archives);
        for error in unreadable {
            message::warning(&format!("{name}: {}", revocation_fault(&error)));
        }
        revoked.insert(name, of_name);
    }
    let revocation = |name: &str, version: &Version| {
        let leaf = version.look.leaf()?;
        let revoked = revoked.get(name)?;
        revoked.of(&leaf.serial_hex()).cloned()
    };
    for name in names.into_iter().filter(|name| chosen.contains(name)) {
        match store.versions(&name) {
            Ok(versions) => kept.extend(versions.into_iter().map(|version| Kept {
                name: name.clone(),
                revocation: revocation(&name, &version),
                version,
                moved: None,
            })),
            Err(error) => {
                message::error(&format!("{name}: {error}"));
                is_all_well = false;
            }
        }
    }
    let archives = archives.iter().filter(|one| chosen.contains(&one.name));
    for Archived {
        name,
        at,
        why,
        versions,
        ..
    } in archives
    {
        kept.extend(versions.iter().map(|version| Kept {
            name: name.clone(),
            revocation: revocation(name, version),
            version: version.clone(),
            moved: Some((at.clone(), why.clone())),
        }));
    }
    Ok((kept, is_all_well))
}

fn in_table(kept: &[Kept], now: SystemTime) -> Table {
    let mut table = Table::new(&[
        "NAME",
        "VERSION",
        "INSTALLED",
        "VALID UNTIL",
        "STATE",
        "REMARKS",
    ]);
    for one in kept {
        let look = &one.version.look;
        let end = look.chain.as_ref().map(end);
        let or_nothing = |text: Option<String>| text.unwrap_or_else(|| NOTHING.to_owned());
        table.row([
            one.name.clone(),
            one.version.name.clone(),
            or_nothing(look.installed.map(words::day)),
            or_nothing(end.map(|end| format!("{} ({})", words::day(end), words::until(now, end)))),
            state(one).to_owned(),
            remarks(one),
        ]);
    }
    table
}

fn end(chain: &Chain) -> SystemTime {
    chain.leaf().validity().not_after
}

fn state(one: &Kept) -> &'static str {
    match (&one.moved, one.version.is_in_use) {
        (Some(_), _) => "moved aside",
        (None, true) => "in use",
        (None, false) => "kept",
    }
}

fn remarks(one: &Kept) -> String {
    let mut remarks = Vec::new();
    if let Health::Damaged { file, why } = &one.version.look.health {
        remarks.push(format!("{file} {why}"));
    }
    if let Some((at, why)) = &one.moved {
        remarks.extend(at.as_ref().map(|at| format!("at {at}")));
        remarks.extend(why.clone().filter(|why| !why.is_empty()));
    }
    let is_said = |revocation: &&Revocation| match &one.moved {
        Some((_, Some(why))) => *why == revocation.note(),
        _ => false,
    };
    let revocation = one.revocation.as_ref();
    let revocation = revocation.filter(|revocation| !is_said(revocation));
    remarks.extend(revocation.map(Revocation::to_string));
    remarks.join("; ")
}

fn document(one: &Kept) -> Value {
    let look = &one.version.look;
    let mut document = json!({
        "name": one.name,
        "version": one.version.name,
        "in_use": one.version.is_in_use && one.moved.is_none(),
    });
    if let Some(chain) = &look.chain {
        let validity = chain.leaf().validity();
        document["serial"] = json!(chain.leaf().serial_hex());
        document["names"] = json!(chain.leaf().names());
        document["not_before"] = json!(rfc3339(validity.not_before));
        document["not_after"] = json!(rfc3339(validity.not_after));
    }
    if let Some(installed) = look.installed {
        document["installed"] = json!(rfc3339(installed));
    }
    document["health"] = match &look.health {
        Health::Damaged { file, why } => json!({"state": "damaged", "file": file, "why": why}),
        _ => json!({"state": "good"}),
    };
    if let Some(revocation) = &one.revocation {
        document["revocation"] = json::json(revocation);
    }
    if let Some((at, why)) = &one.moved {
        document["moved"] = json!({"at": at, "why": why});
    }
    document
}
