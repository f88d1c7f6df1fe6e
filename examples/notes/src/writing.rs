//! Tools that change notes: the handlers' own block, which names the others.

use anyhow::Result;
use mcp_server::{Context, Json, ToolError, handlers};

use crate::{Notes, store::Note};

#[handlers(groups(reading, rows))]
impl Notes {
    /// Adds a note.
    #[tool(title = "Add a note", destructive = false, open_world = false)]
    async fn add(
        &self,
        /// What it is about, in a few words.
        title: String,
        /// What it says.
        text: String,
        /// The word under which it is filed.
        #[arg(default = "inbox")]
        tag: String,
        ctx: Context,
    ) -> Result<Json<Note>> {
        let note = self.store.add(title, text, tag).await?;
        ctx.server().notify_resources_list_changed();
        Ok(Json(note))
    }

    /// Gives a note another text.
    #[tool(title = "Edit a note", idempotent, open_world = false)]
    async fn edit(
        &self,
        /// The number of the note.
        id: i64,
        /// What it says from now on.
        text: String,
        ctx: Context,
    ) -> Result<&'static str, ToolError> {
        if !self.store.edit(id, text).await? {
            return Err(no_note(id));
        }
        ctx.server().notify_resource_updated(uri(id));
        Ok("edited")
    }

    /// Removes a note for good.
    #[tool(title = "Remove a note", destructive, idempotent, open_world = false)]
    async fn remove(
        &self,
        /// The number of the note.
        id: i64,
        ctx: Context,
    ) -> Result<&'static str, ToolError> {
        if !self.store.remove(id).await? {
            return Err(no_note(id));
        }
        ctx.server().notify_resources_list_changed();
        Ok("removed")
    }
}

/// The URI of a note.
pub(crate) fn uri(id: i64) -> String {
    format!("note://{id}")
}

fn no_note(id: i64) -> ToolError {
    ToolError::new(format!("there is no note {id}: `find` says which there are"))
}
