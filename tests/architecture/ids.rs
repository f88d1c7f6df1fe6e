//! No requirement is cited by its bare id: a comment gives the reason in words, and the section of the specification.

use std::collections::BTreeSet;

use crate::source::{Finding, Source};

/// Files that still cite ids. Entries are only taken out.
pub(crate) const KNOWN: [&str; 64] = [
    "mcp-core/src/call.rs",
    "mcp-core/src/era/client.rs",
    "mcp-core/src/era/legacy/client.rs",
    "mcp-core/src/era/legacy/content.rs",
    "mcp-core/src/era/legacy/handshake.rs",
    "mcp-core/src/era/legacy/lists.rs",
    "mcp-core/src/era/legacy/notification.rs",
    "mcp-core/src/era/legacy/request.rs",
    "mcp-core/src/era/legacy/result.rs",
    "mcp-core/src/era/legacy/revisions.rs",
    "mcp-core/src/era/modern/client.rs",
    "mcp-core/src/era/modern/envelope.rs",
    "mcp-core/src/era/modern/listen.rs",
    "mcp-core/src/era/modern/notification.rs",
    "mcp-core/src/era/modern/result.rs",
    "mcp-core/src/era/request.rs",
    "mcp-core/src/era/shared.rs",
    "mcp-core/src/error.rs",
    "mcp-core/src/framing/sse.rs",
    "mcp-core/src/header/mirror.rs",
    "mcp-core/src/header/names.rs",
    "mcp-core/src/header/value.rs",
    "mcp-core/src/json/text.rs",
    "mcp-core/src/jsonrpc/decode.rs",
    "mcp-core/src/jsonrpc/encode.rs",
    "mcp-core/src/jsonrpc/message.rs",
    "mcp-core/src/model/annotations.rs",
    "mcp-core/src/model/cache.rs",
    "mcp-core/src/model/capability.rs",
    "mcp-core/src/model/completion.rs",
    "mcp-core/src/model/extension.rs",
    "mcp-core/src/model/icon.rs",
    "mcp-core/src/model/implementation.rs",
    "mcp-core/src/model/logging.rs",
    "mcp-core/src/model/meta.rs",
    "mcp-core/src/model/progress.rs",
    "mcp-core/src/model/request.rs",
    "mcp-core/src/model/result.rs",
    "mcp-core/src/model/tool.rs",
    "mcp-core/src/peer.rs",
    "mcp-core/src/schema.rs",
    "mcp-core/src/uri_template.rs",
    "mcp-server/src/builder.rs",
    "mcp-server/src/extension/definition.rs",
    "mcp-server/src/extension/extensions.rs",
    "mcp-server/src/handler/completions.rs",
    "mcp-server/src/handler/definition.rs",
    "mcp-server/src/handler/derived_schema.rs",
    "mcp-server/src/handler/directory.rs",
    "mcp-server/src/handler/hints.rs",
    "mcp-server/src/handler/schema/bounds.rs",
    "mcp-server/src/handler/schema/tests.rs",
    "mcp-server/src/handler/server_prompt.rs",
    "mcp-server/src/handler/server_resource.rs",
    "mcp-server/src/handler/server_tool.rs",
    "mcp-server/src/handler/strings.rs",
    "mcp-server/src/handler/tool_name.rs",
    "mcp-server/src/registry/catalog.rs",
    "mcp-server/src/registry/listing.rs",
    "mcp-server/src/registry/registries.rs",
    "mcp-server/src/registry/resources.rs",
    "mcp-server/src/router/complete.rs",
    "mcp-server/src/router/guarded.rs",
    "mcp-server/src/router/route.rs",
];

/// The ids of `tests/requirements.tsv`.
pub(crate) fn read(list: &str) -> BTreeSet<&str> {
    list.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split('\t').next()).collect()
}

/// Finds lines that cite an id, comments and tests included, and files that are known for it and do so no more.
pub(crate) fn check(source: &Source, ids: &BTreeSet<&str>, known: &[&str]) -> Vec<Finding> {
    let mut findings: Vec<_> =
        source.text.lines().enumerate().flat_map(|(at, line)| cited(source, at + 1, line, ids)).collect();
    if !known.contains(&source.path.as_str()) {
        return findings;
    }
    let is_clean = findings.is_empty();
    findings.clear();
    if is_clean {
        findings.push(source.finding(1, "cites no requirement any more: take it out of `ids::KNOWN`"));
    }
    findings
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
    let found = |text| check(&Source::parse("mcp-core/src/json.rs", text), &ids, &[]).len();
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

#[test]
fn a_known_file_that_cites_nothing_is_named() {
    let ids = read("TOOL-020\tserver\tall\tMUST\tS.\tp\n");
    let found = |text| check(&Source::parse("mcp-core/src/json.rs", text), &ids, &["mcp-core/src/json.rs"]);
    assert!(found("// TOOL-020").is_empty());
    assert!(found("// words")[0].to_string().contains("take it out"), "{:?}", found("// words"));
}
