//! Values that come one after the other while all of them are waited for: how much later than the server each is seen.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sandbox::Sandbox;

use super::names::{self, ADDRESS, Form, Names, ZONES};
use crate::figures::percentile;
use crate::measure::{NOW_AND_THEN, watched};

/// Within this time all of them come.
const SPREAD: Duration = Duration::from_secs(30);

/// Before the first one comes.
const AHEAD: Duration = Duration::from_secs(2);

/// How many are added at once, in one zone.
const BATCH: usize = 10;

/// Moments by the name of a record.
type Moments = HashMap<String, Instant>;

/// Waits for so many values in one process while they come.
pub(super) fn measure(sandbox: &Sandbox, count: usize) -> Result<(), Box<dyn Error>> {
    eprintln!("{count} values that come");
    let names = Names::new("coming", count);
    let input = names.write(sandbox, Form::Orders, true)?;
    let line = format!("exec dns-wait-txt -v --timeout 120 <{input} >{input}.out");
    let mut command = sandbox.command("sh");
    command.args(["-c", &line]).stderr(Stdio::piped());

    let (moments, memory) = watched(sandbox, NOW_AND_THEN, || {
        let mut child = command.spawn()?;
        let said = child.stderr.take();
        let listener = thread::spawn(move || said.map(seen).unwrap_or_default());
        thread::sleep(AHEAD);
        let there = add_all(sandbox, &names);
        child.wait()?;
        let seen = listener.join().map_err(|_| "the listener panicked")?;
        Ok::<_, Box<dyn Error>>((there?, seen))
    });
    let (there, seen) = moments?;
    let output = fs::read_to_string(sandbox.work().join(format!("{input}.out")))?;
    let mut lags: Vec<Duration> = there
        .iter()
        .filter_map(|(name, there)| Some(seen.get(name)?.saturating_duration_since(*there)))
        .collect();
    lags.sort();
    let spread = there.values().max().zip(there.values().min());
    let spread = spread.map_or(Duration::ZERO, |(last, first)| *last - *first);
    println!(
        "{count} values that come within {:.1} s",
        spread.as_secs_f64()
    );
    for (row, percent) in [("median", 50), ("95 %", 95), ("all", 100)] {
        let lag = percentile(&lags, percent);
        println!("lag, {row:<39} {:>10.1} ms", lag.as_secs_f64() * 1000.0);
    }
    println!(
        "seen {} of {}, failed {}, memory {:.1} MB\n",
        lags.len(),
        there.len(),
        names::failures(&output)?,
        memory.peak_of("dns-wait-txt") as f64 / 1000.0
    );
    Ok(())
}

/// When each name was said to be served, on standard error.
fn seen(said: impl Read) -> Moments {
    let mut moments = Moments::new();
    for line in BufReader::new(said).lines().map_while(Result::ok) {
        let name = line
            .strip_prefix("dns-wait-txt: ")
            .and_then(|text| Some(text.split_once(": served by ")?.0));
        if let Some(name) = name {
            moments.insert(name.to_owned(), Instant::now());
        }
    }
    moments
}

/// Adds all values, and says when the server had each of them: when it said so.
fn add_all(sandbox: &Sandbox, names: &Names) -> Result<Moments, Box<dyn Error>> {
    let mut updates = Updates::open(sandbox)?;
    let batches = batches(names.count);
    let pause = SPREAD / u32::try_from(batches.len().max(1))?;
    let mut moments = Moments::new();
    let mut next = Instant::now();
    for batch in batches {
        thread::sleep(next.saturating_duration_since(Instant::now()));
        next += pause;
        let there = updates.add(names, &batch)?;
        moments.extend(batch.iter().map(|&number| (names.full(number), there)));
    }
    Ok(moments)
}

/// Numbers of names, each batch in one zone, and the zones in turn.
fn batches(count: usize) -> Vec<Vec<usize>> {
    let mut batches = Vec::new();
    for first in (0..count).step_by(ZONES * BATCH) {
        for zone in 0..ZONES {
            let numbers = (first + zone..count).step_by(ZONES);
            let batch: Vec<usize> = numbers.take(BATCH).collect();
            if !batch.is_empty() {
                batches.push(batch);
            }
        }
    }
    batches
}

/// An `nsupdate` that takes one update after the other.
struct Updates {
    child: Child,
    input: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Updates {
    fn open(sandbox: &Sandbox) -> Result<Updates, Box<dyn Error>> {
        // What it prints is to come at once.
        let mut command = sandbox.command("sh");
        command
            .args(["-c", "exec stdbuf -oL nsupdate -k \"$DNS_KEY\""])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let input = child.stdin.take().ok_or("no stdin")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no stdout")?).lines();
        Ok(Updates {
            child,
            input,
            answers,
        })
    }

    /// Adds a batch, and returns the moment when the server has said that it has it.
    fn add(&mut self, names: &Names, batch: &[usize]) -> Result<Instant, Box<dyn Error>> {
        let zone = batch.first().map_or(0, |&number| Names::zone(number));
        let mut text = format!("server {ADDRESS}\nzone z{zone}.test.\n");
        for &number in batch {
            let (name, value) = (names.full(number), names.value(number));
            text.push_str(&format!("update add {name} 0 TXT {value}\n"));
        }
        text.push_str("send\nanswer\n");
        self.input.write_all(text.as_bytes())?;
        for line in &mut self.answers {
            let line = line?;
            if line.contains("opcode: UPDATE") {
                let there = Instant::now();
                let well = line.contains("status: NOERROR");
                return well.then_some(there).ok_or_else(|| line.into());
            }
        }
        Err("nsupdate has ended".into())
    }
}

impl Drop for Updates {
    fn drop(&mut self) {
        // It has nothing more to say.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_in_one_batch_and_each_batch_in_one_zone() {
        for count in [0, 1, ZONES, 1_234, 10_000] {
            let batches = batches(count);
            for batch in &batches {
                assert!((1..=BATCH).contains(&batch.len()), "{batch:?}");
                let zone = Names::zone(batch[0]);
                assert!(batch.iter().all(|&one| Names::zone(one) == zone));
            }
            let mut all: Vec<usize> = batches.into_iter().flatten().collect();
            all.sort();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
        }
    }
}
