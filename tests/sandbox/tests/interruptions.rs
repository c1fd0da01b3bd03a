//! A record that was presented is removed again, whoever is interrupted or killed, and when.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sandbox::{Random, Sandbox};
use serde_json::Value;

/// Runs a pipeline with `$1` in the place of `dns-wait-txt`, and interrupts all of it as soon as there is a file `now`.
const INTERRUPTED: &str = r#"
set -m
( trap : INT; acme-order -d a.example.test | dns-zone | dns01-exec present | $1 | acme-finalize | dns01-exec cleanup >out
  echo "${PIPESTATUS[@]}" >statuses ) &
while [ ! -e now ]; do sleep 0.01; done
kill -INT -- -$!
while [ ! -s statuses ]; do wait $! || sleep 0.01; done
cat out
"#;

#[test]
fn a_signal_to_the_whole_pipeline_leaves_the_order_with_all_that_is_known_of_it() {
    let slow = r#"[ $1 != present ] || { touch now; sleep 1; }; exec "$UPDATE" "$@""#;
    for (script, wait, done) in [
        // In the middle of a call, which is let come to its end.
        (slow, "dns-wait-txt", "present"),
        // While it is waited for a value that will not come.
        (
            r#"[ $1 != present ] || touch now; exit 0"#,
            "dns-wait-txt --timeout 100",
            "present",
        ),
    ] {
        let sandbox = Sandbox::start();
        let script = sandbox.script("slow.sh", script);
        let mut command = sandbox.command("bash");
        let line = format!(
            "export UPDATE=\"$EXEC_PATH\" EXEC_PATH='{}'\n{INTERRUPTED}",
            script.display()
        );
        command.args(["-c", &line, "driver", wait]);
        let output = sandbox.output(command, "");
        let order = output.document();
        assert_eq!(order["name"], "a.example.test", "{output:?}");
        assert!(order["order"]["url"].is_string());
        assert_eq!(order["error"]["type"], "acmepipe:interrupted");
        let challenge = &order["challenges"][0];
        assert!(challenge[done]["at"].is_string(), "{challenge:#}");
        assert!(challenge["cleanup"]["at"].is_string(), "{challenge:#}");
        let statuses = std::fs::read_to_string(sandbox.work().join("statuses")).unwrap();
        let last = statuses.split_whitespace().last();
        assert_eq!(last, Some("130"), "{statuses}");
        sandbox.assert_no_trace();
    }
}

/// Runs `$1` with random interruptions: `$2` is the program to hit, `group`, `closed` (a terminal that closes: the shell
/// sends SIGHUP, and a moment later the kernel) or `relayed` (each program has another in front that sends on what it
/// gets, as the program gets it too); `$3` is the signal, `$4` when.
const DRIVER: &str = r#"
dir=$PWD/$1; mkdir -p "$dir"
front=; [ "$2" != relayed ] || front='timeout --foreground 60'
stage() { n=$1; shift; exec 2>>"$dir/stderr"; echo $BASHPID >"$dir/$n"; exec $front "$@"; }
set -m
(
    trap : INT TERM HUP; : >"$dir/trapped"
    stage 1 acme-order -d "$1.example.test" -d "*.$1.example.test" </dev/null \
        | stage 2 dns-zone | stage 3 dns01-exec present | stage 4 dns-wait-txt | stage 5 acme-finalize \
        | stage 6 dns01-exec cleanup >"$dir/out"
    echo "${PIPESTATUS[@]}" >"$dir/status"
) &
group=$!
# What comes before that ends the shell itself, and nothing has been started.
while [ ! -e "$dir/trapped" ]; do :; done
sleep "$4"
case $2 in
closed) kill -"$3" -- -$group; sleep 0.1; kill -"$3" -- -$group; sleep 0.2; kill -"$3" -- -$group; true ;;
group | relayed) kill -"$3" -- -$group ;;
*) kill -"$3" "$(cat "$dir/$2")" ;;
esac 2>/dev/null && touch "$dir/hit"
while [ ! -s "$dir/status" ]; do wait $group || sleep 0.01; done
for n in 1 2 3 4 5 6; do
    # One that was interrupted before it said its number never ran a program.
    pid=$(cat "$dir/$n" 2>/dev/null) && [ -n "$pid" ] || continue
    stat=$(cat /proc/"$pid"/stat 2>/dev/null) && case $stat in *') Z '*) ;; *) echo "$n still runs: $stat";; esac
done
"#;

/// What became of one interrupted run.
#[derive(Debug)]
struct Interrupted {
    name: String,
    target: String,
    signal: &'static str,
    statuses: Vec<i32>,
    documents: Vec<Value>,
    stderr: String,
    hit: bool,
    running: String,
}

#[test]
fn nothing_is_left_after_hundreds_of_interruptions_at_random_moments() {
    let number = |name: &str, default: u64| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let clock = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_micros() as u64;
    let seed = number("ACMEPIPE_TEST_SEED", clock);
    let runs = number("ACMEPIPE_TEST_RUNS", 200) as usize;
    eprintln!("ACMEPIPE_TEST_SEED={seed}");
    let sandbox = Sandbox::start();
    sandbox.issue("-d first.example.test").success();

    const WORKERS: usize = 4;
    let mut random = Random(seed);
    let mut plan = Vec::new();
    for index in 0..runs {
        let (target, signal) = match random.below(26) {
            0 | 1 => ("group".to_owned(), "INT"),
            20..23 => ("closed".to_owned(), "HUP"),
            23.. => ("relayed".to_owned(), "TERM"),
            kind => (
                (1 + (kind - 2) / 3).to_string(),
                ["TERM", "HUP", "KILL"][((kind - 2) % 3) as usize],
            ),
        };
        plan.push((
            format!("r{index}"),
            target,
            signal,
            random.below(1_000_000) as f64 / 1e6,
        ));
    }
    // How long one takes when so many run: what is random is the moment within it.
    let calm = |index: usize| interrupt(&sandbox, &format!("calm{index}"), "group", "CONT", 0.0).1;
    let span = thread::scope(|scope| {
        let runs: Vec<_> = (0..WORKERS)
            .map(|index| scope.spawn(move || calm(index)))
            .collect();
        runs.into_iter()
            .map(|run| run.join().unwrap())
            .min()
            .unwrap()
            .as_secs_f64()
            * 0.8
    });

    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((name, target, signal, when)) =
                    plan.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let run = interrupt(&sandbox, name, target, signal, when * span).0;
                    done.lock().unwrap().push(run);
                }
            });
        }
    });
    let done = done.into_inner().unwrap();
    eprintln!(
        "{runs} runs in {:.0} s, the moments within {span:.2} s",
        began.elapsed().as_secs_f64()
    );
    let (mut issued, mut failed, mut hit) = (0, 0, 0);
    for run in &done {
        hit += usize::from(run.hit);
        match check(run) {
            true => issued += 1,
            false => failed += 1,
        }
    }
    eprintln!("{hit} were hit; {issued} certificates, {failed} without");
    assert!(
        hit > runs / 3 && failed > runs / 5,
        "the moments were not well chosen"
    );

    // What is left may be of runs of which the very program was killed that removes it.
    let journal = sandbox.sh("dns01-exec list").success();
    for entry in journal.documents() {
        let fqdn = entry["fqdn"].as_str().unwrap();
        let of = done
            .iter()
            .find(|run| fqdn == format!("_acme-challenge.{}.example.test.", run.name))
            .unwrap();
        assert!(
            of.target == "6" && of.signal == "KILL" && of.hit,
            "left without need: {of:#?}\n{entry:#}"
        );
    }
    for record in sandbox.txt_records("example.test") {
        assert!(
            journal.stdout.contains(record.split(' ').nth(1).unwrap()),
            "{record} is left, and the journal does not know"
        );
    }
    sandbox.sh("dns01-exec cleanup --leftovers").success();
    sandbox.assert_no_trace();
}

fn interrupt(
    sandbox: &Sandbox,
    name: &str,
    target: &str,
    signal: &'static str,
    seconds: f64,
) -> (Interrupted, Duration) {
    let began = Instant::now();
    let mut command = sandbox.command("bash");
    command.args([
        "-c",
        DRIVER,
        "driver",
        name,
        target,
        signal,
        &format!("{seconds:.4}"),
    ]);
    let output = sandbox.output(command, "");
    let dir = sandbox.work().join(name);
    let read = |file: &str| fs::read_to_string(dir.join(file)).unwrap_or_default();
    let run = Interrupted {
        name: name.to_owned(),
        target: target.to_owned(),
        signal,
        statuses: read("status")
            .split_whitespace()
            .filter_map(|status| status.parse().ok())
            .collect(),
        documents: read("out")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
        stderr: read("stderr"),
        hit: dir.join("hit").exists(),
        running: output.stdout,
    };
    (run, began.elapsed())
}

/// Whether there is a certificate, after it has been seen that the exit status tells so.
#[track_caller]
fn check(run: &Interrupted) -> bool {
    assert!(run.running.is_empty(), "processes still run: {run:#?}");
    assert!(!run.stderr.contains("panicked"), "{run:#?}");
    let [.., last] = run.statuses[..] else {
        panic!("no status: {run:#?}");
    };
    assert_eq!(run.statuses.len(), 6);
    let number = match run.signal {
        "INT" => 130,
        "HUP" => 129,
        "TERM" => 143,
        _ => 137,
    };
    for (index, status) in run.statuses.iter().enumerate() {
        let at_all = ["group", "closed", "relayed"].contains(&run.target.as_str());
        let aimed = at_all || run.target == (index + 1).to_string();
        // 141: it wrote to a program that was killed.
        let allowed = matches!(status, 0 | 1 | 141) || (aimed && *status == number);
        assert!(allowed, "program {} exited {status}: {run:#?}", index + 1);
    }
    let own = |challenge: &&Value| {
        challenge["fqdn"]
            .as_str()
            .is_some_and(|fqdn| fqdn.contains(&run.name))
    };
    let certificate = run
        .documents
        .iter()
        .any(|document| document["certificate"]["serial"].is_string());
    let failed = run
        .documents
        .iter()
        .any(|document| document["error"].is_object());
    let killed_cleanup = run.target == "6" && last == 137;
    if failed || (certificate && run.documents.len() > 1) {
        assert!(last != 0, "a document has an error: {run:#?}");
    }
    if !certificate {
        assert!(
            run.statuses.iter().any(|status| *status != 0),
            "no certificate, and no status says so: {run:#?}"
        );
    }
    // Everything that was presented came to the end, or the end knew of it.
    for document in &run.documents {
        let challenges = document["challenges"]
            .as_array()
            .into_iter()
            .flatten()
            .chain([document]);
        for challenge in challenges
            .filter(own)
            .filter(|challenge| challenge["present"].is_object())
        {
            assert!(
                killed_cleanup || challenge["cleanup"]["at"].is_string(),
                "not cleaned up: {run:#?}"
            );
        }
    }
    certificate
}

/// Runs `acme-issue` for `$1` and sends SIGTERM to every process of it after `$2` seconds, as systemd stops a service.
const SERVICE: &str = r#"
dir=$PWD/$1; mkdir -p "$dir"
SERVICE=$1 acme-issue -d "$1.example.test" -d "*.$1.example.test" >"$dir/out" 2>"$dir/stderr" &
issue=$!
sleep "$2"
of_service=$(grep -lzsx "SERVICE=$1" /proc/[0-9]*/environ | tr -dc '0-9\n')
[ -z "$of_service" ] || kill -TERM $of_service 2>/dev/null
wait $issue
echo $?
"#;

#[test]
fn nothing_is_left_by_a_service_that_is_stopped_at_a_random_moment() {
    let sandbox = Sandbox::start();
    let began = Instant::now();
    sandbox.issue("-d first.example.test").success();
    let span = began.elapsed().as_secs_f64();
    let seed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_micros() as u64;
    eprintln!("seed {seed}");
    let (random, next) = (Mutex::new(Random(seed)), AtomicUsize::new(0));
    let stopped = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= 60 {
                        return;
                    }
                    let when = random.lock().unwrap().below(1000) as f64 / 1000.0 * span * 2.0;
                    let mut command = sandbox.command("bash");
                    let (name, when) = (format!("s{index}"), format!("{when:.3}"));
                    command.args(["-c", SERVICE, "driver", &name, &when]);
                    let status = sandbox.output(command, "").stdout;
                    let status = status.trim();
                    assert!(["0", "1", "143"].contains(&status), "{name}: {status}");
                    stopped.fetch_add(usize::from(status == "143"), Ordering::Relaxed);
                }
            });
        }
    });
    assert!(
        stopped.into_inner() > 15,
        "the moments were not well chosen"
    );
    assert_eq!(sandbox.sh("dns01-exec list").success().stdout, "");
    sandbox.assert_no_trace();
}
