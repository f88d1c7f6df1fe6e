//! A function's own code, in which its name leads to a crate although the companion type has that name too.

use proc_macro2::{Ident, Punct, Spacing, TokenStream, TokenTree};
use quote::quote;
use syn::{Error, ItemFn, Result};

use crate::attributes::Kind;

/// Names that types have everywhere: a companion called so would hide them from its whole module.
const PRIMITIVES: [&str; 17] = [
    "bool", "char", "str", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize",
    "f32", "f64",
];

/// Refuses functions whose companion would hide a type of the language.
pub(crate) fn refuse_primitive(kind: Kind, ident: &Ident) -> Result<()> {
    let name = ident.to_string();
    if !PRIMITIVES.contains(&name.as_str()) {
        return Ok(());
    }
    let word = kind.word();
    let text = match kind {
        Kind::Resource => format!(
            "the companion of `{name}` would hide the type `{name}`: call the function otherwise, such as \
             `{name}_{word}`, and say `name = \"{name}\"` behind the URI"
        ),
        _ => format!(
            "the companion of `{name}` would hide the type `{name}`: call the function otherwise, such as \
             `{name}_{word}`, and say `#[{word}(name = \"{name}\")]`"
        ),
    };
    Err(Error::new(ident.span(), text))
}

/// Writes `uuid::Uuid` as `::uuid::Uuid` in a function called `uuid`, in its signature as in its body.
///
/// The companion, a type, would be found first. Where the function itself declares something of that name, its
/// paths lead there and are left alone.
pub(crate) fn lead_to_crate(function: ItemFn) -> ItemFn {
    let name = function.sig.ident.clone();
    let tokens = quote!(#function);
    if !begins_paths(&tokens, &name) || declares(&tokens, &name) {
        return function;
    }
    syn::parse2(rewrite(tokens, &name)).unwrap_or(function)
}

/// Whether some path begins with the name.
fn begins_paths(tokens: &TokenStream, name: &Ident) -> bool {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    (0..tokens.len()).any(|at| match &tokens[at] {
        TokenTree::Group(group) => begins_paths(&group.stream(), name),
        _ => begins_path(&tokens, at, name),
    })
}

fn begins_path(tokens: &[TokenTree], at: usize, name: &Ident) -> bool {
    let is_name = |token: &TokenTree| matches!(token, TokenTree::Ident(ident) if ident == name);
    let is = |at: Option<usize>, mark: char| {
        at.and_then(|at| tokens.get(at))
            .is_some_and(|token| matches!(token, TokenTree::Punct(p) if p.as_char() == mark))
    };
    let follows_colons = is(at.checked_sub(1), ':') && is(at.checked_sub(2), ':');
    let follows_dot = is(at.checked_sub(1), '.') && !is(at.checked_sub(2), '.');
    // `uuid::tool()` is the companion's.
    let is_companion = matches!(
        tokens.get(at + 3),
        Some(TokenTree::Ident(next)) if Kind::ALL.iter().any(|kind| next == kind.word())
    ) && matches!(tokens.get(at + 4), Some(TokenTree::Group(_)));
    // In `name: ::uuid::Uuid` the first colon stands by itself.
    let is_joined =
        matches!(tokens.get(at + 1), Some(TokenTree::Punct(p)) if p.as_char() == ':' && p.spacing() == Spacing::Joint);
    is_name(&tokens[at])
        && is_joined
        && is(Some(at + 2), ':')
        && !follows_colons
        && !follows_dot
        && !is(at.checked_sub(1), '\'')
        && !is_companion
}

/// Whether the function has an item of that name, or imports one.
fn declares(tokens: &TokenStream, name: &Ident) -> bool {
    const KEYWORDS: [&str; 8] = ["mod", "struct", "enum", "union", "trait", "type", "as", "crate"];
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut importing = false;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) if word == "use" => importing = true,
            TokenTree::Punct(mark) if mark.as_char() == ';' => importing = false,
            TokenTree::Ident(word) if word == name => {
                let keyword = at.checked_sub(1).and_then(|before| tokens.get(before));
                let declared = matches!(keyword, Some(TokenTree::Ident(word)) if KEYWORDS.iter().any(|it| word == it));
                let goes_on = matches!(tokens.get(at + 1), Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
                if (importing || declared) && !goes_on {
                    return true;
                }
            }
            TokenTree::Group(group) if importing && imports(&group.stream(), name) => return true,
            TokenTree::Group(group) if !importing && declares(&group.stream(), name) => return true,
            _ => {}
        }
    }
    false
}

/// Whether the tree behind `use ..::` ends in the name.
fn imports(tokens: &TokenStream, name: &Ident) -> bool {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    tokens.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Group(group) => imports(&group.stream(), name),
        TokenTree::Ident(word) if word == name => {
            !matches!(tokens.get(at + 1), Some(TokenTree::Punct(mark)) if mark.as_char() == ':')
        }
        _ => false,
    })
}

fn rewrite(tokens: TokenStream, name: &Ident) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut written: Vec<TokenTree> = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => {
                let mut inner = proc_macro2::Group::new(group.delimiter(), rewrite(group.stream(), name));
                inner.set_span(group.span());
                written.push(inner.into());
            }
            other => {
                if begins_path(&tokens, at, name) {
                    for spacing in [Spacing::Joint, Spacing::Alone] {
                        let mut colon = Punct::new(':', spacing);
                        colon.set_span(other.span());
                        written.push(colon.into());
                    }
                }
                written.push(other.clone());
            }
        }
    }
    written.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(function: &str) -> String {
        let function = lead_to_crate(syn::parse_str(function).unwrap());
        quote!(#function).to_string().replace(' ', "")
    }

    #[test]
    fn paths_that_begin_with_the_name_lead_to_the_crate() {
        let text =
            rewritten("fn uuid(x: Vec<uuid::Uuid>) -> uuid::Uuid { format!(\"{}\", uuid::new()); x.uuid::<u8>() }");
        assert_eq!(text, "fnuuid(x:Vec<::uuid::Uuid>)->::uuid::Uuid{format!(\"{}\",::uuid::new());x.uuid::<u8>()}");
        assert_eq!(
            rewritten("fn time() { use time::{Time, x}; 0..time::MAX }"),
            "fntime(){use::time::{Time,x};0..::time::MAX}"
        );
    }

    #[test]
    fn what_leads_elsewhere_is_left_alone() {
        for function in [
            "fn uuid(){crate::uuid::new();uuid::tool();self::uuid::x()}",
            "fn uuid(){usea::b::uuid;uuid::new()}".replace("use", "use ").as_str(),
            "fn uuid(){usea::{c,b as uuid};uuid::new()}".replace("use", "use ").as_str(),
            "fn uuid(){mod uuid{}uuid::new()}",
            "fn uuid(uuid: ::uuid::Uuid){let uuid: ::x::Y=Z{uuid: ::x::y()};}",
        ] {
            assert_eq!(rewritten(function), function.replace(' ', ""));
        }
    }
}
