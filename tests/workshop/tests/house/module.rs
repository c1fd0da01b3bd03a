//! The modules of a crate as they stand in its files, without what is only there for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, Meta, UseTree};

/// A module: a file, or a part of one.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// The file's path from the crate's own folder.
    pub(crate) file: String,
    pub(crate) parent: Option<usize>,
    pub(crate) children: BTreeMap<String, usize>,
    /// The names of what is defined here.
    pub(crate) items: BTreeSet<String>,
    pub(crate) uses: Vec<Use>,
    /// Paths of two names or more, as they are written.
    pub(crate) paths: Vec<Vec<String>>,
}

/// One name of a `use`.
#[derive(Debug, PartialEq)]
pub(crate) struct Use {
    pub(crate) path: Vec<String>,
    /// What it is called here; nothing for all that the path has.
    pub(crate) name: Option<String>,
}

/// Where the text of a file comes from; nothing if there is no such file.
pub(crate) type Source<'a> = &'a dyn Fn(&Path) -> Option<String>;

/// All modules of a crate, the first of which is that of its root file.
///
/// # Errors
/// A file is not there, or is no Rust.
pub(crate) fn read(root: &Path, source: Source) -> Result<Vec<Module>, String> {
    let folder = root.parent().unwrap_or(Path::new(""));
    let mut reader = Reader {
        folder,
        source,
        modules: Vec::new(),
    };
    reader.file(root, folder, None)?;
    Ok(reader.modules)
}

struct Reader<'a> {
    folder: &'a Path,
    source: Source<'a>,
    modules: Vec<Module>,
}

impl Reader<'_> {
    /// Reads a file, whose modules have their files in `below`.
    fn file(&mut self, path: &Path, below: &Path, parent: Option<usize>) -> Result<usize, String> {
        let name = path.strip_prefix(self.folder).unwrap_or(path);
        let text = (self.source)(path).ok_or(format!("{}: no such file", path.display()))?;
        let parsed =
            syn::parse_file(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        self.module(&name.to_string_lossy(), &parsed.items, below, parent)
    }

    fn module(
        &mut self,
        file: &str,
        items: &[Item],
        below: &Path,
        parent: Option<usize>,
    ) -> Result<usize, String> {
        let id = self.modules.len();
        self.modules.push(Module {
            file: file.to_owned(),
            parent,
            ..Module::default()
        });
        for item in items {
            let Item::Mod(child) = item else {
                let module = &mut self.modules[id];
                module.items.extend(name_of(item));
                module.visit_item(item);
                continue;
            };
            if is_for_tests(&child.attrs) {
                continue;
            }
            let name = child.ident.to_string();
            let folder = below.join(&name);
            let child = match &child.content {
                Some((_, items)) => self.module(file, items, &folder, Some(id))?,
                None => {
                    let beside = below.join(format!("{name}.rs"));
                    let path = match (self.source)(&beside) {
                        Some(_) => beside,
                        None => folder.join("mod.rs"),
                    };
                    self.file(&path, &folder, Some(id))?
                }
            };
            self.modules[id].children.insert(name, child);
        }
        Ok(id)
    }
}

/// Collects what a module names, except in what is for tests.
impl<'ast> Visit<'ast> for Module {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_for_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        // `::name` is always another crate.
        if item.leading_colon.is_none() {
            flatten(&item.tree, &mut Vec::new(), &mut self.uses);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() && path.segments.len() > 1 {
            let names = path
                .segments
                .iter()
                .map(|segment| segment.ident.to_string());
            self.paths.push(names.collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        visit::visit_macro(self, call);
        paths_in(&call.tokens, &mut self.paths);
    }
}

/// The names of a tree of `use`, each with its whole path.
fn flatten(tree: &UseTree, before: &mut Vec<String>, uses: &mut Vec<Use>) {
    let mut add = |last: Option<String>, name: Option<String>| {
        // `a::{self}` is `a`.
        let last = last.filter(|last| last != "self" || before.is_empty());
        let path: Vec<String> = before.iter().cloned().chain(last).collect();
        let name = match name.as_deref() {
            Some("self") => path.last().cloned(),
            _ => name,
        };
        uses.push(Use { path, name });
    };
    match tree {
        UseTree::Name(one) => add(Some(one.ident.to_string()), Some(one.ident.to_string())),
        UseTree::Rename(one) => add(Some(one.ident.to_string()), Some(one.rename.to_string())),
        UseTree::Glob(_) => add(None, None),
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            flatten(&path.tree, before, uses);
            before.pop();
        }
        UseTree::Group(group) => {
            for one in &group.items {
                flatten(one, before, uses);
            }
        }
    }
}

/// The paths in what a macro is given, of which only the macro knows what it is.
fn paths_in(tokens: &TokenStream, paths: &mut Vec<Vec<String>>) {
    let mut path: Vec<String> = Vec::new();
    // How many colons came after the last name.
    let mut colons = 0;
    let mut end = |path: &mut Vec<String>| {
        let path = std::mem::take(path);
        if path.len() > 1 {
            paths.push(path);
        }
    };
    let mut groups = Vec::new();
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(name) => {
                if colons != 2 {
                    end(&mut path);
                }
                path.push(name.to_string());
                colons = 0;
            }
            TokenTree::Punct(mark) if mark.as_char() == ':' && !path.is_empty() => colons += 1,
            other => {
                end(&mut path);
                colons = 0;
                if let TokenTree::Group(group) = other {
                    groups.push(group.stream());
                }
            }
        }
    }
    end(&mut path);
    for group in groups {
        paths_in(&group, paths);
    }
}

/// `#[test]`, `#[cfg(test)]`, `#[cfg(all(test, …))]`.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("cfg") => {
            let said: String = list.tokens.to_string().split_whitespace().collect();
            said == "test" || said.starts_with("all(test,")
        }
        _ => false,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses_of(text: &str) -> Vec<(String, String)> {
        let modules = read(Path::new("lib.rs"), &|_| Some(text.to_owned())).unwrap();
        let shown = |one: &Use| {
            (
                one.path.join("::"),
                one.name.clone().unwrap_or("*".to_owned()),
            )
        };
        modules[0].uses.iter().map(shown).collect()
    }

    #[test]
    fn a_tree_of_use_is_as_many_names_as_it_has() {
        let uses = uses_of("use a::b::{self, C, d::{E as F, *}};\nuse g;\nuse ::h::I;");
        let expected = [
            ("a::b", "b"),
            ("a::b::C", "C"),
            ("a::b::d::E", "F"),
            ("a::b::d", "*"),
            ("g", "g"),
        ];
        assert_eq!(
            uses,
            expected.map(|(path, name)| (path.to_owned(), name.to_owned()))
        );
    }

    #[test]
    fn paths_are_found_in_code_types_and_macros_and_not_in_tests() {
        let text = r#"
            fn f(x: crate::a::A) -> b::B<super::c::C> { println!("{}", crate::d::e(x.f(), g::<u8>::h)); i!({ j::k }) }
            #[cfg(test)] fn t() { crate::no::no() }
            #[cfg(all(test, unix))] use crate::no::no;
            #[test] fn t2() { crate::no::no() }
            struct S; impl S { fn ok(&self) { l::m!(n: o::p) } #[cfg(test)] fn t(&self) { crate::no::no() } }
            "crate::no::no";
        "#
        .replace("\"crate::no::no\";", "");
        let modules = read(Path::new("lib.rs"), &|_| Some(text.clone())).unwrap();
        let mut paths: Vec<String> = modules[0]
            .paths
            .iter()
            .map(|path| path.join("::"))
            .collect();
        paths.sort();
        assert_eq!(
            paths,
            [
                "b::B",
                "crate::a::A",
                "crate::d::e",
                "j::k",
                "l::m",
                "o::p",
                "super::c::C"
            ]
        );
        assert!(modules[0].uses.is_empty());
        let items: Vec<&str> = modules[0].items.iter().map(String::as_str).collect();
        assert_eq!(items, ["S", "f", "t", "t2"]);
    }
}
