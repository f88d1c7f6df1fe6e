//! What finds notes: a tool, a prompt, a resource for each tag.

use anyhow::Result;
use mcp_server::{CompletionRequest, Json, handlers, model::PromptMessage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Notes, store::Note};

/// What was found.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// The notes, by number; at most 100.
    pub notes: Vec<Note>,
}

#[handlers(group = reading)]
impl Notes {
    /// Finds notes by a text that stands in them.
    #[tool(title = "Find notes", read_only, open_world = false)]
    async fn find(
        &self,
        /// The text; any note has the empty one.
        text: String,
        /// Only notes with this tag.
        tag: Option<String>,
    ) -> Result<Json<Found>> {
        Ok(Json(Found { notes: self.store.find(text, tag).await? }))
    }

    /// Asks for a summary of the notes with a tag.
    #[prompt(title = "Summarize")]
    async fn summarize(
        &self,
        /// The tag.
        #[arg(complete = Self::tags)]
        tag: String,
    ) -> Result<Vec<PromptMessage>> {
        let notes = self.store.find(String::new(), Some(tag.clone())).await?;
        let texts: Vec<_> = notes.into_iter().map(|note| format!("# {}\n{}", note.title, note.text)).collect();
        let ask = format!("Summarize my notes about {tag}:\n\n{}", texts.join("\n\n"));
        Ok(vec![PromptMessage::user(ask)])
    }

    /// The notes with a tag.
    #[resource("notes://{tag}", mime_type = "application/json")]
    async fn tagged(&self, #[arg(complete = Self::tags)] tag: String) -> Result<Json<Vec<Note>>> {
        Ok(Json(self.store.find(String::new(), Some(tag)).await?))
    }

    /// The tags that there are.
    async fn tags(&self, request: CompletionRequest) -> Result<Vec<String>> {
        self.store.tags(request.value).await
    }
}
