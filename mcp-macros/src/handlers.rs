//! `#[handlers]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{
    Attribute, Error, ImplItem, ImplItemFn, ItemImpl, Meta, Path, Receiver, ReceiverKind, Result, Signature, Token,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream, Parser},
    parse_quote,
    punctuated::Punctuated,
};

use crate::{
    attributes::{Kind, Options},
    crate_path::CratePath,
    definition::{Definition, around, cfgs, lints},
    signature::add,
    types::find_ident,
};

/// Writes the block without its `#[tool]`s, `#[prompt]`s and `#[resource]`s, and what gives the handlers: the
/// implementation of `Handlers`, or the function of a group.
pub(crate) fn expand(options: TokenStream, mut block: ItemImpl) -> TokenStream {
    let mut problems = None;
    let options = BlockOptions::parse(options).unwrap_or_else(|problem| {
        add(&mut problems, problem);
        BlockOptions::default()
    });
    if let Some((path, _)) = &block.trait_ {
        let text = "`#[handlers]` stands on the inherent methods of a type: remove the trait, or move the handlers";
        add(&mut problems, Error::new_spanned(path, text));
    }
    if let Some(at) = borrowed(&block) {
        let text = "a server keeps its handlers for as long as it runs: the type owns what it holds, such as a `String` or an \
                    `Arc`, and has no lifetime but `'static`";
        add(&mut problems, Error::new(at, text));
    }
    let handlers = match take_handlers(&mut block, &options) {
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
    let given = match &options.group {
        Some(group) => group_function(group, &block, &handlers, &options),
        None => implementation(&block, &handlers, &options),
    };
    quote!(#block #given)
}

/// What `#[handlers(..)]` says.
#[derive(Default)]
struct BlockOptions {
    /// The function that gives these handlers, if the block is one of several.
    group: Option<Ident>,
    /// The other blocks, by their functions.
    groups: Vec<Group>,
    library: CratePath,
}

/// Another block, and the conditions under which it exists.
struct Group {
    cfgs: Vec<Attribute>,
    name: Ident,
}

impl Parse for Group {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        if let Some(other) = attributes.iter().find(|attribute| !attribute.path().is_ident("cfg")) {
            return Err(Error::new_spanned(other, "only `#[cfg(..)]` stands before the name of a group"));
        }
        Ok(Self { cfgs: attributes, name: input.parse()? })
    }
}

impl BlockOptions {
    fn parse(tokens: TokenStream) -> Result<Self> {
        Self::read_all.parse2(tokens)
    }

    fn read_all(input: ParseStream<'_>) -> Result<Self> {
        let mut options = Self::default();
        while !input.is_empty() {
            let option = input.call(Ident::parse_any)?;
            match option.to_string().as_str() {
                "crate" => options.library = CratePath::read(input)?,
                "group" if options.group.is_none() => options.group = Some(group(&option, input)?),
                "groups" if options.groups.is_empty() => options.groups = groups(&option, input)?,
                "group" | "groups" => return Err(Error::new(option.span(), format!("`{option}` is said twice"))),
                _ => {
                    let text = format!(
                        "`#[handlers]` has no option `{option}`: it has `group = name`, `groups(name, ..)` and `crate`"
                    );
                    return Err(Error::new(option.span(), text));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        if let (Some(_), Some(first)) = (&options.group, options.groups.first()) {
            let text = "a group has no groups: name all of them above the block that is none";
            return Err(Error::new(first.name.span(), text));
        }
        Ok(options)
    }
}

fn group(option: &Ident, input: ParseStream<'_>) -> Result<Ident> {
    let wrong = "a group is named by the function that gives it: `group = search`";
    input.parse::<Token![=]>().map_err(|_| Error::new(option.span(), wrong))?;
    input.parse().map_err(|error: Error| Error::new(error.span(), wrong))
}

fn groups(option: &Ident, input: ParseStream<'_>) -> Result<Vec<Group>> {
    let wrong = "name the groups of the other blocks: `groups(search, admin)`";
    let read = || -> Result<Vec<Group>> {
        let groups;
        parenthesized!(groups in input);
        Ok(Punctuated::<Group, Token![,]>::parse_terminated(&groups)?.into_iter().collect())
    };
    let groups = read().map_err(|_| Error::new(option.span(), wrong))?;
    if groups.is_empty() {
        return Err(Error::new(option.span(), wrong));
    }
    for (at, Group { name, cfgs }) in groups.iter().enumerate() {
        if groups[..at].iter().any(|known| known.name == *name && exclude(&known.cfgs, cfgs)) {
            return Err(Error::new(name.span(), format!("the group `{name}` is named twice")));
        }
    }
    Ok(groups)
}

/// The inherent function that gives the handlers of a group. Nobody calls that of a group which was forgotten, and the
/// compiler says so.
fn group_function(group: &Ident, block: &ItemImpl, handlers: &[Handler], options: &BlockOptions) -> TokenStream {
    let ItemImpl { self_ty, generics, .. } = block;
    let (parameters, _, conditions) = generics.split_for_impl();
    let (library, cfgs) = (&options.library, cfgs(&block.attrs));
    let list = Ident::new("handlers", Span::mixed_site());
    let statements = handlers.iter().map(|handler| handler.statement(&list));
    // What the statements say of it is written here, wherever the name of the group is.
    let receiver = Ident::new("self", Span::call_site());
    let doc = format!("The handlers of the group `{group}`.");
    // In the user's place: a function that only a macro wrote would not be said to be unused.
    quote_spanned! {group.span()=>
        #(#cfgs)*
        impl #parameters #self_ty #conditions {
            #[doc = #doc]
            #[allow(unused_mut)]
            pub(crate) fn #group(#receiver: ::std::sync::Arc<Self>) -> #library::HandlerGroup {
                let mut #list = <#library::HandlerGroup as ::core::default::Default>::default();
                #(#statements)*
                #list
            }
        }
    }
}

/// The implementation of `Handlers`, and what shows a second one with the remedy in its name.
fn implementation(block: &ItemImpl, handlers: &[Handler], options: &BlockOptions) -> TokenStream {
    let ItemImpl { self_ty, generics, .. } = block;
    let (parameters, _, conditions) = generics.split_for_impl();
    let (library, groups) = (&options.library, &options.groups);
    let cfgs: Vec<&Attribute> = cfgs(&block.attrs).collect();
    let methods: Vec<TokenStream> = if groups.is_empty() {
        Kind::ALL.iter().filter_map(|kind| method(*kind, handlers)).collect()
    } else {
        let list = Ident::new("handlers", Span::mixed_site());
        let statements = handlers.iter().map(|handler| handler.statement(&list));
        let appended = groups.iter().map(
            |Group { cfgs, name }| quote!(#(#cfgs)* #list.append(Self::#name(::core::clone::Clone::clone(&self)));),
        );
        let all = quote! {
            #[allow(unused_mut)]
            fn all(self: ::std::sync::Arc<Self>) -> #library::HandlerGroup {
                let mut #list = <#library::HandlerGroup as ::core::default::Default>::default();
                #(#statements)*
                #(#appended)*
                #list
            }
        };
        let of_kind = Kind::ALL.map(|kind| {
            let (name, made) = (format_ident!("{}s", kind.word()), format_ident!("{}", kind.made()));
            quote! {
                fn #name(self: ::std::sync::Arc<Self>) -> ::std::vec::Vec<#library::#made> {
                    #library::Handlers::all(self).#name
                }
            }
        });
        std::iter::once(all).chain(of_kind).collect()
    };
    quote! {
        #(#cfgs)*
        impl #parameters #library::Handlers for #self_ty #conditions {
            #(#methods)*
        }

        #(#cfgs)*
        impl #parameters #self_ty #conditions {
            #[doc(hidden)]
            #[allow(dead_code, non_upper_case_globals)]
            const __write_handlers_group_above_all_blocks_but_one: () = ();
        }
    }
}

/// One method that is a handler.
struct Handler {
    kind: Kind,
    key: String,
    made: TokenStream,
    /// Under which conditions it exists.
    cfgs: Vec<Attribute>,
    /// Of the statement that adds it.
    attributes: Vec<Attribute>,
    expression: TokenStream,
}

impl Handler {
    /// Adds it to a group.
    fn statement(&self, group: &Ident) -> TokenStream {
        let list = format_ident!("{}s", self.kind.word());
        self.push(&quote!(#group.#list))
    }

    /// Adds it to a list.
    fn push(&self, list: &TokenStream) -> TokenStream {
        let Self { attributes, expression, .. } = self;
        quote!(#(#attributes)* #list.push(#expression);)
    }
}

/// Whether two of one name would be there at the same time, as far as a macro sees: it does not know which conditions hold.
fn exclude(one: &[Attribute], other: &[Attribute]) -> bool {
    let written = |cfgs: &[Attribute]| cfgs.iter().map(|cfg| quote!(#cfg).to_string()).collect::<Vec<_>>();
    let (one, other) = (written(one), written(other));
    one.is_empty() || other.is_empty() || one == other
}

/// The method of the trait that gives the handlers of a kind, if there are any.
fn method(kind: Kind, handlers: &[Handler]) -> Option<TokenStream> {
    let mut of_kind = handlers.iter().filter(|handler| handler.kind == kind).peekable();
    let made = &of_kind.peek()?.made;
    let name = format_ident!("{}s", kind.word());
    // Of the macro's own scope, so that a function called `handlers` is not hidden.
    let list = Ident::new("handlers", Span::mixed_site()).into_token_stream();
    let statements = of_kind.clone().map(|handler| handler.push(&list));
    Some(quote! {
        #[allow(unused_mut)]
        fn #name(self: ::std::sync::Arc<Self>) -> ::std::vec::Vec<#made> {
            let mut #list = ::std::vec::Vec::new();
            #(#statements)*
            #list
        }
    })
}

fn take_handlers(block: &mut ItemImpl, options: &BlockOptions) -> Result<Vec<Handler>> {
    let this = (*block.self_ty).clone();
    let siblings: Vec<Signature> = methods(block).map(|method| method.sig.clone()).collect();
    let mut problems = None;
    let mut handlers: Vec<Handler> = Vec::new();
    let mut found = false;
    if let Some(group) = options.group.iter().find(|group| siblings.iter().any(|method| method.ident == **group)) {
        let text = format!("the function of the group needs a name of its own: there is a method `{group}` already");
        add(&mut problems, Error::new(group.span(), text));
    }
    for item in &mut block.items {
        let ImplItem::Fn(method) = item else { continue };
        if let Err(problem) = refuse_conditional(&mut method.attrs, &options.library) {
            found = true;
            add(&mut problems, problem);
        }
        let kind_of = |attribute: &Attribute| kind_of(attribute.path(), &options.library);
        let mut attributes = method.attrs.iter().enumerate();
        let Some((position, kind)) = attributes.find_map(|(at, attribute)| Some((at, kind_of(attribute)?))) else {
            continue;
        };
        found = true;
        let attribute = method.attrs.remove(position);
        match take_handler(kind, &attribute, method, &options.library).and_then(|definition| {
            definition.parameters.refuse_parameters_of(&block.generics)?;
            Ok(definition)
        }) {
            Ok(definition) => {
                let (key, made) = (definition.key(), definition.made(Span::call_site()));
                let cfgs: Vec<Attribute> = cfgs(&method.attrs).cloned().collect();
                let is_same = |known: &Handler| known.kind == kind && known.key == key.value();
                if handlers.iter().any(|known| is_same(known) && exclude(&known.cfgs, &cfgs)) {
                    add(&mut problems, Error::new(key.span(), said_twice(kind, &key.value())));
                }
                let ident = &method.sig.ident;
                let expression = definition.expression(&quote!(Self::#ident), Some(&this), &siblings);
                let attributes = around(&method.attrs);
                handlers.push(Handler { kind, key: key.value(), made, cfgs, attributes, expression });
            }
            Err(problem) => add(&mut problems, problem),
        }
        // Before those of the program, which say more about the method.
        method.attrs.insert(0, attribute_of(&lints()));
    }
    if let Some(problems) = problems {
        return Err(problems);
    }
    if !found && options.groups.is_empty() {
        let text = "there is no handler in this block: write `#[tool]`, `#[prompt]` or `#[resource(\"..\")]` above the \
                    methods that are one";
        return Err(Error::new_spanned(&this, text));
    }
    Ok(handlers)
}

/// Where the type of the block has a lifetime that ends.
fn borrowed(block: &ItemImpl) -> Option<Span> {
    let parameter = block.generics.lifetimes().next().map(|parameter| parameter.lifetime.span());
    parameter.or_else(|| find_ident(block.self_ty.to_token_stream(), &|name| name == "_").map(|name| name.span()))
}

fn methods(block: &ItemImpl) -> impl Iterator<Item = &ImplItemFn> {
    block.items.iter().filter_map(|item| match item {
        ImplItem::Fn(method) => Some(method),
        _ => None,
    })
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

fn take_handler(kind: Kind, attribute: &Attribute, method: &mut ImplItemFn, library: &CratePath) -> Result<Definition> {
    let options = Options::of(kind, attribute).map(|mut options| {
        options.library.get_or_insert_with(|| library.clone());
        options
    });
    let definition = Definition::take(kind, options, &method.attrs, &mut method.sig)?;
    if let Some(receiver) = &definition.parameters.receiver {
        refuse_receiver(receiver)?;
    }
    Ok(definition)
}

/// `tool`, `prompt` or `resource`, however it is reached.
fn kind_of(path: &Path, library: &CratePath) -> Option<Kind> {
    let word = &path.segments.last()?.ident;
    let is_ours = path.segments.len() == 1 || CratePath::default().holds(path) || library.holds(path);
    Kind::ALL.into_iter().find(|kind| is_ours && word == kind.word())
}

/// Refuses `#[cfg_attr(.., tool)]`: the compiler looks into it only behind this macro. It is removed, so that the compiler
/// does not miss a macro of that name as well.
fn refuse_conditional(attributes: &mut Vec<Attribute>, library: &CratePath) -> Result<()> {
    let mut problems = None;
    attributes.retain(|attribute| {
        let found = conditional_kind(attribute, library);
        if let Some((meta, kind)) = &found {
            let word = kind.word();
            let text = format!(
                "`#[handlers]` does not see what stands in `cfg_attr`: write `#[{word}]` above the method, and `#[cfg(..)]` \
                 above that"
            );
            add(&mut problems, Error::new_spanned(meta, text));
        }
        found.is_none()
    });
    problems.map_or(Ok(()), Err)
}

/// What a `cfg_attr` would make of a method.
fn conditional_kind(attribute: &Attribute, library: &CratePath) -> Option<(Meta, Kind)> {
    if !attribute.path().is_ident("cfg_attr") {
        return None;
    }
    let inside = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    inside.into_iter().skip(1).find_map(|meta| kind_of(meta.path(), library).map(|kind| (meta, kind)))
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
