//! Pushing: who publishes an event knows sinks, and a sink never calls back.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    model::{Rendered, ServerNotification},
    version::ProtocolVersion,
};

/// An event on its way to many streams. It keeps its rendering per revision once made, so that thousands of
/// sinks share the bytes.
#[derive(Debug)]
pub struct Published {
    event: Rendered<ServerNotification>,
    origin: Origin,
}

/// The servers that have published an event: the first made it, the others had it handed on by a relay.
///
/// A server drops what it has published before, so relays may lead in circles. A relay between machines carries the
/// origin beside the event; it is written as an array of UUIDs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origin(Vec<Uuid>);

/// Why a sink has not taken a notification. Closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPushed {
    /// The stream is gone; nothing pushed to it will arrive.
    #[error("the stream is gone")]
    Gone,
    /// There is no room, and the stream does without this notification
    /// ([`may_be_left_out`](ServerNotification::may_be_left_out)). It takes others.
    #[error("the stream is full")]
    Full,
}

/// Takes what is pushed. Supplied by whoever owns a stream; it never calls back.
pub trait NotificationSink: Send + Sync {
    /// Hands over one notification without blocking. A full queue is the sink's affair: it coalesces what a later
    /// event replaces and does without what may be left out.
    ///
    /// # Errors
    ///
    /// [`NotPushed::Gone`] if the stream is gone: drop the sink. [`NotPushed::Full`] for what was left out.
    fn push(&self, notification: &Arc<Published>) -> Result<(), NotPushed>;
}

impl Published {
    /// An event that no server has published yet. Nothing is rendered.
    pub fn new(event: ServerNotification) -> Self {
        Self::from_origin(event, Origin::default())
    }

    /// An event that these servers have published already.
    pub fn from_origin(event: ServerNotification, origin: Origin) -> Self {
        Self { event: Rendered::new(event), origin }
    }

    /// The event.
    pub fn value(&self) -> &ServerNotification {
        self.event.value()
    }

    /// The servers that have published it.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The rendering for `version`, made by `render` the first time. All callers must render alike.
    pub fn bytes(&self, version: ProtocolVersion, render: impl FnOnce(&ServerNotification, &mut Vec<u8>)) -> &Bytes {
        self.event.bytes(version, render)
    }
}

impl Origin {
    /// The most servers that an event passes; beyond them it is not handed on.
    pub const MAX: usize = 16;

    /// The origin with one more server; `None` if that server has published the event before, or too many have.
    #[must_use]
    pub fn through(&self, server: Uuid) -> Option<Self> {
        if self.0.len() >= Self::MAX || self.0.contains(&server) {
            return None;
        }
        let mut servers = Vec::with_capacity(self.0.len() + 1);
        servers.extend_from_slice(&self.0);
        servers.push(server);
        Some(Self(servers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_passes_each_server_once_and_not_for_ever() {
        let [a, b] = [Uuid::new_v4(), Uuid::new_v4()];
        let origin = Origin::default().through(a).unwrap().through(b).unwrap();
        assert!(origin.through(a).is_none() && origin.through(b).is_none());
        let mut origin = Origin::default();
        while let Some(longer) = origin.through(Uuid::new_v4()) {
            origin = longer;
        }
        assert_eq!(origin.0.len(), Origin::MAX);
    }
}
