//! One slot per exchange: whatever happens to the handler, the peer gets one answer.

use bytes::Bytes;
use mcp_core::{
    era::codes,
    jsonrpc::{RequestId, encode},
};

use super::Outbox;
use crate::{budget::ANSWER_NOT_SENT, permits::Permit};

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

    /// Sends the answer, or an error in its place if it is large and too much waits for peers already.
    pub(crate) fn send(mut self, frame: Bytes) {
        self.open = false;
        let bytes = frame.len();
        let frame = self.outbox.admit(frame).unwrap_or_else(|| {
            tracing::warn!(bytes, "an answer is not sent: too much waits for clients that do not read");
            self.failed(ANSWER_NOT_SENT)
        });
        self.outbox.push_admitted(frame, self.permit.take());
    }

    fn failed(&self, message: &str) -> Bytes {
        let mut frame = Vec::with_capacity(192);
        encode::error(&mut frame, Some(&self.id), codes::INTERNAL, message, None);
        frame.into()
    }

    /// The peer cancelled the request: it gets no answer (2025-11-25, basic/utilities/cancellation).
    pub(crate) fn withdraw(mut self) {
        self.open = false;
    }
}

impl Drop for ReplySlot {
    fn drop(&mut self) {
        if self.open {
            let frame = self.failed("the server failed to answer this request");
            self.outbox.push_reply(frame, self.permit.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{budget::Budget, limits::Limits};

    #[tokio::test]
    async fn a_slot_that_is_dropped_answers_and_one_that_is_withdrawn_does_not() {
        let outbox = Outbox::new(&Limits::default(), &Budget::new(usize::MAX));
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
