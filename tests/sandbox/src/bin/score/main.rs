//! `make score`: how often the pipeline names the cause where dns-01 fails, with and without `dns01-check`.

use std::process::ExitCode;

use sandbox::ways::{self, Points, Way};

const HELP: &str = "\
usage: score [--all] [WORDS]

  --all   show what was said of each way
  WORDS   only the ways whose description has these
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
    let chosen: Vec<Way> = ways::ALL
        .iter()
        .filter(|way| way.what.contains(&words))
        .copied()
        .collect();
    let topology = ways::layout().start();
    let told = ways::run_all(&topology, &chosen);
    for one in &told {
        let points = ways::points(one);
        if shows_all {
            println!("{points:?} {one:#?}\n");
        } else if points.with_check < Points::MOST || points.alone < Points::MOST {
            println!("{}: {points:?}", one.way.what);
        }
    }
    println!();
    print!("{}", ways::table(&told));
    ExitCode::SUCCESS
}
