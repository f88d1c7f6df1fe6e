//! From a function's signature to arguments.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{
    Attribute, Error, Expr, ExprLit, FnArg, GenericParam, Generics, Lit, LitStr, Pat, PatType, Receiver, Result,
    Safety, Signature, Type, ext::IdentExt, spanned::Spanned,
};

use crate::{
    attributes::{ArgDefault, ArgOptions, Kind, SerdeOptions},
    completion,
    crate_path::CratePath,
    doc_text::{self, Described},
    types::{find_ident, is_context, is_state, refuse_many, refuse_type, replace_self},
};

/// The parameters of a function, taken apart.
pub(crate) struct Parameters {
    kind: Kind,
    /// `&self`, if the function has it.
    pub(crate) receiver: Option<Receiver>,
    in_order: Vec<Parameter>,
    /// The names of parameters that are no arguments.
    others: Vec<String>,
}

enum Parameter {
    Context,
    State(Box<Type>),
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
    serde: SerdeOptions,
}

/// Reads the parameters and removes from them what only the macro understands, so that the function compiles.
///
/// The attributes are removed whether or not there are errors.
pub(crate) fn take_parameters(kind: Kind, signature: &mut Signature) -> Result<Parameters> {
    let mut problems = refuse_qualifiers(kind, signature);
    let mut parameters = Parameters { kind, receiver: None, in_order: Vec::new(), others: Vec::new() };
    for input in &mut signature.inputs {
        match input {
            FnArg::Receiver(receiver) => parameters.receiver = Some(receiver.clone()),
            FnArg::Typed(typed) => match take_parameter(kind, typed) {
                Ok(parameter) => {
                    if let Err(problem) = parameters.refuse_repetition(&parameter, typed) {
                        add(&mut problems, problem);
                    }
                    if let Parameter::Context | Parameter::State(_) = &parameter {
                        names_in(typed.pat.to_token_stream(), &mut parameters.others);
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

    pub(crate) fn takes_state(&self) -> bool {
        self.state_types().next().is_some()
    }

    fn state_types(&self) -> impl DoubleEndedIterator<Item = (Ident, &Type)> {
        let named = self.in_order.iter().enumerate().filter_map(|(at, parameter)| match parameter {
            Parameter::State(ty) => Some((state_name(at), &**ty)),
            _ => None,
        });
        named.collect::<Vec<_>>().into_iter()
    }

    /// The parameter of the handler that takes all shared state: pairs of pairs, as many as it takes.
    pub(crate) fn states(&self) -> Option<TokenStream> {
        let mut from_the_end = self.state_types().rev();
        let (name, ty) = from_the_end.next()?;
        let (names, types) = from_the_end.fold((quote!(#name), quote!(#ty)), |(names, types), (name, ty)| {
            (quote!((#name, #names)), quote!((#ty, #types)))
        });
        Some(quote!(#names: #types))
    }

    /// Gives what a section of the function's doc comment says to the arguments that have no doc comment themselves.
    pub(crate) fn describe(&mut self, section: Vec<Described>) -> Result<()> {
        let mut problems = None;
        for Described { name, text, span } in section {
            let name = name.trim_start_matches("r#").to_owned();
            let is_it = |argument: &Argument| argument.name.value() == name || plain(&argument.field) == name;
            let argument = self.in_order.iter_mut().find_map(|parameter| match parameter {
                Parameter::Argument(argument) if is_it(argument) => Some(argument),
                _ => None,
            });
            match argument {
                Some(argument) if argument.description.is_none() && !text.is_empty() => {
                    argument.description = Some(quote!(#text));
                }
                Some(_) => {}
                None if self.others.contains(&name) => {}
                None => {
                    let text = format!(
                        "`# Arguments` describes `{name}`, but no parameter is called so: give it the name of one, or \
                         remove it"
                    );
                    add(&mut problems, Error::new(span, text));
                }
            }
        }
        problems.map_or(Ok(()), Err)
    }

    /// The items that decode the arguments: a struct called `struct_name`, a function for each default, and a check
    /// of each type whose error comes before those of the derives and names the remedy.
    ///
    /// `this` replaces `Self`, which cannot be named inside an item of its own.
    pub(crate) fn items(&self, struct_name: &Ident, this: Option<&Type>, library: &CratePath) -> TokenStream {
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
            let is_said = argument.serde.rename.is_some();
            let renamed = (!is_said && field.unraw() != name.value()).then(|| quote!(#[serde(rename = #name)]));
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
                let here = library.at(ty.span());
                checks.extend(quote_spanned!(ty.span()=> let _ = #here::__private::#check::<#ty>;));
                if !has_schema {
                    let from_str = library.text("__private::from_str");
                    read = quote!(#[serde(deserialize_with = #from_str)]);
                }
            }
            fields.extend(quote!(#read #described #mirrored #renamed #default #(#passed_on)* #field: #ty,));
        }
        for (_, ty) in self.state_types() {
            let here = library.at(ty.span());
            checks.extend(quote_spanned!(ty.span()=> let _ = #here::__private::is_state::<#ty>;));
        }
        let schemars = library.text("__private::schemars");
        let (derive, schema_crate) = match self.kind {
            Kind::Tool | Kind::Prompt => {
                (quote!(, #library::__private::schemars::JsonSchema), quote!(#[schemars(crate = #schemars)]))
            }
            Kind::Resource => (TokenStream::new(), TokenStream::new()),
        };
        // What a flattened argument takes, the others do not know.
        let is_open = self.arguments().any(|argument| argument.serde.flatten.is_some());
        let closed = (!is_open).then(|| quote!(, deny_unknown_fields));
        let serde = library.text("__private::serde");
        quote! {
            #[derive(#library::__private::serde::Deserialize #derive)]
            #[serde(crate = #serde #closed)]
            #schema_crate
            struct #struct_name { #fields }
            #defaults
            #checks
        }
    }

    /// What the function is called with, given the names of the arguments' value and of the context.
    pub(crate) fn call_arguments(&self, arguments: &Ident, context: &Ident) -> TokenStream {
        let in_order = self.in_order.iter().enumerate().map(|(at, parameter)| match parameter {
            Parameter::Context => quote!(#context),
            Parameter::State(_) => state_name(at).to_token_stream(),
            Parameter::Argument(argument) => {
                let field = &argument.field;
                quote!(#arguments.#field)
            }
        });
        quote!(#(#in_order),*)
    }

    /// The builder calls that complete arguments.
    pub(crate) fn completions(&self, this: Option<&Type>, siblings: &[Signature]) -> TokenStream {
        let completed = self.arguments().filter_map(|argument| Some((&argument.name, argument.complete.as_ref()?)));
        completed.map(|(name, complete)| completion::builder_call(name, complete, this, siblings)).collect()
    }

    /// The builder calls for other names that arguments are taken by.
    pub(crate) fn aliases(&self) -> TokenStream {
        let of_tool = self.arguments().filter(|_| self.kind == Kind::Tool);
        let pairs = of_tool.flat_map(|argument| argument.serde.aliases.iter().map(|alias| (alias, &argument.name)));
        pairs.map(|(alias, name)| quote!(.argument_alias(#alias, #name))).collect()
    }

    /// Refuses parameters that are no variables of the URI, and variables without a parameter.
    pub(crate) fn check_variables(&self, uri: &LitStr, variables: &[String]) -> Result<()> {
        let mut problems = None;
        let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if let Some(other) = variables.iter().find(|name| !is_name(name)) {
            let text = format!(
                "`{{{other}}}` is no variable that can be matched: write `{{name}}` for one segment or `{{+name}}` for a \
                 whole path"
            );
            return Err(Error::new(uri.span(), text));
        }
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

    /// Refuses what the items of the arguments cannot name: they stand for themselves, and do not know the parameters of a
    /// block.
    pub(crate) fn refuse_parameters_of(&self, block: &Generics) -> Result<()> {
        let names: Vec<&Ident> = block.params.iter().filter_map(parameter_name).collect();
        let is_one = |name: &Ident| names.contains(&name) || (!names.is_empty() && name == "Self");
        let mut problems = None;
        for argument in self.arguments() {
            let word = self.kind.word();
            if let Some(name) = find_ident(argument.ty.to_token_stream(), &is_one) {
                let text = format!(
                    "the argument of a {word} is of one type, and `{name}` stands for many: name a concrete type, or take \
                     JSON as a `serde_json::Value` and decode it in the method"
                );
                add(&mut problems, Error::new(name.span(), text));
            }
            let Some(ArgDefault::Value(default)) = &argument.default else { continue };
            if let Some(name) = find_ident(default.to_token_stream(), &is_one) {
                let text = format!(
                    "a default is one value, and `{name}` stands for many types: write the value, or a `const` outside of \
                     the block"
                );
                add(&mut problems, Error::new(name.span(), text));
            }
        }
        problems.map_or(Ok(()), Err)
    }

    pub(crate) fn takes_arguments(&self) -> bool {
        self.arguments().next().is_some()
    }

    fn arguments(&self) -> impl Iterator<Item = &Argument> {
        self.in_order.iter().filter_map(|parameter| match parameter {
            Parameter::Argument(argument) => Some(&**argument),
            Parameter::Context | Parameter::State(_) => None,
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
    if is_state(&typed.ty) {
        return Ok(Parameter::State(typed.ty.clone()));
    }
    let serde = SerdeOptions::of(&passed_on);
    serde.check(kind)?;
    if kind == Kind::Prompt && passed_on.is_empty() {
        refuse_many(&typed.ty)?;
    }
    let field = name_of(&typed.pat)?;
    let name = options.name.or_else(|| serde.rename.clone());
    let name = name.unwrap_or_else(|| LitStr::new(&plain(&field), field.span()));
    Ok(Parameter::Argument(Box::new(Argument {
        field,
        name,
        ty: (*typed.ty).clone(),
        description,
        default: options.default,
        complete: options.complete,
        header: options.header,
        passed_on,
        serde,
    })))
}

/// The name of a type or of a constant that a block is generic over.
fn parameter_name(parameter: &GenericParam) -> Option<&Ident> {
    match parameter {
        GenericParam::Type(parameter) => Some(&parameter.ident),
        GenericParam::Const(parameter) => Some(&parameter.ident),
        GenericParam::Lifetime(_) => None,
    }
}

/// All names in a pattern, such as `db` in `State(db)`.
fn names_in(pattern: TokenStream, names: &mut Vec<String>) {
    for token in pattern {
        match token {
            TokenTree::Ident(name) => names.push(plain(&name)),
            TokenTree::Group(group) => names_in(group.stream(), names),
            _ => {}
        }
    }
}

/// What a parameter is called: an underscore before it says only that it is not used.
fn plain(name: &Ident) -> String {
    name.unraw().to_string().trim_start_matches('_').to_owned()
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

/// Of the macro's own scope, and of the parameter at that place.
fn state_name(at: usize) -> Ident {
    format_ident!("state{at}", span = Span::mixed_site())
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
