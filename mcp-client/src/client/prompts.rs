//! Prompts: listing them and having them filled in.

use std::collections::BTreeMap;

use mcp_core::{
    era::Method,
    json::{RawJson, Text},
    model::{GetPromptResult, Prompt, Request},
};
use serde::Serialize;

use super::{
    call::{Asked, Call},
    list::{List, ListPage},
    mcp_client::McpClient,
};
use crate::error::{Error, Result};

impl McpClient {
    /// All prompts of the server, page by page; await it to ask.
    pub fn list_prompts(&self) -> List<Prompt> {
        List::new(self, |_, _| ())
    }

    /// One page of prompts: the first, or the one that a page's `next_cursor` names; await it to ask.
    pub fn list_prompts_page(&self, cursor: Option<String>) -> ListPage<Prompt> {
        ListPage::new(self, cursor, |_, _| ())
    }

    /// Has the prompt `name` filled in; await it to ask.
    ///
    /// `arguments` is anything that becomes a JSON object of strings, or `()` for none (2026-07-28, prompts, *Getting a
    /// Prompt*).
    ///
    /// ```no_run
    /// # async fn doc(client: mcp_client::McpClient) -> mcp_client::Result<()> {
    /// let review = client.get_prompt("review", serde_json::json!({"language": "Rust"})).await?;
    /// for message in review.messages {
    ///     println!("{:?}: {:?}", message.role, message.content.as_text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Call`]'s; [`ErrorKind::Input`](crate::ErrorKind::Input) for arguments that are no object of strings.
    pub fn get_prompt(&self, name: impl Into<String>, arguments: impl Serialize) -> Call<GetPromptResult> {
        let request = request(name.into(), &arguments).map(Asked::Request);
        self.call(Method::GetPrompt.name(), request, |came| came.reply.read())
    }
}

fn request(name: String, arguments: &impl Serialize) -> Result<Request> {
    let sentence = "the arguments of a prompt are a JSON object whose values are strings, or `()`";
    let raw = RawJson::from_value(arguments).map_err(|error| Error::input(sentence).because(error))?;
    let arguments: Option<BTreeMap<String, String>> =
        raw.parse().map_err(|error| Error::input(format!("{sentence}: {error}")))?;
    Ok(Request::GetPrompt { name: Text::from(name), arguments: arguments.unwrap_or_default() })
}
