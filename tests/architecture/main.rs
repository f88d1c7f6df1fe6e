//! Reads the sources of the four library crates and holds them to the layout that `docs/architecture.md` draws.
//!
//! Each rule is a function from a source file to its findings, and has two tests: one over the tree, and one that
//! shows it catching a line that breaks it. `#[cfg(test)]` items, comments and doc comments are free.

mod crates;
mod eras;
mod floors;
mod manifests;
mod shape;
mod source;

use std::path::Path;

use source::{Finding, Source};

const CRATES: [&str; 4] = ["mcp-core", "mcp-server", "mcp-client", "mcp-macros"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package stands in the workspace")
}

/// Applies a rule to every file of every crate, and fails with all that it finds.
#[track_caller]
fn hold(rule: impl Fn(&Source, &[Source]) -> Vec<Finding>) {
    let mut findings = Vec::new();
    for krate in CRATES {
        let sources = source::read(root(), krate);
        findings.extend(sources.iter().flat_map(|source| rule(source, &sources)));
    }
    let sentences: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert!(sentences.is_empty(), "{} line(s) stand in the wrong place:\n{}", sentences.len(), sentences.join("\n"));
}

#[test]
fn every_crate_is_read() {
    for krate in CRATES {
        let sources = source::read(root(), krate);
        assert!(sources.iter().any(|source| source.module.is_empty()), "{krate}: no lib.rs was read");
    }
}

#[test]
fn imports_point_to_lower_floors() {
    hold(|source, sources| floors::check(source, &floors::Face::of(sources)));
}

#[test]
fn eras_are_named_in_their_folders_only() {
    hold(|source, _| eras::check(source));
}

#[test]
fn files_have_one_purpose() {
    hold(|source, _| shape::file_length(source));
}

#[test]
fn functions_are_short() {
    hold(|source, _| shape::function_length(source));
}

#[test]
fn faces_hold_no_logic() {
    hold(|source, _| shape::face(source));
}

#[test]
fn server_and_client_never_see_each_other() {
    hold(|source, _| crates::check(source));
}

#[test]
fn the_docs_draw_the_same_lines() {
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).expect("docs/architecture.md is there");
    for (krate, line) in floors::LINES {
        assert!(
            page.contains(&format!("`{line}`")),
            "docs/architecture.md draws another line for {krate} than: {line}"
        );
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let read =
        |path: &str| std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let page = read("docs/dependencies.md");
    let headings = CRATES.map(|krate| (krate, krate)).into_iter();
    for (folder, heading) in headings.chain(["tests", "examples"].map(|folder| (folder, "tests and examples"))) {
        let missing =
            manifests::without_reason(&read(&format!("{folder}/Cargo.toml")), manifests::section(&page, heading));
        assert_eq!(missing, [""; 0], "{folder}: give these a row under `{heading}` in docs/dependencies.md");
    }
}
