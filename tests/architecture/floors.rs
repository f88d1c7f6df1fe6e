//! The line of rooms of each crate: a room imports only what stands to its left.

use std::collections::HashMap;

use proc_macro2::{Delimiter, TokenTree};
use syn::UseTree;

use crate::source::{Finding, Source, attributes, is_punct, name};

/// The rooms of each crate, ground floor first. A new top-level module gets its place here and in
/// `docs/architecture.md`.
pub(crate) const LINES: [(&str, &str); 4] = [
    (
        "mcp-core",
        "error version json uri_template schema jsonrpc framing model header sink call transport peer era auth",
    ),
    (
        "mcp-server",
        "limits budget outbox backplane notifier lifecycle watchdog request_state auth http logging context handler extension registry tasks \
         router middleware engine era server builder serve redis",
    ),
    (
        "mcp-client",
        "error limits http auth handlers cache connection answer era client pages subscription tasks builder connect",
    ),
    ("mcp-macros", "doc_text attributes signature form definition handlers lib"),
];

/// Where the names at a crate's root come from.
#[derive(Default)]
pub(crate) struct Face(HashMap<String, Origin>);

#[derive(Clone)]
enum Origin {
    /// A room re-exports it.
    Room(String),
    /// `lib.rs` itself defines it.
    Lib,
    /// Another crate.
    Outside,
}

impl Face {
    /// What `lib.rs` and the exported macros put at the root.
    pub(crate) fn of(sources: &[Source]) -> Self {
        let mut face = Self::default();
        for source in sources {
            let rooms = rooms(&source.krate);
            for item in &source.code.items {
                match item {
                    syn::Item::Macro(item) if is_exported(&item.attrs) => {
                        if let Some(ident) = &item.ident {
                            face.0.insert(name(ident), Origin::Room(source.room().to_owned()));
                        }
                    }
                    syn::Item::Use(item) if source.module.is_empty() => face.add_use(&item.tree, None, &rooms),
                    _ if source.module.is_empty() => face.0.extend(defined(item).map(|name| (name, Origin::Lib))),
                    _ => {}
                }
            }
        }
        face
    }

    fn add_use(&mut self, tree: &UseTree, first: Option<&str>, rooms: &[&str]) {
        let origin = |first: &str| match first {
            room if rooms.contains(&room) => Origin::Room(room.to_owned()),
            _ => Origin::Outside,
        };
        match tree {
            UseTree::Path(path) => {
                let segment = name(&path.ident);
                let first = first.or(Some(&segment)).filter(|first| !matches!(*first, "self" | "crate"));
                self.add_use(&path.tree, first, rooms);
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_use(tree, first, rooms)),
            UseTree::Name(leaf) => {
                let leaf = name(&leaf.ident);
                let origin = origin(first.unwrap_or(&leaf));
                self.0.insert(leaf, origin);
            }
            UseTree::Rename(leaf) => {
                let origin = origin(first.unwrap_or(&name(&leaf.ident)));
                self.0.insert(name(&leaf.rename), origin);
            }
            UseTree::Glob(_) => {}
        }
    }
}

/// Finds imports that go up a floor, in `use` trees, in paths and in what macros are given.
pub(crate) fn check(source: &Source, face: &Face) -> Vec<Finding> {
    if source.module.is_empty() {
        return Vec::new();
    }
    let rooms = rooms(&source.krate);
    let Some(floor) = rooms.iter().position(|room| *room == source.room()) else {
        let sentence = format!(
            "`{}` is no room of {}: add it to the line in tests/architecture/floors.rs, at the place that its imports allow",
            source.room(),
            source.krate
        );
        return vec![source.finding(1, sentence)];
    };
    let mut walk = Walk { own_name: source.krate.replace('-', "_"), roots: Vec::new() };
    walk.tokens(&source.tokens().into_iter().collect::<Vec<_>>(), &source.module);
    walk.roots
        .into_iter()
        .filter_map(|(line, target)| Some(source.finding(line, complaint(source, &rooms, floor, face, &target)?)))
        .collect()
}

fn complaint(source: &Source, rooms: &[&str], floor: usize, face: &Face, target: &str) -> Option<String> {
    let room = source.room();
    let origin = match face.0.get(target) {
        _ if rooms.contains(&target) => Origin::Room(target.to_owned()),
        Some(origin) => origin.clone(),
        None => {
            return Some(format!(
                "`{target}` at the crate's root is neither a room nor known to lib.rs: import it from the room that defines it"
            ));
        }
    };
    match origin {
        Origin::Outside => None,
        Origin::Lib => Some(format!(
            "`{room}` imports `{target}` from lib.rs, which stands above every room: define it in a room to the left of `{room}`"
        )),
        Origin::Room(other) => {
            let up = rooms.iter().position(|room| *room == other).is_none_or(|other| other > floor);
            up.then(|| {
                format!(
                    "`{room}` imports `{other}`, which stands to its right in {}: this line belongs in `{other}` or above, \
                     or what both need belongs in `{room}` or to the left of it",
                    source.krate
                )
            })
        }
    }
}

fn rooms(krate: &str) -> Vec<&'static str> {
    LINES.iter().find(|(name, _)| *name == krate).map(|(_, line)| line.split_whitespace().collect()).unwrap_or_default()
}

fn is_exported(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("macro_export"))
}

/// The name that an item of `lib.rs` defines. `mod x;` defines a room, not a name.
fn defined(item: &syn::Item) -> Option<String> {
    let ident = match item {
        syn::Item::Const(item) => &item.ident,
        syn::Item::Enum(item) => &item.ident,
        syn::Item::Fn(item) => &item.sig.ident,
        syn::Item::Macro(item) if !is_exported(attributes(&syn::Item::Macro(item.clone()))) => item.ident.as_ref()?,
        syn::Item::Mod(item) if item.content.is_some() => &item.ident,
        syn::Item::Static(item) => &item.ident,
        syn::Item::Struct(item) => &item.ident,
        syn::Item::Trait(item) => &item.ident,
        syn::Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name(ident))
}

/// Collects the first names below the crate's root that paths go through. A path that stays below its own room
/// names nothing there.
struct Walk {
    own_name: String,
    roots: Vec<(usize, String)>,
}

impl Walk {
    fn tokens(&mut self, tokens: &[TokenTree], module: &[String]) {
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => {
                    let inner: Vec<_> = group.stream().into_iter().collect();
                    match inline_module(tokens, at) {
                        Some(name) => self.tokens(&inner, &[module, &[name]].concat()),
                        None => self.tokens(&inner, module),
                    }
                }
                // `$crate` is resolved where the macro is used; after `::` an identifier is no start of a path.
                TokenTree::Ident(ident) if !is_punct(tokens, at.wrapping_sub(1), '$') && !follows_path(tokens, at) => {
                    match name(ident).as_str() {
                        "crate" => self.path(&tokens[at + 1..], 0),
                        "super" => self.path(&tokens[at + 1..], module.len().saturating_sub(1)),
                        own if own == self.own_name => self.path(&tokens[at + 1..], 0),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }

    /// Follows a path from the module `depth` floors below the root. `rest` begins with `::` if the path goes on.
    fn path(&mut self, rest: &[TokenTree], depth: usize) {
        if is_punct(rest, 0, ':') && is_punct(rest, 1, ':') {
            self.segment(&rest[2..], depth);
        }
    }

    fn segment(&mut self, rest: &[TokenTree], depth: usize) {
        match rest.first() {
            Some(TokenTree::Ident(ident)) if ident == "super" => self.path(&rest[1..], depth.saturating_sub(1)),
            Some(TokenTree::Ident(ident)) if depth == 0 && ident != "self" => {
                self.roots.push((ident.span().start().line, name(ident)));
            }
            Some(TokenTree::Punct(star)) if depth == 0 && star.as_char() == '*' => {
                self.roots.push((star.span().start().line, "*".to_owned()));
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let entries: Vec<_> = group.stream().into_iter().collect();
                for entry in entries.split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',')) {
                    self.segment(entry, depth);
                }
            }
            _ => {}
        }
    }
}

fn inline_module(tokens: &[TokenTree], body: usize) -> Option<String> {
    match (tokens.get(body.checked_sub(2)?)?, &tokens[body - 1], &tokens[body]) {
        (TokenTree::Ident(keyword), TokenTree::Ident(ident), TokenTree::Group(group))
            if keyword == "mod" && group.delimiter() == Delimiter::Brace =>
        {
            Some(name(ident))
        }
        _ => None,
    }
}

fn follows_path(tokens: &[TokenTree], at: usize) -> bool {
    // `::crate_name` starts a path; `a::crate_name` and `super::super` do not.
    at >= 3 && is_punct(tokens, at - 1, ':') && is_punct(tokens, at - 2, ':') && {
        matches!(&tokens[at - 3], TokenTree::Ident(_)) || is_punct(tokens, at - 3, '>')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str, lib: &str) -> Vec<String> {
        let lib = Source::parse("mcp-server/src/lib.rs", lib);
        check(&Source::parse(path, text), &Face::of(&[lib])).iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn caught(text: &str) {
        let found = found("mcp-server/src/context.rs", text, "pub use server::Server; pub type Result = ();");
        assert_eq!(found.len(), 1, "{text}: {found:?}");
    }

    #[track_caller]
    fn free(text: &str) {
        let lib = "pub use limits::Limits; pub use mcp_core::Error;";
        assert_eq!(found("mcp-server/src/context.rs", text, lib), [""; 0], "{text}");
    }

    #[test]
    fn every_form_of_an_import_upwards_is_caught() {
        for text in [
            "use crate::server::Server;",
            "use crate::{limits::Limits, server::{Server, WeakServer}};",
            "use {crate::limits, super::server as above};",
            "use super::server;",
            "use super::{limits, server};",
            "mod deep { use super::super::server::Server; }",
            "fn f() -> u8 { crate::router::route() }",
            "fn f() { tokio::select! { _ = crate::router::route() => {} } }",
            "fn f() { mcp_server::router::route() }",
            "impl crate::registry::Source for () {}",
            "use crate::Server;",
            "use crate::Result;",
            "use crate::unknown::Thing;",
            "use crate::*;",
            "pub(in crate::server) fn f() {}",
        ] {
            caught(text);
        }
    }

    #[test]
    fn imports_to_the_left_and_within_the_room_are_free() {
        for text in [
            "use crate::{http::body, limits::Limits}; use super::notifier::Notifier;",
            "use crate::context::Context; use super::limits;",
            "mod deep { use super::Context; }",
            "use crate::{Error, Limits};",
            "use mcp_core::call::Call; use tokio::net;",
            "#[cfg(test)] mod tests { use crate::server::Server; }",
            "/// See [`crate::server::Server`].\npub(crate) struct X;",
            "macro_rules! tools { () => { $crate::__private::Tools } }",
        ] {
            free(text);
        }
    }

    #[test]
    fn the_sentence_says_where_the_line_belongs() {
        let found = found("mcp-server/src/context.rs", "\nuse crate::server::Server;", "");
        assert!(found[0].contains("mcp-server/src/context.rs:2: `context` imports `server`"), "{found:?}");
        assert!(found[0].contains("this line belongs in `server` or above"), "{found:?}");
    }

    #[test]
    fn a_file_in_a_folder_stands_in_the_room_of_its_folder() {
        let path = "mcp-server/src/http/body.rs";
        assert_eq!(found(path, "use crate::http::reply; use super::reply; use crate::limits::Limits;", ""), [""; 0]);
        assert_eq!(found(path, "use super::super::serve::stdio;", "").len(), 1);
    }

    #[test]
    fn a_module_without_a_place_is_caught() {
        let found = found("mcp-server/src/helpers/mod.rs", "", "");
        assert!(found[0].contains("add it to the line in tests/architecture"), "{found:?}");
    }
}
