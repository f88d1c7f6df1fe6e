//! `#[handlers]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Error, ImplItem, ImplItemFn, ItemImpl, Path, Receiver, ReceiverKind, Result, Type, parse_quote};

use crate::{
    attributes::ToolOptions,
    signature::add,
    tool::{Definition, cfgs, lints},
};

/// Writes the block without its `#[tool]`s, and the implementation of `Handlers`.
pub(crate) fn expand(options: TokenStream, mut block: ItemImpl) -> TokenStream {
    let mut problems = None;
    if !options.is_empty() {
        add(&mut problems, Error::new_spanned(options, "`#[handlers]` has no options"));
    }
    if let Some((path, _)) = &block.trait_ {
        let text = "`#[handlers]` stands on the inherent methods of a type: remove the trait, or move the tools";
        add(&mut problems, Error::new_spanned(path, text));
    }
    let tools = match take_tools(&mut block) {
        Ok(tools) => tools,
        Err(problem) => {
            add(&mut problems, problem);
            Vec::new()
        }
    };
    if let Some(problems) = problems {
        let error = problems.into_compile_error();
        return quote!(#block #error);
    }
    let ItemImpl { self_ty, generics, .. } = &block;
    let (parameters, _, conditions) = generics.split_for_impl();
    quote! {
        #block

        impl #parameters ::mcp_server::Handlers for #self_ty #conditions {
            fn tools(self: ::std::sync::Arc<Self>) -> ::std::vec::Vec<::mcp_server::ServerTool> {
                let mut tools = ::std::vec::Vec::new();
                #(#tools)*
                tools
            }
        }
    }
}

/// The statements that collect the tools.
fn take_tools(block: &mut ItemImpl) -> Result<Vec<TokenStream>> {
    let this = (*block.self_ty).clone();
    let mut problems = None;
    let mut names: Vec<String> = Vec::new();
    let mut statements = Vec::new();
    for item in &mut block.items {
        let ImplItem::Fn(method) = item else { continue };
        let Some(position) = method.attrs.iter().position(|attribute| is_tool(attribute.path())) else { continue };
        let attribute = method.attrs.remove(position);
        match take_tool(&attribute, method) {
            Ok(definition) => {
                let name = definition.name.value();
                if names.contains(&name) {
                    let text = format!(
                        "two tools are called `{name}`: give one of them another name with `#[tool(name = \"..\")]`"
                    );
                    add(&mut problems, Error::new(definition.name.span(), text));
                }
                names.push(name);
                statements.push(statement(&definition, method, &this));
            }
            Err(problem) => add(&mut problems, problem),
        }
        let lints: Attribute = attribute_of(&lints());
        method.attrs.push(lints);
    }
    if let Some(problems) = problems {
        return Err(problems);
    }
    if statements.is_empty() {
        let text = "there is no tool in this block: write `#[tool]` above the methods that are tools";
        return Err(Error::new_spanned(&this, text));
    }
    Ok(statements)
}

fn take_tool(attribute: &Attribute, method: &mut ImplItemFn) -> Result<Definition> {
    let definition = Definition::take(ToolOptions::of(attribute), &method.attrs, &mut method.sig)?;
    if let Some(receiver) = &definition.parameters.receiver {
        refuse_receiver(receiver)?;
    }
    Ok(definition)
}

fn statement(definition: &Definition, method: &ImplItemFn, this: &Type) -> TokenStream {
    let ident = &method.sig.ident;
    let cfgs = cfgs(&method.attrs);
    let expression = definition.expression(&quote!(Self::#ident), Some(this));
    quote!(#(#cfgs)* tools.push(#expression);)
}

/// `tool`, however it is reached.
fn is_tool(path: &Path) -> bool {
    let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    matches!(segments.iter().map(String::as_str).collect::<Vec<_>>()[..], ["tool"] | ["mcp_server", "tool"])
}

fn refuse_receiver(receiver: &Receiver) -> Result<()> {
    let text = match &receiver.kind {
        ReceiverKind::Reference(_, _, None) => return Ok(()),
        ReceiverKind::Reference(_, _, Some(_)) => {
            "calls run at the same time and share the state: take `&self`, and keep what changes in a `Mutex`, an \
             atomic or a channel"
        }
        _ => "calls share the state: take `&self`",
    };
    Err(Error::new_spanned(receiver, text))
}

fn attribute_of(tokens: &TokenStream) -> Attribute {
    parse_quote!(#tokens)
}
