//! Prompts, and what completes their arguments.

use mcp_server::{CompletionRequest, Context, ServerPrompt, ToolError, prompt, prompts};

use crate::asking::greet_who_answers;

pub(crate) fn all() -> Vec<ServerPrompt> {
    prompts![greet, plain, ask_prompt]
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

/// Greets whoever answers.
#[prompt(asks(elicitation))]
async fn ask_prompt(ctx: Context) -> Result<String, ToolError> {
    greet_who_answers(&ctx).await
}

async fn names(request: CompletionRequest) -> Vec<&'static str> {
    ["alice", "albert", "bob"].into_iter().filter(|name| name.starts_with(&request.value)).collect()
}
