//! A struct with named fields, which is a form.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Error, Expr, ExprLit, ExprUnary, Field, Fields, Lit, LitStr, Result, Type, UnOp, ext::IdentExt, spanned::Spanned,
};

use super::options::{Given, Options, Place};
use crate::{crate_path::CratePath, doc_text, signature::add};

const FORMATS: [(&str, &str); 4] = [("email", "Email"), ("uri", "Uri"), ("date", "Date"), ("date-time", "DateTime")];

/// Writes what makes the struct a form.
pub(super) fn implement(library: &CratePath, ident: &Ident, fields: &Fields) -> Result<TokenStream> {
    let mut problems = None;
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for field in fields {
        match Entry::read(field) {
            Ok(entry) if entries.iter().any(|other| other.name.value() == entry.name.value()) => {
                let text = format!(
                    "two fields are called `{}`: give one of them another name with `#[form(rename = \"..\")]`",
                    entry.name.value()
                );
                add(&mut problems, Error::new(entry.name.span(), text));
            }
            Ok(entry) => entries.push(entry),
            Err(error) => add(&mut problems, error),
        }
    }
    if let Some(problems) = problems {
        return Err(problems);
    }
    let added = entries.iter().map(|entry| entry.write(library)).collect::<Result<Vec<_>>>()?;
    let names: Vec<_> = entries.iter().map(|entry| &entry.name).collect();
    let types: Vec<_> = entries.iter().map(|entry| entry.ty).collect();
    let members: Vec<_> = entries.iter().map(|entry| entry.ident).collect();
    let read: Vec<_> = (0..entries.len()).map(|at| format_ident!("field_{at}", span = Span::mixed_site())).collect();
    let build = match fields {
        Fields::Unit => quote!(Self),
        _ => quote!(Self { #(#members: #read),* }),
    };
    let [content, problems] = ["content", "problems"].map(|name| Ident::new(name, Span::mixed_site()));
    let body = if entries.is_empty() {
        quote! {
            let _ = #content;
            ::core::result::Result::Ok(#build)
        }
    } else {
        quote! {
            let mut #problems = ::std::vec::Vec::new();
            #(let #read = <#types as #library::model::FormField>::read_from(#content, #names, &mut #problems);)*
            match (#(#read,)*) {
                (#(::core::option::Option::Some(#read),)*) => ::core::result::Result::Ok(#build),
                _ => ::core::result::Result::Err(#problems),
            }
        }
    };
    Ok(quote! {
        #[automatically_derived]
        impl #library::model::Form for #ident {
            fn form() -> #library::model::FormSchema {
                #library::model::FormSchema::new() #(#added)*
            }

            fn from_content(
                #content: &#library::RawObject,
            ) -> ::core::result::Result<Self, ::std::vec::Vec<::std::string::String>> {
                #body
            }
        }
    })
}

/// A field of the form.
struct Entry<'a> {
    ident: &'a Ident,
    ty: &'a Type,
    name: LitStr,
    description: Option<TokenStream>,
    options: Options,
}

impl<'a> Entry<'a> {
    fn read(field: &'a Field) -> Result<Self> {
        let Some(ident) = &field.ident else { return Err(Error::new(field.span(), "the fields of a form have names")) };
        let options = Options::read(Place::Field, &field.attrs)?;
        let name = match options.text("rename")? {
            Some(name) => name,
            None => LitStr::new(&ident.unraw().to_string(), ident.span()),
        };
        let entry = Self { ident, ty: &field.ty, name, description: doc_text::description(&field.attrs), options };
        entry.refuse_contradictions()?;
        Ok(entry)
    }

    /// The call that adds the field to the form.
    fn write(&self, library: &CratePath) -> Result<TokenStream> {
        let Self { ty, name, description, options, .. } = self;
        let field = Ident::new("field", Span::mixed_site());
        let mut written = TokenStream::new();
        let mut set = |given: &Given, of: &str, method: &str, value: TokenStream| {
            let at = given.word.span();
            let (of, method) = (Ident::new(of, at), Ident::new(method, at));
            written.extend(quote_spanned!(at=>
                let #field = <#ty as #library::model::#of>::#method(#field, #value);
            ));
        };
        for (word, of) in [
            ("min", "BoundedField"),
            ("max", "BoundedField"),
            ("min_length", "TextField"),
            ("max_length", "TextField"),
            ("min_items", "SeveralField"),
            ("max_items", "SeveralField"),
        ] {
            if let (Some(given), Some(value)) = (options.get(word), options.value(word)) {
                set(given, of, &format!("with_{word}"), quote!(#value));
            }
        }
        if let (Some(given), Some(format)) = (options.get("format"), options.text("format")?) {
            let known = FORMATS.iter().find(|(name, _)| *name == format.value()).ok_or_else(|| {
                Error::new(format.span(), "MCP has the formats \"email\", \"uri\", \"date\" and \"date-time\"")
            })?;
            let variant = Ident::new(known.1, format.span());
            set(given, "TextField", "with_format", quote!(#library::model::TextFormat::#variant));
        }
        if let Some(given) = options.get("default") {
            let value = match &given.value {
                None => quote!(<<#ty as #library::model::DefaultField>::Value as ::core::default::Default>::default()),
                Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => {
                    quote_spanned!(text.span()=> ::std::string::String::from(#text))
                }
                Some(value) => quote!(#value),
            };
            set(given, "DefaultField", "with_default", value);
        }
        let title = options.value("title").map(|title| quote!(.with_title(#title)));
        let description = options.value("description").map(|text| quote!(#text)).or_else(|| description.clone());
        let description = description.map(|description| quote!(.with_description(#description)));
        let required = match options.value("min_items") {
            None => quote!(<#ty as #library::model::FormField>::REQUIRED),
            Some(min) => quote!(
                <#ty as #library::model::FormField>::REQUIRED
                    || (<#ty as #library::model::SeveralField>::REQUIRED_IF_ANY && #min > 0)
            ),
        };
        Ok(quote! {
            .with_field(#name, #required, {
                let #field = <#ty as #library::model::FormField>::field() #title #description;
                #written
                #field
            })
        })
    }

    /// Refuses bounds and defaults that contradict each other, as far as they are literals.
    fn refuse_contradictions(&self) -> Result<()> {
        let number = |word: &str| self.options.value(word).and_then(Number::of);
        for (low, high) in [("min", "max"), ("min_length", "max_length"), ("min_items", "max_items")] {
            if let (Some(least), Some(most), Some(value)) = (number(low), number(high), self.options.value(high))
                && least.is_above(&most)
            {
                let text = format!("no answer could fit: `{high}` must not lie below `{low}`");
                return Err(Error::new_spanned(value, text));
            }
        }
        let Some(default) = self.options.value("default") else { return Ok(()) };
        let refuse = |text: String| Err(Error::new_spanned(default, text));
        if let Some(value) = Number::of(default) {
            if number("min").is_some_and(|min| min.is_above(&value)) {
                return refuse(
                    "what is filled in must be an answer that fits: this default lies below `min`".to_owned(),
                );
            }
            if number("max").is_some_and(|max| value.is_above(&max)) {
                return refuse(
                    "what is filled in must be an answer that fits: this default lies above `max`".to_owned(),
                );
            }
        }
        if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = default {
            let length = Number::Integer(text.value().chars().count() as i128);
            if number("min_length").is_some_and(|min| min.is_above(&length)) {
                return refuse(
                    "what is filled in must be an answer that fits: this default is shorter than `min_length`"
                        .to_owned(),
                );
            }
            if number("max_length").is_some_and(|max| length.is_above(&max)) {
                return refuse(
                    "what is filled in must be an answer that fits: this default is longer than `max_length`"
                        .to_owned(),
                );
            }
        }
        Ok(())
    }
}

/// The value of a literal.
enum Number {
    Integer(i128),
    Float(f64),
}

impl Number {
    fn of(expression: &Expr) -> Option<Self> {
        match expression {
            Expr::Lit(ExprLit { lit: Lit::Int(integer), .. }) => integer.base10_parse().ok().map(Self::Integer),
            Expr::Lit(ExprLit { lit: Lit::Float(float), .. }) => float.base10_parse().ok().map(Self::Float),
            Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => Some(match Self::of(expr)? {
                Self::Integer(integer) => Self::Integer(-integer),
                Self::Float(float) => Self::Float(-float),
            }),
            _ => None,
        }
    }

    /// Numbers of different kinds are for the compiler to refuse.
    fn is_above(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Integer(one), Self::Integer(other)) => one > other,
            (Self::Float(one), Self::Float(other)) => one > other,
            _ => false,
        }
    }
}
