//! Resources of every kind, and the files below `--root`.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use mcp_server::{Context, Directory, FileContents, ToolError};

use crate::asking::greet_who_answers;

/// The resource that counts how often it was changed.
pub(crate) const STATIC: &str = "test://static";

/// How often [`STATIC`] was changed.
#[derive(Clone, Default)]
pub(crate) struct Updates(Arc<AtomicU64>);

impl Updates {
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Default)]
pub(crate) struct Resources {
    updates: Updates,
}

impl Resources {
    pub(crate) fn updates(&self) -> Updates {
        self.updates.clone()
    }
}

#[mcp_server::handlers]
impl Resources {
    /// Says how often it was touched.
    #[resource("test://static", name = "static", mime_type = "text/plain")]
    async fn counted(&self) -> String {
        format!("static {}", self.updates.0.load(Ordering::Relaxed))
    }

    /// A text that does not change.
    #[resource("test://other", mime_type = "text/plain")]
    async fn other(&self) -> &'static str {
        "other"
    }

    /// A text under a name that is not ASCII.
    #[resource("test://ü", mime_type = "text/plain")]
    async fn umlaut(&self) -> &'static str {
        "umlaut"
    }

    /// Every byte once.
    #[resource("test://blob", mime_type = "application/octet-stream")]
    async fn blob(&self) -> Vec<u8> {
        (0..=u8::MAX).collect()
    }

    /// Greets whoever answers.
    #[resource("test://ask", mime_type = "text/plain", asks(elicitation))]
    async fn ask(&self, ctx: Context) -> Result<String, ToolError> {
        greet_who_answers(&ctx).await
    }

    /// Any item.
    #[resource("test://item/{id}", mime_type = "text/plain")]
    async fn item(&self, id: String) -> String {
        format!("item {id}")
    }
}

/// The files below a directory.
pub(crate) struct Files {
    root: Directory,
}

impl Files {
    pub(crate) fn below(root: Directory) -> Self {
        Self { root }
    }
}

#[mcp_server::handlers]
impl Files {
    /// A file.
    #[resource("file:///root/{+path}")]
    async fn file(&self, path: String) -> io::Result<Option<FileContents>> {
        self.root.read(path).await
    }
}
