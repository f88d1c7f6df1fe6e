//! What differs between revisions of the protocol is named in the folders `era/` and nowhere else.

use proc_macro2::{Delimiter, TokenTree};

use crate::source::{Finding, Source, is_punct, name};

/// Names on the wire that one era has and the other has not; literals are searched without regard to case.
const WIRE: [&str; 6] =
    ["Mcp-Session-Id", "Last-Event-ID", "resultType", "ttlMs", "cacheScope", "io.modelcontextprotocol/"];

/// Words of a name or of a text that say which era is meant.
const WORDS: [&str; 2] = ["legacy", "modern"];

/// Attribute arguments that are prose.
const PROSE: [&str; 3] = ["doc", "reason", "note"];

/// Finds identifiers and literals that name an era, its revisions or what is on its wire only.
pub(crate) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    if source.room() != "era" {
        walk(source, &source.tokens().into_iter().collect::<Vec<_>>(), &mut findings);
    }
    findings
}

fn walk(source: &Source, tokens: &[TokenTree], findings: &mut Vec<Finding>) {
    for (at, token) in tokens.iter().enumerate() {
        let line = token.span().start().line;
        let named = match token {
            TokenTree::Group(group) => {
                let mut inner: Vec<_> = group.stream().into_iter().collect();
                if group.delimiter() == Delimiter::Bracket && is_attribute(tokens, at) {
                    inner = without_prose(&inner);
                }
                walk(source, &inner, findings);
                None
            }
            TokenTree::Ident(ident) => in_identifier(source, &name(ident)),
            TokenTree::Literal(literal) => text(literal).and_then(|text| in_text(source, &text)),
            TokenTree::Punct(_) => None,
        };
        if let Some(named) = named {
            let sentence = format!(
                "{named} belongs in {}/src/era/: ask the era through a neutral name here, or move this line there",
                source.krate
            );
            findings.push(source.finding(line, sentence));
        }
    }
}

fn in_identifier(source: &Source, name: &str) -> Option<String> {
    let named = words(name).iter().any(|word| WORDS.contains(&word.as_str()))
        || WIRE.contains(&name)
        || (!holds_versions(source) && name.strip_prefix('V').is_some_and(|rest| has_date(rest, b'_')));
    named.then(|| format!("the name `{name}`"))
}

fn in_text(source: &Source, text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let wire = WIRE.iter().find(|wire| lower.contains(&wire.to_lowercase())).map(|wire| (*wire).to_owned());
    let word = || words(text).into_iter().find(|word| WORDS.contains(&word.as_str()));
    let date = || (!holds_versions(source) && has_date(text, b'-')).then(|| text.to_owned());
    wire.or_else(word).or_else(date).map(|found| format!("the text \"{found}\""))
}

/// `mcp-core/src/version.rs` is where the revisions themselves are defined.
fn holds_versions(source: &Source) -> bool {
    source.krate == "mcp-core" && source.room() == "version"
}

/// Whether a date of this century's twenties or later stands in the text, its parts joined by `joint`.
fn has_date(text: &str, joint: u8) -> bool {
    text.as_bytes().windows(10).any(|window| {
        window.starts_with(b"20")
            && window.iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == joint,
                _ => byte.is_ascii_digit(),
            })
    })
}

/// The words of an identifier or a text, in lower case: `LegacyHTTPStream` is `legacy`, `http`, `stream`.
fn words(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut words = vec![String::new()];
    for (at, char) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1);
        let begins = char.is_uppercase()
            && before.is_some_and(|before| {
                !before.is_uppercase() || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if begins || !char.is_alphabetic() {
            words.push(String::new());
        }
        if char.is_alphabetic() {
            words.last_mut().expect("never empty").extend(char.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn text(literal: &proc_macro2::Literal) -> Option<String> {
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(text) => Some(text.value()),
        syn::Lit::ByteStr(bytes) => Some(String::from_utf8_lossy(&bytes.value()).into_owned()),
        syn::Lit::CStr(text) => Some(text.value().to_string_lossy().into_owned()),
        _ => None,
    }
}

fn is_attribute(tokens: &[TokenTree], group: usize) -> bool {
    let before = group.wrapping_sub(1);
    is_punct(tokens, before, '#') || (is_punct(tokens, before, '!') && is_punct(tokens, before.wrapping_sub(1), '#'))
}

/// An attribute's tokens without `doc = "…"`, `reason = "…"` and their like, at any depth.
fn without_prose(tokens: &[TokenTree]) -> Vec<TokenTree> {
    let is_prose = |at: usize| {
        at >= 2
            && is_punct(tokens, at - 1, '=')
            && matches!(&tokens[at - 2], TokenTree::Ident(key) if PROSE.iter().any(|prose| key == prose))
    };
    let mut kept = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Literal(_) if is_prose(at) => {}
            TokenTree::Group(group) => kept.extend(without_prose(&group.stream().into_iter().collect::<Vec<_>>())),
            token => kept.push(token.clone()),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&Source::parse(path, text)).iter().map(ToString::to_string).collect()
    }

    const VIOLATIONS: [&str; 16] = [
        "struct LegacySession;",
        "fn f() { is_modern(); }",
        "const LEGACY_LIMIT: usize = 1;",
        "use crate::era::legacy;",
        "fn f(era: Era) -> bool { era == mcp_core::era::Era::Modern }",
        "fn f() -> u8 { matches!(x, Legacy) }",
        "const X: V = ProtocolVersion::V2025_11_25;",
        "const X: &str = \"since 2025-11-25\";",
        "const X: &str = \"mcp-session-id\";",
        "const X: &[u8] = b\"Mcp-Session-Id\";",
        "const X: &str = r#\"{\"resultType\":\"complete\"}\"#;",
        "struct X { #[serde(rename = \"ttlMs\")] x: u8 }",
        "fn f() -> J { json!({\"cacheScope\": 1}) }",
        "const X: &str = \"last-event-id\";",
        "const X: &str = \"io.modelcontextprotocol/related-task\";",
        "const X: &str = \"a legacy client\";",
    ];

    #[test]
    fn names_and_texts_of_an_era_are_caught() {
        for text in VIOLATIONS {
            assert_eq!(found("mcp-server/src/http/reply.rs", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn the_folder_of_eras_is_free() {
        for text in VIOLATIONS {
            assert_eq!(found("mcp-server/src/era/legacy/session.rs", text), [""; 0], "{text}");
            assert_eq!(found("mcp-server/src/era/mod.rs", text), [""; 0], "{text}");
        }
    }

    #[test]
    fn prose_neutral_names_and_tests_are_free() {
        for text in [
            "//! Legacy sessions, `Mcp-Session-Id`, since 2025-11-25.\n// resultType\n/// The modern era.\nstruct X;",
            "#[expect(dead_code, reason = \"the legacy era reads it\")] fn f() {}",
            "#[cfg_attr(unix, doc = \"legacy\")] fn f() {}",
            "use crate::era::{self, Era}; enum CacheScope {} fn modernize() {}",
            "#[cfg(test)] mod tests { const X: &str = \"legacy\"; }",
            "macro_rules! m { () => { /// Legacy.\n struct Y; } }",
        ] {
            assert_eq!(found("mcp-core/src/model/cache.rs", text), [""; 0], "{text}");
        }
        let revisions = "enum V { V2025_11_25 } const X: &str = \"2025-11-25\";";
        assert_eq!(found("mcp-core/src/version.rs", revisions), [""; 0]);
    }

    #[test]
    fn the_sentence_says_where_the_line_belongs() {
        let found = found("mcp-client/src/cache.rs", "\nstruct ModernCache;");
        assert!(found[0].contains("mcp-client/src/cache.rs:2: the name `ModernCache` belongs in mcp-client/src/era/"));
    }
}
