//! Requests of the server are answered, by the program's own handlers.
//!
//! ```text
//! a question ─ read: is it declared? does it fit? ─► the handler, in a task of its own ─► its answer, held to the question
//! ```
//!
//! Who reads from a server hands over its requests, what it cancels, and the end of the connection; ids of its requests and
//! of ours are two spaces. A handler that panics, takes too long or answers what does not fit costs that question only.

mod answering;
mod answers;

#[cfg(feature = "http")]
pub(crate) use answering::AttachedCall;
pub(crate) use answering::{Answering, Replies};
pub(crate) use answers::Answers;
