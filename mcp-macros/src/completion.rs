//! What completes an argument or lists the resources of a template: a function, or a method of the block that the handler
//! stands in.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Error, Expr, FnArg, LitStr, Receiver, ReceiverKind, Signature, Type, spanned::Spanned};

use crate::types::replace_self;

/// The builder call that completes the argument `name`.
pub(crate) fn builder_call(name: &LitStr, complete: &Expr, this: Option<&Type>, siblings: &[Signature]) -> TokenStream {
    let function = function(complete, "completes an argument", this, siblings);
    // The parameter of a closure need not be written.
    if matches!(complete, Expr::Closure(_)) {
        return quote_spanned!(complete.span()=> .complete(#name, #function));
    }
    quote_spanned!(complete.span()=> .complete_with(#name, #function))
}

/// The builder call by which a template lists its resources.
pub(crate) fn list_call(list: &Expr, this: Option<&Type>, siblings: &[Signature]) -> TokenStream {
    let function = function(list, "lists the resources of a template", this, siblings);
    quote_spanned!(list.span()=> .list_with(#function))
}

/// A function as it is written, or a closure over the shared state that calls a method.
fn function(function: &Expr, what: &str, this: Option<&Type>, siblings: &[Signature]) -> TokenStream {
    match sibling(function, siblings) {
        Some((method, receiver)) => match receiver.kind {
            ReceiverKind::Reference(_, _, None) => forward(function, method),
            _ => Error::new_spanned(receiver, format!("calls share the state: what {what} takes `&self`"))
                .into_compile_error(),
        },
        None => replace_self(function.to_token_stream(), this),
    }
}

/// The method that `Self::method` names, if it takes `self`.
fn sibling<'a>(function: &Expr, siblings: &'a [Signature]) -> Option<(&'a Signature, &'a Receiver)> {
    let Expr::Path(path) = function else { return None };
    let segments: Vec<&Ident> = path.path.segments.iter().map(|segment| &segment.ident).collect();
    let [first, name] = segments[..] else { return None };
    let method = siblings.iter().find(|method| *first == "Self" && method.ident == *name)?;
    match method.inputs.first()? {
        FnArg::Receiver(receiver) => Some((method, receiver)),
        FnArg::Typed(_) => None,
    }
}

/// A closure over the shared state that calls the method, and takes what it takes.
fn forward(function: &Expr, method: &Signature) -> TokenStream {
    let shared = Ident::new("this", Span::mixed_site());
    let types = method.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&typed.ty),
        FnArg::Receiver(_) => None,
    });
    let (names, types): (Vec<Ident>, Vec<_>) =
        types.enumerate().map(|(at, ty)| (format_ident!("input{at}", span = Span::mixed_site()), ty)).unzip();
    let finished = method.asyncness.map(|_| quote!(.await));
    quote! {{
        let #shared = ::core::clone::Clone::clone(&self);
        move |#(#names: #types),*| {
            let #shared = ::core::clone::Clone::clone(&#shared);
            async move { #function(&*#shared #(, #names)*) #finished }
        }
    }}
}
