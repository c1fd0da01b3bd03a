//! Files that lead back to themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What each file takes from each other: names, by the file that takes and the file that has them.
pub(crate) type Imports = BTreeMap<(String, String), BTreeSet<String>>;

/// Files each of which leads to all others, and what ties them.
#[derive(Debug, PartialEq)]
pub(crate) struct Circle {
    pub(crate) files: BTreeSet<String>,
    pub(crate) ties: Imports,
}

impl fmt::Display for Circle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} files lead back to themselves", self.files.len())?;
        for ((from, to), names) in &self.ties {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            write!(out, "\n  {from} -> {to}: {}", names.join(", "))?;
        }
        Ok(())
    }
}

/// All circles, none of which is part of another.
pub(crate) fn circles(imports: &Imports) -> Vec<Circle> {
    let files: BTreeSet<&str> = imports.keys().map(|(from, _)| from.as_str()).collect();
    let reached: BTreeMap<&str, BTreeSet<&str>> = files
        .iter()
        .map(|&file| (file, reached_from(file, imports)))
        .collect();
    let leads = |from: &str, to: &str| reached.get(from).is_some_and(|all| all.contains(to));
    let mut found: Vec<Circle> = Vec::new();
    for &file in files.iter().filter(|file| leads(file, file)) {
        if found.iter().any(|circle| circle.files.contains(file)) {
            continue;
        }
        let members = files
            .iter()
            .filter(|other| leads(file, other) && leads(other, file));
        let members: BTreeSet<String> = members.map(|&member| member.to_owned()).collect();
        let ties = imports
            .iter()
            .filter(|((from, to), _)| members.contains(from) && members.contains(to));
        found.push(Circle {
            ties: ties
                .map(|(tie, names)| (tie.clone(), names.clone()))
                .collect(),
            files: members,
        });
    }
    found
}

/// The files that one leads to; itself only where it comes back.
fn reached_from<'a>(file: &'a str, imports: &'a Imports) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next = vec![file];
    while let Some(file) = next.pop() {
        for (_, to) in imports.keys().filter(|(from, _)| from == file) {
            if reached.insert(to.as_str()) {
                next.push(to);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each pair of words is a file and one that it imports.
    fn circles_of(ties: &str) -> Vec<Vec<String>> {
        let mut imports = Imports::new();
        for tie in ties.split(", ") {
            let (from, to) = tie.split_once(' ').unwrap();
            imports
                .entry((from.to_owned(), to.to_owned()))
                .or_default()
                .insert("Name".to_owned());
        }
        let files = |circle: Circle| circle.files.into_iter().collect();
        circles(&imports).into_iter().map(files).collect()
    }

    #[test]
    fn circles_are_found_whole_and_once() {
        assert_eq!(circles_of("a b, b c, a c"), [[""; 0]; 0]);
        assert_eq!(circles_of("a b, b a"), [["a", "b"]]);
        assert_eq!(
            circles_of("top a, a b, b c, c a, c below"),
            [["a", "b", "c"]]
        );
        assert_eq!(
            circles_of("a b, b a, b c, c d, d c"),
            [["a", "b"], ["c", "d"]]
        );
        assert_eq!(circles_of("a b, b a, b c, c b"), [["a", "b", "c"]]);
    }

    #[test]
    fn what_ties_a_circle_is_said() {
        let tie = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        let names = |all: &[&str]| all.iter().map(|&name| name.to_owned()).collect();
        let imports = Imports::from([
            (tie("a.rs", "b.rs"), names(&["Error", "cause"])),
            (tie("b.rs", "a.rs"), names(&["Run"])),
            (tie("b.rs", "c.rs"), names(&["other"])),
        ]);
        let [circle] = &circles(&imports)[..] else {
            panic!("not one circle");
        };
        assert_eq!(
            circle.to_string(),
            "2 files lead back to themselves\n  a.rs -> b.rs: Error, cause\n  b.rs -> a.rs: Run"
        );
    }
}
