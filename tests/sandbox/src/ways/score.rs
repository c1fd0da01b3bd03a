//! How much of it a person learns.

use std::fmt::Write as _;

use super::run::Told;
use super::way::Kind;

/// Half points that a way gets, of [`Points::MOST`]: four where the cause is named before the CA is asked; two where it is pointed
/// to, or named only after the CA has failed; one where it is pointed to only then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Points {
    /// By the pipeline alone.
    pub alone: usize,
    /// With `dns01-check` before it.
    pub with_check: usize,
}

impl Points {
    /// What one way can get.
    pub const MOST: usize = 4;
}

/// What a way gets.
pub fn points(told: &Told) -> Points {
    let (says, near) = (told.way.says, told.way.near);
    let names = |text: &str| says.iter().all(|word| text.contains(word));
    let points_to = |text: &str| near.iter().any(|word| text.contains(word));
    let after = told.after.as_deref().unwrap_or_default();
    let alone = if names(&told.before) {
        4
    } else if points_to(&told.before) || names(after) {
        2
    } else {
        usize::from(points_to(after))
    };
    let code = told.way.code;
    let is_found = !code.is_empty() && told.codes.iter().any(|found| found.ends_with(code));
    Points {
        alone,
        with_check: if is_found { Points::MOST } else { alone },
    }
}

/// The score by kind, as a table.
pub fn table(all: &[Told]) -> String {
    let mut text = format!("{:<30} {:>10} {:>18}\n", "", "pipeline", "with dns01-check");
    let line = |text: &mut String, name: &str, told: &[&Told]| {
        let sum = |of: fn(Points) -> usize| told.iter().map(|one| of(points(one))).sum::<usize>();
        let most = told.len() * Points::MOST;
        let share = |points: usize| format!("{}/{}", points as f64 / 2.0, most / 2);
        let (alone, with_check) = (sum(|one| one.alone), sum(|one| one.with_check));
        let percent = |points: usize| match most {
            0 => 0,
            most => points * 100 / most,
        };
        // A string takes whatever is written.
        let _ = writeln!(
            text,
            "{name:<30} {:>6} {:>3}% {:>13} {:>3}%",
            share(alone),
            percent(alone),
            share(with_check),
            percent(with_check)
        );
    };
    for kind in Kind::ALL {
        let of_kind: Vec<&Told> = all.iter().filter(|one| one.way.kind == kind).collect();
        if !of_kind.is_empty() {
            line(&mut text, kind.as_str(), &of_kind);
        }
    }
    line(&mut text, "all", &all.iter().collect::<Vec<_>>());
    text
}
