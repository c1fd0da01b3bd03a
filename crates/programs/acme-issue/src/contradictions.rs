//! Options that cannot be obeyed together. They go to different programs, none of which sees them all.

use command::{Args, Opt, Usage};

/// What is only for a key that is here.
const OF_A_KEY: [&Opt; 6] = [
    &acme_finalize::KEY,
    &acme_order::KEY_TYPES,
    &acme_finalize::REUSE_KEY,
    &acme_finalize::MUST_STAPLE,
    &acme_finalize::PEM,
    &acme_finalize::PFX,
];

/// Refuses what one option makes of no effect where another is on the command line too. A variable is for all certificates, and
/// gives way.
///
/// # Errors
/// The two options.
pub(crate) fn refuse(args: &Args) -> Result<(), Usage> {
    let both = |one: &Opt, other: &Opt| args.times(one) > 0 && args.times(other) > 0;
    for option in OF_A_KEY {
        if both(&acme_order::CSR, option) {
            return Err(Usage::new(format!(
                "--csr and --{}: a certificate request says by itself what it asks for, and its key is elsewhere",
                option.long
            )));
        }
    }
    if both(&acme_finalize::KEY, &acme_order::KEY_TYPES) {
        return Err(Usage::new(
            "--key and --key-type: a key that is there is of its own kind",
        ));
    }
    Ok(())
}
