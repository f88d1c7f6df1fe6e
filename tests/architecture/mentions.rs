//! The paths that a file's code names: in `use` lines, expressions, types, attributes, and in what macros are given.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::UseTree;

use crate::source::{Source, is_punct, name};

/// A module's path below the root of its crate, or a path as it is written.
pub(crate) type Path = Vec<String>;

/// A path in the code of a file.
#[derive(Debug)]
pub(crate) struct Mention {
    /// Index of the file.
    pub(crate) file: usize,
    pub(crate) line: usize,
    /// The module that the path is written in.
    pub(crate) module: Path,
    /// As it is written. A glob's is that of what it imports from.
    pub(crate) path: Path,
    /// What a `use` makes of it.
    pub(crate) name: Option<String>,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// In an expression, a type, an attribute.
    Code,
    /// In `pub(in …)`, which says how far something can be seen and uses nothing.
    Visibility,
    /// In a `use` of one name.
    Use,
    /// In a `use` of everything.
    Glob,
}

/// The path one step below `module`.
pub(crate) fn below(module: &[String], name: &str) -> Path {
    [module, &[name.to_owned()]].concat()
}

/// Reads the code of a file, without its tests.
pub(crate) fn read(file: usize, source: &Source) -> Vec<Mention> {
    let mut reader = Reader { file, found: Vec::new() };
    reader.tokens(&list(source.tokens()), &source.module);
    reader.found
}

fn list(tokens: TokenStream) -> Vec<TokenTree> {
    tokens.into_iter().collect()
}

struct Reader {
    file: usize,
    found: Vec<Mention>,
}

impl Reader {
    fn tokens(&mut self, tokens: &[TokenTree], module: &Path) {
        let mut at = 0;
        while at < tokens.len() {
            at = match &tokens[at] {
                TokenTree::Group(group) => {
                    let inner = list(group.stream());
                    match inline_module(tokens, at) {
                        Some(name) => self.tokens(&inner, &below(module, &name)),
                        None if is_restriction(tokens, at, &inner) => {
                            let _end = self.path(&inner, 1, module, Kind::Visibility);
                        }
                        None => self.tokens(&inner, module),
                    }
                    at + 1
                }
                TokenTree::Ident(ident) if ident == "use" && !is_punct(tokens, at + 1, '<') => {
                    let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
                    let end = tokens[at..].iter().position(is_end).map_or(tokens.len(), |end| at + end + 1);
                    self.import(&tokens[at..end], module);
                    end
                }
                TokenTree::Ident(_) if starts_path(tokens, at) => self.path(tokens, at, module, Kind::Code),
                TokenTree::Literal(literal) if names_code(tokens, at) => {
                    if let syn::Lit::Str(text) = syn::Lit::new(literal.clone())
                        && let Ok(path) = text.parse_with(syn::Path::parse_mod_style)
                    {
                        self.path(&list(path.to_token_stream()), 0, module, Kind::Code);
                    }
                    at + 1
                }
                _ => at + 1,
            };
        }
    }

    /// Takes a path, and returns where it ends.
    fn path(&mut self, tokens: &[TokenTree], start: usize, module: &Path, kind: Kind) -> usize {
        let (mut at, mut path) = (start, Path::new());
        while let Some(TokenTree::Ident(ident)) = tokens.get(at) {
            path.push(name(ident));
            at += 1;
            if !is_punct(tokens, at, ':') || !is_punct(tokens, at + 1, ':') {
                break;
            }
            at += 2;
        }
        // One name alone is of this module; what brought it in is a mention of its own.
        if path.len() > 1 {
            let line = tokens[start].span().start().line;
            self.mention(line, module, Leaf { path, name: None, kind });
        }
        at
    }

    fn import(&mut self, tokens: &[TokenTree], module: &Path) {
        let item = syn::parse2::<syn::ItemUse>(tokens.iter().cloned().collect());
        if let Ok(item) = item
            && item.leading_colon.is_none()
        {
            let mut leaves = Vec::new();
            flatten(&item.tree, &Path::new(), &mut leaves);
            leaves.into_iter().for_each(|(line, leaf)| self.mention(line, module, leaf));
        }
    }

    fn mention(&mut self, line: usize, module: &Path, leaf: Leaf) {
        let Leaf { path, name, kind } = leaf;
        self.found.push(Mention { file: self.file, line, module: module.clone(), path, name, kind });
    }
}

/// One path of a `use`, by itself.
struct Leaf {
    path: Path,
    name: Option<String>,
    kind: Kind,
}

/// Takes a tree of a `use` apart; `before` is the path down to it.
fn flatten(tree: &UseTree, before: &Path, leaves: &mut Vec<(usize, Leaf)>) {
    // `a::{self}` is `a`.
    let whole = |ident: &syn::Ident| match name(ident) {
        own if own == "self" && !before.is_empty() => before.clone(),
        other => below(before, &other),
    };
    let line = |ident: &syn::Ident| ident.span().start().line;
    match tree {
        UseTree::Path(path) => flatten(&path.tree, &below(before, &name(&path.ident)), leaves),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, before, leaves)),
        UseTree::Name(tree) => {
            let path = whole(&tree.ident);
            let name = path.last().cloned();
            leaves.push((line(&tree.ident), Leaf { path, name, kind: Kind::Use }));
        }
        UseTree::Rename(tree) => {
            let name = Some(name(&tree.rename));
            leaves.push((line(&tree.ident), Leaf { path: whole(&tree.ident), name, kind: Kind::Use }));
        }
        UseTree::Glob(tree) => {
            let line = tree.star_token.spans[0].start().line;
            leaves.push((line, Leaf { path: before.clone(), name: None, kind: Kind::Glob }));
        }
    }
}

/// Whether an identifier begins a path that can be followed from here: it is no field, method, lifetime or part of a
/// path that began before it, and neither `$crate` nor `::other_crate`.
fn starts_path(tokens: &[TokenTree], at: usize) -> bool {
    let before = |sign, distance: usize| is_punct(tokens, at.wrapping_sub(distance), sign);
    let is_member = before('.', 1) && !before('.', 2);
    let goes_on = before(':', 1) && before(':', 2);
    !is_member && !goes_on && !before('$', 1) && !before('\'', 1)
}

/// The name of the inline module whose body this group is.
fn inline_module(tokens: &[TokenTree], body: usize) -> Option<String> {
    match (tokens.get(body.checked_sub(2)?)?, &tokens[body - 1], &tokens[body]) {
        (TokenTree::Ident(keyword), TokenTree::Ident(ident), TokenTree::Group(group))
            if keyword == "mod" && group.delimiter() == Delimiter::Brace =>
        {
            Some(name(ident))
        }
        _ => None,
    }
}

/// Whether a group says how far something can be seen: `pub(in crate::room)`.
fn is_restriction(tokens: &[TokenTree], group: usize, inner: &[TokenTree]) -> bool {
    let is_pub = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Ident(ident)) if ident == "pub");
    is_pub(tokens.get(group.wrapping_sub(1))) && matches!(inner.first(), Some(TokenTree::Ident(ident)) if ident == "in")
}

/// Attribute arguments whose text is a path in the code.
const CODE: [&str; 6] = ["with", "serialize_with", "deserialize_with", "default", "skip_serializing_if", "remote"];

fn names_code(tokens: &[TokenTree], literal: usize) -> bool {
    let key = tokens.get(literal.wrapping_sub(2));
    is_punct(tokens, literal.wrapping_sub(1), '=')
        && matches!(key, Some(TokenTree::Ident(key)) if CODE.iter().any(|code| key == code))
}
