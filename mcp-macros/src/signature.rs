//! From a function's signature to arguments.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{
    Attribute, Error, Expr, ExprLit, FnArg, Lit, LitStr, Pat, PatType, Receiver, Result, Safety, Signature, Type,
    ext::IdentExt, spanned::Spanned,
};

use crate::{
    attributes::{ArgDefault, ArgOptions, Kind},
    doc_text,
};

/// The parameters of a function, taken apart.
pub(crate) struct Parameters {
    kind: Kind,
    /// `&self`, if the function has it.
    pub(crate) receiver: Option<Receiver>,
    in_order: Vec<Parameter>,
}

enum Parameter {
    Context,
    Argument(Box<Argument>),
}

struct Argument {
    field: Ident,
    name: LitStr,
    ty: Type,
    description: Option<TokenStream>,
    default: Option<ArgDefault>,
    complete: Option<Box<Expr>>,
    /// The header that mirrors it.
    header: Option<LitStr>,
    /// `#[serde(..)]` and `#[schemars(..)]`.
    passed_on: Vec<Attribute>,
}

/// Reads the parameters and removes from them what only the macro understands, so that the function compiles.
///
/// The attributes are removed whether or not there are errors.
pub(crate) fn take_parameters(kind: Kind, signature: &mut Signature) -> Result<Parameters> {
    let mut problems = refuse_qualifiers(kind, signature);
    let mut parameters = Parameters { kind, receiver: None, in_order: Vec::new() };
    for input in &mut signature.inputs {
        match input {
            FnArg::Receiver(receiver) => parameters.receiver = Some(receiver.clone()),
            FnArg::Typed(typed) => match take_parameter(kind, typed) {
                Ok(parameter) => {
                    if let Err(problem) = parameters.refuse_repetition(&parameter, typed) {
                        add(&mut problems, problem);
                    }
                    parameters.in_order.push(parameter);
                }
                Err(problem) => add(&mut problems, problem),
            },
        }
    }
    match problems {
        Some(problems) => Err(problems),
        None => Ok(parameters),
    }
}

/// Adds one more error to those that are told together.
pub(crate) fn add(problems: &mut Option<Error>, problem: Error) {
    match problems {
        Some(problems) => problems.combine(problem),
        None => *problems = Some(problem),
    }
}

impl Parameters {
    pub(crate) fn takes_context(&self) -> bool {
        self.in_order.iter().any(|parameter| matches!(parameter, Parameter::Context))
    }

    /// The items that decode the arguments: a struct called `struct_name`, a function for each default, and a check
    /// of each type whose error comes before those of the derives and names the remedy.
    ///
    /// `this` replaces `Self`, which cannot be named inside an item of its own.
    pub(crate) fn items(&self, struct_name: &Ident, this: Option<&Type>) -> TokenStream {
        let mut fields = TokenStream::new();
        let mut defaults = TokenStream::new();
        let mut checks = TokenStream::new();
        for argument in self.arguments() {
            let Argument { field, name, description, passed_on, .. } = argument;
            let ty = replace_self(argument.ty.to_token_stream(), this);
            let has_schema = self.kind != Kind::Resource;
            let described = description.as_ref().filter(|_| has_schema);
            let described = described.map(|text| quote!(#[schemars(description = #text)]));
            let mirrored = argument.header.as_ref().map(|name| quote!(#[schemars(extend("x-mcp-header" = #name))]));
            let renamed = (field.unraw() != name.value()).then(|| quote!(#[serde(rename = #name)]));
            let default = match &argument.default {
                None => TokenStream::new(),
                Some(ArgDefault::OfType) => quote!(#[serde(default)]),
                Some(ArgDefault::Value(value)) => {
                    let function = format_ident!("__default_{}", field.unraw());
                    let path = LitStr::new(&function.to_string(), field.span());
                    let value = replace_self(owned(value), this);
                    defaults.extend(quote!(fn #function() -> #ty { #value }));
                    quote!(#[serde(default = #path)])
                }
            };
            // With attributes of serde a field may be of a type that neither crate knows.
            let mut read = TokenStream::new();
            if passed_on.is_empty() {
                let check = match self.kind {
                    Kind::Tool => quote!(is_argument),
                    Kind::Prompt => quote!(is_prompt_argument),
                    Kind::Resource => quote!(is_variable),
                };
                checks.extend(quote_spanned!(ty.span()=> let _ = ::mcp_server::__private::#check::<#ty>;));
                if !has_schema {
                    read = quote!(#[serde(deserialize_with = "::mcp_server::__private::from_str")]);
                }
            }
            fields.extend(quote!(#read #described #mirrored #renamed #default #(#passed_on)* #field: #ty,));
        }
        let (derive, schema_crate) = match self.kind {
            Kind::Tool | Kind::Prompt => (
                quote!(, ::mcp_server::__private::schemars::JsonSchema),
                quote!(#[schemars(crate = "::mcp_server::__private::schemars")]),
            ),
            Kind::Resource => (TokenStream::new(), TokenStream::new()),
        };
        quote! {
            #[derive(::mcp_server::__private::serde::Deserialize #derive)]
            #[serde(crate = "::mcp_server::__private::serde", deny_unknown_fields)]
            #schema_crate
            struct #struct_name { #fields }
            #defaults
            #checks
        }
    }

    /// What the function is called with, given the names of the arguments' value and of the context.
    pub(crate) fn call_arguments(&self, arguments: &Ident, context: &Ident) -> TokenStream {
        let in_order = self.in_order.iter().map(|parameter| match parameter {
            Parameter::Context => quote!(#context),
            Parameter::Argument(argument) => {
                let field = &argument.field;
                quote!(#arguments.#field)
            }
        });
        quote!(#(#in_order),*)
    }

    /// The builder calls that complete arguments.
    pub(crate) fn completions(&self, this: Option<&Type>) -> TokenStream {
        let completed = self.arguments().filter_map(|argument| Some((&argument.name, argument.complete.as_ref()?)));
        let calls = completed.map(|(name, function)| {
            let function = replace_self(function.to_token_stream(), this);
            quote_spanned!(name.span()=> .complete(#name, #function))
        });
        calls.collect()
    }

    /// Refuses parameters that are no variables of the URI, and variables without a parameter.
    pub(crate) fn check_variables(&self, uri: &LitStr, variables: &[String]) -> Result<()> {
        let mut problems = None;
        for argument in self.arguments().filter(|argument| !variables.contains(&argument.name.value())) {
            let name = argument.name.value();
            let text = format!("the URI has no variable `{{{name}}}`: add it, or remove the parameter");
            add(&mut problems, Error::new(argument.field.span(), text));
        }
        for name in variables.iter().filter(|name| self.arguments().all(|known| known.name.value() != **name)) {
            add(&mut problems, Error::new(uri.span(), format!("no parameter is called `{name}` as this variable is")));
        }
        problems.map_or(Ok(()), Err)
    }

    pub(crate) fn takes_arguments(&self) -> bool {
        self.arguments().next().is_some()
    }

    fn arguments(&self) -> impl Iterator<Item = &Argument> {
        self.in_order.iter().filter_map(|parameter| match parameter {
            Parameter::Argument(argument) => Some(&**argument),
            Parameter::Context => None,
        })
    }

    fn refuse_repetition(&self, parameter: &Parameter, at: &PatType) -> Result<()> {
        match parameter {
            Parameter::Context if self.takes_context() => {
                Err(Error::new_spanned(&at.ty, "one `Context` is enough: clone it where you need another"))
            }
            Parameter::Argument(new) if self.arguments().any(|known| known.name.value() == new.name.value()) => {
                Err(Error::new_spanned(
                    &at.pat,
                    format!("two arguments are called `{}`: rename one with `#[arg(name = \"..\")]`", new.name.value()),
                ))
            }
            _ => Ok(()),
        }
    }
}

fn refuse_qualifiers(kind: Kind, signature: &Signature) -> Option<Error> {
    let kind = kind.word();
    let mut problems = None;
    let mut refuse = |at: &dyn ToTokens, text: String| add(&mut problems, Error::new_spanned(at, text));
    if !signature.generics.params.is_empty() || signature.generics.where_clause.is_some() {
        let generics = &signature.generics;
        let conditions = &generics.where_clause;
        let at = if generics.params.is_empty() { quote!(#conditions) } else { quote!(#generics) };
        refuse(&at, format!("a {kind} has one schema, so it cannot be generic: name concrete types"));
    }
    if let Safety::Unsafe(unsafety) = &signature.safety {
        refuse(
            unsafety,
            format!("a {kind} is called with a model's arguments, so it cannot be `unsafe`: remove the word"),
        );
    }
    if let Some(abi) = &signature.abi {
        refuse(abi, format!("a {kind} is a Rust function: remove the `extern`"));
    }
    if let Some(variadic) = &signature.variadic {
        refuse(variadic, format!("a {kind} names each of its arguments"));
    }
    problems
}

fn take_parameter(kind: Kind, typed: &mut PatType) -> Result<Parameter> {
    let description = doc_text::description(&typed.attrs);
    let mut options = ArgOptions::default();
    let mut passed_on = Vec::new();
    let mut problems = None;
    for attribute in std::mem::take(&mut typed.attrs) {
        let path = attribute.path();
        if path.is_ident("doc") {
        } else if path.is_ident("arg") {
            if let Err(problem) = options.read(kind, &attribute) {
                add(&mut problems, problem);
            }
        } else if path.is_ident("serde") || path.is_ident("schemars") {
            passed_on.push(attribute);
        } else if path.is_ident("cfg") || path.is_ident("cfg_attr") {
            let text = "arguments cannot depend on `cfg`: write two functions, each with its `#[cfg]`";
            add(&mut problems, Error::new_spanned(&attribute, text));
        } else {
            typed.attrs.push(attribute);
        }
    }
    if let Some(problems) = problems {
        return Err(problems);
    }
    refuse_type(kind, &typed.ty)?;
    if is_context(&typed.ty) {
        return Ok(Parameter::Context);
    }
    let field = name_of(&typed.pat)?;
    let plain = field.unraw().to_string();
    let name = options.name.unwrap_or_else(|| LitStr::new(plain.trim_start_matches('_'), field.span()));
    Ok(Parameter::Argument(Box::new(Argument {
        field,
        name,
        ty: (*typed.ty).clone(),
        description,
        default: options.default,
        complete: options.complete,
        header: options.header,
        passed_on,
    })))
}

/// The name of a parameter, which is the name of an argument.
fn name_of(pattern: &Pat) -> Result<Ident> {
    match pattern {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => {
            if name.ident.unraw().to_string().trim_start_matches('_').is_empty() {
                return Err(Error::new_spanned(pattern, "an argument needs a name: name the parameter"));
            }
            Ok(name.ident.clone())
        }
        Pat::Wild(_) => {
            Err(Error::new_spanned(pattern, "an argument needs a name: write `_name` for one that is not used"))
        }
        _ => Err(Error::new_spanned(
            pattern,
            "an argument needs a name: name the parameter, and take it apart inside the function",
        )),
    }
}

fn refuse_type(kind: Kind, ty: &Type) -> Result<()> {
    let kind = kind.word();
    if let Type::Reference(reference) = ty {
        let text = if is_context(&reference.elem) {
            "take `Context` by value: it is cheap to clone".to_owned()
        } else if matches!(&*reference.elem, Type::Path(path) if path.path.is_ident("str")) {
            format!("a {kind} owns its arguments: write `String` instead of `&str`")
        } else if matches!(&*reference.elem, Type::Slice(_)) {
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

fn has_reference(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == '&',
        TokenTree::Group(group) => has_reference(group.stream()),
        _ => false,
    })
}

/// By its last segment: a macro sees names, not types.
fn is_context(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Context"))
}

/// A default as an expression of an owned type: a text may stand for a `String`.
fn owned(value: &Expr) -> TokenStream {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            quote_spanned!(text.span()=> ::core::convert::Into::into(#text))
        }
        other => quote!(#other),
    }
}

fn replace_self(tokens: TokenStream, this: Option<&Type>) -> TokenStream {
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
