//! Pushing: who publishes an event knows sinks, and a sink never calls back.

use std::sync::Arc;

use crate::model::{Rendered, ServerNotification};

/// An event on its way to many streams. It keeps its rendering per revision once made, so that thousands of
/// sinks share the bytes.
pub type Published = Rendered<ServerNotification>;

/// Why a sink has not taken a notification. Closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotPushed {
    /// The stream is gone; nothing pushed to it will arrive.
    Gone,
    /// There is no room, and the stream does without this notification
    /// ([`may_be_left_out`](ServerNotification::may_be_left_out)). It takes others.
    Full,
}

impl std::fmt::Display for NotPushed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Gone => "the stream is gone",
            Self::Full => "the stream is full",
        })
    }
}

impl std::error::Error for NotPushed {}

/// Takes what is pushed. Supplied by whoever owns a stream; it never calls back.
pub trait NotificationSink: Send + Sync {
    /// Hands over one notification without blocking. A full queue is the sink's affair: it coalesces what a later
    /// event replaces, does without what may be left out, and closes itself when it cannot keep up.
    ///
    /// # Errors
    ///
    /// [`NotPushed::Gone`] if the stream is gone: drop the sink. [`NotPushed::Full`] for what was left out.
    fn push(&self, notification: &Arc<Published>) -> Result<(), NotPushed>;
}
