//! Doc comments as descriptions.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The text of the doc comments among `attributes`, as an expression of a string; `None` if there is none.
pub(crate) fn description(attributes: &[Attribute]) -> Option<TokenStream> {
    let mut written = String::new();
    let mut parts = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        let Meta::NameValue(pair) = &attribute.meta else { continue };
        match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                written.push_str(&text.value());
                written.push('\n');
            }
            // `#[doc = include_str!("..")]` and the like are known to the compiler only.
            other => {
                let before = plain(&std::mem::take(&mut written));
                parts.push(quote!(#before, #other, "\n"));
            }
        }
    }
    let text = plain(&written);
    if parts.is_empty() {
        return (!text.is_empty()).then(|| quote!(#text));
    }
    Some(quote!(::core::concat!(#(#parts,)* #text)))
}

/// The text without the marks of its comment: the stars of a block and the indentation that all lines share.
fn plain(comment: &str) -> String {
    let mut lines: Vec<&str> = comment.lines().collect();
    let starred = |line: &&str| line.trim_start().starts_with('*');
    let inner: Vec<&str> = lines.iter().skip(1).copied().filter(|line| !line.trim().is_empty()).collect();
    if !inner.is_empty() && inner.iter().all(starred) {
        for line in lines.iter_mut().skip(1) {
            *line = line.trim_start().strip_prefix('*').unwrap_or(line);
        }
    }
    let indent = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let shared = lines.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let lines: Vec<&str> = lines.iter().map(|line| line.get(shared..).unwrap_or("").trim_end()).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn line_comments_lose_their_space() {
        assert_eq!(plain(" Adds.\n\n - one\n   more\n"), "Adds.\n\n- one\n  more");
    }

    #[test]
    fn block_comments_lose_their_stars() {
        assert_eq!(plain(" Adds.\n     * Two.\n     *   Three.\n     "), "Adds.\nTwo.\n  Three.");
        assert_eq!(plain(" Adds. "), "Adds.");
        assert_eq!(plain(""), "");
    }
}
