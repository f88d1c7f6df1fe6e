//! The line of rooms of each crate: a room imports only what stands to its left.

use std::collections::BTreeMap;

use crate::{
    names::{End, Names},
    source::{Finding, Source},
};

/// The rooms of each crate, ground floor first. A new top-level module gets its place here and in
/// `docs/architecture.md`.
pub(crate) const LINES: [(&str, &str); 4] = [
    (
        "mcp-core",
        "sync error version json decimal canonical uri uri_template schema jsonrpc framing model header sink call transport peer era",
    ),
    (
        "mcp-server",
        "limits budget permits outbox notifier lifecycle watchdog request_state backplane refusal_log rounds http logging context \
         handler extension registry discovery router middleware engine era server builder serve testing guide",
    ),
    (
        "mcp-client",
        "error limits timing http handlers changes cache answer connection era link client subscription builder connect functions servers",
    ),
    (
        "mcp-macros",
        "doc_text crate_path asks attributes own_name types completion signature form definition handlers lib",
    ),
];

/// Finds imports that go up a floor, in `use` trees, in paths and in what macros are given.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let (names, mentions) = Names::read(sources);
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| !source.module.is_empty()) {
        if !rooms(&source.krate).contains(&source.room()) {
            let sentence = format!(
                "`{}` is no room of {}: add it to the line in tests/architecture/floors.rs, at the place that its imports allow",
                source.room(),
                source.krate
            );
            findings.push(source.finding(1, sentence));
        }
    }
    let mut upward = BTreeMap::new();
    for mention in &mentions {
        let source = &sources[mention.file];
        let targets = names.ends(mention).into_iter().map(|end| match end {
            End::Item(file) => sources[file].room().to_owned(),
            End::Module(module) => module.first().map_or("lib", String::as_str).to_owned(),
        });
        for target in targets {
            if let Some(sentence) = complaint(source, &target) {
                upward.entry((mention.file, mention.line, target)).or_insert(sentence);
            }
        }
    }
    findings.extend(upward.into_iter().map(|((file, line, _), sentence)| sources[file].finding(line, sentence)));
    findings
}

/// What is wrong if this file imports from the room `target`.
fn complaint(source: &Source, target: &str) -> Option<String> {
    let (room, rooms) = (source.room(), rooms(&source.krate));
    // `lib.rs` stands above all, and a file that stands in no room has been found already.
    let floor = rooms.iter().position(|known| *known == room)?;
    if target == room {
        return None;
    }
    if target == "lib" {
        return Some(format!(
            "`{room}` imports from lib.rs, which stands above every room: import it from the room that defines it, or define \
             it in a room to the left of `{room}`"
        ));
    }
    let is_up = rooms.iter().position(|room| *room == target).is_none_or(|other| other > floor);
    is_up.then(|| {
        format!(
            "`{room}` imports `{target}`, which stands to its right in {}: this line belongs in `{target}` or above, or what \
             both need belongs in `{room}` or to the left of it",
            source.krate
        )
    })
}

fn rooms(krate: &str) -> Vec<&'static str> {
    LINES.iter().find(|(name, _)| *name == krate).map(|(_, line)| line.split_whitespace().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks a file in a crate that has a file for every other room.
    fn found(path: &str, text: &str) -> Vec<String> {
        let parse = Source::parse;
        let rooms = rooms("mcp-server");
        let lib: String = rooms.iter().map(|room| format!("mod {room};")).collect();
        let lib =
            lib + "pub use server::Server; pub use limits::Limits; pub use mcp_core::Error; pub type Result = ();";
        let mut sources = vec![parse("mcp-server/src/lib.rs", &lib), parse(path, text)];
        let others =
            rooms.iter().filter(|room| **room != sources[1].room()).map(|room| format!("mcp-server/src/{room}.rs"));
        let others: Vec<_> = others.map(|path| parse(&path, "pub mod stdio {}")).collect();
        sources.extend(others);
        check(&sources).iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn caught(text: &str) {
        let found = found("mcp-server/src/context.rs", text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
    }

    #[track_caller]
    fn free(text: &str) {
        assert_eq!(found("mcp-server/src/context.rs", text), [""; 0], "{text}");
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
        let found = found("mcp-server/src/context.rs", "\nuse crate::server::Server;");
        assert!(found[0].contains("mcp-server/src/context.rs:2: `context` imports `server`"), "{found:?}");
        assert!(found[0].contains("this line belongs in `server` or above"), "{found:?}");
    }

    #[test]
    fn a_file_in_a_folder_stands_in_the_room_of_its_folder() {
        let path = "mcp-server/src/http/body.rs";
        assert_eq!(found(path, "use crate::http::reply; use super::reply; use crate::limits::Limits;"), [""; 0]);
        assert_eq!(found(path, "use super::super::serve::stdio;").len(), 1);
    }

    #[test]
    fn a_module_without_a_place_is_caught() {
        let found = found("mcp-server/src/helpers/mod.rs", "");
        assert!(found[0].contains("add it to the line in tests/architecture"), "{found:?}");
    }
}
