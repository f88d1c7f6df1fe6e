//! Types of parameters, as far as a macro can tell them apart: by how they are written.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::{Error, GenericArgument, PathArguments, PathSegment, Result, ReturnType, Type, TypeParamBound};

use crate::attributes::Kind;

/// A type as it is written: a fragment of a macro, such as `$ty`, comes inside a group that nobody sees.
fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        _ => ty,
    }
}

/// Refuses what no argument can be.
pub(crate) fn refuse_type(kind: Kind, ty: &Type) -> Result<()> {
    let (kind, ty) = (kind.word(), bare(ty));
    if let Type::Reference(reference) = ty {
        let text = if is_context(&reference.elem) {
            "take `Context` by value: it is cheap to clone".to_owned()
        } else if is_state(&reference.elem) {
            "take `State<T>` by value: each call gets a clone, and `State<Arc<T>>` is cheap to clone".to_owned()
        } else if matches!(bare(&reference.elem), Type::Path(path) if path.path.is_ident("str")) {
            format!("a {kind} owns its arguments: write `String` instead of `&str`")
        } else if matches!(bare(&reference.elem), Type::Slice(_)) {
            format!("a {kind} owns its arguments: write `Vec<T>` instead of a slice")
        } else {
            format!("a {kind} owns its arguments: take this one by value")
        };
        return Err(Error::new_spanned(ty, text));
    }
    if let Type::ImplTrait(_) = ty {
        let text = format!("a {kind} has one schema: name a concrete type that is `Deserialize` and `JsonSchema`");
        return Err(Error::new_spanned(ty, text));
    }
    if has_reference(quote!(#ty)) {
        let text =
            format!("a {kind} owns its arguments: replace the reference inside by an owned type, such as `String`");
        return Err(Error::new_spanned(ty, text));
    }
    Ok(())
}

/// Whether a function that is not `async` gives a future all the same: `impl Future`, or a boxed one.
pub(crate) fn returns_future(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, ty) if is_future(ty))
}

fn is_future(ty: &Type) -> bool {
    let bounds = match bare(ty) {
        Type::ImplTrait(future) => &future.bounds,
        Type::TraitObject(future) => &future.bounds,
        Type::Path(path) => return path.path.segments.last().is_some_and(is_boxed_future),
        _ => return false,
    };
    bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|last| last.ident == "Future"),
        _ => false,
    })
}

/// `BoxFuture<..>`, or `Pin<Box<dyn Future<..>>>`.
fn is_boxed_future(last: &PathSegment) -> bool {
    let PathArguments::AngleBracketed(list) = &last.arguments else { return false };
    let inside = |argument: &GenericArgument| matches!(argument, GenericArgument::Type(inner) if is_future(inner));
    last.ident == "BoxFuture" || (["Pin", "Box"].iter().any(|it| last.ident == it) && list.args.iter().any(inside))
}

/// The first name of which something holds, wherever it stands.
pub(crate) fn find_ident(tokens: TokenStream, is_it: &dyn Fn(&Ident) -> bool) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(name) if is_it(&name) => Some(name),
        TokenTree::Group(group) => find_ident(group.stream(), is_it),
        _ => None,
    })
}

fn has_reference(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == '&',
        TokenTree::Group(group) => has_reference(group.stream()),
        _ => false,
    })
}

/// By its last segment: a macro sees names, not types.
pub(crate) fn is_context(ty: &Type) -> bool {
    matches!(bare(ty), Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Context"))
}

/// `State<T>`, by its last segment. A type of that name without parameters is an argument.
pub(crate) fn is_state(ty: &Type) -> bool {
    let Type::Path(path) = bare(ty) else { return false };
    path.path.segments.last().is_some_and(|last| {
        last.ident == "State"
            && matches!(&last.arguments, PathArguments::AngleBracketed(list)
                if list.args.len() == 1 && matches!(list.args.first(), Some(GenericArgument::Type(_))))
    })
}

/// Refuses types of many values where an argument is one string.
pub(crate) fn refuse_many(ty: &Type) -> Result<()> {
    const MANY: [&str; 7] = ["Vec", "VecDeque", "HashMap", "BTreeMap", "HashSet", "BTreeSet", "IndexMap"];
    let is_many = match bare(ty) {
        Type::Array(_) | Type::Slice(_) => true,
        Type::Tuple(tuple) => !tuple.elems.is_empty(),
        Type::Path(path) => match path.path.segments.last() {
            Some(last) if MANY.iter().any(|many| last.ident == many) => true,
            Some(last) if ["Option", "Box", "Arc"].iter().any(|around| last.ident == around) => {
                let PathArguments::AngleBracketed(list) = &last.arguments else { return Ok(()) };
                let mut inner = list.args.iter().filter_map(|argument| match argument {
                    GenericArgument::Type(inner) => Some(inner),
                    _ => None,
                });
                return inner.try_for_each(refuse_many);
            }
            _ => false,
        },
        _ => false,
    };
    if !is_many {
        return Ok(());
    }
    let text = "a prompt's arguments are strings, and none becomes this type: take `String`, a number, `bool`, an enum \
                without contents, or an `Option` of one of these, and take a text apart in the function or with \
                `#[serde(deserialize_with = \"..\")]`";
    Err(Error::new_spanned(ty, text))
}

/// Writes a type or an expression of a block so that it can stand in an item of its own, where there is no `Self`.
pub(crate) fn replace_self(tokens: TokenStream, this: Option<&Type>) -> TokenStream {
    let Some(this) = this else { return tokens };
    tokens
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Ident(word) if word == "Self" => quote_spanned!(word.span()=> <#this>),
            TokenTree::Group(group) => {
                let mut replaced = proc_macro2::Group::new(group.delimiter(), replace_self(group.stream(), Some(this)));
                replaced.set_span(group.span());
                TokenTree::from(replaced).into()
            }
            other => other.into(),
        })
        .collect()
}
