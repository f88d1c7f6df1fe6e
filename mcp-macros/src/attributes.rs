//! The options of `#[tool(..)]` and `#[arg(..)]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{
    Attribute, Error, Expr, LitBool, LitStr, Meta, Result, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream},
};

/// What `#[tool(..)]` says.
#[derive(Default)]
pub(crate) struct ToolOptions {
    pub(crate) name: Option<LitStr>,
    pub(crate) title: Option<LitStr>,
    /// Where `blocking` stands.
    pub(crate) blocking: Option<Span>,
    hints: Vec<Hint>,
}

struct Hint {
    field: &'static str,
    value: bool,
    span: Span,
}

const HINTS: [(&str, &str); 4] = [
    ("read_only", "read_only_hint"),
    ("destructive", "destructive_hint"),
    ("idempotent", "idempotent_hint"),
    ("open_world", "open_world_hint"),
];

impl Parse for ToolOptions {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut options = Self::default();
        let mut seen: Vec<String> = Vec::new();
        while !input.is_empty() {
            let option = input.call(Ident::parse_any)?;
            let word = option.to_string();
            if seen.contains(&word) {
                return Err(Error::new(option.span(), format!("`{word}` is said twice")));
            }
            options.read(&option, &word, input)?;
            seen.push(word);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        options.refuse_contradiction()?;
        Ok(options)
    }
}

impl ToolOptions {
    /// What `#[tool]` or `#[tool(..)]` says where it is found on a method.
    pub(crate) fn of(attribute: &Attribute) -> Result<Self> {
        match &attribute.meta {
            Meta::Path(_) => Ok(Self::default()),
            meta => meta.require_list()?.parse_args(),
        }
    }

    fn read(&mut self, option: &Ident, word: &str, input: ParseStream<'_>) -> Result<()> {
        match word {
            "name" => {
                let name = text(option, input)?;
                check_name(&name.value(), name.span())?;
                self.name = Some(name);
            }
            "title" => self.title = Some(text(option, input)?),
            "blocking" => {
                if flag(input)? {
                    self.blocking = Some(option.span());
                }
            }
            "description" => {
                return Err(Error::new(option.span(), "write the description as a doc comment above the function"));
            }
            word => match HINTS.iter().find(|(hint, _)| *hint == word) {
                Some((_, field)) => self.hints.push(Hint { field, value: flag(input)?, span: option.span() }),
                None => {
                    return Err(Error::new(
                        option.span(),
                        format!(
                            "`#[tool]` has no option `{word}`: it has `name`, `title`, `read_only`, `destructive`, \
                             `idempotent`, `open_world` and `blocking`"
                        ),
                    ));
                }
            },
        }
        Ok(())
    }

    fn refuse_contradiction(&self) -> Result<()> {
        let said = |field: &str| self.hints.iter().find(|hint| hint.field == field && hint.value);
        match (said("read_only_hint"), said("destructive_hint")) {
            (Some(_), Some(destructive)) => Err(Error::new(
                destructive.span,
                "a tool that is `read_only` cannot be `destructive`: remove one of them",
            )),
            _ => Ok(()),
        }
    }

    /// The tool's name for a function called `ident`.
    pub(crate) fn name_for(&self, ident: &Ident) -> Result<LitStr> {
        if let Some(name) = &self.name {
            return Ok(name.clone());
        }
        let name = ident.unraw().to_string();
        check_name(&name, ident.span())?;
        Ok(LitStr::new(&name, ident.span()))
    }

    /// The builder calls for everything that the options say.
    pub(crate) fn builder_calls(&self) -> TokenStream {
        let title = self.title.as_ref().map(|title| quote!(.title(#title)));
        let annotations = (!self.hints.is_empty()).then(|| {
            let hints = self.hints.iter().map(|Hint { field, value, .. }| {
                let field = Ident::new(field, Span::call_site());
                quote!(annotations.#field = ::core::option::Option::Some(#value);)
            });
            quote!(.annotations({
                let mut annotations = <::mcp_server::model::ToolAnnotations as ::core::default::Default>::default();
                #(#hints)*
                annotations
            }))
        });
        quote!(#title #annotations)
    }
}

/// What `#[arg(..)]` says about a parameter.
#[derive(Default)]
pub(crate) struct ArgOptions {
    pub(crate) name: Option<LitStr>,
    pub(crate) default: Option<ArgDefault>,
    /// The header that mirrors it.
    pub(crate) header: Option<LitStr>,
}

/// What an argument is when it is left out.
pub(crate) enum ArgDefault {
    /// `Default::default()` of its type.
    OfType,
    Value(Box<Expr>),
}

impl ArgOptions {
    /// Reads one `#[arg(..)]` into what is known already.
    pub(crate) fn read(&mut self, attribute: &Attribute) -> Result<()> {
        let wrong = "write `#[arg(default = 5)]`, `#[arg(default)]`, `#[arg(name = \"tokenBudget\")]` or \
                     `#[arg(header = \"Region\")]`";
        let Meta::List(list) = &attribute.meta else {
            return Err(Error::new_spanned(attribute, wrong));
        };
        list.parse_nested_meta(|meta| {
            if meta.path.is_ident("default") && self.default.is_none() {
                self.default = Some(if meta.input.peek(Token![=]) {
                    ArgDefault::Value(Box::new(meta.value()?.parse()?))
                } else {
                    ArgDefault::OfType
                });
                Ok(())
            } else if meta.path.is_ident("name") && self.name.is_none() {
                self.name = Some(meta.value()?.parse()?);
                Ok(())
            } else if meta.path.is_ident("header") && self.header.is_none() {
                let header: LitStr = meta.value()?.parse()?;
                check_header(&header)?;
                self.header = Some(header);
                Ok(())
            } else if meta.path.is_ident("description") {
                Err(meta.error("write the description as a doc comment above the parameter"))
            } else {
                Err(meta.error(wrong))
            }
        })
    }
}

fn check_header(header: &LitStr) -> Result<()> {
    let name = header.value();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if !name.is_empty() && name.chars().all(allowed) {
        return Ok(());
    }
    Err(Error::new(header.span(), "a header's name is made of letters, digits and `-`, such as \"Region\""))
}

fn text(option: &Ident, input: ParseStream<'_>) -> Result<LitStr> {
    let wrong = || Error::new(option.span(), format!("`{option}` takes a text: `{option} = \"..\"`"));
    input.parse::<Token![=]>().map_err(|_| wrong())?;
    input.parse().map_err(|_| wrong())
}

fn flag(input: ParseStream<'_>) -> Result<bool> {
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Ok(true);
    }
    Ok(input.parse::<LitBool>().map_err(|error| Error::new(error.span(), "write `true` or `false`"))?.value)
}

fn check_name(name: &str, span: Span) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if (1..=128).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(Error::new(
        span,
        "a tool's name is 1 to 128 of A-Z a-z 0-9 `_` `-` `.`: choose one with `#[tool(name = \"..\")]`",
    ))
}
