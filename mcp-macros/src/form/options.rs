//! The options of `#[form(..)]`.

use proc_macro2::Ident;
use syn::{
    Attribute, Error, Expr, ExprLit, Lit, LitStr, Meta, Result, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use crate::{attributes::expression, crate_path::CratePath};

/// What `#[form(..)]` may stand above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Field,
    Variant,
}

impl Place {
    fn known(self) -> &'static [&'static str] {
        match self {
            Self::Field => &[
                "title",
                "description",
                "default",
                "min",
                "max",
                "min_length",
                "max_length",
                "format",
                "min_items",
                "max_items",
                "rename",
            ],
            Self::Variant => &["title", "rename"],
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Field => "a field of a form",
            Self::Variant => "an option of a choice",
        }
    }

    /// Why an option that others have does not stand here.
    fn advice(self, word: &str) -> &'static str {
        match (self, word) {
            (_, "crate") => ": write it above the type",
            (Self::Variant, "description") => ": the protocol describes no options; say it in its `title`",
            (Self::Variant, "default") => ": write `#[form(default = ..)]` above the field that is filled in",
            (Self::Field, "skip" | "flatten") => ": a form asks for each of the struct's fields, and has no others",
            (_, "name") => ": write `rename = \"..\"`",
            _ => "",
        }
    }
}

/// One option, and its value if it has any.
pub(super) struct Given {
    pub(super) word: Ident,
    pub(super) value: Option<Expr>,
}

/// The options above a field or a variant.
pub(super) struct Options(Vec<Given>);

impl Options {
    pub(super) fn read(place: Place, attributes: &[Attribute]) -> Result<Self> {
        let mut given: Vec<Given> = Vec::new();
        for attribute in of_form(attributes) {
            let list = match &attribute.meta {
                Meta::List(list) => list.tokens.clone(),
                other => return Err(Error::new_spanned(other, "write options, such as `#[form(title = \"..\")]`")),
            };
            let read = |input: ParseStream<'_>| {
                while !input.is_empty() {
                    given.push(read_one(place, &given, input)?);
                    if !input.is_empty() {
                        input.parse::<Token![,]>()?;
                    }
                }
                Ok(())
            };
            read.parse2(list)?;
        }
        Ok(Self(given))
    }

    pub(super) fn get(&self, word: &str) -> Option<&Given> {
        self.0.iter().find(|given| given.word == word)
    }

    pub(super) fn value(&self, word: &str) -> Option<&Expr> {
        self.get(word)?.value.as_ref()
    }

    /// An option whose value is a literal of text.
    pub(super) fn text(&self, word: &str) -> Result<Option<LitStr>> {
        match self.value(word) {
            None => Ok(None),
            Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) if !text.value().is_empty() => Ok(Some(text.clone())),
            Some(other) => Err(Error::new_spanned(
                other,
                format!("`{word}` takes a text of at least one character: `{word} = \"..\"`"),
            )),
        }
    }
}

fn read_one(place: Place, before: &[Given], input: ParseStream<'_>) -> Result<Given> {
    let word = input.call(Ident::parse_any)?;
    let name = word.to_string();
    if !place.known().contains(&name.as_str()) {
        let known: Vec<_> = place.known().iter().map(|known| format!("`{known}`")).collect();
        let (noun, advice) = (place.noun(), place.advice(&name));
        let text = match advice {
            "" => format!("{noun} has no option `{name}`: it has {}", known.join(", ")),
            advice => format!("{noun} has no option `{name}`{advice}"),
        };
        return Err(Error::new(word.span(), text));
    }
    if before.iter().any(|given| given.word == name) {
        return Err(Error::new(word.span(), format!("`{name}` is said twice")));
    }
    let value = match input.parse::<Option<Token![=]>>()? {
        Some(_) => Some(expression(input)?),
        None if name == "default" => None,
        None => return Err(Error::new(word.span(), format!("`{name}` takes a value: `{name} = ..`"))),
    };
    Ok(Given { word, value })
}

/// What stands above the type itself: where the library is.
pub(super) fn library(attributes: &[Attribute]) -> Result<CratePath> {
    let mut library = None;
    for attribute in of_form(attributes) {
        let read = |input: ParseStream<'_>| {
            let word = input.call(Ident::parse_any)?;
            if word != "crate" {
                let text = format!(
                    "a type has no option `{word}`: it has `crate`; the others stand above fields and variants"
                );
                return Err(Error::new(word.span(), text));
            }
            library = Some(CratePath::read(input)?);
            Ok(())
        };
        read.parse2(attribute.meta.require_list()?.tokens.clone())?;
    }
    Ok(library.unwrap_or_default())
}

fn of_form(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("form"))
}
