//! How often a server is asked while nothing changes.

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use sandbox::Sandbox;

use super::authority::queries;
use super::names::{Form, Names};

/// For how long the values are waited for.
const TIMEOUT: u32 = 20;

/// By then each name was asked for, and what there is to learn was learned.
const SETTLED: usize = 8;

/// Waits for values that do not come, and counts the questions of each second.
pub(super) fn measure(sandbox: &Sandbox, count: usize) -> Result<(), Box<dyn Error>> {
    eprintln!("{count} values that do not come, and how often is asked for them");
    let input = Names::new("quiet", count).write(sandbox, Form::Orders, true)?;
    let mut command = sandbox.command("sh");
    let line =
        format!("exec dns-wait-txt -q --timeout {TIMEOUT} <{input} >{input}.out 2>{input}.err");
    command.args(["-c", &line]);
    let mut seconds = Vec::new();
    let mut child = command.spawn()?;
    let began = Instant::now();
    let mut before = queries(sandbox)?;
    for second in 1..TIMEOUT - 1 {
        let next = began + Duration::from_secs(second.into());
        thread::sleep(next.saturating_duration_since(Instant::now()));
        let now = queries(sandbox)?;
        seconds.push(now - before);
        before = now;
    }
    child.wait()?;
    let settled = seconds.get(SETTLED..).unwrap_or_default();
    let mean = settled.iter().sum::<u64>() as f64 / settled.len().max(1) as f64;
    println!("questions to one address while {count} values are waited for that do not come");
    println!(
        "in each of the first {} seconds: {seconds:?}",
        seconds.len()
    );
    println!("per second after the first {SETTLED}: {mean:.1}\n");
    Ok(())
}
