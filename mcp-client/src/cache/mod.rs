//! Answers that a server allows to be kept (2026-07-28, server/utilities/caching).
//!
//! ```text
//! question ─► kept and fresh ──────────────► the answer
//!     │                                        ▲
//!     └─► one asks, others who ask the same wait ─► the server ─► kept, if it may be
//!
//! change ─► what is kept of its subject, or was asked for before it, is stale
//! ```

mod flights;
mod keeping;
mod kept;
mod question;
mod store;
mod subjects;

pub(crate) use flights::Turn;
pub(crate) use keeping::{Cache, Keeping};
pub use kept::KeptAnswer;
pub use question::CacheKey;
pub(crate) use question::Question;
pub use store::{CacheStore, MemoryStore};
