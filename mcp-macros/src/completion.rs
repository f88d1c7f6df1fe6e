//! What completes an argument: a function, or a method of the block that the handler stands in.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Error, Expr, FnArg, LitStr, Receiver, ReceiverKind, Signature, Type, spanned::Spanned};

use crate::types::replace_self;

/// The builder call that completes the argument `name`.
pub(crate) fn builder_call(name: &LitStr, complete: &Expr, this: Option<&Type>, siblings: &[Signature]) -> TokenStream {
    let at = complete.span();
    let function = match sibling(complete, siblings) {
        Some((method, receiver)) => match receiver.kind {
            ReceiverKind::Reference(_, _, None) => forward(complete, method),
            _ => Error::new_spanned(receiver, "calls share the state: what completes an argument takes `&self`")
                .into_compile_error(),
        },
        None => replace_self(complete.to_token_stream(), this),
    };
    // The parameter of a closure need not be written.
    if matches!(complete, Expr::Closure(_)) {
        return quote_spanned!(at=> .complete(#name, #function));
    }
    quote_spanned!(at=> .complete_with(#name, #function))
}

/// The method that `Self::method` names, if it takes `self`.
fn sibling<'a>(complete: &Expr, siblings: &'a [Signature]) -> Option<(&'a Signature, &'a Receiver)> {
    let Expr::Path(path) = complete else { return None };
    let segments: Vec<&Ident> = path.path.segments.iter().map(|segment| &segment.ident).collect();
    let [first, name] = segments[..] else { return None };
    let method = siblings.iter().find(|method| *first == "Self" && method.ident == *name)?;
    match method.inputs.first()? {
        FnArg::Receiver(receiver) => Some((method, receiver)),
        FnArg::Typed(_) => None,
    }
}

/// A closure over the shared state that calls the method, and takes what it takes.
fn forward(complete: &Expr, method: &Signature) -> TokenStream {
    let shared = Ident::new("this", Span::mixed_site());
    let types = method.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&typed.ty),
        FnArg::Receiver(_) => None,
    });
    let (names, types): (Vec<Ident>, Vec<_>) =
        types.enumerate().map(|(at, ty)| (format_ident!("input{at}", span = Span::mixed_site()), ty)).unzip();
    let finished = method.asyncness.map(|_| quote!(.await));
    quote! {{
        let #shared = ::std::sync::Arc::clone(&self);
        move |#(#names: #types),*| {
            let #shared = ::std::sync::Arc::clone(&#shared);
            async move { #complete(&#shared #(, #names)*) #finished }
        }
    }}
}
