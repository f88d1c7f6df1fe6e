//! What waits to be written: one bounded queue per stream, and the slots that answers come through.
//!
//! Every stream of a server has an [`Outbox`]: a stdio connection, the answer to one HTTP request, a stream of
//! events. Whoever produces pushes without waiting; one [`Reader`] takes what is there in batches, so that many
//! messages become one write. Answers are never dropped; events that a later one replaces are.

mod queue;
mod reply;

pub(crate) use queue::{Batch, Outbox, Reader};
pub(crate) use reply::{Permit, ReplySlot};
