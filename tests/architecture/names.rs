//! Where the names in a crate's sources lead: through `use` lines, re-exports of faces, globs and inline modules, to
//! the file that defines what is meant.

use std::collections::{HashMap, HashSet};

use crate::{
    mentions::{self, Kind, Mention, Path, below},
    source::{Source, name},
};

/// A name that one file uses and another defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrow {
    /// Index of the file that uses it.
    pub(crate) from: usize,
    /// Index of the file that defines it.
    pub(crate) to: usize,
    /// Where it is used first.
    pub(crate) line: usize,
}

/// The arrows between a crate's files: each pair once, in the order of files and lines.
///
/// A name that a `mod.rs` or `lib.rs` hands on leads to the file that defines it, as if the face were not there. An
/// arrow ends in a face only for what the face itself defines.
pub(crate) fn arrows(sources: &[Source]) -> Vec<Arrow> {
    let (names, mentions) = Names::read(sources);
    let mut first: HashMap<(usize, usize), usize> = HashMap::new();
    for mention in &mentions {
        for to in names.files(mention) {
            if to != mention.file {
                let line = first.entry((mention.file, to)).or_insert(mention.line);
                *line = mention.line.min(*line);
            }
        }
    }
    let mut arrows: Vec<_> = first.into_iter().map(|((from, to), line)| Arrow { from, to, line }).collect();
    arrows.sort_by_key(|arrow| (arrow.from, arrow.line, arrow.to));
    arrows
}

/// The modules of a crate, and what they know by name.
pub(crate) struct Names {
    crate_name: String,
    modules: HashMap<Path, Module>,
}

#[derive(Default)]
struct Module {
    file: usize,
    names: HashMap<String, Vec<Meaning>>,
    globs: Vec<Path>,
}

/// What a name stands for in a module. It may stand for several things at once: a type, a value, a macro.
enum Meaning {
    /// Something that this module defines.
    Item,
    /// A module below this one.
    Module(Path),
    /// What this path, as it is written here, leads to.
    Import(Path),
}

/// Where a path ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Module(Path),
    /// Something that this file defines.
    Item(usize),
}

/// Names that are being followed: those that lead to themselves lead nowhere.
type Trail = Vec<(Path, String)>;

impl Names {
    /// Reads a crate: what its modules know by name, and every path in its code.
    pub(crate) fn read(sources: &[Source]) -> (Self, Vec<Mention>) {
        let crate_name = sources.first().map(|source| source.krate.replace('-', "_")).unwrap_or_default();
        let mut names = Self { crate_name, modules: HashMap::new() };
        for (file, source) in sources.iter().enumerate() {
            names.modules.insert(source.module.clone(), Module { file, ..Module::default() });
        }
        let mut mentions = Vec::new();
        for (file, source) in sources.iter().enumerate() {
            names.define(file, &source.module, &source.code.items);
            mentions.extend(mentions::read(file, source));
        }
        mentions.iter().for_each(|mention| names.import(mention));
        (names, mentions)
    }

    /// Where a mention leads within this crate.
    pub(crate) fn ends(&self, mention: &Mention) -> Vec<End> {
        self.follow(&mention.module, &mention.path, &mut Trail::new())
    }

    fn define(&mut self, file: usize, module: &Path, items: &[syn::Item]) {
        for item in items {
            if let syn::Item::Mod(inner) = item {
                let path = below(module, &name(&inner.ident));
                if let Some((_, items)) = &inner.content {
                    self.modules.insert(path.clone(), Module { file, ..Module::default() });
                    self.define(file, &path, items);
                }
                self.enter(module, name(&inner.ident), Meaning::Module(path));
            } else if let Some(ident) = defined(item) {
                self.enter(module, name(ident), Meaning::Item);
                if is_exported_macro(item) && !module.is_empty() {
                    let path = below(&[vec!["crate".to_owned()], module.clone()].concat(), &name(ident));
                    self.enter(&Path::new(), name(ident), Meaning::Import(path));
                }
            }
        }
    }

    /// Enters what a `use` brings into its module.
    fn import(&mut self, mention: &Mention) {
        match (mention.kind, &mention.name) {
            (Kind::Use, Some(name)) => {
                self.enter(&mention.module, name.clone(), Meaning::Import(mention.path.clone()));
            }
            (Kind::Glob, _) => {
                if let Some(module) = self.modules.get_mut(&mention.module) {
                    module.globs.push(mention.path.clone());
                }
            }
            _ => {}
        }
    }

    fn enter(&mut self, module: &Path, name: String, meaning: Meaning) {
        if let Some(module) = self.modules.get_mut(module) {
            module.names.entry(name).or_default().push(meaning);
        }
    }

    /// The files of this crate that a mention needs.
    fn files(&self, mention: &Mention) -> HashSet<usize> {
        if mention.kind == Kind::Visibility {
            return HashSet::new();
        }
        let files = self.ends(mention).into_iter().flat_map(|end| match end {
            End::Item(file) => vec![file],
            // A module by itself is no use of it: the paths that go through its name are.
            End::Module(module) if mention.kind == Kind::Glob => self.everything(&module),
            End::Module(_) => Vec::new(),
        });
        files.collect()
    }

    /// The files of all that a module has by name.
    fn everything(&self, path: &Path) -> Vec<usize> {
        let Some(module) = self.modules.get(path) else { return Vec::new() };
        let named = module.names.keys().flat_map(|name| self.look_up(path, name, &mut Trail::new()));
        let files = named.filter_map(|end| match end {
            End::Item(file) => Some(file),
            End::Module(_) => None,
        });
        let globs = module.globs.iter().flat_map(|glob| self.follow(path, glob, &mut Trail::new()));
        let inner = globs.flat_map(|end| match end {
            End::Item(file) => vec![file],
            End::Module(inner) if inner.starts_with(path) && inner != *path => self.everything(&inner),
            End::Module(inner) => self.modules.get(&inner).map(|module| module.file).into_iter().collect(),
        });
        files.chain(inner).collect()
    }

    /// Where a path leads that is written in the module `from`; nowhere if it leaves the crate.
    fn follow(&self, from: &Path, path: &[String], trail: &mut Trail) -> Vec<End> {
        let Some((first, rest)) = path.split_first() else { return Vec::new() };
        let mut ends = match first.as_str() {
            "crate" => vec![End::Module(Path::new())],
            "self" => vec![End::Module(from.clone())],
            "super" => vec![End::Module(above(from))],
            _ => self.look_up(from, first, trail),
        };
        if ends.is_empty() && *first == self.crate_name {
            ends = vec![End::Module(Path::new())];
        }
        for segment in rest {
            ends = ends.into_iter().flat_map(|end| self.step(end, segment, trail)).collect();
        }
        ends
    }

    /// What stands behind `segment` at the end of a path. Behind an item: what belongs to it.
    fn step(&self, end: End, segment: &str, trail: &mut Trail) -> Vec<End> {
        let End::Module(module) = end else { return vec![end] };
        match segment {
            "self" => vec![End::Module(module)],
            "super" => vec![End::Module(above(&module))],
            _ => {
                let found = self.look_up(&module, segment, trail);
                // A name that cannot be read, as of something that a macro makes, belongs to the module's file. A
                // name that is being followed already is none of those.
                let is_known = trail.iter().any(|(at, name)| *at == module && name == segment);
                match self.modules.get(&module) {
                    Some(Module { file, .. })
                        if found.is_empty() && !is_known && !self.is_foreign(&module, segment) =>
                    {
                        vec![End::Item(*file)]
                    }
                    _ => found,
                }
            }
        }
    }

    /// Whether a module knows the name, and has it from another crate.
    fn is_foreign(&self, module: &Path, name: &str) -> bool {
        self.modules.get(module).is_some_and(|module| module.names.contains_key(name))
    }

    fn look_up(&self, module: &Path, name: &str, trail: &mut Trail) -> Vec<End> {
        let (Some(known), step) = (self.modules.get(module), (module.clone(), name.to_owned())) else {
            return Vec::new();
        };
        if trail.contains(&step) {
            return Vec::new();
        }
        trail.push(step);
        let mut ends = Vec::new();
        for meaning in known.names.get(name).into_iter().flatten() {
            match meaning {
                Meaning::Item => ends.push(End::Item(known.file)),
                Meaning::Module(path) => ends.push(End::Module(path.clone())),
                Meaning::Import(path) => ends.extend(self.follow(module, path, trail)),
            }
        }
        if !known.names.contains_key(name) {
            for glob in &known.globs {
                for end in self.follow(module, glob, trail) {
                    if let End::Module(inner) = end {
                        ends.extend(self.look_up(&inner, name, trail));
                    }
                }
            }
        }
        trail.pop();
        ends
    }
}

fn above(module: &Path) -> Path {
    module[..module.len().saturating_sub(1)].to_vec()
}

fn defined(item: &syn::Item) -> Option<&syn::Ident> {
    Some(match item {
        syn::Item::Const(item) => &item.ident,
        syn::Item::Enum(item) => &item.ident,
        syn::Item::Fn(item) => &item.sig.ident,
        syn::Item::Macro(item) => item.ident.as_ref()?,
        syn::Item::Static(item) => &item.ident,
        syn::Item::Struct(item) => &item.ident,
        syn::Item::Trait(item) => &item.ident,
        syn::Item::TraitAlias(item) => &item.ident,
        syn::Item::Type(item) => &item.ident,
        syn::Item::Union(item) => &item.ident,
        _ => return None,
    })
}

fn is_exported_macro(item: &syn::Item) -> bool {
    matches!(item, syn::Item::Macro(item) if item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The arrows of a made-up crate, as `from to`, without folder and extension.
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<_> =
            files.iter().map(|(path, text)| Source::parse(&format!("mcp-core/src/{path}"), text)).collect();
        let short = |file: usize| sources[file].path["mcp-core/src/".len()..].trim_end_matches(".rs").to_owned();
        arrows(&sources).iter().map(|arrow| format!("{} {}", short(arrow.from), short(arrow.to))).collect()
    }

    /// What `a/user.rs` needs, in a crate whose face `a/mod.rs` hands on what `a/maker.rs` and `b.rs` define.
    fn needs(text: &str) -> Vec<String> {
        let files = [
            ("lib.rs", "mod a; mod b; pub use a::Made; pub use outside::Foreign;"),
            ("a/mod.rs", "mod maker; mod user; mod deep; pub use maker::{Made, make as made}; pub use crate::b::*;"),
            (
                "a/maker.rs",
                "pub struct Made; pub enum Kind { One } pub fn make() {} pub mod inner { pub struct Inner; }",
            ),
            ("a/deep/mod.rs", "mod low; pub use self::low::Low; pub(crate) use super::maker as renamed;"),
            ("a/deep/low.rs", "pub struct Low;"),
            ("b.rs", "pub struct Bee; #[macro_export] macro_rules! bee { () => {} }"),
            ("a/user.rs", text),
        ];
        let mut needs: Vec<_> =
            found(&files).iter().filter_map(|arrow| arrow.strip_prefix("a/user ").map(str::to_owned)).collect();
        needs.sort();
        needs
    }

    #[test]
    fn a_name_leads_through_faces_to_the_file_that_defines_it() {
        for (text, to) in [
            ("use super::Made;", "a/maker"),
            ("use super::{Made};", "a/maker"),
            ("use crate::a::Made as Other;", "a/maker"),
            ("use crate::{a::{made}};", "a/maker"),
            ("use crate::Made;", "a/maker"),
            ("use mcp_core::Made;", "a/maker"),
            ("use super::maker::Kind::One;", "a/maker"),
            ("use super::maker::inner::{Inner};", "a/maker"),
            ("use super::maker::inner::{self}; type X = inner::Inner;", "a/maker"),
            ("use super::{self as face}; type X = face::Made;", "a/maker"),
            ("use super::deep::{self, Low};", "a/deep/low"),
            ("use super::deep; fn f(x: deep::Low) {}", "a/deep/low"),
            ("use super::deep::renamed::Kind;", "a/maker"),
            ("use crate::a::Bee;", "b"),
            ("use super::Bee;", "b"),
            ("crate::bee!();", "b"),
        ] {
            assert_eq!(needs(text), [to], "{text}");
        }
    }

    #[test]
    fn paths_are_found_wherever_they_stand() {
        for text in [
            "fn f() { super::made() }",
            "fn f() -> u8 { match x { super::maker::Kind::One => 1 } }",
            "impl crate::a::Made {}",
            "fn f<T: Into<super::Made>>() {}",
            "fn f() { select! { x = super::made() => {} } }",
            "struct X { #[serde(default = \"super::made\")] x: u8 }",
            "mod inner { use super::super::Made; }",
            "mod inner { fn f(x: super::super::Made) {} }",
            "fn f() { use super::Made; }",
            "fn f() { let x = ..super::made(); }",
            "fn f() -> impl Sized + use<> { super::made() }",
        ] {
            assert_eq!(needs(text), ["a/maker"], "{text}");
        }
    }

    #[test]
    fn a_glob_needs_what_it_brings() {
        assert_eq!(needs("use super::maker::*;"), ["a/maker"]);
        assert_eq!(needs("use super::deep::*;"), ["a/deep/low"]);
        assert_eq!(needs("use crate::b::*;"), ["b"]);
        assert_eq!(needs("use super::*;"), ["a/maker", "b"]);
        assert_eq!(needs("use super::deep::*; fn f() -> renamed::Made {}"), ["a/deep/low", "a/maker"]);
    }

    #[test]
    fn what_is_not_used_needs_nothing() {
        for text in [
            "use super::maker;",
            "use outside::Thing; use ::b::Bee; use std::fmt::{self, Debug};",
            "use crate::Foreign;",
            "pub(in crate::a) struct X; fn f(x: X) { x.super_made() }",
            "/// See [`super::Made`].\nstruct X;",
            "#[cfg(test)] mod tests { use super::super::Made; }",
            "struct Made; impl Made { fn f() { Made::f() } }",
            "macro_rules! m { () => { $crate::a::made() } }",
            "fn f<'maker>(x: &'maker u8) {}",
            "struct X { #[serde(rename = \"super::made\")] x: u8 }",
        ] {
            assert_eq!(needs(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_name_that_cannot_be_read_belongs_to_the_file_of_its_module() {
        assert_eq!(needs("use super::maker::MadeByAMacro;"), ["a/maker"]);
        assert_eq!(needs("use super::MadeByAMacro;"), ["a/mod"]);
    }

    #[test]
    fn names_that_lead_to_themselves_lead_nowhere() {
        let files = [("lib.rs", "mod a; mod b;"), ("a.rs", "pub use crate::b::X;"), ("b.rs", "pub use crate::a::X;")];
        assert_eq!(found(&files), [""; 0]);
        let globs =
            [("lib.rs", "mod a; mod b;"), ("a.rs", "pub use crate::b::*;"), ("b.rs", "pub use crate::a::*; struct B;")];
        assert_eq!(found(&globs), ["a b"]);
    }

    #[test]
    fn an_arrow_says_where_the_name_is_used_first() {
        let sources = [
            Source::parse("mcp-core/src/lib.rs", "mod a;\nmod b;"),
            Source::parse("mcp-core/src/a.rs", "pub struct A;"),
            Source::parse(
                "mcp-core/src/b.rs",
                "use std::{\n    fmt,\n};\nuse crate::{\n    a::A,\n};\nfn f(a: crate::a::A) {}",
            ),
        ];
        assert_eq!(arrows(&sources), [Arrow { from: 2, to: 1, line: 5 }]);
    }
}
