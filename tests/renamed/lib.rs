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

/// How sure somebody is.
#[derive(mcp::Form)]
#[form(crate = mcp)]
pub enum Sure {
    /// Not at all.
    No,
    /// Quite.
    #[form(title = "Quite")]
    Yes,
}

/// What is asked before the shop closes.
#[derive(facade::mcp_server::Form)]
#[form(crate = crate::facade::mcp_server)]
pub struct Closing {
    /// Whether to close.
    #[form(default = Sure::No)]
    pub sure: Sure,
    /// Why.
    #[form(min_length = 1, format = "uri")]
    pub reason: Option<String>,
    /// For how many days.
    #[form(min = 1, default = 1)]
    pub days: Option<u8>,
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
        let problems = <Closing as mcp::Form>::read(&mcp::RawObject::EMPTY).err();
        assert_eq!(problems, Some(vec!["`sure` is missing".to_owned()]));
        assert_eq!((wait(1).as_str(), Shop.close(true).as_str()), ("waited 1 s", "closed true"));
    }
}
