//! What is asked of clients, and how an answer is written that is none.

use mcp_server::{Answer, Context, Form, ToolError};

/// A form with one text.
#[derive(Form)]
pub(crate) struct Name {
    pub(crate) name: String,
}

/// What several handlers ask.
///
/// # Errors
///
/// If the client cannot be asked, or does not answer.
pub(crate) async fn ask_name(ctx: &Context) -> Result<Answer<String>, ToolError> {
    Ok(ctx.elicit::<Name>("name", "What is your name?").await?.map(|form| form.name))
}

/// The greeting of a handler that has nothing to give to who does not answer.
///
/// # Errors
///
/// As [`ask_name`]; and if the user gives no name.
pub(crate) async fn greet_who_answers(ctx: &Context) -> Result<String, ToolError> {
    match ask_name(ctx).await? {
        Answer::Accept(name) => Ok(format!("Hello, {name}!")),
        other => Err(ToolError::new(format!("the user gave no name: {}", action(&other)))),
    }
}

/// What the user did, in the protocol's word.
pub(crate) fn action<T>(answer: &Answer<T>) -> &'static str {
    match answer {
        Answer::Accept(_) => "accept",
        Answer::Decline => "decline",
        Answer::Cancel => "cancel",
    }
}
