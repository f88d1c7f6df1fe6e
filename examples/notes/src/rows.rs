//! Rows as resources: each note is one.

use anyhow::Result;
use mcp_server::{Context, Page, handlers, model::Resource};

use crate::{Notes, writing::uri};

/// How many notes a page lists.
const PAGE: u32 = 50;

#[handlers(group = rows)]
impl Notes {
    /// A note.
    #[resource("note://{id}", mime_type = "text/plain", list = Self::list)]
    async fn note(&self, id: i64) -> Result<Option<String>> {
        Ok(self.store.get(id).await?.map(|note| note.text))
    }

    async fn list(&self, cursor: Option<String>, _: Context) -> Result<Page<Resource>> {
        let behind = cursor.map_or(Ok(0), |cursor| cursor.parse())?;
        let notes = self.store.behind(behind, PAGE).await?;
        let next = notes.last().filter(|_| notes.len() == PAGE as usize).map(|note| note.id.to_string());
        let page = Page::new(notes.into_iter().map(|note| Resource::new(uri(note.id), note.title)));
        Ok(match next {
            Some(next) => page.next(next),
            None => page,
        })
    }
}
