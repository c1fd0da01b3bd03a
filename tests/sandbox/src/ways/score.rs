//! How much of it a person learns.

use std::fmt::Write as _;

use super::blame::Blame;
use super::odd::Outcome;
use super::points::Points;
use super::run::Told;
use super::way::{Kind, Way};

/// What is blamed in a text and is not at fault.
pub fn wrongly_blamed(way: &Way, text: &str) -> Vec<Blame> {
    let mut blamed = Blame::of(text);
    blamed.retain(|one| !way.blames.contains(one));
    blamed
}

/// What a way gets.
pub fn points(told: &Told) -> Points {
    let way = &told.way;
    let names = |text: &str| way.says.iter().all(|word| text.contains(word));
    let points_to = |text: &str| way.near.iter().any(|word| text.contains(word));
    let after = told.after.as_deref().unwrap_or_default();
    let is_misleading = |text: &str| !wrongly_blamed(way, text).is_empty();
    let alone = if is_misleading(&told.before) || is_misleading(after) {
        0
    } else if names(&told.before) {
        Points::MOST
    } else if points_to(&told.before) || names(after) {
        2
    } else {
        usize::from(points_to(after))
    };
    let found = way.code.ok().and_then(|code| {
        let mut found = told.codes.iter();
        found.find_map(|one| one.strip_suffix(code)?.strip_suffix(' '))
    });
    let is_misled = is_misleading(&told.found);
    let by_check = match found {
        _ if is_misled => 0,
        Some("warning" | "error") => Points::MOST,
        Some(_) => 2,
        None => 0,
    };
    Points {
        alone,
        with_check: if is_misled { 0 } else { alone.max(by_check) },
        by_check,
    }
}

/// The score by kind, as a table, and how often what a CA accepts is not stood in the way of.
pub fn table(all: &[Told], odd: &[Outcome]) -> String {
    let mut text = format!(
        "{:<30} {:>15} {:>18} {:>18}\n",
        "", "pipeline alone", "dns01-check first", "dns01-check alone"
    );
    for kind in Kind::ALL {
        let of_kind: Vec<Points> = all
            .iter()
            .filter(|one| one.way.kind == kind)
            .map(points)
            .collect();
        if !of_kind.is_empty() {
            line(&mut text, kind.as_str(), &of_kind);
        }
    }
    line(
        &mut text,
        "all",
        &all.iter().map(points).collect::<Vec<_>>(),
    );
    if !odd.is_empty() {
        let of_odd: Vec<Points> = odd.iter().map(Outcome::points).collect();
        line(&mut text, "odd, and accepted by a CA", &of_odd);
    }
    text
}

fn line(text: &mut String, name: &str, all: &[Points]) {
    let most = all.len() * Points::MOST;
    let share = |of: fn(&Points) -> usize| {
        let sum: usize = all.iter().map(of).sum();
        let percent = (sum * 100).checked_div(most).unwrap_or_default();
        format!("{}/{} {percent:>3}%", sum as f64 / 2.0, most / 2)
    };
    // A string takes whatever is written.
    let _ = writeln!(
        text,
        "{name:<30} {:>15} {:>18} {:>18}",
        share(|one| one.alone),
        share(|one| one.with_check),
        share(|one| one.by_check)
    );
}
