//! The crate's sources as the compiler reads them: its modules from `lib.rs` on, without tests, and what
//! each file uses of the others.

use super::repository;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::{Attribute, File, Item, ItemMod, UseTree};

/// A module's place in the crate: `["issuer", "grant"]`; empty for the crate's root.
type Module = Vec<String>;

/// One file of the crate.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// Its path below `src`.
    pub(crate) file: String,
    /// The paths that stand in its code outside of tests, as written: `["crate", "jose", "key", "Key"]`.
    pub(crate) paths: BTreeSet<Vec<String>>,
    /// The types and traits that it defines.
    pub(crate) types: BTreeSet<String>,
    module: Module,
    /// The names that its `use` items bind, and what each stands for.
    names: BTreeMap<String, Vec<String>>,
    /// Modules that are imported as a whole: `use super::*`.
    globs: Vec<Vec<String>>,
}

/// All files of the crate, by their modules.
#[derive(Debug)]
pub(crate) struct Sources(BTreeMap<Module, Source>);

impl Sources {
    /// Reads the files that `src/lib.rs` declares, and those that these declare.
    pub(crate) fn read() -> Self {
        let mut sources = Self(BTreeMap::new());
        sources.add(&repository().join("src/lib.rs"), Vec::new());
        sources
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.values()
    }

    fn add(&mut self, path: &Path, module: Module) {
        let text = std::fs::read_to_string(path).unwrap();
        let File { items, .. } = syn::parse_file(&text).unwrap();
        let file = path.strip_prefix(repository().join("src")).unwrap().display().to_string();
        let mut source = Source { file, module: module.clone(), ..Source::default() };
        let folder = match path.file_stem().and_then(|stem| stem.to_str()) {
            Some("lib" | "mod") => path.parent().unwrap().to_path_buf(),
            _ => path.with_extension(""),
        };
        for item in items.into_iter().filter(|item| !is_test(attributes(item))) {
            match item {
                Item::Mod(ItemMod { ident, content: None, .. }) => {
                    let name = ident.to_string();
                    let inner = [module.clone(), vec![name.clone()]].concat();
                    self.add(&file_of(&folder, &name), inner);
                }
                item => source.read(&item),
            }
        }
        self.0.insert(module, source);
    }

    /// The files that a file uses: those that define what it names. A module that a file names is not used
    /// by that alone, and an item that a module passes on is its definer's.
    pub(crate) fn used_by<'a>(&'a self, source: &'a Source) -> BTreeSet<&'a str> {
        let paths = source.paths.iter().filter_map(|path| self.defining(source, path, 0));
        let globs = source.globs.iter().filter_map(|path| self.module(&self.absolute(source, path)?));
        paths.chain(globs).map(|used| used.file.as_str()).filter(|file| *file != source.file).collect()
    }

    /// The file that defines what a path names, where that is one of the crate.
    fn defining(&self, source: &Source, path: &[String], depth: usize) -> Option<&Source> {
        // Names may be passed on in a circle only where the compiler would refuse them.
        assert!(depth < 20, "{path:?} in {}", source.file);
        let absolute = self.absolute(source, path)?;
        let (module, rest) = self.split(&absolute);
        let holder = &self.0[&module];
        let name = rest.first()?;
        match holder.names.get(name) {
            Some(target) if holder.file != source.file || target.as_slice() != path => {
                let target = [target.clone(), rest[1..].to_vec()].concat();
                self.defining(holder, &target, depth + 1)
            }
            _ => Some(holder),
        }
    }

    /// The path from the crate's root; `None` for a path into another crate, or a name of the file's own.
    fn absolute(&self, source: &Source, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        let mut module = source.module.clone();
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([module, rest.to_vec()].concat()),
            "super" => {
                module.pop();
                let mut rest = rest;
                while rest.first().is_some_and(|word| word == "super") {
                    module.pop();
                    rest = &rest[1..];
                }
                Some([module, rest.to_vec()].concat())
            }
            name if source.names.contains_key(name) => {
                let target = &source.names[name];
                if target.as_slice() == path || target.first().is_some_and(|word| word == name) {
                    return None;
                }
                let longer = [target.clone(), rest.to_vec()].concat();
                self.absolute(source, &longer)
            }
            name => {
                module.push(name.to_owned());
                self.0.contains_key(&module).then(|| [module, rest.to_vec()].concat())
            }
        }
    }

    fn split(&self, absolute: &[String]) -> (Module, Vec<String>) {
        let deepest = (0..=absolute.len()).rev().find(|end| self.0.contains_key(&absolute[..*end]));
        let end = deepest.unwrap_or(0);
        (absolute[..end].to_vec(), absolute[end..].to_vec())
    }

    fn module(&self, absolute: &[String]) -> Option<&Source> {
        self.0.get(absolute)
    }
}

impl Source {
    /// Whether its code names something by that full path, or by a longer one; the last word may go on:
    /// `rustls::Server` is named by `rustls::ServerConfig`. What a `use` shortens is written out.
    pub(crate) fn names_path(&self, path: &str) -> bool {
        self.paths.iter().any(|named| self.written_out(named).starts_with(path))
    }

    fn written_out(&self, path: &[String]) -> String {
        match path.split_first() {
            Some((first, rest)) if self.names.contains_key(first) => {
                [self.names[first].clone(), rest.to_vec()].concat().join("::")
            }
            _ => path.join("::"),
        }
    }

    fn read(&mut self, item: &Item) {
        match item {
            Item::Use(item) => {
                let passes_on = !matches!(item.vis, syn::Visibility::Inherited);
                self.import(&item.tree, &mut Vec::new(), passes_on);
            }
            item => {
                self.types.extend(type_name(item));
                collect(without_tests(item), &mut self.paths);
            }
        }
    }

    /// Takes in a `use`. What is only passed on is used by those who name it.
    fn import(&mut self, tree: &UseTree, before: &mut Vec<String>, passes_on: bool) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.import(&path.tree, before, passes_on);
                before.pop();
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, before, passes_on));
            }
            UseTree::Glob(_) => self.globs.push(before.clone()),
            UseTree::Name(name) => {
                self.bind(name.ident.to_string(), name.ident.to_string(), before, passes_on)
            }
            UseTree::Rename(name) => {
                self.bind(name.rename.to_string(), name.ident.to_string(), before, passes_on);
            }
        }
    }

    fn bind(&mut self, name: String, what: String, before: &[String], passes_on: bool) {
        let mut path = before.to_vec();
        let name = if what == "self" { before.last().cloned().unwrap_or_default() } else { name };
        if what != "self" {
            path.push(what);
        }
        if !passes_on {
            self.paths.insert(path.clone());
        }
        self.names.insert(name, path);
    }
}

/// `folder/name.rs`, or `folder/name/mod.rs`.
fn file_of(folder: &Path, name: &str) -> PathBuf {
    let file = folder.join(format!("{name}.rs"));
    if file.exists() { file } else { folder.join(name).join("mod.rs") }
}

/// Whether something is there only while the crate is tested.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let condition = attribute.meta.to_token_stream().to_string().replace(' ', "");
        condition == "cfg(test)" || condition == "test"
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
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn type_name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Enum(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// An item without the functions in it that are there for tests alone.
fn without_tests(item: &Item) -> TokenStream {
    let mut item = item.clone();
    if let Item::Impl(item) = &mut item {
        item.items.retain(|inner| !matches!(inner, syn::ImplItem::Fn(inner) if is_test(&inner.attrs)));
    }
    item.into_token_stream()
}

/// The paths in some code, those in macros among them.
fn collect(code: TokenStream, paths: &mut BTreeSet<Vec<String>>) {
    let mut path: Vec<String> = Vec::new();
    let mut colons = 0;
    for token in code {
        match token {
            TokenTree::Ident(word) => {
                if colons != 2 && !path.is_empty() {
                    paths.insert(std::mem::take(&mut path));
                }
                path.push(word.to_string());
                colons = 0;
            }
            TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
            token => {
                if !path.is_empty() {
                    paths.insert(std::mem::take(&mut path));
                }
                colons = 0;
                if let TokenTree::Group(group) = token {
                    collect(group.stream(), paths);
                }
            }
        }
    }
    if !path.is_empty() {
        paths.insert(path);
    }
}
