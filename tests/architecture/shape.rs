//! Files with one purpose, functions that fit a screen, and faces without logic.

use proc_macro2::Span;
use syn::{
    spanned::Spanned,
    visit::{self, Visit},
};

use crate::source::{Finding, Source};

const LONGEST_FILE: usize = 500;
const LONGEST_FUNCTION: usize = 100;
const EXCUSE: &str = "// architecture: long because ";
/// How far down an excuse may stand.
const TOP: usize = 40;

/// Finds a file that has outgrown one purpose and does not say why it may.
pub(crate) fn file_length(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().count();
    if lines <= LONGEST_FILE || source.text.lines().take(TOP).any(|line| line.starts_with(EXCUSE)) {
        return Vec::new();
    }
    let sentence = format!(
        "{lines} lines: move what needs a second sentence to describe into a file of its own, or say `{EXCUSE}…` near the top"
    );
    vec![source.finding(1, sentence)]
}

/// Finds functions that do not fit a screen.
pub(crate) fn function_length(source: &Source) -> Vec<Finding> {
    let mut functions = Functions { source, findings: Vec::new() };
    functions.visit_file(&source.code);
    functions.findings
}

struct Functions<'a> {
    source: &'a Source,
    findings: Vec<Finding>,
}

impl Functions<'_> {
    fn measure(&mut self, signature: &syn::Signature, end: Span) {
        let first = signature.fn_token.span.start().line;
        let lines = end.end().line - first + 1;
        if lines > LONGEST_FUNCTION {
            let sentence =
                format!("`{}` has {lines} lines: give its steps names and functions of their own", signature.ident);
            self.findings.push(self.source.finding(first, sentence));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.measure(&function.sig, function.block.brace_token.span.close());
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(&function.sig, function.block.brace_token.span.close());
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.measure(&function.sig, block.brace_token.span.close());
        }
        visit::visit_trait_item_fn(self, function);
    }
}

/// Finds logic in a `mod.rs`. `era/mod.rs` holds its crate's one decision about eras and may have some.
pub(crate) fn face(source: &Source) -> Vec<Finding> {
    if !source.path.ends_with("/mod.rs") || source.path.ends_with("src/era/mod.rs") {
        return Vec::new();
    }
    let is_logic = |item: &&syn::Item| match item {
        syn::Item::Use(_) => false,
        syn::Item::Mod(module) => module.content.is_some(),
        _ => true,
    };
    let Some(first) = source.code.items.iter().find(is_logic) else {
        return Vec::new();
    };
    let sentence = format!(
        "a mod.rs is a face of docs, `mod` and `use`: move what it has from here on into a file in `{}/`",
        source.module.join("/")
    );
    vec![source.finding(first.span().start().line, sentence)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source::parse(path, text)
    }

    #[test]
    fn a_long_file_without_an_excuse_is_caught() {
        let (fits, long) = ("\n".repeat(500), "\n".repeat(501));
        assert!(file_length(&source("mcp-core/src/json.rs", &fits)).is_empty());
        assert_eq!(file_length(&source("mcp-core/src/json.rs", &long)).len(), 1);
        let excused = format!("//! Tables.\n// architecture: long because it is one table{long}");
        assert!(file_length(&source("mcp-core/src/json.rs", &excused)).is_empty());
        let empty_excuse = format!("// architecture: long{long}");
        assert_eq!(file_length(&source("mcp-core/src/json.rs", &empty_excuse)).len(), 1);
        let late = format!("{}// architecture: long because it is late{long}", "\n".repeat(60));
        assert_eq!(file_length(&source("mcp-core/src/json.rs", &late)).len(), 1);
    }

    #[test]
    fn a_long_function_is_caught_wherever_it_stands() {
        let body = |lines: usize| format!("{{{}}}", "\n".repeat(lines - 1));
        for wrap in ["fn f() BODY", "impl X { fn f() BODY }", "trait X { fn f() BODY }", "fn g() { fn f() BODY }"] {
            let found = |lines| function_length(&source("mcp-core/src/json.rs", &wrap.replace("BODY", &body(lines))));
            assert!(found(100).is_empty(), "{wrap}");
            assert!(found(101).iter().any(|finding| finding.to_string().contains("`f` has 101 lines")), "{wrap}");
        }
        let test = format!("#[cfg(test)] mod tests {{ fn f() {} }}", body(200));
        assert!(function_length(&source("mcp-core/src/json.rs", &test)).is_empty());
    }

    #[test]
    fn logic_in_a_face_is_caught() {
        let found = |path, text| face(&source(path, text)).len();
        assert_eq!(
            found("mcp-core/src/model/mod.rs", "//! Docs.\nmod a;\npub use a::A;\n#[cfg(test)]\nmod tests {}"),
            0
        );
        for logic in ["fn f() {}", "const X: u8 = 1;", "struct X;", "impl X {}", "mod inline {}", "type X = u8;"] {
            assert_eq!(found("mcp-core/src/model/mod.rs", logic), 1, "{logic}");
            assert_eq!(found("mcp-core/src/era/modern/mod.rs", logic), 1, "{logic}");
            assert_eq!(found("mcp-core/src/era/mod.rs", logic), 0, "{logic}");
            assert_eq!(found("mcp-core/src/model/tool.rs", logic), 0, "{logic}");
        }
    }
}
