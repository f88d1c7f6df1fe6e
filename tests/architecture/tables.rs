//! Names of methods and numbers of errors stand in one table each, in `era` of `mcp-core`, and nowhere else.

use mcp_core::era::{Method, codes};
use proc_macro2::{TokenStream, TokenTree};

use crate::source::{Finding, Source, is_punct};

const NUMBERS: [i64; 9] = [
    codes::PARSE,
    codes::INVALID_REQUEST,
    codes::METHOD_NOT_FOUND,
    codes::INVALID_PARAMS,
    codes::INTERNAL,
    codes::RESOURCE_NOT_FOUND,
    codes::HEADER_MISMATCH,
    codes::MISSING_CAPABILITY,
    codes::UNSUPPORTED_VERSION,
];

/// Finds literals that repeat what a table says.
pub(crate) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !["mcp-core/src/era/method.rs", "mcp-core/src/era/codes.rs"].contains(&source.path.as_str()) {
        walk(source, source.tokens(), &mut findings);
    }
    findings
}

fn walk(source: &Source, tokens: TokenStream, findings: &mut Vec<Finding>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let literal = match token {
            TokenTree::Group(group) => {
                walk(source, group.stream(), findings);
                continue;
            }
            TokenTree::Literal(literal) => literal,
            TokenTree::Ident(_) | TokenTree::Punct(_) => continue,
        };
        let sentence = match syn::Lit::new(literal.clone()) {
            syn::Lit::Str(text) if Method::named(&text.value()).is_some() => {
                format!(
                    "the method \"{}\" is named in the table of mcp-core/src/era/method.rs: use `Method`",
                    text.value()
                )
            }
            syn::Lit::Int(number) if at > 0 && is_punct(&tokens, at - 1, '-') && is_code(&number) => {
                format!("the number -{number} stands in the table of mcp-core/src/era/codes.rs: use its name")
            }
            _ => continue,
        };
        findings.push(source.finding(literal.span().start().line, sentence));
    }
}

fn is_code(number: &syn::LitInt) -> bool {
    number.base10_parse::<i64>().is_ok_and(|number| NUMBERS.contains(&-number))
}

#[test]
fn a_repeated_name_or_number_is_caught() {
    let found = |path, text| check(&Source::parse(path, text)).len();
    let path = "mcp-client/src/era/http.rs";
    assert_eq!(found(path, r#"fn f(method: &str) -> bool { matches!(method, "tools/call" | "ping") }"#), 2);
    assert_eq!(found(path, "const MISMATCH: i64 = -32020;"), 1);
    assert_eq!(found(path, "fn f(code: i64) -> bool { matches!(code, -32_601i64) }"), 1);
    assert_eq!(found("mcp-core/src/era/codes.rs", "pub const PARSE: i64 = -32700;"), 0);
    assert_eq!(
        found(path, r#"const RANGE: (i64, i64) = (-32768, 32700); const TEXT: &str = "tools/list names them";"#),
        0
    );
}
