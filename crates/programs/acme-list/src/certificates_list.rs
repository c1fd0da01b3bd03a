//! Lists certificates. Some are held at a time, so that memory does not grow with their number.

use crate::certificate::{Asked, Certificate, Condition};
use crate::failure::Failure;
use crate::options::{Format, Options};
use crate::prometheus::Metrics;
use crate::{certificate_names, certificates_table, json, leftovers, output};
use certificates::Store;
use command::columns::{Table, width};
use command::message;
use parallel::Workers;
use std::collections::HashMap;
use std::path::Path;
use std::time::SystemTime;

/// How many certificates are held at once.
const AT_ONCE: usize = 256;
/// How many certificates are looked at at once: their files are read, which takes turns with what is made of them.
const WORKERS: usize = 4;

/// Writes all certificates that are asked for. Returns whether each is there and can be read.
///
/// # Errors
/// The store cannot be read, or nothing written.
pub(crate) fn list(
    store: &Store,
    path: &Path,
    options: &Options,
    asked: &[Asked],
) -> Result<bool, Failure> {
    let now = SystemTime::now();
    let names = options.among(certificate_names::all(store, asked)?)?;
    let asked: HashMap<&str, &Asked> = asked.iter().map(|one| (&*one.entry.name, one)).collect();
    let names: Vec<String> = names.into_iter().collect();
    let left = leftovers::find(path);
    let mut is_all_well = left.is_known();
    let batches = names.chunks(AT_ONCE).map(|names| {
        let read = |name: &String| {
            let asked = asked.get(&**name).copied();
            Certificate::read(store, name, options, asked, now)
        };
        let certificates = parallel::map(Workers::new(WORKERS), names, read);
        certificates.iter().for_each(say_fault);
        is_all_well &= certificates.iter().all(is_well);
        certificates
    });
    match options.format {
        Format::Table => {
            let mut table = Table::new(&certificates_table::HEADS);
            for one in batches.flatten() {
                table.row(certificates_table::row(&one, now));
            }
            command::print(&table.text(width()))?;
            left.say(path);
        }
        Format::Json => {
            for batch in batches {
                let documents = batch.iter().map(|one| json::certificate(one, &left));
                output::print_documents(documents)?;
            }
        }
        Format::Prometheus => {
            let mut metrics = Metrics::new();
            for one in batches.flatten() {
                metrics.add(&one);
            }
            let text = metrics.text(left.count());
            output::write(&text, options.output.as_deref())?;
        }
    }
    Ok(is_all_well)
}

fn say_fault(one: &Certificate) {
    if let Some(fault) = &one.revocation_fault {
        message::warning(&format!("{}: {fault}", one.name));
    }
}

fn is_well(one: &Certificate) -> bool {
    match one.condition {
        Condition::Good | Condition::New | Condition::Revoked(_) => true,
        Condition::Damaged { .. } | Condition::Unusable(_) => false,
    }
}
