//! One slot per exchange: whatever happens to the handler, the peer gets one answer.

use bytes::Bytes;
use mcp_core::{
    era::codes,
    jsonrpc::{RequestId, encode},
};

use super::Outbox;
use crate::permits::Permit;

/// The place of one answer. Dropped without one, it answers with an internal error: after a panic, an early
/// return and an abort alike.
#[must_use = "dropping the slot answers with an internal error"]
pub(crate) struct ReplySlot {
    outbox: Outbox,
    id: RequestId,
    permit: Option<Permit>,
    open: bool,
}

impl ReplySlot {
    /// A slot for the answer to the request `id`.
    pub(crate) fn new(outbox: Outbox, id: RequestId, permit: Option<Permit>) -> Self {
        Self { outbox, id, permit, open: true }
    }

    /// The peer's id of the request.
    pub(crate) fn id(&self) -> &RequestId {
        &self.id
    }

    /// Sends the answer.
    pub(crate) fn send(mut self, frame: Bytes) {
        self.open = false;
        self.outbox.push_reply(frame, self.permit.take());
    }

    /// The peer cancelled the request: it gets no answer (2025-11-25, basic/utilities/cancellation).
    pub(crate) fn withdraw(mut self) {
        self.open = false;
    }
}

impl Drop for ReplySlot {
    fn drop(&mut self) {
        if self.open {
            let mut frame = Vec::new();
            let text = "the server failed to answer this request";
            encode::error(&mut frame, Some(&self.id), codes::INTERNAL, text, None);
            self.outbox.push_reply(frame.into(), self.permit.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    #[tokio::test]
    async fn a_slot_that_is_dropped_answers_and_one_that_is_withdrawn_does_not() {
        let outbox = Outbox::new(&Limits::default());
        let reader = outbox.reader();
        let slot = || ReplySlot::new(outbox.clone(), RequestId::Number(7), None);
        drop(slot());
        slot().withdraw();
        slot().send("answer".into());
        let frames = reader.batch().await.unwrap().frames;
        assert_eq!(frames.len(), 2);
        assert_eq!(
            frames[0],
            r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"the server failed to answer this request"}}"#
        );
        assert_eq!(frames[1], "answer");
    }
}
