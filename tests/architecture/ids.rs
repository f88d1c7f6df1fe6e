//! No requirement is cited by its bare id: a comment gives the reason in words, and the section of the specification.

use std::collections::BTreeSet;

use crate::source::{Finding, Source};

/// The ids of `tests/requirements.tsv`.
pub(crate) fn read(list: &str) -> BTreeSet<&str> {
    list.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split('\t').next()).collect()
}

/// Finds lines that cite an id, comments and tests included.
pub(crate) fn check(source: &Source, ids: &BTreeSet<&str>) -> Vec<Finding> {
    source.text.lines().enumerate().flat_map(|(at, line)| cited(source, at + 1, line, ids)).collect()
}

fn cited<'a>(
    source: &'a Source,
    number: usize,
    line: &'a str,
    ids: &'a BTreeSet<&str>,
) -> impl Iterator<Item = Finding> + 'a {
    let words = line.split(|char: char| !char.is_ascii_alphanumeric() && char != '-');
    words.filter(|word| ids.contains(word)).map(move |id| {
        let sentence = format!(
            "{id} says nothing to a reader: give the reason in words, and the specification's section; \
             `tests/covers show {id}` has both"
        );
        source.finding(number, sentence)
    })
}

#[test]
fn a_cited_id_is_caught_wherever_it_stands() {
    let ids = read("# about\nTOOL-020\tserver\tall\tMUST\tS.\tp\nSUBS-001\tboth\tM\tMUST\tS.\tp\n");
    let found = |text| check(&Source::parse("mcp-core/src/json.rs", text), &ids).len();
    for text in [
        "//! TOOL-020.",
        "// (TOOL-020, of course)",
        "/// SUBS-001 to SUBS-013.\nfn f() {}",
        "#[cfg(test)] mod tests { /// TOOL-020.\n fn t() {} }",
        "const X: &str = \"TOOL-020\";",
    ] {
        assert_eq!(found(text), 1, "{text}");
    }
    for text in ["// TOOL-021, UTF-008, TOOL-0200, XTOOL-020, TOOL-020-a", "fn f() -> i32 { TOOL - 020 }"] {
        assert_eq!(found(text), 0, "{text}");
    }
}
