//! The queue of replies: in order, and never dropped. It has no bound of its own, because each reply belongs to a call
//! that had to be let in.

use std::collections::VecDeque;

use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

/// A place among the calls that may run at once, held until the answer has been written.
pub(crate) type Permit = OwnedSemaphorePermit;

#[derive(Default)]
pub(super) struct Replies {
    queue: VecDeque<Reply>,
}

pub(super) struct Reply {
    /// Its place among everything that was pushed.
    pub(super) number: u64,
    pub(super) frame: Bytes,
    pub(super) permit: Option<Permit>,
}

impl Replies {
    pub(super) fn push(&mut self, reply: Reply) {
        self.queue.push_back(reply);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn take(&mut self) -> VecDeque<Reply> {
        std::mem::take(&mut self.queue)
    }
}
