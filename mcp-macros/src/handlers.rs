//! `#[handlers]`.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Attribute, Error, ImplItem, ImplItemFn, ItemImpl, Path, Receiver, ReceiverKind, Result, Type, parse_quote};

use crate::{
    attributes::{Kind, Options},
    definition::{Definition, cfgs, lints},
    signature::add,
};

/// Writes the block without its `#[tool]`s, `#[prompt]`s and `#[resource]`s, and the implementation of `Handlers`.
pub(crate) fn expand(options: TokenStream, mut block: ItemImpl) -> TokenStream {
    let mut problems = None;
    if !options.is_empty() {
        add(&mut problems, Error::new_spanned(options, "`#[handlers]` has no options"));
    }
    if let Some((path, _)) = &block.trait_ {
        let text = "`#[handlers]` stands on the inherent methods of a type: remove the trait, or move the handlers";
        add(&mut problems, Error::new_spanned(path, text));
    }
    let handlers = match take_handlers(&mut block) {
        Ok(handlers) => handlers,
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
    let methods = Kind::ALL.map(|kind| method(kind, &handlers));
    quote! {
        #block

        impl #parameters ::mcp_server::Handlers for #self_ty #conditions {
            #(#methods)*
        }
    }
}

/// One method that is a handler.
struct Handler {
    kind: Kind,
    key: String,
    made: TokenStream,
    /// Adds it to the list `handlers`.
    statement: TokenStream,
}

/// The method of the trait that gives the handlers of a kind, if there are any.
fn method(kind: Kind, handlers: &[Handler]) -> Option<TokenStream> {
    let mut of_kind = handlers.iter().filter(|handler| handler.kind == kind).peekable();
    let made = &of_kind.peek()?.made;
    let name = format_ident!("{}s", kind.word());
    let statements = of_kind.clone().map(|handler| &handler.statement);
    Some(quote! {
        fn #name(self: ::std::sync::Arc<Self>) -> ::std::vec::Vec<#made> {
            let mut handlers = ::std::vec::Vec::new();
            #(#statements)*
            handlers
        }
    })
}

fn take_handlers(block: &mut ItemImpl) -> Result<Vec<Handler>> {
    let this = (*block.self_ty).clone();
    let mut problems = None;
    let mut handlers: Vec<Handler> = Vec::new();
    let mut found = false;
    for item in &mut block.items {
        let ImplItem::Fn(method) = item else { continue };
        let mut attributes = method.attrs.iter().enumerate();
        let Some((position, kind)) = attributes.find_map(|(at, attribute)| Some((at, kind_of(attribute.path())?)))
        else {
            continue;
        };
        found = true;
        let attribute = method.attrs.remove(position);
        match take_handler(kind, &attribute, method) {
            Ok(definition) => {
                let key = definition.key();
                if handlers.iter().any(|known| known.kind == kind && known.key == key.value()) {
                    add(&mut problems, Error::new(key.span(), said_twice(kind, &key.value())));
                }
                let statement = statement(&definition, method, &this);
                handlers.push(Handler { kind, key: key.value(), made: definition.made(Span::call_site()), statement });
            }
            Err(problem) => add(&mut problems, problem),
        }
        let lints: Attribute = attribute_of(&lints());
        method.attrs.push(lints);
    }
    if let Some(problems) = problems {
        return Err(problems);
    }
    if !found {
        let text = "there is no handler in this block: write `#[tool]`, `#[prompt]` or `#[resource(\"..\")]` above the \
                    methods that are one";
        return Err(Error::new_spanned(&this, text));
    }
    Ok(handlers)
}

fn said_twice(kind: Kind, key: &str) -> String {
    let word = kind.word();
    match kind {
        Kind::Tool | Kind::Prompt => {
            format!("two {word}s are called `{key}`: give one of them another name with `#[{word}(name = \"..\")]`")
        }
        Kind::Resource => format!("two resources have the URI `{key}`: give one of them another"),
    }
}

fn take_handler(kind: Kind, attribute: &Attribute, method: &mut ImplItemFn) -> Result<Definition> {
    let definition = Definition::take(kind, Options::of(kind, attribute), &method.attrs, &mut method.sig)?;
    if let Some(receiver) = &definition.parameters.receiver {
        refuse_receiver(receiver)?;
    }
    Ok(definition)
}

fn statement(definition: &Definition, method: &ImplItemFn, this: &Type) -> TokenStream {
    let ident = &method.sig.ident;
    let cfgs = cfgs(&method.attrs);
    let expression = definition.expression(&quote!(Self::#ident), Some(this));
    quote!(#(#cfgs)* handlers.push(#expression);)
}

/// `tool`, `prompt` or `resource`, however it is reached.
fn kind_of(path: &Path) -> Option<Kind> {
    let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let word = match segments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [word] | ["mcp_server", word] => word,
        _ => return None,
    };
    Kind::ALL.into_iter().find(|kind| kind.word() == word)
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
