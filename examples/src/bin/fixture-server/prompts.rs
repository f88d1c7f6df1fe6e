//! Prompts, and what completes their arguments.

use mcp_server::{CompletionRequest, ServerPrompt, prompt, prompts};

pub(crate) fn all() -> Vec<ServerPrompt> {
    prompts![greet, plain]
}

/// Greets somebody.
#[prompt]
fn greet(
    /// Who is greeted.
    #[arg(complete = names)]
    name: String,
) -> String {
    format!("Hello, {name}!")
}

/// Takes no arguments.
#[prompt]
fn plain() -> &'static str {
    "plain"
}

async fn names(request: CompletionRequest) -> Vec<&'static str> {
    ["alice", "albert", "bob"].into_iter().filter(|name| name.starts_with(&request.value)).collect()
}
