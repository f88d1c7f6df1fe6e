//! One question of a client that says nothing of itself.

use mcp_core::{
    error::Error,
    model::{
        CallToolResult, Completion, GetPromptResult, Prompt, ReadResourceResult, Resource, ResourceTemplate, Tool,
    },
};
use serde::Serialize;

use super::client::TestClient;
use crate::server::Server;

macro_rules! shortcuts {
    ($($(#[$doc:meta])* $name:ident$(<$generic:ident: $bound:ident>)?($($argument:ident: $type:ty),*) -> $result:ty;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        ///
        /// What a client would be told.
        pub async fn $name$(<$generic: $bound>)?(server: &Server, $($argument: $type),*) -> Result<$result, Error> {
            TestClient::new(server).$name($($argument),*).await
        }
    )*};
}

shortcuts! {
    /// Calls a tool: `testing::call(&server, "add", json!({"a": 1, "b": 2})).await`. A failure that the model reads is a
    /// result with `is_error`.
    call<A: Serialize>(tool: &str, arguments: A) -> CallToolResult;
    /// Fills in a prompt, whose arguments are strings.
    get_prompt<A: Serialize>(prompt: &str, arguments: A) -> GetPromptResult;
    /// Reads a resource.
    read(uri: &str) -> ReadResourceResult;
    /// Completes an argument of a prompt, of which `value` is there already.
    complete_prompt(prompt: &str, argument: &str, value: &str) -> Completion;
    /// Completes a variable of a template, of which `value` is there already.
    complete_resource(template: &str, variable: &str, value: &str) -> Completion;
    /// The tools that everybody sees, from all pages.
    list_tools() -> Vec<Tool>;
    /// The prompts that everybody sees, from all pages.
    list_prompts() -> Vec<Prompt>;
    /// The resources that everybody sees, from all pages.
    list_resources() -> Vec<Resource>;
    /// The templates that everybody sees, from all pages.
    list_resource_templates() -> Vec<ResourceTemplate>;
}
