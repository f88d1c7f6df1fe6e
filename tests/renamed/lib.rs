//! Handlers in a program that depends on `mcp-server` by another name, or through another crate.

#![deny(missing_docs)]

use std::sync::Arc;

use mcp::{CompletionRequest, Context, HandlerGroup, Handlers, Server, State};

/// What a company's own crate might be.
pub mod facade {
    pub use mcp as mcp_server;
}

/// Adds two numbers.
#[mcp::tool(crate = mcp, read_only, idempotent)]
pub async fn add(a: i64, #[arg(default = 1)] b: i64, ctx: Context, State(base): State<i64>) -> i64 {
    ctx.progress(1.0, 1.0, "adding").await;
    a + b + base
}

/// Waits.
#[facade::mcp_server::tool(crate = crate::facade::mcp_server, blocking)]
pub fn wait(#[schemars(range(max = 3))] seconds: u8) -> String {
    format!("waited {seconds} s")
}

/// Greets.
#[mcp::prompt(crate = "mcp")]
pub fn greet(#[arg(complete = names)] name: String) -> String {
    format!("Greet {name}")
}

fn names(request: CompletionRequest) -> Vec<String> {
    vec![request.value]
}

/// One item.
#[mcp::resource("shop://{id}", crate = mcp)]
pub fn item(id: u32) -> String {
    format!("item {id}")
}

/// A shop.
pub struct Shop;

#[mcp::handlers(crate = mcp, groups(admin))]
impl Shop {
    /// Opens.
    #[mcp::tool]
    pub fn open(&self) -> &'static str {
        "open"
    }
}

#[mcp::handlers(crate = mcp, group = admin)]
impl Shop {
    /// Closes.
    #[tool(destructive)]
    pub fn close(&self, #[arg(default)] forced: bool) -> String {
        format!("closed {forced}")
    }
}

/// A server with all of it.
pub fn server() -> Server {
    let all: HandlerGroup = Arc::new(Shop).all();
    Server::builder("renamed", "1.0.0")
        .state(1_i64)
        .tools(mcp::tools![add, wait])
        .prompts(mcp::prompts![greet])
        .resources(mcp::resources![item])
        .handlers(all)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_renamed_library_is_found() {
        let server = server();
        assert_eq!(server.tools().names(), ["add", "wait", "open", "close"]);
        assert_eq!(server.prompts().names(), ["greet"]);
        assert!(server.resources().get("shop://{id}").is_some());
        assert_eq!((wait(1).as_str(), Shop.close(true).as_str()), ("waited 1 s", "closed true"));
    }
}
