//! Lists that come in pages.

use std::collections::HashSet;

use mcp_core::{
    era::{Method, ToolPage},
    json::Text,
    model::{ListToolsResult, Request, Tool},
};

use crate::{
    client::McpClient,
    error::{Error, Result},
    handlers::RequestOptions,
};

impl McpClient {
    /// All tools of the server, page by page.
    ///
    /// A tool that cannot be read is left out, with a warning in the log; the others are not hidden by it.
    ///
    /// Cancel-safe: dropping the future cancels the request in flight.
    ///
    /// # Errors
    ///
    /// As a call's; and [`Error::is_invalid`] if the server names a cursor twice, or has more pages than
    /// [`Limits::pages`](crate::Limits::pages) or more on them than
    /// [`Limits::list_bytes`](crate::Limits::list_bytes).
    pub async fn list_tools(&self) -> Result<Vec<Tool>> {
        let mut tools = Vec::new();
        let mut cursor = None;
        let mut seen = HashSet::new();
        let mut bytes = 0usize;
        for _ in 0..self.inner.limits.pages {
            let (page, size) = self.page_of_tools(cursor).await?;
            bytes = bytes.saturating_add(size);
            if bytes > self.inner.limits.list_bytes {
                return Err(Error::invalid(format!(
                    "the server's list of tools is larger than {} bytes: raise `Limits::list_bytes`, or read it page \
                     by page",
                    self.inner.limits.list_bytes
                )));
            }
            tools.extend(page.tools);
            // An empty cursor is a cursor; only its absence is the end (pagination, *Implementation Guidelines*).
            let Some(next) = page.next_cursor else { return Ok(tools) };
            if !seen.insert(next.clone()) {
                return Err(Error::invalid("the server's list of tools repeats itself: it named a cursor twice"));
            }
            cursor = Some(next);
        }
        Err(Error::invalid(format!(
            "the server's list of tools has more than {} pages: raise `Limits::pages`, or read it page by page",
            self.inner.limits.pages
        )))
    }

    /// One page of tools: the first, or the one that a page's `next_cursor` names.
    ///
    /// Cancel-safe: dropping the future cancels the request.
    ///
    /// # Errors
    ///
    /// As a call's.
    pub async fn list_tools_page(&self, cursor: Option<String>) -> Result<ListToolsResult> {
        Ok(self.page_of_tools(cursor).await?.0)
    }

    async fn page_of_tools(&self, cursor: Option<String>) -> Result<(ListToolsResult, usize)> {
        let request = Request::ListTools { cursor: cursor.map(Text::from) };
        let mut options = RequestOptions::new(Method::ListTools.name(), &self.inner.limits);
        let (ToolPage { page, skipped }, size) = self.inner.channel.list_tools(&request, &mut options).await?;
        for error in skipped {
            tracing::warn!(%error, "a tool of the server's list cannot be read and is left out");
        }
        Ok((page, size))
    }
}
