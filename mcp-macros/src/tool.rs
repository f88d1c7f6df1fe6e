//! `#[tool]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, Error, ItemFn, LitStr, Result, Signature, Type, spanned::Spanned};

use crate::{
    attributes::ToolOptions,
    doc_text,
    signature::{Parameters, add, take_parameters},
};

/// Writes the function, and beside it the type of the same name that gives the tool.
pub(crate) fn expand(options: TokenStream, mut function: ItemFn) -> TokenStream {
    let options = syn::parse2(options);
    let definition = Definition::take(options, &function.attrs, &mut function.sig);
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
        let text = "a method becomes a tool inside an `impl` block with `#[mcp_server::handlers]`: write that above \
                    the block, or make this a function without `self`";
        return Err(Error::new_spanned(receiver, text));
    }
    let ItemFn { vis, sig: Signature { ident, .. }, .. } = function;
    let cfgs: Vec<&Attribute> = cfgs(&function.attrs).collect();
    let expression = definition.expression(&quote!(#ident), None);
    let doc = format!("The tool of the function `{ident}`.");
    Ok(quote! {
        #(#cfgs)*
        #[doc = #doc]
        #[allow(non_camel_case_types, missing_debug_implementations)]
        #vis struct #ident {}

        #(#cfgs)*
        impl #ident {
            /// The definition and the handler.
            #vis fn tool() -> ::mcp_server::ServerTool {
                #expression
            }
        }
    })
}

/// One function that becomes a tool, wherever it stands.
pub(crate) struct Definition {
    pub(crate) name: LitStr,
    pub(crate) parameters: Parameters,
    ident: Ident,
    options: ToolOptions,
    description: Option<TokenStream>,
    asynchronous: bool,
    /// The type that the function returns, for errors to point at.
    returned: Option<Type>,
}

impl Definition {
    /// Reads the function, and removes from its signature what only the macro understands.
    pub(crate) fn take(
        options: Result<ToolOptions>,
        attributes: &[Attribute],
        signature: &mut Signature,
    ) -> Result<Self> {
        let parameters = take_parameters(signature);
        let (options, parameters) = match (options, parameters) {
            (Ok(options), Ok(parameters)) => (options, parameters),
            (options, parameters) => {
                let mut problems = None;
                options.err().into_iter().chain(parameters.err()).for_each(|error| add(&mut problems, error));
                return Err(problems.unwrap_or_else(|| Error::new(signature.span(), "not a tool")));
            }
        };
        if let (Some(blocking), Some(_)) = (options.blocking, signature.asyncness) {
            let text = "an `async fn` must not block: remove `async`, or remove `blocking` and await what blocks";
            return Err(Error::new(blocking, text));
        }
        Ok(Self {
            name: options.name_for(&signature.ident)?,
            parameters,
            ident: signature.ident.clone(),
            options,
            description: doc_text::description(attributes),
            asynchronous: signature.asyncness.is_some(),
            returned: match &signature.output {
                syn::ReturnType::Type(_, ty) if !matches!(**ty, Type::ImplTrait(_)) => Some((**ty).clone()),
                _ => None,
            },
        })
    }

    /// The expression that makes the `ServerTool`. `function` is how the function is named there; `this` is the
    /// type of the `impl` block that it stands in.
    pub(crate) fn expression(&self, function: &TokenStream, this: Option<&Type>) -> TokenStream {
        let Self { name, parameters, .. } = self;
        let arguments_type = format_ident!("__ToolArguments");
        // Of the macro's own scope, so that a function called `arguments` is not hidden.
        let [arguments, context, shared] =
            ["arguments", "context", "this"].map(|name| Ident::new(name, Span::mixed_site()));
        let items = parameters.items(&arguments_type, this);
        let receiver = parameters.receiver.as_ref().map(|_| quote!(&#shared,));
        let call_arguments = parameters.call_arguments(&arguments, &context);
        let mut body = quote_spanned!(self.ident.span()=> #function(#receiver #call_arguments));
        if self.options.blocking.is_some() {
            body = quote!(::mcp_server::blocking(move || #body));
        } else if !self.asynchronous {
            body = quote!(async move { #body });
        } else if receiver.is_some() {
            body = quote!(async move { #body.await });
        }
        let (keep, hold) = match receiver {
            Some(_) => (
                quote!(let #shared = ::std::sync::Arc::clone(&self);),
                quote!(let #shared = ::std::sync::Arc::clone(&#shared);),
            ),
            None => (TokenStream::new(), TokenStream::new()),
        };
        let (constructor, context) = match parameters.takes_context() {
            true => (quote!(with_context), quote!(, #context: ::mcp_server::Context)),
            false => (quote!(new), TokenStream::new()),
        };
        let at = self.returned.as_ref().map_or(self.ident.span(), Spanned::span);
        let description = self.description.as_ref().map(|text| quote!(.description(#text)));
        let options = self.options.builder_calls();
        let handler = quote!(move |#arguments: #arguments_type #context| { #hold #body });
        let made = quote_spanned!(at=> ::mcp_server::ServerTool::#constructor(#name, #handler));
        quote!({
            #items
            #keep
            #made #description #options
        })
    }
}

/// The conditions under which an item exists, for the items that exist with it.
pub(crate) fn cfgs(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"))
}

/// Parameters are what a model gives, by value and as many as it takes: these lints ask for other parameters.
pub(crate) fn lints() -> TokenStream {
    quote!(#[allow(clippy::needless_pass_by_value, clippy::too_many_arguments, clippy::unused_async)])
}
