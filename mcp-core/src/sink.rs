//! Pushing: who publishes an event knows sinks, and a sink never calls back.

use std::sync::Arc;

use crate::model::{Rendered, ServerNotification};

/// An event on its way to many streams. It keeps its rendering per revision once made, so that thousands of
/// sinks share the bytes.
pub type Published = Rendered<ServerNotification>;

/// The stream behind a sink is gone; nothing pushed to it will arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SinkClosed;

impl std::fmt::Display for SinkClosed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the stream is gone")
    }
}

impl std::error::Error for SinkClosed {}

/// Takes what is pushed. Supplied by whoever owns a stream; it never calls back.
pub trait NotificationSink: Send + Sync {
    /// Hands over one notification without blocking. A full queue is the sink's affair: it coalesces what a later
    /// event replaces, and closes itself when it cannot keep up.
    ///
    /// # Errors
    ///
    /// [`SinkClosed`] if the stream is gone: drop the sink.
    fn push(&self, notification: &Arc<Published>) -> Result<(), SinkClosed>;
}
