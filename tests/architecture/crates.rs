//! The crates that a crate never names: both roles stand on `mcp-core`, and do not see each other.

use proc_macro2::{TokenStream, TokenTree};

use crate::source::{Finding, Source, name};

/// The macros name `mcp_server` only in the code that they write.
fn strangers(krate: &str) -> &'static [&'static str] {
    match krate {
        "mcp-core" => &["mcp_server", "mcp_client", "mcp_macros"],
        "mcp-server" => &["mcp_client"],
        "mcp-client" => &["mcp_server", "mcp_macros"],
        _ => &["mcp_core", "mcp_client"],
    }
}

/// Finds names of crates that this one must not see.
pub(crate) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    walk(source, source.tokens(), &mut findings);
    findings
}

fn walk(source: &Source, tokens: TokenStream, findings: &mut Vec<Finding>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => walk(source, group.stream(), findings),
            TokenTree::Ident(ident) if strangers(&source.krate).contains(&name(&ident).as_str()) => {
                let sentence = format!(
                    "{} must not see `{ident}`: what both need belongs in mcp-core, what joins both belongs in tests or examples",
                    source.krate
                );
                findings.push(source.finding(ident.span().start().line, sentence));
            }
            _ => {}
        }
    }
}

#[test]
fn a_crate_that_names_its_twin_is_caught() {
    let found = |path, text| check(&Source::parse(path, text)).len();
    assert_eq!(found("mcp-server/src/serve/stdio.rs", "use mcp_client::McpClient;"), 1);
    assert_eq!(found("mcp-client/src/connect/memory.rs", "fn f(x: &mcp_server::Server) {}"), 1);
    assert_eq!(found("mcp-client/src/connect/memory.rs", "fn f() { debug!(mcp_server::X) }"), 1);
    assert_eq!(found("mcp-core/src/sink.rs", "use mcp_server::Server;"), 1);
    assert_eq!(found("mcp-macros/src/tool.rs", "fn f() { quote!(::mcp_core::X) }"), 1);
    assert_eq!(found("mcp-macros/src/tool.rs", "fn f() { quote!(::mcp_server::__private::X) }"), 0);
    assert_eq!(found("mcp-server/src/serve/stdio.rs", "/// Like `mcp_client`.\nuse mcp_core::call::Call;"), 0);
}
