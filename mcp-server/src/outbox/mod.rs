//! What waits for one peer: replies, which are never dropped, and events, of which the newest of each kind is kept.
//!
//! Every stream of a server has an [`Outbox`]: a stdio connection, the answer to one HTTP request, a stream of
//! events. Whoever produces pushes without waiting; one [`Reader`] takes what is there in batches, so that many
//! messages become one write.
//!
//! ```text
//! push_reply ──► Replies ──┐
//!                          ├─► Batch, in the order in which they were pushed ──► one write
//! push_event ──► Events  ──┘
//! ```
//!
//! Neither is ever a reason to close a stream. Replies are bounded by the calls that may run. An event has a key, and
//! a later event with that key takes its place: so events are bounded by what is watched. Log messages have no key:
//! those that find no room are left out, and their sender is told.
//!
//! The events of a stream that can be resumed go through an [`EventLog`] besides, which gives each of them its id.

mod events;
#[cfg(feature = "http")]
mod log;
mod replies;
mod reply_slot;
mod stream;

pub(crate) use events::EventWriter;
#[cfg(feature = "http")]
pub(crate) use log::{EventId, EventLog, MemoryLog};
pub(crate) use reply_slot::ReplySlot;
pub(crate) use stream::{Batch, Outbox, Reader};
