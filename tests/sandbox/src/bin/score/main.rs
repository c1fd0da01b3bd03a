//! `make score`: how often the pipeline names the cause where dns-01 fails, with and without `dns01-check`.

use std::process::ExitCode;

use sandbox::ways::{self, Points, Told};

const HELP: &str = "\
usage: score [--all] [WORDS]

  --all   show what was said of each
  WORDS   only those whose description has these
";

fn main() -> ExitCode {
    let (mut shows_all, mut words) = (false, String::new());
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--all" => shows_all = true,
            "--help" => {
                print!("{HELP}");
                return ExitCode::SUCCESS;
            }
            _ if argument.starts_with('-') || !words.is_empty() => {
                eprint!("{HELP}");
                return ExitCode::from(2);
            }
            _ => words = argument,
        }
    }
    let mut chosen = ways::all();
    chosen.retain(|way| way.what.contains(&words));
    let told = match chosen.is_empty() {
        true => Vec::new(),
        false => ways::run_all(&ways::layout().start(), &chosen),
    };
    let mut odd = ways::odd();
    odd.retain(|one| one.what.contains(&words));
    let outcomes = match odd.is_empty() {
        true => Vec::new(),
        false => ways::run_odd(&ways::odd_layout().start(), &odd),
    };
    for one in &told {
        let points = ways::points(one);
        if shows_all {
            println!("{points:?} {one:#?}\n");
        } else if points.alone < Points::MOST || is_missed(one, points) {
            println!("{}: {points:?}", one.way.what);
        }
    }
    for one in &outcomes {
        let points = one.points();
        if shows_all {
            println!("{points:?} {one:#?}\n");
        } else if points.with_check < Points::MOST {
            println!("{}: {points:?}", one.odd.what);
        }
    }
    println!();
    print!("{}", ways::table(&told, &outcomes));
    ExitCode::SUCCESS
}

/// Whether `dns01-check` could have named it before anything was ordered.
fn is_missed(told: &Told, points: Points) -> bool {
    told.way.code.is_ok() && points.by_check < Points::MOST
}
