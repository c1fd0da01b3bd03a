//! How long making a private key takes, beside openssl. It is luck how soon a prime is found, so many keys are made, and
//! the mean counts.

use std::error::Error;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sandbox::source;

/// A kind of key, how many are made, and how openssl is told to make one.
const KINDS: [(&str, u32, &[&str]); 6] = [
    (
        "EC256",
        20,
        &[
            "genpkey",
            "-algorithm",
            "EC",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ],
    ),
    ("Ed25519", 20, &["genpkey", "-algorithm", "ed25519"]),
    ("RSA2048", 40, &["genrsa", "2048"]),
    ("RSA3072", 40, &["genrsa", "3072"]),
    ("RSA4096", 40, &["genrsa", "4096"]),
    ("RSA8192", 5, &["genrsa", "8192"]),
];

/// Measures every kind, each key by a process of its own.
pub(crate) fn measure_all(release: bool) -> Result<(), Box<dyn Error>> {
    let ours = build(release)?;
    println!("\nmaking a private key: mean, in seconds\n");
    println!(
        "{:10} {:>5} {:>10} {:>10} {:>8}",
        "", "keys", "acmepipe", "openssl", "ratio"
    );
    for (kind, count, openssl) in KINDS {
        let [mut own, mut other] = [Duration::ZERO; 2];
        // In turn, so that whatever else the machine does slows both.
        for _ in 0..count {
            own += time(Command::new(&ours).arg(kind))?;
            other += time(Command::new("openssl").args(openssl))?;
        }
        let (own, other) = ((own / count).as_secs_f64(), (other / count).as_secs_f64());
        println!(
            "{kind:10} {count:5} {own:10.3} {other:10.3} {:8.2}",
            own / other
        );
    }
    Ok(())
}

/// Builds the example of `keys` that makes them, and says where it is.
fn build(release: bool) -> Result<std::path::PathBuf, Box<dyn Error>> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args([
            "build",
            "--quiet",
            "--locked",
            "-p",
            "keys",
            "--example",
            "make-keys",
        ])
        .args(release.then_some("--release"))
        .args(["--message-format", "json"])
        .current_dir(source("."))
        .stderr(Stdio::inherit());
    let built = cargo.output()?;
    let lines = String::from_utf8(built.stdout)?;
    lines
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "make-keys")
        .find_map(|message| Some(message["executable"].as_str()?.into()))
        .ok_or_else(|| "the example make-keys was not built".into())
}

fn time(command: &mut Command) -> Result<Duration, Box<dyn Error>> {
    let start = Instant::now();
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(format!("{command:?}: {status}").into());
    }
    Ok(start.elapsed())
}
