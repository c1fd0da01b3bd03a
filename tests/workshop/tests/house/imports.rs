//! What each file of a crate takes from each other file of it.
//!
//! A name counts for the file that defines it, however many others pass it on with `use`. A file that passes one on takes
//! it, too. To declare a module is not to take anything from it, and methods are not seen: they stand with their types.

use std::path::Path;

use super::circles::Imports;
use super::module::{Module, Source, Use, read};

/// More than any name is passed on.
const MOST_STEPS: usize = 32;

/// Reads a crate and finds out who takes what from whom.
///
/// # Errors
/// A file is not there, or is no Rust.
pub(crate) fn of_crate(root: &Path, source: Source) -> Result<Imports, String> {
    let modules = read(root, source)?;
    let names = Names { modules: &modules };
    let mut imports = Imports::new();
    for (id, module) in modules.iter().enumerate() {
        let mut add = |found: Option<Found>| {
            let Some(Found::Item(of, name)) = found else {
                return;
            };
            let tie = (module.file.clone(), modules[of].file.clone());
            if tie.0 != tie.1 {
                imports.entry(tie).or_default().insert(name);
            }
        };
        for one in &module.uses {
            match (names.resolve(id, &one.path, MOST_STEPS), &one.name) {
                // All of a module: whatever of it is needed.
                (Some(Found::Module(of)), None) => add(Some(Found::Item(of, "*".to_owned()))),
                (found, _) => add(found),
            }
        }
        for path in &module.paths {
            add(names.resolve(id, path, MOST_STEPS));
        }
    }
    Ok(imports)
}

/// What a path leads to, by the module that it is or is defined in.
#[derive(Clone, Debug)]
enum Found {
    Module(usize),
    Item(usize, String),
}

/// The names of a crate.
struct Names<'a> {
    modules: &'a [Module],
}

impl Names<'_> {
    /// What a path means that is written in a module; nothing for what is another crate's.
    fn resolve(&self, from: usize, path: &[String], steps: usize) -> Option<Found> {
        let steps = steps.checked_sub(1)?;
        let (first, rest) = path.split_first()?;
        let module = &self.modules[from];
        match first.as_str() {
            "crate" => self.walk(0, rest, steps),
            "self" => self.walk(from, rest, steps),
            "super" => {
                let parent = module.parent?;
                match rest.first().is_some_and(|next| next == "super") {
                    true => self.resolve(parent, rest, steps),
                    false => self.walk(parent, rest, steps),
                }
            }
            _ if self.has(module, first) => self.walk(from, path, steps),
            _ => self.through_globs(from, path, steps),
        }
    }

    /// Whether the module itself says what a name means.
    fn has(&self, module: &Module, name: &String) -> bool {
        module.children.contains_key(name)
            || module.items.contains(name)
            || module
                .uses
                .iter()
                .any(|one| one.name.as_ref() == Some(name))
    }

    /// Follows the rest of a path from a module.
    fn walk(&self, at: usize, path: &[String], steps: usize) -> Option<Found> {
        let Some((first, rest)) = path.split_first() else {
            return Some(Found::Module(at));
        };
        let module = &self.modules[at];
        if let Some(&child) = module.children.get(first) {
            return self.walk(child, rest, steps);
        }
        let here = Some(Found::Item(at, first.clone()));
        if module.items.contains(first) {
            return here;
        }
        let named = module
            .uses
            .iter()
            .find(|one| one.name.as_ref() == Some(first));
        if let Some(one) = named {
            return match self.resolve(at, &one.path, steps)? {
                Found::Module(other) => self.walk(other, rest, steps),
                item => Some(item),
            };
        }
        // What a macro has made is nowhere else.
        self.through_globs(at, path, steps).or(here)
    }

    /// Follows a path through what a module has all of.
    fn through_globs(&self, at: usize, path: &[String], steps: usize) -> Option<Found> {
        let all = |one: &&Use| one.name.is_none();
        let globs = self.modules[at].uses.iter().filter(all);
        let others = globs.filter_map(|one| self.resolve(at, &one.path, steps));
        let mut found = others.filter_map(|other| match other {
            Found::Module(other)
                if other != at && self.has(&self.modules[other], path.first()?) =>
            {
                self.walk(other, path, steps)
            }
            _ => None,
        });
        found.next()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::circles::circles;
    use super::*;

    /// The ties of a crate, as `from -> to: names`.
    fn ties(files: &[(&str, &str)]) -> Vec<String> {
        let shown =
            |((from, to), names): ((String, String), std::collections::BTreeSet<String>)| {
                let names: Vec<_> = names.into_iter().collect();
                format!("{from} -> {to}: {}", names.join(" "))
            };
        read_crate(files).into_iter().map(shown).collect()
    }

    fn read_crate(files: &[(&str, &str)]) -> Imports {
        let source = |path: &Path| {
            let named = files
                .iter()
                .find(|(name, _)| PathBuf::from("src").join(name) == path);
            named.map(|(_, text)| (*text).to_owned())
        };
        of_crate(&Path::new("src").join(files[0].0), &source).unwrap()
    }

    #[test]
    fn a_name_counts_for_the_file_that_defines_it() {
        let files = [
            ("lib.rs", "mod a; mod b;\npub use a::Thing as Other;"),
            ("a.rs", "pub struct Thing;\npub use crate::b::deep::Deep;"),
            ("b/mod.rs", "pub mod deep;\nfn f(x: crate::Other) {}"),
            (
                "b/deep.rs",
                "pub enum Deep { One }\nuse super::super::Other::*;",
            ),
        ];
        assert_eq!(
            ties(&files),
            [
                "a.rs -> b/deep.rs: Deep",
                "b/deep.rs -> a.rs: Thing",
                "b/mod.rs -> a.rs: Thing",
                "lib.rs -> a.rs: Thing",
            ]
        );
    }

    #[test]
    fn a_module_is_not_what_is_taken_from_it() {
        let files = [
            ("main.rs", "mod a; mod b;\nfn main() { a::run() }"),
            ("a.rs", "use crate::b;\npub fn run() { b::go(); }"),
            ("b.rs", "pub use helper::go;\nmod helper;\nuse crate::a;"),
            ("b/helper.rs", "pub fn go() {}"),
        ];
        // b.rs names a, and takes nothing from it.
        assert_eq!(
            ties(&files),
            [
                "a.rs -> b/helper.rs: go",
                "b.rs -> b/helper.rs: go",
                "main.rs -> a.rs: run"
            ]
        );
    }

    #[test]
    fn a_folder_that_passes_on_what_its_files_make_of_its_own_is_a_circle() {
        let child = ("folder/child.rs", "pub struct Child(super::Own);");
        let passes_on = [
            ("lib.rs", "mod folder;"),
            (
                "folder.rs",
                "mod child;\npub use child::Child;\npub struct Own;",
            ),
            child,
        ];
        let [circle] = &circles(&read_crate(&passes_on))[..] else {
            panic!("not one circle");
        };
        assert_eq!(
            circle.to_string(),
            "2 files lead back to themselves\n  folder.rs -> folder/child.rs: Child\n  folder/child.rs -> folder.rs: Own"
        );
        // Where what is its own has a file, it is none.
        let has_a_file = [
            ("lib.rs", "mod folder;"),
            (
                "folder.rs",
                "mod child; mod own;\npub use child::Child;\npub use own::Own;",
            ),
            child,
            ("folder/own.rs", "pub struct Own;"),
        ];
        assert_eq!(circles(&read_crate(&has_a_file)), []);
    }

    #[test]
    fn a_circle_through_several_files_and_a_macro_is_found() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "pub const A: u8 = crate::b::B;"),
            (
                "b.rs",
                "pub const B: u8 = 1;\nfn f() { assert!(matches!(1, crate::c::C)); }",
            ),
            ("c.rs", "use super::*;\npub const C: u8 = a::A;"),
        ];
        let found = circles(&read_crate(&files));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].files.len(), 3, "{}", found[0]);
    }

    #[test]
    fn what_is_for_tests_and_what_is_in_one_file_ties_nothing() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            (
                "a.rs",
                "pub struct A;\n#[cfg(test)] mod tests { use crate::b::B; }\n#[cfg(test)] use crate::b::B;",
            ),
            (
                "b.rs",
                "pub struct B(inner::I);\nmod inner { pub struct I; fn f(x: super::B, y: crate::a::A) {} }",
            ),
        ];
        assert_eq!(ties(&files), ["b.rs -> a.rs: A"]);
    }

    #[test]
    fn other_crates_and_names_that_lead_nowhere_tie_nothing() {
        let files = [
            (
                "lib.rs",
                "mod a;\nuse std::fmt;\nfn f() -> fmt::Result { serde::de() }",
            ),
            (
                "a.rs",
                "use a::a;\nuse ::a::b;\nuse std::a;\nfn g() { String::new(); Self::x(); T::y() }",
            ),
        ];
        assert_eq!(ties(&files), [""; 0]);
    }
}
