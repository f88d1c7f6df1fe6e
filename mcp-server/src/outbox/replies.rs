//! The queue of replies: in order, and never dropped. It has no bound of its own, because each reply belongs to a call
//! that had to be let in.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::permits::Permit;

#[derive(Default)]
pub(super) struct Replies {
    queue: VecDeque<Reply>,
}

pub(super) struct Reply {
    /// Its place among everything that was pushed.
    pub(super) number: u64,
    pub(super) frame: Bytes,
    /// Held until the reply has been written.
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
