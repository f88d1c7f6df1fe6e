//! One source file as the rules see it: where it stands, its text, and its code without tests.

use std::{fmt, fs, path::Path};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};

/// A line that stands in the wrong place, and where it belongs.
#[derive(Debug)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    sentence: String,
}

impl Finding {
    pub(crate) fn new(path: &str, line: usize, sentence: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, sentence: sentence.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {}:{}: {}", self.path, self.line, self.sentence)
    }
}

/// A file of a library crate.
pub(crate) struct Source {
    /// Path from the root of the workspace, with `/`.
    pub(crate) path: String,
    /// The crate's folder, such as `mcp-core`.
    pub(crate) krate: String,
    /// The file's module path; empty for `lib.rs`.
    pub(crate) module: Vec<String>,
    /// The text as it is.
    pub(crate) text: String,
    /// The code without `#[cfg(test)]` items. Empty if the whole file is a test.
    pub(crate) code: syn::File,
}

impl Source {
    /// Parses a file at `path`, which starts with the crate's folder and `src`.
    pub(crate) fn parse(path: &str, text: &str) -> Self {
        let mut parts = path.split('/');
        let krate = parts.next().unwrap_or_default().to_owned();
        let mut module: Vec<String> = parts.skip(1).map(|part| part.trim_end_matches(".rs").to_owned()).collect();
        if module.last().is_some_and(|last| last == "mod") || module == ["lib"] {
            module.pop();
        }
        let mut code = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        if is_test(&code.attrs) || module.iter().any(|part| part == "tests") {
            code.items.clear();
        }
        WithoutTests.visit_file_mut(&mut code);
        Self { path: path.to_owned(), krate, module, text: text.to_owned(), code }
    }

    /// The room that the file stands in; `lib` for `lib.rs`.
    pub(crate) fn room(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }

    /// The tokens of the code without tests; doc comments are attributes among them.
    pub(crate) fn tokens(&self) -> TokenStream {
        self.code.to_token_stream()
    }

    /// A finding about a line of this file.
    pub(crate) fn finding(&self, line: usize, sentence: impl Into<String>) -> Finding {
        Finding::new(&self.path, line, sentence)
    }
}

/// Reads every `.rs` file under a crate's `src`, in the order of their paths.
pub(crate) fn read(root: &Path, krate: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    let mut folders = vec![root.join(krate).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let parts: Vec<_> = path.strip_prefix(root).expect("under the root").iter().collect();
            let parts: Vec<_> = parts.iter().map(|part| part.to_string_lossy()).collect();
            Source::parse(&parts.join("/"), &text)
        })
        .collect()
}

/// An identifier without the mark of a raw one.
pub(crate) fn name(ident: &proc_macro2::Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

/// Whether `tokens[at]` is this punctuation.
pub(crate) fn is_punct(tokens: &[TokenTree], at: usize, wanted: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

/// Whether the attributes say that an item exists in tests only: `cfg(test)` or `cfg(all(test, …))`.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Meta>().is_ok_and(|meta| requires_test(&meta))
    })
}

fn requires_test(meta: &syn::Meta) -> bool {
    use syn::{Token, punctuated::Punctuated};
    match meta {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) if list.path.is_ident("all") => list
            .parse_args_with(Punctuated::<syn::Meta, Token![,]>::parse_terminated)
            .is_ok_and(|all| all.iter().any(requires_test)),
        _ => false,
    }
}

struct WithoutTests;

impl VisitMut for WithoutTests {
    fn visit_file_mut(&mut self, file: &mut syn::File) {
        file.items.retain(|item| !is_test(attributes(item)));
        visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if let Some((_, items)) = &mut module.content {
            items.retain(|item| !is_test(attributes(item)));
        }
        visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_item_impl_mut(&mut self, block: &mut syn::ItemImpl) {
        block.items.retain(|item| match item {
            syn::ImplItem::Const(item) => !is_test(&item.attrs),
            syn::ImplItem::Fn(item) => !is_test(&item.attrs),
            _ => true,
        });
        visit_mut::visit_item_impl_mut(self, block);
    }
}

/// An item's attributes.
pub(crate) fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    use syn::Item::{
        Const, Enum, ExternCrate, Fn, Impl, Macro, Mod, Static, Struct, Trait, TraitAlias, Type, Union, Use,
    };
    match item {
        Const(item) => &item.attrs,
        Enum(item) => &item.attrs,
        ExternCrate(item) => &item.attrs,
        Fn(item) => &item.attrs,
        Impl(item) => &item.attrs,
        Macro(item) => &item.attrs,
        Mod(item) => &item.attrs,
        Static(item) => &item.attrs,
        Struct(item) => &item.attrs,
        Trait(item) => &item.attrs,
        TraitAlias(item) => &item.attrs,
        Type(item) => &item.attrs,
        Union(item) => &item.attrs,
        Use(item) => &item.attrs,
        _ => &[],
    }
}

#[test]
fn tests_are_no_code() {
    let text = "#[cfg(test)] use a::b; fn kept() {} #[cfg(all(test, unix))] mod tests { fn gone() {} }
                impl X { #[cfg(test)] fn gone() {} fn too() {} } #[cfg(feature = \"test\")] fn feature() {}";
    let source = Source::parse("mcp-core/src/model/tool.rs", text);
    let code = source.tokens().to_string();
    assert_eq!(source.module, ["model", "tool"]);
    assert!(["kept", "too", "feature"].iter().all(|name| code.contains(name)), "{code}");
    assert!(!code.contains("gone") && !code.contains("a :: b"), "{code}");
    assert!(Source::parse("mcp-core/src/model/tests.rs", text).code.items.is_empty());
}
