//! What may derive `Form`, and what it becomes.

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput, Error, Fields, Result, spanned::Spanned};

use super::{choice, fields, options::library};

/// Writes the implementations, or an error that says why there are none.
pub(crate) fn expand(item: &DeriveInput) -> TokenStream {
    implement(item).unwrap_or_else(Error::into_compile_error)
}

fn implement(item: &DeriveInput) -> Result<TokenStream> {
    if !item.generics.params.is_empty() {
        let text = "a form is one and the same wherever it is asked: remove the parameters, and write the types and `String` \
                    instead of `&str`";
        return Err(Error::new_spanned(&item.generics, text));
    }
    let library = library(&item.attrs)?;
    match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(unnamed) => {
                let text =
                    "the fields of a form have names: write a struct with named fields, `struct Name { field: Type }`";
                Err(Error::new(unnamed.span(), text))
            }
            Fields::Named(_) | Fields::Unit => fields::implement(&library, &item.ident, &data.fields),
        },
        Data::Enum(data) => choice::implement(&library, &item.ident, data),
        Data::Union(data) => {
            let text =
                "a union is no form: write a struct with named fields, or an enum without data, which is a choice";
            Err(Error::new(data.union_token.span, text))
        }
    }
}
