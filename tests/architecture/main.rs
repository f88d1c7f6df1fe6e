//! Reads the sources of the four library crates and holds them to the layout that `docs/architecture.md` draws.
//!
//! Each rule is a function from a source file to its findings, and has two tests: one over the tree, and one that
//! shows it catching a line that breaks it. `#[cfg(test)]` items, comments and doc comments are free.

mod circles;
mod crates;
mod eras;
mod floors;
mod guides;
mod ids;
mod limits;
mod manifests;
mod mentions;
mod names;
mod places;
mod shape;
mod source;
mod tables;

use std::path::Path;

use source::{Finding, Source};

const CRATES: [&str; 4] = ["mcp-core", "mcp-server", "mcp-client", "mcp-macros"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package stands in the workspace")
}

/// Applies a rule to every file of every crate, and fails with all that it finds.
#[track_caller]
fn hold(rule: impl Fn(&Source) -> Vec<Finding>) {
    hold_crates(|sources| sources.iter().flat_map(&rule).collect());
}

/// Applies a rule to each crate as a whole, and fails with all that it finds.
#[track_caller]
fn hold_crates(rule: impl Fn(&[Source]) -> Vec<Finding>) {
    let findings: Vec<_> = CRATES.iter().flat_map(|krate| rule(&source::read(root(), krate))).collect();
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
    hold_crates(floors::check);
}

#[test]
fn no_files_need_one_another_in_a_circle() {
    hold_crates(circles::check);
}

#[test]
fn eras_are_named_in_their_folders_only() {
    hold(eras::check);
}

#[test]
fn names_of_methods_and_numbers_of_errors_stand_in_one_table_each() {
    hold(tables::check);
}

#[test]
fn files_have_one_purpose() {
    hold(shape::file_length);
}

#[test]
fn functions_are_short() {
    hold(shape::function_length);
}

#[test]
fn faces_hold_no_logic() {
    hold(shape::face);
}

#[test]
fn server_and_client_never_see_each_other() {
    hold(crates::check);
}

#[test]
fn requirements_are_cited_in_words() {
    let list = std::fs::read_to_string(root().join("tests/requirements.tsv")).expect("the list is there");
    let ids = ids::read(&list);
    assert!(ids.len() > 600, "the list was not read");
    hold(|source| ids::check(source, &ids));
}

#[test]
fn every_limit_is_read_by_who_keeps_it() {
    let unread = limits::unread(&source::read(root(), "mcp-server"));
    assert!(unread.is_empty(), "nobody keeps these limits: {unread:?}");
}

#[test]
fn a_limit_that_nobody_reads_is_found() {
    let text = "pub struct Limits {\n    /// One.\n    pub calls: usize,\n    pub call: usize,\n}\n";
    let reader = "fn f(limits: &Limits) -> usize { limits\n.calls }";
    let sources = [
        source::Source::parse("mcp-server/src/limits/bounds.rs", text),
        source::Source::parse("mcp-server/src/engine.rs", reader),
    ];
    assert_eq!(limits::unread(&sources), ["call"]);
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
fn every_room_exists() {
    for (krate, line) in floors::LINES {
        let source = root().join(krate).join("src");
        let is_there = |room: &&str| source.join(room).is_dir() || source.join(format!("{room}.rs")).is_file();
        let missing: Vec<_> = line.split_whitespace().filter(|room| !is_there(room)).collect();
        assert_eq!(
            missing, [""; 0],
            "{krate}: take rooms that do not exist out of the line, behind `later:` in the docs"
        );
    }
}

#[test]
fn what_the_docs_name_exists() {
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).expect("docs/architecture.md is there");
    let missing = places::missing(&page, |path| root().join(path).exists());
    assert_eq!(missing, [""; 0], "docs/architecture.md names what is not there, and does not say `later`");
}

#[test]
fn the_guides_stand_in_the_documentation_of_the_server() {
    let read =
        |path: &str| std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let page = |page: &str| read(&format!("docs/{page}"));
    let problems = guides::check(&page("README.md"), &read("mcp-server/src/guide.rs"), page);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
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
