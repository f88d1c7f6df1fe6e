//! `#[tool]`, `#[prompt]` and `#[resource]`: one function that becomes a handler.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Attribute, Error, ItemFn, LitStr, Result, Signature, Type, parse_quote, spanned::Spanned};

use crate::{
    attributes::{Kind, Options},
    completion, doc_text,
    own_name::{lead_to_crate, refuse_primitive},
    signature::{Parameters, add, take_parameters},
    types::{find_ident, returns_future},
};

/// Writes the function, and beside it the type of the same name that gives the handler.
pub(crate) fn expand(kind: Kind, options: TokenStream, function: ItemFn) -> TokenStream {
    let mut function = lead_to_crate(function);
    let options = Options::parse(kind, options);
    let definition = Definition::take(kind, options, &function.attrs, &mut function.sig);
    match definition.and_then(|definition| companion(&definition, &function)) {
        Ok(companion) => {
            let lints = lints();
            quote!(#lints #function #companion)
        }
        // The function still stands, so that its callers compile and one mistake is one error.
        Err(error) => {
            let error = error.into_compile_error();
            quote!(#error #function)
        }
    }
}

fn companion(definition: &Definition, function: &ItemFn) -> Result<TokenStream> {
    if let Some(receiver) = &definition.parameters.receiver {
        let text = format!(
            "a method becomes a {} inside an `impl` block with `#[mcp_server::handlers]`: write that above the block, \
             or make this a function without `self`",
            definition.options.kind.word()
        );
        return Err(Error::new_spanned(receiver, text));
    }
    let ItemFn { vis, sig: Signature { ident, .. }, .. } = function;
    refuse_primitive(definition.options.kind, ident)?;
    if let Some(word) = find_ident(function.sig.to_token_stream(), &|word| word == "Self") {
        let text = "there is no `Self` outside of an `impl` block: name the type, or write `#[mcp_server::handlers]` above \
                    the block that the function belongs into";
        return Err(Error::new(word.span(), text));
    }
    let cfgs: Vec<&Attribute> = cfgs(&function.attrs).collect();
    let around = around(&function.attrs);
    let expression = definition.expression(&quote!(#ident), None, &[]);
    let word = definition.options.kind.word();
    let doc = format!("The {word} of the function `{ident}`.");
    let (give, made) = (format_ident!("{word}"), definition.made(Span::call_site()));
    Ok(quote! {
        #(#cfgs)*
        #[doc = #doc]
        #[allow(non_camel_case_types, missing_debug_implementations)]
        #vis struct #ident {}

        #(#cfgs)*
        impl #ident {
            /// The definition and the handler.
            #(#around)*
            #vis fn #give() -> #made {
                #expression
            }
        }
    })
}

/// One function that becomes a handler, wherever it stands.
pub(crate) struct Definition {
    pub(crate) name: LitStr,
    pub(crate) parameters: Parameters,
    ident: Ident,
    options: Options,
    description: Option<TokenStream>,
    asynchronous: bool,
    /// The type that the function returns, for errors to point at.
    returned: Option<Type>,
}

impl Definition {
    /// Reads the function, and removes from its signature what only the macro understands.
    pub(crate) fn take(
        kind: Kind,
        options: Result<Options>,
        attributes: &[Attribute],
        signature: &mut Signature,
    ) -> Result<Self> {
        let parameters = take_parameters(kind, signature);
        let documentation = doc_text::documentation(attributes);
        let (options, mut parameters, documentation) = match (options, parameters, documentation) {
            (Ok(options), Ok(parameters), Ok(documentation)) => (options, parameters, documentation),
            (options, parameters, documentation) => {
                let mut problems = None;
                let errors = options.err().into_iter().chain(parameters.err()).chain(documentation.err());
                errors.for_each(|error| add(&mut problems, error));
                return Err(problems.unwrap_or_else(|| Error::new(signature.span(), "not a handler")));
            }
        };
        parameters.describe(documentation.arguments)?;
        if let Some(uri) = &options.uri {
            parameters.check_variables(uri, &options.variables())?;
        }
        let asynchronous = signature.asyncness.is_some() || returns_future(&signature.output);
        if let (Some(blocking), true) = (options.blocking, asynchronous) {
            let text = "an `async fn` must not block: remove `async`, or remove `blocking` and await what blocks";
            return Err(Error::new(blocking, text));
        }
        Ok(Self {
            name: options.name_for(&signature.ident)?,
            parameters,
            ident: signature.ident.clone(),
            options,
            description: documentation.description,
            asynchronous,
            returned: match &signature.output {
                syn::ReturnType::Type(_, ty) if !matches!(**ty, Type::ImplTrait(_)) => Some((**ty).clone()),
                _ => None,
            },
        })
    }

    /// What makes two handlers of a kind one and the same: the name, or the URI.
    pub(crate) fn key(&self) -> &LitStr {
        self.options.uri.as_ref().unwrap_or(&self.name)
    }

    /// The type of what is made.
    pub(crate) fn made(&self, at: Span) -> TokenStream {
        let library = self.options.library().at(at);
        let made = Ident::new(self.options.kind.made(), at);
        quote_spanned!(at=> #library::#made)
    }

    /// The constructor for what the function takes.
    fn constructor(&self) -> &'static str {
        let is_template = self.takes_variables();
        if self.parameters.takes_state() {
            return if is_template { "template_with_state" } else { "with_state" };
        }
        match (self.parameters.takes_context(), is_template) {
            (false, false) => "new",
            (true, false) => "with_context",
            (false, true) => "template",
            (true, true) => "template_with_context",
        }
    }

    fn takes_variables(&self) -> bool {
        self.options.kind == Kind::Resource && self.parameters.takes_arguments()
    }

    /// The expression that makes the handler. `function` is how the function is named there; `this` is the
    /// type of the `impl` block that it stands in, and `siblings` are the methods there.
    pub(crate) fn expression(
        &self,
        function: &TokenStream,
        this: Option<&Type>,
        siblings: &[Signature],
    ) -> TokenStream {
        let Self { name, parameters, .. } = self;
        let library = self.options.library();
        let arguments_type = format_ident!("__Arguments");
        // Of the macro's own scope, so that a function called `arguments` is not hidden.
        let [arguments, context, shared] =
            ["arguments", "context", "this"].map(|name| Ident::new(name, Span::mixed_site()));
        let has_items = self.options.kind != Kind::Resource || self.takes_variables();
        let items = has_items.then(|| parameters.items(&arguments_type, this, &library));
        // Of a block that is that of a trait object, no reference to an `Arc` is one to it.
        let receiver = parameters.receiver.as_ref().map(|_| quote!(&*#shared,));
        let call_arguments = parameters.call_arguments(&arguments, &context);
        let mut body = quote_spanned!(self.ident.span()=> #function(#receiver #call_arguments));
        if self.options.blocking.is_some() {
            body = quote!(#library::blocking(move || #body));
        } else if !self.asynchronous {
            body = quote!(async move { #body });
        } else if receiver.is_some() {
            body = quote!(async move { #body.await });
        }
        let (keep, hold) = match receiver {
            Some(_) => (
                quote!(let #shared = ::core::clone::Clone::clone(&self);),
                quote!(let #shared = ::core::clone::Clone::clone(&#shared);),
            ),
            None => (TokenStream::new(), TokenStream::new()),
        };
        let constructor = format_ident!("{}", self.constructor());
        let takes = has_items
            .then(|| quote!(#arguments: #arguments_type,))
            .into_iter()
            .chain(parameters.states().map(|states| quote!(#states,)))
            .chain(match (parameters.takes_context(), parameters.takes_state()) {
                (true, _) => Some(quote!(#context: #library::Context)),
                (false, true) => Some(quote!(_: #library::Context)),
                (false, false) => None,
            });
        let at = self.returned.as_ref().map_or(self.ident.span(), Spanned::span);
        let description = self.description.as_ref().map(|text| quote!(.description(#text)));
        let options = self.options.builder_calls();
        let handler = quote!(move |#(#takes)*| { #hold #body });
        let completions = parameters.completions(this, siblings);
        let list = self.options.list.as_ref().map(|list| completion::list_call(list, this, siblings));
        let aliases = parameters.aliases();
        let made = self.made(at);
        let uri = self.options.uri.as_ref().map(|uri| quote!(#uri,));
        let made = quote_spanned!(at=> #made::#constructor(#uri #name, #handler));
        quote!({
            #items
            #keep
            #made #description #options #aliases #completions #list
        })
    }
}

/// The conditions under which an item exists, for the items that exist with it.
pub(crate) fn cfgs(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"))
}

/// What stands above the code that calls the function: the conditions under which it exists; and who is told not to call
/// it any more is not the server.
pub(crate) fn around(attributes: &[Attribute]) -> Vec<Attribute> {
    let deprecated = attributes.iter().any(|attribute| attribute.path().is_ident("deprecated"));
    let allowed = deprecated.then(|| parse_quote!(#[allow(deprecated)]));
    cfgs(attributes).cloned().chain(allowed).collect()
}

/// Parameters are what a model gives, by value and as many as it takes: these lints ask for other parameters.
pub(crate) fn lints() -> TokenStream {
    quote!(#[allow(
        clippy::fn_params_excessive_bools,
        clippy::needless_pass_by_value,
        clippy::too_many_arguments,
        clippy::unused_async
    )])
}
