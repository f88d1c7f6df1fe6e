//! The options of `#[tool(..)]`, `#[prompt(..)]`, `#[resource(..)]` and `#[arg(..)]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{
    Attribute, Error, Expr, LitBool, LitStr, Meta, Result, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use crate::{asks::Asks, crate_path::CratePath};

/// What a function becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Tool,
    Prompt,
    Resource,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Tool, Self::Prompt, Self::Resource];

    /// The name of the attribute, and of the function that gives the value.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Prompt => "prompt",
            Self::Resource => "resource",
        }
    }

    /// The type of what a function becomes.
    pub(crate) fn made(self) -> &'static str {
        match self {
            Self::Tool => "ServerTool",
            Self::Prompt => "ServerPrompt",
            Self::Resource => "ServerResource",
        }
    }

    fn options(self) -> &'static str {
        match self {
            Self::Tool => {
                "`name`, `title`, `icons`, `meta`, `read_only`, `destructive`, `idempotent`, `open_world`, `asks`, `once`, `blocking` and `crate`"
            }
            Self::Prompt => "`name`, `title`, `icons`, `meta`, `asks`, `blocking` and `crate`",
            Self::Resource => {
                "`name`, `title`, `mime_type`, `icons`, `meta`, `annotations`, `cache`, `list`, `asks`, `blocking` and `crate`, behind the URI"
            }
        }
    }
}

/// What `#[tool(..)]`, `#[prompt(..)]` or `#[resource(..)]` says.
pub(crate) struct Options {
    pub(crate) kind: Kind,
    /// Where the library is, if the attribute says so.
    pub(crate) library: Option<CratePath>,
    /// The URI of a resource, or the template of its URIs.
    pub(crate) uri: Option<LitStr>,
    pub(crate) name: Option<LitStr>,
    title: Option<LitStr>,
    mime_type: Option<LitStr>,
    /// What lists the resources of a template.
    pub(crate) list: Option<Expr>,
    /// What is handed to the builder as it is written.
    values: Vec<(Ident, Expr)>,
    /// Where `blocking` stands.
    pub(crate) blocking: Option<Span>,
    hints: Vec<Hint>,
    /// What is asked of the client.
    asks: Asks,
    once: bool,
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

impl Options {
    /// Reads what stands between the parentheses.
    pub(crate) fn parse(kind: Kind, tokens: TokenStream) -> Result<Self> {
        (|input: ParseStream<'_>| Self::read_all(kind, input)).parse2(tokens)
    }

    /// What the attribute says where it is found on a method.
    pub(crate) fn of(kind: Kind, attribute: &Attribute) -> Result<Self> {
        match &attribute.meta {
            Meta::Path(_) => Self::parse(kind, TokenStream::new()),
            meta => Self::parse(kind, meta.require_list()?.tokens.clone()),
        }
    }

    fn read_all(kind: Kind, input: ParseStream<'_>) -> Result<Self> {
        let mut options = Self {
            kind,
            library: None,
            uri: None,
            name: None,
            title: None,
            mime_type: None,
            list: None,
            values: Vec::new(),
            blocking: None,
            hints: Vec::new(),
            asks: Asks::default(),
            once: false,
        };
        if kind == Kind::Resource {
            let wrong = "a resource needs its URI: `#[resource(\"note://first\")]` or `#[resource(\"note://{name}\")]`";
            options.uri = Some(input.parse().map_err(|error| Error::new(error.span(), wrong))?);
            input.parse::<Option<Token![,]>>()?;
        }
        let mut seen: Vec<String> = Vec::new();
        while !input.is_empty() {
            let option = input.call(Ident::parse_any).map_err(|error| {
                let (attribute, known) = (kind.word(), kind.options());
                Error::new(error.span(), format!("`#[{attribute}]` takes options by their names: it has {known}"))
            })?;
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

    fn read(&mut self, option: &Ident, word: &str, input: ParseStream<'_>) -> Result<()> {
        match word {
            "crate" => self.library = Some(CratePath::read(input)?),
            "name" => {
                let name = text(option, input)?;
                self.check_name(&name.value(), name.span())?;
                self.name = Some(name);
            }
            "title" => self.title = Some(text(option, input)?),
            "mime_type" if self.kind == Kind::Resource => self.mime_type = Some(text(option, input)?),
            "icons" => self.value(option, "icons: `icons = [Icon::new(\"https://..\")]`", input)?,
            "meta" => self.value(option, "pairs: `meta = [(\"com.example/owner\", \"shop\")]`", input)?,
            "annotations" if self.kind == Kind::Resource => {
                self.value(option, "hints: `annotations = Annotations::default().with_priority(0.5)`", input)?;
            }
            "cache" if self.kind == Kind::Resource => {
                self.value(option, "a hint: `cache = CacheHint::public(TTL)`", input)?;
            }
            "list" if self.kind == Kind::Resource => {
                let wrong = || Error::new(option.span(), "`list` takes a function: `list = Self::rows`");
                input.parse::<Token![=]>().map_err(|_| wrong())?;
                self.list = Some(expression(input).map_err(|_| wrong())?);
                if self.variables().is_empty() {
                    return Err(Error::new(
                        option.span(),
                        "this is one resource, which is listed by itself: `list` stands beside a URI with variables",
                    ));
                }
            }
            "blocking" => {
                if flag(input)? {
                    self.blocking = Some(option.span());
                }
            }
            "asks" => self.asks = Asks::read(option, input)?,
            "once" if self.kind == Kind::Tool => self.once = flag(input)?,
            "once" => {
                let word = self.kind.word();
                let text =
                    format!("a {word} does nothing that must not happen twice: remove `once`, which is for tools");
                return Err(Error::new(option.span(), text));
            }
            "description" => {
                return Err(Error::new(option.span(), "write the description as a doc comment above the function"));
            }
            word => match HINTS.iter().find(|(hint, _)| self.kind == Kind::Tool && *hint == word) {
                Some((_, field)) => self.hints.push(Hint { field, value: flag(input)?, span: option.span() }),
                None => {
                    let (attribute, known) = (self.kind.word(), self.kind.options());
                    let text = format!("`#[{attribute}]` has no option `{word}`: it has {known}");
                    return Err(Error::new(option.span(), text));
                }
            },
        }
        Ok(())
    }

    /// Reads an option whose value is an expression.
    fn value(&mut self, option: &Ident, takes: &str, input: ParseStream<'_>) -> Result<()> {
        let wrong = || Error::new(option.span(), format!("`{option}` takes {takes}"));
        input.parse::<Token![=]>().map_err(|_| wrong())?;
        self.values.push((option.clone(), input.parse().map_err(|_| wrong())?));
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

    /// The name for a function called `ident`.
    pub(crate) fn name_for(&self, ident: &Ident) -> Result<LitStr> {
        if let Some(name) = &self.name {
            return Ok(name.clone());
        }
        let name = ident.unraw().to_string();
        self.check_name(&name, ident.span())?;
        Ok(LitStr::new(&name, ident.span()))
    }

    fn check_name(&self, name: &str, span: Span) -> Result<()> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if self.kind == Kind::Tool && !((1..=128).contains(&name.len()) && name.chars().all(allowed)) {
            return Err(Error::new(
                span,
                "a tool's name is 1 to 128 of A-Z a-z 0-9 `_` `-` `.`: choose one with `#[tool(name = \"..\")]`",
            ));
        }
        if name.is_empty() {
            return Err(Error::new(span, "a name is not empty"));
        }
        Ok(())
    }

    /// The path of the crate `mcp-server`.
    pub(crate) fn library(&self) -> CratePath {
        self.library.clone().unwrap_or_default()
    }

    /// The variables of the URI, as far as a macro can see them.
    pub(crate) fn variables(&self) -> Vec<String> {
        let uri = self.uri.as_ref().map(LitStr::value).unwrap_or_default();
        let expressions = uri.split('{').skip(1).filter_map(|part| part.split_once('}'));
        expressions.map(|(name, _)| name.trim_start_matches('+').to_owned()).collect()
    }

    /// The builder calls for everything that the options say.
    pub(crate) fn builder_calls(&self) -> TokenStream {
        let library = self.library();
        let title = self.title.as_ref().map(|title| quote!(.title(#title)));
        let mime_type = self.mime_type.as_ref().map(|mime_type| quote!(.mime_type(#mime_type)));
        let values = self.values.iter().map(|(option, value)| quote!(.#option(#value)));
        let annotations = (!self.hints.is_empty()).then(|| {
            let hints = self.hints.iter().map(|Hint { field, value, .. }| {
                let field = Ident::new(field, Span::call_site());
                quote!(annotations.#field = ::core::option::Option::Some(#value);)
            });
            quote!(.annotations({
                let mut annotations = <#library::model::ToolAnnotations as ::core::default::Default>::default();
                #(#hints)*
                annotations
            }))
        });
        let asks = self.asks.builder_call(&library);
        let once = self.once.then(|| quote!(.once()));
        quote!(#title #mime_type #(#values)* #annotations #asks #once)
    }
}

/// What `#[arg(..)]` says about a parameter.
#[derive(Default)]
pub(crate) struct ArgOptions {
    pub(crate) name: Option<LitStr>,
    pub(crate) default: Option<ArgDefault>,
    /// The function that completes it.
    pub(crate) complete: Option<Box<Expr>>,
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
    pub(crate) fn read(&mut self, kind: Kind, attribute: &Attribute) -> Result<()> {
        let wrong = match kind {
            Kind::Tool => {
                "write `#[arg(default = 5)]`, `#[arg(default)]`, `#[arg(name = \"tokenBudget\")]` or \
                 `#[arg(header = \"Region\")]`"
            }
            Kind::Prompt | Kind::Resource => {
                "write `#[arg(default = 5)]`, `#[arg(default)]` or `#[arg(name = \"tokenBudget\")]`"
            }
        };
        let Meta::List(list) = &attribute.meta else {
            return Err(Error::new_spanned(attribute, wrong));
        };
        list.parse_nested_meta(|meta| {
            if meta.path.is_ident("default") && kind == Kind::Resource {
                Err(meta.error("a variable of a URI has no default: it is always there"))
            } else if meta.path.is_ident("complete") && kind == Kind::Tool {
                Err(meta.error("only arguments of prompts and variables of resources are completed"))
            } else if meta.path.is_ident("complete") && self.complete.is_none() {
                self.complete = Some(Box::new(expression(meta.value()?)?));
                Ok(())
            } else if meta.path.is_ident("default") && self.default.is_none() {
                self.default = Some(if meta.input.peek(Token![=]) {
                    ArgDefault::Value(Box::new(expression(meta.value()?)?))
                } else {
                    ArgDefault::OfType
                });
                Ok(())
            } else if meta.path.is_ident("name") && self.name.is_none() {
                self.name = Some(meta.value()?.parse()?);
                Ok(())
            } else if meta.path.is_ident("header") && kind != Kind::Tool {
                Err(meta.error("only arguments of tools are mirrored into headers"))
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

/// What `#[serde(..)]` and `#[schemars(..)]` say of a parameter that others must know.
#[derive(Default)]
pub(crate) struct SerdeOptions {
    /// Where `flatten` stands.
    pub(crate) flatten: Option<Span>,
    pub(crate) aliases: Vec<LitStr>,
    /// The name that `#[serde(rename = "..")]` gives.
    pub(crate) rename: Option<LitStr>,
    /// Where a name is given that holds for a part only.
    partly_renamed: Option<Span>,
}

impl SerdeOptions {
    /// Reads what it knows; serde itself tells what is wrong with the rest.
    pub(crate) fn of(attributes: &[Attribute]) -> Self {
        let mut options = Self::default();
        for attribute in attributes {
            let is_serde = attribute.path().is_ident("serde");
            let read = attribute.parse_nested_meta(|meta| {
                let at = meta.path.get_ident().map_or_else(Span::call_site, Ident::span);
                if meta.path.is_ident("rename") && is_serde && meta.input.peek(Token![=]) {
                    options.rename = Some(meta.value()?.parse()?);
                    return Ok(());
                }
                if meta.path.is_ident("rename") {
                    options.partly_renamed = Some(at);
                }
                if is_serde && meta.path.is_ident("flatten") {
                    options.flatten = Some(at);
                } else if is_serde && meta.path.is_ident("alias") {
                    options.aliases.push(meta.value()?.parse()?);
                } else if meta.input.peek(Token![=]) {
                    meta.value()?.parse::<Expr>()?;
                } else if !meta.input.is_empty() && !meta.input.peek(Token![,]) {
                    meta.input.parse::<proc_macro2::TokenTree>()?;
                }
                Ok(())
            });
            drop(read);
        }
        options
    }

    /// Refuses what cannot work for a handler of that kind.
    pub(crate) fn check(&self, kind: Kind) -> Result<()> {
        if let Some(at) = self.partly_renamed {
            let text = "an argument has one name, in its schema and in calls: write `#[arg(name = \"..\")]`";
            return Err(Error::new(at, text));
        }
        match (self.flatten, kind) {
            (Some(at), Kind::Prompt | Kind::Resource) => {
                let word = kind.word();
                let text = format!(
                    "each argument of a {word} is one string, and nothing can be flattened into it: name each as a \
                     parameter"
                );
                Err(Error::new(at, text))
            }
            _ => Ok(()),
        }
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

/// An expression as it is written: a fragment of a macro, such as `$expr`, comes inside a group that nobody sees.
pub(crate) fn expression(input: ParseStream<'_>) -> Result<Expr> {
    let mut expression = input.parse()?;
    while let Expr::Group(group) = expression {
        expression = *group.expr;
    }
    Ok(expression)
}

fn flag(input: ParseStream<'_>) -> Result<bool> {
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Ok(true);
    }
    Ok(input.parse::<LitBool>().map_err(|error| Error::new(error.span(), "write `true` or `false`"))?.value)
}
