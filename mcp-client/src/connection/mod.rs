//! A pipe to a server that many requests share: what is written, what is read, and who waits for it.
//!
//! ```text
//! request ─► Asked ─► frames ──► writer ─► peer
//!              ▲      control ─►   │
//!              └── pending ◄──── reader ◄─ peer     (what belongs to nobody's request goes to the hub)
//! ```

mod asked;
mod backoff;
mod changes;
mod feed;
mod pipe;
mod reader;
mod writer;

pub(crate) use asked::{Asked, Heard};
pub(crate) use backoff::Backoff;
pub use changes::{Change, Changes};
pub(crate) use feed::{Attached, Feed, Hub};
pub(crate) use pipe::{BoxFuture, Connection, Connector, Lifeline};
pub(crate) use reader::{Read, Source};
pub(crate) use writer::Sink;
