//! An enum without data, which is a choice in a form.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{DataEnum, Error, Fields, LitStr, Result, Variant, ext::IdentExt};

use super::options::{Options, Place};
use crate::{crate_path::CratePath, signature::add};

/// One option.
struct Choice<'a> {
    variant: &'a Ident,
    value: LitStr,
    title: Option<LitStr>,
}

/// Writes what makes the enum a choice, and a type of fields.
pub(super) fn implement(library: &CratePath, ident: &Ident, data: &DataEnum) -> Result<TokenStream> {
    if data.variants.is_empty() {
        return Err(Error::new(ident.span(), "a choice needs options: give the enum a variant for each"));
    }
    let mut problems = None;
    let mut choices: Vec<Choice<'_>> = Vec::new();
    for variant in &data.variants {
        match read(variant) {
            Ok(choice) if choices.iter().any(|other| other.value.value() == choice.value.value()) => {
                let text = format!(
                    "two options are called `{}`: give one of them another value with `#[form(rename = \"..\")]`",
                    choice.value.value()
                );
                add(&mut problems, Error::new(choice.value.span(), text));
            }
            Ok(choice) => choices.push(choice),
            Err(error) => add(&mut problems, error),
        }
    }
    if let Some(problems) = problems {
        return Err(problems);
    }
    let variants: Vec<_> = choices.iter().map(|choice| choice.variant).collect();
    let values: Vec<_> = choices.iter().map(|choice| &choice.value).collect();
    let options = choices.iter().map(|Choice { value, title, .. }| match title {
        Some(title) => quote!(#library::model::FormOption::titled(#value, #title)),
        None => quote!(#library::model::FormOption::new(#value)),
    });
    Ok(quote! {
        #[automatically_derived]
        impl #library::model::FormChoice for #ident {
            fn options() -> ::std::vec::Vec<#library::model::FormOption> {
                ::std::vec![#(#options),*]
            }

            fn from_value(value: &str) -> ::core::option::Option<Self> {
                match value {
                    #(#values => ::core::option::Option::Some(Self::#variants),)*
                    _ => ::core::option::Option::None,
                }
            }

            fn value(&self) -> &'static str {
                match self {
                    #(Self::#variants => #values,)*
                }
            }
        }

        #[automatically_derived]
        impl #library::model::FormField for #ident {
            fn field() -> #library::model::FieldSchema {
                #library::model::FieldSchema::one_of(<Self as #library::model::FormChoice>::options())
            }

            fn read(
                value: ::core::option::Option<&#library::RawJson>,
            ) -> ::core::result::Result<Self, ::std::string::String> {
                <Self as #library::model::FormChoice>::read_choice(value)
            }
        }

        #[automatically_derived]
        impl #library::model::DefaultField for #ident {
            type Value = Self;

            fn to_default(value: Self) -> #library::model::FieldDefault {
                ::core::convert::From::from(<Self as #library::model::FormChoice>::value(&value))
            }
        }
    })
}

fn read(variant: &Variant) -> Result<Choice<'_>> {
    if !matches!(variant.fields, Fields::Unit) {
        let text = "an option of a form has no data: write a variant without fields, and ask for what it needs in a field of \
                    its own";
        return Err(Error::new_spanned(&variant.fields, text));
    }
    let options = Options::read(Place::Variant, &variant.attrs)?;
    let value = match options.text("rename")? {
        Some(value) => value,
        None => LitStr::new(&variant.ident.unraw().to_string(), variant.ident.span()),
    };
    Ok(Choice { variant: &variant.ident, value, title: options.text("title")? })
}
